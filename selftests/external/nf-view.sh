#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The site's firewall sees users' packets come and go by the devices that it knows: by
# lo within the node, by em1 or ib0 between nodes, and never by a user's VRF.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

needs nft
export UVN_PATIENCE=5
modprobe -a nf_conntrack nft_ct nft_reject_inet nft_fib_inet || exit

ask() { # NODE UID PROTOCOL ADDRESS PORT [TEXT]
	local node=$1 uid=$2
	shift 2
	user "$node" "$uid" "$probe" ask "$@"
}
by() { # NODE RULES : instead of what there is
	root "$1" nft -f - <<-NFT
	flush ruleset
	$2
	NFT
}
refuses_port() { # NODE ADDRESS
	user "$1" 1234 "$probe" ask udp "$2" 7999
	[ $? = 1 ]
}
packets() { # NODE COUNTER
	root "$1" nft -j list counter inet site "$2" |
		jq '.nftables[] | select(.counter) | .counter.packets'
}

# At each place, how many packets by which device.
counters='
	table inet site {
		counter pre_lo {}
		counter pre_em1 {}
		counter pre_vrf {}
		counter in_lo {}
		counter in_em1 {}
		counter in_vrf {}
		counter out_lo {}
		counter out_em1 {}
		counter out_vrf {}
		counter post_lo {}
		counter post_em1 {}
		counter post_vrf {}
		chain pre {
			type filter hook prerouting priority raw
			udp dport 801-803 return
			icmpv6 type != { echo-request, echo-reply, destination-unreachable } return
			iifname "lo" counter name pre_lo
			iifname "em1" counter name pre_em1
			iifname "vrf*" counter name pre_vrf
		}
		chain in {
			type filter hook input priority filter
			udp dport 801-803 return
			icmpv6 type != { echo-request, echo-reply, destination-unreachable } return
			iifname "lo" counter name in_lo
			iifname "em1" counter name in_em1
			iifname "vrf*" counter name in_vrf
		}
		chain out {
			type filter hook output priority filter
			udp dport 801-803 return
			icmpv6 type != { echo-request, echo-reply, destination-unreachable } return
			oifname "lo" counter name out_lo
			oifname "em1" counter name out_em1
			oifname "vrf*" counter name out_vrf
		}
		chain post {
			type filter hook postrouting priority srcnat
			udp dport 801-803 return
			icmpv6 type != { echo-request, echo-reply, destination-unreachable } return
			oifname "lo" counter name post_lo
			oifname "em1" counter name post_em1
			oifname "vrf*" counter name post_vrf
		}
	}'
places=(pre in out post)
seen() { # NODE DEVICE... : as many at each place
	local node=$1
	shift
	root "$node" nft -j list counters table inet site | jq -r '
		(.nftables | map(.counter // empty | { (.name): .packets }) | add) as $n |
		[$ARGS.positional[] as $by | ("pre", "in", "out", "post") as $place |
		$n[$place + "_" + $by]] | join(" ")' --args "$@"
}
own=(127.0.0.1 192.168.80.2 ::1 2001:db8:80::2)

dual=1
setup 2
for u in 1234 9876; do
	for p in tcp udp; do
		check "$u serves $p" serve "$p-$u" 2 $u $p 0.0.0.0 8000 "at-$u"
		check "$u serves $p, IPv6" serve "${p}6-$u" 2 $u \
			"$([ $p = tcp ] && echo only6 || echo info6)" :: 8000 "at-$u"
	done
done
check "a service of the system's" serve_root system 2 info 0.0.0.0 8053 system
check "users have networks on node 1" ask 1 1234 tcp 192.168.80.2 8000 at-1234

#
# From the first packet on
#

# People who talk, by UDP from one port to another, and say a line when they are told to.
says=()
line() { # NODE UID PORT ADDRESS PORT
	local name=$1-$2-$3-$4 in=$work/in-$1-$2-$3-$4 fd
	mkfifo "$in" && exec {fd}<>"$in" || return
	replace='exec' user "$1" "$2" "$probe" say "$3" "$4" "$5" \
		<"$in" >"$work/say-$name" 2>&1 &
	background+=($!)
	says+=("$fd")
	busywait 20 grep -qx ready "$work/say-$name"
}
heard() { # NODE UID PORT COUNT
	[ "$(grep -c "^word$" "$work/hear-$1-$2-$3")" = "$4" ]
}
listens() { # NODE UID PORT
	spawn "hear-$1-$2-$3" user "$1" "$2" "$probe" hear :: "$3"
	busywait 20 grep -qx ready "$work/hear-$1-$2-$3"
}
all_say() { # a word each, as good as at once
	local fd
	for fd in "${says[@]}"; do
		echo word >&"$fd"
	done
}
# uvn's own hooks, in the order in which they stand. Debian's 6.1 lists none.
lists=''
if modprobe -q nfnetlink_hook; then
	lists=1
else
	note "this kernel lists no hooks"
fi
hooks() { # NODE
	[ -z "$lists" ] || root "$1" nft list hooks | grep -o '[-+]\?[0-9]* uvn_[a-z0-9_]*'
}
as_before() { # NODE
	[ "$(hooks "$1")" = "$before" ]
}
# Of what is said, and of nothing else.
words=${counters//udp dport 801-803 return/meta l4proto != udp return
			udp dport != 7002 return}

before=$(hooks 2)
[ -z "$lists" ] || cannot "the guard is seen among netfilter's hooks" [ -z "$before" ]
for n in 1 2; do
	check "1234 listens on node $n" listens $n 1234 7002
done
for a in 127.0.0.1 ::1; do
	check "1234 talks within node 2 to $a" line 2 1234 7001 $a 7002
done
for a in 80.1 80::1; do
	for n in 1 2; do
		to=$([ $a = 80.1 ] && echo "192.168.80.$((3 - n))" || echo "2001:db8:80::$((3 - n))")
		check "1234 talks from node $n to $to" line $n 1234 7001 "$to" 7002
	done
done
all_say
check "all are heard: node 2" busywait 20 heard 2 1234 7002 4
check "all are heard: node 1" busywait 20 heard 1 1234 7002 2
check "rules are loaded while they talk" by 2 "$words"
all_say
check "each has said one word more: node 2" busywait 20 heard 2 1234 7002 8
check "each has said one word more: node 1" busywait 20 heard 1 1234 7002 4
equal "of the first packets, by VRF none is seen, by lo and em1 each at each place" \
	"0 0 0 0 2 2 2 2 2 2 2 2" "$(seen 2 vrf lo em1)"
[ -z "$lists" ] || cannot "uvn has hooks beside them" as_before 2
check "the rules go" root 2 nft flush ruleset
check "and so do uvn's hooks" busywait 20 as_before 2
all_say
check "and all are heard: node 2" busywait 20 heard 2 1234 7002 12
for turn in 1 2; do
	check "they come again" by 2 "$words"
	all_say
	check "and words are heard" busywait 20 heard 2 1234 7002 $((12 + 4 * turn))
	equal "and are seen as before" "0 0 0 0 2 2 2 2 2 2 2 2" "$(seen 2 vrf lo em1)"
	check "and go" root 2 nft flush ruleset
	[ $turn = 1 ] || check "and so do uvn's hooks" busywait 20 as_before 2
done
says=()

# Two users with the same addresses and ports, who say a word at the same moment.
for n in 1 2; do
	for u in 1234 9876; do
		check "$u listens on node $n" listens $n $u 7004
	done
done
same() { # of both users, within node 2 and between nodes, by both families
	local u
	for u in 1234 9876; do
		line 2 "$u" 7003 127.0.0.1 7004 && line 2 "$u" 7003 ::1 7004 &&
		line 2 "$u" 7003 192.168.80.1 7004 &&
		line 2 "$u" 7003 2001:db8:80::1 7004 &&
		line 1 "$u" 7003 192.168.80.2 7004 &&
		line 1 "$u" 7003 2001:db8:80::2 7004 || return
	done
}
tracked() { # ADDRESS... : in how many zones of uvn's each is the destination of the flow
	local a
	for a; do
		root 2 grep -E " dst=$a .*sport=7003 dport=7004" /proc/net/nf_conntrack |
			grep -oE 'zone=[0-9]{5}' | sort -u | wc -l
	done | paste -sd' '
}
check "both talk from the same ports" same
check "what is not answered is remembered for long" \
	root 2 sysctl -qw net.netfilter.nf_conntrack_udp_timeout=600
check "connections are tracked while they do" by 2 'table inet site {
	chain in {
		type filter hook input priority filter
		ct state invalid drop
	}
}'
all_say
for u in 1234 9876; do
	check "$u is heard: node 2" busywait 20 heard 2 $u 7004 4
	check "$u is heard: node 1" busywait 20 heard 1 $u 7004 2
done
equal "none of the first packets is without a zone" 0 \
	"$(root 2 grep -E 'sport=7003 dport=7004' /proc/net/nf_conntrack | grep -cv 'zone=')"
equal "each user has a flow of its own: within node 2" "2 2" \
	"$(tracked 127.0.0.1 '(0000:){7}0001')"
equal "to node 1" "2 2" "$(tracked 192.168.80.1 '2001:0db8:0080:(0000:){4}0001')"
equal "from node 1" "2 2" "$(tracked 192.168.80.2 '2001:0db8:0080:(0000:){4}0002')"
check "connections are tracked no more" root 2 nft flush ruleset
check "uvn's hooks are gone" busywait 20 as_before 2

# The same of iptables, whose hooks come with the first rule of a table.
tables() {
	root 1 iptables-legacy -A "$1" -p udp --dport 7002 "$2" "$3"
}
rules() { # how many packets each has seen
	local chain
	for chain in INPUT OUTPUT; do
		root 1 iptables-legacy -nvxL $chain | awk '/dpt:7002/ { print $1 }'
	done | paste -sd' '
}
if unshare -n iptables-legacy -nL >/dev/null 2>&1; then
	says=()
	check "1234 talks within node 1" line 1 1234 7005 127.0.0.1 7002
	check "1234 talks to node 1" line 2 1234 7005 192.168.80.1 7002
	check "1234 talks to node 2" line 1 1234 7005 192.168.80.2 7002
	check "a rule for lo" tables INPUT -i lo
	check "one for em1" tables INPUT -i em1
	check "one for VRFs" tables INPUT -i vrf+
	check "one for lo, at the output" tables OUTPUT -o lo
	check "one for em1" tables OUTPUT -o em1
	check "one for VRFs" tables OUTPUT -o vrf+
	words=$(grep -c '^word$' "$work/hear-1-1234-7002")
	all_say
	check "who talks is heard" busywait 20 heard 1 1234 7002 $((words + 2))
	equal "the first packets are seen by lo and em1" "1 1 0 1 1 0" "$(rules)"
else
	note "this kernel has no iptables-legacy"
fi

#
# What is seen where
#

both() {
	ask 2 1234 tcp 127.0.0.1 8000 at-1234 && ask 2 1234 tcp ::1 8000 at-1234 &&
	ask 1 1234 tcp 192.168.80.2 8000 at-1234 &&
	ask 1 1234 tcp 2001:db8:80::2 8000 at-1234
}
reset() {
	root 2 nft reset counters >/dev/null
}
check "counters at node 2" by 2 "$counters"
for p in tcp udp; do
	for a in "${own[@]}"; do
		check "own $p server at $a" ask 2 1234 $p "$a" 8000 at-1234
	done
done
check "ping to oneself" user 2 1234 ping -qnc 1 -W 3 192.168.80.2
check "a closed port of one's own" refuses_port 2 127.0.0.1
equal "users' own packets come and go by lo alone" "0 0 0 0 0 0 0 0" \
	"$(seen 2 em1 vrf)"
cannot "and are seen" [ "$(packets 2 in_lo)" = 0 ]
equal "each of them once at each place" "1" \
	"$(for n in $(seen 2 lo); do echo "$n"; done | sort -u | wc -l)"
reset
for p in tcp udp; do
	for a in 192.168.80.2 2001:db8:80::2; do
		check "$p to $a from node 1" ask 1 1234 $p "$a" 8000 at-1234
	done
done
check "ping from node 1" user 1 1234 ping -qnc 1 -W 3 192.168.80.2
check "ping by IPv6 from node 1" user 1 1234 ping -qnc 1 -W 3 2001:db8:80::2
equal "packets between nodes come and go by em1, not by a VRF" "0 0 0 0 0 0 0 0" \
	"$(seen 2 vrf lo)"
for place in "${places[@]}"; do
	cannot "and are seen: $place" [ "$(packets 2 "${place}_em1")" = 0 ]
done
check "a service of the system's, on the node" ask 2 1234 udp 127.0.0.1 8053 system
check "a service of the system's, from node 1" ask 1 1234 udp 192.168.80.2 8053 system
equal "its packets come and go by no VRF" "0 0 0 0" "$(seen 2 vrf)"

#
# Firewalls by device
#

firewall() { # RULES
	by 2 "table inet site {
		chain in {
			type filter hook input priority filter; policy drop;
			ct state established,related accept
			icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
			udp dport 801-803 accept
			$1
		}
	}"
}
check "a firewall that lets lo in" firewall 'iifname "lo" accept'
for u in 1234 9876; do
	for p in tcp udp; do
		for a in "${own[@]}"; do
			check "$u: own $p server at $a" ask 2 $u $p "$a" 8000 "at-$u"
		done
	done
done
check "the closed port of one's own is told" refuses_port 2 127.0.0.1
# What users have on the node besides, which no interface in a subnet has.
away() {
	ip -n "n2-$seed" link add away type dummy && ip -n "n2-$seed" link set away up &&
	ip -n "n2-$seed" addr add 10.77.0.2/24 dev away
}
check "an address in no subnet" away
check "a pool" adm 2 cgnat add 100.64.0.0/10
cgnat=$(adm 2 -j user show 1234 | jq -r '.cgnat[0]')
for p in tcp udp; do
	for a in 10.77.0.2 "$cgnat"; do
		check "own $p server at $a" busywait 30 ask 2 1234 $p "$a" 8000 at-1234
	done
done
check "the pool goes" adm 2 cgnat del 100.64.0.0/10
ip -n "n2-$seed" link del away
for p in tcp udp; do
	UVN_PATIENCE=1 cannot "not from node 1: $p" ask 1 1234 $p 192.168.80.2 8000
	UVN_PATIENCE=1 cannot "not from node 1: $p, IPv6" \
		ask 1 1234 $p 2001:db8:80::2 8000
done
check "a firewall that lets em1 in" firewall 'iifname { "lo", "em1" } accept'
for p in tcp udp; do
	check "from node 1 by em1: $p" ask 1 1234 $p 192.168.80.2 8000 at-1234
	check "from node 1 by em1: $p, IPv6" ask 1 1234 $p 2001:db8:80::2 8000 at-1234
	UVN_PATIENCE=1 cannot "not by ib0: $p" ask 1 1234 $p 192.168.40.2 8000
done
check "the closed port is told to node 1" refuses_port 1 192.168.80.2
check "a firewall that lets the cluster in" \
	firewall 'iifname "lo" accept
		ip saddr 192.168.80.0/21 iifname "em1" accept
		ip saddr 192.168.40.0/21 iifname "ib0" accept'
for a in 192.168.80.2 192.168.40.2; do
	check "from node 1 to $a" ask 1 1234 tcp "$a" 8000 at-1234
done
check "a firewall that refuses" firewall 'iifname "lo" accept
	iifname "em1" tcp dport 8000 reject with tcp reset
	iifname "em1" udp dport 8000 reject'
told() { # PROTOCOL ADDRESS
	ask 1 1234 "$1" "$2" 8000
	[ $? = 1 ]
}
for a in 192.168.80.2 2001:db8:80::2; do
	check "it says so: TCP, $a" told tcp "$a"
	check "it says so: UDP, $a" told udp "$a"
done
check "a firewall that looks at the way back" by 2 'table inet site {
	chain pre {
		type filter hook prerouting priority raw
		fib saddr . iif oif 0 drop
		fib daddr . iif type != { local, broadcast, multicast } iifname "em1" drop
	}
}'
check "own server" ask 2 1234 tcp 127.0.0.1 8000 at-1234
check "from node 1" ask 1 1234 tcp 192.168.80.2 8000 at-1234
check "a firewall at the output, by device and user" by 2 'table inet site {
	chain out {
		type filter hook output priority filter; policy drop;
		udp dport 801-803 accept
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
		oifname "lo" meta skuid 1234 accept
		oifname "em1" meta skuid 9876 accept
	}
}'
check "1234 within the node" ask 2 1234 udp 127.0.0.1 8000 at-1234
UVN_PATIENCE=1 cannot "9876 not" ask 2 9876 udp 127.0.0.1 8000
check "9876 between nodes" ask 1 9876 udp 192.168.80.2 8000 at-9876
UVN_PATIENCE=1 cannot "1234 not" ask 1 1234 udp 192.168.80.2 8000

#
# Connection tracking
#

check "a firewall that knows connections" by 2 'table inet site {
	counter fresh {}
	chain out {
		type filter hook output priority filter; policy drop;
		udp dport 801-803 accept
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
		ct state new udp dport 8000 counter name fresh accept
		ct state established accept
	}
}'
for u in 1234 9876; do
	check "$u from port 7777 to port 8000" \
		user 2 $u "$probe" from 7777 127.0.0.1 8000 "at-$u"
done
equal "each of them is a flow of its own" 2 "$(packets 2 fresh)"
zones() {
	root 2 grep -w sport=7777 /proc/net/nf_conntrack | grep -o 'zone=[0-9]*' |
		sort -u | wc -l
}
equal "in a zone of its own" 2 "$(zones)"
check "a zone or none of the site's own stays" by 2 'table inet site {
	chain out {
		type filter hook output priority raw
		udp dport 8000 ct zone set 7
	}
	chain state {
		type filter hook output priority filter
		ct state new accept
	}
}'
check "1234 from port 7778" user 2 1234 "$probe" from 7778 127.0.0.1 8000 at-1234
check "is in it" root 2 grep -wE 'sport=7778.*zone=7' /proc/net/nf_conntrack

#
# As it was
#

check "netfilter shall see VRFs" adm 2 set firewall-vrf on
check "it is saved" grep -qx 'set firewall-vrf on' <(adm 2 save)
check "counters" by 2 "$counters"
check "packets" both
equal "by VRFs alone" "0 0 0 0 0 0 0 0" "$(seen 2 lo em1)"
for place in "${places[@]}"; do
	cannot "and are seen: $place" [ "$(packets 2 "${place}_vrf")" = 0 ]
done
check "netfilter shall see none" adm 2 set firewall-vrf off
reset
check "packets" both
equal "and sees none" "0 0 0 0" "$(seen 2 vrf)"

finish
