#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Messages and packets of all kinds: uvn_fuzz_nl.c and uvn_fuzz_rx.c say what
# must hold. A short while, or a million each with UVN_LONG=1; UVN_COUNT says
# how many, UVN_SEED which, UVN_FUZZ (netlink or receive) which of the two.

# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

count=40000
[ "$UVN_KERNEL" != debug ] || count=10000
[ -z "${UVN_LONG-}" ] || count=1000000
count=${UVN_COUNT:-$count}
start=${UVN_SEED:-$((16#$seed))}
log=${UVN_OUT:-$work}
em=n1-$seed

# What it says at the end shows how much of everything there was.
fuzz() { # NAME COMMAND...
	local name=$1 status=0 n
	shift
	[ "${UVN_FUZZ:-$name}" = "$name" ] || return
	"$@" >"$log/fuzz-$name" 2>&1 </dev/null || status=$?
	grep -v '^FOUND' "$log/fuzz-$name" | sed 's/^/# /' >&"$rows"
	# What was found comes last, where one looks first.
	if [ $status != 0 ]; then
		for n in 1 2; do
			adm $n status
			adm $n user list
		done 2>&1 | sed "s/^/then: /"
	fi >"$work/check"
	grep '^FOUND' "$log/fuzz-$name" >>"$work/check"
	ktap_result $status "$name: $(grep -v '^FOUND' "$log/fuzz-$name" | tail -n 1)"
}

dual=1
setup 3

# Neighbours that are not there are answered all the same, once: the wire shows
# in which network. What listens is to lose nothing.
sysctl -qw net.core.rmem_max=16777216
root 1 sysctl -qw net.ipv4.tcp_synack_retries=0
for host in {11..18}; do
	ip -n "$em" neigh add "192.168.80.$host" nud permanent \
		lladdr "02:00:00:00:00:$host" dev em1
	ip -n "$em" neigh add "2001:db8:80::$(printf %x "$host")" nud permanent \
		lladdr "02:00:00:00:00:$host" dev em1
done
fuzz receive "$here/uvn_fuzz_rx" -s "$start" -n "$count" \
	"/run/netns/$em" "/run/netns/em-$seed" p1 em1

# And then node 1 is what it was.
for a in 192.168.80.1 2001:db8:80::1; do
	check "a user listens" serve "after-$a" 1 1234 tcp "$a" 8000 mine
	check "and is reached by the wire: $a" \
		user 2 1234 "$probe" ask tcp "$a" 8000 mine
	cannot "another user reaches it: $a" \
		user 2 9876 "$probe" ask tcp "$a" 8000 mine
done

fuzz netlink "$here/uvn_fuzz_nl" -s "$start" -n "$count" \
	/run/netns/n{1,2,3}-"$seed"
finish
