#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Much data, and data in large pieces: everything arrives as it was sent.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

mib=1024 short=64 seconds=2
[ "$UVN_KERNEL" != debug ] || mib=64 short=8 seconds=1
small="1 2 1471 1472 1473"

probe_server() { # NAME NODE UID sink|echo PORT
	local name=$1 node=$2 uid=$3
	shift 3
	spawn "$name" user "$node" "$uid" "$probe" "$@"
	busywait 20 grep -q ready "$work/$name"
}

send() { # FROM UID ADDRESS MEBIBYTES
	user "$1" "$2" "$probe" source "$3" 9000 "$4"
}

bounce() { # FROM UID ADDRESS SIZE...
	local node=$1 uid=$2 address=$3
	shift 3
	user "$node" "$uid" "$probe" bounce "$address" 9001 "$@"
}

both_send() {
	local pid
	send 1 1234 192.168.80.2 "$short" &
	pid=$!
	send 1 9876 192.168.80.2 "$short" && wait "$pid"
}

reassembled() { # NODE: datagrams put together from fragments so far
	# shellcheck disable=SC2016	# fields
	root "$1" awk '/^Ip:/ { if (!column) { while ($++column != "ReasmOKs"); }
		else print $column }' /proc/net/snmp
}

setup 2
for u in 1234 9876; do
	for n in 1 2; do
		check "$u's sink on node $n" probe_server "sink-$u-$n" $n $u sink 9000
	done
done
check "echo on node 2" probe_server echo-2 2 1234 echo 9001
check "echo on node 1" probe_server echo-1 1 1234 echo 9001

# TCP.
check "$mib MiB from node 1 to node 2 by em1" send 1 1234 192.168.80.2 $mib
check "$((mib / 4)) MiB from node 2 to node 1 by ib0" \
	send 2 1234 192.168.40.1 $((mib / 4))
check "two users at once, $short MiB each" both_send
check "$short MiB on the node itself" send 2 1234 192.168.80.2 $short
cannot "another user sends to the sink" \
	user 1 70001 "$probe" source 192.168.80.2 9000 1

# Datagrams around the MTU (8950 and 1994, less 28 for the headers) and far above.
# shellcheck disable=SC2086	# a list
for n in 1 2; do
	check "datagrams from node $n by em1" bounce $n 1234 192.168.80.$((3 - n)) \
		$small 8921 8922 8923 8949 8950 8951 9000 20000 65507
	check "datagrams from node $n by ib0" bounce $n 1234 192.168.40.$((3 - n)) \
		$small 1965 1966 1967 1994 2016 20000 65507
done
check "datagrams on the node itself" bounce 2 1234 127.0.0.1 1 8950 65507
cannot "a datagram that is too large" bounce 1 1234 192.168.80.2 65508
check "8950 bytes go through em1 in one piece" \
	user 1 1234 ping -qnc 1 -W 3 -M "do" -s 8922 192.168.80.2
cannot "8951 bytes do not" \
	user 1 1234 ping -qnc 1 -W 3 -M "do" -s 8923 192.168.80.2
check "1994 bytes go through ib0 in one piece" \
	user 1 1234 ping -qnc 1 -W 3 -M "do" -s 1966 192.168.40.2
cannot "1995 bytes do not" \
	user 1 1234 ping -qnc 1 -W 3 -M "do" -s 1967 192.168.40.2

# A path below that is narrower than its device: outer packets are fragmented.
root 1 ip route add 192.168.80.2/32 dev em1 src 192.168.80.1 mtu lock 1500
before=$(reassembled 2)
check "datagrams in outer fragments" bounce 1 1234 192.168.80.2 1400 4000 8922 20000
check "outer fragments were put together" [ "$(reassembled 2)" -ge $((before + 3)) ]
check "$short MiB in outer fragments" send 1 1234 192.168.80.2 $short
cannot "another user in outer fragments" \
	user 1 70001 "$probe" source 192.168.80.2 9000 1
root 1 ip route del 192.168.80.2/32 dev em1

# A program as it is.
spawn iperf user 2 1234 iperf3 -s --forceflush
check "iperf3 listens" busywait 20 grep -q listening "$work/iperf"
check "iperf3: TCP by em1" user 1 1234 iperf3 -c 192.168.80.2 -t $seconds
check "iperf3: TCP by ib0, the other way" \
	user 1 1234 iperf3 -c 192.168.40.2 -t $seconds -R
check "iperf3: UDP by em1" \
	user 1 1234 iperf3 -c 192.168.80.2 -t $seconds -u -b 50M
cannot "iperf3 of another user" \
	user 1 9876 iperf3 -c 192.168.80.2 -t $seconds

finish
