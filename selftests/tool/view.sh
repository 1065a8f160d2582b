#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Users see the interfaces, addresses and routes that there would be without uvn, however
# they look; root sees all, and so do users after "set view full".

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

needs ifconfig netstat route hostname unshare
dual=1
ktap_begin
if ! load || ! nodes 1; then
	echo "Bail out! no node"
	exit 1
fi
chmod 755 "$work"
view=$here/uvn_view

# More than there are indices, networks that are made later included.
indices=400

# Each node has a sysfs of its own.
mkdir "$work/sys"
root 1 mount -t sysfs sysfs "$work/sys"
ip -n "n1-$seed" neigh add 192.168.80.9 lladdr 02:00:00:00:00:09 dev em1
ip -n "n1-$seed" route add default via 192.168.80.9
ip -n "n1-$seed" -6 route add default via 2001:db8:80::9

# All that is compared, each line with the way in which it was seen. What counts, or
# passes by itself, is left out; and how the addresses in fib_trie are arranged, since the
# first rule that there is beside the kernel's own parts the tables main and local.
cat >"$work/look" <<'LOOK'
view=$1 sys=$2 indices=$3
see() { # WAY COMMAND...
	local way=$1
	shift
	"$@" 2>&1 | sed "s|^|$way: |"
}
first() { awk '{ print $1 }' "$1"; }
listed() { LC_ALL=C ls "$1"; }
see program "$view" all "$indices"
see link ip -o link
see link6 ip -o -6 link
see addr ip -o addr
see addr4 ip -o -4 addr
see addr6 ip -o -6 addr
see maddr ip -o maddr
see route ip route
see route6 ip -6 route
see tables ip route show table all
see tables6 ip -6 route show table all
see rule ip rule
see rule6 ip -6 rule
see neigh ip neigh show nud permanent
see devconf ip -o netconf
see ntable sh -c 'ip ntable | grep -o "dev .*"'
see qdisc tc qdisc
see stats sh -c 'ip stats show | grep -o "[^ ]*: group [^ ]*"'
see ifconfig sh -c 'ifconfig -a | grep -vE "RX|TX|unspec"'
see netstat sh -c 'netstat -i | cut -d" " -f1'
see route-n route -n
see hostname hostname -I
see dev first /proc/net/dev
see dev_mcast cat /proc/net/dev_mcast
see igmp sed 's/[0-9]*:[0-9A-F]*//' /proc/net/igmp
see igmp6 sed 's/ [0-9A-F]* [0-9]*$//' /proc/net/igmp6
see if_inet6 cat /proc/net/if_inet6
see ipv6_route awk '{ $7 = $8 = ""; print }' /proc/net/ipv6_route
see proc-route cat /proc/net/route
see fib_trie sh -c 'sed "s/^ *//" /proc/net/fib_trie | grep -v "^+--" | sort -u'
see snmp6 listed /proc/net/dev_snmp6
see sysfs listed "$sys/class/net"
see sysfs-virtual listed "$sys/devices/virtual/net"
LOOK
ways=$(grep -c '^see [a-z]' "$work/look")
look() { # NAME COMMAND... : as whoever the command makes of us
	local name=$1
	shift
	"$@" bash "$work/look" "$view" "$work/sys" "$indices" >"$work/$name" 2>&1
}
same() { # NAME
	diff "$work/without" "$work/$1"
}
# The ways in which somebody sees what uvn has made.
ways_of() { # NAME
	diff "$work/without" "$work/$1" | sed -n 's/^> \([a-z0-9_-]*\):.*/\1/p' | sort -u
}

check "em1 and ib0 have their link-local addresses" busywait 30 settled 1
look without user 1 1234
equal "without uvn: all ways lead somewhere" "$ways" \
	"$(cut -d: -f1 "$work/without" | sort -u | wc -l)"
cp "$work/without" "$work/without-alice"
look root-without root 1

# A kernel of which one function cannot be intercepted.
if ! told_elsewhere; then
	check "a call in dev_ifconf cannot be seen" hide dev_ifconf
	check "uvn is enabled all the same" configure 1
	check "the call can be seen again" unhide
	equal "status tells what is missing" '["inet_gifconf"]' \
		"$(adm 1 -j status | jq -c .view_missing)"
	check "so does doctor" grep -q 'inet_gifconf is not intercepted' <(adm 1 doctor)
	check "disabled" adm 1 disable
fi

check "configured" configure 1
check "a pool" adm 1 cgnat add 100.64.0.0/10
# A compiler that is told to check everything copies the function that queues messages.
missing=$(adm 1 -j status | jq -r '.view_missing[]')
events=1
[ "$UVN_KERNEL" != debug ] || [ "$missing" != __netlink_sendskb ] || missing='' events=
equal "nothing is missing" "" "$missing"
# Users of IPv4 and IPv6 who are there, and others.
serve alice 1 1234 tcp 192.168.80.1 5000
serve alice6 1 1234 tcp 2001:db8:80::1 5001
serve bob 1 9876 tcp 192.168.80.1 5000
for uid in 2001 2002 2003; do
	check "a network of $uid" adm 1 user add "$uid"
done
check "they are whole" busywait 60 all_whole 1 2

#
# What users see
#

look alice user 1 1234
check "alice sees what there is without uvn" same alice
look bob user 1 9876
check "so does bob" same bob
look inside user 1 1234 unshare -U
check "so does who is in a user namespace" same inside
look root root 1
cannot "root does not" same root
equal "root sees more in all ways but these" "dev_mcast neigh proc-route route route-n route6" \
	"$(comm -23 <(sed -n 's/^see \([^ ]*\).*/\1/p' "$work/look" |
	sort) <(ways_of root) | xargs)"
look service user 1 500
check "and a system user sees what root sees" diff "$work/root" "$work/service"

# What is said of one whose name or number is known.
equal "alice's device is none to her" \
	"$(user 1 1234 "$view" name vrf4444)" "$(user 1 1234 "$view" name vrf1234)"
equal "nor to bob" \
	"$(user 1 1234 "$view" name vrf4444)" "$(user 1 9876 "$view" name vrf1234)"
check "root knows it" grep -qx 'RTM_GETLINK: Success' <(root 1 "$view" name vrf1234)
check "alice knows em1" grep -qx 'RTM_GETLINK: Success' <(user 1 1234 "$view" name em1)
equal "nor to programs that want to change it" \
	"$(user 1 9876 ip link set vrf4444 down 2>&1)" \
	"$(user 1 9876 ip link set vrf1234 down 2>&1 | sed s/1234/4444/)"
refuses "the device has no link to her" 1 'does not exist' \
	user 1 1234 ip link show vrf1234
check "nor a route" test -z "$(user 1 1234 ip route show table 16778450 2>/dev/null)"
check "root sees that" grep -q 192.168.80.0 <(root 1 ip route show table 16778450)

#
# What users hear
#

spawn hears-alice user 1 1234 ip monitor all
spawn hears-root root 1 ip monitor all
hears() { # WHO PATTERN
	grep -q "$2" "$work/hears-$1"
}
# Until both listen.
ready() {
	ip -n "n1-$seed" addr add 192.168.80.76/32 dev em1
	ip -n "n1-$seed" addr del 192.168.80.76/32 dev em1
	hears alice 192.168.80.76 && hears root 192.168.80.76
}
check "alice hears of an address of em1" busywait 60 ready
check "a network comes" adm 1 user add 4321
check "root hears of it" busywait 20 hears root vrf4321
check "and goes" adm 1 user del 4321
check "root hears of that" busywait 20 hears root 'Deleted.*vrf4321'
ip -n "n1-$seed" link set ib0 down
ip -n "n1-$seed" link set ib0 up
ip -n "n1-$seed" addr add 2001:db8:40::1/64 dev ib0 nodad
check "networks follow the lower devices" busywait 60 all_whole 1 2
ip -n "n1-$seed" addr add 192.168.80.77/32 dev em1
check "alice hears of another address" busywait 20 hears alice 192.168.80.77
check "and of ib0" hears alice 'ib0.*state DOWN'
heard() {
	grep -oE 'vrf[0-9]+|[^@]if[0-9]+|table [0-9]{4,}|l3mdev.*|100\.64\..*' "$work/hears-alice"
}
[ -z "$events" ] || equal "and of nothing of uvn's" "" "$(heard)"
ip -n "n1-$seed" addr del 192.168.80.77/32 dev em1

#
# Many
#

crowd=150
[ "$UVN_KERNEL" != debug ] || crowd=40
check "$crowd more" root 1 "$lib/uvn_crowd" sockets 5000 $crowd 1
check "they are whole" busywait 60 all_whole 1 2
look without-ib0 user 1 1234
look many user 1 9876
check "users see as few as before" diff "$work/without-ib0" "$work/many"
equal "what a program finds is as without uvn" \
	"$(grep ^program: "$work/without")" "$(grep ^program: "$work/many")"
check "root sees them all" test \
	"$(root 1 ip -o link | grep -c vrf5)" -ge $crowd
note "a dump of links by root: $(root 1 "$view" time 20) ns," \
	"by a user $(user 1 1234 "$view" time 20) ns"

#
# Full
#

check "users are to see all" adm 1 set view full
check "it is saved" grep -qx 'set view full' <(adm 1 save)
check "another change leaves it" adm 1 set idle-timeout 700
check "it is saved still" grep -qx 'set view full' <(adm 1 save)
note "a dump of links by root: $(root 1 "$view" time 20) ns," \
	"by a user $(user 1 1234 "$view" time 20) ns"
look full user 1 1234
look root root 1
equal "alice sees what root sees" "$(<"$work/root")" "$(<"$work/full")"
check "and that is much" grep -q '^program: ifaddrs vrf9876' "$work/full"

: >"$work/hears-alice"
check "a network comes" adm 1 user add 4321
check "she hears of it" busywait 20 hears alice vrf4321
check "users are not to, again" adm 1 set view users
look alice user 1 1234
check "alice sees no more than others" diff "$work/without-ib0" "$work/alice"

#
# Disabled
#

: >"$work/hears-alice"
check "disabled" adm 1 disable
check "root hears that networks go" busywait 60 hears root 'Deleted.*vrf9876'
[ -z "$events" ] || equal "alice hears nothing" "" "$(heard)"
look alice user 1 1234
# The kernel keeps tables of IPv6, and a line for each of them, as long as the namespace.
check "there is nothing of uvn's any more" diff \
	<(grep -v ^ipv6_route: "$work/without-ib0") <(grep -v ^ipv6_route: "$work/alice")

finish
