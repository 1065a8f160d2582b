#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Network managers leave users' devices alone: udev, systemd-networkd and
# NetworkManager on node 1, where the site has set them up for all devices. With the
# files that the packages install nothing of a user's network changes, whether it is
# older or younger than the manager; without them each takes it over.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
dual=1
. "$(dirname "$0")/../lib/lib.sh"

deb=${UVN_CACHE-}/deb
udevadm=$deb/bin/udevadm
# Where the packages have them, and where a site does.
networks=/lib/systemd/network
rules=/lib/udev/rules.d
nm_conf=/usr/lib/NetworkManager/conf.d
site_networks=/etc/systemd/network
site_nm=/etc/NetworkManager
# NetworkManager's libraries, beside its plugins.
nm_lib=$(echo "$deb"/usr/lib/*/NetworkManager)
nm_lib=${nm_lib%/*}

#
# Node 1 with /run and /sys of its own, and daemons there
#

cat >"$work/init" <<'SCRIPT'
set -e
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/dbus /run/systemd /run/udev
exec sleep infinity
SCRIPT
node() { # COMMAND...: there, by its root
	$replace nsenter -t "$inner" -m -n "$@"
}
declare -A daemon
start() { # NAME COMMAND...
	spawn "$1" node "${@:2}"
	daemon[$1]=${background[-1]}
}
stop() { # NAME
	kill "${daemon[$1]}" && wait "${daemon[$1]}"
	! kill -0 "${daemon[$1]}" 2>/dev/null
}
begin() {
	spawn node1 root 1 unshare --mount sh "$work/init"
	inner=${background[-1]}
	busywait 60 node test -d /run/udev &&
	start bus dbus-daemon --system --nofork --nopidfile --nosyslog &&
	busywait 60 node test -S /run/dbus/system_bus_socket
}
udev() {
	start udevd bash -c "exec -a systemd-udevd $udevadm" &&
	busywait 60 node test -S /run/udev/control
}
networkd() { # N : it is done with v0, for which the site has the address 10.77.N.1
	start networkd /lib/systemd/systemd-networkd &&
	busywait 60 has v0 "inet 10.77.$1.1/24"
}
network_manager() {
	start nm env LD_LIBRARY_PATH="$nm_lib" "$deb/usr/sbin/NetworkManager" --no-daemon &&
	busywait 60 state_is v0 connected
}
nmcli() {
	node env LD_LIBRARY_PATH="$nm_lib" "$deb/usr/bin/nmcli" "$@"
}

#
# What there is
#

has() { # DEVICE WORDS : an address, say
	{ ip -n "n1-$seed" link show dev "$1" && ip -n "n1-$seed" addr show dev "$1"; } |
		tee "$work/has"
	grep -qF -- " $2" "$work/has"
}
known_as() { # DEVICE PROPERTY : to udev
	node "$udevadm" info -q property "/sys/class/net/$1" | tee "$work/known"
	grep -qxF -- "$2" "$work/known"
}
setup_is() { # DEVICE STATE : to networkd
	node networkctl --no-legend --no-pager list "$1" | tee "$work/setup"
	grep -qE " $2\$" "$work/setup"
}
state_is() { # DEVICE STATE : to NetworkManager
	nmcli -g DEVICE,STATE device | tee "$work/state"
	grep -qE "^$1:$2( |\$)" "$work/state"
}
# All of a user's network on node 1 that somebody else could change, but two things. The
# node's new addresses are local in it, as they should be. NetworkManager sets
# addr_gen_mode of each device as it ends, managed or not; an L3 master has no use for it.
ours() { # UID
	local ns=n1-$seed table=$((16777216 + $1)) family
	ip -n "$ns" -d link show dev "vrf$1" | sed 's/ addrgenmode [a-z0-9]*//'
	for family in -4 -6; do
		ip -n "$ns" -o $family addr show dev "vrf$1"
		ip -n "$ns" $family -d route show table $table | grep -v 'local 10\.77\.'
		ip -n "$ns" $family rule
	done | sort
	root 1 sh -c "grep -rs . /proc/sys/net/ipv[46]/conf/vrf$1" | grep -v addr_gen_mode |
		sort
}
as_it_was() { # UID
	diff "$work/ours-$1" <(ours "$1")
}
untouched() { # WHAT UID...
	local what=$1 uid
	shift
	for uid; do
		check "$what: the network of $uid is as it was" as_it_was "$uid"
		check "$what: $uid is reached from node 2" \
			user 2 "$uid" "$probe" ask tcp 192.168.80.1 7000 "from-$uid"
	done
}
declare -A server
arrives() { # UID
	check "$1 comes, and listens" \
		serve "server-$1" 1 "$1" tcp 0.0.0.0 7000 "from-$1"
	server[$1]=${background[-1]}
	check "the network of $1 is whole" busywait 30 all_whole 1 2
	ours "$1" >"$work/ours-$1"
}
# With its network, which may have been on its way already.
gone() { # UID
	adm 1 user del "$1" --force
	! adm 1 user show "$1"
}
leaves() { # UID
	kill "${server[$1]}"
	wait "${server[$1]}" 2>/dev/null
	check "$1 goes" busywait 60 gone "$1"
}

#
# What the site has set up, for all devices but those that it names
#

site() { # N
	printf '%s\n' '[Match]' 'Name=*' '[Network]' "Address=10.77.$1.1/24" DHCP=yes \
		>"$site_networks/20-all.network"
}
site_begin() {
	local dev
	conserve "$networks"/{00-uvn.network,00-uvn.link,99-default.link} \
		"$rules"/{75-net-description,80-net-setup-link,84-uvn,85-nm-unmanaged}.rules \
		"$nm_conf/uvn.conf" "$site_networks"/{10-em1,10-ib0,20-all}.network \
		"$site_networks/20-all.link" "$site_nm"/{conf.d/all,NetworkManager}.conf || return
	mkdir -p "$site_networks" "$site_nm"/{conf.d,system-connections} /var/lib/NetworkManager \
		"$networks" "$rules" "$nm_conf" || return
	for dev in em1 ib0; do
		{
			printf '%s\n' '[Match]' "Name=$dev" '[Network]'
			ip -n "n1-$seed" -o addr show dev "$dev" scope global |
				awk '{ print "Address=" $4 }'
		} >"$site_networks/10-$dev.network"
	done
	printf '%s\n' '[Match]' 'OriginalName=v*' '[Link]' Alias=site \
		>"$site_networks/20-all.link"
	printf '%s\n' '[device-all]' 'match-device=*' managed=1 >"$site_nm/conf.d/all.conf"
	cp "$deb$site_nm/NetworkManager.conf" "$site_nm"/
}
# Of the systems' files, those for network devices.
system_begin() {
	cp "$deb"/usr/share/dbus-1/system.d/*NetworkManager.conf /etc/dbus-1/system.d/ &&
	cp "$deb$rules"/{75-net-description,80-net-setup-link,85-nm-unmanaged}.rules \
		"$rules"/ &&
	cp "$deb$networks"/99-default.link "$networks"/ &&
	ln -sfn "$nm_lib/NetworkManager" "/usr/lib/${nm_lib##*/}/NetworkManager"
}

install_files() {
	cp "$tree"/tools/managers/00-uvn.{network,link} "$networks"/ &&
	cp "$tree"/tools/managers/84-uvn.rules "$rules"/ &&
	cp "$tree"/tools/managers/uvn.conf "$nm_conf"/ &&
	node "$udevadm" control --reload
}

needs_own_module
needs dbus-daemon networkctl /lib/systemd/systemd-networkd "$udevadm" \
	"$deb/usr/sbin/NetworkManager"
[ -n "${UVN_OUT-}" ] || skip "this changes what manages devices, so only in a guest"
setup 2
check "what the site has set up" site_begin
check "what comes with the system" system_begin
check "node 1 has a bus" begin
check "udev" udev

#
# Without the files
#

arrives 1234
check "a device of the system's comes" root 1 ip link add v0 type dummy
for dev in v0 vrf1234; do
	check "no files: udev gives $dev the site's alias" busywait 60 has $dev "alias site"
done
site 1
check "networkd" networkd 1
check "no files: it gives 1234's device an address" busywait 60 has vrf1234 "inet 10.77.1.1/24"
check "no files: and manages it" setup_is vrf1234 'configur(ed|ing)'
check "networkd ends" stop networkd
check "NetworkManager" network_manager
check "no files: it manages 1234's device" busywait 60 state_is vrf1234 connected
check "no files: and lets it be taken down" nmcli device disconnect vrf1234
check "NetworkManager ends" stop nm
leaves 1234

#
# With them
#

check "the files are installed" install_files
check "the system's device goes" root 1 ip link del v0
arrives 1234
check "and comes" root 1 ip link add v0 type dummy
check "udev gives it the site's alias" busywait 60 has v0 "alias site"
check "1234's device is known to udev, for others to leave alone" busywait 60 \
	known_as vrf1234 NM_UNMANAGED=1
cannot "the system's is not" known_as v0 NM_UNMANAGED=1
untouched "udev" 1234
check "all devices are looked at once more" \
	node "$udevadm" trigger --type=devices --subsystem-match=net --settle
untouched "udev, once more" 1234

site 2
check "networkd comes" networkd 2
check "1234's device is not managed" setup_is vrf1234 unmanaged
untouched "networkd comes" 1234
arrives 9876
check "9876's is not either, who has come later" busywait 60 setup_is vrf9876 unmanaged
untouched "networkd is there" 1234 9876
site 3
check "networkctl reload" node networkctl reload
check "it is done" busywait 60 has v0 "inet 10.77.3.1/24"
untouched "networkctl reload" 1234 9876
check "networkctl reconfigure, of what has a user's name" \
	node networkctl reconfigure vrf1234 vrf9876
check "it has nothing to do" setup_is vrf1234 unmanaged
untouched "networkctl reconfigure" 1234 9876
check "networkctl reconfigure, of the devices below" node networkctl reconfigure em1 ib0
for uid in 1234 9876; do
	check "the network of $uid comes to be as it was" busywait 60 as_it_was $uid
done
untouched "networkctl reconfigure, of the devices below" 1234 9876
site 4
check "networkd ends" stop networkd
check "and starts" networkd 4
check "1234's device is not managed" setup_is vrf1234 unmanaged
untouched "networkd has started again" 1234 9876
check "networkd ends" stop networkd

leaves 9876
check "NetworkManager comes" network_manager
check "1234's device is not managed" state_is vrf1234 unmanaged
untouched "NetworkManager comes" 1234
arrives 9876
check "9876's is not either, who has come later" busywait 60 state_is vrf9876 unmanaged
untouched "NetworkManager is there" 1234 9876
check "nmcli general reload" nmcli general reload
check "it is done" state_is vrf1234 unmanaged
untouched "nmcli general reload" 1234 9876
cannot "nmcli device disconnect" nmcli device disconnect vrf1234
untouched "nmcli device disconnect" 1234 9876
check "NetworkManager ends" stop nm
# One line of ours holds against what the site says of all devices, and the other where
# the site has a list of its own in place of ours.
printf '%s\n' '[keyfile]' 'unmanaged-devices=interface-name:nothing' >"$site_nm/conf.d/all.conf"
check "and starts, with another configuration of the site's" network_manager
check "1234's device is not managed" state_is vrf1234 unmanaged
untouched "NetworkManager has started again" 1234 9876
check "NetworkManager ends" stop nm
finish
