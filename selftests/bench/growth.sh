#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: growth.sh [ROW...]
#
# How what users' networks cost grows: with users (UVN_USERS, or else 5000, are the
# most), with remotes, and with the CPUs that there may be (possible_cpus on the
# kernel's command line; for that only "memory" is worth a run). In guest
# instructions, without uvn and with it, as bench.sh has them, which also says what
# the table is; it is in $UVN_OUT/growth.json. With ROW, the beginning of a row's
# name, only such rows. Then says whether each is within its bound.

# shellcheck disable=SC2317	# functions are called by row and in_setup
# shellcheck source-path=SCRIPTDIR source=lib-bench.sh
. "$(dirname "$0")/lib-bench.sh"

begin_rows growth "$@"
most=${UVN_USERS:-5000}
cpus=$(awk -F- '{ print $NF + 1 }' /sys/devices/system/cpu/possible)

# 1234 is there; the others have UIDs from 10000 on.
there=1
users() { # N
	[ "$1" = "$there" ] ||
		root 1 "$bench" users $((9999 + there)) $(($1 - there)) >/dev/null || exit
	there=$1
}

# Twenty users go, as a tool has them go.
go() {
	local u
	for ((u = 9000; u < 9020; u++)); do
		adm 1 user del "$u" --force || return
	done
}

# What the thread that makes and removes networks spends of it, for one.
works() { # N COMMAND...
	local pid before after _
	pid=$(pgrep -x "uvn/$(stat -Lc %i "/run/netns/n1-$seed")") &&
		read -r before _ <"/proc/$pid/schedstat" &&
		"${@:2}" >"$work/works" &&
		read -r after _ <"/proc/$pid/schedstat" || return
	echo $(((after - before) / $1))
}

# With what follows by itself some time later: an idle guest's time costs nothing.
settle() { # COMMAND...
	"$@" || return
	sleep 10
}
follows() { # COMMAND... : less what those seconds cost without it
	local with without
	without=$(spends 1 settle true) && with=$(spends 1 settle "$@") || return
	echo $((with - without))
}

# A lower device changes; the last user's network must have followed.
changes() {
	local link=(ip -n "n1-$seed") last=$((there > 1 ? 9998 + there : 1234))
	wanted "a lower's" || return 0
	row "a lower's address comes, $there" follows \
		"${link[@]}" addr add 192.168.80.77/21 dev em1
	[ "$setup" != uvn ] ||
		check "$last has the address" has_addr 1 "$last" 192.168.80.77
	row "a lower's address goes, $there" follows \
		"${link[@]}" addr del 192.168.80.77/21 dev em1
	row "a lower's MTU changes, $there" follows "${link[@]}" link set em1 mtu 8000
	[ "$setup" != uvn ] ||
		check "$last has the MTU" mtu_is 1 "$last" em1 7950
	settle "${link[@]}" link set em1 mtu 9000
}

# Addresses that have no node, but a neighbour; the far end drops what comes there.
remotes() {
	local mac n i
	wanted "UDP datagram to" || return 0
	mac=$(mac 2 em1)
	for ((i = 0; i < 1200; i++)); do
		echo "neigh replace 192.168.$((82 + i / 250)).$((i % 250 + 1)) lladdr $mac dev em1 nud permanent"
	done | batch 1
	at n2 nft -f - <<-NFT
	table netdev nobody {
		chain ingress {
			type filter hook ingress device em1 priority 0
			ip daddr != 192.168.80.2 drop
		}
	}
	NFT
	for n in 1 64 1200; do
		row "UDP datagram to $n remotes" near spread 192.168.82.1 5000 12000 "$n"
	done
	at n2 nft delete table netdev nobody
}

traffic() {
	row "UDP round trip, $there" near udp "$remote" 5000 10000
	row "TCP round trip, 1 B, $there" near rr "$remote" 5000 10000 1
}

# The whole of it, with a process of the user's; and the thread's part.
makes() {
	wanted "a network, $there: " || return 0
	if [ "$setup" = plain ]; then
		row "a network, 1: its user's first process" spends 20 \
			root 1 "$bench" users 9000 20
		return
	fi
	row "a network, $there: making it" works 20 spends 20 \
		root 1 "$bench" users 9000 20
	row "a network, $there: its user's first process" cat "$work/works"
	row "a network, $there: removing it" works 20 go
}

rows() {
	there=1
	traffic
	remotes
	makes
	changes
	[ "$setup" = uvn ] || return 0
	row "memory, KiB" takes 199 root 1 "$bench" users 10000 199
	! wanted "memory, KiB" || there=200
	[ ${#only[@]} = 0 ] || [ "${only[*]}" != memory ] || return 0
	users 200
	makes
	changes
	users 1000
	traffic
	row "user list, $there" spends 1 adm 1 user list
	row "status, $there" spends 1 adm 1 status
	users "$most"
	makes
	row "all removed at once, for one" spends "$most" adm 1 disable
	adm 1 enable 2>"$work/enable"
}

traffic6() {
	row "IPv6: UDP round trip, $there" near udp 2001:db8:80::2 5006 10000
	row "IPv6: TCP round trip, 1 B, $there" near rr 2001:db8:80::2 5006 10000 1
}

rows6() {
	there=1
	spawn far6 user 2 1234 "$bench" serve 5006 ::
	busywait 60 grep -q ready "$work/far6"
	traffic6
	[ "$setup" = uvn ] || return 0
	row "IPv6: memory, KiB" takes 199 root 1 "$bench" users 10000 199
	! wanted "IPv6: memory, KiB" || there=200
	users 1000
	traffic6
}

# A row at most so many times another, or at most so much, with uvn.
value() { # ROW
	jq -r --arg row "$1" '.[] | select(.row == $row) | .uvn // empty' "$json"
}
at_most() { # ROW TIMES ROW|NUMBER
	local seen base
	seen=$(value "$1")
	base=$3
	case $base in *[!0-9]*) base=$(value "$base") ;; esac
	[ -n "$seen" ] && [ -n "$base" ] || return 0
	: >"$work/check"
	ktap_result "$(jq -n "if $seen <= $base * $2 then 0 else 1 end")" \
		"$1: $seen, at most $2 times $base"
}

judge() {
	local what
	for what in "UDP round trip" "TCP round trip, 1 B" \
		"IPv6: UDP round trip" "IPv6: TCP round trip, 1 B"; do
		at_most "$what, 1000" 1.01 "$what, 1"
	done
	at_most "UDP datagram to 64 remotes" 1.02 "UDP datagram to 1 remotes"
	at_most "UDP datagram to 1200 remotes" 1.05 "UDP datagram to 1 remotes"
	at_most "a network, 1: making it" 1 1200000
	at_most "a network, $most: making it" 1 $((1050000 + most * 150))
	[ "$cpus" != 1 ] || at_most "memory, KiB" 1 56
	[ "$cpus" != 192 ] || at_most "memory, KiB" 1 155
}

needs_own_module
ktap_begin
for ((turn = 0; turn < ${UVN_TURNS:-1}; turn++)); do
	for s in plain uvn; do
		in_setup "$s" rows
	done
	wanted IPv6 || continue
	for s in plain uvn; do
		dual=1 in_setup "$s" rows6
	done
done
note "possible CPUs: $cpus"
table || exit
judge
finish
