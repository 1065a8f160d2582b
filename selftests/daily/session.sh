#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Whose network it is that programs are in which cron, su, sudo and the like
# start; D-Bus and X by abstract names; NFS, time, monitoring, and what else the
# system has between nodes, while uvn comes and goes.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib-outside.sh
. "$(dirname "$0")/../lib/lib-outside.sh"

declare -A other=([alice]=bob [bob]=alice)
PATH=$PATH:${UVN_CACHE-}/deb/usr/sbin:$work/bin
vrf_of() { # PERSON: ifindex on node 1
	ip -n "n1-$seed" -o link show "vrf${uid_of[$1]}" | cut -d: -f1
}
as() { # PERSON COMMAND...: on node 1
	local who=$1
	shift
	user 1 "${uid_of[$who]}" env HOME="$work/home/$who" USER="$who" "$@"
}
in_net() { # IFINDEX COMMAND...: prints what a socket is bound to
	local want=$1
	shift
	"$@" | tee "$work/bound"
	[ -n "$want" ] && [ "$(tail -n 1 "$work/bound")" = "$want" ]
}

needs_own_module
needs cron sudo dbus-daemon chronyd rpc.nfsd "${UVN_CACHE-}/deb/usr/bin/chronyc"
setup 2
conserve /etc/{sudoers.d/alice,exports} /var/spool/cron/crontabs/{alice,bob}
check "accounts" accounts

#
# The real UID counts, whoever changed it
#

echo "project:x:7777:alice,bob" >>/etc/group
echo "alice ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/alice
chmod 440 /etc/sudoers.d/alice
mkdir -p /var/spool/cron/crontabs
for who in alice bob; do
	check "$who has a network" adm 1 user add "${uid_of[$who]}"
	# One that boot has left may not be opened to be written, even by root.
	rm -f "/var/spool/cron/crontabs/$who"
	cat >"/var/spool/cron/crontabs/$who" <<-CRON
	@reboot $probe bound >$work/home/$who/cron
	CRON
	chown $who:crontab "/var/spool/cron/crontabs/$who"
	chmod 600 "/var/spool/cron/crontabs/$who"
done
rm -f /run/crond.reboot
spawn cron root 1 cron -f
for who in alice bob; do
	vrf=$(vrf_of $who)
	check "cron: $who's job" busywait 30 in_net "$vrf" cat "$work/home/$who/cron"
	check "su to $who" in_net "$vrf" root 1 su $who -c "$probe bound"
	check "runuser" in_net "$vrf" root 1 runuser -u $who -- "$probe" bound
	check "setpriv, as a service manager does" in_net "$vrf" root 1 setpriv \
		--reuid $who --regid $who --clear-groups "$probe" bound
	check "sudo by root to $who" in_net "$vrf" root 1 sudo -u $who "$probe" bound
	check "newgrp" in_net "$vrf" as $who sg project "$probe bound"
	cannot "$who is not in the network of ${other[$who]}" \
		in_net "$(vrf_of "${other[$who]}")" as $who "$probe" bound
done
check "sudo by alice to bob: in bob's" \
	in_net "$(vrf_of bob)" as alice sudo -u bob "$probe" bound
check "sudo by alice to root: in the system's" in_net 0 as alice sudo "$probe" bound
cannot "bob may not" as bob sudo -n "$probe" bound

#
# Abstract names
#

cat >"$work/x.py" <<'PYTHON'
import socket, sys
s = socket.socket(socket.AF_UNIX)
if sys.argv[1] == "serve":
    s.bind("\0/tmp/.X11-unix/X" + sys.argv[2])
    s.listen()
    print("ready", flush=True)
    while True:
        s.accept()[0].send(b"display")
s.connect("\0/tmp/.X11-unix/X" + sys.argv[2])
print(s.recv(99).decode())
PYTHON
display=5
for who in alice bob; do
	display=$((display + 1))
	spawn "bus-$who" as $who dbus-daemon --session --nofork --nopidfile \
		--nosyslog --address="unix:abstract=/tmp/dbus-$who"
	spawn "x-$who" as $who python3 "$work/x.py" serve $display
	bus=(env "DBUS_SESSION_BUS_ADDRESS=unix:abstract=/tmp/dbus-$who" dbus-send
		--session --print-reply --dest=org.freedesktop.DBus /
		org.freedesktop.DBus.GetId)
	x=(python3 "$work/x.py" connect "$display")
	check "$who reaches the own D-Bus" busywait 20 as $who "${bus[@]}"
	refuses "${other[$who]} does not" 1 "Connection refused" \
		as "${other[$who]}" "${bus[@]}"
	! in_short || continue
	check "$who reaches the own X server" busywait 20 as $who "${x[@]}"
	refuses "${other[$who]} does not" 1 "ConnectionRefused" \
		as "${other[$who]}" "${x[@]}"
done

#
# The system between nodes, while uvn comes and goes
#

# A file system that can be exported; the server needs no more than NFS 4's port.
nfs_server() { # on node 2
	modprobe -a nfsd nfsv4
	mkdir -p "$work/export" "$work/nfs" /var/lib/nfs &&
	mount -t tmpfs -o mode=777 none "$work/export" &&
	echo "hello by NFS" >"$work/export/file" &&
	echo "$work/export 192.168.80.0/21(rw,no_subtree_check,fsid=0)" >/etc/exports &&
	root 2 mount -t nfsd nfsd /proc/fs/nfsd &&
	root 2 exportfs -r &&
	root 2 rpc.nfsd -N 3 -U -G 10 1 || return
	spawn mountd root 2 rpc.mountd -F -N 3
}
echoes 2
hold tcp 1 0 tcp 192.168.80.2
hold udp 1 0 udp 192.168.80.2
check "TCP and UDP of root's between nodes" ready tcp udp
if in_short; then
	for n in 1 2; do
		check "uvn is disabled on node $n" adm $n disable
	done
	check "disabled: the system's TCP and UDP" asked ^again tcp udp
	check "the module is removed" unload
	check "unloaded: the system's TCP and UDP" asked ^again tcp udp
	let_go tcp udp
	finish
fi
check "an NFS server on node 2" nfs_server
check "root mounts it on node 1" root 1 timeout 60 \
	mount -t nfs4 -o soft,timeo=100,retrans=3 192.168.80.2:/ "$work/nfs"

# Time: node 1 asks node 2, and neither sets the guest's clock. Users may ask for
# the state. Monitoring: what node 1 exports, of users' networks too.
chrony() { # NODE LINE...
	local node=$1
	shift
	mkdir -m 700 "$work/chrony$node" &&
	printf '%s\n' "pidfile $work/chrony$node/pid" \
		"bindcmdaddress $work/chrony$node/sock" "bindcmdaddress 127.0.0.1" \
		"$@" >"$work/chrony$node/conf" || return
	spawn "chrony-$node" root "$node" chronyd -d -x -u root \
		-f "$work/chrony$node/conf"
	busywait 20 test -S "$work/chrony$node/sock" && return
	cat "$work/chrony-$node"
	return 1
}
answers() { # of node 2's: packets received, behind it those that were good
	root 1 chronyc -n -h "$work/chrony1/sock" -c ntpdata 192.168.80.2 |
		awk -F, '{ print $(NF - 1) }'
}
follows() { # COUNT
	[ "$(answers)" -gt "$1" ] && root 1 chronyc -n -h "$work/chrony1/sock" \
		-c sources | grep -q '^^,\*,192.168.80.2,'
}
time_comes() {
	local n
	n=$(answers) && busywait 120 follows $((n + 1)) && return
	root 1 chronyc -n -h "$work/chrony1/sock" sources
	return 1
}
metrics() { # NODE UID ADDRESS[:PORT] [DEVICE]
	user "$1" "$2" curl -sSfm 10 "http://$3/metrics" |
		grep "^node_network_receive_bytes_total{device=\"${4-em1}\"}"
}
exports() { # NAME UID PORT
	spawn "$1" user 1 "$2" prometheus-node-exporter --collector.disable-defaults \
		--collector.netdev --web.listen-address=":$3"
	busywait 30 metrics 1 "$2" "127.0.0.1:$3"
}
# For users to execute.
mkdir "$work/bin"
cp "$UVN_CACHE"/deb/usr/bin/{chronyc,prometheus-node-exporter} "$work/bin"
check "a time server on node 2" chrony 2 "local stratum 5" "allow 192.168.80.0/21"
check "node 1 has its time from there" \
	chrony 1 "server 192.168.80.2 iburst minpoll 0 maxpoll 0"
check "node 1 exports what it measures" exports exporter 0 9100
check "what alice exports for herself" exports own 1234 9101
cannot "the system reads that" metrics 2 0 192.168.80.1:9101
cannot "bob does" metrics 1 9876 127.0.0.1:9101
check "alice does, from node 2" metrics 2 1234 192.168.80.1:9101
check "users' networks are among the system's" \
	metrics 2 0 192.168.80.1:9100 vrf1234

nfs_of() { # UID: a file of one's own, which others have not
	user 1 "$1" grep -q "hello by NFS" "$work/nfs/file" &&
	user 1 "$1" sh -c "umask 77; echo $1 $2 >$work/nfs/$1" &&
	grep -qx "$1 $2" "$work/export/$1"
}
goes_on() { # WHEN
	check "$1: the system's TCP and UDP" asked ^again tcp udp
	check "$1: node 1 has the time from node 2" time_comes
	check "$1: root of node 2 reads what node 1 exports" \
		metrics 2 0 192.168.80.1:9100
	for who in alice bob; do
		check "$1: $who does, from both nodes" eval "
			metrics 1 ${uid_of[$who]} 127.0.0.1:9100 &&
			metrics 2 ${uid_of[$who]} 192.168.80.1:9100"
		check "$1: $who asks for the state of the clock" \
			as $who chronyc -h 127.0.0.1 -c tracking
		check "$1: $who reads and writes by NFS" nfs_of "${uid_of[$who]}" "$1"
	done
	cannot "$1: bob reads what is alice's" \
		user 1 "${uid_of[bob]}" cat "$work/nfs/${uid_of[alice]}"
}
goes_on enabled
for n in 1 2; do
	check "uvn is disabled on node $n" adm $n disable
done
goes_on disabled
check "the module is removed" unload
goes_on unloaded
check "it is loaded again" load
for n in 1 2; do
	check "and enabled on node $n" configure $n
done
goes_on "enabled again"
# What is mounted would keep node 2's namespace.
nfs_end() {
	root 1 timeout 60 umount "$work/nfs" &&
	root 2 rpc.nfsd 0 &&
	root 2 exportfs -ua &&
	umount /proc/fs/nfsd "$work/export"
}
check "NFS ends" nfs_end
let_go tcp udp
finish
