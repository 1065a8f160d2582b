#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: bench.sh [MODULE...]
#
# In a guest that counts instructions (vm.sh -i -c 1): nanoseconds, which there
# are instructions, of a UDP round trip of one byte and of a socket, without uvn
# and for a user with each of the modules (the guest's own). Both ends run on
# the one CPU, so a round trip is all the work of both. Twice, to see how well
# it repeats. Off the subnets beside it what a login script would make: a VRF
# with a CGNAT address, iptables' SNAT, ip_forward and a route back.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
bench=$here/uvn_bench
modules=("${@:-$UVN_KO}")
ns=n1-$seed outside=outside-$seed

ping() { # ADDRESS [DEVICE] : from node 1
	user 1 1234 "$bench" ping "$1" 5000 2000 "${@:2}"
}

pong() { # COMMAND... : start an answerer in the background
	spawn pong "$@" "$bench" pong 5000
	busywait 60 grep -q ready "$work/pong"
}

unpong() {
	kill "${background[-1]}"
	wait "${background[-1]}" 2>/dev/null
}

line() { # WHAT
	local between inside outside
	pong user 2 1234
	between=$(ping 192.168.80.2)
	inside=$(user 2 1234 "$bench" ping 127.0.0.1 5000 2000)
	unpong
	pong "$here/uvn_as" "/run/netns/outside-$seed" 0
	outside=$(ping 10.99.0.2)
	unpong
	printf '%-28s %14s %14s %14s %14s\n' "$1" "$between" "$inside" \
		"$(user 1 1234 "$bench" socket 2000)" "$outside"
}

script() { # what a login script makes, for the last column
	ip -n "$ns" link add vrf1234 type vrf table 1234
	ip -n "$ns" link set vrf1234 up
	ip -n "$ns" addr add 100.64.4.210/32 dev vrf1234
	ip -n "$ns" route add default via 10.99.0.2 dev eth0 table 1234 \
		src 100.64.4.210
	ip -n "$ns" route add 100.64.4.210/32 dev vrf1234
	root 1 sysctl -qw net.ipv4.ip_forward=1
	root 1 iptables-legacy -t nat -A POSTROUTING -s 100.64.0.0/10 \
		-j SNAT --to-source 10.99.0.1
	pong "$here/uvn_as" "/run/netns/outside-$seed" 0
	printf '%-28s %59s\n' "VRF, SNAT, ip_forward" "$(ping 10.99.0.2 vrf1234)"
	unpong
	root 1 iptables-legacy -t nat -F
	root 1 sysctl -qw net.ipv4.ip_forward=0
	ip -n "$ns" link del vrf1234
	ip -n "$ns" route flush table 1234
	root 1 modprobe -r iptable_nat
}

if ! modprobe -a vrf udp_tunnel ip6_udp_tunnel nf_nat || ! nodes 2; then
	echo "no nodes" >&2
	exit 1
fi
ip netns add "$outside"
ip -n "$ns" link add eth0 type veth peer name eth0 netns "$outside"
ip -n "$ns" addr add 10.99.0.1/24 dev eth0
ip -n "$ns" link set eth0 up
ip -n "$outside" addr add 10.99.0.2/24 dev eth0
ip -n "$outside" link set eth0 up

printf '%-28s %14s %14s %14s %14s\n' "" "between nodes" "on one node" \
	"socket" "off the subnets"
for _ in 1 2; do
	line "without uvn"
	for module in "${modules[@]}"; do
		insmod "$module"
		configure 1 && configure 2 || exit
		adm 1 cgnat add 100.64.0.0/10
		line "${module#/root/}"
		adm 1 disable && adm 2 disable && unload || exit
	done
	script
done
