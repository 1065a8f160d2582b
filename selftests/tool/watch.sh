#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What an administrator sees: events as they happen, and counters that add up.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib-outside.sh
. "$(dirname "$0")/../lib/lib-outside.sh"

nl=$lib/uvn_nl
pings=20
UVN_PATIENCE=2
[ "$UVN_KERNEL" != debug ] || UVN_PATIENCE=10

dual=1
sees=full
needs_own_module
ktap_begin
if ! load || ! nodes 2 || ! nearby; then
	echo "Bail out! no nodes"
	exit 1
fi
chmod 755 "$work"
for n in 1 2; do
	check "node $n" configure $n
done

#
# monitor
#

# Whose end is looked at here, and not by finish.
declare -A watcher
watch() { # NAME ARGUMENT...
	replace='exec' adm 1 "${@:2}" >"$work/$1" 2>"$work/$1.err" </dev/null &
	watcher[$1]=$!
}
heard() { # NAME FILTER : a line of JSON that satisfies jq
	jq -e -n "first(inputs | select($2))" "$work/$1"
}
ends() { # NAME STATUS
	local status=0
	busywait 20 sh -c "! kill -0 ${watcher[$1]}" || return
	wait "${watcher[$1]}" || status=$?
	echo "status $status: $(cat "$work/$1.err")"
	[ "$status" = "$2" ]
}
# An event in both forms; TEXT is an extended regular expression.
stamp='^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z'
event() { # DESCRIPTION TEXT FILTER
	check "$1: as text" busywait 20 grep -qE "$stamp $2" "$work/text"
	check "$1: as JSON" busywait 20 heard json "$3"
}

check "a network that is there before" adm 1 user add 4321
watch json -j monitor --since-start
watch text monitor
check "the counters so far: the namespace's" busywait 20 heard json \
	'.event == "status" and .enabled and .denied == 0 and .denied_by == {}'
check "and each user's" busywait 20 heard json \
	'.event == "user" and .uid == 4321 and (.links | length) == 2 and
	 .on_subnet.tx_packets == 0'
tick() {
	adm 1 set audit off && busywait 2 grep -q config "$work/text"
}
check "without --since-start" busywait 30 tick
cannot "no counters come first" grep -qE ' (status|user) ' "$work/text"
cannot "who is not root hears nothing" user 1 1234 "$uvnadm" monitor
refuses "and is told why" 1 CAP_NET_ADMIN user 1 1234 "$uvnadm" monitor
refuses "as JSON in one line" 1 '^{"error":"monitor: .*CAP_NET_ADMIN.*"}$' \
	user 1 1234 "$uvnadm" -j monitor

check "a user's first socket" user 1 1234 "$probe" make 2 1 0
event "user-new" 'user-new uid=1234 .*vni=1234 vrf=vrf1234 .*state=ready' \
	'.event == "user-new" and .uid == 1234 and .vrf == "vrf1234" and
	 .table == 16778450 and .state == "ready" and (has("links") | not)'
refuses "a socket that users do not get" 4 "(93)" user 1 1234 "$probe" make 16 3 2
event "denied, a socket" \
	'denied uid=1234 .*comm=uvn_probe reason=protocol operation=socket errno=EPROTONOSUPPORT family=netlink type=raw protocol=2' \
	'.event == "denied" and .uid == 1234 and .reason == "protocol" and
	 .errno == "EPROTONOSUPPORT" and .family == "netlink" and .type == "raw" and
	 (.pid | type) == "number" and .audit == false and .source == null'
refuses "a packet by another user's network" 6 "(1)" \
	user 1 1234 "$probe" by vrf4321 192.168.80.7 9
event "denied, a packet" \
	'denied uid=1234 .*reason=network operation=send errno=EPERM family=inet type=dgram protocol=udp source=192.168.80.1 destination=192.168.80.7 device=vrf4321 audit=no suppressed=0' \
	'.event == "denied" and .reason == "network" and .device == "vrf4321" and
	 .destination == "192.168.80.7"'
refuses "a UID in no range" 4 "(13)" user 1 75536 "$probe" make 2 1 0
event "denied, a UID" 'denied uid=75536 .*reason=unmatched operation=socket errno=EACCES' \
	'.event == "denied" and .uid == 75536 and .errno == "EACCES"'
check "audit" adm 1 set audit on
event "config" 'config enabled=yes .*audit=yes' '.event == "config" and .audit and .users == 2'
user 1 1234 "$probe" make 16 3 2 >/dev/null
event "denied, as audit has it" 'denied uid=1234 .*audit=yes' \
	'.event == "denied" and .audit'
check "no audit" adm 1 set audit off

check "pools" pools 1
check "a published port" adm 1 publish add tcp 8000-8009 from 10.99.0.0/24
check "and one of IPv6" adm 1 publish add tcp 8000-8009 from fd99::/64
check "1234 serves there" serve public 1 1234 tcp :: 8000 word
for a in 10.99.0.1 fd99::1; do
	check "a host outside asks $a" root server "$probe" ask tcp $a 8000 word
	event "published, $a" \
		"published uid=1234 .*protocol=tcp source=.* source_port=[0-9]+ destination=$a port=8000 suppressed=0" \
		".event == \"published\" and .uid == 1234 and .destination == \"$a\" and
		 .port == 8000 and .protocol == \"tcp\""
done

check "a user on another node" user 2 5555 "$probe" make 2 1 0
check "user del" adm 1 user del 4321
event "user-del" 'user-del uid=4321 ' \
	'.event == "user-del" and .uid == 4321 and .on_subnet.tx_packets == 0'
cannot "another node's events" grep -q 5555 "$work/text" "$work/json"

lines() {
	[ "$(jq -c . "$work/json" | wc -l)" = "$(wc -l <"$work/json")" ] &&
	jq -es 'all(.time | test("T.*Z$"))' "$work/json"
}
check "each line is an object, and has its time" lines

# More than there is room for. Node 2's are quick, as uvn is not enabled there.
check "node 2 is disabled" adm 2 disable
replace='exec' adm 2 -j monitor --since-start >"$work/lost" 2>/dev/null </dev/null &
watcher[lost]=$!
check "a monitor there" busywait 20 heard lost '.event == "status"'
kill -STOP "${watcher[lost]}"
check "while it stands still, 8000 events" root 2 "$nl" many 8000
kill -CONT "${watcher[lost]}"
all_told() {
	jq -es '([.[] | select(.event == "config")] | length) as $seen |
		([.[] | select(.event == "lost").count] | add) as $lost |
		$lost > 0 and $seen > 0 and $seen + $lost == 8000' "$work/lost"
}
check "what was lost is said, to a number" busywait 30 all_told
cannot "others have lost nothing" grep -q lost "$work/text" "$work/json"

kill -TERM "${watcher[text]}"
check "SIGTERM ends it well" ends text 0
kill -INT "${watcher[json]}"
check "SIGINT, too" ends json 0
check "it ends when nobody reads" \
	timeout 20 bash -c "nsenter --net=/run/netns/n1-$seed $uvnadm monitor --since-start | head -1"

#
# Counters
#

check "node 2 is enabled" adm 2 enable
check "pools there" pools 2
for n in 1 2; do
	check "networks on node $n do not go" adm $n set idle-timeout 0
	for u in 1234 9876; do
		check "$u on node $n" adm $n user add $u
	done
done

counters() { # NODE UID : localhost, on-subnet, off-subnet
	adm "$1" -j user show "$2" | jq -r '[.localhost | .packets, .bytes],
		([.on_subnet, .off_subnet][] | [.tx_packets, .tx_bytes, .rx_packets, .rx_bytes])
		| @tsv' | tr '\n' '\t'
}
none='0 0 0 0 0 0 0 0 0 0'
# By how much they have grown since they were noted.
since() { # FILE NODE UID
	local before after i
	read -ra before <"$work/$1"
	read -ra after <<<"$(counters "$2" "$3")"
	for i in "${!after[@]}"; do
		after[i]=$((after[i] - before[i]))
	done
	echo "${after[*]}"
}
grown() { # NODE UID COMMAND... : by what the command does
	counters "$1" "$2" >"$work/mine"
	"${@:3}" >"$work/grown" 2>&1 || { cat "$work/grown"; return 1; }
	since mine "$1" "$2"
}
ping_all() { # ADDRESS [NODE UID]
	user "${2-1}" "${3-1234}" ping -q -c "$pings" -i 0.01 -W 5 -s 100 "$1" >"$work/ping" &&
	grep -q "$pings received" "$work/ping"
}
three_ways() { # WHEN
	local a size all
	for a in 127.0.0.1 192.168.80.1 10.99.0.1 ::1 2001:db8:80::1; do
		size=128
		[[ $a != *:* ]] || size=148
		equal "$1, to $a: stays on the node" \
			"$((2 * pings)) $((2 * pings * size)) 0 0 0 0 0 0 0 0" \
			"$(grown 1 1234 ping_all $a)"
	done
	for a in 192.168.80.2 2001:db8:40::2; do
		size=128
		[[ $a != *:* ]] || size=148
		all="$pings $((pings * size)) $pings $((pings * size))"
		counters 2 1234 >"$work/far"
		counters 1 9876 >"$work/other"
		equal "$1, to $a: on the subnets" "0 0 $all 0 0 0 0" \
			"$(grown 1 1234 ping_all $a)"
		equal "$1, and on the other node" "0 0 $all 0 0 0 0" "$(since far 2 1234)"
		equal "$1, and nothing of another user's" "$none" "$(since other 1 9876)"
	done
	for a in 10.99.0.2 fd99::2; do
		size=128
		[[ $a != *:* ]] || size=148
		all="$pings $((pings * size)) $pings $((pings * size))"
		counters 1 9876 >"$work/other"
		equal "$1, to $a: off the subnets" "0 0 0 0 0 0 $all" \
			"$(grown 1 1234 ping_all $a)"
		equal "$1, and nothing of another user's" "$none" "$(since other 1 9876)"
	done
}
three_ways "by the short ways"
# Hooks everywhere, and somebody who looks at every device.
hooks() { # NODE
	root "$1" nft -f - <<-NFT
	table inet site {
		chain pre { type filter hook prerouting priority 0; accept; }
		chain in { type filter hook input priority 0; accept; }
		chain out { type filter hook output priority 0; accept; }
		chain post { type filter hook postrouting priority 0; accept; }
	}
	NFT
}
for n in 1 2; do
	check "rules on node $n" hooks $n
	spawn "dump-$n" root $n tcpdump -i any -w /dev/null
	check "tcpdump on node $n" busywait 20 grep -q listening "$work/dump-$n"
done
three_ways "by the long ways"
for n in 1 2; do
	check "no rules on node $n" root $n nft delete table inet site
done
kill "${background[-1]}" "${background[-2]}"

# Against what arrives: many packets, large ones, with segments.
adds_up() { # NAMESPACE FIRST HEADERS : since $before, with headers before each
	local after got
	read -ra after <<<"$(counters 1 1234)"
	read -ra got <<<"$(arrived "$1")"
	echo "before ${before[*]}, after ${after[*]}, arrived ${got[*]}"
	[ $((after[$2] - before[$2])) = "${got[0]}" ] &&
	[ $((after[$2 + 1] - before[$2 + 1] + $3 * got[0])) = "${got[1]}" ] &&
	[ "${got[0]}" -gt "$4" ] && [ "${got[1]}" -gt "$5" ]
}
spawn sink user 2 1234 "$probe" sink 9000
check "a sink of 1234's on node 2" busywait 20 grep -q ready "$work/sink"
check "a counter there" count_at n2 em1 "ip saddr 192.168.80.1 udp dport 801"
read -ra before <<<"$(counters 1 1234)"
check "a stream of 8 MiB" user 1 1234 "$probe" source 192.168.80.2 9000 8
check "what was sent is what arrived, but for VXLAN's headers" \
	busywait 10 adds_up n2 2 50 100 $((8 << 20))
check "the counter goes" count_no_more n2

check "a counter outside" count_at nserver eth0 "ip saddr 10.99.0.1 tcp sport 8000"
read -ra before <<<"$(counters 1 1234)"
for n in 1 2 3; do
	check "a host outside asks" root server "$probe" ask tcp 10.99.0.1 8000 word
done
check "what a published port sent is what arrived" \
	busywait 10 adds_up nserver 6 0 8 400
read -ra after <<<"$(counters 1 1234)"
check "as much was received" test $((after[8] - before[8])) -ge 9
equal "and no other way counts it" "${before[*]:0:6}" "${after[*]:0:6}"
check "the counter goes" count_no_more nserver

some_refused() {
	! user 1 1234 "$probe" by vrf4321 192.168.80.7 9 10
}
check "somebody else is there again" adm 1 user add 4321
n=$(adm 1 -j user show 1234 | jq .denied_by.network)
equal "what is refused counts on no way" "$none" \
	"$(grown 1 1234 some_refused)"
equal "but by its reason" $((n + 10)) \
	"$(adm 1 -j user show 1234 | jq .denied_by.network)"
as_text() {
	adm 1 user show 1234 >"$work/show"
	cat "$work/show"
	grep -qE '^localhost +packets [1-9][0-9]* bytes [1-9]' "$work/show" &&
	grep -qE '^on_subnet +tx_packets [1-9][0-9]* tx_bytes [0-9]+ rx_packets [1-9]' "$work/show" &&
	grep -qE '^off_subnet +tx_packets [1-9]' "$work/show"
}
check "user show as text" as_text

# A lower device that goes and comes, and a network.
has_lowers() { # N
	adm 1 -j user show 1234 | jq -e "(.links | length) == $1 and .state == \"ready\""
}
remade() {
	ip -n "n1-$seed" addr del 192.168.40.1/21 dev ib0 &&
	ip -n "n1-$seed" addr del 2001:db8:40::1/64 dev ib0 &&
	busywait 20 has_lowers 1 &&
	ip -n "n1-$seed" addr add 192.168.40.1/21 brd + dev ib0 &&
	ip -n "n1-$seed" addr add 2001:db8:40::1/64 dev ib0 nodad &&
	busywait 20 has_lowers 2
}
equal "a lower device goes and comes: what was counted stays" "$none" \
	"$(grown 1 1234 remade)"
check "the far end is reached by it" ping_all 192.168.40.2
watch last -j monitor --since-start
check "a monitor" busywait 20 heard last '.event == "user" and .uid == 1234'
read -ra before <<<"$(counters 1 1234)"
check "user del --force" adm 1 user del 1234 --force
last() {
	heard last ".event == \"user-del\" and .uid == 1234 and
		.localhost.packets == ${before[0]} and .on_subnet.tx_bytes == ${before[3]} and
		.off_subnet.rx_bytes == ${before[9]}"
}
check "its counters are in the last event" busywait 20 last
check "a new network" adm 1 user add 1234
equal "begins at nothing" "$none" \
	"$(counters 1 1234 | xargs)"
kill "${watcher[last]}"
check "the monitor ends" ends last 0

#
# The end of the module
#

watch gone monitor
watch gone-json -j monitor --since-start
check "a monitor" busywait 20 heard gone-json '.event == "status"'
for n in 1 2; do
	check "node $n is disabled" adm $n disable
done
check "told" busywait 20 grep -q 'config enabled=no' "$work/gone"
check "the module can be removed under a monitor" unload
check "which says so, and ends" ends gone 1
check "and why" grep -q 'the uvn module was removed' "$work/gone.err"
check "in the last line" ends gone-json 1
check "as JSON" sh -c "tail -1 '$work/gone-json' | jq -e '.error | test(\"removed\")'"
finish
