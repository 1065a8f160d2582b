#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A network that cannot be made whole is not made at all: socket() fails with
# an errno, an event says why, nothing half-made stays, and the next try works
# once the cause is gone. Then the same for every allocation, one by one.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
nl=$lib/uvn_nl
failnth=$here/uvn_failnth
ns=n1-$seed
table=$((16777216 + 1234))
start=$SECONDS

dual=1
setup 1
before=$(snapshot 1)
spawn events root 1 "$nl" monitor
check "events can be listened to" busywait 20 grep -q ready "$work/events"

event() { # PATTERN : an event that came since the last truncation of the file
	busywait 10 grep -q "$1" "$work/events"
}

# With the obstacle there: it is refused, and nothing has changed.
obstacle() { # NAME REASON DETAIL
	local seen
	: >"$work/events"
	seen=$(snapshot 1)
	refuses "$1: no socket, but an errno" 4 "socket: .* (17)" \
		user 1 1234 "$probe" bound
	check "$1: an event of the socket says why" event \
		"denied .*comm=uvn_probe.* uid=1234 reason=$2 error=17 detail=$3"
	check "$1: an event of the network says why" event \
		"denied uid=1234 reason=$2 error=17 detail=$3"
	equal "$1: nothing half-made stays" "$seen" "$(snapshot 1)"
	refuses "$1: the administrator is told" 1 "$3" adm 1 user add 1234
	equal "$1: the user is not listed" "[]" "$(adm 1 -j user list)"
}

works() { # NAME : without the obstacle, and then back to the beginning
	equal "$1: gone, the next socket is in the VRF" yes "$(
		seen=$(user 1 1234 "$probe" bound)
		[ "$seen" = "$(ifindex 1 vrf1234)" ] && echo yes || echo "$seen")"
	check "$1: and the network is whole" all_whole 1 2
	adm 1 user del 1234 --force
	equal "$1: and goes without a trace" "$before" "$(snapshot 1)"
}

if ! told_elsewhere; then
	ip -n "$ns" link add vrf1234 type dummy
	obstacle "foreign device vrf1234" name-in-use vrf1234
	check "others get theirs" user 1 9876 "$probe" bound
	check "and lose it again" adm 1 user del 9876 --force
	ip -n "$ns" link del vrf1234
	works "foreign device vrf1234"

	ip -n "$ns" link add vrf1234 type vrf table $table
	obstacle "foreign VRF vrf1234 with the table" name-in-use vrf1234
	ip -n "$ns" link del vrf1234
	works "foreign VRF vrf1234 with the table"

	ip -n "$ns" link add any type dummy
	ip -n "$ns" link property add dev any altname vrf1234
	obstacle "foreign altname vrf1234" name-in-use vrf1234
	ip -n "$ns" link del any
	works "foreign altname vrf1234"

	ip -n "$ns" route add blackhole 10.0.0.0/8 table $table
	obstacle "foreign route" table-in-use "table $table"
	ip -n "$ns" route del blackhole 10.0.0.0/8 table $table
	works "foreign route"

	for i in {1..200}; do
		echo "route add blackhole 10.0.$i.0/24 table $table"
	done | ip -n "$ns" -batch -
	obstacle "200 foreign routes" table-in-use "table $table"
	ip -n "$ns" route flush table $table
	works "200 foreign routes"

	ip -n "$ns" -6 route add blackhole 2001:db8::/32 table $table
	obstacle "foreign IPv6 route" table-in-use "table $table"
	ip -n "$ns" -6 route del blackhole 2001:db8::/32 table $table
	works "foreign IPv6 route"

	ip -n "$ns" link add other type vrf table $table
	obstacle "foreign VRF with the same table" table-in-use "table $table"
	ip -n "$ns" link del other
	works "foreign VRF with the same table"
fi

# From here on only where the kernel can be told to fail.
if [ -e /proc/self/fail-nth ]; then
	for fault in failslab fail_page_alloc; do
		dir=/sys/kernel/debug/$fault
		echo 0 >$dir/verbose
		echo N >$dir/ignore-gfp-wait
	done
	echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
	echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
	inum=$(root 1 readlink /proc/self/ns/net | tr -dc 0-9)
	worker=$(grep -lx "uvn/$inum" /proc/[0-9]*/comm | cut -d/ -f3)
	check "the worker is found by its name" test -n "$worker"
	faults() { # WORD... : also show what was done
		root 1 "$failnth" "$@" >"$work/faults" 2>&1
		local status=$?
		sed 's/^/# /' "$work/faults" >&3
		cat "$work/faults"
		return "$status"
	}
	exec 3>&1
	# Seconds for each of the three. UVN_LONG=1: each single allocation of a network.
	limits=(40 30 8)
	! in_short || limits=(12 8 2)
	[ -z "${UVN_LONG-}" ] || limits[0]=9000
	check "an allocation fails while a network is made or removed" \
		faults "${limits[0]}" network 1234 "$worker"
	check "an allocation fails while a socket is made" \
		faults "${limits[1]}" socket 1234
	equal "nothing is left of that" "$before" "$(snapshot 1)"
	check "an allocation fails while uvn is administered" \
		faults "${limits[2]}" command
	check "still enabled, and sockets are made" user 1 1234 "$probe" bound
	adm 1 user del 1234 --force
	equal "nothing is left of that either" "$before" "$(snapshot 1)"

	# The worker's last act: putting things back.
	fresh=$'0:\tfrom all lookup local'
	undone() { # N : disable, its Nth allocation on the worker fails
		local worker
		worker=$(grep -lx "uvn/$inum" /proc/[0-9]*/comm | cut -d/ -f3)
		echo "$1" >"/proc/$worker/fail-nth"
		adm 1 disable
		# vrf.ko's rule stays, everything else is as on a fresh node
		[ "$(ip -n "$ns" rule show | grep '^0:')" = "$fresh" ] &&
			[ "$(ip -n "$ns" -6 rule show | grep '^0:')" = "$fresh" ]
		local status=$?
		ip -n "$ns" rule show
		ip -n "$ns" -6 rule show
		adm 1 enable
		return "$status"
	}
	allocations=(1 2 3 5 8 12 16 20 25 30)
	! told_elsewhere || allocations=(1 3 8 20)
	! in_short || allocations=(1 8 20)
	for n in "${allocations[@]}"; do
		check "allocation $n fails while disable puts the rules back" \
			undone "$n"
	done
	equal "nothing is left of that" "$before" "$(snapshot 1)"
fi
note "$((SECONDS - start)) s"
finish
