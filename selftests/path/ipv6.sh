#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# IPv6 in VRFs: nodes without IPv4, what is on the wire, several addresses and
# such that come and go, MTU, errors that arrive at once, and IPv6 switched off.

# shellcheck disable=SC2317,SC2016	# functions are called by check, or in eval
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

far=2001:db8:80::2 near=2001:db8:80::1
soon=2	# an error that comes at once; TCP may have to try twice
[ "$UVN_KERNEL" != debug ] || soon=8

ask() { # NODE UID PROTOCOL ADDRESS PORT [TEXT]
	local node=$1 uid=$2
	shift 2
	user "$node" "$uid" "$probe" ask "$@"
}

source_is() { # NODE UID ADDRESS: of what goes to node 2
	ip -n "n$1-$seed" -6 route show table $((16777216 + $2)) 2001:db8:80::/64 |
		grep -qF " src $3 "
}

# Addresses and routes of a user's network, as they ought to be again.
picture() { # NODE UID
	{
		ip -n "n$1-$seed" -o addr show "vrf$2"
		ip -n "n$1-$seed" -4 route show table $((16777216 + $2))
		ip -n "n$1-$seed" -6 route show table $((16777216 + $2))
	} | sed 's/^[0-9]*: //; s/ valid_lft.*//' | sort
}

# Fails with this status, within so many seconds.
fails_soon() { # STATUS SECONDS COMMAND...
	local want=$1 limit=$2 start=${EPOCHREALTIME/./} status=0 took
	shift 2
	"$@" || status=$?
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
	echo "status $status after $took ms, expected $want within $limit s"
	[ "$status" = "$want" ] && [ "$took" -lt $((limit * 1000)) ]
}

v6only() { # NODE: no IPv4 in any subnet
	ip -n "n$1-$seed" -4 addr flush dev em1 &&
	ip -n "n$1-$seed" -4 addr flush dev ib0
}

export UVN_PATIENCE=10	# on a loaded machine
dual=1
sees=full
setup 3
adm 3 disable	# a host of the subnets that does not run uvn

#
# Without IPv4
#
for n in 1 2; do
	check "node $n has no IPv4" v6only $n
done
for u in 1234 9876; do
	check "$u listens on node 2: TCP" serve "tcp-$u" 2 $u tcp :: 8000 "at-$u"
	check "$u listens on node 2: UDP" serve "udp-$u" 2 $u info :: 8000 "at-$u"
done
check "1234 listens on ::1" serve inside 2 1234 tcp ::1 8001 inside
check "a victim listens" serve victim 2 9876 tcp :: 8002 victim
check "capture" spawn tcpdump root 1 tcpdump -Z root --immediate-mode -U -nn \
	-i em1 -w "$work/em1.pcap"
capture=${background[-1]}
busywait 30 grep -q 'listening on' "$work/tcpdump"
for u in 1234 9876; do
	for a in 2001:db8:80::2 2001:db8:40::2; do
		check "$u: TCP to $a" ask 1 $u tcp $a 8000 "at-$u $(of_node 1 $a)"
		check "$u: UDP to $a" ask 1 $u udp $a 8000 "at-$u $(of_node 1 $a)"
		check "$u: ping $a" user 1 $u ping -qnc 2 -i 0.2 -s 9500 -W 3 $a
	done
	for a in ::1 2001:db8:80::2 2001:db8:40::2; do
		check "$u on its own node: TCP to $a" ask 2 $u tcp $a 8000 "at-$u $a"
		check "$u on its own node: UDP to $a" ask 2 $u udp $a 8000 "at-$u $a"
	done
	check "$u: ping ::1" user 2 $u ping -qnc 1 -W 3 ::1
done
kill -INT "$capture"
wait "$capture" 2>/dev/null
check "1234 reaches its listener on ::1" ask 2 1234 tcp ::1 8001 inside
cannot "another user reaches it" ask 2 9876 tcp ::1 8001
cannot "it is reached by the node's address" ask 2 1234 tcp $far 8001
check "the victim reaches its own" ask 1 9876 tcp $far 8002 victim
for a in ::1 $far; do
	cannot "1234 reaches a victim's $a" ask 2 1234 tcp "$a" 8002
	cannot "root reaches a victim's $a" root 2 "$probe" ask tcp "$a" 8002
done
cannot "1234 reaches a victim from the other node" ask 1 1234 tcp $far 8002
cannot "root reaches a victim from the other node" \
	root 1 "$probe" ask tcp $far 8002

frames() { # FILTER...
	tcpdump -nr "$work/em1.pcap" "$@" 2>/dev/null | tee "$work/frames" | wc -l
}
none() { # WHAT FILTER...
	local what=$1 n
	shift
	n=$(frames "$@")
	check "$what" eval "head -n 5 '$work/frames'; [ $n = 0 ]"
}
# Behind the IPv6 header: UDP 40, VXLAN 48, inner Ethernet 56, inner IPv6 70.
# A fragment has another header, and is of the pings.
vni='ip6[52:4] >> 8'
plain='ip6 and ip6[6] = 17 and udp dst port 803'
same='ip6[78:4] = ip6[8:4] and ip6[82:4] = ip6[12:4] and ip6[86:4] = ip6[16:4]
	and ip6[90:4] = ip6[20:4] and ip6[94:4] = ip6[24:4]
	and ip6[98:4] = ip6[28:4] and ip6[102:4] = ip6[32:4]
	and ip6[106:4] = ip6[36:4]'
for u in 1234 9876; do
	check "em1: VXLAN of $u" [ "$(frames "$plain and $vni = $u")" -gt 5 ]
done
none "em1: nothing but neighbour discovery and VXLAN" \
	"not (ip6 and ip6[6] = 58) and not (ip6 and ip6[6] = 0) and not ($plain)"
none "em1: no VNI but theirs" "$plain and $vni != 1234 and $vni != 9876"
none "em1: inner addresses are the outer ones" "$plain and not ($same)"
none "em1: reserved bits are zero, what is inside is IPv6" \
	"$plain and (ip6[48:4] != 0x08000000 or ip6[55] != 0 or ip6[68:2] != 0x86dd)"

check "a sink" eval 'spawn sink user 2 1234 "$probe" sink 8010 :: &&
	busywait 20 grep -q ready "$work/sink"'
check "an echo" eval 'spawn echo user 2 1234 "$probe" echo 8011 :: &&
	busywait 20 grep -q ready "$work/echo"'
for a in 2001:db8:80::2 2001:db8:40::2; do
	check "a long transfer to $a" user 1 1234 "$probe" source $a 8010 8
	check "datagrams of many sizes to $a" \
		user 1 1234 "$probe" bounce $a 8011 1 100 1400 1930 8900 20000 60000
done

# Services of the system, which answer from a socket that is bound to nothing.
check "a UDP service" serve_root udp 2 udp :: 7000 system
check "a TCP service" serve_root tcp 2 tcp :: 7001 system
for u in 1234 9876; do
	check "$u reaches the UDP service from the other node" \
		ask 1 $u udp $far 7000 "system $near"
	check "$u reaches the TCP service from the other node" \
		ask 1 $u tcp $far 7001 "system $near"
	for a in $far ::1; do
		check "$u reaches the UDP service by $a" ask 2 $u udp "$a" 7000 "system $a"
		check "$u reaches the TCP service by $a" ask 2 $u tcp "$a" 7001 "system $a"
	done
done
check "root reaches the UDP service" root 1 "$probe" ask udp $far 7000 "system $near"

#
# Sources that are not one's own, ports that are uvn's
#
denied() { # NODE UID
	adm "$1" -j user show "$2" | jq .denied
}
forge() { # WHAT NODE SOURCE ADDRESS PORT
	local before
	before=$(denied "$2" 1234)
	for p in tcp udp; do
		cannot "forged, $p: $1" user "$2" 1234 \
			"$probe" forge $p "$3" "$4" "$5"
	done
	check "forged: $1: that was denied" [ "$(denied "$2" 1234)" -ge $((before + 2)) ]
}
check "a source of one's own" user 1 1234 "$probe" forge tcp $near $far 8000
UVN_PATIENCE=2
forge "another node's address, to another node" 1 2001:db8:80::3 $far 8000
forge "an address of nobody's, to one's own node" 2 2001:db8:ffff::1 $far 8000
forge "an address of nobody's, to a service of the system" 2 \
	2001:db8:ffff::1 $far 7001
UVN_PATIENCE=10
for p in 803 804; do
	before=$(denied 1 1234)
	user 1 1234 "$probe" cast $far $p vxlan >/dev/null
	equal "a user's datagram to UDP port $p is denied" $((before + 1)) \
		"$(denied 1 1234)"
done

#
# Errors
#
for p in tcp udp; do
	check "$p to a port where nobody listens" fails_soon 1 $soon \
		ask 1 1234 $p $far 8009
	check "$p to a host without uvn" fails_soon 1 $soon \
		ask 1 1234 $p 2001:db8:80::3 8000
done
check "TCP to a host that there is not" fails_soon 2 $((soon + 5)) \
	ask 1 1234 tcp 2001:db8:80::33 8000
check "TCP off the subnets" fails_soon 2 $soon ask 1 1234 tcp 2001:db8:ff::1 8000
for n in 1 2; do
	ip -n "n$n-$seed" addr add 192.168.80.$n/21 brd + dev em1
	busywait 20 has_addr $n 1234 192.168.80.$n
done
check "IPv4 is back" ask 1 1234 tcp 192.168.80.2 8000 at-1234
for p in tcp udp; do
	check "IPv4: $p to a host without uvn" fails_soon 1 $soon \
		ask 1 1234 $p 192.168.80.3 8000
done
check "IPv4: TCP to a host that there is not" fails_soon 2 $((soon + 5)) \
	ask 1 1234 tcp 192.168.80.33 8000

#
# Addresses
#
second=2001:db8:80::1:1 third=2001:db8:40::1:2 old=2001:db8:80::1:3
before=$(picture 1 1234)
ip -n "n1-$seed" addr add $second/64 dev em1 nodad
ip -n "n1-$seed" addr add $third/128 dev ib0 nodad
for a in $second $third; do
	check "a new address $a" busywait 20 has_addr 1 1234 "$a"
	check "another user's network has it, too" busywait 20 has_addr 1 9876 "$a"
done
check "1234 listens at the new ones" serve more 1 1234 tcp :: 8000 more
for a in $second $third; do
	check "from the other node: TCP to $a" ask 2 1234 tcp "$a" 8000 more
done
check "the newest is the source" busywait 10 source_is 1 1234 $second
check "the other node sees it" ask 1 1234 tcp $far 8000 "at-1234 $second"
# As a privacy address that is about to end.
ip -n "n1-$seed" addr add $old/64 dev em1 nodad preferred_lft 0 valid_lft 3000
check "an address that is deprecated" busywait 20 has_addr 1 1234 $old
check "it is not the source" source_is 1 1234 $second
check "it is reached" ask 2 1234 tcp $old 8000 more
for a in $second/64 $old/64; do
	ip -n "n1-$seed" addr del "$a" dev em1
	check "$a is gone" busywait 20 lost_addr 1 1234 "${a%/64}"
done
ip -n "n1-$seed" addr del $third/128 dev ib0
check "$third is gone" busywait 20 lost_addr 1 1234 $third
check "the first is the source again" busywait 10 source_is 1 1234 $near
equal "all is as it was" "$before" "$(picture 1 1234)"
check "and works" ask 1 1234 tcp $far 8000 "at-1234 $near"

# In another order, and by another way: all addresses go and come back.
anew() {
	ip -n "n1-$seed" addr flush dev em1 to 2001:db8::/32 &&
	busywait 20 lost_addr 1 1234 "$near" &&
	ip -n "n1-$seed" addr del 192.168.80.1/21 dev em1 &&
	ip -n "n1-$seed" addr add "$near"/64 dev em1 nodad &&
	ip -n "n1-$seed" addr add 192.168.80.1/21 brd + dev em1 &&
	busywait 20 has_addr 1 1234 192.168.80.1 &&
	busywait 20 has_addr 1 1234 "$near"
}
check "em1 loses all addresses and gets them back" anew
equal "the network is the same" "$before" "$(picture 1 1234)"
again() {
	adm 1 subnet add 2001:db8:99::/64 port 899 &&
	adm 1 subnet del 2001:db8:99::/64
}
check "a subnet that does not matter here comes and goes" again
equal "the network is the same, still" "$before" "$(picture 1 1234)"

# Detection of duplicates
twice=2001:db8:80::77
root 2 sysctl -qw net.ipv6.conf.em1.accept_dad=1
root 1 sysctl -qw net.ipv6.conf.em1.accept_dad=1
ip -n "n2-$seed" addr add $twice/64 dev em1 nodad
busywait 20 has_addr 2 1234 $twice
ip -n "n1-$seed" addr add $twice/64 dev em1
failed_dad() { ip -n "n1-$seed" addr show dev em1 | grep -q "$twice.*dadfailed"; }
check "a duplicate is found" busywait 20 failed_dad
check "users do not have it" busywait 20 lost_addr 1 1234 $twice
ip -n "n1-$seed" addr del $twice/64 dev em1
ip -n "n2-$seed" addr del $twice/64 dev em1
fresh=2001:db8:80::78
ip -n "n1-$seed" addr add $fresh/64 dev em1
check "an address that passes is there" busywait 20 has_addr 1 1234 $fresh
check "and is the source, once it has passed" busywait 20 source_is 1 1234 $fresh
check "and works" ask 1 1234 tcp $far 8000 "at-1234 $fresh"
ip -n "n1-$seed" addr del $fresh/64 dev em1
check "it goes" busywait 20 lost_addr 1 1234 $fresh

#
# MTU
#
check "the MTU by em1 with IPv6" mtu_is 1 1234 em1 8930
check "that by the other one" mtu_is 1 1234 ib0 1974
ip -n "n1-$seed" addr del $near/64 dev em1
check "without an address of IPv6 it is larger" busywait 20 mtu_is 1 1234 em1 8950
ip -n "n1-$seed" addr add $near/64 dev em1 nodad
check "with one it is smaller again" busywait 20 mtu_is 1 1234 em1 8930
# The smallest with IPv6 is 1280, and 70 bytes of headers.
ip -n "n1-$seed" link set em1 mtu 1349
check "no room for IPv6" busywait 20 lost_addr 1 1234 $near
check "IPv4 has it" busywait 20 mtu_is 1 1234 em1 1299
ip -n "n1-$seed" link set em1 mtu 1350
check "just enough" busywait 20 has_addr 1 1234 $near
check "the smallest MTU" busywait 20 mtu_is 1 1234 em1 1280
check "and works" ask 1 1234 tcp $far 8000 at-1234
ip -n "n1-$seed" link set em1 mtu 9000
check "as large as before" busywait 20 mtu_is 1 1234 em1 8930
equal "the network is the same" "$before" "$(picture 1 1234)"

# A path that has less room than the route: the inner sockets learn it.
known() { # ADDRESS MTU
	ip -n "n1-$seed" route get "$1" oif vrf1234 | grep -q "mtu $2"
}
ip -n "n1-$seed" -6 route change 2001:db8:80::/64 dev em1 metric 256 mtu 1500
ip -n "n1-$seed" -4 route change 192.168.80.0/21 dev em1 mtu 1500 src 192.168.80.1
check "a sink, IPv4" eval 'spawn sink4 user 2 1234 "$probe" sink 8012 &&
	busywait 20 grep -q ready "$work/sink4"'
check "a long transfer by a path of 1500 bytes" \
	user 1 1234 "$probe" source $far 8010 4
check "datagrams of many sizes" \
	user 1 1234 "$probe" bounce $far 8011 1 1400 1500 8000 20000
check "the path's MTU is known inside" known $far 1430
check "IPv4: a long transfer" user 1 1234 "$probe" source 192.168.80.2 8012 4
check "IPv4: the path's MTU is known inside" known 192.168.80.2 1450
ip -n "n1-$seed" -6 route change 2001:db8:80::/64 dev em1 metric 256 mtu 9000
ip -n "n1-$seed" -4 route change 192.168.80.0/21 dev em1 mtu 9000 src 192.168.80.1

#
# Multicast
#
cast() { # TEXT: from node 1, by user 1234
	user 1 1234 "$probe" cast ff02::1:7%vrf1234 8100 "$1"
}
hear() { # NAME COMMAND...
	local name=$1
	shift
	spawn "$name" "$@"
	busywait 20 grep -q ready "$work/$name"
}
group() {
	local i
	for i in 1 2; do
		adm "$i" load - <<-CONFIG || return
		set view full
		subnet add 192.168.80.0/21 port 801
		subnet add 2001:db8:80::/64 port 803 group ff05::77:1
		subnet add 2001:db8:40::/64 port 804
		range add uid 1000-59999
		CONFIG
	done
}
heard() { grep -q "$1" "$work/hear-1234"; }
heard_not() { ! grep "$1" "$work/hear-$2"; }
for n in 1 2; do
	check "networks of node $n are there" busywait 20 has_addr $n 9876 2001:db8:80::$n
done
check "1234 hears" hear hear-1234 user 2 1234 "$probe" hear ff02::1:7 8100 vrf1234
check "9876 hears" hear hear-9876 user 2 9876 "$probe" hear ff02::1:7 8100 vrf9876
check "a user multicasts, without a group" cast nowhere
check "the subnet gets a group" group
check "a user multicasts, with a group" cast everybody
check "the same user hears it" busywait 10 heard everybody
check "but not what was sent without a group" heard_not nowhere 1234
check "another user does not" heard_not everybody 9876

#
# Switched off
#
check "the VRF is down" ip -n "n1-$seed" link set vrf1234 down
check "it is up" ip -n "n1-$seed" link set vrf1234 up
check "it has its addresses again" busywait 20 has_addr 1 1234 $near
check "and works" ask 1 1234 tcp $far 8000 at-1234
root 1 sysctl -qw net.ipv6.conf.em1.disable_ipv6=1
check "IPv6 is off on em1: users have lost it" busywait 20 lost_addr 1 1234 $near
check "IPv4 goes on" ask 1 1234 tcp 192.168.80.2 8000 at-1234
root 1 sysctl -qw net.ipv6.conf.em1.disable_ipv6=0
ip -n "n1-$seed" addr add $near/64 dev em1 nodad
check "it is on again: users have it" busywait 20 has_addr 1 1234 $near
root 1 sysctl -qw net.ipv6.conf.default.disable_ipv6=1
check "a new user where new devices have no IPv6" \
	ask 1 1300 tcp 192.168.80.2 7001 system
equal "no IPv6 on the VRF" 0 \
	"$(ip -n "n1-$seed" addr show vrf1300 | grep -c inet6)"
root 1 sysctl -qw net.ipv6.conf.default.disable_ipv6=0

# A port that goes from one family to the other, in one step.
swap() {
	adm 1 load - <<-CONFIG &&
	subnet add 192.168.80.0/21 port 803
	subnet add 2001:db8:80::/64 port 801
	range add uid 1000-59999
	CONFIG
	root 1 ss -Huln | awk '{ print $4 }' | sort
}
equal "two subnets change ports" "0.0.0.0:803 [::]:801" \
	"$(swap | grep -E ':80[1-4]$' | xargs)"
check "users go, and nothing is left" adm 1 disable
equal "no VRF is left" 0 "$(ip -n "n1-$seed" -o link show type uvn | wc -l)"

finish
