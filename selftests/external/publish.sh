#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Published ports: hosts outside connect to what users listen on, and nobody
# else does, least of all other users.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib-outside.sh
dual=1
. "$(dirname "$0")/../lib/lib-outside.sh"
nl=$lib/uvn_nl

# Node 1's addresses as the hosts outside know them.
declare -A seen_by=(
	[server]='10.99.0.1 fd99::1'
	[plain]='192.168.80.1 2001:db8:80::1'
	[2]='192.168.80.1 2001:db8:80::1 192.168.40.1 10.99.0.1 fd99::1'
	[1]='192.168.80.1 2001:db8:80::1 10.99.0.1 fd99::1'
)

# The system of a host asks a port of node 1 at all addresses.
asks() { # HOST PROTOCOL PORT [TEXT]
	local a
	for a in ${seen_by[$1]}; do
		root "$1" "$probe" ask "$2" "$a" "$3" ${4:+"$4"} || {
			echo "$2 to $a from $1"
			return 1
		}
	done
}

nowhere() { # NODE UID PORT : by any of the addresses
	# shellcheck disable=SC2086	# addresses
	reaches_none "$@" ${seen_by[2]}
}

asks_none() { # HOST PORT
	# shellcheck disable=SC2086	# addresses
	reaches_none "$1" 0 "$2" ${seen_by[$1]}
}

publish() { # NODE : to all who are outside
	local p
	for p in 192.168.80.0/21 192.168.40.0/21 10.0.0.0/8 fd00::/8 2001:db8::/32; do
		adm "$1" publish add tcp 8000-8099 from "$p" &&
		adm "$1" publish add udp 8000-8099 from "$p" || return
	done
}

published() { # UID : how many flows
	adm 1 -j user show "$1" | jq .published
}

event() { # PATTERN
	busywait 10 grep -q "$1" "$work/events"
}

outsiders=(server plain 2 1)
begin
# Whose socket is older than uvn.
mkfifo "$work/old.go"
# shellcheck disable=SC2016	# for the shell that is started
spawn old user 1 9876 python3 -c "
import socket
tcp = socket.socket()
tcp.settimeout($short)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.settimeout($short)
open('$work/old.go').read()
for s in tcp, udp:
	for a in '192.168.80.1', '10.99.0.1':
		try:
			s.connect((a, 8000))
			s.send(b'hello')
			print('came', s.recv(100))
		except OSError as e:
			print(e)
print('end')
"
check "uvn on both nodes" connect_out
for p in tcp udp; do
	check "1234 serves by $p" serve mine-$p 1 1234 $p :: 8000 mine
done
for host in "${outsiders[@]}"; do
	check "nothing is published: $host reaches nothing" asks_none "$host" 8000
done
spawn events root 1 "$nl" monitor
check "events can be listened to" busywait 20 grep -q ready "$work/events"
check "ports are published on node 1" publish 1

#
# Who can, and who cannot
#

for host in "${outsiders[@]}"; do
	for p in tcp udp; do
		check "$host reaches what 1234 had before, by $p" \
			asks "$host" $p 8000 mine
	done
done
for p in tcp udp; do
	check "and from another of its addresses, by $p" \
		root 1 "$probe" forge $p 192.168.80.1 10.99.0.1 8000
	check "by IPv6" root 1 "$probe" forge $p 2001:db8:80::1 fd99::1 8000
done
check "an event tells" event \
	"published uid=1234 protocol=6 source=10.98.0.2 source-port=[0-9]* destination=10.99.0.1 port=8000"
check "flows are counted" test "$(published 1234)" -ge 20

old_ended() {
	echo >"$work/old.go"
	busywait 20 grep -qx end "$work/old" && ! grep came "$work/old"
}
check "whose socket is older than uvn does not come that way" old_ended

for u in 1234 9876; do
	for n in 1 2; do
		check "by the node's address off the subnets $u on node $n reaches nothing" \
			reaches_none $n $u 8001 10.99.0.1 fd99::1
	done
done
check "9876 serves, too" serve other 1 9876 tcp :: 8001 other
check "and is reached" asks server tcp 8001 other
for n in 1 2; do
	check "1234 on node $n does not reach it" \
		nowhere $n 1234 8001
	check "9876 on node $n does not reach 1234's" \
		nowhere $n 9876 8000
done
check "9876 reaches its own by its network" \
	user 2 9876 "$probe" ask tcp 192.168.80.1 8001 other
check "as 1234 does" user 2 1234 "$probe" ask udp 2001:db8:80::1 8000 mine
check "1234 on node 2 does not come by the published way" \
	reaches_none 2 1234 8000 10.99.0.1 fd99::1
# Nor by datagrams that cannot say whose they are: which may be fragmented, are, or are cut.
unmarked() { # ADDRESS
	user 2 1234 python3 -c "
import socket
DISCOVER, DONT, WANT, SEGMENT = 10, 0, 1, 103
s = socket.socket(socket.AF_INET6 if ':' in '$1' else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout($short)
s.connect(('$1', 8000))
for size, discover, segment in ((1, DONT, 0), (4000, WANT, 0), (3000, WANT, 1000), (1, WANT, 0)):
    s.setsockopt(socket.SOL_IP, DISCOVER, discover)
    s.setsockopt(socket.SOL_UDP, SEGMENT, segment)
    try:
        s.send(b'x' * size)
        print('heard', s.recv(100))
    except OSError as e:
        print('nothing:', e)
" | tee "$work/unmarked"
	[ "$(grep -c '^nothing' "$work/unmarked")" = 4 ]
}
visitors() {
	cat "$work"/mine-* | grep -vc ready
}
came=$(visitors)
for a in 10.99.0.1 fd99::1; do
	check "nor by datagrams without a mark, to $a" unmarked $a
done
equal "of which none came" "$came" "$(visitors)"

check "1234 serves at 127.0.0.1" serve local 1 1234 tcp 127.0.0.1 8002 local
check "at one address" serve one 1 1234 tcp 192.168.80.1 8003 one
check "and at a port that is not published" serve above 1 1234 tcp :: 8100 above
check "which the server cannot reach" asks_none server 8100
check "nor what is at 127.0.0.1" reaches_none 1 0 8002 127.0.0.1 192.168.80.1
check "plain reaches what is at its address" \
	root plain "$probe" ask tcp 192.168.80.1 8003 one
cannot "and not by another" root server "$probe" ask tcp 10.99.0.1 8003
check "nobody is reached at a port that nobody has" asks_none server 8050
cannot "a host outside comes from a port of translated sources" \
	root server "$flows" say tcp 10.98.0.2 61234 10.99.0.1 8000

# What 1234 may answer to node 2's system is no visit to 9876 there.
check "ports are published on node 2, too" publish 2
check "1234 has an echo on node 1" spawn myecho user 1 1234 "$flows" echo 8020
check "that listens" busywait 20 grep -q ready "$work/myecho"
myecho=${background[-1]}
spawn answered root 2 "$flows" hold tcp 192.168.80.1 8020 8050
held[answered]=${background[-1]}
check "the system of node 2 has a flow from port 8050" ready answered
cannot "by UDP it cannot" root 2 "$flows" say udp - 8050 192.168.80.1 8020
let_go answered
kill "$myecho"
for p in tcp udp; do
	check "9876 has port 8050 of node 2 by $p" serve there-$p 2 9876 $p :: 8050 there
	check "node 1's system reaches it" \
		root 1 "$probe" ask $p 192.168.80.2 8050 there
	cannot "1234 of node 1 does from port 8020" \
		user 1 1234 "$flows" say $p - 8020 192.168.80.2 8050
done
check "nobody came to 9876 but the system" test \
	"$(cat "$work"/there-* | grep -vc ready)" = 2
unpublish_2() {
	adm 2 save | grep -v '^publish' | adm 2 load -
}
check "nothing is published on node 2" unpublish_2

#
# One port, one user
#

taken() { # NODE UID PROTOCOL PORT
	user "$1" "$2" python3 -c "
import socket
t = socket.SOCK_STREAM if '$3' == 'tcp' else socket.SOCK_DGRAM
s = socket.socket(socket.AF_INET6, t)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('::', $4))"
}
for p in tcp udp; do
	refuses "9876 cannot have 1234's $p port" 1 "Address already in use" \
		taken 1 9876 $p 8000
done
check "but it can have one that is not published" taken 1 9876 tcp 8100
check "and the same one on the other node" taken 2 9876 tcp 8000
check "1234 has it twice if it wants to" taken 1 1234 tcp 8099
check "when 1234 has gone" kill "$(pgrep -f 'serve tcp 192.168.80.1 8003')"
check "9876 may have it" busywait 10 taken 1 9876 tcp 8003
check "and serves" serve heir 1 9876 tcp :: 8003 heir
check "the server reaches it" asks server tcp 8003 heir
refuses "1234 comes late" 1 "Address already in use" taken 1 1234 tcp 8003

check "the system serves at a port of the range" serve_root sys 1 tcp :: 8004 system
refuses "which users cannot have" 1 "Address already in use" taken 1 1234 tcp 8004
check "1234 has another" serve was 1 1234 tcp :: 8005 user
check "the server reaches 1234" asks server tcp 8005 user
check "the system's own flows from such a port are as ever" \
	root 1 "$flows" say tcp - 8006 192.168.80.50 $port "192.168.80.1 8006"
check "1234's own leave translated" \
	user 1 1234 "$flows" say udp - 8007 10.98.0.2 $port "10.99.0.1 6"

#
# Flows: of all sizes, that last, while things change
#

check "1234 has an echo" spawn myecho user 1 1234 "$flows" echo 8010
check "that listens" busywait 20 grep -q ready "$work/myecho"
held_at() { # NAME HOST PROTOCOL ADDRESS
	spawn "$1" root "$2" "$flows" hold "$3" "$4" 8010
	held[$1]=${background[-1]}
}
held_at f-tcp4 server tcp 10.99.0.1
held_at f-tcp6 server tcp fd99::1
held_at f-udp4 server udp 10.99.0.1
held_at f-plain plain tcp 192.168.80.1
held_at f-plain6 plain udp 2001:db8:80::1
held_at f-node 2 tcp 192.168.80.1
held_at f-self 1 tcp 192.168.80.1
flow_names=(f-tcp4 f-tcp6 f-udp4 f-plain f-plain6 f-node f-self)
check "flows of all kinds begin" ready "${flow_names[@]}"
check "and go on" asked '^again' "${flow_names[@]}"
check "the server fetches much" root server "$flows" get 10.99.0.1 8010 3000000
check "by IPv6, too" root server "$flows" get fd99::1 8010 3000000
narrow() { # MTU of the cable between router and hop, as they alone know
	ip -n "nrouter-$seed" link set middle mtu "$1" &&
	ip -n "nhop-$seed" link set middle mtu "$1"
}
check "the way gets narrow" narrow 1300
check "and much comes all the same" root server "$flows" get 10.99.0.1 8010 3000000
check "by IPv6, too" root server "$flows" get fd99::1 8010 3000000
check "the way gets wide" narrow 1500
check "1234 echoes datagrams" spawn big user 1 1234 "$probe" echo 8011 ::
check "also large ones" busywait 10 root server "$probe" bounce 10.99.0.1 8011 100 3000 20000
check "by IPv6, too" root server "$probe" bounce fd99::1 8011 100 3000 20000

check "one who is no outsider any more" adm 1 publish del tcp 8000-8099 from 10.0.0.0/8
check "is cut off" asked '^(silent|error)' f-tcp4
check "others are not" asked '^again' f-tcp6 f-plain f-udp4
cannot "and gets no other flow" root server "$probe" ask tcp 10.99.0.1 8000
check "it is one again" adm 1 publish add tcp 8000-8099 from 10.0.0.0/8
check "and gets one" root server "$probe" ask tcp 10.99.0.1 8000 mine

check "node 1 has another address" ip -n "n1-$seed" addr add 192.168.80.201/21 dev em1
check "by which it is reached" busywait $soon \
	root plain "$probe" ask tcp 192.168.80.201 8000 mine
check "which goes" ip -n "n1-$seed" addr del 192.168.80.201/21 dev em1
cannot "it is reached no more" root plain "$probe" ask tcp 192.168.80.201 8000
check "flows go on" asked '^again' f-tcp6 f-plain f-node f-self

strict() {
	root 1 nft -f - <<-NFT
	table inet site {
		chain in {
			type filter hook input priority 0
			ct state invalid counter drop
		}
		chain out {
			type filter hook output priority 0
			ct state invalid counter drop
			ct state new tcp sport 8000-8099 counter drop
		}
	}
	NFT
}
check "the site has a firewall that looks at states" strict
check "flows go on" asked '^again' f-tcp6 f-plain f-udp4 f-node f-self
for host in "${outsiders[@]}"; do
	check "and $host begins others" asks "$host" tcp 8000 mine
done
check "users go on in their networks" user 2 1234 "$probe" ask tcp 192.168.80.1 8000 mine
root 1 nft delete table inet site

#
# A connection has no port
#

mkfifo "$work/visitor.go"
check "1234 stops to listen when it has a connection" spawn leaver user 1 1234 python3 -c "
import socket
s = socket.create_server(('0.0.0.0', 8041))
print('ready', flush=True)
c, peer = s.accept()
s.close()
print('closed', flush=True)
while True:
    data = c.recv(99)
    if not data:
        break
    c.send(data)
"
check "it listens" busywait 20 grep -qx ready "$work/leaver"
check "a visitor comes" spawn visitor root server python3 -c "
import socket
s = socket.create_connection(('10.99.0.1', 8041))
s.settimeout($UVN_PATIENCE)
s.send(b'one')
print('first', s.recv(99).decode(), flush=True)
open('$work/visitor.go').read()
s.send(b'two')
print('then', s.recv(99).decode(), flush=True)
"
check "and is answered" busywait 20 grep -qx "first one" "$work/visitor"
check "1234 listens no more" busywait 20 grep -qx closed "$work/leaver"
check "9876 has the port" serve successor 1 9876 tcp :: 8041 successor
check "who comes now is 9876's" asks server tcp 8041 successor
echo >"$work/visitor.go"
check "who came before is 1234's still" busywait 20 grep -qx "then two" "$work/visitor"

# 1234 hears at one address, and has more connections than anybody looks at.
check "1234 hears at one address" spawn hidden user 1 1234 python3 -c "
import socket
s = socket.create_server(('192.168.80.1', 8042))
kept = []
for i in range(100):
    c = socket.create_connection(('192.168.80.1', 8042))
    kept += c, s.accept()[0]
print('ready', flush=True)
while True:
    c, peer = s.accept()
    c.send(b'hidden')
    c.close()
"
check "with 100 connections" busywait 20 grep -qx ready "$work/hidden"
serve taker 1 9876 tcp :: 8042 taker || :
check "who comes there is 1234's, whatever 9876 has" \
	root plain "$probe" ask tcp 192.168.80.1 8042 hidden
refuses "9876 cannot have the same address" 1 "Address already in use" \
	user 1 9876 python3 -c "
import socket
socket.create_server(('192.168.80.1', 8042))"

#
# However many connections a port has
#

# 1234 listens at 8030 at all addresses and at 8031 at 127.0.0.1 alone, and has as
# many connections to each as it is told.
cat >"$work/many.py" <<-'PY'
import socket, sys
ears, kept = [], []
for address, port in ('0.0.0.0', 8030), ('127.0.0.1', 8031):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    s.listen(4096)
    ears.append(s)
print('ready', flush=True)
for line in sys.stdin:
    n = int(line)
    for i in range(len(kept) // 4, n):
        for s in ears:
            c = socket.socket()
            c.bind(('127.0.%d.1' % (i // 10000), 0))
            c.connect(('127.0.0.1', s.getsockname()[1]))
            kept += c, s.accept()[0]
    print('have', n, flush=True)
PY
# The quickest of many, in nanoseconds.
cat >"$work/quick.py" <<-'PY'
import socket, sys, time
what, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
best = 1 << 62
for i in range(200):
    s = socket.socket()
    begin = time.perf_counter_ns()
    try:
        getattr(s, what)((address, port))
        sys.exit('%s succeeded' % what)
    except OSError:
        best = min(best, time.perf_counter_ns() - begin)
    s.close()
    time.sleep(.005)  # whoever else is on the CPU has had it then
print(best)
PY
ulimit -n 100000
mkfifo "$work/many.in"
# shellcheck disable=SC2094	# a fifo, held open for both
exec 8<>"$work/many.in"
many_spawn() {
	replace='exec' user 1 1234 python3 "$work/many.py" \
		<"$work/many.in" >"$work/many" 2>&1 8>&- &
	many_pid=$!
	background+=("$many_pid")
	busywait 20 grep -q ready "$work/many"
}
many_spawn
many_has() { # N
	echo "$1" >&8
	busywait 300 grep -qx "have $1" "$work/many"
}
declare -A bind_ns syn_ns
for n in 1 1000 ${UVN_MANY:-2000}; do
	check "1234 has $n connections to each of two ports" many_has "$n"
	bind_ns[$n]=$(user 1 9876 python3 "$work/quick.py" bind 0.0.0.0 8030)
	syn_ns[$n]=$(root server python3 "$work/quick.py" connect 10.99.0.1 8031)
done
# Instructions where they are counted; else time, which is not as exact.
grows() { # WHAT BEFORE AFTER
	note "$1: $3 ns, with one connection $2 ns"
	check "$1 costs the same" test "${3:-0}" -gt 0 -a \
		$((${3:-1} * 100)) -le $((${2:-0} * counted_percent))
}
counted_percent=200
[ -z "$counted" ] || counted_percent=120
for n in 1000 ${UVN_MANY:-2000}; do
	grows "bind() to a port with $n connections" "${bind_ns[1]}" "${bind_ns[$n]}"
	grows "a SYN to a port with $n connections" "${syn_ns[1]}" "${syn_ns[$n]}"
done
refuses "9876 does not get 1234's port all the same" 1 "Address already in use" \
	taken 1 9876 tcp 8030
exec 8>&-
check "1234 lets go of them" kill "$many_pid"

#
# The configuration
#

refuses "not what is published already" 1 "published already" \
	adm 1 publish add tcp 8000-8099 from 10.0.0.0/8
refuses "not what is not there" 1 "no such published ports" \
	adm 1 publish del tcp 8000-8098 from 10.0.0.0/8
refuses "not the ports of translation" 1 "overlap nat-ports 61000-65535" \
	adm 1 publish add tcp 60000-61000 from 10.0.0.0/8
refuses "nor those among published ones" 1 "overlap nat-ports" \
	adm 1 set nat-ports 8050-9000
refuses "not a port of VXLAN" 1 "hold port 80[12] of a subnet" \
	adm 1 publish add udp 800-900 from 10.0.0.0/8
check "but as TCP" adm 1 publish add tcp 800-900 from 10.0.0.0/8
saved() {
	adm 1 save >"$work/conf" &&
	grep -qx "publish add tcp 800-900 from 10.0.0.0/8" "$work/conf" &&
	[ "$(grep -c '^publish add' "$work/conf")" = 11 ] &&
	adm 1 load "$work/conf" && adm 1 save | cmp - "$work/conf"
}
check "save and load" saved
check "flows go on" asked '^again' f-tcp6 f-plain f-udp4
unpublish() {
	grep -v '^publish' "$work/conf" | adm 1 load -
}
check "nothing is published any more" unpublish
check "all are cut off" asked '^(silent|error)' f-tcp6 f-plain f-udp4 f-node f-self
for host in "${outsiders[@]}"; do
	check "$host reaches nothing" asks_none "$host" 8000
done
check "users may have the same port" taken 1 9876 tcp 8000
check "ports are published again" publish 1
check "the server reaches 1234" asks server tcp 8000 mine
let_go "${flow_names[@]}"
check "disable" adm 1 disable
check "enable" adm 1 enable
check "1234 serves again" serve again 1 1234 tcp :: 8020 again
check "and is reached" asks server tcp 8020 again
check "nothing leaked" nothing_leaked "publishing"
hang_up 1 2 server plain
finish
