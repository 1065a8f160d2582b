#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Routing rules of the site's, that are for all packets: whatever their preference,
# what goes to the node itself stays there, for the system and for users; users'
# packets do not follow them out of their VRFs; and after disable all rules are as
# they were.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
ns=n1-$seed
own=(127.0.0.1 192.168.80.1 ::1 2001:db8:80::1)
far=(192.168.80.2 2001:db8:80::2)

ktap_begin
dual=1
if ! load || ! nodes 2; then
	echo "Bail out! no nodes"
	exit 1
fi

rules() { # all of both families, but vrf.ko's own, which stays
	{ ip -n "$ns" -d -4 rule show; ip -n "$ns" -d -6 rule show; } | grep -v '^1000:'
}
looks() { # FAMILY : where, in order, without vrf.ko's own
	ip -n "$ns" "-$1" rule show |
		sed -n 's/^\([0-9]*\):.*lookup \([^ ]*\).*/\1 \2/p' |
		grep -v '^1000 \[l3mdev-table\]' | paste -sd ' '
}
rule() { # add|del ARGS... : for both families
	ip -n "$ns" -4 rule "$@" && ip -n "$ns" -6 rule "$@"
}

# A way that leads all there is to nowhere, but what the nodes have in common; and
# all of that by a VPN's table.
ip -n "$ns" link add sink type dummy
# It says nothing by itself.
root 1 sysctl -qw net.ipv6.conf.sink.router_solicitations=0
ip -n "$ns" link set sink addrgenmode none
ip -n "$ns" link set sink up
for family in 4 6; do
	for table in 100 51820; do
		ip -n "$ns" -$family route add default dev sink table $table
	done
done
for prefix in 192.168.80.0/21 192.168.40.0/21 2001:db8:80::/64 2001:db8:40::/64; do
	ip -n "$ns" route add throw $prefix table 100
done
sunk() { ip -n "$ns" -s -j link show sink | jq '.[0].stats64.tx.packets'; }

# What sites have: as wg-quick makes it, and by a few hands.
wg_quick() {
	rule "$1" pref 32765 not fwmark 0xca6c table 51820 &&
		rule "$1" pref 32764 table main suppress_prefixlength 0
}
late() { rule "$1" pref 5000 table 100; }
soon() { rule "$1" pref 1 table 100; }
same() { rule "$1" pref 0 table 100; }
every() {
	wg_quick "$1" && late "$1" && soon "$1" && same "$1" &&
		rule "$1" pref 0 fwmark 0x5/0xff iif em1 table 100 &&
		rule "$1" pref 0 ipproto tcp dport 9000-9001 uidrange 5-7 table 100 &&
		rule "$1" pref 0 not tos 0x10 oif ib0 table 100 &&
		ip -n "$ns" -4 rule "$1" pref 0 from 10.5.0.0/16 to 10.6.0.0/16 table 100 &&
		ip -n "$ns" -6 rule "$1" pref 0 from fd05::/16 to fd06::/16 table 100 &&
		rule "$1" pref 0 goto 5000
}

check "a server of the system's, IPv4" serve_root s4 1 tcp 0.0.0.0 7000 system
check "a server of the system's, IPv6" serve_root s6 1 only6 :: 7000 system
check "on the other node, IPv4" serve_root f4 2 tcp 0.0.0.0 7000 system
check "on the other node, IPv6" serve_root f6 2 only6 :: 7000 system

system_works() { # WHEN
	local a
	for a in "${own[@]}"; do
		check "$1: the system reaches itself by $a" \
			root 1 "$probe" ask tcp "$a" 7000 system
	done
	for a in "${far[@]}"; do
		check "$1: the system reaches the other node by $a" \
			root 1 "$probe" ask tcp "$a" 7000 system
	done
	for a in 192.168.80.1 2001:db8:80::1; do
		check "$1: the other node reaches the system by $a" \
			root 2 "$probe" ask tcp "$a" 7000 system
	done
}

users_work() { # WHEN
	local a before
	before=$(sunk)
	for a in "${own[@]}"; do
		check "$1: a user reaches himself by $a" \
			user 1 1234 "$probe" ask tcp "$a" 8000 alice
		check "$1: and the system" user 1 1234 "$probe" ask tcp "$a" 7000 system
		cannot "$1: another user" user 1 9876 "$probe" ask tcp "$a" 8000
	done
	for a in "${far[@]}"; do
		check "$1: a user reaches himself on the other node by $a" \
			user 1 1234 "$probe" ask tcp "$a" 8000 alice
	done
	for a in 10.55.0.1 fd55::1; do
		cannot "$1: a user gets out to $a" user 1 1234 "$probe" ask tcp "$a" 7000
	done
	equal "$1: nothing of users' has followed the site's rule" "$before" "$(sunk)"
}

serve_users() { # NODE
	serve "u4-$1" "$1" 1234 tcp 0.0.0.0 8000 alice &&
		serve "u6-$1" "$1" 1234 only6 :: 8000 alice
}

fresh=$(rules)
check "node 2" configure 2
check "a user serves there" serve_users 2
for set in wg_quick soon every; do
	# There before enable.
	check "$set: added" $set add
	before=$(rules)
	system_works "$set, without uvn"
	before_sunk=$(sunk)
	check "$set: something is sent" root 1 bash -c 'echo >/dev/udp/10.55.0.1/7000'
	check "$set: it has followed the rule" test "$(sunk)" -gt "$before_sunk"
	check "$set: enable" configure 1
	for family in 4 6; do
		equal "$set: l3mdev comes first, then local (IPv$family)" \
			"0 [l3mdev-table] 0 local" "$(looks $family | cut -d' ' -f1-4)"
	done
	system_works "$set"
	check "$set: a user serves" serve_users 1
	users_work "$set"
	equal "$set: doctor finds nothing about rules" "" \
		"$(adm 1 doctor | grep rules:)"
	check "$set: disable" adm 1 disable
	equal "$set: all rules are as they were" "$before" \
		"$(rules)"
	check "$set: deleted" $set del
	equal "$set: none is left" "$fresh" "$(rules)"
done

check "the log says what became of those of preference 0" \
	grep -q "uvn: IPv6: 6 rules of preference 0 now come behind" <(dmesg)

# Added while enabled, and they stay.
check "enable" configure 1
check "a user serves" serve_users 1
check "all are added" every add
system_works "added while enabled"
users_work "added while enabled"
equal "doctor finds nothing about rules" "" "$(adm 1 doctor | grep rules:)"
check "disable" adm 1 disable
check "all are deleted" every del
equal "none is left" "$fresh" "$(rules)"

# What uvn 0.1 would have left, with a site's rules since.
rule add pref 32765 table local protocol kernel
rule del pref 0
check "a site's rule" late add
check "enable where local comes last" configure 1
system_works "local was last"
check "disable" adm 1 disable
check "the site's rule goes" late del
equal "local is where the kernel had it" "$fresh" "$(rules)"

# Another maker's, and one that is not for all packets.
rule add pref 0 table local
ip -n "$ns" rule add pref 0 iif em1 table local
before=$(rules)
check "enable where there are three for local" configure 1
equal "they come behind l3mdev's, in their order" \
	"0 [l3mdev-table] 0 local 0 local 0 local 32766 main 32767 default" "$(looks 4)"
system_works "there were three"
check "enable twice is no error" adm 1 enable
check "disable" adm 1 disable
equal "they are as they were" "$before" "$(rules)"
ip -n "$ns" rule add pref 0 l3mdev
before=$(rules)
check "enable where there is one for l3mdev" configure 1
equal "it stays where it is" \
	"0 [l3mdev-table] 0 local 0 local 0 local 0 [l3mdev-table] 32766 main" \
	"$(looks 4 | cut -d' ' -f1-12)"
check "disable" adm 1 disable
equal "and remains" "$before" "$(rules)"
finish
