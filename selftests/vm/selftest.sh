#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Does vm.sh tell good runs from bad ones?  usage: selftest.sh [KERNEL]
#
# shellcheck disable=SC2016	# what stands in single quotes expands in the guest

set -u
here=$(cd "$(dirname "$0")" && pwd)
kernel=${1:-6.1}
dir=$(mktemp -d "${TMPDIR:-/tmp}/uvn-selftest.XXXXXX")
trap 'rm -rf "$dir"' EXIT
plan=13 n=0 failed=0

result() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		failed=1
		echo "not ok $n - $2"
	fi
}

check() { # NAME STATUS WORDS-OF-THE-REPORT VM-ARGUMENT...
	local name=$1 want=$2 words=$3 got=0
	shift 3

	"$here/vm.sh" -k "$kernel" -o "$dir/out" "$@" >"$dir/log" 2>&1 || got=$?
	if [ "$got" -eq "$want" ] && grep -qE -e "$words" "$dir/log"; then
		result 0 "$name"
	else
		result 1 "$name"
		echo "# wanted status $want and \"$words\", got $got and:"
		sed 's/^/# /' "$dir/log"
	fi
}

[ "$kernel" != debug ] || plan=15
echo "TAP version 13"
echo "1..$plan"

check 'a command that succeeds' 0 '^hello$' -- echo hello
check 'a command that fails' 7 '^seven$' -- sh -c 'echo seven; exit 7'
check 'arguments and environment reach the guest' 0 "^a  b'c\$" -- sh -c \
	'echo "$1"; [ "$UVN_KERNEL" = "$2" ] && [ "${UVN_KO##*/}" = uvn.ko ] &&
	 [ -f selftests/vm/vm.sh ] && echo kept >"$UVN_OUT/result"' sh "a  b'c" "$kernel"
grep -qsx kept "$dir/out/files/result"
result $? 'what is written to UVN_OUT stays'
check 'a full system: modules, python, namespaces, tracing' 0 '^fine$' -- sh -ec \
	'modprobe vrf; ip link add vrf1 type vrf table 10; ip link del vrf1
	 python3 -c "import socket; socket.socketpair()"
	 unshare -Urnm true; [ -d /sys/kernel/debug/tracing ]
	 grep -q cgroup2 /proc/mounts; [ "$(nproc)" = 2 ]; echo fine'
check 'a panic' 125 'Kernel panic' -- sh -c 'echo c >/proc/sysrq-trigger'
check 'a warning' 125 'kernel complained' -- sh -c \
	'echo "WARNING: CPU: 0 PID: 1 at nowhere" >/dev/kmsg'
check 'a lockdep report' 125 'possible circular locking' -- sh -c \
	'echo "<4>WARNING: possible circular locking dependency detected" >/dev/kmsg'
check 'a guest that hangs' 124 'timeout after' -t 20 -- sleep 1000
check 'a guest that ends early' 125 'without a verdict' -- sh -c \
	'echo b >/proc/sysrq-trigger; sleep 10'
check 'a daemon left behind' 0 '^left$' -- sh -c 'sleep 1000 & echo left'
# The kernel patches what all CPUs are calling; one that stays on a breakpoint ends this.
check 'CPUs at the same time, while text is patched' 0 '^4 1$' -p -- sh -ec \
	'cd /sys/kernel/tracing; pids=
	 for cpu in 0 1 2 3; do
		taskset -c $cpu sh -c "while :; do read -r up </proc/uptime; done" &
		pids="$pids $!"
	 done
	 echo "security_file_*" >set_ftrace_filter
	 for n in $(seq 50); do echo function >current_tracer; echo nop >current_tracer; done
	 kill $pids; echo $(nproc) $UVN_PARALLEL'
check 'instruction counting' 0 '^1$' -i -- nproc
if [ "$kernel" = debug ]; then
	check 'a leak' 125 'unreferenced object' -- modprobe kmemleak-test
	check 'a use after free' 125 'KASAN: .*use-after-free' -- sh -c \
		'modprobe lkdtm; echo READ_AFTER_FREE >/sys/kernel/debug/provoke-crash/DIRECT'
fi
exit $failed
