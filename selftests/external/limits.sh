#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# One user floods what all users of a node share off the subnets, the table for
# connection tracking and the ports of the translation: what others still get.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib-outside.sh
. "$(dirname "$0")/../lib/lib-outside.sh"

sink4=10.94.0.1 sink6=fd94::1	# nobody answers from there
table=1500
crowd=100
[ -z "$few" ] || crowd=40

ulimit -n 100000

# As many flows as a user can begin, by sockets that stay as long as that takes; by "low"
# UDP from ports below the server's, which is translated.
flood() { # NODE UID PROTOCOL ADDRESS PORT N : PORT 0 is another one for each
	user "$1" "$2" python3 -c "
import socket, struct
protocol, address, port, n = '$3', '$4', $5, $6
kept = []
v6 = ':' in address
family = socket.AF_INET6 if v6 else socket.AF_INET
sent = 0
for i in range(n):
    if protocol == 'icmp':
        s = socket.socket(family, socket.SOCK_DGRAM, 58 if v6 else 1)
        data = struct.pack('!BBHHH', 128 if v6 else 8, 0, 0, 0, i)
    elif protocol in ('udp', 'low'):
        s, data = socket.socket(family, socket.SOCK_DGRAM), b'flood'
        if protocol == 'low':
            s.bind(('', 1024 + i))
    else:
        s, data = socket.socket(family, socket.SOCK_STREAM), b''
        s.setblocking(False)
        kept.append(s)
    try:
        s.connect((address, port or 1000 + i))
    except BlockingIOError:
        pass
    except OSError:
        continue
    try:
        if data:
            s.send(data)
        sent += 1
    except OSError:
        pass
print(sent)
"
}

flows_of() { # UID [MEMBER]
	adm 1 -j user show "$1" | jq ".${2:-nat_flows}"
}

# Of one protocol alone: what is left of TCP connections may come late and be noted
# anew after all has been forgotten.
entries() { # PROTOCOL
	root 1 grep -cE "^ipv[46] +[0-9]+ $1(v6)? " /proc/net/nf_conntrack
}

has() { # UID N
	[ "$(flows_of "$1")" = "$2" ]
}

within() { # LOW HIGH NUMBER
	echo "$3, of $1 to $2"
	[ "$3" -ge "$1" ] && [ "$3" -le "$2" ]
}

denials() { # UID REASON
	adm 1 -j user show "$1" | jq ".denied_by.\"$2\" // 0"
}

# New flows, all at once, by TCP and UDP in turn.
gets() { # UID N ADDRESS
	root 1 "$flows" crowd "$1" 1 "$2" "$3" "$port" | tee "$work/gets"
	grep -q "^$2 of $2, 0 wrong" "$work/gets"
}

# Connection tracking forgets all that it has of node 1, as by "conntrack -F".
forget() {
	root 1 python3 -c "
import socket, struct
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
s.send(struct.pack('=IHHIIBBH', 20, 1 << 8 | 2, 5, 1, 0, 0, 0, 0))
error = struct.unpack('=i', s.recv(4096)[16:20])[0]
raise SystemExit(error and 'errno %d' % -error)
"
}

# All flows end with the address that they come from.
withdraw() {
	adm 1 cgnat del 100.64.0.0/10 && adm 1 cgnat del fd64:ba5e::/64
}

event() { # PATTERN
	busywait 10 grep -aqE "$1" "$work/events"
}

ktap_begin
if ! load || ! nodes 1 || ! nearby; then
	echo "Bail out! no nodes"
	exit 1
fi
check "the echo of the server" echoes server
root server sysctl -qw net.ipv4.icmp_ratelimit=0
check "uvn on node 1" configure 1
check "pools" pools 1
for u in 1234 9876; do
	check "$u gets out" busywait $soon works 1 $u
done
spawn events root 1 "$nl" monitor
check "events can be listened to" busywait 20 grep -q ready "$work/events"
site() {
	root 1 nft -f - <<-NFT
	table inet site {
		chain out {
			type filter hook output priority 0
			ct state invalid counter drop
		}
		chain in {
			type filter hook input priority 0
			ct state established,related accept
			iifname eth0 tcp dport != 22 counter drop
		}
	}
	NFT
}
check "the site has a firewall that tracks connections" site

modprobe -q nf_conntrack_netlink

#
# The table
#

usual=$(sysctl -n net.netfilter.nf_conntrack_max)
check "connection tracking forgets all" forget
check "a table of $table" sysctl -qw net.netfilter.nf_conntrack_max=$table
flooded() { # PROTOCOL ADDRESS SERVER
	local what="$1 to $2" n
	check "1234 floods by $what" flood 1 1234 "$1" "$2" 0 $table
	n=$(flows_of 1234)
	check "$what: it gets half of the table" \
		within $((table / 2 - 50)) $((table / 2)) "$n"
	check "$what: 9876 begins $crowd flows" gets 9876 $crowd "$3"
	check "$what: so does root, through the firewall" gets 0 $crowd "$3"
	check "$what: refusals are counted" test "$(denials 1234 flows)" -gt 0
	check "$what: connection tracking forgets all" forget
	check "$what: and they are counted no more" busywait 10 has 1234 0
}
for p in udp tcp icmp; do
	flooded $p $sink4 $server4
	flooded $p $sink6 $server6
done
check "an event says so" event 'denied .*uid=1234 reason=flows'

check "with no table's end" sysctl -qw net.netfilter.nf_conntrack_max="$usual"
check "but a limit" adm 1 set nat-flows-per-user 100
hold stays 1 1234 tcp "$server4"
check "1234 has a flow" ready stays
check "1234 floods" flood 1 1234 udp $sink4 0 300
equal "it has as many as the limit says" 100 "$(flows_of 1234)"
equal "so says the status" 100 "$(adm 1 -j status | jq .nat_flows)"
cannot "it begins no other" say 1 1234 tcp "$server4"
check "what it has goes on" asked ^again stays
check "others begin theirs" say 1 9876 tcp "$server4"
check "a new limit" adm 1 set nat-flows-per-user 0
check "it begins others" say 1 1234 tcp "$server4"
check "save and load know the limit" \
	sh -c "[ \"\$1\" = 'set nat-flows-per-user 0' ]" - \
	"$(adm 1 save | grep flows)"
check "in audit mode there is a limit" adm 1 set nat-flows-per-user 10
check "that is reported" adm 1 set audit on
earlier=$(denials 1234 flows)
check "and lets pass" works 1 1234
check "translated" say 1 1234 udp "$server4" "10.99.0.1 "
check "and counted" test "$(denials 1234 flows)" -gt "$earlier"
check "audit is off" adm 1 set audit off
cannot "it begins no other then" say 1 1234 udp "$server4"
check "the default" adm 1 set nat-flows-per-user 8192
let_go stays
check "the pools go" withdraw
check "and all flows with them" busywait 10 has 1234 0
check "the pools come back" pools 1
check "and flows begin" busywait $soon works 1 1234
check "connection tracking forgets all" forget

#
# The ports, towards one server
#

# 250 for all, of the others a share of 31 each.
check "500 ports" adm 1 set nat-ports 61000-61499
for p in low icmp; do
	for a in "$server4" "$server6"; do
		# The more often an identifier is drawn by lot, the more of them are.
		[ $p = icmp ] && n=3000 || n=700
		check "1234 floods the server by $p, $a" \
			flood 1 1234 $p "$a" $port "$n"
		check "it gets no more than its part" within 240 281 \
			"$(entries "${p/low/udp}")"
		check "9876 floods it" flood 1 9876 $p "$a" $port 300
		check "it gets a share" within 10 31 "$(flows_of 9876)"
		if [ $p = icmp ]; then
			check "70001 pings it" user 1 70001 ping -qnc 1 -W 3 "$a"
		else
			for n in {5000..5009}; do
				check "70001 begins a flow from $n" \
					say 1 70001 udp "$a" "" - "$n"
			done
		fi
		check "they are forgotten" forget
	done
done
# TCP and UDP have the ports of their sockets: more than the translation has.
for a in "$server4" "$server6"; do
	for p in tcp udp; do
		[ $p = tcp ] && n=700 || n=500
		equal "1234 has as many flows of $p as it likes, $a" "$n" \
			"$(flood 1 1234 $p "$a" $port "$n")"
		check "70001 begins flows" gets 70001 10 "$a"
		check "they are forgotten" forget
	done
done
check "refusals are counted" test "$(denials 1234 ports)" -gt 0
check "an event says so" event 'denied .*uid=1234 reason=ports'
check "all ports" adm 1 set nat-ports 61000-65535

#
# Flows from outside
#

root 1 nft delete table inet site
# Of UDP no more than 1,024 have their own port. Half of these are by TCP.
highest() { # UID N : of the ports that the server sees
	root 1 "$flows" crowd "$1" 1 "$2" "$server4" "$port" | tee "$work/highest" >&2
	grep -q "^$2 of $2, 0 wrong" "$work/highest" &&
	sed -n 's/.* ports [0-9]* //p' "$work/highest"
}
if [ -z "$few" ]; then
	check "1234 has 1,200 flows by UDP, of which some are translated" \
		test "$(highest 1234 2400)" -ge 61000
	check "others have theirs from their own ports" \
		say 1 9876 udp "$server4" "10.99.0.1 30001 " - 30001
	check "in IPv6 too" say 1 9876 udp "$server6" "fd99::1 30001 " - 30001
	check "they are forgotten" forget
fi
check "ports are published" adm 1 publish add udp 8000-8099 from 10.0.0.0/8
check "1234 serves" serve mine 1 1234 udp :: 8000 mine
check "9876 serves" serve other 1 9876 udp :: 8001 other
check "at most 50 flows" adm 1 set nat-flows-per-user 50
check "a host outside floods 1234" flood server 0 udp 10.99.0.1 8000 200
equal "it has as many as the limit says" 50 "$(flows_of 1234 published_flows)"
check "an event says so" event 'denied .*source=10.99.0.2 .*uid=1234 reason=flows'
check "1234 begins flows of its own" gets 1234 20 "$server4"
check "9876 is reached" root server "$probe" ask udp 10.99.0.1 8001 other
check "nothing is published" adm 1 publish del udp 8000-8099 from 10.0.0.0/8
equal "nobody is visited any more" 0 "$(adm 1 -j status | jq .published_flows)"

sysctl -qw net.netfilter.nf_conntrack_max="$usual"
hang_up 1 server
finish
