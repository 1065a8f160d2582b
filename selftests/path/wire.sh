#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is seen on the lower devices: VXLAN to the subnet's port with the user's
# VNI, from node to node, and not one frame besides.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

captures=()

capture() { # NAME NODE DEVICE
	spawn "tcpdump-$1" root "$2" tcpdump -Z root --immediate-mode -U -nn \
		-i "$3" -w "$work/$1.pcap"
	captures+=("${background[-1]}")
	busywait 30 grep -q 'listening on' "$work/tcpdump-$1"
}

end_captures() {
	sleep 1	# for what is still on its way
	kill -INT "${captures[@]}"
	wait "${captures[@]}"
	captures=()
}

frames() { # NAME FILTER...: how many; what they are goes with a failed check
	local name=$1
	shift
	tcpdump -nner "$work/$name.pcap" "$@" 2>/dev/null | tee "$work/frames" | wc -l
}

none() { # WHAT NAME FILTER...
	local what=$1 n
	shift
	n=$(frames "$@")
	check "$what" eval "head -n 5 '$work/frames'; [ $n = 0 ]"
}

some() { # WHAT NAME FILTER...
	local what=$1
	shift
	check "$what" [ "$(frames "$@")" -gt 0 ]
}

# Fields of a VXLAN packet, as pcap-filter(7) has them.
vni='udp[12:4] >> 8' protocol='udp[39]'
same='udp[42:4] = ip[12:4] and udp[46:4] = ip[16:4]'

dropped() { # DEVICE of node 1
	ip -n "n1-$seed" -j -s link show "$1" |
		sed 's/.*"tx":{[^}]*"dropped":\([0-9]*\).*/\1/'
}

net_of() { # DEVICE
	case $1 in em1) echo 192.168.80 ;; *) echo 192.168.40 ;; esac
}

# Silence below: neighbours known, MACs learned, no IPv6 on the lower devices
# (users' VRFs keep theirs).
quiet() {
	local i k net dev
	for net in em ib; do
		ip netns exec "$net-$seed" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	done
	for i in 1 2 3; do
		for dev in em1 ib0; do
			root "$i" sysctl -qw "net.ipv6.conf.$dev.disable_ipv6=1"
			for k in 1 2 3; do
				[ "$i" = "$k" ] || ip -n "n$i-$seed" neigh replace \
					"$(net_of "$dev").$k" dev "$dev" \
					lladdr "$(mac "$k" "$dev")" nud permanent
			done
		done
	done
	for i in 1 2 3; do
		k=$((i % 3 + 1))
		root "$i" ping -qnc 1 -W 3 "192.168.80.$k" &&
		root "$i" ping -qnc 1 -W 3 "192.168.40.$k" || return
	done
}

ask() { # NODE UID PROTOCOL ADDRESS PORT [TEXT]
	local node=$1 uid=$2
	shift 2
	user "$node" "$uid" "$probe" ask "$@"
}

export UVN_PATIENCE=10	# on a loaded machine
sees=full
setup 3
check "the network below is quiet" quiet
check "a service of the system" serve_root system 2 tcp 0.0.0.0 7000 system

#
# First contact, TCP, UDP, ping; two users and one who has no network over there
#
for d in em1 ib0; do
	check "capture $d on node 1" capture one-$d 1 $d
	check "capture $d on node 3" capture three-$d 3 $d
done
for u in 1234 9876; do
	check "$u: TCP listener on node 2" serve "tcp-$u" 2 $u tcp 0.0.0.0 8000 "at-$u"
	check "$u: UDP listener on node 2" serve "udp-$u" 2 $u info 0.0.0.0 8000 "at-$u"
	for net in 80 40; do
		a=192.168.$net.2
		check "$u: TCP to $a" ask 1 $u tcp $a 8000 "at-$u"
		check "$u: UDP to $a" ask 1 $u udp $a 8000 "at-$u"
		check "$u: ping $a" user 1 $u ping -qnc 2 -i 0.2 -s 9500 -W 3 $a
	done
	cannot "$u: a port where nobody listens" ask 1 $u tcp 192.168.80.2 8009
done
check "first contact: a user's first word to node 2" \
	ask 1 70001 tcp 192.168.80.2 7000 system
end_captures

for d in em1 ib0; do
	port=801 users=(1234 9876 70001)
	[ $d = em1 ] || port=802 users=(1234 9876)
	none "$d: no ARP" one-$d arp
	none "$d: no broadcast, no multicast" one-$d ether multicast
	none "$d: nothing but UDP to port $port" one-$d not udp dst port $port
	none "$d: nothing but VXLAN" one-$d "udp dst port $port and
		(udp[8:4] != 0x08000000 or udp[15] != 0 or udp[28:2] != 0x0800)"
	none "$d: inner addresses are the outer ones" one-$d \
		"udp dst port $port and not ($same)"
	none "$d: only between node 1 and node 2" one-$d \
		"not (ether host $(mac 1 $d) and ether host $(mac 2 $d))"
	none "$d: no VNI but the users'" one-$d \
		"udp dst port $port and $vni != 1234 and $vni != 9876 and $vni != 70001"
	for u in "${users[@]}"; do
		for p in tcp:6 udp:17 icmp:1; do
			[ "$u" != 70001 ] || [ $p = tcp:6 ] || continue
			some "$d: ${p%:*} of $u has VNI $u" one-$d \
				"src host $(net_of $d).1 and udp dst port $port and
				$vni = $u and $protocol = ${p#*:}"
		done
		some "$d: answers to $u have VNI $u" one-$d \
			"src host $(net_of $d).2 and udp dst port $port and $vni = $u"
	done
	none "$d: node 3 sees nothing" three-$d
done

#
# The system's traffic is plain: nothing of it is in a tunnel
#
check "capture" capture plain 1 em1
check "root: TCP to 192.168.80.2" root 1 "$probe" ask tcp 192.168.80.2 7000 system
end_captures
some "root's TCP is seen as it is" plain "tcp and host 192.168.80.2"
none "root's TCP is in no tunnel" plain "udp port 801"

#
# Broadcast and multicast go nowhere without a group
#
cast() { # TEXT: from node 1, by user 1234
	local a
	for a in 192.168.87.255 239.1.1.1 224.0.0.251; do
		user 1 1234 "$probe" cast "$a" 8100 "$1" vrf1234 || return
	done
}

check "capture em1 on node 1" capture one-cast 1 em1
check "capture em1 on node 3" capture three-cast 3 em1
before=$(dropped vrf1234)
check "a user broadcasts and multicasts" cast nowhere
end_captures
none "nothing of it is on the wire" one-cast
none "node 3 sees nothing of it" three-cast
check "it is counted as dropped" [ "$(dropped vrf1234)" -ge $((before + 3)) ]

#
# With a group: to the same user's, and to nobody else's
#
group() {
	local i
	for i in 1 2 3; do
		adm "$i" subnet del 192.168.80.0/21 &&
		adm "$i" subnet add 192.168.80.0/21 port 801 group 239.77.0.1 || return
	done
}

hear() { # NAME COMMAND...
	local name=$1
	shift
	spawn "$name" "$@"
	busywait 20 grep -q ready "$work/$name"
}

none_of() { # FILE PATTERN
	! grep "$2" "$work/$1"
}

heard() { # HOW-OFTEN
	[ "$(grep -c everybody "$work/hear-1234")" = "$1" ]
}

check "the subnet gets a group" group
for n in 1 2; do
	check "node $n has the way again" busywait 20 has_addr $n 1234 192.168.80.$n
done
busywait 20 has_addr 2 9876 192.168.80.2
check "1234 listens on node 2" \
	hear hear-1234 user 2 1234 "$probe" hear 239.1.1.1 8100 vrf1234
check "9876 listens on node 2" \
	hear hear-9876 user 2 9876 "$probe" hear 239.1.1.1 8100 vrf9876
check "root listens on node 2" \
	hear hear-root root 2 "$probe" hear 239.1.1.1 8100 em1
check "a third network on node 3" serve other 3 9876 tcp 0.0.0.0 8000 x
check "capture" capture group 1 em1
check "a user broadcasts and multicasts" cast everybody
check "what it joined arrives at the same user's listener" busywait 10 heard 2
end_captures
check "nothing of it arrives at another user's" none_of hear-9876 everybody
# Services of the system hear every network; users do not hear the system's.
check "the system broadcasts" root 1 "$probe" cast 192.168.87.255 8100 system em1
check "a listener of the system hears it" busywait 10 grep -q system "$work/hear-root"
for u in 1234 9876; do
	check "$u does not hear what the system broadcasts" none_of "hear-$u" system
done
equal "on the wire it goes to the group with the user's VNI" 3 \
	"$(frames group "src host 192.168.80.1 and dst host 239.77.0.1 and
		udp dst port 801 and $vni = 1234")"
none "and nowhere else" group "not dst host 239.77.0.1 and src host 192.168.80.1"

finish
