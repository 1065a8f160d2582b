#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a network card has to do with users' packets: no more than with vxlan.ko's, which
# has the same rows first. Segmentation is the card's where it offers that, flows
# keep their source port and have many, so that a card that hashes ports spreads them over
# its queues, and what comes is put together before it is received.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

flows=64 mib=32 card=$here/card.py
[ "$UVN_KERNEL" != debug ] || mib=8
offload=(tx-udp_tnl-segmentation tx-udp_tnl-csum-segmentation)

# Who sends, to which address, by which device, and with which ports of VXLAN.
as() { case $setup in stock) root "$@" ;; *) user "$1" 1234 "${@:2}" ;; esac; }
port() { case $setup in stock) echo 4789 ;; *) echo 801 ;; esac; }
inner() { case $setup in stock) echo vx0 ;; *) echo vrf1234 ;; esac; }
far() { case $setup in stock) echo 10.9.0.2 ;; *) echo 192.168.80.2 ;; esac; }

stock() {
	local n
	for n in 1 2; do
		ip -n "n$n-$seed" link add vx0 type vxlan id 7 dev em1 dstport 4789 \
			remote 192.168.80.$((3 - n)) &&
		ip -n "n$n-$seed" link set vx0 mtu 8950 up &&
		ip -n "n$n-$seed" addr add "10.9.0.$n/24" dev vx0 || return
	done
}

offloads() { # on|off
	local f options=()
	for f in "${offload[@]}"; do
		options+=("$f" "$1")
	done
	root 1 ethtool -K em1 "${options[@]}" >/dev/null
}

# What the card is given while something is done, into $work/NAME.
seen() { # NAME COMMAND...
	local name=$1 pid
	shift
	spawn "look-$name" root 1 "$card" em1 "$(port)"
	pid=${background[-1]}
	busywait 60 grep -qx ready "$work/look-$name" && "$@" || return
	kill "$pid"
	wait "$pid" && tail -n 1 "$work/look-$name" >"$work/$name"
}
is() { # NAME FILTER: true of what was seen
	jq -e "$2" "$work/$1" >/dev/null || { cat "$work/$1"; return 1; }
}

connections() { # each is a flow of its own
	local i
	for ((i = 0; i < flows; i++)); do
		as 1 "$probe" ask tcp "$(far)" 8000 || return
	done
}
sends() { as 1 "$probe" source "$(far)" 9000 "$mib"; }
counter() { # NODE DEVICE rx|tx
	ip -n "n$1-$seed" -j -s link show "$2" | jq ".[0].stats64.$3.packets"
}
# As the devices count: of all that a fast sender has one may miss some.
moves() { # NAME
	local sent received
	sent=$(counter 1 em1 tx) received=$(counter 2 "$(inner)" rx)
	sends && echo $(($(counter 1 em1 tx) - sent)) >"$work/sent-$1-$setup" &&
		echo $(($(counter 2 "$(inner)" rx) - received)) >"$work/pieces-$1-$setup"
}
sent() { cat "$work/sent-$1"; }
pieces() { cat "$work/pieces-$1"; }

features() { # DEVICE
	root 1 ethtool -k "$1" | sed -nE 's/^\t?([a-z].*): on.*/\1/p' | sort
}

serves() { # NAME ARGUMENT... : of the probe
	spawn "$1-$setup" as 2 "$probe" "${@:2}"
	busywait 20 grep -q ready "$work/$1-$setup"
}

rows() {
	check "$setup: a sink" serves sink sink 9000
	check "$setup: a server" serves server serve tcp 0.0.0.0 8000 x
	features "$(inner)" >"$work/features-$setup"

	check "$setup: $flows connections" seen "flows-$setup" connections
	check "$setup: the card has seen them" is "flows-$setup" ".flows >= $flows"
	check "$setup: each keeps its source port" is "flows-$setup" ".moved == 0"
	check "$setup: and many have one of their own" is "flows-$setup" \
		".ports >= $flows * 3 / 4"
	check "$setup: of those that the host has for that" is "flows-$setup" \
		".lowest >= $lowest and .highest <= $highest"
	check "$setup: by addresses all are in one queue" is "flows-$setup" \
		'.queues | ."addresses-8" == 1 and ."addresses-32" == 1'
	check "$setup: by ports they are in many" is "flows-$setup" \
		'.queues | ."ports-8" >= 7 and ."ports-32" >= 20'
	note "$setup: $(cat "$work/flows-$setup")"

	offloads on
	check "$setup: $mib MiB, and the card segments" seen "on-$setup" moves on
	check "$setup: it is given 64 KiB at a time" is "on-$setup" ".largest > 60000"
	offloads off
	check "$setup: $mib MiB, and it does not" seen "off-$setup" moves off
	check "$setup: it is given what fits" is "off-$setup" ".largest <= 9014"
	check "$setup: which are more" \
		[ "$(sent "off-$setup")" -gt $((3 * $(sent "on-$setup"))) ]
	check "$setup: and are put together as they come" \
		[ "$(pieces "off-$setup")" -lt $(($(sent "off-$setup") / 2)) ]
	note "$setup: $(sent "on-$setup") and $(sent "off-$setup") packets, received in \
$(pieces "on-$setup") and $(pieces "off-$setup")"
	offloads on
}

ktap_begin
# A veth whose other end segments puts nothing together.
if ! load || ! nodes 2 || ! root 2 ethtool -K em1 gro on ||
   ! ip netns exec "em-$seed" ethtool -K p2 tso off >/dev/null; then
	echo "Bail out! no nodes"
	exit 1
fi
read -r lowest highest < <(root 1 cat /proc/sys/net/ipv4/ip_local_port_range)
setup=stock
check "a device of vxlan.ko's on each node" stock
rows
for n in 1 2; do
	ip -n "n$n-$seed" link del vx0
done
kill "${background[@]}"
wait "${background[@]}"
background=()
for n in 1 2; do
	configure $n || { echo "Bail out! node $n"; exit 1; }
done
setup=uvn
for n in 1 2; do
	check "a user has a network on node $n" user $n 1234 "$probe" bound
done
rows

equal "a user's device offers what vxlan.ko's does" "" \
	"$(comm -23 "$work/features-stock" "$work/features-uvn")"
check "a card that segments is given as many packets" \
	[ "$(sent on-uvn)" -le $(($(sent on-stock) * 5 / 4)) ]
check "and one that does not" [ "$(sent off-uvn)" -le $(($(sent off-stock) * 5 / 4)) ]
check "and what is received is in as large pieces" \
	[ "$(pieces off-uvn)" -le $(($(pieces off-stock) * 5 / 4)) ]
finish
