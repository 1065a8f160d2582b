#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a node loses while users are connected: addresses, lower devices, VRFs, and at
# last itself.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
ns=n1-$seed

needs_own_module
setup 2
before=$(snapshot 1)
serve a 2 1234 tcp 0.0.0.0 8000 alice
serve b 2 9876 udp 0.0.0.0 8000 bob
serve c 1 1234 tcp 0.0.0.0 8000 here
serve d 1 9876 udp 0.0.0.0 8000 there

em() { user 1 1234 "$probe" ask tcp 192.168.80.2 8000 alice; }
ib() { user 1 9876 "$probe" ask udp 192.168.40.2 8000 bob; }
back() { user 2 1234 "$probe" ask tcp 192.168.80.1 8000 here; }
lowers() { # N : each user has something by so many, in time
	busywait 20 all_whole 1 "$1"
}
alive() { # WHAT
	check "$1: both users reach their own by both networks" eval "em && ib"
	check "$1: and are reached" back
}
alive "at first"
full=$(snapshot 1)

# Down, and the address away.
ip -n "$ns" link set em1 down
cannot "em1 down: no way by it" em
check "em1 down: the other network works" ib
ip -n "$ns" addr flush dev em1
check "no address: nothing by em1 any more" lowers 1
check "no address: the other network works" ib
cannot "no address: no way by em1" em
ip -n "$ns" addr add 192.168.80.1/21 brd + dev em1
ip -n "$ns" link set em1 up
check "the address returns: so does the way" lowers 2
alive "the address returns"

# Faster than anybody can follow.
flip() {
	local i
	for i in 1 2 3 4 5 6 7 8; do
		echo "addr del 192.168.80.1/21 dev em1"
		echo "addr add 192.168.80.1/21 brd + dev em1"
	done | ip -n "$ns" -batch -
}
check "the address goes and returns at once" flip
check "then it is there" lowers 2
check "and work, in time" busywait 20 em
alive "address flipped"
equal "all is as before" "$full" "$(snapshot 1)"

# Another address, another prefix length, a second one.
ip -n "$ns" addr add 192.168.80.101/21 brd + dev em1
check "a second address: users have it" busywait 20 has_addr 1 1234 192.168.80.101
check "a second address: reached by it" user 2 1234 "$probe" ask tcp 192.168.80.101 8000 here
ip -n "$ns" addr del 192.168.80.101/21 dev em1
check "and lose it again" busywait 20 lost_addr 1 1234 192.168.80.101
alive "second address gone"
ip -n "$ns" link set em1 mtu 1500
check "the MTU follows" busywait 20 mtu_is 1 1234 em1 1450
ip -n "$ns" link set em1 mtu 9000
check "and back" busywait 20 mtu_is 1 1234 em1 8950

# An administrator's ip link del.
old=$(ifindex 1 vrf1234)
ip -n "$ns" link del vrf1234
check "a VRF is deleted: the next socket works" em
check "it is another one" test "$old" != "$(ifindex 1 vrf1234)"
check "all is there" lowers 2
cannot "the server of before is cut off" back
serve c 1 1234 tcp 0.0.0.0 8000 here
alive "VRF deleted"
equal "all is as before" "$full" "$(snapshot 1)"
for i in 1 2 3; do
	echo "link del vrf1234"
	echo "link del vrf9876"
done | ip -n "$ns" -force -batch - 2>/dev/null
check "both at once: all comes back" lowers 2
serve c 1 1234 tcp 0.0.0.0 8000 here
alive "both deleted"
cannot "a VRF of the kind cannot be made by hand" \
	ip -n "$ns" link add name mine type uvn
cannot "a user's does not leave its namespace" \
	ip -n "$ns" link set vrf1234 netns "n2-$seed"

# The lower device moves away, and another takes its place.
ip -n "$ns" link set em1 netns "em-$seed"
check "em1 moves to another namespace: nothing by it" lowers 1
check "em1 moved: the other network works" ib
ip -n "em-$seed" link set em1 netns "$ns"
ip -n "$ns" link set em1 up
ip -n "$ns" addr add 192.168.80.1/21 brd + dev em1
check "em1 comes back: so does the way" lowers 2
alive "em1 moved and returned"
ip -n "$ns" link del em1
check "em1 is deleted: nothing by it" lowers 1
check "em1 deleted: the other network works" ib
link_pair 1 em1 9000 192.168.80.1/21 em
check "a new em1: the way comes back" lowers 2
alive "new em1"

# A namespace that dies while it is enabled, with servers in it.
adm 1 user del 1234 --force
adm 1 user del 9876 --force
equal "before the end all can be removed" "$before" "$(snapshot 1)"
kill "${background[@]}" 2>/dev/null
wait "${background[@]}" 2>/dev/null
background=()
users() { adm 1 -j user list | jq length; }
rounds=3
[ "$UVN_KERNEL" != debug ] || rounds=2
! told_elsewhere || rounds=1
[ -z "${UVN_LONG-}" ] || rounds=10
for i in $(seq $rounds); do
	serve c 1 1234 tcp 0.0.0.0 8000 here
	serve a 2 1234 tcp 0.0.0.0 8000 alice
	root 1 "$lib/uvn_crowd" sockets 5000 5 2 >"$work/crowd" &
	crowd=$!
	em >"$work/em" || cat "$work/em"
	[ $((i % 2)) = 0 ] || wait $crowd
	kill "${background[@]}"
	wait "${background[@]}" $crowd 2>/dev/null
	background=()
	ip netns del "n1-$seed"
	ip netns del "n2-$seed"
	# The last of the two ends of a pair takes the other with it.
	ip -n "em-$seed" link del br0
	ip -n "ib-$seed" link del br0
	ip netns del "em-$seed"
	ip netns del "ib-$seed"
	check "round $i: an armed node dies, the module can be removed" unload
	check "round $i: no worker is left" sh -c '! grep -q "^uvn/" /proc/[0-9]*/comm'
	[ "$i" = $rounds ] && break
	load && nodes 2 && configure 1 && configure 2
done
finish
