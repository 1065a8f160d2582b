#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: kselftest.sh [DIR [FOLDER...]]
#
# Put the suites where kernel CI looks for them, into a copy of the parts of Linux
# 6.12's source that kselftest needs, and have kselftest build and install the
# folders named, or all, into DIR; without DIR they are thrown away. The last lines
# are the list of tests that run_kselftest.sh has.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
source=${UVN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/uvn}/linux-source-6.12
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=${1:-$work/install}
[ $# = 0 ] || shift
[ $# != 0 ] || set -- isolation lifetime path external tool daily fuzz bench

selftests/vm/kernels.sh -q source
mkdir -p "$work/linux/tools/testing/selftests/net" "$work/linux/scripts" \
	"$work/linux/include/uapi/linux" "$out"
out=$(cd "$out" && pwd)
testing=$work/linux/tools/testing/selftests
cp -r "$source"/tools/testing/selftests/{Makefile,lib.mk,run_kselftest.sh,kselftest*} \
	"$testing/"
cp -r "$source/tools/scripts" "$work/linux/tools/"
cp "$source"/scripts/subarch.include "$work/linux/scripts/"

mkdir "$testing/net/uvn"
git ls-files -z -co --exclude-standard selftests ':!selftests/vm' ':!selftests/Makefile' |
	xargs -0 cp --parents -t "$work"
cp -r "$work"/selftests/* "$testing/net/uvn/"
cp uapi/linux/uvn.h "$work/linux/include/uapi/linux/"

targets=("${@/#/net/uvn/}")
make -s -C "$testing" TARGETS="${targets[*]}" FORCE_TARGETS=1 install \
	INSTALL_PATH="$out"
"$out/run_kselftest.sh" -l
