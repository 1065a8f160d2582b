#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# System tasks that act for a user: adopted processes and cgroups.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

cgroups=/sys/fs/cgroup/uvn-$seed
export UVN_PATIENCE=2
setup 2
# Softirqs make entries in tables that administrators change, too: the debug
# kernel is to see both.
check "a packet that is first makes a network" \
	user 2 1400 ping -qnc 1 -W 9 192.168.80.1

# A task of the system's on node 1 that waits to be adopted before it goes on;
# its id is $task.
begin() { # NAME COMMAND...
	local name=$1
	shift
	mkfifo "$work/$name.go"
	# shellcheck disable=SC2016	# for the shell that is started
	spawn "$name" root 1 sh -c 'read _ <"$0"; "$@"' "$work/$name.go" "$@"
	task=${background[-1]}
}

go() { # NAME
	echo >"$work/$1.go"
}

# Let it go on, to its end.
ends() { # NAME
	go "$1"
	wait "$task"
}

adopted() { # NAME UID COMMAND... : what an adopted process comes to
	local name=$1 uid=$2
	shift 2
	begin "$name" "$@" &&
	adm 1 adopt add pid "$task" uid "$uid" &&
	ends "$name"
}

ready() { # NAME
	busywait 20 grep -qx ready "$work/$1"
}

ask() { # NODE UID PORT [ADDRESS] : by default node 1's
	user "$1" "$2" "$probe" ask tcp "${4:-192.168.80.1}" "$3"
}

adoptions() {
	adm 1 -j adopt list | jq -c "$1"
}

check "1234 has a server on node 2" serve theirs 2 1234 tcp 192.168.80.2 8000 theirs
check "9876 has one, too" serve others 2 9876 tcp 192.168.80.2 8001 others

#
# A process
#

cannot "the system reaches 1234's server" root 1 "$probe" ask tcp 192.168.80.2 8000
check "who acts for 1234 reaches it" adopted reach 1234 "$probe" ask tcp 192.168.80.2 8000
cannot "who acts for 1234 reaches 9876's" adopted miss 1234 "$probe" ask tcp 192.168.80.2 8001
cannot "who acts for 9876 reaches 1234's" adopted other 9876 "$probe" ask tcp 192.168.80.2 8000
equal "what has ended is not adopted any more" '[]' "$(adoptions .)"

begin server "$probe" serve tcp 0.0.0.0 8100 served
check "a server is adopted" adm 1 adopt add pid "$task" uid 1234
check "and once more" adm 1 adopt add pid "$task" uid 1234
equal "it is listed" "[{\"pid\":$task,\"uid\":1234}]" \
	"$(adoptions 'map({pid, uid})')"
refuses "it cannot act for another" 1 "it acts for UID 1234" \
	adm 1 adopt add pid "$task" uid 9876
go server
check "it serves" ready server
for n in 1 2; do
	check "1234 on node $n reaches what acts for 1234" ask $n 1234 8100
	cannot "9876 on node $n reaches it" ask $n 9876 8100
	cannot "the system on node $n reaches it" ask $n 0 8100
done

begin own "$probe" serve tcp 0.0.0.0 8101 own
go own
check "another server is the system's" ready own
check "it is adopted when it has its socket" adm 1 adopt add pid "$task" uid 1234
check "1234 reaches it" ask 2 1234 8101
check "9876 reaches it still" ask 2 9876 8101

begin parent sh -c "\"$probe\" serve tcp 0.0.0.0 8102 child & wait"
check "a process is adopted for its child" adm 1 adopt add pid "$task" uid 1234
go parent
check "the child serves" ready parent
check "1234 reaches the child" ask 2 1234 8102
cannot "9876 reaches the child" ask 2 9876 8102
kill "$(pgrep -P "$(pgrep -P "$task")")"

begin back "$probe" serve tcp 0.0.0.0 8103 back
check "a process is adopted" adm 1 adopt add pid "$task" uid 1234
check "and let go" adm 1 adopt del pid "$task"
refuses "only once" 1 "no such adoption" adm 1 adopt del pid "$task"
go back
check "its server is the system's" ready back
check "9876 reaches it" ask 2 9876 8103

# A user's tasks are that user's, whoever their parent acts for.
as_9876=("$lib/uvn_as" "/run/netns/n1-$seed" 9876 "$probe" ask tcp 192.168.80.2)
check "a child that becomes 9876 reaches 9876's server" \
	adopted setuid 1234 "${as_9876[@]}" 8001
cannot "and not 1234's" adopted setuid2 1234 "${as_9876[@]}" 8000

#
# A cgroup
#

enter() { # CGROUP : the task
	echo "$task" >"$cgroups/$1/cgroup.procs"
}

mkdir -p "$cgroups/step/task" "$cgroups/step/other"
check "a cgroup is adopted" adm 1 adopt add cgroup "$cgroups/step" uid 1234
equal "it is listed by its path" "[{\"cgroup\":\"$cgroups/step\",\"uid\":1234}]" \
	"$(adoptions 'map(select(.cgroup) | {cgroup, uid})')"
for c in step step/task; do
	begin "in-${c//\//-}" "$probe" ask tcp 192.168.80.2 8000
	check "a task goes to $c" enter $c
	check "and reaches 1234's server" ends "in-${c//\//-}"
done
check "one below is adopted for another" adm 1 adopt add cgroup "$cgroups/step/other" uid 9876
begin nearest "$probe" ask tcp 192.168.80.2 8001
check "a task goes there" enter step/other
check "and reaches 9876's server" ends nearest
begin beside "$probe" ask tcp 192.168.80.2 8000
mkdir "$cgroups/beside"
check "a task goes beside it" enter beside
cannot "and reaches 1234's server" ends beside
begin guest "${as_9876[@]}" 8000
check "a process of 9876's gets into the cgroup" enter step
cannot "and reaches 1234's server" ends guest
begin guest2 "${as_9876[@]}" 8001
check "another gets there" enter step
check "and reaches 9876's server, as ever" ends guest2
begin both "$probe" ask tcp 192.168.80.2 8001
check "a task in the cgroup" enter step
check "is adopted by itself for another" adm 1 adopt add pid "$task" uid 9876
check "and reaches the other's server" ends both
rmdir "$cgroups/step/task" "$cgroups/step/other"
check "the cgroup goes" busywait 10 rmdir "$cgroups/step"
equal "and its adoption with it" '[]' "$(adoptions 'map(select(.cgroup))')"

#
# What else there is to a socket
#

abstract() { # NAME UID : reaches 1234's name
	adopted "$1" "$2" python3 -c "
import socket
s = socket.socket(socket.AF_UNIX)
s.connect('\0uvn-$seed')"
}
spawn name user 1 1234 python3 -uc "
import socket
s = socket.socket(socket.AF_UNIX)
s.bind('\0uvn-$seed')
s.listen()
print('ready')
while True:
	s.accept()"
check "1234 has an abstract Unix socket" ready name
check "who acts for 1234 reaches it" abstract unix 1234
cannot "who acts for 9876 reaches it" abstract unix2 9876
check "root that acts for a user has sockets of all families" adopted packet 1234 \
	"$probe" make 17 3 0
cannot "but none of a protocol that has no network" adopted sctp 1234 \
	"$probe" make 2 1 132
check "somebody else has a network" adm 1 user add 9876
cannot "nor one that is bound to another user's" adopted device 1234 python3 -c "
import socket
socket.socket().setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'vrf9876')"

begin gone "$probe" ask tcp 192.168.80.2 8000
check "a process is adopted for who" adm 1 adopt add pid "$task" uid 70001
check "is in no range any more" adm 1 range del uid 65536-75535
go gone
wait "$task"
equal "and gets no socket" 4 $?
check "the range is back" adm 1 range add uid 65536-75535

begin node "$probe" ask tcp 192.168.80.2 8000
check "a process acts for 1234 on node 2" adm 2 adopt add pid "$task" uid 1234
cannot "and not on node 1" ends node

#
# Refusals
#

begin bad true
refuses "no UID in no range" 1 "UID is in no range" adm 1 adopt add pid "$task" uid 999999
refuses "no process that is not there" 1 "no such process" adm 1 adopt add pid 4194303 uid 1234
refuses "not the first process" 1 "all of the system descends from it" \
	adm 1 adopt add pid 1 uid 1234
refuses "not the root cgroup" 1 "all of the system is in the root cgroup" \
	adm 1 adopt add cgroup /sys/fs/cgroup uid 1234
refuses "no directory that is no cgroup" 2 "not a cgroup of version 2" \
	adm 1 adopt add cgroup /tmp uid 1234
refuses "no adoption by a user" 1 "needs CAP_NET_ADMIN" \
	user 1 1234 "$uvnadm" adopt add pid "$task" uid 1234
refuses "nor may one list them" 1 "needs CAP_NET_ADMIN" user 1 1234 "$uvnadm" adopt list
check "a process waits" adm 1 adopt add pid "$task" uid 1234

# As many jobs as there may be.
crowd() {
	local i pids=()
	for i in {1..100}; do
		sleep 600 &
		pids+=($!)
		adm 1 adopt add pid $! uid 1234 || return
	done
	[ "$(adoptions length)" -ge 100 ] || return
	kill "${pids[@]}"
	wait "${pids[@]}" 2>/dev/null
	return 0
}
before=$(adoptions length)
check "many come and go" crowd
equal "and are not listed" "$before" "$(adoptions length)"

check "uvn is disabled" adm 1 disable
equal "with which all act for themselves" '[]' "$(adoptions .)"
refuses "and none for a user" 1 "uvn is not enabled" adm 1 adopt add pid "$task" uid 1234
go bad
rmdir "$cgroups/beside" "$cgroups"
finish
