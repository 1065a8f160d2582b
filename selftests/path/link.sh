#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A user's packets go past the queue of the VRF, and past the IP stack's input: unless
# somebody there wants to see, change or drop them.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

export UVN_PATIENCE=2
[ "$UVN_KERNEL" != debug ] || UVN_PATIENCE=10

dual=1
setup 2
check "1234 serves on node 2" serve far 2 1234 tcp :: 8000 word

vrf=vrf1234
ask() { user 1 1234 "$probe" ask tcp "$1" 8000 word; }

# How many packets of a connection go by the VRF's queue, and how many by the
# VRF's input: of both nodes, which are one to the tracer.
tracing=/sys/kernel/tracing
packets() { # ADDRESS
	echo uvn_vrf_l3_rcv >$tracing/set_ftrace_filter
	echo "name == \"$vrf\"" >$tracing/events/net/net_dev_queue/filter
	echo 1 >$tracing/events/net/net_dev_queue/enable
	echo function >$tracing/current_tracer
	ask "$1" >"$work/asked"
	grep -c 'net_dev_queue:' $tracing/trace >"$work/queued"
	grep -c 'uvn_vrf_l3_rcv' $tracing/trace >"$work/received"
	echo nop >$tracing/current_tracer
	echo 0 >$tracing/events/net/net_dev_queue/enable
}
queued() { packets "$1"; cat "$work/queued"; }
received() { packets "$1"; cat "$work/received"; }
some() { [ "$("$@")" -gt 0 ]; }

# Something that accepts does not go unasked, and something that drops is heeded.
# shellcheck disable=SC2086	# ADD and DELETE are words
watched() { # queued|received WHO ADDRESS ADD DELETE
	local way=$1 who=$2 a=$3 add=$4 del=$5
	check "$who that accepts" $add accept
	check "$a is reached, and it sees that" some "$way" "$a"
	check "it goes" $del
	check "$who that drops" $add drop
	cannot "$a is not reached" ask "$a"
	check "it goes" $del
	check "$a is reached again" ask "$a"
	equal "unseen" 0 "$($way "$a")"
}

rule() { # NODE prerouting|ingress|egress DEVICE accept|drop
	local family=netdev hook="$2 device $3" match=''
	[ "$2" != prerouting ] || family=inet hook=$2 match="iifname $3"
	root "$1" nft -f - <<-NFT
	table $family site {
		chain site {
			type filter hook $hook priority 0
			$match tcp dport 8000 $4
		}
	}
	NFT
}
no_rule() { # NODE FAMILY
	root "$1" nft delete table "$2" site
}
filter() { # NODE ingress|egress accept|drop
	local action=ok
	[ "$3" = accept ] || action=drop
	root "$1" tc qdisc add dev "$vrf" clsact &&
		root "$1" tc filter add dev "$vrf" "$2" matchall action "$action"
}
no_filter() { root "$1" tc qdisc del dev "$vrf" clsact; }
queue() { # accept|drop
	local loss=0
	[ "$1" = accept ] || loss=100
	root 1 tc qdisc add dev "$vrf" root netem loss "$loss%"
}
no_queue() { root 1 tc qdisc del dev "$vrf" root; }
policy() { # accept|drop
	local action=allow a
	[ "$1" = accept ] || action=block
	for a in 192.168.80.2 2001:db8:80::2; do
		ip -n "n2-$seed" xfrm policy add dir in src "${a%2}1" dst "$a" \
			proto tcp action "$action" || return
	done
}
no_policy() { ip -n "n2-$seed" xfrm policy flush; }

# A packet socket sees what comes and goes.
sees() { # NODE DEVICE ADDRESS PATTERN
	local pid
	check "somebody looks at $2 of node $1" \
		spawn tcpdump root "$1" tcpdump -Z root --immediate-mode -lnn \
		-i "$2" tcp
	pid=${background[-1]}
	busywait 30 grep -q 'listening on' "$work/tcpdump"
	check "$3 is reached" ask "$3"
	check "and it is seen" busywait 10 grep -qE "$4" "$work/tcpdump"
	kill -INT "$pid"
	wait "$pid" 2>/dev/null
	check "$3 is reached again" ask "$3"
	equal "unseen by the queue" 0 "$(queued "$3")"
	equal "and by the VRF's input" 0 "$(received "$3")"
}

# Of netfilter it matters here that it is asked, and not what it sees.
check "netfilter sees VRFs" adm 2 set firewall-vrf on
for a in 192.168.80.2 2001:db8:80::2; do
	check "$a is reached" ask $a
	equal "past the queue" 0 "$(queued $a)"
	equal "and past the VRF's input" 0 "$(received $a)"

	check "a rule that drops what comes by the VRF" rule 2 prerouting $vrf drop
	cannot "$a is not reached" ask $a
	check "it goes" no_rule 2 inet
	check "one that accepts" rule 2 prerouting $vrf accept
	check "$a is reached" ask $a
	equal "and it is seen past the VRF's input" 0 "$(received $a)"
	check "it goes" no_rule 2 inet
	watched received "a rule at the VRF's ingress" $a \
		"rule 2 ingress $vrf" "no_rule 2 netdev"
	watched received "traffic control at its ingress" $a "filter 2 ingress" \
		"no_filter 2"
	watched received "an IPsec policy" $a policy no_policy
	watched queued "a rule at the VRF's egress" $a \
		"rule 1 egress $vrf" "no_rule 1 netdev"
	watched queued "traffic control at its egress" $a "filter 1 egress" \
		"no_filter 1"
	watched queued "a queue" $a queue no_queue

	sees 1 $vrf $a "> $a.8000: Flags \[S\]"
	sees 2 $vrf $a "> $a.8000: Flags \[S\]"
done
finish
