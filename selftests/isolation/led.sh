#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The site's own rules lead users' packets out of their networks: a service in a container
# is published by giving what comes for an address of the node another destination. Users
# of this node and of others reach it as root does, and nobody gets anywhere else by it.
#
#	box --- eth0 veth0 --- node 1		172.17.0.2, fd17::2

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

needs nft curl python3
export UVN_PATIENCE=5
short=1
if [ "$UVN_KERNEL" = debug ]; then
	UVN_PATIENCE=20
	short=3
fi

dual=1
setup 3

people=(1234 9876 0)
networks=(192.168.80. 192.168.40. 2001:db8:80:: 2001:db8:40::)
ask() { # NODE UID PROTOCOL ADDRESS PORT [TEXT]
	local node=$1 uid=$2
	shift 2
	if [ "$uid" = 0 ]; then
		root "$node" "$probe" ask "$@"
	else
		user "$node" "$uid" "$probe" ask "$@"
	fi
}
ends() { # STATUS NODE UID PROTOCOL ADDRESS PORT : what becomes of asking
	local want=$1
	shift
	ask "$@"
	[ $? = "$want" ]
}
denials() { # NODE REASON
	adm "$1" -j status | jq ".denied_by.\"$2\" // 0"
}
box() {
	ip netns add "nbox-$seed" && ip -n "nbox-$seed" link set lo up &&
	root box sysctl -qw net.ipv6.conf.{all,default}.accept_dad=0 \
		net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 &&
	ip -n "n1-$seed" link add veth0 mtu 9000 type veth peer name eth0 mtu 9000 \
		netns "nbox-$seed" &&
	ip -n "n1-$seed" -batch - <<-IP &&
	addr add 172.17.0.1/16 dev veth0
	addr add fd17::1/64 dev veth0 nodad
	link set veth0 up
	IP
	ip -n "nbox-$seed" -batch - <<-IP &&
	addr add 172.17.0.2/16 dev eth0
	addr add fd17::2/64 dev eth0 nodad
	link set eth0 up
	route add default via 172.17.0.1
	route add default via fd17::1
	IP
	root 1 sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
}
# What is published, as Docker does it: PORT TO.
ports4="tcp dport 8080 dnat to 172.17.0.2:80
	udp dport 8080 dnat to 172.17.0.2:80
	tcp dport 8081 dnat to 172.17.0.2:81
	udp dport 8081 dnat to 172.17.0.2:81
	tcp dport 8082 dnat to 172.17.0.9:80
	tcp dport 8083 dnat to 172.17.0.2:83
	udp dport 8084 dnat to 172.17.0.2:84
	tcp dport 8085 dnat to 172.17.0.2:85
	tcp dport 8086 dnat to 172.17.0.2:86
	tcp dport 8087 dnat to 192.168.80.1:8000
	tcp dport 8088 dnat to 192.168.80.3:7000
	tcp dport 8089 dnat to 192.168.80.3:8400
	udp dport 8090 dnat to 192.168.80.3:801"
ports6="tcp dport 8080 dnat to [fd17::2]:80
	udp dport 8080 dnat to [fd17::2]:80
	tcp dport 8081 dnat to [fd17::2]:81
	udp dport 8081 dnat to [fd17::2]:81
	tcp dport 8082 dnat to [fd17::9]:80
	tcp dport 8083 dnat to [fd17::2]:83
	udp dport 8084 dnat to [fd17::2]:84
	tcp dport 8085 dnat to [fd17::2]:85
	tcp dport 8086 dnat to [fd17::2]:86
	tcp dport 8087 dnat to [2001:db8:80::1]:8000
	tcp dport 8088 dnat to [2001:db8:80::3]:7000
	tcp dport 8089 dnat to [2001:db8:80::3]:8400
	udp dport 8090 dnat to [2001:db8:80::3]:803"
rules() { # [MORE] : at node 1, with more rules in postrouting
	root 1 nft -f - <<-NFT
	flush ruleset
	table ip site {
		chain published {
			$ports4
		}
		chain prerouting {
			type nat hook prerouting priority dstnat
			fib daddr type local jump published
		}
		chain output {
			type nat hook output priority -100
			ip daddr != 127.0.0.0/8 fib daddr type local jump published
		}
		chain postrouting {
			type nat hook postrouting priority srcnat
			ip saddr 172.17.0.0/16 oifname != "veth0" masquerade
			${1-}
		}
	}
	table ip6 site {
		chain published {
			$ports6
		}
		chain prerouting {
			type nat hook prerouting priority dstnat
			fib daddr type local jump published
		}
		chain output {
			type nat hook output priority -100
			ip6 daddr != ::1 fib daddr type local jump published
		}
		chain postrouting {
			type nat hook postrouting priority srcnat
			ip6 saddr fd17::/64 oifname != "veth0" masquerade
			${1-}
		}
	}
	table inet filter {
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state established,related accept
			oifname "veth0" tcp dport 83 reject with tcp reset
			iifname { "em1", "ib0" } oifname { "veth0", "em1" } accept
		}
		chain input {
			type filter hook input priority filter; policy drop;
			ct state established,related accept
			icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
			iifname { "lo", "em1", "ib0" } accept
		}
	}
	NFT
}
# From the first packet on.
first() {
	local a
	for a in 192.168.80.1 2001:db8:80::1; do
		ask 1 1234 tcp "$a" 8080 box && ask 2 1234 tcp "$a" 8080 box || return
	done
}
echoes() {
	spawn echo4 root box "$probe" echo 84 172.17.0.2
	spawn echo6 root box "$probe" echo 84 fd17::2
}
files() { # over HTTP
	chmod 755 "$work"
	mkdir "$work/files" && head -c 4194304 /dev/urandom >"$work/files/file" &&
	spawn http root box python3 -m http.server --bind :: --directory "$work/files" 86
}
fetches() { # NODE UID ADDRESS
	local host=$3
	[[ $3 != *:* ]] || host="[$3]"
	user "$1" "$2" curl -sS -m 60 "http://$host:8086/file" | cmp - "$work/files/file"
}

check "a container on node 1" box
for p in tcp udp; do
	check "it serves $p" serve_root "$p" box $p 172.17.0.2 80 box
	check "it serves $p, IPv6" serve_root "${p}6" box $p fd17::2 80 box
done
check "it serves a port that the firewall refuses" serve_root refused box tcp :: 83 box
check "it echoes" echoes
check "it is a sink" spawn sink root box "$probe" sink 85 ::
check "it has a file" files
for u in 1234 9876; do
	check "$u serves on node 1" serve "own-$u" 1 $u tcp :: 8000 "own-$u"
done
check "a system's service on node 3" serve_root system 3 tcp :: 7000 system
check "9876 serves on node 3" serve victim 3 9876 tcp :: 8400 victim
check "9876 hears on node 3" serve ear 3 9876 udp :: 9000 ear
check "1234 has a network on node 2" ask 2 1234 tcp 192.168.80.3 7000 system

#
# Whom it serves
#

everybody() { # WHAT [ADDRESS ADDRESS6] : asks, and is seen by the own address, or by these
	local a node u p seen
	for a in "${networks[@]}"; do
		for node in 1 2; do
			seen=$a$node
			if [ $# = 3 ]; then
				seen=$2
				[[ $a != *:* ]] || seen=$3
			fi
			for u in "${people[@]}"; do
				for p in tcp udp; do
					check "$1: $u on node $node, $p to ${a}1" \
						ask $node "$u" $p "${a}1" 8080 "box $seen"
				done
			done
		done
	done
}
from_one_port() { # NODE : all of them at once, as it were
	local u
	for u in 1234 9876; do
		user "$1" "$u" "$probe" from 5000 192.168.80.1 8080 "box 192.168.80.$1" &&
		user "$1" "$u" "$probe" from 5000 2001:db8:80::1 8080 "box 2001:db8:80::$1" || return
	done
	root "$1" "$probe" from 5000 192.168.80.1 8080 box
}

check "the site's rules" rules
check "the first who come" first
everybody published
networks=(192.168.80. 2001:db8:80::)
UVN_PATIENCE=$short cannot "1234 gets at the container without the rules" \
	ask 1 1234 tcp 172.17.0.2 80
for node in 1 2; do
	check "the same port of all, node $node" from_one_port $node
	for a in 192.168.80.1 2001:db8:80::1; do
		for u in "${people[@]}"; do
			check "a closed port is told to $u on node $node: tcp, $a" \
				ends 1 $node "$u" tcp $a 8081
			check "udp, $a" ends 1 $node "$u" udp $a 8081
		done
		check "a host that is not there is told on node $node: $a" \
			ends 2 $node 1234 tcp $a 8082
		check "datagrams of all sizes, node $node: $a" user $node 1234 "$probe" \
			bounce $a 8084 1 1400 8900 8940 8960 20000 60000
		check "a stream to the container, node $node: $a" \
			user $node 1234 "$probe" source $a 8085 4
		check "and from it, node $node: $a" fetches $node 1234 $a
	done
done
for a in 192.168.80.1 2001:db8:80::1; do
	check "what the firewall refuses is told: $a" ends 1 2 1234 tcp $a 8083
done
check "all is translated on its way to the container" \
	rules 'oifname "veth0" masquerade'
everybody translated 172.17.0.1 fd17::1
check "the rules are as before" rules

#
# The slow ways
#

watched() { # by a hook at the ingress of the VRF
	root 1 nft 'table netdev watch {
		chain in { type filter hook ingress device "vrf1234" priority 0; }
	}'
}
slow() { # WHAT
	local p a
	for a in 192.168.80.1 2001:db8:80::1; do
		for p in tcp udp; do
			check "$1: $p to $a" ask 2 1234 $p $a 8080 "box ${a%1}2"
		done
	done
}
check "somebody looks at what the VRF receives" watched
slow "watched"
check "nobody does" root 1 nft delete table netdev watch
check "traffic control may keep it" root 1 tc qdisc add dev vrf1234 clsact
slow "without a route of its own"
check "it does not" root 1 tc qdisc del dev vrf1234 clsact

#
# Where nobody gets
#

for a in 192.168.80.1 2001:db8:80::1; do
	for u in 1234 9876; do
		check "$u is redirected to the own server: $a" ask 1 $u tcp $a 8087 "own-$u"
		check "from node 2, too" ask 2 $u tcp $a 8087 "own-$u"
	done
	UVN_PATIENCE=$short cannot "root is not" ask 2 0 tcp $a 8087
	check "the rule for another node: on the node it is the own network: $a" \
		ask 1 1234 tcp $a 8088 system
done
for i in 1 2 3; do
	check "ports are published on node $i" \
		adm $i publish add tcp 8400-8499 from 192.168.80.0/21
done
check "what passes is translated" rules 'oifname "em1" masquerade'
check "to another node's service" ask 2 1234 tcp 192.168.80.1 8088 system
check "audit on" adm 1 set audit on
check "in audit mode 1234 comes to 9876" ask 2 1234 tcp 192.168.80.1 8089 victim
check "audit off" adm 1 set audit off
before=$(denials 1 network)
UVN_PATIENCE=$short cannot "1234 comes to the published port of 9876 so" \
	ask 2 1234 tcp 192.168.80.1 8089
check "it is counted" test "$(denials 1 network)" -gt "$before"
check "the rules are as before" rules
before=$(denials 1 network)
UVN_PATIENCE=$short cannot "nor in its own node's name" ask 2 1234 tcp 192.168.80.1 8089
check "it is counted" test "$(denials 1 network)" -gt "$before"
heard() { grep -c . "$work/ear"; }
before=$(heard)
for i in 1 2; do
	user $i 1234 "$here/uvn_vxlan" -t 192.168.80.1:8090 9876 "192.168.80.$i" \
		192.168.80.3 9000 forged >"$work/forged" 2>&1
done
check "9876 hears its own" ask 1 9876 udp 192.168.80.3 9000 ear
equal "and no forged VXLAN by such a rule" $((before + 1)) "$(heard)"
for i in 1 2 3; do
	check "ports are not published any more on node $i" \
		adm $i publish del tcp 8400-8499 from 192.168.80.0/21
done

#
# As it comes and goes
#

led() { # flows that have left users' networks
	root 1 grep -c 'zone-orig=' /proc/net/nf_conntrack
}
check "there are flows" test "$(led)" -gt 0
check "1234 has no network any more" adm 1 user del 1234 --force
check "9876 neither" adm 1 user del 9876 --force
equal "nor are there flows" 0 "$(led)"
for u in 1234 9876; do
	check "$u comes again" ask 2 $u tcp 192.168.80.1 8080 "box 192.168.80.2"
	check "$u on the node" ask 1 $u tcp 192.168.80.1 8080 "box 192.168.80.1"
done
check "netfilter shall see VRFs" adm 1 set firewall-vrf on
check "and the firewall knows them" root 1 nft add rule inet filter input iifname 'vrf*' accept
people=(1234)
everybody "with firewall-vrf"
check "and shall not" adm 1 set firewall-vrf off

#
# With ways off the subnets
#

pools() { # NODE
	adm "$1" cgnat add 100.64.0.0/10 && adm "$1" cgnat add fd64:ba5e::/64
}
for i in 1 2; do
	check "node $i has pools" pools $i
done
people=(1234 9876)
everybody "with pools"
cgnat=$(adm 1 -j user show 1234 | jq -r ".cgnat[0]")
before=$(denials 1 translation)
UVN_PATIENCE=$short cannot "the address of a pool leaves" \
	user 1 1234 "$probe" forge udp "$cgnat" 192.168.80.1 8080
check "it is counted" test "$(denials 1 translation)" -gt "$before"

finish
