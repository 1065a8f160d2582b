#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Who reaches whom: everybody their own programs, by every address of the node
# and from every node; nobody anybody else's, by none of them.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

users=(1000 65536 16777215 2000000123)
victim=1000 other=65536 stranger=1003
here_addrs=(127.0.0.1 127.0.1.1 192.168.80.2 192.168.40.2 ::1 2001:db8:80::2)
addrs=(192.168.80.2 192.168.40.2 2001:db8:80::2 2001:db8:40::2)

ask() { # NODE UID PROTOCOL ADDRESS PORT [TEXT]
	local node=$1 uid=$2
	shift 2
	user "$node" "$uid" "$probe" ask "$@"
}

visits() { # how often anybody came to the victim
	cat "$work"/victim-* | grep -cv ready
}

# The victim's ports: 8000 is everybody's, 8002 the victim's alone.
no_way() { # NODE UID WHO: all addresses, all protocols, and no trace of it
	local protocol address list=("${addrs[@]}") before
	[ "$1" != 2 ] || list=("${here_addrs[@]}")
	before=$(visits)
	for protocol in tcp udp; do
		for address in "${list[@]}"; do
			cannot "$3 on node $1: $protocol to another user's $address" \
				ask "$1" "$2" $protocol "$address" 8002
		done
	done
	for address in "${list[@]}"; do
		user "$1" "$2" "$probe" cast "$address" 8002 data >/dev/null
	done
	equal "$3 on node $1: the other user has not seen a byte" \
		"$before" "$(visits)"
}

export UVN_PATIENCE=10	# on a loaded machine
dual=1
setup 2

# Everybody listens on the same port of the same node.
for u in "${users[@]}"; do
	check "$u listens on TCP port 8000" serve "tcp-$u" 2 "$u" tcp 0.0.0.0 8000 "at-$u"
	check "$u listens on UDP port 8000" serve "udp-$u" 2 "$u" info 0.0.0.0 8000 "at-$u"
	check "$u listens on TCP port 8000, IPv6" serve "tcp6-$u" 2 "$u" only6 :: 8000 "at-$u"
	check "$u listens on UDP port 8000, IPv6" serve "udp6-$u" 2 "$u" info6 :: 8000 "at-$u"
done
for u in $victim $other; do
	check "$u listens on 127.0.0.1 port 8001" \
		serve "lo-$u" 2 "$u" tcp 127.0.0.1 8001 "at-$u"
done
check "the victim listens on TCP port 8002" \
	serve victim-tcp 2 $victim tcp 0.0.0.0 8002 victim
check "the victim listens on UDP port 8002" \
	serve victim-udp 2 $victim info 0.0.0.0 8002 victim
check "the victim listens on TCP port 8002, IPv6" \
	serve victim-tcp6 2 $victim only6 :: 8002 victim
check "the victim listens on UDP port 8002, IPv6" \
	serve victim-udp6 2 $victim info6 :: 8002 victim

# From the other node: each by both subnets, and each their own.
for u in "${users[@]}"; do
	for a in "${addrs[@]}"; do
		peer=$(of_node 1 "$a")
		check "$u: TCP to $a" ask 1 "$u" tcp "$a" 8000 "at-$u $peer"
		check "$u: UDP to $a" ask 1 "$u" udp "$a" 8000 "at-$u $peer"
		check "$u: ping $a" user 1 "$u" ping -qnc 1 -W 3 "$a"
	done
done
for a in 192.168.80.2 192.168.40.2; do
	check "an IPv6 socket and ::ffff:$a" \
		ask 1 $victim mapped "$a" 8000 "at-$victim ${a%.*}.1"
done

# By a datagram socket that names an interface, which is as any other of the user's.
sorts=(udp)
if user 2 $victim "$probe" make 2 2 136 >/dev/null; then # not every kernel has it
	sorts+=(lite)
	for a in 0.0.0.0 ::; do
		check "$victim listens on UDP-Lite port 8004 of $a" \
			serve "lite-$a" 2 $victim lite $a 8004 "at-$victim"
	done
fi
for p in "${sorts[@]}"; do
	port=8000
	[ "$p" != lite ] || port=8004
	for a in 192.168.80.2 2001:db8:80::2; do
		for dev in em1 "$(ifindex 1 em1)"; do
			check "a socket that names $dev: $p to $a" user 1 $victim \
				"$probe" device "$p" "$dev" "$a" $port "at-$victim $(of_node 1 "$a")"
		done
	done
done
cannot "a socket that names em1: to another user's port" \
	user 1 $other "$probe" device udp em1 192.168.80.2 8002 victim

# On the same node.
for u in $victim $other; do
	for a in "${here_addrs[@]}"; do
		check "$u on its own node: TCP to $a" \
			ask 2 "$u" tcp "$a" 8000 "at-$u"
		check "$u on its own node: UDP to $a" \
			ask 2 "$u" udp "$a" 8000 "at-$u"
	done
	check "$u: its own listener on 127.0.0.1" \
		ask 2 "$u" tcp 127.0.0.1 8001 "at-$u 127.0.0.1"
	check "$u on its own node: ping 127.0.0.1" \
		user 2 "$u" ping -qnc 1 -W 3 127.0.0.1
	cannot "$u: a listener on 127.0.0.1 by the node's address" \
		ask 2 "$u" tcp 192.168.80.2 8001
	cannot "$u: a listener on 127.0.0.1 from the other node" \
		ask 1 "$u" tcp 192.168.80.2 8001
done
check "an IPv6 socket and ::ffff:127.0.0.1" \
	ask 2 $victim mapped 127.0.0.1 8000 "at-$victim"

# Others. That their own network works shows that it is not merely broken.
serve stranger 2 $stranger tcp 0.0.0.0 8003 stranger
check "the stranger's network works" ask 1 $stranger tcp 192.168.80.2 8003 stranger
for node in 1 2; do
	no_way $node $stranger stranger
	no_way $node $other "another listener"
done
no_way 1 2000000123 "2000000123"
no_way 2 16777215 "16777215"
for a in 192.168.80.2 192.168.40.2; do
	cannot "an IPv6 socket and ::ffff:$a of another user" \
		ask 1 $stranger mapped "$a" 8002
done
cannot "an IPv6 socket and ::ffff:127.0.0.1 of another user" \
	ask 2 $stranger mapped 127.0.0.1 8002

# Root is in the default network: users' ports are not there.
before=$(visits)
for p in tcp udp; do
	for a in "${addrs[@]}"; do
		cannot "root from the other node: $p to a user's $a" \
			root 1 "$probe" ask $p "$a" 8002
	done
	for a in "${here_addrs[@]}"; do
		cannot "root on the node: $p to a user's $a" \
			root 2 "$probe" ask $p "$a" 8002
	done
done
equal "root has not reached the user either" "$before" "$(visits)"

# Addresses come and go while users are there.
second=192.168.80.102 third=192.168.40.103
UVN_PATIENCE=3 cannot "an address that is not there yet" ask 2 $victim tcp $second 8000
root 2 ip addr add $second/21 dev em1
root 2 ip addr add $third/32 dev ib0
for a in $second $third; do
	check "users' networks follow to $a" busywait 20 has_addr 2 $victim "$a"
	busywait 20 has_addr 2 $other "$a"
	for u in $victim $other; do
		check "$u: TCP to the new address $a" \
			ask 1 "$u" tcp "$a" 8000 "at-$u"
		check "$u: UDP to the new address $a" \
			ask 1 "$u" udp "$a" 8000 "at-$u"
		check "$u on its own node: TCP to the new address $a" \
			ask 2 "$u" tcp "$a" 8000 "at-$u"
	done
	check "ping the new address $a" user 1 $victim ping -qnc 1 -W 3 "$a"
	for node in 1 2; do
		for p in tcp udp; do
			cannot "stranger on node $node: $p to the new address $a" \
				ask $node $stranger $p "$a" 8002
		done
	done
	cannot "root: TCP to a user's new address $a" \
		root 1 "$probe" ask tcp "$a" 8002
done
serve late 2 1234 tcp 0.0.0.0 8000 late
check "a user who comes later has it too" ask 1 1234 tcp $second 8000 late
UVN_PATIENCE=3
root 2 ip addr del $second/21 dev em1
root 2 ip addr del $third/32 dev ib0
for a in $second $third; do
	check "users' networks follow away from $a" busywait 20 lost_addr 2 $victim "$a"
	cannot "the address $a that is gone, from the other node" \
		ask 1 $victim tcp "$a" 8000
	cannot "the address $a that is gone, on the node" \
		ask 2 $victim tcp "$a" 8000
done
UVN_PATIENCE=10
check "the first address stays" ask 1 $victim tcp 192.168.80.2 8000 "at-$victim"

finish
