#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A packet can be first: who connects to a node where the user has nothing yet
# does so at once. What is for all makes no networks. And packets that are nobody's cost
# next to nothing.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
flood=200000
[ "$UVN_KERNEL" != debug ] || flood=2000

# Of UIDs that nobody speaks for. (A connection that ends late may have the
# network of one that does made again.)
networks() { adm 2 -j user list | jq "[.[] | select(.uid >= 2000)] | length"; }
has() { adm 2 -j user list | jq -e "any(.uid == $1)"; }
dropped() { adm 2 -j status | jq ".rx_dropped${1:+_by.\"$1\" // 0}"; } # [REASON]
again() { # TCP segments that a node has sent twice
	# shellcheck disable=SC2016	# awk's
	root "$1" awk '$1 == "Tcp:" && $13 ~ /^[0-9]/ { print $13 }' /proc/net/snmp
}
away() { [ "$(networks)" = 0 ]; }

dual=1
setup 2
check "TCP service of the system on node 2" serve_root tcp 2 tcp :: 7000 system
check "UDP service of the system on node 2" serve_root udp 2 udp :: 7001 system
equal "there is no network on node 2" 0 "$(adm 2 -j user list | jq length)"

#
# The first packet of a connection, of each kind and family
#
uid=1234
for a in 192.168.80.2 192.168.40.2 2001:db8:80::2 2001:db8:40::2; do
	uid=$((uid + 1))
	check "$uid: its network on node 1" adm 1 user add $uid
	before=$(again 1)
	check "$uid: TCP to node 2, by $a" user 1 $uid "$probe" ask tcp $a 7000 system
	equal "$uid: no segment was sent twice" "$before" "$(again 1)"
	check "$uid: its network on node 2 is there" has $uid
	uid=$((uid + 1))
	check "$uid: its network on node 1" adm 1 user add $uid
	check "$uid: one UDP datagram, by $a" user 1 $uid "$probe" ask udp $a 7001 system
	uid=$((uid + 1))
	check "$uid: its network on node 1" adm 1 user add $uid
	check "$uid: one ping, by $a" user 1 $uid ping -qnc 1 -W 3 $a
	uid=$((uid + 1))
	check "$uid: its network on node 1" adm 1 user add $uid
	UVN_PATIENCE=1 cannot "$uid: a port where nobody listens refuses at once, by $a" \
		user 1 $uid "$probe" ask tcp $a 7009
done
uid=1300
check "$uid: its network on node 1" adm 1 user add $uid
root 1 ping -qnc 1 -W 3 192.168.80.2 >/dev/null	# who has the address is known
start=$(now)
check "$uid: connects" user 1 $uid "$probe" ask tcp 192.168.80.2 7000 system
cold=$(($(now) - start))
start=$(now)
check "$uid: connects again" user 1 $uid "$probe" ask tcp 192.168.80.2 7000 system
warm=$(($(now) - start))
uid=1301
start=$(now)
check "making a network" adm 2 user add $uid
making=$(($(now) - start))
limit=1000000
[ "$UVN_KERNEL" != debug ] || limit=5000000
[ -z "$counted" ] || limit=$((warm * 6 / 5 + making))
check "cold $cold us, warm $warm us, making $making us: no second was waited" \
	test $cold -lt $limit

# The same of a whole ssh. How long one takes varies, so the median of three.
login_time() { # PERSON : microseconds
	local start
	start=$(now)
	login 1 "$1" 192.168.80.2 true || return
	echo $(($(now) - start))
}
first_login() {
	adm 2 user del 1234 --force && ! has 1234 >/dev/null && login_time alice
}
median() { sort -n | sed -n 2p; }
check "accounts and keys" accounts
check "sshd on node 2" sshd 2
check "alice logs in" login_time alice
before=$(again 1)
cold=$(for _ in 1 2 3; do first_login; done | median)
equal "three first logins: no segment was sent twice" "$before" "$(again 1)"
warm=$(for _ in 1 2 3; do login_time alice; done | median)
limit=$((${warm:-0} * 2 + 1000000))
[ -z "$counted" ] || limit=$((warm * 6 / 5 + making))
check "first ssh ${cold:-none} us, warm ${warm:-none} us" \
	test "${cold:-$limit}" -lt $limit

#
# What is for all: only the user's own sockets hear it, and there are none
#
grouped() { # NODE
	adm "$1" save >"$work/plain-$1" &&
	sed -e '/^subnet add 192.168.80.0/s/$/ group 239.77.0.1/' \
		-e '/^subnet add 2001:db8:80:/s/$/ group ff05::77:1/' "$work/plain-$1" |
		adm "$1" load -
}
check "groups on both nodes" eval 'grouped 1 && grouped 2'
uid=1310
check "$uid: its network on node 1" adm 1 user add $uid
before=$(dropped no-link)
for a in 239.1.2.3 192.168.87.255 ff15::1:2:3; do
	check "$uid sends to $a" user 1 $uid "$probe" cast $a 7002 all
done
check "1311: its network on node 1" adm 1 user add 1311
check "1311: one UDP datagram, which is received after that" user 1 1311 "$probe" ask udp 192.168.80.2 7001 system
check "1311: its network on node 2 is there" has 1311
cannot "$uid: there is none" has $uid
equal "nothing is counted as without a network" "$before" "$(dropped no-link)"
check "$uid listens on node 2" spawn all user 2 $uid "$probe" hear 239.1.2.3 7002 em1
busywait 20 grep -q ready "$work/all"
hears() {
	user 1 "$uid" "$probe" cast 239.1.2.3 7002 again && grep -q again "$work/all"
}
check "and hears what is sent then" busywait 20 hears
kill "${background[-1]}"
plain() { adm 1 load "$work/plain-1" && adm 2 load "$work/plain-2"; }
check "no groups" plain

#
# What is nobody's
#
mac=$(mac 2 em1)
send() { # COUNT VNI-FIRST VNI-LAST [SOURCE]
	ip netns exec "em-$seed" "$here/uvn_flood" p2 "$mac" 192.168.80.2 \
		192.168.80.0 801 "$1" "$2" "$3" ${4:+"$4"}
}
counted() { [ $(($(dropped) - before)) -ge "$1" ]; }
forged() { [ $(($(dropped source) - forged)) = "$1" ]; }
reset() {
	local u
	for u in $(adm 2 -j user list | jq '.[].uid'); do
		adm 2 user del "$u" --force # some go by themselves
	done
	away
}
check "all networks of node 2 are removed" reset
before=$(dropped) forged=$(dropped source)
check "1000 packets with VNIs in no range" send 1000 60000 65000
check "they are counted" busywait 20 counted 1000
check "under their reason" test "$(dropped no-link)" -ge 1000
check "and made nothing" away
for source in 192.168.80.0 192.168.87.255 192.168.80.2 10.0.0.1 127.0.0.1 224.0.0.1; do
	check "10 packets in the name of $source" send 10 2000 3000 $source
	check "none makes a network" away
done
check "each is counted as forged" busywait 20 forged 60
equal "all reasons together are all that was dropped" true \
	"$(adm 2 -j status | jq '.rx_dropped == ([.rx_dropped_by[]] | add)')"
check "a source that is a host's makes one" send 1 2000 2000 192.168.80.77
check "of the UID that has the VNI" busywait 20 has 2000
check "and of that alone" test "$(networks)" = 1
adm 2 user del 2000 --force

# Of one source: at most 50 a second, whatever it sends.
start=$SECONDS
check "2000 packets of one source with random VNIs" send 2000 1000 59999 192.168.80.77
n=$(networks)
check "that makes few networks ($n)" test "$n" -le $(((SECONDS - start + 2) * 50))
check "all networks of node 2 are removed again" reset

#
# A flood, beside users who work
#
settled() { adm 2 -j user list | jq -e 'all(.state != "creating")'; }
rtt() { # nanoseconds of a round trip of 1234
	user 1 1234 "$lib/uvn_bench" udp 192.168.80.2 5000 1000
}
check "1234 listens on node 2" spawn far user 2 1234 "$lib/uvn_bench" serve 5000
busywait 20 grep -q ready "$work/far"
rtt >/dev/null
calm=$(rtt)
full=$(memory)
check "$flood packets with random VNIs and sources" send $flood 1000 59999
n=$(networks)
check "networks stay bounded ($n)" test "$n" -le 260
used=$((full - $(memory)))
check "memory stays bounded ($used KiB)" test $used -lt 262144
check "what was begun is made" busywait 600 settled
near "a round trip of another user's, beside $n networks" 5 "$calm" "$(rtt)"
check "another user's network still works" \
	user 1 1234 "$probe" ask tcp 192.168.80.2 7000 system
UVN_PATIENCE=30 check "who is new waits for nobody long" \
	user 2 1500 "$probe" ask tcp 192.168.80.2 7000 system
check "what packets alone have asked for goes by itself" busywait 120 away
check "1234's is still there" has 1234
check "and its program is reached" test -n "$(rtt)"
finish
