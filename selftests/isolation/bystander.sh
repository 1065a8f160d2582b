#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The system beside users: whatever root and daemons do by address, device,
# multicast and broadcast comes out as on a node without uvn, however many users
# there are, and after they have gone.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
bystander=$here/uvn_bystander
ns=n1-$seed
users=50
[ "$UVN_KERNEL" != debug ] || users=10
first=20001

ktap_begin
dual=1
if ! load || ! nodes 2; then
	echo "Bail out! no nodes"
	exit 1
fi

# Multicast without a device has a way, and it is not by the first interface.
ip -n "$ns" route add 239.0.0.0/8 dev ib0
# Where the kernel has it: the same question of RDMA's.
rdma=
if modprobe -qa rdma_rxe rdma_ucm &&
   root 1 rdma link add rxe0 type rxe netdev em1; then
	rdma=1
fi

# Programs that do such things, each with what of their output does not vary.
programs() {
	local to dev
	for to in 192.168.80.2 192.168.80.1; do
		for dev in em1 lo 192.168.80.1; do
			echo "ping -I $dev $to: $(root 1 ping -nqc 1 -W 0.2 -I $dev $to 2>&1 |
				grep -oE 'PING.*|[0-9] received|.*[Nn]etwork is unreachable|.*Invalid.*' |
				paste -sd ' ')"
		done
	done
	for dev in em1 2001:db8:80::1; do
		echo "ping -I $dev of IPv6: $(root 1 ping -6 -nqc 1 -W 1 -I $dev \
			2001:db8:80::2 2>&1 | grep -oE 'PING.*|[0-9] received' |
			paste -sd ' ')"
	done
	echo "traceroute: $(root 1 traceroute -n -q 1 -w 1 -m 2 -i em1 192.168.80.2 2>&1 |
		sed 's/ [0-9.]* ms//' | paste -sd ' ')"
	echo "neighbours: $(ip -n "$ns" neigh show dev em1 | awk '{ print $1, $3 }' |
		grep -v '^fe80' | sort | paste -sd ' ')"
}

# All rows, into a file.
rows() { # NAME
	{
		root 1 "$bystander" "/run/netns/n2-$seed" || echo "it failed: $?"
		programs
	} >"$work/rows-$1" 2>&1
	note "$1: $(wc -l <"$work/rows-$1") rows, $SECONDS s"
}

# What differs from a node without uvn, row by row.
differences() { # NAME PATTERN
	! diff <(grep -E "^$2" "$work/rows-without") <(grep -E "^$2" "$work/rows-$1") |
		grep '^[<>]'
}

# Of an address of IPv6 that several devices have, RTM_GETADDR without a device still
# names the newest, and the kernel asks nothing else that way: not compared.
kinds=(group4 group6 hear serve raws ARP bind interface multicast route send4 connect4 send6
	connect6 ping traceroute neighbours)
[ -z "$rdma" ] || kinds+=(rdma_bind_addr)

same() { # NAME
	local kind
	for kind in "${kinds[@]}"; do
		differences "$1" "$kind" >/dev/null || return
	done
}
as_without() { # NAME WHEN
	local kind
	rows "$1"
	# On a busy machine a packet may be seen after its row was written.
	same "$1" || rows "$1"
	equal "$2: as many rows" "$(wc -l <"$work/rows-without")" \
		"$(wc -l <"$work/rows-$1")"
	for kind in "${kinds[@]}"; do
		check "$2: $kind" differences "$1" "$kind"
	done
}

# The addresses between the nodes are known from the start.
for to in 192.168.80.2 192.168.40.2 2001:db8:80::2 2001:db8:40::2; do
	check "the nodes reach each other by $to" root 1 ping -qnc 1 -W 3 $to
done
check "the nodes have their link-local addresses" busywait 30 settled 1 2
rows without
for kind in "${kinds[@]}"; do
	check "there are rows of $kind" grep -q "^$kind" "$work/rows-without"
done
cannot "a row failed to run" grep "it failed" "$work/rows-without"

for i in 1 2; do
	configure $i
	adm $i cgnat add 100.64.0.0/10
	adm $i cgnat add fd64::/96
done
as_without none "no users"
check "$users users come" root 1 "$lib/uvn_crowd" sockets "$first" "$users"
check "all are whole" all_whole 1 2
as_without many "$users users"

# What is local to a user stays so: by the addresses of interfaces, too.
uid=$first
other=$((first + users - 1))
for who in $uid $other; do
	check "user $who multicasts by the address of em1" \
		user 1 "$who" "$bystander" casts 192.168.80.1 "vrf$who"
	check "user $who multicasts by the address of ib0" \
		user 1 "$who" "$bystander" casts 192.168.40.1 "vrf$who"
	for a in 127.0.0.1 127.1.2.3 0.0.0.0; do
		check "user $who may set IP_MULTICAST_IF to $a" \
			user 1 "$who" "$bystander" casts $a
	done
	cannot "user $who may set it to an address that nobody has" \
		user 1 "$who" "$bystander" casts 192.168.80.77
	for a in 192.168.80.1 127.0.0.1 2001:db8:80::1; do
		check "user $who serves at $a" serve "s$who$a" 1 "$who" tcp $a 8000 "$who"
		check "and reaches that" user 1 "$who" "$probe" ask tcp $a 8000 "$who"
	done
done
cannot "root reaches a user's server" root 1 "$probe" ask tcp 192.168.80.1 8000

# Addresses that come and go while users are there.
ip -n "$ns" addr add 192.168.80.99/21 dev em1
check "users' networks follow to another address" \
	busywait 20 has_addr 1 $uid 192.168.80.99
ip -n "$ns" addr del 192.168.80.99/21 dev em1
check "and back" busywait 20 lost_addr 1 $uid 192.168.80.99
ip -n "$ns" addr del 192.168.80.1/21 dev em1
check "they lose the first address with em1" busywait 20 lost_addr 1 $uid 192.168.80.1
ip -n "$ns" addr add 192.168.80.1/21 brd + dev em1
check "and get it back" busywait 20 has_addr 1 $uid 192.168.80.1

del_users() {
	local uid pids=()
	for uid in $(seq "$first" 2 $((first + users - 1))); do
		adm 1 user del "$uid" --force &
		pids+=($!)
	done
	wait "${pids[@]}"
}
check "half of them go" del_users
check "half of them are gone" \
	test "$(adm 1 -j user list | jq length)" = $((users / 2))
as_without half "after half of the users went"
finish
