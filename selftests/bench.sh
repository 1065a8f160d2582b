#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: bench.sh [MODULE...]
#
# In a guest that counts instructions (vm.sh -i -c 1): nanoseconds, which there
# are instructions, of a UDP round trip of one byte and of a socket, without uvn
# and for a user with each of the modules (the guest's own). Both ends run on
# the one CPU, so a round trip is all the work of both. Twice, to see how well
# it repeats.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
bench=$here/uvn_bench
modules=("${@:-$UVN_KO}")

line() { # WHAT
	local pid
	spawn pong user 2 1234 "$bench" pong 5000
	pid=${background[-1]}
	busywait 60 grep -q ready "$work/pong"
	printf '%-28s %14s %14s %14s\n' "$1" \
		"$(user 1 1234 "$bench" ping 192.168.80.2 5000 2000)" \
		"$(user 2 1234 "$bench" ping 127.0.0.1 5000 2000)" \
		"$(user 1 1234 "$bench" socket 2000)"
	kill $pid
	wait $pid 2>/dev/null
}

if ! modprobe -a vrf udp_tunnel ip6_udp_tunnel nf_nat || ! nodes 2; then
	echo "no nodes" >&2
	exit 1
fi
printf '%-28s %14s %14s %14s\n' "" "between nodes" "on one node" "socket"
for _ in 1 2; do
	line "without uvn"
	for module in "${modules[@]}"; do
		insmod "$module"
		configure 1 && configure 2 || exit
		line "${module#/root/}"
		adm 1 disable && adm 2 disable && unload || exit
	done
done
