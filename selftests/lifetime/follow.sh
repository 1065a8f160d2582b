#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Whatever changes while users are connected, their networks are in the end what
# a fresh start would have made of it.
#
#	node 1 --- em, ib --- node 2	as in lib.sh
#	   |
#	   +--- eth0 --- server		10.99.0.1, 10.99.0.2; the default route
#	twin --- dark			as node 1, but nobody is behind its cables
#
# Each change is made on node 1, where uvn is enabled and both users have
# connections, and on the twin, where it is not. Then it is enabled there, the
# users get networks, and these must look like those of node 1.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib-outside.sh
. "$(dirname "$0")/../lib/lib-outside.sh"

users=(1234 9876)
patience=10
[ "$UVN_KERNEL" != debug ] || patience=60
em=192.168.80 ib=192.168.40

#
# The nodes
#

bare() { # NODE DEVICE MTU ADDRESS : a cable that ends in the dark
	cable "$1" "$2" dark "$2" "$3" &&
	ip -n "n$1-$seed" addr add "$4" brd + dev "$2"
}

topology() {
	local host
	nodes 2 && nearby || return
	for host in twin dark; do
		ip netns add "n$host-$seed" &&
		ip -n "n$host-$seed" link set lo up || return
	done
	for host in 1 2 server twin; do
		root $host sysctl -qw net.ipv6.conf.{all,default}.accept_dad=0 || return
	done
	bare twin em1 9000 $em.1/21 &&
	bare twin ib0 2044 $ib.1/21 &&
	bare twin eth0 1500 10.99.0.1/24 &&
	batch twin <<-IP
	addr add 2001:db8:80::1/64 dev em1 nodad
	addr add 2001:db8:40::1/64 dev ib0 nodad
	addr add fd99::1/64 dev eth0 nodad
	route add default via 10.99.0.2 metric 100
	route add default via fd99::2 metric 100
	IP
}

# The twin is being disabled, which takes a second of waiting for nothing.
disabling=
settle() {
	local pid=$disabling
	disabling=
	[ -z "$pid" ] || wait "$pid"
}

# On node 1 and its twin: lines for ip, or a command of uvnadm's.
change() {
	local lines
	lines=$(cat)
	settle
	batch 1 <<<"$lines" && batch twin <<<"$lines"
}
both() {
	settle
	adm 1 "$@" && adm twin "$@"
}

#
# How users' networks look. Not as who made them numbered things: an ifindex
# becomes a name; nor in which order, nor what has been counted.
#

picture() { # NODE
	local ns=n$1-$seed family
	{
		# shellcheck disable=SC2016	# the variables are jq's
		{
			printf '%s\n' "link show" "addr show" | ip -n "$ns" -d -j -batch -
			adm "$1" -j user list
		} | jq -rs '(.[0:2] | transpose[] | add
			| select(.linkinfo.info_kind == "uvn")
			| . as $dev
			| "dev \(.ifname) in \(.master) \(.linkinfo) mtu \(.mtu)",
			  "dev \(.ifname) \(.flags | sort | join(",")) \(.operstate)",
			  "dev \(.ifname) altnames \(.altnames) \(.inet6_addr_gen_mode)",
			  ([.addr_info[] | del(.valid_life_time, .preferred_life_time)]
			   | sort | to_entries[]
			   | "addr \($dev.ifname) \(.key) \(.value | tojson)")),
			(.[2][] | del(.sockets_created, .nat_flows, .published_flows,
				.denied, .denied_by, .vrf_ifindex,
				      .localhost, .on_subnet, .off_subnet)
			 | .links |= (map(del(.ifindex) | .addresses |= sort) | sort)
			 | tojson)'
		for family in -4 -6; do
			printf '%s\n' "route show table all" "rule show" |
				ip -n "$ns" "$family" -o -batch -
		done | grep -E 'table [0-9]{4,}|^[0-9]+:'
	} | sort
}

fresh() {
	local u status=0
	settle
	adm twin enable || return
	for u in "${users[@]}"; do
		adm twin user add "$u" || status=1
	done
	picture twin >"$work/fresh"
	adm twin disable &
	disabling=$!
	return "$status"
}
same() { picture 1 >"$work/live" && cmp "$work/fresh" "$work/live"; }
follow() {
	fresh
	busywait "$patience" same || { diff -U0 "$work/fresh" "$work/live"; return 1; }
	grep -q "^dev vrf1234 " "$work/fresh" && grep -q "^dev vrf9876 " "$work/fresh"
}
follows() { # WHAT
	check "$1: as after a fresh start" follow
}

#
# Connections from node 1, and to it
#

declare -A to=(
	[em4]="1 1234 $em.2" [em6]="1 1234 2001:db8:80::2"
	[ib4]="1 1234 $ib.2" [ib6]="1 1234 2001:db8:40::2"
	[out4]="1 1234 10.99.0.2" [out6]="1 1234 fd99::2"
	[bob]="1 9876 $em.2" [bobib]="1 9876 $ib.2" [bobout]="1 9876 10.99.0.2"
	[back]="2 1234 $em.1"
)
every=(em4 em6 ib4 ib6 out4 out6 bob bobib bobout back)
links=(em4 em6 ib4 ib6 bob bobib back)
outs=(out4 out6 bobout)
connect() { # NAME...
	local name where
	for name; do
		read -ra where <<<"${to[$name]}"
		[ -z "${held[$name]-}" ] || let_go "$name"
		: >"$work/$name"
		hold "$name" "${where[0]}" "${where[1]}" tcp "${where[2]}"
	done
	ready "$@"
}

# One way, and the next time the other.
turn=0
apart() {
	turn=$((1 - turn))
	if [ "$turn" = 1 ]; then
		reaches_none 1 1234 8002 "$em".1 "$em".2 2001:db8:80::2
	else
		reaches_none 2 9876 8001 "$em".1 "$em".2 2001:db8:80::1
	fi
}

# What follows, who can go on, and that nobody meets another.
goes_on() { # WHAT NAME...
	local what=$1
	shift
	follows "$what"
	check "$what: go on: $*" asked ^again "$@"
	check "$what: nobody reaches another" apart
}
ended() { # WHAT NAME...
	local what=$1
	shift
	check "$what: get an error, or no answer: $*" asked '^(error|silent)' "$@"
}
again() { # WHAT NAME...
	local what=$1
	shift
	check "$what: new connections: $*" connect "$@"
}

ktap_begin
if ! load || ! modprobe -a bonding 8021q || ! { dual=1 && topology; }; then
	echo "Bail out! no nodes"
	exit 1
fi
chmod 755 "$work"
cat >"$work/conf" <<-CONFIG
	subnet add $ib.0/21 port 802
	subnet add $em.0/21 port 801
	subnet add 2001:db8:80::/64 port 803
	subnet add 2001:db8:40::/64 port 804
	range add uid 1000-59999
	cgnat add 100.64.0.0/10
	cgnat add fd64:ba5e::/64
CONFIG
check "a configuration" both load "$work/conf"
check "node 1 is enabled" adm 1 enable
check "node 2 is" configure 2
check "the echo of the server" echoes server
for n in 1 2; do
	for u in "${users[@]}"; do
		spawn "echo-$n-$u" user $n "$u" "$flows" echo $port
		busywait 20 grep -q ready "$work/echo-$n-$u"
	done
	for p in tcp udp; do
		check "1234 serves on node $n ($p)" serve "a$n$p" $n 1234 $p :: 8001 alice
		check "9876 serves on node $n ($p)" serve "b$n$p" $n 9876 $p :: 8002 bob
	done
done
for a in $em.1 $em.2 $ib.2 2001:db8:80::2; do
	check "who may reach $a" user 1 9876 "$probe" ask tcp "$a" 8002 bob
done
if ! connect "${every[@]}" >"$work/check"; then
	echo "Bail out! no connections"
	cat "$work/check"
	exit 1
fi
goes_on "at first" "${every[@]}"

#
# MTU, up and down, names
#

ip -n "n2-$seed" link set em1 mtu 65520
for mtu in 65520 2044 1500; do
	change <<<"link set em1 mtu $mtu"
	goes_on "em1 has an MTU of $mtu" "${every[@]}"
done
change <<<"link set em1 mtu 1340"
follows "em1 has no room for IPv6"
change <<IP
link set em1 mtu 9000
link set em1 down
IP
goes_on "em1 is down" "${outs[@]}"
change <<IP
link set em1 up
addr add 2001:db8:80::1/64 dev em1 nodad
IP
again "em1 is up" em6
goes_on "em1 is up" "${every[@]}"

rename() { # DEVICE NAME : with what goes when a device is down
	change <<-IP
	link set $1 down
	link set $1 name $2
	link set $2 up
	addr add 2001:db8:80::1/64 dev $2 nodad
	IP
}
rename em1 fabric0
goes_on "em1 is now fabric0" "${every[@]}"
if in_short; then
	rename fabric0 em1
else
	# The device becomes ib0, and what was that em1; then these are the devices of the
	# two networks.
	exchange() { # DEVICE EM IB
		change <<-IP
		link set ib0 down
		link set ib0 name other
		link set $1 down
		link set $1 name ib0
		link set other name em1
		link set ib0 up
		link set em1 up
		addr add 2001:db8:80::1/64 dev $2 nodad
		addr add 2001:db8:40::1/64 dev $3 nodad
		IP
	}
	exchange fabric0 ib0 em1
	goes_on "em1 and ib0 change names" "${every[@]}"
	exchange em1 em1 ib0
	goes_on "and back" "${every[@]}"
fi

#
# Addresses
#

change <<IP
addr add $em.101/21 brd + dev em1
addr add 2001:db8:80::101/64 dev em1 nodad
addr add 10.77.0.1/32 dev lo
addr add fd77::1/128 dev lo
IP
goes_on "more addresses" "${every[@]}"
change <<IP
addr del $em.101/21 dev em1
addr add $em.101/21 dev em1
addr add 2001:db8:80::102/64 dev em1 nodad
IP
goes_on "one without a broadcast address" "${every[@]}"
root 1 sysctl -qw net.ipv4.conf.all.promote_secondaries=1
root twin sysctl -qw net.ipv4.conf.all.promote_secondaries=1
change <<IP
addr del $em.1/21 dev em1
addr add $em.1/21 brd + dev em1
addr del 2001:db8:80::1/64 dev em1
addr add 2001:db8:80::1/64 dev em1 nodad
IP
goes_on "in another order" "${every[@]}"
change <<IP
addr del $em.101/21 dev em1
addr del 2001:db8:80::101/64 dev em1
addr del 2001:db8:80::102/64 dev em1
addr del 10.77.0.1/32 dev lo
addr del fd77::1/128 dev lo
addr del $em.1/21 dev em1
addr add $em.1/24 brd + dev em1
IP
goes_on "less addresses, another prefix length" "${every[@]}"
change <<IP
addr flush dev em1 scope global
addr add $em.201/21 brd + dev em1
addr add 2001:db8:80::201/64 dev em1 nodad
IP
goes_on "em1 is renumbered" ib4 ib6 bobib "${outs[@]}"
ended "em1 is renumbered" em4 em6 bob back
check "em1 is renumbered: reached there" user 2 1234 "$probe" ask tcp $em.201 8001 alice
change <<IP
addr flush dev em1 scope global
addr add $em.1/21 brd + dev em1
addr add 2001:db8:80::1/64 dev em1 nodad
IP
again "em1 has its addresses again" em4 em6 bob back
goes_on "em1 has its addresses again" "${every[@]}"

#
# Devices
#

move() { # NODE
	ip -n "n$1-$seed" link set em1 netns "ndark-$seed" name "moved-$1"
}
move_back() { # NODE
	ip -n "ndark-$seed" link set "moved-$1" netns "n$1-$seed" name em1
}
check "em1 moves to another namespace" eval "settle; move 1 && move twin"
goes_on "em1 has moved" ib4 ib6 bobib "${outs[@]}"
check "em1 comes back" eval "move_back 1 && move_back twin"
change <<IP
link set em1 up
addr add $em.1/21 brd + dev em1
addr add 2001:db8:80::1/64 dev em1 nodad
IP
again "em1 is back" em4 em6 bob back
goes_on "em1 is back" "${every[@]}"

if ! in_short; then
	# Another device in a subnet that em1 is in; and it is the only one for a moment.
	cable 1 em2 server em2 9000
	cable twin em2 dark em2 9000
	change <<-IP
	addr add $em.11/21 brd + dev em2
	IP
	follows "two devices in a subnet"
	change <<-IP
	addr del $em.1/21 dev em1
	addr add $em.1/21 brd + dev em1
	IP
	follows "the first goes and comes"
	change <<<"link del em2"
	goes_on "the second goes" "${every[@]}"

	to[vlan]="1 1234 10.5.0.2"
	for n in 1 2 twin; do
		batch $n <<-IP
		link add link em1 name em1.5 type vlan id 5
		link set em1.5 up
		addr add 10.5.0.${n/twin/1}/24 brd + dev em1.5
		IP
	done
	both subnet add 10.5.0.0/24 port 805
	adm 2 subnet add 10.5.0.0/24 port 805
	again "a VLAN" vlan
	goes_on "a VLAN" "${every[@]}" vlan
	change <<<"link set em1 mtu 1500"
	goes_on "its MTU gets smaller with its device's" vlan
	change <<<"link set em1.5 down"
	follows "the VLAN is down"
	change <<-IP
	link set em1.5 up
	link set em1 mtu 9000
	IP
	goes_on "the VLAN is up" "${every[@]}" vlan
	change <<<"link del em1.5"
	both subnet del 10.5.0.0/24
	goes_on "without the VLAN" "${every[@]}"
	ended "without the VLAN" vlan
fi

# A bond of two cables to a bridge of node 2's.
to[bond]="1 1234 10.6.0.2"
batch 2 <<IP
link add bond0 mtu 65520 type bridge
link set bond0 up
addr add 10.6.0.2/24 brd + dev bond0
IP
for p in s1 s2; do
	cable 1 $p 2 $p 65520
	cable twin $p dark $p 65520
	ip -n "n2-$seed" link set $p master bond0
done
change <<IP
link add bond0 type bond mode active-backup miimon 50
link set s1 down
link set s2 down
link set s1 master bond0
link set s2 master bond0
link set bond0 mtu 65520
link set bond0 up
addr add 10.6.0.1/24 brd + dev bond0
IP
both subnet add 10.6.0.0/24 port 806
adm 2 subnet add 10.6.0.0/24 port 806
# To node 2 whatever is behind a veth is its own guest, which is no node.
adm 2 transit add 10.6.0.1/32
again "a bond" bond
goes_on "a bond" bond
change <<<"link set s1 down"
goes_on "one of the bond is down" bond
change <<IP
link set s2 nomaster
link set s1 up
link set bond0 mtu 2044
IP
goes_on "the other is out of the bond, and the MTU is 2044" bond
change <<<"link del bond0"
follows "without the bond"
ended "without the bond" bond

#
# Configuration
#

both subnet del 10.6.0.0/24
both subnet del $em.0/21
goes_on "a subnet less" ib4 ib6 bobib "${outs[@]}"
both subnet add $em.0/22 port 899
goes_on "a smaller one, of another port" ib4 ib6 bobib "${outs[@]}"
both subnet del $em.0/22
both subnet add $em.0/21 port 801 group 239.1.1.1
goes_on "the subnet again, with a group" "${every[@]}"
both direct add $em.50/32
goes_on "a direct prefix" "${every[@]}"
both direct del $em.50/32
goes_on "no direct prefix" "${every[@]}"
both cgnat del 100.64.0.0/10
both cgnat add 100.64.0.0/16 snat 10.99.0.1
goes_on "a smaller pool" "${links[@]}"
both cgnat del 100.64.0.0/16
goes_on "no pool of IPv4" "${links[@]}" out6
ended "no pool of IPv4" out4 bobout
cannot "no pool of IPv4: no way out" say 1 1234 tcp $server4
both cgnat add 100.80.0.0/12
again "another pool" out4 bobout
goes_on "another pool" "${every[@]}"
both range add uid 70000-70010
goes_on "another range" "${every[@]}"
sed 's/uid 1000-59999 vni 1000/uid 1000-59999 vni 2000/' <(adm 1 save) >"$work/other"
both load "$work/other"
for u in "${users[@]}"; do
	adm 1 user add "$u"
done
follows "other VNIs"
ended "other VNIs" em4 bob out4 back
check "other VNIs: nobody reaches another" apart
sed -i 's/ vni 2000/ vni 1000/' "$work/other"
both load "$work/other"
for u in "${users[@]}"; do
	adm 1 user add "$u"
	spawn "echo-3-$u" user 1 "$u" "$flows" echo $port
	busywait 20 grep -q ready "$work/echo-3-$u"
done
again "the same VNIs as before" "${every[@]}"
goes_on "the same VNIs as before" "${every[@]}"

#
# Ways off the subnets
#

change <<IP
route prepend default via 10.99.0.3 metric 100
route add 10.66.0.0/24 via 10.99.0.2
route add fd66::/64 via fd99::2
IP
follows "a default route before the other"
change <<IP
route del default via 10.99.0.3 metric 100
route replace 10.66.0.0/24 via 10.99.0.3
IP
goes_on "without it" "${every[@]}"
change <<IP
addr flush dev eth0 scope global
addr add 10.99.0.11/24 brd + dev eth0
addr add fd99::11/64 dev eth0 nodad
route replace default via 10.99.0.2 metric 100
route replace default via fd99::2 metric 100
IP
goes_on "eth0 is renumbered" "${links[@]}"
ended "eth0 is renumbered" "${outs[@]}"
again "eth0 is renumbered" "${outs[@]}"
change <<<"link del eth0"
goes_on "eth0 is gone" "${links[@]}"
ended "eth0 is gone" "${outs[@]}"

settle
hang_up 1 2 server
finish
