#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# All at the same time: users' sockets come, talk and go, and so do networks, subnets,
# addresses, a firewall, a lower device and uvn itself. Nobody hears another user, and
# in the end all is as on a fresh node.
#
#	node 1, node 2	as in lib.sh, and eth0 10.99.0.N/24, fd99::N/64
#	node outside	an echo at 10.99.0.254, fd99::fe
#
# In a guest whose CPUs run in parallel (vm.sh -p) it is worth most. UVN_SECONDS says for
# how long.

# shellcheck disable=SC2317	# functions are called by name
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
seconds=${UVN_SECONDS:-60}
log=${UVN_OUT:-$work}/stress
people=(1234 9876 70001)

pool() { # NODE : there already, if "subnets" has loaded what it had saved
	adm "$1" cgnat add 100.64.0.0/10
	adm "$1" cgnat add fd64:ba5e::/64
	adm "$1" set idle-timeout 2
}
arm() { # NODE : with what users began while it was disabled cut off
	configure "$1" && pool "$1" && adm "$1" enable --evict
}
workers() { cat /proc/[0-9]*/comm 2>/dev/null | grep '^uvn/'; }

outside() {
	local i
	ip netns add "out-$seed" &&
	ip -n "out-$seed" link add br0 type bridge &&
	ip -n "out-$seed" link set br0 up &&
	ip netns add "noutside-$seed" &&
	ip -n "noutside-$seed" link set lo up &&
	link_pair outside eth0 1500 10.99.0.254/24 out &&
	ip -n "noutside-$seed" addr add fd99::fe/64 dev eth0 nodad || return
	for i in 1 2; do
		link_pair "$i" eth0 1500 "10.99.0.$i/24" out &&
		ip -n "n$i-$seed" addr add "fd99::$i/64" dev eth0 nodad || return
	done
}

cat >"$work/site.nft" <<'NFT'
flush ruleset
table inet site {
	chain input {
		type filter hook input priority filter; policy accept
		ct state established,related counter accept
		limit rate 10/second counter
	}
	chain output {
		type filter hook output priority filter; policy accept
		meta skuid 9876 counter
		oifname "em1" udp dport 801 counter
	}
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept
		ip daddr 203.0.113.0/24 masquerade
	}
}
NFT

#
# What happens. Each is a loop of its own, so that any two of them meet; what fails
# because of another one is no fault.
#

# A step, again and again; how often it was done and has succeeded is counted.
again() { # NAME PAUSE STEP...
	local name=$1 pause=$2 n=0 good=0
	shift 2
	while [ ! -e "$work/stop" ]; do
		"$@" >>"$log.$name" 2>&1 && good=$((good + 1))
		n=$((n + 1))
		echo "$n $good" >"$work/count-$name"
		sleep "$pause"
	done
}
node() { echo $((RANDOM % 2 + 1)); }
networks() { # users who talk lose theirs, and others get one without a socket
	local n uid=$((RANDOM % 1000 + 30000)) made
	n=$(node)
	adm "$n" user add "$uid"
	made=$?
	adm "$n" user del "${people[RANDOM % ${#people[@]}]}" --force
	adm "$n" user del "$uid" --force # unless it went by itself
	return "$made"
}
subnets() {
	local n
	n=$(node)
	adm "$n" subnet del 192.168.40.0/21
	adm "$n" subnet add 192.168.40.0/21 port 802
	adm "$n" save >"$work/saved" && adm "$n" load "$work/saved"
}
addresses() {
	local n four six
	n=$(node)
	four=192.168.80.$((RANDOM % 50 + 100))/21
	six=2001:db8:80::$((RANDOM % 50 + 100))/64
	ip -n "n$n-$seed" addr add "$four" dev em1
	ip -n "n$n-$seed" addr add "$six" dev em1 nodad
	ip -n "n$n-$seed" addr del "$four" dev em1
	ip -n "n$n-$seed" addr del "$six" dev em1
}
firewall() {
	local n
	n=$(node)
	root "$n" nft -f "$work/site.nft" && sleep 0.3 && root "$n" nft flush ruleset
}
lower() {
	local n
	n=$(node)
	ip -n "n$n-$seed" link set ib0 down &&
	ip -n "n$n-$seed" link set ib0 up &&
	ip -n "n$n-$seed" addr replace "2001:db8:40::$n/64" dev ib0 nodad
}
looks() {
	local n
	n=$(node)
	adm "$n" -j user list | jq . && adm "$n" -j status &&
	ip -n "n$n-$seed" -s link show && user "$n" 1234 ss -anut
}
whole() {
	local n
	n=$(node)
	adm "$n" disable && sleep 0.2 && arm "$n"
}

dual=1
needs nft ss
ktap_begin
if ! load || ! nodes 2 || ! outside; then
	echo "Bail out! no nodes"
	exit 1
fi
for n in 1 2; do
	fresh[n]=$(snapshot $n)
	check "node $n: uvn is enabled" arm $n
done
before=$(awk '/^(Slab|VmallocUsed)/ { n += $2 } END { print n }' /proc/meminfo)
spawn talk "$here/uvn_stress" "$seconds" "/run/netns/noutside-$seed" \
	"/run/netns/n1-$seed" "/run/netns/n2-$seed" -- \
	192.168.80.1 192.168.80.2 192.168.40.1 192.168.40.2 127.0.0.1 ::1 \
	2001:db8:80::1 2001:db8:80::2 10.99.0.254 fd99::fe
talk=${background[-1]}

loops=()
for what in networks:0.2 subnets:1 addresses:0.3 firewall:0.5 lower:1 looks:0.5 whole:6; do
	again "${what%:*}" "${what#*:}" "${what%:*}" &
	loops+=($!)
done
background+=("${loops[@]}")
busywait $((seconds + 180)) test ! -e "/proc/$talk"
touch "$work/stop"
check "what happens comes to its end" wait "${loops[@]}"
background=()
head -n 40 "$work/talk" | sed "s/^/# /" >&"$rows"
last=$(tail -n 1 "$work/talk")
number_of() { grep -oE "[0-9]+ $1" <<<"$last" | cut -d' ' -f1; }
equal "nobody heard another user" 0 "$(number_of leaks)"
equal "sockets failed only as they may" 0 "$(number_of errors)"
check "sockets were made" test "$(number_of sockets)" -gt 100
check "users were answered" test "$(number_of answers)" -gt 20
check "and from outside" test "$(number_of 'from outside')" -gt 5
for what in networks subnets addresses firewall lower looks whole; do
	read -r n good <"$work/count-$what"
	note "$what: $good of $n"
	check "$what: at least one came about" test "${good:-0}" -gt 0
done

# Whatever was left behind is put right, and then all must work.
for n in 1 2; do
	root $n nft flush ruleset
	check "node $n: uvn is disabled" adm $n disable
	equal "node $n: all is as on a fresh node" "${fresh[n]}" \
		"$(snapshot $n | grep -v '^1000:')"
done
equal "no worker is left" "" "$(workers)"
for n in 1 2; do
	check "node $n: uvn is enabled once more" arm $n
done
for uid in 1234 9876; do
	check "$uid serves on node 2" serve last-$uid 2 $uid tcp :: 8000 "uid-$uid."
	for a in 192.168.80.2 192.168.40.2 2001:db8:80::2 2001:db8:40::2; do
		check "$uid is reached, by $a" busywait 20 user 1 $uid "$probe" \
			ask tcp $a 8000 "uid-$uid."
	done
done
cannot "another user is not" user 1 70001 "$probe" ask tcp 192.168.80.2 8000
for n in 1 2; do
	check "node $n: uvn is disabled again" adm $n disable
done
after=$(awk '/^(Slab|VmallocUsed)/ { n += $2 } END { print n }' /proc/meminfo)
note "Slab and vmalloc: $before kB before, $after kB after"
finish
