#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: all.sh SUITE... [-- ARGUMENT...]
#
# In the guest: run the suites named, one after the other, with these arguments, as
# subtests of one report in KTAP; and say how long each took. A suite that ends
# without its plan has failed, whatever it said, and so has one that was skipped.
# What the running suite has printed is in UVN_OUT, where there is one, for a guest
# that does not come to its end.

cd "$(dirname "$0")/../../selftests" || exit
suites=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	suites+=("$1")
	shift
done
shift
status=0 n=0
out=${UVN_OUT:-$(mktemp -d)}/suite
echo "KTAP version 1"
echo "1..${#suites[@]}"
for suite in "${suites[@]}"; do
	echo "# suite $suite"
	start=$SECONDS result=0
	# In a file: a pipe would stay open as long as a daemon that was left behind.
	bash ./*/"$suite.sh" "$@" >"$out" 2>&1 || result=$?
	if ! grep -q '^1\.\.[1-9]' "$out"; then
		printf '%s\n' "KTAP version 1" "1..1" "not ok 1 - the suite came to its end" \
			>>"$out"
		result=1
	fi
	sed -e "s/^KTAP version 1\$/&\n# Subtest: $suite/" "$out" | sed 's/^/    /'
	echo "# suite $suite took $((SECONDS - start)) s"
	n=$((n + 1))
	case $result in
	0) echo "ok $n - $suite" ;;
	4) echo "not ok $n - $suite # it was skipped" ;;
	*) echo "not ok $n - $suite" ;;
	esac
	[ $result = 0 ] || status=1
	rm -f "$out"
done
exit $status
