#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Node 1 boots: systemd as process 1 of a PID namespace, with the units that the
# packages install and uvn.service as it stands. uvn comes before all that runs
# something for users, or fails loudly; what starts at boot for a user, also by
# systemd --user, is in the user's network. Node 2 stays as every suite has it.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

units=/etc/systemd/system
conf=/etc/uvn.conf
modprobe_conf=/etc/modprobe.d/uvn-selftest.conf
people=(alice bob)
! in_short || people=(alice)
# Of the system's, what comes up without anything else being set up.
wanted=(ssh.service cron.service slurmd.service)

# What is started at boot: these, and what systemd itself wants.
install_units() {
	local unit
	rm -rf "$units"/*.wants
	mkdir -p "$units"/multi-user.target.wants
	cp "$uvnadm" /usr/sbin/uvnadm
	cp "$tree"/tools/uvn{,-required}.service "$units"
	for unit in ssh sshd user; do
		install -D -m 644 "$tree/tools/uvn-required.conf" \
			"$units/$unit@.service.d/uvn-required.conf" || return
	done
	for unit in uvn.service "${wanted[@]}"; do
		ln -s "$(find "$units" /lib/systemd/system -name "$unit")" \
			"$units"/multi-user.target.wants || return
	done
	# There is no terminal, and /tmp is the suite's.
	ln -sf /dev/null "$units"/getty.target
	ln -sf /dev/null /etc/tmpfiles.d/tmp.conf
	: >/etc/fstab
	# depmod takes a guest too long.
	echo "install uvn /sbin/modprobe -a ${stands_on[*]} &&
		{ [ -d /sys/module/uvn ] || /sbin/insmod $UVN_KO; }" |
		paste -sd " " >"$modprobe_conf"
}

# Starts for node 1 what a boot loader starts. It says which process it is.
cat >"$work/init" <<'SCRIPT'
set -e
cgroup=/sys/fs/cgroup/$1
mkdir -p "$cgroup"
echo $$ >"$cgroup/cgroup.procs"
exec unshare --mount --uts --ipc --cgroup --pid --fork --kill-child \
	sh -c '
	mount -t proc proc /proc
	mount -t sysfs -o ro sysfs /sys
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	mount -t tmpfs -o mode=755 tmpfs /run
	mount --bind /dev/null /dev/console
	hostname node1
	exec env -i container=uvn PATH="$PATH" /lib/systemd/systemd \
		--unit=multi-user.target --log-target=journal --show-status=no'
SCRIPT
boots=0
boot() {
	boots=$((boots + 1))
	spawn "boot-$boots" root 1 sh "$work/init" "boot-$boots"
	outer=${background[-1]}
	busywait 300 pgrep -P "$outer" -x systemd || return
	inner=$(pgrep -P "$outer" -x systemd)
	busywait 900 up
}
node() { # COMMAND...: there, by its root
	nsenter -t "$inner" -m -u -i -n -p -C "$@"
}
up() { # all jobs are done
	case $(node systemctl is-system-running) in
	running | degraded) ;;
	*) return 1 ;;
	esac
}
shut_down() {
	node systemctl poweroff
	busywait 400 gone "$outer"
}
gone() { # PID
	! kill -0 "$1"
}

property() { # UNIT PROPERTY
	node systemctl show --value -p "$2" "$1"
}
is() { # UNIT STATE
	node systemctl show -p ActiveState,SubState,Result,ExecMainStatus "$1"
	[ "$(property "$1" ActiveState)" = "$2" ]
}
# uvn is done before the unit's first process starts: microseconds since boot.
before() { # UNIT
	local done_at start_at
	done_at=$(property uvn ActiveEnterTimestampMonotonic)
	start_at=$(property "$1" InactiveExitTimestampMonotonic)
	echo "uvn: $done_at, $1: $start_at"
	[ "$done_at" -gt 0 ] && [ "$start_at" -ge "$done_at" ]
}
journal() { # UNIT PATTERN
	node journalctl -q --no-pager -o cat -u "$1" | tee "$work/journal"
	grep -qE "$2" "$work/journal"
}
no_cycle() {
	node journalctl -q --no-pager -o cat _PID=1 | tee "$work/journal"
	! grep -i 'ordering cycle' "$work/journal"
}
enabled() { adm 1 -j status | jq .enabled; }

vrf_of() { # PERSON: ifindex on node 1
	ip -n "n1-$seed" -o link show "vrf${uid_of[$1]}" | cut -d: -f1
}
bound_there() { # PERSON FILE
	local want
	want=$(vrf_of "$1")
	cat "$2"
	[ -n "$want" ] && [ "$(cat "$2")" = "$want" ]
}

# For users at boot: a job of cron's, a service and a socket of systemd --user's,
# which stay without a login, a service of the system's, and one of its sockets.
for_users() {
	local who dir
	mkdir -p /var/spool/cron/crontabs /var/lib/systemd/linger
	for who in "${people[@]}"; do
		dir=$work/home/$who/.config/systemd/user
		touch "/var/lib/systemd/linger/$who"
		mkdir -p "$dir/default.target.wants" "$dir/sockets.target.wants"
		cat >"$dir/own.service" <<-UNIT
		[Service]
		ExecStartPre=/bin/sh -c '$probe bound >%h/service'
		ExecStart=$probe serve tcp 0.0.0.0 7000 service-$who
		UNIT
		cat >"$dir/called.socket" <<-UNIT
		[Socket]
		ListenStream=0.0.0.0:7001
		Accept=yes
		UNIT
		cat >"$dir/called@.service" <<-UNIT
		[Service]
		ExecStart=/bin/echo socket-$who
		StandardInput=socket
		StandardOutput=socket
		UNIT
		ln -s ../own.service "$dir/default.target.wants"
		ln -s ../called.socket "$dir/sockets.target.wants"
		chown -R "$who:" "$work/home/$who"
		cat >"$units/for-$who.service" <<-UNIT
		[Unit]
		After=uvn.service
		[Service]
		User=$who
		ExecStart=/bin/sh -c '$probe bound >$work/home/$who/system'
		UNIT
		ln -s "../for-$who.service" "$units"/multi-user.target.wants
		# One that session has left may not be opened to be written.
		rm -f "/var/spool/cron/crontabs/$who"
		echo "@reboot $probe bound >$work/home/$who/cron" \
			>"/var/spool/cron/crontabs/$who"
		chown "$who:crontab" "/var/spool/cron/crontabs/$who"
		chmod 600 "/var/spool/cron/crontabs/$who"
	done
	mkdir "$units"/sockets.target.wants
	cat >"$units"/called.socket <<-UNIT
	[Socket]
	ListenStream=0.0.0.0:7002
	Accept=yes
	UNIT
	cat >"$units/called@.service" <<-UNIT
	[Service]
	User=alice
	ExecStart=/bin/echo system-alice
	StandardInput=socket
	StandardOutput=socket
	UNIT
	ln -s ../called.socket "$units"/sockets.target.wants
}
fetch() { # NODE PERSON ADDRESS PORT
	user "$1" "${uid_of[$2]}" timeout 60 \
		bash -c "exec 3<>/dev/tcp/$3/$4 && head -n 1 <&3"
}
says() { # TEXT COMMAND...
	local want=$1
	shift
	"$@" | tee "$work/said"
	grep -q "^$want" "$work/said"
}

needs_own_module
needs systemctl slurmd "$tree/tools/uvn.service"
[ -n "${UVN_OUT-}" ] || skip "this changes what starts at boot, so only in a guest"
ktap_begin
if ! nodes 2; then
	echo "Bail out! no nodes"
	exit 1
fi
check "accounts and keys" accounts
cat >/etc/ssh/sshd_config.d/uvn.conf <<CONFIG
AuthorizedKeysFile $work/ssh/key.pub
StrictModes no
UseDNS no
CONFIG
# Enough for slurmd to start, whatever it makes of it then.
printf '%s\n' ClusterName=uvn SlurmctldHost=node1 NodeName=node1 \
	"PartitionName=all Nodes=ALL" >/etc/slurm/slurm.conf
check "the units of node 1" install_units
check "what starts for users" for_users
cat >$conf <<CONFIG
subnet add 192.168.40.0/21 port 802
subnet add 192.168.80.0/21 port 801
range add uid 1000-59999 vni 1000
CONFIG

#
# A boot as it should be
#

check "node 1 boots" boot
check "uvn.service has run" is uvn active
equal "uvn is enabled" true "$(enabled)"
equal "with what is in $conf" "$(grep -c . $conf)" \
	"$(adm 1 save | grep -cFxf $conf)"
for unit in "${wanted[@]}" systemd-user-sessions.service user@1234.service; do
	check "before $unit starts" before "$unit"
done
for unit in ssh cron; do
	check "$unit is there" is $unit active
done
check "uvn on node 2" configure 2
for who in "${people[@]}"; do
	for what in cron service system; do
		check "$who's, by $what, is in $who's network" busywait 120 \
			bound_there "$who" "$work/home/$who/$what"
	done
	check "$who reaches the user service from node 2" busywait 120 \
		says service-"$who" fetch 2 "$who" 192.168.80.1 7000
	check "and the socket of systemd --user, at the same port as the other" \
		busywait 30 says socket-"$who" fetch 2 "$who" 192.168.80.1 7001
	check "$who logs in, has a session and a systemd" says 0.0.0.0:7001 \
		login 2 "$who" 192.168.80.1 \
		systemctl --user show -P Listen called.socket
done
if ! in_short; then
	node systemctl stop user@9876
	for port in 7000 7001; do
		cannot "bob, who has ended his, gets an answer from port $port" \
			fetch 2 bob 192.168.80.1 $port
		check "alice does" says ".*-alice" fetch 2 alice 192.168.80.1 $port
	done
fi
equal "PID 1's socket for a service with User=alice is in the system's network" \
	"system-alice" "$(fetch 2 bob 192.168.80.1 7002)"
check "node 1 is shut down" shut_down
equal "uvn was disabled" false "$(enabled)"
! in_short || finish
# A boot begins without the module.
check "uvn is disabled on node 2" adm 2 disable
check "the module is removed" unload

#
# Boots that must not go well
#

echo "range add uid 70000-nowhere" >>$conf
check "node 1 boots with a wrong line in $conf" boot
check "uvn.service has failed" is uvn failed
check "the journal has file, line and word" journal uvn "$conf:4: .*nowhere"
check "systemd has it among what failed" \
	says uvn.service node systemctl --failed --plain --no-legend
equal "uvn is not enabled" false "$(enabled)"
equal "and has nothing of the file" 0 "$(adm 1 save | grep -cFxf $conf)"
check "ssh, which does not require it, is there" is ssh active
check "cron as well" is cron active
check "node 1 is shut down" shut_down

check "the module is removed" unload
sed -i 4d $conf

#
# Boots where nobody gets in without uvn
#

cp "$modprobe_conf" "$work/modprobe"
check "one command turns it on" systemctl --root=/ enable uvn-required.service
echo "install uvn /bin/false" >"$modprobe_conf"
rm -f "$work"/home/*/{cron,service,system}
check "node 1 boots without the module" boot
check "uvn.service has failed" is uvn failed
for unit in ssh cron slurmd systemd-user-sessions; do
	check "$unit is not there" is $unit inactive
done
check "nor what systemd --user would run for alice" is user@1234 inactive
refuses "alice does not log in" 255 "Connection refused" \
	login 2 alice 192.168.80.1 true
check "but for root the door is shut" node test -e /run/nologin
for what in cron service; do
	for who in alice bob; do
		cannot "nothing ran for $who, by $what" test -e "$work/home/$who/$what"
	done
done
check "the rest of the system is there" is multi-user.target active
cannot "ssh cannot be started without uvn" node systemctl start ssh
cannot "nor can alice's systemd" node systemctl start user@1234
cp "$work/modprobe" "$modprobe_conf"
check "once it is mended, starting ssh starts uvn" node systemctl start ssh \
	systemd-user-sessions
check "uvn.service runs" is uvn active
equal "uvn is enabled" true "$(enabled)"
check "alice logs in" busywait 120 login 2 alice 192.168.80.1 true
check "stopping uvn stops what lets people in" node systemctl stop uvn
check "ssh is not there" is ssh inactive
refuses "alice does not log in any more" 255 "Connection refused" \
	login 2 alice 192.168.80.1 true
check "node 1 is shut down" shut_down
check "the module is removed" unload

check "node 1 boots with it" boot
check "uvn.service has run" is uvn active
check "uvn-required.service as well" is uvn-required active
for unit in "${wanted[@]}" systemd-user-sessions.service user@1234.service; do
	check "before $unit starts" before "$unit"
done
for unit in ssh cron user@1234; do
	check "$unit is there" is $unit active
done
check "alice logs in" busywait 120 login 2 alice 192.168.80.1 true
check "no order is impossible" no_cycle
check "node 1 is shut down" shut_down
check "one command turns it off" systemctl --root=/ disable uvn-required.service
equal "and leaves nothing" "" "$(find $units -name 'uvn-required*' -type l)"
finish
