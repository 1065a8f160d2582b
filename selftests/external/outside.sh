#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Off the cluster: users reach hosts outside by CGNAT addresses and translation,
# each gets what is theirs, and nobody outside and no other user reaches them.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib-outside.sh
. "$(dirname "$0")/../lib/lib-outside.sh"

crowd=(20 100) last=65535
[ -z "$few" ] || crowd=(8 50) last=61500
begin
for n in 1 2; do
	check "uvn on node $n" configure $n
done
UVN_PATIENCE=$short cannot "without pools nobody gets out" say 1 1234 tcp $server4
for n in 1 2; do
	check "pools on node $n" pools $n
	root $n nft list ruleset >"$work/rules-$n"
done
check "who had a network before gets out too" busywait $soon works 1 1234
for u in 1234 9876 70001 16777215 2000000123; do
	check "$u gets out by node 1" works 1 $u 10.99.0.1 fd99::1
done
check "1234 gets out by node 2" works 2 1234 10.99.0.2 fd99::2
cgnat() { # UID
	adm 1 -j user list | jq -c --argjson u "$1" \
		'.[] | select(.uid == $u) | .cgnat | sort'
}
equal "1234's addresses are pool and UID" \
	'["100.64.4.210","fd64:ba5e::4d2"]' "$(cgnat 1234)"
equal "9876's too" '["100.64.38.148","fd64:ba5e::2694"]' "$(cgnat 9876)"
equal "70001's too" '["100.65.17.113","fd64:ba5e::1:1171"]' "$(cgnat 70001)"
unequal() {
	adm 1 -j user list | jq -e '[.[].cgnat[]] | length == 10 and
		(unique | length) == 10'
}
check "nobody shares an address" unequal
on_vrf() {
	ip -n "n1-$seed" -o addr show vrf1234 | tee "$work/addrs"
	grep -qF " 100.64.4.210/32 " "$work/addrs" &&
	grep -qF " fd64:ba5e::4d2/128 " "$work/addrs"
}
check "they are the VRF's" on_vrf

# Programs as they are.
for a in $server4 $server6; do
	check "ping $a" user 1 1234 ping -qnc 1 -W 3 "$a"
done
rm -f /etc/resolv.conf
echo "hosts: files dns" >/etc/nsswitch.conf
spawn dns root server dnsmasq --keep-in-foreground --conf-file=/dev/null \
	--user=root --no-resolv --no-hosts --pid-file= \
	--address=/out.test/$server4 --address=/out.test/$server6
resolves() { # UID SERVER
	echo "nameserver $2" >/etc/resolv.conf
	user 1 "$1" getent ahosts a.out.test | tee "$work/names"
	grep -q "^$server4 " "$work/names" && grep -q "^$server6 " "$work/names"
}
for a in $server4 $server6; do
	check "root resolves by $a" busywait 20 resolves 0 "$a"
	for u in 1234 9876; do
		check "$u resolves by $a" resolves $u "$a"
	done
done

# The node's own addresses out there: services of the system, and one's own.
check "a service of 1234's on node 1" serve mine-tcp 1 1234 tcp :: 8002 mine
check "by UDP" serve mine-udp 1 1234 udp :: 8002 mine
visits() {
	cat "$work"/mine-* | grep -cv ready
}
for a in 10.99.0.1 fd99::1; do
	for p in tcp udp; do
		check "1234 reaches the system's $p service at $a" say 1 1234 $p $a
		check "1234 reaches its own $p service at $a" \
			user 1 1234 "$probe" ask $p $a 8002 mine
		check "the server reaches the system's $p service at $a" \
			say server 0 $p $a
	done
done
for a in 100.64.4.210 fd64:ba5e::4d2; do
	check "1234 reaches its own service at $a" \
		user 1 1234 "$probe" ask tcp $a 8002 mine
done

#
# Each gets what is theirs
#

twins=()
for u in 1234 9876; do
	for p in tcp udp icmp; do
		hold "$p-4-$u" 1 $u $p $server4 20000
		hold "$p-6-$u" 1 $u $p $server6 20000
		twins+=("$p-4-$u" "$p-6-$u")
	done
	hold "loose-4-$u" 1 $u loose $server4 20001
	hold "loose-6-$u" 1 $u loose $server6 20001
done
loose=(loose-{4,6}-{1234,9876})
check "two users from the same ports to the same port" ready "${twins[@]}" "${loose[@]}"
# Who has bound a socket to an address of the node's has that.
for p in tcp udp; do
	check "$p from 10.99.0.1" say 1 1234 $p $server4 "10.99.0.1 " 10.99.0.1
	check "$p from fd99::1" say 1 1234 $p $server6 "fd99::1 " fd99::1
	UVN_PATIENCE=$short cannot "but not from node 2's" \
		say 1 1234 $p $server4 "" 10.99.0.2
done
# Only where two have the same it is translated: who comes first keeps the port.
one_of() { # PORT ADDRESS NAME NAME : prints who has the port
	local own=$1 want=$2 name address p kept=() moved=0
	shift 2
	for name; do
		read -r address p <<<"$(seen_at "$name")"
		echo "$name: $address $p" >&2
		[ "$address" = "$want" ] || return
		[ "$p" != "$own" ] || kept+=("$name")
		[ "$p" -lt 61000 ] || moved=$((moved + 1))
	done
	echo "${kept[*]}"
	[ ${#kept[@]} = 1 ] && [ "$moved" = 1 ]
}
for p in tcp udp loose; do
	own=20000
	[ $p != loose ] || own=20001
	check "$p: one of two has its port, and the other another" \
		one_of $own 10.99.0.1 $p-4-{1234,9876}
	check "$p: in IPv6 too" one_of $own fd99::1 $p-6-{1234,9876}
done
# What is above one's own port is translated, or two nodes' users could meet.
for f in 4 6; do
	own=server$f from=10.99.0.1
	[ $f = 4 ] || from=fd99::1
	check "from a port above the server's: that port, IPv$f" \
		say 1 1234 udp "${!own}" "$from 7107 " - 7107
	for p in $port 5007; do
		check "from $p: another, IPv$f" say 1 1234 udp "${!own}" "$from 6" - "$p"
	done
done
# Of those that are established: what is over stays for a while.
tracked() {
	root 1 grep -E "^ipv[46] .* tcp .* ESTABLISHED .* dport=$port " /proc/net/nf_conntrack
}
check "connection tracking has some" tracked
equal "which are the other of each" 2 "$(tracked | wc -l)"
tracked_udp() { # PORT : towards the echo
	root 1 grep -E "^ipv[46] .* udp .* sport=$1 dport=$port " /proc/net/nf_conntrack
}
check "it has UDP's that are translated" tracked_udp 20000
equal "and no other" 2 "$(tracked_udp 20000 | wc -l)"
check "each gets what is theirs" asked ^again "${twins[@]}"
idle=$SECONDS

# Half of them by TCP, of which of each port one user's has that.
many() { # ADDRESS SEEN
	local n=$((crowd[0] * crowd[1])) low high
	root 1 "$flows" crowd 20000 "${crowd[@]}" "$1" "$port" | tee "$work/many"
	grep -q "^$n of $n, 0 wrong, $2 ports" "$work/many" || return
	read -r low high <<<"$(sed 's/.* ports //' "$work/many")"
	[ "$low" = 20001 ] && [ "$high" -ge 61000 ] && [ "$high" -le 65535 ]
}
check "$((crowd[0] * crowd[1])) flows of ${crowd[0]} users, IPv4" many $server4 10.99.0.1
check "$((crowd[0] * crowd[1])) flows of ${crowd[0]} users, IPv6" many $server6 fd99::1

# Errors come to who caused them.
batch router <<-IP
route add unreachable 10.95.0.0/24
route add unreachable fd95::/64
IP
for a in $server4 $server6; do
	for p in tcp udp; do
		refuses "$p to a closed port of $a is refused" 1 "(111)" \
			user 1 1234 "$flows" say $p - 0 "$a" 7999
	done
done
for a in 10.95.0.1 fd95::1; do
	refuses "TCP to $a, which the router does not reach, fails" 2 "(113)\|(101)" \
		say 1 1234 tcp $a
done
check "nobody else's flow was hurt" asked ^again {tcp,udp}-{4,6}-9876

#
# What is not translated is refused
#

spawn events root 1 "$nl" monitor
check "events can be listened to" busywait 20 grep -q ready "$work/events"
event() { # PATTERN : and what came is forgotten
	local status=0
	busywait 10 grep -aqE "$1" "$work/events" || status=$?
	tr -d '\0' <"$work/events"
	: >"$work/events"
	return "$status"
}
refused() { # DESCRIPTION COMMAND...: with an event
	UVN_PATIENCE=$short cannot "$@"
	check "$1: an event" event 'denied .*uid=1234 reason=(translation|network)'
}
: >"$work/events"
refused "the source 100.64.38.148" say 1 1234 udp $server4 "" 100.64.38.148
for p in $port 5007; do
	refused "the source 10.99.0.1, port $p" say 1 1234 udp $server4 "" 10.99.0.1 "$p"
	refused "the source fd99::1, port $p" say 1 1234 udp $server6 "" fd99::1 "$p"
done
# Of no host here: the kernel itself does not route it.
UVN_PATIENCE=$short cannot "the source 10.98.0.9" say 1 1234 udp $server4 "" 10.98.0.9
for a in fd64:ba5e::2694 fd98::9; do
	refused "the source $a" say 1 1234 udp $server6 "" $a
done
check "the CGNAT address as the source" say 1 1234 udp $server4 "" 100.64.4.210
check "in IPv6 too" say 1 1234 udp $server6 "" fd64:ba5e::4d2
for a in $server4 $server6; do
	refused "udp to a port for translation of $a" \
		user 1 1234 "$flows" say udp - 0 "$a" 61500
	# By TCP nothing begins there.
	refuses "tcp to such a port of $a gets there" 1 "(111)" \
		user 1 1234 "$flows" say tcp - 0 "$a" 61500
	if say 1 0 lite "$a" >/dev/null 2>&1; then # not every kernel has it
		refused "UDP-Lite to $a" say 1 1234 lite "$a"
	fi
done
refused "broadcast to 10.99.0.255" say 1 1234 loose 10.99.0.255
# Multicast stays on the subnets, and where there is no group for it, on the node.
for a in 239.1.1.1 ff0e::1; do
	UVN_PATIENCE=$short cannot "multicast to $a" say 1 1234 loose $a
done
nothing_leaked "refusals"

#
# Nobody outside gets in
#

batch router <<-IP
route add 100.64.0.0/10 via 10.99.0.1
route add fd64:ba5e::/64 via fd99::1
IP
dropped() {
	adm 1 -j status | jq .rx_dropped
}
forge() { # PROTOCOL SOURCE PORT ADDRESS FIRST [LAST]: by the router
	root router "$flows" forge "$1" "$2" "$3" "$4" "$5" "${6:-$5}"
}
count=$(visits) answers=$(seen synack) drops=$(dropped)
targets=(100.64.4.210 fd64:ba5e::4d2 10.99.0.1 fd99::1)
for host in router server; do
	check "$host: none of 1234's addresses" reaches_none $host 0 8002 "${targets[@]}"
done
for a in 100.64.4.210 fd64:ba5e::4d2; do
	cannot "ping $a" root router ping -qnc 1 -W $short $a
done
check "what came to the pools is counted" [ "$(dropped)" -ge $((drops + 8)) ]
# Every port that users' flows have, from a host that they do not know.
UVN_PATIENCE=$short cannot "the router finds no open TCP port" \
	root router "$flows" scan tcp 10.99.0.1 61000 $last
[ "$few" ] || UVN_PATIENCE=$short cannot "the router finds no open UDP port" \
	root router "$flows" scan udp fd99::1 61000 $last
# From the server's address or port, but not from both.
for p in udp tcp; do
	check "$p from the server's address" forge $p $server4 7008 10.99.0.1 61000 $last
	[ "$few" ] || check "$p from the server's port" \
		forge $p 10.99.0.254 $port 10.99.0.1 61000 $last
	check "$p from the server's address, IPv6" \
		forge $p $server6 7008 fd99::1 61000 $last
done
# The same to the ports that sockets have.
for f in 4 6; do
	own=server$f there=10.99.0.1 other=10.99.0.254
	[ $f = 4 ] || there=fd99::1 other=fd99::fe
	check "udp from the server's address to users' ports, IPv$f" \
		forge udp "${!own}" 7008 $there 20000 20001
	check "udp from the server's port, IPv$f" forge udp $other $port $there 20000 20001
done
# With sources that look familiar, to the addresses and to the service.
for p in udp tcp; do
	for a in 100.64.4.210 10.99.0.1 192.168.80.1; do
		for s in 100.64.38.148 100.64.4.210 10.99.0.1 127.0.0.1 192.168.80.2; do
			forge $p $s 7009 $a 8002 >/dev/null
			[ "$few" ] || forge $p $s 7009 $a 20000 20001 >/dev/null
		done
	done
	for a in fd64:ba5e::4d2 fd99::1; do
		for s in fd64:ba5e::2694 fd64:ba5e::4d2 fd99::1 ::1; do
			forge $p $s 7009 $a 8002 >/dev/null
			[ "$few" ] || forge $p $s 7009 $a 20000 20001 >/dev/null
		done
	done
done
check "flows go on meanwhile" asked ^again "${twins[@]}" "${loose[@]}"
equal "the service has not seen a byte" "$count" "$(visits)"
equal "nor has a flow" 0 "$(cat "${loose[@]/#/$work/}" | grep -c stray)"
equal "nobody was asked in" "$answers" "$(seen synack)"

#
# Nor does any other user
#

everywhere=(127.0.0.1 192.168.80.1 192.168.40.1 10.99.0.1 100.64.4.210 fd99::1
	fd64:ba5e::4d2 ::1)
read -r _ nat4 <<<"$(seen_at loose-4-1234)"
read -r _ nat6 <<<"$(seen_at loose-6-1234)"
check "9876 on the node: by none of its addresses" \
	reaches_none 1 9876 8002 "${everywhere[@]}"
check "9876 on the other node neither" reaches_none 2 9876 8002 \
	"${everywhere[@]:1:6}"
check "1234 there neither, by the network outside" \
	reaches_none 2 1234 8002 10.99.0.1 fd99::1 100.64.4.210 fd64:ba5e::4d2
for n in 1 2; do
	check "9876 on node $n: not by the translated port" \
		reaches_none $n 9876 "${nat4:-61000}" 10.99.0.1
	check "9876 on node $n: not by the translated port, IPv6" \
		reaches_none $n 9876 "${nat6:-61000}" fd99::1
done
equal "1234 has not seen a byte" "$count" "$(visits)"
# That of 9876's has the same port, and 9876 asked there.
equal "nor has a flow of 1234's" 0 "$(cat "$work"/loose-?-1234 | grep -c stray)"

punch() { # NODE ADDRESS : 1234 on node 1 and 9876 there
	local pid one="$work/punch-one-$1-$2" two="$work/punch-two-$1-$2"
	: >"$two"
	user 1 1234 "$flows" punch "$2" "$port" "$two" >"$one" &
	pid=$!
	user "$1" 9876 "$flows" punch "$2" "$port" "$one" >"$two"
	wait "$pid"
	cat "$one" "$two"
	# Both were there, and neither heard the other.
	[ "$(cat "$one" "$two" | grep -c '^at ')" = 2 ] &&
	[ "$(cat "$one" "$two" | grep -c '^sent ')" = 2 ] &&
	! cat "$one" "$two" | grep -q heard
}
for a in $server4 $server6; do
	check "two nodes' users do not meet outside, by $a" punch 2 "$a"
	[ "$few" ] || check "nor do one node's" punch 1 "$a"
done

# Two who connect to each other at once, from ports that they have agreed on. TCP lets such
# two meet, if their SYNs cross on a way that takes a while: two roots do.
cat >"$work/cross.py" <<'PYTHON'
import socket, sys, time
own, other, port, end = sys.argv[1], sys.argv[2], int(sys.argv[3]), time.time() + float(sys.argv[4])
family = socket.AF_INET6 if ':' in own else socket.AF_INET
while time.time() < end:
    s = socket.socket(family, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind((own if sys.argv[5] == 'bind' else '', port))
        s.settimeout(1)
        s.connect((other, port))
        s.sendall(b'crossed')
        if s.recv(7) == b'crossed':
            print('met')
            break
    except OSError:
        pass
    s.close()
PYTHON
crosses() { # UID UID ADDRESS ADDRESS PORT SECONDS HOW : on the two nodes
	local pid
	user 2 "$2" python3 "$work/cross.py" "$4" "$3" "$5" "$6" "$7" >"$work/cross-2" &
	pid=$!
	user 1 "$1" python3 "$work/cross.py" "$3" "$4" "$5" "$6" "$7" >"$work/cross-1"
	wait "$pid"
	cat "$work/cross-1" "$work/cross-2"
	grep -q met "$work/cross-1" "$work/cross-2"
}
far() { # add|del
	local n
	for n in 1 2; do
		tc -n "n$n-$seed" qdisc "$1" dev eth0 root netem delay 100ms || return
	done
}
check "the way takes a while" far add
for f in 4 6; do
	ends=(10.99.0.1 10.99.0.2)
	[ $f = 4 ] || ends=(fd99::1 fd99::2)
	check "two roots who connect to each other meet, IPv$f" \
		crosses 0 0 "${ends[@]}" 20200 $((10 * limit / 1000)) bind
	for u in 9876 1234; do
		cannot "1234 and $u there do not, IPv$f" \
			crosses 1234 $u "${ends[@]}" 20201 $((5 * limit / 1000)) any
	done
done
check "and no longer" far del
nothing_leaked "attacks"

# They began long ago, and nothing was said on most of them since.
while [ $SECONDS -lt $((idle + 20)) ]; do
	sleep 1
done
check "flows that were idle go on" asked ^again "${twins[@]}" "${loose[@]}"
unchanged() {
	local name
	for name in tcp-{4,6}-{1234,9876}; do
		grep -q "^again $(seen_at "$name") " "$work/$name" &&
		! grep '^again' "$work/$name" | grep -v "^again $(seen_at "$name") " ||
			return
	done
}
check "TCP from the ports that it had" unchanged

# A port that another had until just now, and who closes first has it for a minute more.
closes() { # UID ADDRESS PORT
	user 1 "$1" python3 -c "
import socket
s = socket.socket(socket.AF_INET6 if ':' in '$2' else socket.AF_INET)
s.bind(('', $3))
s.connect(('$2', $port))
s.shutdown(socket.SHUT_WR)
while s.recv(4096):
    pass
"
}
for f in 4 6; do
	own=server$f from=10.99.0.1
	[ $f = 4 ] || from=fd99::1
	check "1234 has a connection from 2002$f, IPv$f" closes 1234 "${!own}" 2002$f
	check "which waits now" sh -c "ip netns exec n1-$seed \
		ss -Htan state time-wait 'sport = 2002$f' | grep -F '${!own}'"
	check "9876 connects from there, and gets another" \
		say 1 9876 tcp "${!own}" "$from 6" - 2002$f
done

# UDP says nothing of an end: the port is nobody else's while answers may come.
for f in 4 6; do
	own=server$f from=10.99.0.1
	[ $f = 4 ] || from=fd99::1
	check "1234 asks from 2113$f and is done, IPv$f" \
		say 1 1234 udp "${!own}" "$from 2113$f " - 2113$f
	check "9876 asks from there, and is seen at another" \
		say 1 9876 udp "${!own}" "$from 6" - 2113$f
	check "1234 again has it" say 1 1234 udp "${!own}" "$from 2113$f " - 2113$f
	check "so has root" say 1 0 udp "${!own}" "$from 2113$f " "$from" 2113$f
	check "and then 1234 is seen at another" \
		say 1 1234 udp "${!own}" "$from 6" - 2113$f
	check "root asks from 2115$f" say 1 0 udp "${!own}" "$from 2115$f " "$from" 2115$f
	check "who asks from there later is seen at another" \
		say 1 1234 udp "${!own}" "$from 6" - 2115$f
done
# A port that the system has, at another address than the user's socket.
check "a service of the system's" serve_root has 1 udp 192.168.80.1 21160 system
check "1234 asks from its port, and is seen at another" \
	say 1 1234 udp $server4 "10.99.0.1 6" 100.64.4.210 21160

# Answers that come late, to a port that is another's by then.
late() { # UID ADDRESS PORT : sends, and prints what it hears in a while
	user 1 "$1" python3 -c "
import socket
s = socket.socket(socket.AF_INET6 if ':' in '$2' else socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', $3))
s.settimeout($((short + 1)))
s.sendto(b'$1', ('$2', 5353))
try:
    while True:
        print(s.recv(100).decode(), flush=True)
except OSError:
    pass
"
}
spawn slow root server python3 -u -c "
import socket, threading, time
def bound():
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(('::', 5353))
    return s
s = bound()
print('ready')
def answer(word, to):
    time.sleep($short)
    c = bound()
    c.connect(to)
    c.settimeout($short)
    try:
        c.send(word)
        c.recv(100)
    except ConnectionRefusedError:
        print('refused by', word.decode())
    except OSError:
        pass
    c.close()
while True:
    word, to = s.recvfrom(100)
    threading.Thread(target=answer, args=(word, to)).start()
"
check "a slow server" busywait 20 grep -q ready "$work/slow"
hasty() { # ADDRESS PORT : who sends and is gone
	user 1 1234 python3 -c "
import socket
s = socket.socket(socket.AF_INET6 if ':' in '$1' else socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', $2))
s.sendto(b'1234', ('$1', 5353))
"
}
for a in $server4 $server6; do
	check "1234 asks $a and is gone" hasty "$a" 21170
	equal "9876 asks from there, and hears its own answer alone" 9876 \
		"$(late 9876 "$a" 21170)"
done
equal "the server is told that 1234 is gone, and nobody else" "2 0" \
	"$(grep -c 'refused by 1234' "$work/slow") $(grep -c 'refused by 9876' "$work/slow")"

# The system comes first: answers to it are its own, whoever has the port.
for f in 4 6; do
	address=server$f
	hold own-$f 1 1234 udp "${!address}" 21140
	hold open-$f 1 1234 loose "${!address}" 550$f
done
check "1234 has flows" ready {own,open}-{4,6}
equal "from the port that it has" "10.99.0.1 21140" "$(seen_at own-4)"
equal "in IPv6 too" "fd99::1 21140" "$(seen_at own-6)"
check "others are translated" translated 10.99.0.1 open-4
check "in IPv6 too" translated fd99::1 open-6
for f in 4 6; do
	address=server$f
	for name in own open; do
		read -r own nat <<<"$(seen_at $name-$f)"
		check "root asks from the port of a user's flow ($name), IPv$f" \
			say 1 0 udp "${!address}" "$own $nat " "$own" "$nat"
		check "and again" say 1 0 udp "${!address}" "$own $nat " "$own" "$nat"
	done
done
equal "the user has not seen the answers" 0 \
	"$(cat "$work"/{own-?,open-?,loose-?-1234} | grep -c stray)"
check "the user's flows go on from another" asked ^again {own,open}-{4,6}
elsewhere() {
	local f
	for f in 4 6; do
		grep '^again' "$work/own-$f" | grep -qE ' (6[1-5])[0-9]{3} ' || return
	done
}
check "of nat-ports" elsewhere

# By TCP likewise; and what the system has no user gets.
hold alone-4 1 1234 tcp $server4 20010
hold alone-6 1 1234 tcp $server6 20010
check "1234 has two connections" ready alone-{4,6}
equal "from the port that it has" "10.99.0.1 20010" "$(seen_at alone-4)"
equal "in IPv6 too" "fd99::1 20010" "$(seen_at alone-6)"
for f in 4 6; do
	address=server$f
	read -r own _ <<<"$(seen_at alone-$f)"
	check "root connects from there, IPv$f" say 1 0 tcp "${!address}" "" "$own" 20010
done
UVN_PATIENCE=$short check "that is the end of them" asked '^(error|silent)' alone-{4,6}
check "and 1234 connects again" works 1 1234 10.99.0.1 fd99::1
hold root-4 1 0 tcp $server4 20011
hold root-6 1 0 tcp $server6 20011
hold after-4 1 1234 tcp $server4 20011
hold after-6 1 1234 tcp $server6 20011
check "root has two, and 1234 wants the same" ready {root,after}-{4,6}
check "they are translated" translated 10.99.0.1 after-4
check "in IPv6 too" translated fd99::1 after-6
check "all of them go on" asked ^again {root,after}-{4,6}

finish
