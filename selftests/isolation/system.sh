#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Services of the system: in the default network, reachable by every user from
# everywhere; and what becomes of who logs in through one.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

here_addrs=(127.0.0.1 192.168.80.1 192.168.40.1)
far_addrs=(192.168.80.2 192.168.40.2)
here_all=("${here_addrs[@]}" ::1 2001:db8:80::1)
far_all=("${far_addrs[@]}" 2001:db8:80::2 2001:db8:40::2)
people=(alice bob carol)

ask() { # NODE PERSON PROTOCOL ADDRESS PORT [TEXT]
	local node=$1 who=$2
	shift 2
	user "$node" "${uid_of[$who]}" "$probe" ask "$@"
}

# The address that a program on node 1 has for a peer at the address.
seen_as() {
	case $1 in
	127.*) echo 127.0.0.1 ;;
	*) of_node 1 "$1" ;;
	esac
}

vrf_of() { # NODE PERSON: ifindex
	ip -n "n$1-$seed" -o link show "vrf${uid_of[$2]}" >"$work/vrf" &&
	cut -d: -f1 "$work/vrf"
}

# A loaded machine takes its time to log in.
export UVN_PATIENCE=30
dual=1
setup 2
check "accounts and keys" accounts
check "sshd on node 1" sshd 1
check "sshd on node 2" sshd 2
equal "a socket of root's is bound to nothing" 0 "$(root 1 "$probe" bound)"

# carol has a network nowhere; her first word to node 2 is to its sshd.
cannot "carol has no network on node 2" vrf_of 2 carol
check "carol reaches sshd where she has no network yet" \
	ask 1 carol tcp 192.168.80.2 22 SSH-
check "now she has one" vrf_of 2 carol

for who in "${people[@]}"; do
	for a in "${here_addrs[@]}"; do
		check "$who reaches the sshd of the own node by $a" \
			ask 1 "$who" tcp "$a" 22 SSH-
	done
	for a in "${far_addrs[@]}"; do
		check "$who reaches the sshd of the other node by $a" \
			ask 1 "$who" tcp "$a" 22 SSH-
	done
done
check "alice reaches sshd by an IPv6 socket" ask 1 alice mapped 192.168.80.2 22 SSH-

# Any service: one for all addresses, one for 127.0.0.1 alone.
check "a TCP service on node 1" serve_root s1 1 tcp 0.0.0.0 7000 system
check "a TCP service on node 2" serve_root s2 2 tcp 0.0.0.0 7000 system
check "a UDP service on node 1" serve_root s3 1 info 0.0.0.0 7000 system
check "a UDP service on node 2" serve_root s4 2 info 0.0.0.0 7000 system
for n in 1 2; do
	check "a TCP service on node $n, IPv6" serve_root s6$n $n only6 :: 7000 system
	check "a UDP service on node $n, IPv6" serve_root s7$n $n info6 :: 7000 system
done
check "a TCP service on 127.0.0.1" serve_root s5 1 tcp 127.0.0.1 7001 inside
for who in alice bob; do
	for a in "${here_all[@]}" "${far_all[@]}"; do
		peer=$(seen_as "$a")
		check "$who reaches the TCP service by $a and is seen as $peer" \
			ask 1 $who tcp "$a" 7000 "system $peer"
		check "$who reaches the UDP service by $a and is seen as $peer" \
			ask 1 $who udp "$a" 7000 "system $peer"
	done
	check "$who reaches the service on 127.0.0.1" \
		ask 1 $who tcp 127.0.0.1 7001 inside
	cannot "$who reaches it by the node's address" \
		ask 1 $who tcp 192.168.80.1 7001
	cannot "$who reaches it from the other node" \
		ask 2 $who tcp 192.168.80.1 7001
done
# As without uvn, a port that a service has is not to be had by users.
refuses "alice takes the port of a service" 6 "in use" \
	user 2 1234 timeout 30 "$probe" serve tcp 0.0.0.0 7000 alice
refuses "alice takes it on 127.0.0.1" 6 "in use" \
	user 2 1234 timeout 30 "$probe" serve tcp 127.0.0.1 7000 alice
check "bob on node 2 reaches the service" ask 2 bob tcp 127.0.0.1 7000 system
check "root reaches the service" root 1 "$probe" ask tcp 192.168.80.2 7000 system

# Logins.
check "alice listens on node 1" serve b 1 1234 tcp 0.0.0.0 8000 alice
check "bob listens on node 1" serve c 1 9876 tcp 0.0.0.0 8001 bob

session() { # PERSON ADDRESS NODE-OF-ADDRESS
	local who=$1 address=$2 node=$3 out name from to bound reached missed
	# shellcheck disable=SC2016	# expands there
	check "$who logs in to $address" login 1 "$who" "$address" '
		probe='"$probe"'
		set -- $SSH_CONNECTION
		echo "is $(id -un) $1 $3 $($probe bound)" \
			"$($probe ask tcp 192.168.80.1 8000 | head -c5 | tr " " -)" \
			"$($probe ask tcp 192.168.80.1 8001 | head -c3)"'
	out=$(grep '^is ' "$work/check")
	read -r _ name from to bound reached missed <<<"$out"
	equal "the shell is $who's" "$who" "$name"
	equal "the server sees the peer's address" "$(seen_as "$address")" "$from"
	equal "the server sees its own address" "$address" "$to"
	check "the server's log names the peer" grep -q \
		"Accepted publickey for $who from $(seen_as "$address") " \
		"$work/sshd-$node"
	equal "sockets of $who's session are in $who's network" \
		"$(vrf_of "$node" "$who")" "$bound"
	case $who in
	alice)	equal "from there alice reaches alice, not bob" \
			"alice con" "$reached $missed" ;;
	bob)	equal "from there bob reaches bob, not alice" \
			"conne bob" "$reached $missed" ;;
	*)	equal "from there $who reaches neither alice nor bob" \
			"conne con" "$reached $missed" ;;
	esac
}

session alice 192.168.80.2 2
session carol 192.168.40.2 2
session bob 127.0.0.1 1
[ "$UVN_KERNEL" = debug ] || session alice 192.168.40.1 1

# The system's own traffic between nodes goes on as if there were no uvn.
for a in "${far_all[@]}"; do
	check "root reaches the other node by $a: TCP" \
		root 1 "$probe" ask tcp "$a" 7000 "system $(of_node 1 "$a")"
	check "root reaches the other node by $a: UDP" \
		root 1 "$probe" ask udp "$a" 7000 "system $(of_node 1 "$a")"
	check "root reaches the other node by $a: ping" \
		root 1 ping -qnc 1 -W 3 "$a"
done

finish
