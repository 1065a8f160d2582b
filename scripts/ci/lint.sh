#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# sparse, W=1, checkpatch, kernel-doc, shellcheck, mandoc, docutils, and that
# what is generated is current. Prints KTAP and ends with "N passed, N failed".
# UVN_QUICK=1 compiles with W=1 where run.sh will look for the modules, which then
# need not be compiled again.

cd "$(dirname "$0")/../.." || exit
cache=${UVN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/uvn}
source=$cache/linux-source-6.12
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
declare -A begun

check() { # DESCRIPTION COMMAND...
	local what=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		passed=$((passed + 1))
		echo "ok $((passed + failed)) - $what"
	else
		failed=$((failed + 1))
		sed 's/^/# /' "$work/out"
		echo "not ok $((passed + failed)) - $what"
	fi
}

# What one CPU is busy with for a minute begins before the compiler does; its check waits
# for the end of it.
begin() { # NAME COMMAND...
	local name=$1
	shift
	"$@" >"$work/begun-$name" 2>&1 &
	begun[$name]=$!
}
ended() { # NAME
	local status=0
	wait "${begun[$1]}" || status=$?
	cat "$work/begun-$1"
	return $status
}

silent() { # COMMAND... : succeeds if it does and says nothing
	"$@" >"$work/said" 2>&1 || { cat "$work/said"; return 1; }
	[ ! -s "$work/said" ] || { cat "$work/said"; return 1; }
}

# Compiled anew: warnings of what is not compiled are not seen.
warnings() { # PLACE KERNEL MAKE-ARGUMENT...
	rm -rf "$cache/build/$2${1:+-$1}"
	UVN_BUILD=$1 selftests/vm/kernels.sh --modules "$2" . UVN_NIC=1 "${@:3}" \
		>"$work/build" 2>&1 || { cat "$work/build"; return 1; }
	! grep -E 'warning|error' "$work/build"
}

# Files by turns, as many at a time as there are CPUs.
style() { # FILE...
	local cpus i bad=0 pids=()
	cpus=$(nproc)
	for ((i = 1; i <= cpus; i++)); do
		style_each "$i" "$cpus" "$@" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || bad=1
	done
	return $bad
}
style_each() { # TURN TURNS FILE...
	local f ignore bad=0 n=$1 all=$2
	shift 2
	for f in "$@"; do
		[ $((n++ % all)) = 0 ] || continue
		ignore=FILE_PATH_CHANGES,SPDX_LICENSE_TAG
		case $f in # versions are what compat is about
		kmod/compat/*)
			ignore+=,LINUX_VERSION_CODE,CONSTANT_COMPARISON
			ignore+=,MACRO_ARG_REUSE,MACRO_ARG_UNUSED
			ignore+=,MACRO_WITH_FLOW_CONTROL ;;
		kmod/socket/hook-set.h | kmod/socket/presence.h) # one macro declares and defines
			ignore+=,MACRO_ARG_REUSE ;;
		kmod/core/trace.h) # the shape of every trace header
			ignore+=,OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT ;;
		tools/* | selftests/*) # what only the kernel has
			ignore+=,PREFER_KERNEL_TYPES,VOLATILE,NAKED_SSCANF
			ignore+=,PREFER_DEFINED_ATTRIBUTE_MACRO,MACRO_ARG_REUSE
			ignore+=,EMBEDDED_FUNCTION_NAME,LONG_LINE_STRING
			ignore+=,FUNCTION_ARGUMENTS ;;
		esac
		"$source/scripts/checkpatch.pl" --no-tree --strict --terse \
			--show-types --no-summary --ignore $ignore \
			--file "$f" || bad=1
	done
	return $bad
}

# Some files at a time, as many times as there are CPUs.
scripts() { # FILE...
	printf '%s\0' "$@" | xargs -0 -n 4 -P "$(nproc)" shellcheck -x -P SCRIPTDIR
}

# Every page renders, every link between pages leads to a page, and index.rst
# names all of them.
pages() {
	local page target bad=0
	for page in "$@"; do
		rst2html --report=warning --halt=warning "$page" >/dev/null || bad=1
		for target in $(grep -oE '<[A-Za-z0-9_./-]+\.rst>' "$page" | tr -d '<>'); do
			[ -e "$(dirname "$page")/$target" ] ||
				{ echo "$page: there is no $target"; bad=1; }
		done
	done
	for page in Documentation/*.rst; do
		[ "$page" = Documentation/index.rst ] ||
			grep -qF "<${page##*/}>" Documentation/index.rst ||
			{ echo "index.rst does not link to $page"; bad=1; }
	done
	return $bad
}

# What man has to say of a page, which it would show as well as it can.
manual() {
	MANWIDTH=80 LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l "$1" 2>"$work/man" >/dev/null
	cat "$work/man"
}

# Each suite can be started as it is, and kselftest has it in its list.
suites() {
	local suite bad=0
	scripts/ci/kselftest.sh >"$work/kselftest" || return
	for suite in $(git ls-files 'selftests/*/*.sh' |
		grep -vE '^selftests/vm/|/lib[a-z-]*\.sh$|/profile\.sh$'); do
		[ -x "$suite" ] || { echo "$suite is not executable"; bad=1; }
		suite=${suite#selftests/}
		grep -qx "net/uvn/${suite/\//:}" "$work/kselftest" ||
			{ echo "$suite is not in its Makefile"; bad=1; }
	done
	return $bad
}

# A file that is longer is about more than one thing.
short() {
	! git ls-files '*.[ch]' | grep -v -- '-gen\.' | xargs wc -l |
		awk '$2 != "total" && $1 > 600' | grep .
}

mapfile -t module < <(git ls-files 'kmod/*.[ch]' | grep -v -- '-gen\.')
mapfile -t tool < <(git ls-files 'tools/*.[ch]' 'selftests/*.[ch]' | grep -v -- '-gen\.')
mapfile -t shell < <(git grep -lE '^#!/bin/(ba)?sh'; git ls-files "selftests/*/lib*.sh" "scripts/ci/lib*.sh")

mapfile -t documentation < <(git ls-files "*.rst" NEWS README)

begin tool tools/test.sh
begin pages pages "${documentation[@]}"
selftests/vm/kernels.sh -q source || exit
place=lint
[ -z "${UVN_QUICK-}" ] || place=
for kernel in ${KERNELS:-6.1}; do
	arguments=(W=1) by="with W=1"
	[ "$kernel" != debug ] || arguments+=(UVN_KUNIT=1)
	# One is enough for sparse.
	[ "$kernel" != 6.1 ] || arguments+=(C=1 CF=-D__CHECK_ENDIAN__) by+=" and from sparse"
	check "$kernel: no warning $by" warnings "$place" "$kernel" "${arguments[@]}"
done
check "checkpatch --strict: module" style "${module[@]}"
check "checkpatch --strict: tools and programs" style "${tool[@]}"
check "kernel-doc" silent "$source/scripts/kernel-doc" -none -Werror \
	"${module[@]}" "${tool[@]}"
check "shellcheck" scripts "${shell[@]}"
check "manual pages: mandoc" silent mandoc -T lint -W warning tools/*.[1-9]
for page in tools/*.[1-9]; do
	check "manual pages: man, $page" silent manual "$page"
done
check "documentation renders, and its links lead to pages" ended pages
check "what is generated is current" scripts/ynl-regen.sh --check
check "no kernel version outside kmod/compat" \
	sh -c '! git grep -nE "LINUX_VERSION_CODE|KERNEL_VERSION\(" -- kmod ":!kmod/compat"'
check "suites as targets of kselftest" suites
check "floors: nothing of kmod uses what stands above it" scripts/floors.py
check "no circles in tools" scripts/circles.py tools
check "no file has more than 600 lines" short
check "tool without the module" ended tool
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
