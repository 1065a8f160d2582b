#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Users who ask the system's UDP services from the same address and port: each gets
# the answers that are the user's own, whatever others ask.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

question=$here/uvn_question
alice=1234 bob=9876 carol=70001 dave=3000
# Seconds that an answer takes that comes after half a minute, and when the other
# one asks.
slow=38 half=31

service() { # NAME NODE ADDRESS PORT [HOW]
	local name=$1 node=$2
	shift 2
	spawn "$name" root "$node" "$question" serve "$@"
	busywait 20 grep -qx ready "$work/$name"
}

ask() { # NODE UID ADDRESS PORT FROM TOKEN [DELAY [SIZE [LINGER [ROUNDS]]]]
	local node=$1 uid=$2
	shift 2
	user "$node" "$uid" "$question" ask "$@"
}

# In the background; waits_for says how it ended.
asking() { # NAME NODE UID ...
	local name=$1
	shift
	spawn "$name" ask "$@"
	eval "pid_$name=$!"
}
waits_for() { # NAME
	local pid=pid_$1
	wait "${!pid}"
	local status=$?
	cat "$work/$1"
	return "$status"
}

# Once a service has heard the question from there, it is noted.
heard() { # NODE PORT : something waits there for an answer
	root "$1" ss -uanH "sport = :$2" | grep -q .
}

sniffed() { # PORTS : twice at least
	[ "$(grep -c "127.0.0.1.$1" "$work/sniffer")" -ge 2 ]
}

# Two users at once, from the same port; both wait for strays. All of these wait side
# by side, and are judged by judge.
pairs=()
both() { # WHAT NODE ADDRESS PORT FROM [SIZE [ROUNDS]]
	asking "one${#pairs[@]}" "$2" $alice "$3" "$4" "$5" alice 3000 "${6:-0}" 1500 "${7:-1}"
	asking "two${#pairs[@]}" "$2" $bob "$3" "$4" "$5" bob 2000 "${6:-0}" 3000 "${7:-1}"
	pairs+=("$1")
}
judge() {
	local i
	for i in "${!pairs[@]}"; do
		check "${pairs[i]}: alice gets alice's answers" waits_for "one$i"
		check "${pairs[i]}: bob gets bob's from the same port" waits_for "two$i"
	done
	pairs=()
}

dual=1
setup 2
for n in 1 2; do
	root $n sysctl -qw net.ipv4.ip_local_port_range="40000 40999" \
		net.ipv4.ip_unprivileged_port_start=512
done
check "a service, IPv4" service s4 1 0.0.0.0 7000
check "a service, IPv6" service s6 1 :: 7000
check "one that answers where the question came from, IPv4" service i4 1 0.0.0.0 7001 info
check "the same, IPv6" service i6 1 :: 7001 info
check "one with a socket for each peer, IPv4" service c4 1 0.0.0.0 7002 connect
check "the same, IPv6" service c6 1 :: 7002 connect
check "one with four sockets" service r4 1 0.0.0.0 7003 reuseport
check "one that segments, IPv4" service g4 1 0.0.0.0 7004 segment
check "the same, IPv6" service g6 1 :: 7004 segment

# Node from which the service is asked, address of it: 41001 ... for each.
paths=("1 127.0.0.1" "2 192.168.80.1" "1 ::1" "2 2001:db8:80::1")
for i in "${!paths[@]}"; do
	read -r node address <<<"${paths[i]}"
	asking "slow$i" "$node" $alice "$address" 7000 $((41001 + i)) alice \
		$((slow * 1000)) 0 9000
done
began=$SECONDS

for i in "${!paths[@]}"; do
	read -r node address <<<"${paths[i]}"
	both "segmented, by $address" "$node" "$address" 7004 $((42011 + i)) 20000
done
judge
# What is sent is to have a checksum from here on, so that it is looked at.
for n in 1 2; do
	root $n ethtool -K em1 tx off >"$work/ethtool" 2>&1
done
for i in "${!paths[@]}"; do
	read -r node address <<<"${paths[i]}"
	both "by $address" "$node" "$address" 7000 $((42021 + i))
	both "large, by $address" "$node" "$address" 7000 $((42031 + i)) 20000
	both "PKTINFO, by $address" "$node" "$address" 7001 $((42041 + i))
	both "connected, by $address" "$node" "$address" 7002 $((42051 + i)) 0 3
done
both "one of several sockets" 2 192.168.80.1 7003 42061 0 2
judge
cannot "a session had two users, IPv4" grep mixed "$work/c4"
cannot "a session had two users, IPv6" grep mixed "$work/c6"

# Who comes first keeps the port, and goes on with it.
for i in "${!paths[@]}"; do
	read -r node address <<<"${paths[i]}"
	port=$((42071 + i))
	ask "$node" $alice "$address" 7000 $port alice >"$work/port"
	equal "alice is seen at her own port by $address" $port "$(cat "$work/port")"
	check "bob asks from the same" ask "$node" $bob "$address" 7000 $port bob
	cannot "and is seen at another" grep -qx $port "$work/check"
	ask "$node" $alice "$address" 7000 $port alice >"$work/port"
	equal "alice is still seen at her own" $port "$(cat "$work/port")"
done

# Who listens on the device sees what was sent.
if command -v tcpdump >/dev/null; then
	spawn sniffer root 1 tcpdump -nli any udp and port 42081
	busywait 20 grep -q listening "$work/sniffer"
	both "with a sniffer" 1 127.0.0.1 7000 42081
	judge
	check "it sees both ask from their port" sniffed "42081 > 127.0.0.1.7000"
	check "it sees both answered there" sniffed "7000 > 127.0.0.1.42081"
fi

# One user has asked from every port that the kernel gives.
for i in "${!paths[@]}"; do
	read -r node address <<<"${paths[i]}"
	equal "dave asks from 1000 ports by $address" 1000 \
		"$(user "$node" $dave "$question" flood "$address" 7000 40000 40999)"
	equal "bob gets 12 answers of 12" 12 \
		"$(user "$node" $bob "$question" many "$address" 7000 12)"
	equal "carol gets 12 answers of 12" 12 \
		"$(user "$node" $carol "$question" many "$address" 7000 12)"
	equal "the system gets 12 answers of 12" 12 \
		"$(root "$node" "$question" many "$address" 7000 12)"
	equal "alice gets 12 answers of 12" 12 \
		"$(user "$node" $alice "$question" many "$address" 7000 12)"
done

# More than a network's notes: dave's own are lost, and nobody else's.
asking late_bob 2 $bob 192.168.80.1 7000 43001 bob 12000 0 3000
asking late_dave 2 $dave 192.168.80.1 7000 43002 dave 12000
check "bob waits for an answer" busywait 10 heard 2 43001
check "dave waits for one" busywait 10 heard 2 43002
user 2 $dave "$question" flood 192.168.80.1 7000 10000 14200 >"$work/flood"
equal "dave asks from 4201 ports" 4201 "$(cat "$work/flood")"
check "bob's answer comes" waits_for late_bob
refuses "dave's does not" 3 "no answer" waits_for late_dave

# What the system asks no user can take, and what it has asked already.
for node in 1 2; do
	[ $node = 1 ] && address=127.0.0.1 || address=192.168.80.1
	asking first $node $alice "$address" 7000 4400$node alice 4000 0 2000
	check "alice asks from a port of node $node" busywait 10 heard $node 4400$node
	check "the system does and gets its answer" root $node "$question" ask \
		"$address" 7000 4400$node system 1000
	refuses "alice gets neither" 3 "no answer" waits_for first
	spawn second root $node "$question" ask "$address" 7000 4410$node system 3000 0 1000
	# shellcheck disable=SC2034	# waits_for reads it
	pid_second=$!
	check "the system asks from a port of node $node" busywait 10 heard $node 4410$node
	check "alice does and gets alice's answer" ask $node $alice "$address" 7000 \
		4410$node alice 1000 0 3000
	check "the system gets the system's" waits_for second
done

# The network goes before the answer comes.
asking gone 1 $dave 127.0.0.1 7000 45001 dave 5000
check "dave asks" busywait 10 heard 1 45001
check "dave's network is removed" adm 1 user del $dave --force
check "bob asks from there and gets bob's answer alone" \
	ask 1 $bob 127.0.0.1 7000 45001 bob 1000 0 6000
cannot "dave gets his" waits_for gone
check "dave has a network again, and gets an answer" \
	ask 1 $dave 127.0.0.1 7000 45001 dave

# Nothing is heard that could not be answered: of ports below 1024 there are few. The
# tunnels' own are none.
equal "dave takes all of them" 510 \
	"$(user 1 $dave "$question" flood 127.0.0.1 7000 512 1023)"
refuses "bob has no port to be seen at" 3 "no answer" \
	ask 1 $bob 127.0.0.1 7000 600 bob
equal "that is counted" 1 "$(adm 1 -j user show $bob | jq .denied_by.answer)"
check "bob may ask from another" ask 1 $bob 127.0.0.1 7000 45002 bob

# Two connections may have the same addresses and ports: the system's server cannot tell
# them apart by these, but by the device that each of its own ends is bound to.
for a in 0.0.0.0 ::; do
	[ $a = :: ] && address=::1 || address=127.0.0.1
	spawn "whose$a" root 1 "$question" whose "$a" 7005
	check "a TCP service at $a" busywait 20 grep -qx ready "$work/whose$a"
	spawn tell user 1 $carol "$question" tell "$address" 7005 46001 20000
	check "it tells carol's connection from port 46001" \
		busywait 10 grep -qx vrf$carol "$work/tell"
	check "and bob's from bob's" eval \
		"user 1 $bob $question tell $address 7005 46001 | grep -qx vrf$bob"
	equal "and that of the system from neither" "" \
		"$(root 1 "$question" tell "$address" 7005 46002)"
done

# After half a minute the other one asks from the same ports.
sleep $((began + half > SECONDS ? began + half - SECONDS : 0))
for i in "${!paths[@]}"; do
	read -r node address <<<"${paths[i]}"
	asking "quick$i" "$node" $bob "$address" 7000 $((41001 + i)) bob \
		$(((slow - half + 3) * 1000)) 0 1000
done
for i in "${!paths[@]}"; do
	read -r node address <<<"${paths[i]}"
	check "alice's answer by $address comes after $slow s" waits_for "slow$i"
	check "and bob's alone to bob" waits_for "quick$i"
done

finish
