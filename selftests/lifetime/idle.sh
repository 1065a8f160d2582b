#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Networks that nobody uses go by themselves, those that somebody uses do not,
# and who comes in that instant gets a whole one.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
rounds=20
[ "$UVN_KERNEL" != debug ] || rounds=8

has() { adm "$1" -j user list | jq -e "any(.uid == $2)"; }
gone() { ! has "$1" "$2"; }
vanish() { # NODE UID : make its network, and see it go
	user "$1" "$2" "$probe" bound >"$work/bound" &&
	has "$1" "$2" && busywait 60 gone "$1" "$2"
}
connect() { # NAME NODE UID ADDRESS PORT : and say when that has ended
	spawn "$1" user "$2" "$3" bash -c "
		exec 3<>/dev/tcp/$4/$5 && echo connected
		read -r line <&3
		echo ended
		exec 3>&-
		sleep 1000"
	busywait 20 grep -q connected "$work/$1"
}

dual=1
sees=full
setup 2
protocols() { grep -oE "^(sctp|dccp|udplite) " /proc/modules | sort; }
protocols=$(protocols)
fresh=$(snapshot 1)
equal "ten minutes unless told" "set idle-timeout 600" "$(adm 1 save | grep idle)"
check "two seconds on node 1" adm 1 set idle-timeout 2
check "and on node 2" adm 2 set idle-timeout 2
equal "saved as it is set" "set idle-timeout 2" "$(adm 1 save | grep idle)"
check "a sink of the system on node 2" spawn sink root 2 "$probe" sink 7003
check "a service of the system on node 2" serve_root service 2 udp :: 7001 system

#
# What keeps a network
#
check "1301 has a socket on node 1" user 1 1301 "$probe" bound
check "and keeps a process, without sockets" spawn p1301 user 1 1301 sleep 1000
check "1302 listens on node 1" serve s1302 1 1302 tcp 0.0.0.0 8000 here
check "1303 is connected from node 1 to the system on node 2" \
	busywait 20 connect c1303 1 1303 192.168.80.2 7003
check "1303 has no process on node 2, but a network" has 2 1303
check "1304 pings node 2, where it has nothing else" \
	spawn ping user 1 1304 ping -i 0.5 192.168.80.2
ping=${background[-1]}
check "its network comes" busywait 20 has 2 1304
check "an administrator makes 1305's" adm 1 user add 1305
for i in 1 2 3; do
	check "a network without any of that goes, on node 1 (time $i)" vanish 1 1310
	check "and on node 2" vanish 2 1310
done
check "a process keeps its user's" has 1 1301
check "so does a listener" has 1 1302
check "so do both ends of a connection" has 1 1303
check "the service's, too" has 2 1303
check "so do packets" has 2 1304
check "1302 is still reached" user 1 1302 "$probe" ask tcp 127.0.0.1 8000 here
check "what an administrator made goes, too, where nobody uses it" \
	busywait 60 gone 1 1305
kill "$ping" && wait "$ping" 2>/dev/null
check "without packets it goes" busywait 60 gone 2 1304

#
# Who comes as it goes
#
own() { # a new socket is in the network that is there
	user 1 1400 bash -c "[ \$('$probe' bound) = \
		\$(ip -o link show vrf1400 | cut -d: -f1) ]"
}
pause() { sleep "$((RANDOM % 2 + 1)).$((RANDOM % 1000 + 1000))"; }
come() {
	local i made
	for ((i = 0; i < rounds; i++)); do
		own || return
		pause
	done
	made=$(grep -c "^user-new.*1400" "$work/events")
	echo "made $made times" && [ "$made" -gt 1 ]
}
speak() { # one datagram, to where the network may just go
	local i made
	for ((i = 0; i < rounds; i++)); do
		user 1 1401 "$probe" ask udp 192.168.80.2 7001 system || return
		pause
	done
	made=$(grep -c "^user-new.*1401" "$work/events-2")
	echo "made $made times" && [ "$made" -gt 1 ]
}
spawn events root 1 "$lib/uvn_nl" monitor
spawn events-2 root 2 "$lib/uvn_nl" monitor
check "one second on node 1" adm 1 set idle-timeout 1
check "and on node 2" adm 2 set idle-timeout 1
check "1401 keeps its network on node 1" spawn p1401 user 1 1401 \
	bash -c "'$probe' bound; sleep 1000"
come >"$work/come" 2>&1 &
pid=$!
check "$rounds datagrams to a network that comes and goes: none is lost" speak
wait $pid
result=$?
check "$rounds sockets of a network that comes and goes: each is in it" \
	eval "cat '$work/come'; [ $result = 0 ]"

#
# For ever
#
check "never on node 1" adm 1 set idle-timeout 0
check "1311 has a socket there" user 1 1311 "$probe" bound
for i in 1 2 3; do
	check "node 2 removes one (time $i)" vanish 2 1310
done
check "node 1 does not" has 1 1311
check "until told again" adm 1 set idle-timeout 1
check "then it does" busywait 60 gone 1 1311

#
# By hand
#
check "never on node 1 again" adm 1 set idle-timeout 0
refuses "user del refuses where the user has a process" 1 "has processes here" \
	adm 1 user del 1301
check "which keeps its network" has 1 1301
refuses "and where a service has a connection" 1 "has sockets or packets" \
	adm 2 user del 1303
check "1311 has a socket and is gone" user 1 1311 "$probe" bound
check "user del removes that" busywait 20 adm 1 user del 1311
check "at once" gone 1 1311
check "1302 is connected to itself" connect c1302 1 1302 127.0.0.1 8000
check "user del --force removes it all the same" adm 1 user del 1302 --force
check "its connection has ended" busywait 20 grep -q ended "$work/c1302"
check "its new sockets work at once" user 1 1302 "$probe" bound
cannot "its old listener is not reached" user 1 1302 "$probe" ask tcp 127.0.0.1 8000 here
check "user del --force removes a service's connection, too" \
	adm 2 user del 1303 --force
check "and the other end hears of it" busywait 20 grep -q ended "$work/c1303"

for pid in "${background[@]}"; do
	kill "$pid" 2>/dev/null
done
wait "${background[@]}" 2>/dev/null
check "one second for the rest" adm 1 set idle-timeout 1
none() { [ "$(adm 1 -j user list | jq length)" = 0 ]; }
check "in the end all go" busywait 60 none
equal "and nothing is left of them" "$fresh" "$(snapshot 1)"
equal "no protocol was loaded to ask for its sockets" "$protocols" "$(protocols)"
finish
