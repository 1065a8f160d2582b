#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What passes through a node and is not its own: nobody in a namespace behind a veth,
# at a bridge, or with a macvlan speaks VXLAN in a node's name, visits a published
# port, or reaches a CGNAT address; other traffic passes as ever. And what IPsec's
# policies do not let in is not let in as VXLAN.
#
#	box --- eth0 vbox --- node 1		10.88.0.2, fd88::2; translated on em1
#	far --- em1 vfar --- node 1		192.168.84.9, a node; vfar is in no subnet
#	guest --- eth0 vguest --- br0 of node 3	192.168.81.77: at the bridge of its em1

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

vxlan=$here/uvn_vxlan
nl=$lib/uvn_nl
export UVN_PATIENCE=2
[ "$UVN_KERNEL" != debug ] || UVN_PATIENCE=10

dual=1
setup 3

place() { # NAME of a namespace, as root and user know it
	ip netns add "n$1-$seed" && ip -n "n$1-$seed" link set lo up &&
	root "$1" sysctl -qw net.ipv6.conf.{all,default}.accept_dad=0
}

at() { # NODE, and a line for ip
	local node=$1
	shift
	ip -n "n$node-$seed" "$@"
}

box() {
	place box &&
	at 1 link add vbox type veth peer name eth0 netns "nbox-$seed" &&
	at 1 addr add 10.88.0.1/24 dev vbox &&
	at 1 addr add fd88::1/64 dev vbox nodad &&
	at 1 link set vbox up &&
	at box addr add 10.88.0.2/24 dev eth0 &&
	at box addr add fd88::2/64 dev eth0 nodad &&
	at box link set eth0 up &&
	at box route add default via 10.88.0.1 &&
	at box route add default via fd88::1 &&
	root 1 sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

translate() { # on node 1
	root 1 nft -f - <<-NFT
	table inet site {
		chain to {
			type nat hook prerouting priority dstnat
			iifname vbox udp dport 5555 meta nfproto ipv4 dnat ip to 192.168.80.2:801
			iifname vbox udp dport 5555 meta nfproto ipv6 dnat ip6 to [2001:db8:80::2]:803
		}
		chain out {
			type nat hook output priority -100
			udp dport 5556 meta nfproto ipv4 dnat ip to 192.168.80.2:801
			udp dport 5556 meta nfproto ipv6 dnat ip6 to [2001:db8:80::2]:803
		}
		chain from {
			type nat hook postrouting priority srcnat
			ip saddr 10.88.0.0/24 oifname em1 masquerade
			ip6 saddr fd88::/64 oifname em1 masquerade
		}
	}
	NFT
}
no_translation() { root 1 nft delete table inet site; }

denials() { # NODE [REASON]
	adm "$1" -j status | jq ".denied_by.\"${2:-forwarded}\" // 0"
}

# Something is sent, which node counts by a reason.
denied() { # WHAT NODE REASON COMMAND...
	local what=$1 node=$2 reason=$3 before
	shift 3
	before=$(denials "$node" "$reason")
	"$@" >"$work/denied" 2>&1 </dev/null
	check "$what: refused by node $node and counted" \
		test "$(denials "$node" "$reason")" -gt "$before"
	tail -n 2 "$work/denied" | sed 's/^/# /'
}

# 9876 on node 2 has heard nothing but what root sends from node 1.
words=0
heard() { [ "$(grep -vc '^ready$' "$work/victim")" -ge "$1" ]; }
heard_nothing() { # WHAT
	local a=192.168.80
	words=$((words + 1))
	root 1 "$vxlan" 9876 $a.1 $a.2 9000 root
	check "$1: 9876 hears root" busywait 20 heard $words
	equal "$1: and nobody else" $words "$(grep -vc '^ready$' "$work/victim")"
	words=$(grep -vc '^ready$' "$work/victim")
}

#
# A namespace behind a veth
#

check "a box on node 1, whose packets are translated" eval 'box && translate'
check "9876 listens on node 2" serve victim 2 9876 udp :: 9000 word
check "1234 listens on node 2" serve mine 2 1234 tcp :: 9001 word
check "the system listens on node 2" serve_root system 2 tcp :: 7000 system
spawn events root 1 "$nl" monitor
check "events can be listened to" busywait 20 grep -q ready "$work/events"
heard_nothing "to begin with"

for a in 192.168.80. 2001:db8:80::; do
	box=10.88.0.2 gate=10.88.0.1:5555 deputy=192.168.80.2:5556 large=3000
	if [ $a = 2001:db8:80:: ]; then
		box=fd88::2 gate='[fd88::1]:5555' deputy='[2001:db8:80::2]:5556'
	fi
	check "the box reaches the system of node 2 at ${a}2" \
		user box 1234 "$probe" ask tcp "${a}2" 7000 system
	denied "translated, to ${a}2" 1 forwarded \
		user box 1234 "$vxlan" 9876 "${a}1" "${a}2" 9000 snat
	denied "to a port that becomes one of VXLAN" 1 forwarded \
		user box 1234 "$vxlan" -t "$gate" 9876 "${a}1" "${a}2" 9000 dnat
	denied "in fragments" 1 forwarded \
		user box 1234 "$vxlan" -s $large 9876 "${a}1" "${a}2" 9000 fragments
	denied "a local daemon, to a port that becomes one" 1 vxlan-port \
		user 1 33 "$vxlan" -t "$deputy" 9876 "${a}1" "${a}2" 9000 deputy
	check "the translation goes" no_translation
	denied "as the box, to ${a}2" 1 forwarded \
		user box 1234 "$vxlan" 9876 "$box" "${a}2" 9000 box
	denied "the same in fragments" 1 forwarded \
		user box 1234 "$vxlan" -s $large 9876 "$box" "${a}2" 9000 box
	check "the translation is back" translate
done
heard_nothing "from the box"
check "an event tells" busywait 10 grep -q \
	'denied .*source=10.88.0.2 destination=192.168.80.2 .*reason=forwarded' \
	"$work/events"
check "1234 has its network as ever" \
	user 1 1234 "$probe" ask tcp 192.168.80.2 9001 word
check "by IPv6, too" user 1 1234 "$probe" ask tcp 2001:db8:80::2 9001 word

#
# Transit: a node behind node 1
#

far() {
	place far &&
	at 1 link add vfar mtu 9000 type veth peer name em1 mtu 9000 netns "nfar-$seed" &&
	at 1 addr add 10.77.0.1/24 dev vfar && at 1 link set vfar up &&
	at 1 route add 192.168.84.0/24 dev vfar &&
	at far addr add 192.168.84.9/24 dev em1 && at far link set em1 up &&
	at far route add 192.168.80.0/21 via 10.77.0.1 dev em1 onlink &&
	at 2 route add 192.168.84.0/24 via 192.168.80.1 && configure far
}
# shellcheck disable=SC2120	# as others have it
far_asks() { user far 1234 "$probe" ask tcp 192.168.80.2 9001 word; }
forge() { # as who is behind node 1, from the box
	at box addr add 192.168.84.9/32 dev lo
	user box 1234 "$vxlan" -f 192.168.84.9 9876 192.168.84.9 192.168.80.2 9000 forged
	at box addr del 192.168.84.9/32 dev lo
}
check "a node behind node 1" far
denied "of which 1234" 1 forwarded far_asks
cannot "does not reach node 2" far_asks
check "it is let through" adm 1 transit add 192.168.84.0/24
check "and reaches it" far_asks
denied "a task in the box that says it is that node" 1 forwarded forge
denied "or is translated" 1 forwarded \
	user box 1234 "$vxlan" 9876 192.168.80.1 192.168.80.2 9000 snat
heard_nothing "with transit"
equal "transit is listed" 192.168.84.0/24 "$(adm 1 -j transit list | jq -r '.[].prefix')"
check "and saved" grep -qx 'transit add 192.168.84.0/24' <(adm 1 save)
refuses "not twice" 1 "exists already" adm 1 transit add 192.168.84.0/24
refuses "not what overlaps" 1 "overlaps" adm 1 transit add 192.168.84.0/25
refuses "not what is none" 1 "no such transit prefix" adm 1 transit del 192.168.85.0/24
refuses "not with host bits" 2 "host bits" adm 1 transit add 192.168.85.1/24
check "no longer" adm 1 transit del 192.168.84.0/24
cannot "it is cut off again" far_asks

#
# Published ports, CGNAT addresses
#

for n in 1 2; do
	for p in tcp udp; do
		for from in 192.168.80.0/21 2001:db8:80::/64; do
			check "ports are published on node $n" \
				adm $n publish add $p 8000-8099 from $from
		done
	done
done
for p in tcp udp; do
	check "9876 has one on node 2" serve published-$p 2 9876 $p :: 8000 there
	for a in 192.168.80.2 2001:db8:80::2; do
		check "node 1's system is a visitor at $a by $p" \
			root 1 "$probe" ask $p $a 8000 there
		denied "1234 in the box by $p" 1 forwarded \
			user box 1234 "$probe" ask $p $a 8000
		cannot "reaches nothing" user box 1234 "$probe" ask $p $a 8000
	done
	check "a service of the system at such a port" serve_root out-$p 2 $p :: 8050 out
done
check "answers to the box's own service may go to such a port" \
	spawn answer user box 1234 "$probe" serve udp :: 7070 box
# shellcheck disable=SC2016	# for the shell that is started
check "which is asked from there" busywait 20 \
	root 1 "$probe" from 8060 10.88.0.2 7070 box
check "CGNAT addresses" adm 1 cgnat add 100.64.0.0/10
check "9876 listens on node 1" serve near 1 9876 udp :: 9000 near
cgnat=$(adm 1 -j user show 9876 | jq -r '.cgnat[0]')
check "it has one" test "${cgnat%%.*}" = 100
for p in udp tcp; do
	cannot "the box reaches it at $cgnat by $p" \
		user box 1234 "$probe" ask $p "$cgnat" 9000
done
at box addr add 100.64.0.77/32 dev lo
cannot "or with another as source" \
	user box 1234 "$probe" forge udp 100.64.0.77 192.168.80.2 7000
equal "9876 has heard nothing there" ready "$(cat "$work/near")"

#
# At a bridge
#

guest() { # node 3's em1 becomes the port of a bridge, by a bond, as a NIC would be
	place guest &&
	at 3 link add bond0 mtu 9000 type bond mode active-backup &&
	at 3 link add br0 mtu 9000 type bridge &&
	at 3 addr flush dev em1 && at 3 link set em1 down &&
	at 3 link set em1 master bond0 && at 3 link set bond0 master br0 &&
	at 3 link add vguest mtu 9000 type veth peer name eth0 mtu 9000 netns "nguest-$seed" &&
	at 3 link set vguest master br0 &&
	for d in em1 bond0 vguest br0; do at 3 link set "$d" up || return; done &&
	at 3 addr add 192.168.80.3/21 brd + dev br0 &&
	at 3 addr add 2001:db8:80::3/64 dev br0 nodad &&
	at guest addr add 192.168.81.77/21 dev eth0 &&
	at guest addr add 2001:db8:80::77/64 dev eth0 nodad &&
	at guest link set eth0 up
}
check "a guest at node 3's bridge" guest
asks_3() { user 1 1234 "$probe" ask tcp "$1" 9003 word; }
check "1234 listens on node 3" serve three 3 1234 tcp :: 9003 word
check "9876 listens there" serve victim-3 3 9876 udp :: 9000 word
for a in 192.168.80. 2001:db8:80::; do
	guest=192.168.81.77
	[ $a = 192.168.80. ] || guest=2001:db8:80::77
	check "1234 reaches its own by the bridge, ${a}3" busywait 20 asks_3 "${a}3"
	check "the guest reaches the system of node 2" \
		user guest 1234 "$probe" ask tcp ${a}2 7000 system
	denied "VXLAN of a guest's to ${a}2" 3 forwarded \
		user guest 1234 "$vxlan" 9876 "$guest" "${a}2" 9000 guest
	denied "to the bridge itself" 3 forwarded \
		user guest 1234 "$vxlan" 9876 "$guest" "${a}3" 9000 guest
	denied "in another node's name" 3 forwarded root guest "$vxlan" -d eth0 \
		-m "$(mac 3 br0)" 9876 "${a}2" "${a}3" 9000 name
	for tags in 0 1 3; do
		denied "in node 3's name, with $tags tags of VLAN 0" 3 forwarded \
			root guest "$vxlan" -d eth0 -m "$(mac 2 em1)" -q $tags \
			9876 "${a}3" "${a}2" 9000 frame
	done
done
heard_nothing "from the guest"
equal "nor at node 3" ready "$(cat "$work/victim-3")"
check "transit of guests" adm 3 transit add 192.168.81.77/32
before=$(denials 3)
check "one sends VXLAN" user guest 1234 "$vxlan" 1 192.168.81.77 192.168.80.2 9000 guest
equal "which passes" "$before" "$(denials 3)"

#
# A macvlan or ipvlan
#

over() { # KIND mode MODE
	place over &&
	at 1 link add link em1 name eth0 netns "nover-$seed" type "$@" &&
	at over addr add 192.168.82.9/21 dev eth0 &&
	at over addr add 2001:db8:80::99/64 dev eth0 nodad &&
	at over link set eth0 up
}
for kind in "macvlan mode bridge" "macvlan mode private" "ipvlan mode l2" "ipvlan mode l3"; do
	# shellcheck disable=SC2086	# words
	check "$kind" over $kind
	for a in 192.168.80. 2001:db8:80::; do
		over=192.168.82.9
		[ $a = 192.168.80. ] || over=2001:db8:80::99
		[ "$kind" = "ipvlan mode l3" ] ||
			check "reaches the system of ${a}2" busywait 10 \
				user over 1234 "$probe" ask tcp ${a}2 7000 system
		denied "VXLAN to ${a}2" 1 forwarded \
			user over 1234 "$vxlan" 9876 "$over" "${a}2" 9000 over
		[ "${kind#ipvlan}" != "$kind" ] ||
		denied "in node 1's name, tagged" 1 forwarded \
			root over "$vxlan" -d eth0 -m "$(mac 2 em1)" -q 1 \
			9876 "${a}1" "${a}2" 9000 frame
	done
	check "goes" ip netns del "nover-$seed"
done
heard_nothing "from those"
check "1234 has its network as ever" \
	user 1 1234 "$probe" ask tcp 192.168.80.2 9001 word

#
# IPsec's policies for what comes in
#

require() { # ADDRESS PORT : of node 2; ESP from everybody
	local all=0.0.0.0/0
	[ "${1#*:}" = "$1" ] || all=::/0
	at 2 xfrm policy add dir in src "$all" dst "$all" proto udp dport "$2" \
		tmpl proto esp mode transport level required
}
protect() { # ADDRESS PORT : from node 1 to node 2 by ESP
	local n
	for n in 1 2; do
		at "$n" xfrm state add src "${1%2}1" dst "$1" proto esp spi "0x$2" \
			mode transport auth 'hmac(sha256)' 0x0102030405060708090a0b0c0d0e0f10 \
			enc 'cbc(aes)' 0x1112131415161718191a1b1c1d1e1f10 || return
	done
	at 1 xfrm policy add dir out src "${1%2}1" dst "$1" \
		proto udp dport "$2" tmpl proto esp mode transport level required
}
by_reason() { # REASON : how many packets node 2 has dropped for it
	adm 2 -j status | jq ".rx_dropped_by[\"$1\"] // 0"
}
counted_by() { # REASON NUMBER
	[ "$(by_reason "$1")" = "$2" ]
}
# shellcheck disable=SC2016	# awk's
dropped_by_policy() {
	root 2 awk '/XfrmIn(NoPols|TmplMismatch|PolBlock)/ { n += $2 } END { print n }' \
		/proc/net/xfrm_stat 2>/dev/null
}
check "1234 serves by UDP" serve ipsec 2 1234 udp :: 9004 word
for a in 192.168.80.2:801 2001:db8:80::2:803; do
	port=${a##*:} a=${a%:*}
	asks() { user 1 1234 "$probe" ask udp "$a" 9004 word; }
	check "1234 reaches node 2 at $a" asks
	check "node 2 wants ESP for port $port" require "$a" "$port"
	before=$(dropped_by_policy) ours=$(by_reason ipsec)
	cannot "1234 does not" asks
	check "what is dropped is counted as IPsec's" test "$(by_reason ipsec)" -gt "$ours"
	ours=$(by_reason ipsec)
	# By the ingress hook without a checksum and with one, and in fragments, which
	# the IP stack drops.
	for how in "-s 100" "-s 100 -c" "-s 4000 -c" "-s 12000"; do
		# shellcheck disable=SC2086	# words
		root 1 "$vxlan" $how 9876 "${a%2}1" "$a" 9000 clear
	done
	check "and so is each packet made by hand" busywait 5 counted_by ipsec $((ours + 3))
	cannot "nor does who has no network there" \
		user 1 70001 ping -qnc 1 -W 2 "$a"
	cannot "which is not made" adm 2 user show 70001
	[ ! -e /proc/net/xfrm_stat ] ||
		check "IPsec has counted them" test "$(dropped_by_policy)" -gt "$before"
done
for a in 2001:db8:80::2:803 192.168.80.2:801; do
	port=${a##*:} a=${a%:*}
	check "node 1 sends ESP to node 2 at $a" protect "$a" "$port"
	check "1234 reaches it" busywait 5 asks
done
check "until the policies of node 1 are flushed" at 1 xfrm policy flush
cannot "1234 does not" asks
check "and those of node 2" at 2 xfrm policy flush
check "1234 does" asks
heard_nothing "in clear"
for n in 1 2; do at $n xfrm state flush; done

#
# Sockets in other namespaces
#

makes() { user box "$1" "$probe" make 2 2 0; }	# an IPv4 datagram socket
strangers() { user 1 1234 unshare -Urn "$probe" make "$@"; }
check "by default 1234 has sockets in the box" makes 1234
check "or in a namespace of its own" strangers 10 1 0
check "users get none in other namespaces" adm 1 set child-netns deny
check "it is saved" grep -qx 'set child-netns deny' <(adm 1 save)
for f in 2 10; do
	refuses "1234 has no socket of family $f in the box" 4 "ermission denied" \
		user box 1234 "$probe" make $f 1 0
	refuses "nor in a namespace of its own" 4 "ermission denied" strangers $f 2 0
done
refuses "nor a packet socket there" 4 "ermission denied" strangers 17 3 0
check "but one of family UNIX" strangers 1 1 0
check "and those of node 1" user 1 1234 "$probe" ask tcp 192.168.80.2 9001 word
check "and of a namespace that is armed" user 2 1234 "$probe" make 2 1 0
check "root has them" makes 0
check "as who is in no range" makes 999
check "it is counted" test "$(denials 1 child-netns)" -ge 5
check "an event tells" busywait 10 grep -q 'denied .*uid=1234 reason=child-netns' "$work/events"
check "with audit" adm 1 set audit on
check "it is told only" makes 1234
check "without" adm 1 set audit off
cannot "it is refused again" makes 1234
check "allowed again" adm 1 set child-netns allow
check "1234 has sockets in the box" makes 1234
check "denied" adm 1 set child-netns deny
cannot "it has none" makes 1234
check "until node 1 is disarmed" adm 1 disable
check "then it has" makes 1234
finish
