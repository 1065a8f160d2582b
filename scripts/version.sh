#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: version.sh
#
# Print the version of Debian packages that are built from this tree as it stands.
# It begins with that of dkms.conf, the only place where the version is typed, and
# grows with each change, so that apt takes the later of two builds:
#
#	0.2.0~20261130063006	NEWS does not say yet that 0.2.0 is released
#	0.2.0			the commit that bears the tag v0.2.0
#	0.2.0+20261205101500	it is released, and something has changed since
#
# The number is the time of the last commit; or, if there are changes that are not
# committed, the time now; or, without git, the time of the youngest file.
set -eu
[ $# = 0 ] || { echo "usage: version.sh" >&2; exit 2; }
cd "$(dirname "$0")/.."

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' dkms.conf)
[ -n "$version" ] || { echo "no PACKAGE_VERSION in dkms.conf" >&2; exit 1; }

tag='' stamp=''
if [ -e .git ] && changes=$(git status --porcelain); then
	if [ -n "$changes" ]; then
		stamp=$(date +%s)
	else
		stamp=$(git log -1 --format=%ct)
		tag=$(git tag --points-at HEAD --list "v$version")
	fi
else
	stamp=$(find . -type f -printf '%T@\n' | sort -n | tail -1)
fi
stamp=$(date -u -d "@$stamp" +%Y%m%d%H%M%S)

if ! grep -qE "^uvn ${version//./\\.} \([0-9-]+\)$" NEWS; then
	echo "$version~$stamp"
elif [ -n "$tag" ]; then
	echo "$version"
else
	echo "$version+$stamp"
fi
