#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Process 1 of the guest once init has made the host's files its root: runs the
# command, looks for leaks, and reports to vm.sh.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root USER=root LOGNAME=root SHELL=/bin/bash LC_ALL=C.UTF-8
export UVN_OUT=/run/uvn
tree='' shell=''
# shellcheck disable=SC1091	# also sets UVN_KERNEL, UVN_KO and, as "$@", the command
. /run/uvn/.command
cd "$tree" || exit

if [ -n "$shell" ]; then
	# The start files of the host's root may take a minute here.
	TERM=$shell PS1='uvn \w# ' setsid -c bash --norc -i </dev/ttyS0 >/dev/ttyS0 2>&1
	echo b >/proc/sysrq-trigger
fi

# A port opens only once, so that "> /dev/stderr" in a script would fail on it:
# the command writes to a pipe. A daemon that it leaves behind may hold the pipe
# open, so the wait for the last of the output is bounded.
mkfifo /run/output
exec {drained}< <(exec cat /run/output >/run/uvn.output)
TERM=dumb "$@" </dev/null >/run/output 2>&1
status=$?
read -r -t 2 -u "$drained"

# An object must be 5 s old, and unchanged between two scans, to be called leaked;
# a third one gives those their chance that were on the move.
leaks=/sys/kernel/debug/kmemleak
if [ -e $leaks ]; then
	echo scan >$leaks
	sleep 5.5
	echo scan >$leaks
	if [ -n "$(head -c 1 $leaks)" ]; then
		sleep 2
		echo scan >$leaks
		cat $leaks >$UVN_OUT/kmemleak
		cat $leaks >/dev/ttyS0
	fi
fi
printf 'status %d\nend\n' $status >/run/uvn.verdict
echo b >/proc/sysrq-trigger
