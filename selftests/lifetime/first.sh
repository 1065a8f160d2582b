#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# First sockets of new users, many at once: each user gets one network, whole,
# and every socket is in it; killing those who wait leaves nothing behind.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
crowd=$lib/uvn_crowd
users=50 doomed=30
[ "$UVN_KERNEL" != debug ] || users=12 doomed=8

dual=1
setup 1
before=$(snapshot 1)

count() { # WORD... : devices of such a type on the node
	ip -n "n1-$seed" -o link show "$@" | wc -l
}

seen=$(user 1 1234 "$probe" crowd 200)
equal "200 processes of a new user: one VRF, all 200 are in it" \
	"200 $(ifindex 1 vrf1234)" "$seen"
equal "one device" 1 "$(count type uvn)"
equal "one user, who has all the sockets" "1234 ready 200 0" \
	"$(adm 1 -j user list | jq -r \
	'.[] | "\(.uid) \(.state) \(.sockets_created) \(.denied)"')"
equal "it has what the lower devices have" \
	"em1 192.168.80.1/21 2001:db8:80::1/64 ib0 192.168.40.1/21 2001:db8:40::1/64" \
	"$(adm 1 -j user list | jq -r \
	'[.[].links | sort_by(.lower)[] | .lower, .addresses[]] | join(" ")')"

equal "$users new users at once, four processes each" \
	"$((users * 4)) of $((users * 4)), $users vrfs" \
	"$(root 1 "$crowd" sockets 2000 $users 4)"
equal "as many networks" $((users + 1)) "$(adm 1 -j user list | jq length)"
equal "as many devices" $((users + 1)) "$(count type uvn)"
check "each network is whole" all_whole 1 2
equal "each socket is counted" $((users * 4)) "$(adm 1 -j user list |
	jq '[.[] | select(.uid != 1234).sockets_created] | add')"

# As many more wait for networks that are made one after the other.
seen=$(root 1 "$crowd" killed 3000 $doomed 4)
check "most are killed while they wait ($seen)" \
	test "${seen%% *}" -gt $((doomed * 2))
check "what they asked for is made whole" busywait 60 all_whole 1 2
seen=$(adm 1 -j user list | jq '[.[] | select(.uid >= 3000)] | length')
check "for each of them at most once ($seen)" test "$seen" -le $doomed
seen=$(root 1 "$crowd" sockets 3000 $doomed)
equal "the same users get sockets afterwards" \
	"$doomed of $doomed, $doomed vrfs" "$seen"

remove() {
	local uid
	for uid in $(adm 1 -j user list | jq '.[].uid'); do
		adm 1 user del "$uid" --force || return
	done
}
check "every network can be removed" remove
equal "nothing is left of them" "$before" "$(snapshot 1)"
equal "no user is left" 0 "$(adm 1 -j user list | jq length)"

# Networks removed while their users ask for sockets: anew, or not, never half.
fight() {
	local pid uid
	root 1 "$crowd" sockets 1000 4 20 >"$work/fight" &
	pid=$!
	for uid in {1000..1003} {1000..1003} {1000..1003}; do
		adm 1 user del "$uid" --force 2>/dev/null
	done
	wait "$pid"
	cat "$work/fight"
	grep -q '^80 of 80' "$work/fight"
}
check "every socket is made though networks are removed meanwhile" fight
check "what is there is whole" busywait 30 all_whole 1 2
check "and can be removed" remove
equal "nothing is left of that" "$before" "$(snapshot 1)"
finish
