#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Random events, one after the other, while users talk: users, addresses,
# devices, namespaces, configuration, disable, removal of the module. Nobody may
# ever be answered by another user's program, and in the end all is whole.
#
# UVN_MINUTES says for how long, UVN_SEED in which order.

# shellcheck disable=SC2317	# functions are called by name
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
seconds=$((${UVN_MINUTES:-0} * 60))
[ $seconds -gt 0 ] || seconds=40
order=${UVN_SEED:-$RANDOM}
log=${UVN_OUT:-$work}/soak
ns=n1-$seed
people=(1234 9876 5000 70001) pace=0.3 patience=1 timeouts=(0 1 2) flood=200
# With less talk, and fewer networks that each event has to be told, there is time
# for events.
if [ "$UVN_KERNEL" = debug ]; then
	people=(1234 9876) pace=3 patience=10 timeouts=(1 2) flood=10
fi

# Even while uvn is enabled on both nodes.
generation=1
turn() { generation=$((generation + 1)); echo $generation >"$work/turn.new" &&
	mv "$work/turn.new" "$work/turn"; }

pool() { adm "$1" cgnat add 100.64.0.0/10; adm "$1" cgnat add fd64:ba5e::/64; }
# What users began while it was disabled would serve everybody.
arm() {
	configure 1 && configure 2 && pool 1 && pool 2 && idle &&
	adm 1 enable --evict && adm 2 enable --evict
}

#
# Traffic
#
server() { # NODE UID : anew now and then, since old sockets are cut off
	while [ ! -e "$work/stop" ]; do
		user "$1" "$2" timeout $(((RANDOM % 8 + 3) * patience)) "$probe" serve tcp :: 8000 "uid-$2."
		sleep $pace
	done
}
clients() { # UID : from both nodes to both nodes, by all ways
	local uid=$1 to from before status
	local -a where=(192.168.80.1 192.168.80.2 192.168.40.1 192.168.40.2
		2001:db8:80::1 2001:db8:80::2 127.0.0.1 ::1)
	export UVN_PATIENCE=$patience
	while [ ! -e "$work/stop" ]; do
		to=${where[RANDOM % ${#where[@]}]} from=$((RANDOM % 2 + 1))
		before=$(cat "$work/turn")
		user $from "$uid" "$probe" ask tcp "$to" 8000 "uid-$uid." \
			>"$work/answer-$uid" 2>&1
		status=$?
		sleep $pace
		[ $((before % 2)) = 0 ] || continue
		[ "$before" = "$(cat "$work/turn")" ] || continue
		echo $status
		[ $status != 5 ] || echo "leak: $uid from $from to $to: $(cat "$work/answer-$uid")"
	done
}

#
# Events
#
users() {
	root 1 "$lib/uvn_crowd" sockets $((RANDOM % 40000 + 2000)) 5 2
	root 2 "$lib/uvn_crowd" killed $((RANDOM % 40000 + 2000)) 3 2
}
removal() { adm $((RANDOM % 2 + 1)) user del "${people[RANDOM % ${#people[@]}]}" --force; }
refusal() { adm $((RANDOM % 2 + 1)) user del "${people[RANDOM % ${#people[@]}]}"; }
idle() {
	local node
	for node in 1 2; do
		adm $node set idle-timeout "${timeouts[RANDOM % ${#timeouts[@]}]}" || return
	done
}
knock() { # a packet is first
	user 1 $((RANDOM % 40000 + 2000)) ping -qnc 1 -W 1 192.168.80.2
}
flood() {
	ip netns exec "em-$seed" "$here/uvn_flood" p1 ff:ff:ff:ff:ff:ff 192.168.80.1 \
		192.168.80.0 801 "$flood" 1000 59999
	ip netns exec "em-$seed" "$here/uvn_flood" p1 "$mac" 192.168.80.1 \
		192.168.80.0 801 "$flood" 1000 59999
}
address() {
	local n=$((RANDOM % 50 + 100))
	local four=192.168.80.$n/21 six=2001:db8:80::$n/64
	ip -n "$ns" addr add "$four" brd + dev em1
	ip -n "$ns" addr add "$six" dev em1
	[ $((RANDOM % 3)) != 0 ] || return
	ip -n "$ns" addr del "$four" dev em1
	ip -n "$ns" addr del "$six" dev em1
}
flush() {
	ip -n "$ns" addr flush dev em1
	ip -n "$ns" addr add 192.168.80.1/21 brd + dev em1
	ip -n "$ns" addr add 2001:db8:80::1/64 dev em1 nodad
}
mtu() { ip -n "$ns" link set em1 mtu $((RANDOM % 4 * 2000 + 1500)); }
updown() {
	ip -n "$ns" link set em1 down
	ip -n "$ns" link set em1 up
	ip -n "$ns" addr replace 2001:db8:80::1/64 dev em1 nodad
}
lower() {
	ip -n "$ns" link del ib0
	link_pair 1 ib0 2044 192.168.40.1/21 ib
}
rename() {
	ip -n "$ns" link set em1 down
	ip -n "$ns" link set em1 name em9
	ip -n "$ns" link set em9 up
	ip -n "$ns" link set em9 down
	ip -n "$ns" link set em9 name em1
	ip -n "$ns" link set em1 up
	ip -n "$ns" addr replace 2001:db8:80::1/64 dev em1 nodad
}
away() {
	ip -n "$ns" link set ib0 netns "n2-$seed" name ib7
	ip -n "n2-$seed" link del ib7
	link_pair 1 ib0 2044 192.168.40.1/21 ib
}
byhand() { # what no administrator should do
	local uid=${people[RANDOM % ${#people[@]}]}
	case $((RANDOM % 3)) in
	0) ip -n "$ns" link del "vrf$uid" ;;
	1) ip -n "$ns" link set "vrf$uid" down ;;
	2) ip -n "$ns" route flush table $((16777216 + uid)) ;;
	esac
}
config() {
	case $((RANDOM % 7)) in
	0) adm 1 subnet del 192.168.40.0/21; adm 1 subnet add 192.168.40.0/21 port 802 ;;
	1) adm 1 range del uid 65536-75535; adm 1 range add uid 65536-75535 ;;
	2) adm 1 cgnat del 100.64.0.0/10; adm 1 cgnat add 100.64.0.0/10 ;;
	3) adm 1 direct add 192.168.80.50/32; adm 1 direct del 192.168.80.50/32 ;;
	4) adm 1 save >"$work/saved" && adm 1 load "$work/saved" ;;
	5) adm 1 set nat-ports 61000-61500; adm 1 set nat-ports 61000-65535 ;;
	6) adm 1 subnet del 2001:db8:80::/64; adm 1 subnet add 2001:db8:80::/64 port 803 ;;
	esac
}
route() {
	ip -n "$ns" route replace default via 192.168.80.2
	ip -n "$ns" route add 10.77.0.0/16 via 192.168.40.2
	ip -n "$ns" route del 10.77.0.0/16
	ip -n "$ns" route del default
}
namespace() {
	ip netns add "n3-$seed" &&
	ip -n "n3-$seed" link set lo up &&
	link_pair 3 em1 9000 192.168.80.3/21 em &&
	configure 3 &&
	root 3 "$lib/uvn_crowd" sockets 3000 5 2
	ip netns del "n3-$seed"
}
dumps() {
	adm 1 -j user list
	adm 1 -j status
	user 1 1234 "$uvnadm" status
}
restart() {
	turn
	adm $((RANDOM % 2 + 1)) disable
	adm 1 disable
	adm 2 disable
	if busywait 30 rmmod uvn; then
		insmod "$UVN_KO"
	fi
	arm
	turn
}
# As often as they stand here.
events=(users users removal removal refusal idle knock knock knock flood address
	address flush mtu updown lower rename away byhand byhand byhand config config
	config route namespace dumps dumps restart)

dual=1
needs_own_module
setup 2
check "pools, and networks that go" eval "pool 1 && pool 2 && idle"
mac=$(mac 1 em1)
turn
for uid in "${people[@]}"; do
	for node in 1 2; do
		server $node "$uid" >/dev/null 2>&1 &
		background+=($!)
	done
	clients "$uid" >"$work/clients-$uid" 2>&1 &
	background+=($!)
done

RANDOM=$order
n=0
end=$((SECONDS + seconds))
while [ $SECONDS -lt $end ] || [ $n -lt 10 ]; do
	event=${events[RANDOM % ${#events[@]}]}
	echo "$SECONDS: $n $event" >>"$log"
	$event >>"$log" 2>&1
	n=$((n + 1))
done
note "order $order: $n events in $seconds s"

# Whatever has been left behind is put right, and then all must work.
restart >/dev/null 2>&1
touch "$work/stop"
wait "${background[@]}" 2>/dev/null
background=()
answered=$(cat "$work"/clients-* | grep -cx 0)
asked=$(cat "$work"/clients-* | grep -cx '[0-9]*')
check "users were answered ($answered of $asked)" test "$answered" -gt 0
none() { ! cat "$work"/clients-* | grep leak; }
check "nobody was answered by another user's program" none
lower >/dev/null 2>&1
flush >/dev/null 2>&1
check "disable" eval "adm 1 disable && adm 2 disable"
check "enable" arm
for uid in 1234 9876; do
	check "$uid serves on node 2" serve last-$uid 2 $uid tcp :: 8000 "uid-$uid."
	for a in 192.168.80.2 192.168.40.2 2001:db8:80::2; do
		check "$uid is reached, by $a" busywait 20 user 1 $uid "$probe" \
			ask tcp $a 8000 "uid-$uid."
	done
done
cannot "another user is not" user 1 5000 "$probe" ask tcp 192.168.80.2 8000
finish
