#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Sockets that are in no VRF, and not the system's own: older than enable, or
# made by the system and then in a user's hands, or raw and not yet bound. They
# hear no other user, by whatever way, and no other user hears them.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
stray=$here/uvn_stray
export UVN_PATIENCE=2
long=3000 short=400	# milliseconds, for what must come and what must not
[ "$UVN_KERNEL" != debug ] || long=20000 short=1500

# A program that obeys commands: uvn_stray.
declare -A to
begin() { # NAME COMMAND... : of user or root
	local name=$1 fd
	shift
	mkfifo "$work/$name.in"
	replace='exec' "$@" <"$work/$name.in" >"$work/$name" 2>&1 &
	background+=($!)
	exec {fd}>"$work/$name.in"
	to[$name]=$fd
}
answered() { # NAME LINES
	[ "$(wc -l <"$work/$1")" -gt "$2" ]
}
tell() { # NAME COMMAND... : prints the answer
	local name=$1 lines
	shift
	lines=$(wc -l <"$work/$name")
	echo "$*" >&"${to[$name]}"
	busywait 40 answered "$name" "$lines"
	tail -n +$((lines + 1)) "$work/$name"
}
says() { # DESCRIPTION ANSWER NAME COMMAND...
	local what=$1 want=$2
	shift 2
	equal "$what" "$want" "$(tell "$@")"
}
all() { # NAME COMMANDS : one a line; each must be answered with ok
	local line
	while read -r line; do
		[ "$(tell "$1" "$line")" = ok ] || { echo "$1: $line"; return 1; }
	done <<<"$2"
}
does() { # DESCRIPTION NAME <COMMANDS : the same
	check "$1" all "$2" "$(cat)"
}
equal_to() { # ANSWER COMMAND...
	local want=$1
	shift
	[ "$("$@")" = "$want" ]
}
refused() { # COMMAND... : of the probe
	"$@"
	[ $? = 1 ]
}
counted() { # packets kept from old sockets
	adm 1 -j status | jq '.denied_by.stray // 0'
}
strays() {
	adm 1 -j status | jq .strays
}

ktap_begin
dual=1
if ! load || ! nodes 1; then
	echo "Bail out! no nodes"
	exit 1
fi
chmod 755 "$work"
cp "$stray" "$work/cap"
check "a program with cap_net_raw" setcap cap_net_raw+ep "$work/cap"
lite=
[ "$UVN_KERNEL" = 7.2 ] || lite=1

#
# Older than enable
#
begin bob user 1 9876 "$stray"
does "bob has sockets" bob <<-MAKE
	make u4 udp4
	make u6 udp6
	make p4 ping4
	make p6 ping6
	make t4 tcp4
	make t6 tcp6
	make b4 udp4
	bind b4 0.0.0.0 7001
	make b6 udp6
	bind b6 :: 7001
	make l4 tcp4
	bind l4 0.0.0.0 7002
	listen l4
	make l6 tcp6
	bind l6 :: 7002
	listen l6
	make q4 ping4
	bind q4 0.0.0.0 777
	make q6 ping6
	bind q6 :: 777
	make s4 udp4
	bind s4 127.0.0.1 7007
	make e4 udp4
	bind e4 0.0.0.0 7008
	make e6 udp6
	bind e6 :: 7008
MAKE
n_bob=15
[ -z "$lite" ] || {
	does "and some of UDP-Lite" bob <<-MAKE
		make y4 lite4
		bind y4 0.0.0.0 7001
		make z6 lite6
	MAKE
	n_bob=17
}
begin raw user 1 9876 "$work/cap"
does "and raw ones" raw <<-MAKE
	make i4 icmp4
	make i6 icmp6
	make r4 raw4
	make r6 raw6
MAKE
n_raw=4
mptcp=
if [ "$(root 1 cat /proc/sys/net/mptcp/enabled)" = 1 ]; then
	mptcp=1
	begin mptcp user 1 9876 "$stray"
	mptcp_pid=${background[-1]}
	does "and servers of MPTCP" mptcp <<-MAKE
		make l4 mptcp4
		bind l4 0.0.0.0 7011
		listen l4
		make l6 mptcp6
		bind l6 :: 7011
		listen l6
	MAKE
fi
begin oldalice user 1 1234 "$stray"
does "alice has one" oldalice <<-MAKE
	make o udp4
	bind o 0.0.0.0 7006
MAKE
begin oldroot root 1 "$stray"
does "the system has some" oldroot <<-MAKE
	make o4 udp4
	bind o4 0.0.0.0 7009
MAKE
sees=full
check "enable" configure 1
[ -z "$mptcp" ] || {
	for a in 127.0.0.1 ::1; do
		check "MPTCP: alice is refused at once" refused user 1 1234 \
			"$probe" ask tcp $a 7011
	done
	root 1 "$probe" ask tcp 127.0.0.1 7011 >/dev/null &
	says "MPTCP: root does come" accepted mptcp accept l4 $long
	wait $!
	kill "$mptcp_pid"
	wait "$mptcp_pid" 2>/dev/null
}
n=$((n_bob + n_raw + 1))
equal "status counts them all, those without a port too" $n "$(strays)"

begin alice user 1 1234 "$stray"
begin alicecap user 1 1234 "$work/cap"
begin root root 1 "$stray"
does "alice has a network, and sockets in it" alice <<-MAKE
	make a4 udp4
	bind a4 0.0.0.0 5000
	make a6 udp6
	bind a6 :: 5000
MAKE
does "raw ones too" alicecap <<-MAKE
	make i4 icmp4
	make i6 icmp6
MAKE
does "root has some" root <<-MAKE
	make u4 udp4
	make u6 udp6
	make i4 icmp4
	make i6 icmp6
MAKE
check "the system's services serve: TCP" serve_root t 1 tcp :: 7010 system
check "and UDP" serve_root u 1 udp :: 7010 system
for p in tcp udp; do
	for a in 127.0.0.1 192.168.80.1 2001:db8:80::1; do
		check "alice asks one: $p, $a" user 1 1234 "$probe" ask $p $a 7010 system
	done
done
says "alice asks an old one" ok alice send a4 127.0.0.1 7009 "question"
says "it hears her" heard oldroot heard o4 question $long
says "and answers" ok oldroot send o4 127.0.0.1 5000 answered
says "she hears it" heard alice heard a4 answered $long

#
# What bob's old sockets hear
#
declare -A address=([4]=127.0.0.1 [6]=::1) other=([4]=192.168.80.1 [6]=2001:db8:80::1)
spawn events root 1 "$lib/uvn_nl" monitor
check "events can be listened to" busywait 20 grep -q ready "$work/events"
before=$(counted)
for f in 4 6; do
	for a in "${address[$f]}" "${other[$f]}"; do
		tell alice send a$f "$a" 7001 secret >/dev/null
		says "UDP: alice's datagram to $a" quiet bob heard b$f secret $short
	done
	says "UDP: root's" ok root send u$f "${address[$f]}" 7001 public
	says "does come" heard bob heard b$f public $long
	tell alicecap echo i$f "${address[$f]}" 777 secret >/dev/null
	says "ping: the answer to alice's request" quiet bob heard q$f secret $short
	says "raw: alice's request and its answer" quiet raw heard i$f secret $short
	says "raw: root's request" ok root echo i$f "${address[$f]}" 777 public
	says "does come" heard raw heard i$f public $long
	says "and to the ping socket" heard bob heard q$f public $long
	tell alice send a$f "${address[$f]}" 7666 secret >/dev/null
	says "raw: alice's datagram" quiet raw heard r$f secret $short
	says "raw: the error about it" quiet raw errors r$f secret $short
	check "TCP: alice is refused at once" refused user 1 1234 \
		"$probe" ask tcp "${address[$f]}" 7002
	says "TCP: nobody came" quiet bob accept l$f $short
	root 1 "$probe" ask tcp "${address[$f]}" 7002 >/dev/null &
	says "TCP: root does come" accepted bob accept l$f $long
	wait $!
done
check "an event says so" busywait 20 grep -q \
	"denied .*family=2 .*uid=9876 reason=stray error=0" "$work/events"
check "they are counted" test "$(counted)" -gt "$before"
root 1 sysctl -qw net.ipv4.tcp_syncookies=2
for f in 4 6; do
	check "TCP with cookies: alice is refused at once" refused user 1 1234 \
		"$probe" ask tcp "${address[$f]}" 7002
	says "TCP with cookies: nobody came" quiet bob accept l$f $short
done
root 1 sysctl -qw net.ipv4.tcp_syncookies=1
[ -z "$lite" ] || {
	does "alice has a UDP-Lite socket" alice <<<"make y4 lite4"
	tell alice send y4 127.0.0.1 7001 secret >/dev/null
	says "UDP-Lite: alice's datagram" quiet bob heard y4 secret $short
}
check "bob has a new socket" begin newbob user 1 9876 "$stray"
does "in his network" newbob <<<"make u4 udp4"
says "UDP: he sends to his old one" ok newbob send u4 127.0.0.1 7001 own
says "it hears him" heard bob heard b4 own $long
says "alice sends to her own old one" ok alice send a4 127.0.0.1 7006 own
says "it hears her" heard oldalice heard o own $long

# An error about a datagram of alice's, to whose address and port an old socket is
# bound: e4 never sent it. The port is free in her network.
for f in 4 6; do
	does "alice sends from port 7008" alice <<-MAKE
		make x$f udp$f
		bind x$f ${other[$f]} 7008
	MAKE
	tell alice send x$f "${address[$f]}" 7666 secret >/dev/null
	says "UDP: the error about it" quiet bob errors e$f secret $short
done

#
# Ports and groups that they take
#
for f in 4 6; do
	says "IPv$f: no port by connect()" EPERM bob connect u$f "${address[$f]}" 9
	says "nor by sending" EAGAIN bob send u$f "${address[$f]}" 9 text
	says "nor has it one" 0 bob port u$f
	says "ping: no identifier by connect()" EPERM bob connect p$f "${address[$f]}" 0
	says "nor by sending" EAGAIN bob echo p$f "${address[$f]}" 0 text
	says "nor has it one" 0 bob port p$f
done
[ -z "$lite" ] || says "UDP-Lite: no port by sending" EAGAIN bob send z6 ::1 9 text
for dev in vrf1234 vrf9876; do
	says "no group on $dev" ENODEV bob join b4 239.1.2.3 $dev
	says "IPv6: no group on $dev" ENODEV bob join b6 ff02::77 $dev
done
says "groups on em1" ok bob join b4 239.1.2.3 em1
says "IPv6: groups on em1" ok bob join b6 ff02::77 em1
tell alice send a4 239.1.2.3 7001 secret >/dev/null
says "multicast: alice's datagram" quiet bob heard b4 secret $short

#
# Who hears them
#
check "a service at the address of the node" serve_root s 1 udp 192.168.80.1 7007 system
says "alice asks it" ok alice send a4 192.168.80.1 7007 question
says "it answers" heard alice heard a4 system $long
tell bob send s4 192.168.80.1 5000 forged >/dev/null
says "bob's socket at the same port does not" quiet alice heard a4 forged $short
says "TCP: bob's old one connects in the system's network" EINPROGRESS \
	bob connect t4 192.168.80.1 7010
says "and is connected" yes bob established t4 $long

#
# Made by the system, in a user's hands
#
begin handed root 1 "$stray"
does "root makes sockets" handed <<-MAKE
	make u4 udp4
	make u6 udp6
	make p4 ping4
	make p6 ping6
	make t4 tcp4
	make t6 tcp6
	make d4 tcp4
	make d6 tcp6
	defer d4
	defer d6
	make m4 tcp4
	make b4 udp4
	bind b4 0.0.0.0 7005
MAKE
says "and one is connected" EINPROGRESS handed connect m4 192.168.80.1 7010
says "it is" yes handed established m4 $long
says "then bob has them" ok handed become 9876
for f in 4 6; do
	says "IPv$f: no port by connect()" EPERM handed connect u$f "${address[$f]}" 9
	says "nor by sending" EAGAIN handed send u$f "${address[$f]}" 9 text
	says "nor has it one" 0 handed port u$f
	says "ping: no identifier by connect()" EPERM handed connect p$f "${address[$f]}" 0
	says "nor by sending" EAGAIN handed echo p$f "${address[$f]}" 0 text
	says "TCP: no connection" ECONNREFUSED handed connect t$f "${other[$f]}" 7010
	says "TCP: none that is deferred" ECONNREFUSED \
		handed connect d$f "${other[$f]}" 8100
	port=$(tell handed port d$f)
	equal "nor is there a port" 0 "$port"
	does "root's socket" root <<-MAKE
		make d$f tcp$f
		bind d$f ${other[$f]} 8100
	MAKE
	# Who is there meets it halfway.
	tell root connect d$f "${other[$f]}" "$port" >/dev/null
	says "that anybody could connect to" no handed established d$f $short
done
says "what was connected goes on" heard handed heard m4 system $long
says "a port that the system gave hears alice" ok alice send a4 127.0.0.1 7005 public
says "as any service" heard handed heard b4 public $long

#
# Raw, and no network yet
#
stop=$work/stop
begin flood4 user 1 1234 "$stray"
begin flood6 user 1 1234 "$stray"
check "alice sends without end" equal_to flooding tell flood4 flood 127.0.0.1 9 "$stop"
check "by IPv6 too" equal_to flooding tell flood6 flood ::1 9 "$stop"
uid=2000000000
for f in 4 6; do
	heard=0
	for i in 1 2 3; do
		uid=$((uid + 1))
		begin early$uid user 1 $uid "$work/cap"
		got=$(tell early$uid early raw$f)
		note "UID $uid: $got"
		heard=$((heard + got))
	done
	equal "IPv$f: raw sockets hear nothing before they have a network" 0 $heard
	got=$(tell early$uid early raw$f)
	equal "nor when they have one" 0 "$got"
done
: >"$stop"
says "a raw socket in a user's network hears that" ok early$uid make r4 raw4
does "the user sends" early$uid <<-MAKE
	make u4 udp4
	send u4 127.0.0.1 9 own
MAKE
says "and it hears" heard early$uid heard r4 own $long

#
# Evicted
#
n=$(strays)
equal "enable --evict" "{\"evicted\":$n}" "$(adm 1 -j enable --evict | jq -c .)"
equal "no stray is left" 0 "$(strays)"
for f in 4 6; do
	tell root send u$f "${address[$f]}" 7001 later >/dev/null
	says "evicted: root's datagram" quiet bob heard b$f later $short
	tell root echo i$f "${address[$f]}" 777 later >/dev/null
	says "evicted: root's echo request" quiet raw heard i$f later $short
done
says "evicted: TCP does not connect" ECONNREFUSED bob connect t6 ::1 7010
tell newbob send u4 127.0.0.1 7001 mine >/dev/null
says "evicted: bob's own datagram" quiet bob heard b4 mine $short
check "the system's services serve still" user 1 1234 "$probe" ask udp 127.0.0.1 7010 system
says "what was connected goes on" yes handed established m4 $short

finish
