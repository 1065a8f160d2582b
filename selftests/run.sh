#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: run.sh KERNEL... [-- SUITE...]
#
# Run the suites named on each kernel, or all of them; the debug kernel has one
# more and is five times slower.
# As many guests run at a time as there are CPUs and one more, since suites
# wait a lot. The last line says how many checks passed and failed;
# a complaint of a kernel, or a guest without a verdict, is a failed check.
# UVN_LONG=1 makes suites that repeat things repeat them more often.

cd "$(dirname "$0")" || exit
kernels=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	kernels+=("$1")
	shift
done
shift
suites=("$@")
if [ ${#suites[@]} = 0 ]; then
	for suite in *.sh; do
		case $suite in
		all.sh | demo.sh | lib.sh | lint.sh | prerequisites.sh | run.sh) ;;
		kunit.sh) ;; # needs the debug kernel
		*) suites+=("${suite%.sh}") ;;
		esac
	done
fi

debug_suites=(kunit "${suites[@]}")
[ $# = 0 ] || debug_suites=("$@")

out=${UVN_RESULTS:-$(mktemp -d "${TMPDIR:-/tmp}/uvn-check.XXXXXX")}
mkdir -p "$out"

# In this order: the one that takes longest starts first.
order=()
for kernel in debug 7.2 6.12 6.1; do
	[[ " ${kernels[*]} " == *" $kernel "* ]] && order+=("$kernel")
done

for kernel in "${order[@]}"; do
	arguments=()
	[ "$kernel" = debug ] && arguments=(UVN_KUNIT=1)
	vm/kernels.sh -q "$kernel" &&
		vm/kernels.sh --modules "$kernel" .. "${arguments[@]}" \
			>"$out/$kernel.build" 2>&1 &&
		continue
	cat "$out/$kernel.build"
	echo "not ok - $kernel: the module cannot be built"
	exit 1
done

guest() { # KERNEL
	local status=0 timeout=2400 list=("${suites[@]}")
	[ "$1" = debug ] && timeout=4200 list=("${debug_suites[@]}")
	[ -n "${UVN_LONG-}" ] && timeout=$((timeout * 3))
	vm/vm.sh -k "$1" -t $timeout -o "$out/$1" -- \
		env UVN_LONG="${UVN_LONG-}" bash selftests/all.sh \
		"${list[@]}" >"$out/$1.log" 2>&1 || status=$?
	case $status in
	0 | 1) ;;
	*) echo "not ok 0 - $1: the guest (status $status)" >>"$out/$1.log" ;;
	esac
}

report() { # KERNEL
	echo "# kernel $1 ($(cat "${UVN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/uvn}/kernels/$1/release"))"
	cat "$out/$1.log"
}

running=()
jobs=$(($(nproc) + 1))
for kernel in "${order[@]}"; do
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
		wait -n
	done
	guest "$kernel" &
	running+=("$kernel")
done
wait
for kernel in "${running[@]}"; do
	report "$kernel"
done

passed=$(cat "$out"/*.log | grep -c '^ok ')
failed=$(cat "$out"/*.log | grep -c '^not ok ')
echo "# logs: $out"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
