#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Unit tests of the module, which run as it is loaded. Only where the kernel
# has KUnit and the module is built with UVN_KUNIT=1: run.sh sees to that.

. "$(dirname "$0")/../lib/lib.sh"

needs_own_module
ktap_begin
check "the module loads" load
results=/sys/kernel/debug/kunit/uvn/results
[ -e $results ] || skip "no KUnit in the kernel, or none in the module (UVN_KUNIT=1)"
while read -r line; do
	case $line in
	"ok "*uvn_test* | "not ok "*uvn_test*)
		check "${line##* }" [ "${line%% *}" = ok ]
		;;
	esac
done <$results
check "there were unit tests" [ "$number" -gt 5 ]
finish
