#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The way to hosts outside is the system's, whatever becomes of it: routes, narrow
# passages, uplinks that come and go; and hosts in a subnet that have no uvn.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib-outside.sh
. "$(dirname "$0")/../lib/lib-outside.sh"

begin
check "uvn on both nodes" connect_out
check "1234 gets out" works 1 1234 10.99.0.1 fd99::1

#
# Routes of the system's are users' routes
#

table() { # -4|-6: of 1234
	ip -n "n1-$seed" -o "$1" route show table $((16777216 + 1234)) | sed 's/\\//g'
}
has_routes() { # -4|-6 PATTERN...
	local routes p bad=0
	routes=$(table "$1")
	shift
	for p; do
		grep -qE "$p" <<<"$routes" && continue
		echo "no route like $p"
		bad=1
	done
	[ "$bad" = 0 ] || echo "$routes"
	return "$bad"
}
has_none() { # -4|-6 PATTERN
	! table "$1" | grep -E "$2"
}
# IPv6 chooses the VRF's address without being told.
src4='.*src 100\.64\.4\.210'
check "IPv4 routes are there" has_routes -4 \
	"^10\.99\.0\.0/24 dev eth0 $src4" \
	"^default via 10\.99\.0\.254 dev eth0 $src4.* metric 100|^default via 10\.99\.0\.254 dev eth0 .*metric 100$src4" \
	"^local 10\.99\.0\.1 "
check "IPv6 routes are there" has_routes -6 \
	"^fd99::/64 dev eth0 " \
	"^default via fd99::fe dev eth0 .*metric 100 " \
	"^local fd99::1 "
check "no route of a subnet leads past the VRF" has_none -4 '^192\.168\..* dev (em1|ib0) '
batch 1 <<-IP
route add 10.93.1.0/24 via 10.99.0.254
route add 10.93.2.0/24 via 10.99.0.254 metric 77
route add 10.93.3.0/24 nexthop via 10.99.0.254 nexthop via 10.99.0.253
route add blackhole 10.93.4.0/24
route add unreachable 10.93.5.0/24
addr add 10.93.8.1/24 dev eth0
route add fd93:1::/64 via fd99::fe
route add fd93:2::/64 via fd99::fe metric 77
route add fd93:3::/64 nexthop via fd99::fe nexthop via fd99::fd
route add blackhole fd93:4::/64
route add unreachable fd93:5::/64
addr add fd93:8::1/64 dev eth0
IP
check "new IPv4 routes follow" busywait $soon has_routes -4 \
	"^10\.93\.1\.0/24 via 10\.99\.0\.254 dev eth0 $src4" \
	"^10\.93\.2\.0/24 .*metric 77" \
	"^10\.93\.3\.0/24 $src4.*via 10\.99\.0\.254 .*via 10\.99\.0\.253 " \
	"^blackhole 10\.93\.4\.0/24" "^unreachable 10\.93\.5\.0/24" \
	"^10\.93\.8\.0/24 dev eth0 $src4" "^local 10\.93\.8\.1 "
check "new IPv6 routes follow" busywait $soon has_routes -6 \
	"^fd93:1::/64 via fd99::fe dev eth0 " \
	"^fd93:2::/64 .*metric 77" \
	"^fd93:3::/64 .*via fd99::fe .*via fd99::fd " \
	"^blackhole fd93:4::/64" "^unreachable fd93:5::/64" \
	"^fd93:8::/64 dev eth0 " "^local fd93:8::1 "
for a in 10.93.5.1 fd93:5::1; do
	refuses "an unreachable route, $a, refuses" 2 "(113)\|(101)" say 1 1234 tcp $a
done
for a in 10.93.4.1 fd93:4::1; do
	cannot "a blackhole, $a, swallows" say 1 1234 tcp $a
done
for a in 10.93.8.1 fd93:8::1; do
	check "the system's service at the new address $a" say 1 1234 tcp $a
done
batch 1 <<-IP
route del 10.93.1.0/24
route del 10.93.2.0/24
route del 10.93.3.0/24
route del blackhole 10.93.4.0/24
route del unreachable 10.93.5.0/24
addr del 10.93.8.1/24 dev eth0
route del fd93:1::/64
route del fd93:2::/64
route del fd93:3::/64
route del blackhole fd93:4::/64
route del unreachable fd93:5::/64
addr del fd93:8::1/64 dev eth0
IP
check "IPv4 routes go again" busywait $soon has_none -4 10.93
check "IPv6 routes go again" busywait $soon has_none -6 fd93
check "the others stay" works 1 1234 10.99.0.1 fd99::1

#
# The path
#

trace() { # ADDRESS ROUTER OPTION...
	local to=$1 first=$2
	shift 2
	user 1 1234 traceroute -n -q 1 -w 3 -m 4 "$@" "$to" | tee "$work/trace"
	grep -qE "^ 1 +$first " "$work/trace" && grep -qE "^ 3 +$to " "$work/trace"
}
for how in udp icmp; do
	option=()
	[ $how = udp ] || option=(-I)
	check "traceroute, $how" trace $server4 10.99.0.254 "${option[@]}"
	check "traceroute, $how, IPv6" trace $server6 fd99::fe "${option[@]}"
done
spawn sink root server "$probe" sink 7010 ::
spawn reply root server "$probe" echo 7011 ::
busywait 20 grep -q ready "$work/sink"
busywait 20 grep -q ready "$work/reply"
mebi=4
[ -z "$few" ] || mebi=1
narrow() { # MTU
	ip -n "nrouter-$seed" link set middle mtu "$1" &&
	ip -n "nhop-$seed" link set middle mtu "$1"
}
both_ways() { # ADDRESS
	user 1 1234 "$probe" source "$1" 7010 "$mebi" &&
	user 1 1234 "$flows" get "$1" "$port" $((mebi << 20))
}
bounce() { # ADDRESS : what is too big for the way is learnt from the first
	user 1 1234 "$probe" bounce "$1" 7011 100 1200 1450 4000
}
too_big() { # ADDRESS MTU
	user 1 1234 ping -nc 2 -i 0.2 -W "$short" -M "do" -s 1400 "$1" | tee "$work/ping"
	grep -qiE "mtu ?= ?$2" "$work/ping"
}
for a in $server4 $server6; do
	check "a large transfer, $a" both_ways "$a"
	check "datagrams of every size, $a" bounce "$a"
done
check "the middle of the way gets narrow" narrow 1300
for a in $server4 $server6; do
	check "ping is told how narrow, $a" too_big "$a" 1300
	check "ping of what fits, $a" user 1 1234 ping -qnc 1 -W 3 -M "do" -s 1200 "$a"
	check "a large transfer all the same, $a" both_ways "$a"
	check "datagrams of every size, $a" busywait 20 bounce "$a"
done
check "the middle gets wide again" narrow 1500

#
# Hosts without uvn in a subnet
#

batch plain <<-IP
addr add fd80::50/64 dev em1
addr add 192.168.85.2/32 dev lo
addr add fd80::85:0:0:2/128 dev lo
IP
for n in 1 2; do
	batch $n <<-IP
	addr add fd80::$n/64 dev em1 nodad
	IP
	check "an IPv6 subnet on node $n" adm $n subnet add fd80::/64 port 803
done
for n in 1 2; do
	busywait $soon has_addr $n 1234 fd80::$n
done
for a in 192.168.80.50 fd80::50; do
	check "a host without uvn, $a: connect() fails soon" \
		fast $limit "1 2" say 1 1234 tcp $a
done
for a in 192.168.80.60 fd80::60; do
	UVN_PATIENCE=$((limit / 100)) check "a host that is not there, $a: unreachable" \
		fast $((limit * 7)) 2 say 1 1234 tcp $a
done
batch 1 <<-IP
route add 192.168.85.0/24 via 192.168.80.50
route add fd80::85:0:0:0/80 via fd80::50
IP
for prefix in 192.168.80.50/32 fd80::50/128 192.168.85.0/24 fd80::85:0:0:0/80; do
	check "direct $prefix" adm 1 direct add $prefix
done
for a in 192.168.80.50:192.168.80.1 192.168.85.2:192.168.80.1 \
	fd80::50=fd80::1 fd80::85:0:0:2=fd80::1; do
	[[ $a == *=* ]] && to=${a%=*} from=${a#*=} || to=${a%:*} from=${a#*:}
	for p in tcp udp; do
		check "1234 reaches $to by $p, and $from is seen" \
			busywait $soon say 1 1234 $p "$to" "$from "
	done
done
check "the host: none of 1234's" reaches_none plain 0 8002 192.168.80.1 fd80::1
check "other nodes are reached as before" serve there 2 1234 tcp :: 8003 there
for a in 192.168.80.2 192.168.40.2 fd80::2; do
	check "by $a" user 1 1234 "$probe" ask tcp $a 8003 there
	cannot "and not by 9876" user 1 9876 "$probe" ask tcp $a 8003 there
done
for prefix in 192.168.80.50/32 fd80::50/128; do
	check "no longer direct: $prefix" adm 1 direct del $prefix
done
unreached() { # ADDRESS
	local status=0
	UVN_PATIENCE=$short say 1 1234 tcp "$1" || status=$?
	[ "$status" != 0 ]
}
for a in 192.168.80.50 fd80::50; do
	check "$a is not reached any more" busywait $soon unreached $a
done
nothing_leaked "direct prefixes"

#
# Uplinks come, change and go
#

old() { # NAME: flows of both families
	hold "$1-tcp-4" 1 1234 tcp $server4
	hold "$1-tcp-6" 1 1234 tcp $server6
	hold "$1-udp-4" 1 1234 udp $server4
	hold "$1-udp-6" 1 1234 udp $server6
	ready "$1"-{tcp,udp}-{4,6}
}
new() { # SOURCE4 SOURCE6: new flows are seen from there
	UVN_PATIENCE=1 say 1 1234 tcp "$server4" "$1 " &&
	UVN_PATIENCE=1 say 1 1234 tcp "$server6" "$2 "
}
second() {
	cable 1 eth1 router up1 1500 &&
	lookout nrouter up1 10.97.0.0/24 fd97::/64 &&
	lookouts+=(nrouter) &&
	batch router <<-IP &&
	addr add 10.97.0.254/24 dev up1
	addr add fd97::fe/64 dev up1
	IP
	root 1 sysctl -qw net.ipv6.conf.eth1.{accept_dad=1,dad_transmits=15} &&
	batch 1 <<-IP
	addr add 10.97.0.1/24 dev eth1
	addr add fd97::1/64 dev eth1
	route add default via 10.97.0.254 metric 50
	route add default via fd97::fe metric 50
	IP
}
old first
check "a second uplink, and the default route by it" second
# Not before the new address of IPv6 is known to be nobody else's: until then no
# flow begins from another interface's.
mirrored() { # the ways of 1234
	ip -n "n1-$seed" -6 route show table $((16777216 + 1234)) default | grep -q fd97::fe
}
check "users have it" busywait $soon mirrored
cannot "its address is not ready" say 1 1234 udp $server6
check "new flows go by it" busywait $((soon + 30)) new 10.97.0.1 fd97::1
check "other users' too" works 1 9876 10.97.0.1 fd97::1
check "old flows go on or end" asked '^(again|error)' first-{tcp,udp}-{4,6}
nothing_leaked "another default route"
old second
ip -n "n1-$seed" link set eth1 down
check "without it new flows go by the first" busywait $soon new 10.99.0.1 fd99::1
check "old flows go on or end" asked '^(again|error)' second-{tcp,udp}-{4,6}
old third
ip -n "n1-$seed" link del eth1
check "it is taken away, and others go on" asked ^again third-{tcp,udp}-{4,6}
lookouts=(out em ib)
batch 1 <<-IP
addr del 10.99.0.1/24 dev eth0
addr del fd99::1/64 dev eth0
addr add 10.99.0.11/24 brd + dev eth0
addr add fd99::11/64 dev eth0
route replace default via 10.99.0.254 metric 100
route replace default via fd99::fe metric 100
IP
check "with new addresses new flows have these" busywait $soon new 10.99.0.11 fd99::11
check "other users' too" works 1 9876 10.99.0.11 fd99::11
check "old connections end" asked '^error' third-tcp-{4,6}
check "datagrams go on as new flows, or end" asked '^(again|error)' third-udp-{4,6}
nothing_leaked "new addresses"
let_go "${!held[@]}"

finish
