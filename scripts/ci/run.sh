#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: run.sh KERNEL... [-- SUITE...]
#
# Run the suites named on each kernel, or all of them; the debug kernel has one
# more, is five times slower, and too slow for what Slurm's daemons wait for.
# As many guests run at a time as there are CPUs and one more, since suites
# wait a lot. The last line says how many checks passed and failed;
# a complaint of a kernel, or a guest without a verdict, is a failed check.
# UVN_LONG=1 makes suites that repeat things repeat them more often; UVN_QUICK=1
# leaves out what other kernels of the same run see, and what takes long for what it
# would find: each suite runs on one kernel, 6.1 and 7.2 share most, and debug has
# what frees, races and runs out of memory. It takes the short form of suites that
# have one, and some rows of bench.

cd "$(dirname "$0")/../.." || exit
vm=selftests/vm
kernels=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	kernels+=("$1")
	shift
done
shift
suites=("$@")
if [ ${#suites[@]} = 0 ]; then
	for suite in selftests/*/*.sh; do
		case $suite in
		selftests/vm/* | selftests/bench/* | */lib*.sh) ;;
		*/kunit.sh) ;; # needs the debug kernel
		*) suite=${suite##*/} suites+=("${suite%.sh}") ;;
		esac
	done
fi

# What each kernel runs.
declare -A run
bench=()
for kernel in 6.1 6.12 7.2; do
	run[$kernel]=${suites[*]}
done
run[debug]="kunit ${suites[*]}"
# Programs that take minutes there, or want NFS and tun, which it has not; or sets of
# nftables, of whose own look-ups lockdep complains there.
for suite in boot cluster containers discovery frameworks managers nf-view session \
	slurm transparent; do
	run[debug]=${run[debug]/ $suite/}
done
if [ $# -gt 0 ]; then
	run[debug]=$*
elif [ -n "${UVN_QUICK-}" ]; then
	run[6.1]='transparent follow reach denied system service identity own'
	run[6.1]+=' names completion textfile forward rules cluster portal session'
	run[7.2]='attack ipv6 outside first transfer output uplinks unload'
	run[7.2]+=' firewall wire card admin scale fuzz bystander nf-view led'
	run[6.12]='link adopt limits boot containers slurm'
	run[debug]='failclosed unload kunit'
	bench=('TCP round trip, 1 B')
fi

out=${UVN_RESULTS:-$(mktemp -d "${TMPDIR:-/tmp}/uvn-check.XXXXXX")}
mkdir -p "$out"

# In this order: the one that takes longest starts first.
order=()
for kernel in debug 6.1 7.2 6.12; do
	[[ " ${kernels[*]} " == *" $kernel "* ]] && order+=("$kernel")
done

for kernel in "${order[@]}"; do
	arguments=(UVN_NIC=1) # for doctor
	[ "$kernel" = debug ] && arguments+=(UVN_KUNIT=1)
	[ -z "${UVN_QUICK-}" ] || arguments+=(W=1) # as lint has compiled it
	$vm/kernels.sh -q "$kernel" &&
		$vm/kernels.sh --modules "$kernel" . "${arguments[@]}" \
			>"$out/$kernel.build" 2>&1 &&
		continue
	cat "$out/$kernel.build"
	echo "not ok - $kernel: the module cannot be built"
	exit 1
done

guest() { # KERNEL NAME SUITE...
	local kernel=$1 name=$2 status=0 timeout=3600
	shift 2
	[ -z "${UVN_LONG-}" ] || timeout=10800
	local options=() how=(UVN_LONG="${UVN_LONG-}" UVN_SHORT="${UVN_QUICK-}" bash scripts/ci/all.sh)
	# What a kernel does against speculation, which an emulator does not do, takes
	# time; 7.2 and debug do it all the same.
	if [ -n "${UVN_QUICK-}" ] && [[ $kernel == 6.* ]]; then
		options=(-a mitigations=off)
	fi
	if [ "$name" = bench ]; then
		options=(-i -c 1) how=(UVN_TURNS=1 UVN_SHORT="${UVN_QUICK-}" bash scripts/ci/all.sh bench --)
	elif [ "$name" = kselftest ]; then
		how=(UVNADM="$PWD/tools/uvnadm" bash scripts/ci/kselftest-run.sh "$installed")
	fi
	$vm/vm.sh "${options[@]}" -k "$kernel" -t $timeout -o "$out/$name" -- \
		env "${how[@]}" "$@" >"$out/$name.log" 2>&1 || status=$?
	case $status in
	0 | 1) ;;
	*) # What the suite that was running had to say until then.
		{
			cat "$out/$name"/files/{suite,rows-*} 2>/dev/null | sed 's/^/    /'
			echo "not ok 0 - $name: the guest (status $status)"
		} >>"$out/$name.log" ;;
	esac
}

installed=${UVN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/uvn}/build/kselftest
declare -A running
jobs=$(($(nproc) + 1))
start() { # KERNEL NAME SUITE...
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
		wait -n
	done
	guest "$@" &
	running[$2]=$1
}

# Two guests each, so that not all wait for one.
for kernel in "${order[@]}"; do
	read -ra list <<<"${run[$kernel]}"
	half=() rest=()
	for suite in "${list[@]}"; do
		if [ ${#half[@]} -le ${#rest[@]} ]; then
			half+=("$suite")
		else
			rest+=("$suite")
		fi
	done
	start "$kernel" "$kernel" "${half[@]}"
	[ ${#rest[@]} = 0 ] || start "$kernel" "$kernel-2" "${rest[@]}"
done
if [ ${#bench[@]} != 0 ] && [[ " ${kernels[*]} " == *" 6.1 "* ]]; then
	start 6.1 bench "${bench[@]}"
	# As kernel CI has them, of which one is enough.
	if scripts/ci/kselftest.sh "$installed" lifetime >"$out/kselftest.build" 2>&1; then
		start 6.1 kselftest net/uvn/lifetime:names.sh
	else
		cat "$out/kselftest.build"
		echo "not ok 0 - kselftest: it cannot be built" >"$out/kselftest.log"
		running[kselftest]=6.1
	fi
fi
wait
for name in "${!running[@]}"; do
	kernel=${running[$name]}
	echo "# kernel $kernel ($(cat "${UVN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/uvn}/kernels/$kernel/release"))"
	cat "$out/$name.log"
done

# Rows are those of the suites; and none may be skipped.
passed=$(cat "$out"/*.log | grep '^    ok ' | grep -vc '# SKIP ')
failed=$(cat "$out"/*.log | grep -cE '^    not ok |^    ok .*# SKIP |^not ok 0 ')
# What failed and has no row.
[ "$failed" != 0 ] || failed=$(cat "$out"/*.log | grep -c '^not ok ')
# Which suite ran where, and for how long.
scripts/ci/minutes.sh "$out" | sed 's/^/# /'
echo "# logs: $out"
# Once more, where one looks first: what failed, and what it printed.
for name in "${!running[@]}"; do
	awk -v name="$name" '
		/^# suite .* took/ { next }
		/^# suite / { suite = $3; said = ""; next }
		/^ *#/ { said = said $0 "\n"; next }
		/^    not ok |^    ok .*# SKIP |^not ok 0 / {
			printf "%s%s: %s: %s\n", said, name, suite, $0
		}
		{ said = "" }' "$out/$name.log"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
