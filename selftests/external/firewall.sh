#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The site's firewall and connection tracking are as they were, and users get out;
# what an administrator decides about translation.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib-outside.sh
. "$(dirname "$0")/../lib/lib-outside.sh"

begin
for n in 1 2; do
	root "$n" nft list ruleset >"$work/rules-$n"
done
check "uvn on both nodes" connect_out

#
# What the system has of it: nothing
#

tracked() { # NODE PATTERN
	root "$1" grep -E "$2" /proc/net/nf_conntrack
}
hold root-4 2 0 tcp $server4 33333
hold root-6 2 0 udp $server6 33334
hold in-4 server 0 tcp 10.99.0.2 33335
hold user-4 2 1234 tcp $server4 33336
hold user-6 2 1234 udp $server6 33337
hold user-low 2 1234 udp $server6 5337
check "flows of the system and of a user" ready root-4 root-6 in-4 user-4 user-6 user-low
# By UDP a port below the far end's is not kept.
check "a user's flow that is translated is tracked" tracked 2 "sport=5337"
cannot "one by TCP is not" tracked 2 "sport=33336"
cannot "nor one by UDP that has its own port" tracked 2 "sport=33337"
for p in 33333 33334 33335; do
	cannot "a flow of the system is not" tracked 2 "sport=$p"
done
let_go root-4 root-6 in-4 user-4 user-6 user-low
for n in 1 2; do
	equal "node $n does not forward" "0 0" "$(root $n sysctl -n net.ipv4.ip_forward \
		net.ipv6.conf.all.forwarding | paste -sd' ')"
	root $n nft list ruleset >"$work/rules-now"
	check "node $n has the rules that it had" cmp "$work/rules-$n" "$work/rules-now"
done
for filter in 1 2 0; do
	root 2 sysctl -qw net.ipv4.conf.{all,eth0}.rp_filter=$filter
	check "rp_filter $filter" works 2 1234 10.99.0.2
done

#
# The site's firewall
#

cat >"$work/site.nft" <<'NFT'
table inet site {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established,related accept
		iifname "lo" accept
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
		tcp dport 22 accept
	}
}
table ip nat {
	chain postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr 172.17.0.0/16 oifname != "docker0" masquerade
	}
}
NFT
# As firewalld writes it for its zone "public", without the empty chains.
cat >"$work/firewalld.nft" <<'NFT'
table inet firewalld {
	chain mangle_PREROUTING {
		type filter hook prerouting priority mangle + 10; policy accept;
	}
	chain nat_PREROUTING {
		type nat hook prerouting priority dstnat + 10; policy accept;
	}
	chain nat_POSTROUTING {
		type nat hook postrouting priority srcnat + 10; policy accept;
	}
	chain nat_OUTPUT {
		type nat hook output priority -90; policy accept;
	}
	chain filter_PREROUTING {
		type filter hook prerouting priority filter + 10; policy accept;
		icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
		meta nfproto ipv6 fib saddr . mark . iif oif missing drop
	}
	chain filter_INPUT {
		type filter hook input priority filter + 10; policy accept;
		ct state { established, related } accept
		ct status dnat accept
		iifname "lo" accept
		ct state invalid drop
		jump filter_IN_public
		reject with icmpx admin-prohibited
	}
	chain filter_IN_public {
		tcp dport 22 accept
		ip6 daddr fe80::/64 udp dport 546 accept
		meta l4proto { icmp, ipv6-icmp } accept
	}
	chain filter_FORWARD {
		type filter hook forward priority filter + 10; policy accept;
		ct state { established, related } accept
		ct status dnat accept
		iifname "lo" accept
		ct state invalid drop
		ip6 daddr { ::/96, ::ffff:0.0.0.0/96, 2002::/24, 2002:a00::/24, 2002:7f00::/24, 2002:a9fe::/32, 2002:ac10::/28, 2002:c0a8::/32, 2002:e000::/19 } reject with icmpv6 addr-unreachable
		reject with icmpx admin-prohibited
	}
	chain filter_OUTPUT {
		type filter hook output priority filter + 10; policy accept;
		ct state { established, related } accept
		oifname "lo" accept
		ip6 daddr { ::/96, ::ffff:0.0.0.0/96, 2002::/24, 2002:a00::/24, 2002:7f00::/24, 2002:a9fe::/32, 2002:ac10::/28, 2002:c0a8::/32, 2002:e000::/19 } reject with icmpv6 addr-unreachable
	}
}
NFT
rules() { # NODE FILE : instead of what there is
	root "$1" nft flush ruleset && root "$1" nft -f "$2" &&
	root "$1" nft list ruleset >"$work/rules-$1"
}
kept() { # NODE
	root "$1" nft list ruleset | cmp "$work/rules-$1"
}
guarded() { # NODE WHEN ADDRESS4 ADDRESS6
	check "$2: users get out" works "$1" 1234 "$3" "$4"
	check "$2: the system does" works "$1" 0 "$3" "$4"
	UVN_PATIENCE=$short cannot "$2: a service of the system is not reached" \
		say router 0 tcp "$3"
	check "$2: closed ports are told" fast $((limit * 3)) 1 \
		user "$1" 1234 "$flows" say udp - 0 $server4 7999
	[ "$few" ] || check "$2: nobody outside gets in" \
		reaches_none router 0 8002 "$3" "$4" 100.64.4.210 fd64:ba5e::4d2
	check "$2: the rules are as they were" kept "$1"
}
check "disable" adm 1 disable
check "the site's rules" rules 1 "$work/site.nft"
check "enable" adm 1 enable
guarded 1 "the site's rules before enable" 10.99.0.1 fd99::1
check "disable with rules" adm 1 disable
check "the rules are as they were" kept 1
check "the system gets out all the same" works 1 0 10.99.0.1 fd99::1
check "rules like firewalld's" rules 1 "$work/firewalld.nft"
check "enable" adm 1 enable
guarded 1 "firewalld's rules before enable" 10.99.0.1 fd99::1
for site in site firewalld; do
	check "$site's rules on an enabled node" rules 2 "$work/$site.nft"
	guarded 2 "$site's rules after enable" 10.99.0.2 fd99::2
done
root 2 nft flush ruleset
legacy() { # NODE COMMAND : both families
	local t
	for t in iptables-legacy ip6tables-legacy; do
		root "$1" "$t""${2-}" || return
	done
}
tables() { # NODE
	local t
	for t in iptables-legacy ip6tables-legacy; do
		root "$1" "$t" -P INPUT DROP &&
		root "$1" "$t" -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT &&
		root "$1" "$t" -A INPUT -i lo -j ACCEPT &&
		root "$1" "$t" -A INPUT -p tcp --dport 22 -j ACCEPT || return
	done
	root "$1" ip6tables-legacy -A INPUT -p ipv6-icmp -j ACCEPT &&
	root "$1" iptables-legacy -t nat -A POSTROUTING -s 172.17.0.0/16 \
		! -o docker0 -j MASQUERADE &&
	legacy "$1" -save | grep -v '^#' >"$work/tables"
}
same_tables() { # NODE
	legacy "$1" -save | grep -v '^#' | sed 's/ \[.*//' >"$work/tables-now"
	sed 's/ \[.*//' "$work/tables" | cmp - "$work/tables-now"
}
if root 2 iptables-legacy -nL >/dev/null 2>&1; then
	root 2 nft list ruleset >"$work/rules-2"
	check "iptables' rules" tables 2
	guarded 2 "iptables' rules" 10.99.0.2 fd99::2
	check "iptables has the rules that it had" same_tables 2
	for t in iptables-legacy ip6tables-legacy; do
		root 2 $t -P INPUT ACCEPT
		root 2 $t -F
		root 2 $t -t nat -F 2>/dev/null
	done
else
	note "this kernel has no iptables-legacy"
fi
nothing_leaked "firewalls"

#
# Settings, on node 2
#

both_seen() { # ADDRESS4 ADDRESS6
	UVN_PATIENCE=1 works 2 1234 "$@"
}
batch 2 <<-IP
addr add 10.99.0.102/24 dev eth0
addr add fd99::102/64 dev eth0
IP
chosen() {
	adm 2 cgnat del 100.64.0.0/10 && adm 2 cgnat del fd64:ba5e::/64 &&
	adm 2 cgnat add 100.64.0.0/10 snat 10.99.0.102 &&
	adm 2 cgnat add fd64:ba5e::/64 snat fd99::102
}
check "an address to be seen at" chosen
check "is what the server sees" busywait $soon both_seen 10.99.0.102 fd99::102
check "ports to be seen at" adm 2 set nat-ports 62000-62009
between() { # FIRST LAST
	local p
	for _ in 1 2 3; do
		# A port above the server's would be kept.
		read -r _ p _ <<<"$(say 2 1234 udp "$server4" "" - 5000)"
		[ "${p:-0}" -ge "$1" ] && [ "$p" -le "$2" ] || return
	done
}
check "are what the server sees" busywait $soon between 62000 62009
check "and a port that was for translation before is reached" \
	serve_root was-nat server udp 0.0.0.0 61500 was
check "by users" user 2 1234 "$probe" ask udp $server4 61500 was
UVN_PATIENCE=$short cannot "not one that is now" \
	user 2 1234 "$flows" say udp - 0 $server4 62005
cannot "ports in the wrong order" adm 2 set nat-ports 62000-61000
check "the default ports" adm 2 set nat-ports 61000-65535
check "no pool for IPv4" adm 2 cgnat del 100.64.0.0/10
cut_off() {
	! UVN_PATIENCE=$short say 2 1234 tcp "$server4"
}
check "then nobody gets out by IPv4" busywait $soon cut_off
check "but by IPv6" say 2 1234 tcp $server6 "fd99::102 "
batch 2 <<-IP
route add 10.94.0.0/24 via 10.99.0.254
IP
for prefix in 192.168.80.0/24 192.168.0.0/16 10.99.0.0/24 10.94.0.0/25 127.0.0.0/8 \
	224.0.0.0/24 fd99::/64 fd64:ba5e::/80 fe80::/64; do
	cannot "the pool $prefix" adm 2 cgnat add $prefix
done
for u in $(seq 5001 5005); do
	adm 2 user del "$u" --force 2>/dev/null
done
spawn events-2 root 2 "$nl" monitor
busywait 20 grep -q ready "$work/events-2"
adm 2 disable
check "a tiny pool" adm 2 cgnat add 100.64.0.0/31
check "enable" adm 2 enable
exhausted() {
	local u status got=0 refused=0
	for u in $(seq 5001 5005); do
		status=0
		user 2 "$u" "$probe" bound || status=$?
		case $status in
		0) got=$((got + 1)) ;;
		4) refused=$((refused + 1)) ;;
		esac
	done
	echo "$got got a socket, $refused did not"
	[ "$got" -ge 1 ] && [ "$refused" -ge 1 ] && [ $((got + refused)) = 5 ]
}
check "is soon exhausted, and then there is no socket" exhausted
check "an event" busywait 10 grep -q 'denied .*reason=cgnat-exhausted' "$work/events-2"
check "somebody goes" adm 2 user del 5001 --force
check "and another one comes" busywait $soon user 2 5005 "$probe" bound
check "and gets out" say 2 5005 udp $server4 "10.99.0."
nothing_leaked "all that"

finish
