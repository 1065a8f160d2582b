#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run a command in an emulated machine and judge the run by what the kernel said.

usage() {
	cat <<-USAGE
	usage: vm.sh [-k KERNEL] [-m MEM] [-c CPUS] [-t TIMEOUT] [-o OUTDIR]
	             [-p | -i] [-C] [-a CMDLINE] -- COMMAND [ARG...]
	       vm.sh --shell [-k KERNEL] [-m MEM] [-c CPUS] [-p] [-a CMDLINE]

	Runs COMMAND as root in a guest, in this tree, with every file of the host
	below a throwaway overlay. In its environment: UVN_KERNEL, UVN_KO (the
	module as built for that kernel), UVN_CACHE and UVN_OUT (OUTDIR/files on
	the host: what is written there stays).

	-k KERNEL   6.1 (default), 6.12, 7.2, debug, or kcsan, whose races count where
	            one of the two functions is uvn's
	-m MEM      memory of the guest (2G)
	-c CPUS     its CPUs (2, or 4 with -p)
	-t SECONDS  how long it may take (600)
	-o OUTDIR   keep console, output, verdict and files/ there
	-p          in parallel: a thread for each CPU, so that they really run at the same
	            time; in the environment is UVN_PARALLEL=1
	-i          one CPU that counts instructions: timings repeat, and are slow
	-C          with -i: what a CPU would feel between marks, in OUTDIR/files/cost
	            (selftests/bench/uvn_cost.c); some ten times as slow
	-a CMDLINE  more words for the kernel command line
	--shell     a shell on this terminal instead; leave it with exit

	Exit status: that of COMMAND; 124 timeout; 125 the kernel complained (oops,
	warning, lockdep, KASAN, leak, ...) or the guest ended without a verdict;
	2 usage.
	USAGE
}

# What a kernel says when something is wrong with it. Fault injection prints
# call traces too: tests that use it set "verbose" to 0 in its debugfs.
complaints='Kernel panic|Oops|BUG:|kernel BUG at|Call Trace:|WARNING: '
complaints+='|general protection fault|scheduling while atomic|DEBUG_LOCKS_WARN_ON'
complaints+='|possible (circular|recursive|irq lock inversion)'
complaints+='|suspicious RCU usage|inconsistent .*lock state|INFO: task .* blocked'
complaints+='|sleeping function called from invalid context|rcu: INFO: .* stall'
complaints+='|KASAN:|UBSAN:|ODEBUG:|refcount_t:|workqueue lockup'
complaints+='|unregister_netdevice: waiting for|leaked reference|unreferenced object'
# The kernel's own races, which KCSAN reports by the hundred: neither function of the
# title is in a module of ours.
others='BUG: KCSAN: ([^[]|\[([^u]|u[^v]|uv[^n]))*$'

set -eu
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
cache=${UVN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/uvn}
kernel=6.1 mem=2G cpus='' timeout=600 outdir='' parallel='' icount='' cost='' append='' shell=''

if [ "${1-}" = --shell ]; then shell=${TERM:-dumb}; shift; fi
while getopts k:m:c:t:o:piCa:h opt; do
	case $opt in
	k) kernel=$OPTARG ;;
	m) mem=$OPTARG ;;
	c) cpus=$OPTARG ;;
	t) timeout=$OPTARG ;;
	o) outdir=$OPTARG ;;
	p) parallel=1 ;;
	i) icount=1 ;;
	C) cost=1 ;;
	a) append=$OPTARG ;;
	h) usage; exit ;;
	*) usage >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ -n "$shell" ] || [ $# -gt 0 ] || { usage >&2; exit 2; }
if [ -n "$parallel" ] && [ -n "$icount$cost" ]; then
	echo "vm.sh: instructions are counted on one CPU, not in parallel" >&2
	exit 2
fi
emulator='qemu-system-x86_64'
[ -z "$parallel" ] || emulator=$("$here/qemu.sh") || exit 2
[ -n "$cpus" ] || cpus=$((parallel ? 4 : 2))

"$here/kernels.sh" -q "$kernel" || exit 2
kdir=$cache/kernels/$kernel
image=$kdir/vmlinux
[ -f "$image" ] || image=$kdir/vmlinuz

qemu=
keep=$outdir
# shellcheck disable=SC2317	# reached by the trap
cleanup() {
	[ -z "$qemu" ] || kill "$qemu" 2>/dev/null || true
	[ -n "$keep" ] || [ -z "$outdir" ] || rm -rf "$outdir"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -n "$outdir" ]; then
	mkdir -p "$outdir"
	outdir=$(cd "$outdir" && pwd)
else
	outdir=$(mktemp -d "${TMPDIR:-/tmp}/uvn-vm.XXXXXX")
fi
# Two guests writing to the same files would make nonsense of both.
exec 9>"$outdir/lock"
flock -n 9 || { echo "vm.sh: $outdir is in use" >&2; exit 2; }
rm -rf "$outdir/files"
mkdir "$outdir/files"
: >"$outdir/console"
: >"$outdir/output"
: >"$outdir/verdict"

# The guest reads its command as a script, so that no quoting gets lost.
{
	printf 'tree=%q cache=%q shell=%q\n' "$tree" "$cache" "$shell"
	printf 'export UVN_KERNEL=%q UVN_KO=%q UVN_CACHE=%q\n' "$kernel" \
		"$cache/build/$kernel/uvn.ko" "$cache"
	[ -z "$parallel" ] || echo 'export UVN_PARALLEL=1'
	printf 'set --'
	[ $# -eq 0 ] || printf ' %q' "$@"
	echo
} >"$outdir/files/.command"

# As with more than one CPU: with one the kernel takes LOCK away.
[ -z "$cost" ] || append="$append noreplace-smp"
# norandmaps: what the emulator has translated of a program serves the next one only at
# the same addresses. no_timer_check: on a busy host the emulated timer is late enough to be called dead.
# A race of the kernel's own would be the end of it, too.
[ "$kernel" != kcsan ] || append="$append panic_on_warn=0"
cmdline="console=ttyS0 rdinit=/init uvn.tree=$tree
panic=-1 norandmaps oops=panic panic_on_warn=1 nosoftlockup nowatchdog no_timer_check
rcupdate.rcu_cpu_stall_timeout=120 random.trust_cpu=on
sysctl.kernel.hung_task_panic=1 sysctl.kernel.hung_task_timeout_secs=180 $append"

# Not the older "pc": its ACPI tables have a loop that outlasts the debug
# kernel's patience.
# shellcheck disable=SC2054	# the commas are qemu's
machine=(-M q35 -nodefaults -no-user-config -display none -no-reboot -nic none
	-cpu max -m "$mem"
	-kernel "$image" -initrd "$kdir/initramfs" -append "${cmdline//$'\n'/ }"
	-fsdev "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"
	-device virtio-9p-pci,fsdev=root,mount_tag=root
	-fsdev "local,id=files,path=$outdir/files,security_model=none"
	-device virtio-9p-pci,fsdev=files,mount_tag=files
	-device virtio-rng-pci)
if [ -n "$icount" ]; then
	machine+=(-accel "tcg,thread=single" -icount "shift=0,sleep=off" -smp 1)
elif [ -n "$parallel" ]; then
	machine+=(-accel "tcg,thread=multi" -smp "$cpus")
else
	# The guest's CPUs take turns on one of the host's: guests run side by side
	# anyway, and this emulator may be older than what qemu.sh asks for.
	machine+=(-accel "tcg,thread=single" -smp "$cpus")
fi

if [ -n "$cost" ]; then
	cc -O2 -shared -fPIC -o "$outdir/uvn_cost.so" "$tree/selftests/bench/uvn_cost.c" || exit 2
	machine+=(-plugin "$outdir/uvn_cost.so,out=$outdir/files/cost")
fi

if [ -n "$shell" ]; then
	"$emulator" "${machine[@]}" -serial mon:stdio
	exit
fi

# The verdict and the command's output have channels of their own: a console
# that a dying kernel writes to can neither forge the one nor garble the other.
# shellcheck disable=SC2054
machine+=(-serial "file:$outdir/console" -device virtio-serial-pci
	-chardev "file,id=output,path=$outdir/output"
	-device virtserialport,chardev=output,name=uvn.output
	-chardev "file,id=verdict,path=$outdir/verdict"
	-device virtserialport,chardev=verdict,name=uvn.verdict)
timeout --foreground -k 10 "$timeout" \
	"$emulator" "${machine[@]}" </dev/null >"$outdir/qemu" 2>&1 &
qemu=$!
tail -n +1 -f -s 0.1 --pid="$qemu" "$outdir/output"
rc=0
wait "$qemu" || rc=$?
qemu=

fail() { # STATUS REASON
	echo "vm.sh: $kernel: $2" >&2
	keep=1
	echo "vm.sh: see $outdir" >&2
	exit "$1"
}

bad=$(grep -anE "$complaints" "$outdir/console" | grep -avE "$others" | head -n 40 || true)
if [ -n "$bad" ]; then
	first=${bad%%:*}
	{
		echo "vm.sh: $kernel: the kernel complained:"
		echo "$bad"
		echo "vm.sh: from the console, around line $first:"
		sed -n "$((first > 2 ? first - 2 : 1)),$((first + 40))p" "$outdir/console"
	} >&2
fi
case $rc in
124 | 137) fail 124 "timeout after $timeout s" ;;
esac
[ -z "$bad" ] || fail 125 "the kernel complained"
[ "$rc" -eq 0 ] || { cat "$outdir/qemu" >&2; fail 125 "qemu failed ($rc)"; }
status=$(sed -n '1s/^status \([0-9][0-9]*\)$/\1/p' "$outdir/verdict")
if [ -z "$status" ] || [ "$(sed -n 2p "$outdir/verdict")" != end ]; then
	tail -n 20 "$outdir/console" >&2
	fail 125 "the guest ended without a verdict"
fi
exit "$status"
