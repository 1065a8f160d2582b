#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Many users on one node: what each costs, that dumps are right while users come
# and go, that nothing grows with them which need not, and that disable ends.
#
# UVN_LONG=1: 5000 of them, for a guest of 8 GiB; UVN_COUNTED=1: see lib.sh.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
crowd=$lib/uvn_crowd bench=$lib/uvn_bench
users=200
[ "$UVN_KERNEL" != debug ] || users=40
[ -z "${UVN_LONG-}" ] || users=5000
users=${UVN_USERS:-$users}

rtt() { user 1 1234 "$bench" udp 192.168.80.2 5000 1000; }
sockets() { user 1 1234 "$bench" socket 1000; }
all() { [ "$(adm 1 -j user list | jq "[.[] | select(.state == \"ready\")] | length")" = $((users + 1)) ]; }

setup 2
before=$(snapshot 1)
check "networks stay" adm 1 set idle-timeout 0
check "1234 listens on node 2" spawn far user 2 1234 "$bench" serve 5000
busywait 20 grep -q ready "$work/far"
rtt >/dev/null
rtt1=$(rtt) sockets1=$(sockets)

#
# All at once
#
free=$(memory)
start=$(now)
seen=$(root 1 "$crowd" sockets 10000 "$users")
took=$(($(now) - start))
equal "$users users at once: each gets a socket and a VRF" \
	"$users of $users, $users vrfs" "$seen"
check "each has a network" all
used=$((free - $(memory)))
note "making one: $((took / users)) us; memory: $((used / users)) KiB"
check "a network takes less than half a MiB" test $((used / users)) -lt 512
near "a round trip with $users users" 2 "$rtt1" "$(rtt)"
near "a socket with $users users" 2 "$sockets1" "$(sockets)"

#
# Dumps, while users come and go
#
dump() { # every UID once, in order, and all that are there to stay
	adm 1 -j user list | jq -e --argjson n "$users" '
		[.[].uid] as $uids | ($uids | sort) == $uids and
		($uids | unique | length) == ($uids | length) and
		([$uids[] | select(. >= 10000 and . < 10000 + $n)] | length) == $n'
}
churn() {
	local i
	for ((i = 0; i < 40; i++)); do
		adm 1 user add $((2000 + i % 7 * 7000)) &&
		adm 1 user del $((2000 + i % 7 * 7000)) --force || return
	done
}
churn >"$work/churn" 2>&1 &
pid=$!
start=$(now)
for i in 1 2 3 4 5; do
	check "dump $i while users come and go" dump
done
note "a dump: $((($(now) - start) / 5)) us"
wait $pid
result=$?
check "they came and went" eval "cat '$work/churn'; [ $result = 0 ]"

#
# Events below, one user more, and the end
#
start=$(now)
check "one user more" adm 1 user add 3000
note "the last one: $(($(now) - start)) us"
start=$(now)
check "an event that changes nothing" ip -n "n1-$seed" link set em1 alias something
note "an event that changes nothing: $(($(now) - start)) us"
start=$(now)
check "disable" adm 1 disable
took=$(($(now) - start))
note "disable: $took us, $((took / users)) us each"
check "in bounded time" test $((took / users)) -lt 1000000
check "enable" adm 1 enable
equal "nothing is left" "$before" "$(snapshot 1)"
finish
