#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: bench.sh [ROW...]
#
# What users' networks cost, in guest instructions, in each set-up of
# lib-bench.sh, twice (UVN_TURNS); with UVN_SHORT without stock, with UVN_SETUPS, words,
# in those alone. Prints a table: the least for each set-up, as the allocator now and then
# takes a longer way for all of a turn; uvn by the others, and how far apart the turns
# were. The same as JSON is in $UVN_OUT/bench.json. With ROW, the beginning of a row's
# name, only such rows. Then says whether each is within its bound.

# shellcheck disable=SC2317	# functions are called by row and in_setup
# shellcheck source-path=SCRIPTDIR source=lib-bench.sh
. "$(dirname "$0")/lib-bench.sh"

begin_rows bench "$@"
setups=(plain stock uvn)
! in_short || setups=(plain uvn)
[ -z "${UVN_SETUPS:-}" ] || read -ra setups <<<"$UVN_SETUPS"

#
# What else there is to measure than uvn_bench does
#

offloads() { # on|off
	local n
	for n in 1 2; do
		root "$n" ethtool -K em1 tso "$1" gso "$1" gro "$1" || exit
	done
}

# uvn's networks follow by themselves.
mtu() { # BYTES
	local n
	for n in 1 2; do
		ip -n "n$n-$seed" link set em1 mtu "$1"
		[ "$setup" != stock ] ||
			ip -n "n$n-$seed" link set vx1234em1 mtu $(($1 - 50))
		[ "$setup" != uvn ] ||
			busywait 20 mtu_is "$n" 1234 em1 $(($1 - 50)) || exit
	done
}

# A firewall of the site's, the same on both nodes: one that has chains and no rule,
# or one as of a cluster's node, which knows connections.
firewall() { # empty|stateful|none
	local n
	for n in 1 2; do
		case $1 in
		empty)
			at "n$n" nft -f - <<-NFT
			table inet site {
				chain prerouting { type filter hook prerouting priority 0; }
				chain output { type filter hook output priority 0; }
			}
			NFT
			;;
		stateful)
			at "n$n" nft -f - <<-NFT
			table inet site {
				chain input {
					type filter hook input priority 0; policy drop;
					ct state established,related accept
					iif lo accept
					tcp dport 22 accept
					ip saddr 192.168.80.0/21 accept
				}
				chain output {
					type filter hook output priority 0; policy drop;
					ct state established,related accept
					oif lo accept
					ip daddr 192.168.80.0/21 accept
				}
			}
			NFT
			;;
		none)
			at "n$n" nft delete table inet site
			;;
		esac || exit
	done
}

# Broadcasts and multicasts on the wire in the seconds after a command.
noise() { # COMMAND...
	local n
	for n in 1 2; do
		at "n$n" nft -f - <<-NFT
		table netdev noise {
			counter noise {}
			chain ingress {
				type filter hook ingress devices = { em1, ib0 } priority 0
				meta pkttype { broadcast, multicast } counter name noise
			}
		}
		NFT
	done
	"$@" >"$work/noise" || return
	sleep 5
	for n in 1 2; do
		at "n$n" nft list counter netdev noise noise
		at "n$n" nft delete table netdev noise
	done | awk '/packets/ { n += $2 } END { print n }'
}

#
# Rows
#

logins() { # FIRST : 20 users
	local u
	for ((u = $1; u < $1 + 20; u++)); do
		login 1 "$u" || return
	done
}
peer() { # UID : on node 2 too, and a packet
	login 2 "$1" && user 1 "$1" "$bench" -d "vrf$1" icmp 10.44.0.2 1
}

rows() {
	local m
	row "ping" near icmp "$remote" 20000
	row "UDP round trip" near udp "$remote" 5000 10000
	row "TCP round trip, 1 B" near rr "$remote" 5000 10000 1
	row "TCP round trip, 4 KiB" near rr "$remote" 5000 5000 4096
	row "UDP datagram, out" near send "$remote" 5000 64000
	row "UDP datagram, in" near receive "$remote" 5000 64000
	row "TCP connection" near connect "$remote" 5000 2000
	row "TCP stream, KiB" near stream "$remote" 5000 64 1
	row "TCP 8 streams, KiB" near stream "$remote" 5000 64 8
	offloads off
	for m in 1500 9000; do
		mtu "$m"
		row "TCP stream, no offload, MTU $m, KiB" near stream "$remote" 5000 16 1
	done
	offloads on
	row "own node: UDP round trip" near udp 127.0.0.1 5000 10000
	row "own node: TCP round trip, 1 B" near rr 127.0.0.1 5000 10000 1
	row "own node: TCP stream, KiB" near stream 127.0.0.1 5000 64 1
	row "off the subnets: UDP round trip" near udp 10.99.0.2 5000 10000
	row "off the subnets: TCP round trip, 1 B" near rr 10.99.0.2 5000 10000 1
	row "off the subnets: TCP stream, KiB" near stream 10.99.0.2 5000 64 1
	row "system: UDP round trip" root 1 "$bench" udp 192.168.80.2 5001 10000
	# As a script at login has it, users do not hear the system's answers.
	[ "$setup" = stock ] ||
		row "a user to the system: UDP round trip" near udp 192.168.80.2 5001 10000
	row "system: TCP round trip, 1 B" root 1 "$bench" rr 192.168.80.2 5001 10000 1
	row "system: TCP stream, KiB" root 1 "$bench" stream 192.168.80.2 5001 64 1
	case $setup in
	stock)
		row "a user's network" spends 20 logins 20000
		row "its memory, KiB" takes 20 logins 21000
		row "broadcasts for a user" noise login 1 30000
		row "broadcasts for a peer" noise peer 30000
		;;
	uvn)
		row "a user's network" root 1 "$bench" users 20000 20
		row "its memory, KiB" takes 20 root 1 "$bench" users 21000 20
		row "broadcasts for a user" noise user 1 30000 "$bench" socket 1
		row "broadcasts for a peer" noise user 1 30000 "$bench" icmp 192.168.80.2 1
		;;
	esac
	# What these leave behind is freed for seconds, and would be taken for memory
	# that comes back.
	row "socket, user" near socket 20000
	row "socket, root" root 1 "$bench" socket 20000
	# Of these uvn has nothing to say, and they should cost what ftrace costs.
	row "Unix datagram, user" near unix 20000
	row "Unix datagram, root" root 1 "$bench" unix 20000
	row "Unix datagram by abstract name, user" near unix 20000 uvn-bench
	row "Unix datagram by abstract name, root" root 1 "$bench" unix 20000 uvn-bench
	row "UDP on lo, user" near loop 20000
	row "UDP on lo, root" root 1 "$bench" loop 20000
	row "setsockopt, user" near option 20000
	row "setsockopt, root" root 1 "$bench" option 20000
	# The script at login has no firewall that lets all of it pass.
	[ "$setup" != stock ] || return 0
	for m in empty stateful; do
		firewall "$m"
		row "$m firewall: ping" near icmp "$remote" 20000
		row "$m firewall: UDP round trip" near udp "$remote" 5000 10000
		row "$m firewall: TCP round trip, 1 B" near rr "$remote" 5000 10000 1
		row "$m firewall: TCP stream, KiB" near stream "$remote" 5000 64 1
		firewall none
	done
}

# What was reached, and a little: at most so much of plain, or of stock.
bounds() {
	cat <<-BOUNDS
	ping|plain|1.22
	UDP round trip|plain|1.16
	TCP round trip, 1 B|plain|1.13
	TCP round trip, 4 KiB|plain|1.1
	TCP stream, KiB|plain|1.05
	own node: UDP round trip|plain|1.08
	own node: TCP round trip, 1 B|plain|1.04
	own node: TCP stream, KiB|plain|1.02
	off the subnets: UDP round trip|plain|1.18
	off the subnets: TCP round trip, 1 B|stock|0.92
	system: TCP round trip, 1 B|plain|1.05
	socket, user|plain|1.1
	socket, root|plain|1.05
	a user's network|stock|0.05
	broadcasts for a user|stock|0
	broadcasts for a peer|stock|0
	empty firewall: TCP round trip, 1 B|plain|1.12
	stateful firewall: TCP round trip, 1 B|plain|1.12
	BOUNDS
}
judge() {
	local row setup most seen
	while IFS='|' read -r row setup most; do
		seen=$(jq -r --arg row "$row" --arg ratio "to_$setup" \
			'.[] | select(.row == $row) | .[$ratio] // empty | . * 1000 | round / 1000' "$json")
		[ -n "$seen" ] || continue
		: >"$work/check"
		ktap_result "$(jq -n "if $seen <= $most then 0 else 1 end")" \
			"$row: $seen of $setup, at most $most"
	done < <(bounds)
}

# Of these an idle node must feel next to nothing.
judge_felt() {
	local row seen
	for row in "socket, root" "Unix datagram, root" \
		"Unix datagram by abstract name, root" "UDP on lo, root" "setsockopt, root"; do
		seen=$(felt_more "$row")
		[ -n "$seen" ] || continue
		: >"$work/check"
		ktap_result "$(jq -n "if $seen <= 0.5 then 0 else 1 end")" \
			"$row: $seen locked operations and wrong returns more, at most 0.5"
	done
}

needs_own_module
ktap_begin
for ((turn = 0; turn < ${UVN_TURNS:-2}; turn++)); do
	for s in "${setups[@]}"; do
		in_setup "$s" rows
	done
done
table || exit
judge
judge_felt
finish
