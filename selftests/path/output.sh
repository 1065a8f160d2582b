#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The short way out, past the outer IP stack, is for packets that nobody there
# wants: whoever does has them. Netfilter does where it is told to.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

pings=50
export UVN_PATIENCE=2
[ "$UVN_KERNEL" != debug ] || UVN_PATIENCE=10

dual=1
setup 2
check "1234 serves on node 2" serve far 2 1234 tcp :: 8000 word

ask() { user 1 1234 "$probe" ask tcp "$1" 8000 word; }

# How many packets of some pings go the short way: of both nodes, which are one
# to the tracer. Those are large enough to have no UDP checksum over IPv6.
tracing=/sys/kernel/tracing
short() { # ADDRESS
	echo 'uvn_fast_output4 uvn_fast_output6' >$tracing/set_ftrace_filter
	echo function >$tracing/current_tracer
	user 1 1234 ping -qn -s 200 -c $pings -i 0.01 -W 3 "$1" >"$work/pings"
	grep -c ' uvn_fast_output[46]' $tracing/trace
	echo nop >$tracing/current_tracer
}
rule() { # HOOK VERDICT
	root 1 nft -f - <<-NFT
	table inet site {
		chain site {
			type filter hook $1 priority 0
			udp dport 801-804 $2
		}
	}
	NFT
}
no_rule() { root 1 nft delete table inet site; }

for a in 192.168.80.2 2001:db8:80::2; do
	check "$a is reached" ask $a
	equal "by the short way, there and back" $((pings * 2)) "$(short $a)"
	check "a rule that drops what goes out by VXLAN" rule output drop
	equal "does not see it" $((pings * 2)) "$(short $a)"
	check "netfilter is told to see it" adm 1 set outer-netfilter on
	check "it is saved" grep -qx 'set outer-netfilter on' <(adm 1 save)
	cannot "$a is not reached" ask $a
	check "the rule goes" no_rule
	for hook in output postrouting; do
		check "a rule for $hook that accepts" rule $hook accept
		check "$a is reached" ask $a
		equal "by the short way, only back" $pings "$(short $a)"
		check "it goes" no_rule
		check "a rule for $hook that drops" rule $hook drop
		cannot "$a is not reached" ask $a
		check "it goes" no_rule
		check "$a is reached again" ask $a
	done
	equal "by the short way again" $((pings * 2)) "$(short $a)"
	check "netfilter is told not to see it" adm 1 set outer-netfilter off
	case $a in
	*:*) all=::/0 ;;
	*) all=0.0.0.0/0 ;;
	esac
	check "an IPsec policy blocks VXLAN" ip -n "n1-$seed" xfrm policy add \
		dir out src $all dst $all proto udp dport 801 action block
	check "and of IPv6 likewise" ip -n "n1-$seed" xfrm policy add \
		dir out src $all dst $all proto udp dport 803 action block
	cannot "$a is not reached" ask $a
	check "the policies go" ip -n "n1-$seed" xfrm policy flush
	check "$a is reached again" ask $a

	# Remotes share a route, and what is one's alone is not the other's.
	other=${a%2}12 nobody=${a%2}99
	case $a in
	*:*) here=("$other/64" nodad) port=803 ;;
	*) here=("$other/21") port=801 ;;
	esac
	check "node 2 is $other, too" ip -n "n2-$seed" addr add "${here[@]}" dev em1
	check "which is reached" busywait 20 ask "$other"
	check "it gets a route of its own, by nobody" \
		ip -n "n1-$seed" route add "$other" via "$nobody" dev em1
	check "$a is reached" ask $a
	cannot "$other is not" ask "$other"
	check "$a is reached still" ask $a
	check "the route goes" ip -n "n1-$seed" route del "$other"
	check "$other is reached again" ask "$other"
	check "an IPsec policy blocks it" ip -n "n1-$seed" xfrm policy add \
		dir out src $all dst "$other" proto udp dport $port action block
	check "$a is reached" ask $a
	cannot "$other is not" ask "$other"
	check "$a is reached still" ask $a
	check "the policy goes" ip -n "n1-$seed" xfrm policy flush
	check "$other is reached again" ask "$other"
done
finish
