#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: run the suites named, one after the other, and say how long
# each took. A suite that ends without its plan has failed, whatever it said.

cd "$(dirname "$0")/../../selftests" || exit
status=0
for suite; do
	echo "# suite $suite"
	start=$SECONDS
	out=$(mktemp)
	bash ./*/"$suite.sh" 2>&1 | tee "$out" || status=1
	[ "${PIPESTATUS[0]}" = 0 ] || status=1
	if ! grep -q '^1\.\.[1-9]' "$out"; then
		echo "not ok 0 - $suite came to its end"
		status=1
	fi
	echo "# suite $suite took $((SECONDS - start)) s"
done
exit $status
