#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: kselftest-run.sh DIR COLLECTION:TEST...
#
# In the guest: have kselftest run tests that kselftest.sh has installed in DIR, and
# print its verdicts as rows, like all.sh those of suites.
dir=$1 start=$SECONDS tests=()
shift
for name; do
	tests+=(-t "$name")
done
echo "# suite kselftest"
"$dir/run_kselftest.sh" "${tests[@]}" 2>&1 | sed -E 's/^(not )?ok /    &/'
status=${PIPESTATUS[0]}
echo "# suite kselftest took $((SECONDS - start)) s"
exit "$status"
