#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "why" says what packets do: what is on the wire, and what is refused, is as it
# said; and it changes nothing.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib-outside.sh
. "$(dirname "$0")/../lib/lib-outside.sh"

pings=5
UVN_PATIENCE=2
[ "$UVN_KERNEL" != debug ] || UVN_PATIENCE=10

dual=1
ktap_begin
if ! load || ! nodes 2 || ! nearby; then
	echo "Bail out! no nodes"
	exit 1
fi
for n in 1 2; do
	check "node $n" configure $n
	check "networks on node $n do not go" adm $n set idle-timeout 0
done

# The answer, of which FILTER must be true.
says() { # STATUS FILTER WHY...
	local want=$1 filter=$2 status=0
	shift 2
	adm 1 -j why "$@" >"$work/why" || status=$?
	cat "$work/why"
	[ "$status" = "$want" ] && jq -e "$filter" "$work/why"
}
field() { # NAME
	jq -r ".$1" "$work/why"
}
# It is refused, as said.
forbidden() { # RULE WHY STATUS PATTERN COMMAND...
	local rule=$1 words
	read -ra words <<<"$2"
	check "why $2: $rule" says 1 ".rule == \"$rule\" and .sent == false and .way == null" \
		"${words[@]}"
	refuses "so it is: ${*:6:4}" "${@:3}"
}
counted() { # REASON
	adm 1 -j status | jq ".denied_by.\"$1\" // 0"
}
# And the module has counted it for that reason.
refused() { # as forbidden
	local n
	n=$(counted "$1")
	forbidden "$@"
	equal "for that reason" $((n + 1)) "$(counted "$1")"
}
cast() { # UID ADDRESS PORT
	user 1 "$1" "$probe" cast "$2" "$3" word
}
ping_some() { # UID ADDRESS
	user 1 "$1" ping -q -c "$pings" -i 0.01 -W 5 "$2" >"$work/ping" &&
	grep -q "$pings received" "$work/ping"
}
# So many packets of a command arrive that match.
arrive() { # N NAMESPACE DEVICE EXPRESSION COMMAND...
	local want=$1 ns=$2 seen
	count_at "$ns" "$3" "$4" || return
	"${@:5}"
	seen=$(arrived "$ns")
	count_no_more "$ns" || return
	echo "expected $want, arrived ${seen% *}: $4"
	[ "$want" = "${seen% *}" ]
}
ip_of() { # ADDRESS : nft's word for its family
	case $1 in
	*:*) echo ip6 ;;
	*) echo ip ;;
	esac
}

#
# A network that is not there, and then is
#

places='192.168.80.2:22 192.168.87.255:9 192.168.80.1:22 127.0.0.5 10.99.0.1:80 10.98.0.1
	10.99.0.255:9 10.99.0.2:62000 100.64.7.7 [2001:db8:80::2]:22 ::1 [fd99::2]:80
	10.97.0.1'
answers_of() { # UID COMMAND...: its answers
	local uid=$1 p
	shift
	for p in $places; do
		"$@" -j why "$uid" "$p"
	done | jq -c 'del(.made, .answer) |
		if .way == "on-subnet" or .rule == "no-group" then . else del(.source) end'
}
answers() { # UID
	answers_of "$1" adm 1
}
asks_itself() { # UID
	answers_of "$1" user 1 "$1" "$uvnadm"
}
same_later() { # WHEN
	answers 4321 >"$work/before"
	cannot "$1: asking makes no network" adm 1 user show 4321
	check "$1: the network is made" adm 1 user add 4321
	answers 4321 >"$work/after"
	check "$1: each answer as if it had been there" diff "$work/before" "$work/after"
	check "$1: the user itself is told the same" diff <(jq -c 'del(.unseen)' "$work/after") \
		<(asks_itself 4321 | jq -c 'del(.unseen)')
	equal "$1: and what was not looked at" '["routes"]' \
		"$(asks_itself 4321 | jq -c 'select(.sent) | .unseen' | sort -u)"
	check "$1: some are sent" grep -q '"sent":true' "$work/after"
	check "$1: and some are not" grep -q '"sent":false' "$work/after"
	check "$1: it goes" adm 1 user del 4321 --force
}
check "a route that leads nowhere" ip -n "n1-$seed" route add unreachable 10.97.0.0/16
check "one that is forbidden" ip -n "n1-$seed" route add prohibit 10.96.0.0/16
same_later "no pools"
check "user 1234" adm 1 user add 1234
for a in 10.99.0.2 fd99::2; do
	[[ $a != *:* ]] && p=$a:9 || p="[$a]:9"
	forbidden no-pool "1234 $p udp" 2 "(113)" cast 1234 $a 9
done
for n in 1 2; do
	check "pools on node $n" pools $n
done
same_later "pools"
check "made is told" says 0 '.made' 1234 127.0.0.1
check "or that it would be" says 0 '.made == false and (.answer | test("first socket"))' \
	4321 127.0.0.1
check "multicast cannot be told then" says 3 '.rule == "no-network" and .sent == null' \
	4321 239.1.1.1

#
# What is sent
#

check "9876, on both nodes" adm 1 user add 9876
for a in 192.168.80.2 2001:db8:40::2; do
	check "why 1234 $a: to a subnet" says 0 \
		'.way == "on-subnet" and .sent and .rule == null and .vni == 1234 and
		 .network == "vrf1234" and .table == 16778450 and
		 .remote == .destination' 1234 $a
	ip=$(ip_of $a)
	on_wire="$ip saddr $(field source) $ip daddr $(field remote) udp dport $(field udp_port) @th,96,24 $(field vni)"
	check "$a: on the wire as it says" \
		arrive $pings n2 "$(field lower)" "$on_wire" ping_some 1234 $a
	check "$a: and another user's not" \
		arrive 0 n2 "$(field lower)" "$on_wire" ping_some 9876 $a
	equal "$a: the MTU is the route's" "mtu $(field mtu)" \
		"$(ip -n "n1-$seed" route get $a oif vrf1234 | grep -o 'mtu [0-9]*')"
done
for a in 10.99.0.2 fd99::2 10.98.0.1; do
	check "why 1234 $a: off the subnets" says 0 \
		'.way == "off-subnet" and .sent and .device == "eth0" and .mtu == 1500 and
		 .remote == null' 1234 $a
	ip=$(ip_of $a)
	to="$ip daddr $a meta l4proto { icmp, icmpv6 }"
	check "$a: on the wire as it says" arrive $pings nserver eth0 \
		"$ip saddr $(field translated_to) $to" \
		user 1 1234 ping -q -c $pings -i 0.01 -W 1 $a
	check "$a: and from no CGNAT address" arrive 0 nserver eth0 \
		"$ip saddr $(field source) $to" user 1 1234 ping -q -c 1 -W 1 $a
done
equal "10.98.0.1: by the gateway" 10.99.0.2 "$(field gateway)"
check "by UDP to a low port" says 0 '.protocol == "udp"' 1234 10.99.0.2:9 udp
check "it keeps its own" arrive 1 nserver eth0 \
	"ip saddr $(field translated_to) udp sport 32768-60999 udp dport 9" \
	cast 1234 10.99.0.2 9
check "with a port above all of them: to which ports it is translated" says 0 \
	'.nat_ports == "61000-65535" and .protocol == "udp"' 1234 10.99.0.2:60999 udp
check "and so it is" arrive 1 nserver eth0 \
	"ip saddr $(field translated_to) udp sport $(field nat_ports) udp dport 60999" \
	cast 1234 10.99.0.2 60999
for a in 127.0.0.5 192.168.80.1 10.99.0.1 ::1 2001:db8:80::1; do
	check "why 1234 $a: stays" says 0 '.way == "localhost" and .sent and .device == null' \
		1234 $a
	ip=$(ip_of $a)
	check "$a: nothing of it is on a wire" arrive 0 n2 em1 \
		"udp dport 801-804" ping_some 1234 $a
done

# What an administrator changes.
check "node 2 does not run uvn, to node 1" adm 1 direct add 192.168.80.2/32
check "why: off the subnets, by em1" says 0 \
	'.way == "off-subnet" and .device == "em1" and .translated_to == "192.168.80.1" and
	 .gateway == null' 1234 192.168.80.2
check "and so it is" arrive $pings n2 em1 \
	"ip saddr 192.168.80.1 ip daddr 192.168.80.2 icmp type echo-request" \
	ping_some 1234 192.168.80.2
check "it does again" adm 1 direct del 192.168.80.2/32
check "why: to a subnet" says 0 '.way == "on-subnet"' 1234 192.168.80.2
check "no pool of IPv4" adm 1 cgnat del 100.64.0.0/10
check "why: nothing without" says 1 '.rule == "no-pool"' 1234 10.99.0.2
check "one with an address" adm 1 cgnat add 100.64.0.0/10 snat 192.168.40.1
check "why: translated to that" says 0 '.translated_to == "192.168.40.1"' 1234 10.99.0.2
check "and so it is" arrive 1 nserver eth0 "ip saddr 192.168.40.1 udp dport 9" \
	cast 1234 10.99.0.2 9

#
# What is not
#

refused vxlan-port "1234 192.168.80.7:801 udp" 6 "(1)" cast 1234 192.168.80.7 801
refused vxlan-port "1234 [2001:db8:80::2]:804 udp" 6 "(1)" cast 1234 2001:db8:80::2 804
refused vxlan-port "1234 127.0.0.1:802 udp" 6 "(1)" cast 1234 127.0.0.1 802
check "by TCP it is a port as any" says 0 '.protocol == "tcp"' 1234 192.168.80.2:801
check "the next one is none of a subnet's" says 0 .sent 1234 192.168.80.2:805 udp
check "and so it is" cast 1234 192.168.80.2 805
refused translation "1234 10.99.0.2:61000 udp" 6 "(1)" cast 1234 10.99.0.2 61000
refused translation "1234 [fd99::2]:65535 udp" 6 "(1)" cast 1234 fd99::2 65535
check "by TCP it may" says 0 '.sent and .nat_ports == null' 1234 10.99.0.2:61000
check "below nat-ports it may" says 0 .sent 1234 10.99.0.2:60999 udp
check "and so it is" cast 1234 10.99.0.2 60999
refused translation "1234 10.99.0.255:9 udp" 6 "(1)" cast 1234 10.99.0.255 9
refused network "1234 100.64.7.7:9 udp" 6 "(1)" cast 1234 100.64.7.7 9
refused network "1234 [fd64:ba5e::7]:9 udp" 6 "(1)" cast 1234 fd64:ba5e::7 9
refused unmatched "75536 127.0.0.1" 4 "(13)" user 1 75536 "$probe" make 2 1 0
refused vxlan-port "33 192.168.80.2:801 udp" 6 "(1)" cast 33 192.168.80.2 801
check "users get no IPv6" adm 1 set family inet6 deny
refused family "1234 2001:db8:80::2" 4 "(97)" user 1 1234 "$probe" make 10 2 0
check "but IPv4" says 0 .sent 1234 192.168.80.2
check "they do" adm 1 set family inet6 allow
check "they get no UDP" adm 1 set protocol udp deny
refused protocol "1234 192.168.80.2:9 udp" 4 "(93)" user 1 1234 "$probe" make 2 2 0
check "but TCP" says 0 .sent 1234 192.168.80.2:9 tcp
check "they do" adm 1 set protocol udp allow
check "sent again" says 0 .sent 1234 192.168.80.2:9 udp
forbidden no-route "1234 10.97.0.1:9 udp" 2 "(113)" cast 1234 10.97.0.1 9
forbidden no-route "1234 10.96.0.1:9 udp" 6 "(13)" cast 1234 10.96.0.1 9

# Nobody is told of what a VRF drops.
dropped() {
	ip -n "n1-$seed" -s -j link show vrf1234 | jq '.[0].stats64.tx.dropped'
}
check "why to all of a subnet: no group" says 1 '.rule == "no-group"' \
	1234 192.168.87.255:9 udp
for a in 192.168.87.255 239.1.1.1 ff0e::5; do
	n=$(dropped)
	check "the VRF" cast 1234 $a 9
	equal "drops it" $((n + 1)) "$(dropped)"
done
check "the subnet goes" adm 1 subnet del 192.168.80.0/21
check "and comes with a group" adm 1 subnet add 192.168.80.0/21 port 801 group 239.5.5.5
check "why: to the group" says 0 '.way == "on-subnet" and .remote == "239.5.5.5"' \
	1234 192.168.87.255:9 udp
check "and so it is" arrive 1 n2 em1 \
	"ip daddr 239.5.5.5 udp dport 801 @th,96,24 1234" cast 1234 192.168.87.255 9
check "one host is asked itself" says 0 '.remote == "192.168.80.2"' 1234 192.168.80.2

check "audit" adm 1 set audit on
check "why: it would be refused, and is let pass" says 0 \
	'.sent and .rule == "vxlan-port" and (.answer | test("audit"))' \
	1234 192.168.80.7:801 udp
check "and so it is" cast 1234 192.168.80.7 801
check "no audit" adm 1 set audit off
check "why: it is refused" says 1 '.rule == "vxlan-port"' 1234 192.168.80.7:801 udp

#
# Others, and who asks
#

check "root: as without uvn" says 0 \
	'.way == "system" and .network == "default" and .device == "em1" and
	 .source == "192.168.80.1" and .vni == null' 0 192.168.80.2:801 udp
check "and so it is" arrive 1 n2 em1 "ip saddr 192.168.80.1 udp dport 801" \
	root 1 "$probe" cast 192.168.80.2 801 word
check "a UID in no range" adm 1 set unmatched allow
check "may count as system" says 0 '.way == "system"' 75536 192.168.80.2
equal "and so it is" 0 "$(user 1 75536 "$probe" bound)"
check "no longer" adm 1 set unmatched deny
check "it is refused" says 1 '.rule == "unmatched"' 75536 192.168.80.2
refuses "who is not root may not ask about others: cannot tell" 3 CAP_NET_ADMIN \
	user 1 1234 "$uvnadm" why 4321 127.0.0.1
check "but about the own packets" user 1 1234 "$uvnadm" why 1234 127.0.0.1
refuses "multicast needs the network's own routes: cannot tell" 3 "only an administrator" \
	user 1 1234 "$uvnadm" why 1234 239.1.1.1
check "and about the system" user 1 1234 "$uvnadm" why 0 127.0.0.1

# By name, in the form of monitoring, and what is written in two ways.
conserve /etc/passwd
echo "alice:x:1234:1234::/:/bin/sh" >>/etc/passwd
check "a user by name" says 0 '.uid == 1234 and .user == "alice"' alice 127.0.0.1:22
check "and the network of one" test "$(adm 1 -j user show alice | jq .uid)" = 1234
refuses "nobody has that name" 2 '"alicia": neither a UID nor the name' \
	adm 1 why alicia 127.0.0.1
sed -i '/^alice:/d' /etc/passwd
plugin() { # STATUS PATTERN WHY...
	local want=$1 pattern=$2 status=0
	shift 2
	adm 1 why "$@" --nagios >"$work/plugin" 2>&1 || status=$?
	cat "$work/plugin"
	[ "$status" = "$want" ] && [ "$(wc -l <"$work/plugin")" = 1 ] &&
		grep -q "$pattern" "$work/plugin"
}
check "monitoring: sent" plugin 0 '^UVN OK - UID 1234 to 192' 1234 192.168.80.2:22
check "monitoring: refused" plugin 2 '^UVN CRITICAL - UID 1234 to ' 1234 192.168.80.7:801 udp
check "monitoring: cannot be told" plugin 3 '^UVN UNKNOWN - ' 4322 239.1.1.1
refuses "an address of IPv6 that may have a port" 2 'ambiguous: write \[::1\]:22 ' \
	adm 1 why 1234 ::1:22
check "with one" says 0 '.port == 22 and .destination == "::1"' 1234 '[::1]:22'
check "without" says 0 '.port == null and .destination == "::1"' 1234 '[::1]'

n=$(adm 1 -j user show 1234 | jq -c '[.sockets_created, .localhost, .on_subnet, .off_subnet]')
answers 1234 >/dev/null
equal "to ask sends nothing, and makes no socket" "$n" \
	"$(adm 1 -j user show 1234 | jq -c '[.sockets_created, .localhost, .on_subnet, .off_subnet]')"
as_text() {
	adm 1 why 1234 192.168.80.2:22 >"$work/text"
	cat "$work/text"
	grep -qx 'vni *1234' "$work/text" && grep -qx 'sent *yes' "$work/text" &&
	! grep -qE '^(rule|gateway|answer) ' "$work/text" &&
	[ "$(tail -1 "$work/text")" = "it goes by em1 in the user's VXLAN" ]
}
check "as text: what there is, and a sentence" as_text
check "not enabled" adm 1 disable
check "why: all is as without uvn" says 0 '.way == "system" and .made == null' \
	1234 192.168.80.7:801 udp
check "and so it is" cast 1234 192.168.80.7 801
finish
