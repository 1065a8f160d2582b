#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: mesh.sh [PATTERN...]
#
# All of UVN_NODES nodes (16, a power of two) talk to each other at once, as UVN_RANKS
# processes on each (4) of a program of MPI's do; see uvn_mesh.c. In guest instructions a
# message, without uvn, as a script at login has it, and with uvn. Nothing may be lost or
# come out of order, and the cost has bounds, a little above what was reached.

# shellcheck disable=SC2317	# functions are called by row
# shellcheck source-path=SCRIPTDIR source=lib-bench.sh
. "$(dirname "$0")/lib-bench.sh"

begin_rows mesh "$@"
most=${UVN_NODES:-16} ranks=${UVN_RANKS:-4} rounds=20
patterns=(pingpong alltoall exchange gather)

logins() { # NODES, see lib-bench.sh
	local n
	# Where the script has a way off the subnets go.
	batch 1 <<-IP || return
	link add eth0 type dummy
	link set eth0 up
	addr add 10.99.0.1/24 dev eth0
	IP
	for n in $(seq "$1"); do
		first_login "$n" || return
	done
}

configures() { # NODES
	local n
	insmod "$UVN_KO" || return
	for n in $(seq "$1"); do
		configure "$n" && adm "$n" set idle-timeout 0 || return
	done
}

disables() { # NODES
	local n
	for n in $(seq "$1"); do
		adm "$n" disable || return
	done
	unload
}

# What was lost and came late goes beside.
talk() { # NODES PATTERN
	local by=- prefix=192.168.80. paths=() n cost lost late
	[ "$setup" != stock ] || by=vrf1234 prefix=10.44.0.
	for n in $(seq "$1"); do
		paths+=("/run/netns/n$n-$seed")
	done
	"$here/uvn_mesh" "$2" "$rounds" "$ranks" 1234 "$by" "$prefix" "${paths[@]}" \
		>"$work/mesh" && read -r cost lost late <"$work/mesh" || return
	echo "$setup $2 $1 $lost $late" >>"$work/order"
	echo "$cost"
}

rows() { # NODES
	local pattern
	for pattern in "${patterns[@]}"; do
		row "$pattern, $1 nodes" talk "$1" "$pattern"
	done
}

in_mesh() { # NODES
	local n
	seed=$(printf '%04x%04x' $RANDOM $RANDOM)
	nodes "$1" || return
	case $setup in
	stock) logins "$1" ;;
	uvn) configures "$1" ;;
	esac || return
	rows "$1"
	[ "$setup" != uvn ] || disables "$1" || return
	for n in $(seq "$1"); do
		ip netns del "n$n-$seed"
	done
	ip netns del "em-$seed"
	ip netns del "ib-$seed"
}

ratio() { # ROW plain|stock: thousandths
	jq --arg row "$1" --arg to "to_$2" \
		'.[] | select(.row == $row) | .[$to] * 1000 | floor' "$json"
}

needs_own_module
ktap_begin
for setup in plain stock uvn; do
	for n in 2 "$most"; do
		in_mesh "$n" || { echo "Bail out! $setup, $n nodes"; exit 1; }
	done
done
table || exit
cannot "a message was lost" grep -vE ' 0 [0-9]+$' "$work/order"
cannot "a message came late" grep -v ' 0$' "$work/order"
for pattern in "${patterns[@]}"; do
	wanted "$pattern" || continue
	plain=$(ratio "$pattern, $most nodes" plain)
	check "$pattern: $plain thousandths of plain" [ "$plain" -le 1300 ]
	stock=$(ratio "$pattern, $most nodes" stock)
	check "$pattern: $stock thousandths of stock" [ "$stock" -le 850 ]
done
finish
