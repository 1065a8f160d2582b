#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: release-check.sh
#
# Say whether this tree is the release that dkms.conf names: NEWS begins with it and
# has its date, the version is typed nowhere else, all is committed, the tag is there,
# and the packages' changelog will have it. The last line says what is missing.
# shellcheck disable=SC2317	# functions are called by check
set -u
[ $# = 0 ] || { echo "usage: release-check.sh" >&2; exit 2; }
cd "$(dirname "$0")/.." || exit

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' dkms.conf)
missing=0

check() { # WHAT REMEDY COMMAND...
	local what=$1 remedy=$2
	shift 2
	if "$@"; then
		echo "ok: $what"
	else
		echo "not ok: $what: $remedy"
		missing=$((missing + 1))
	fi
}

is_version() { [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]; }
# The first heading of a version in NEWS.
heading=$(grep -m 1 -E '^uvn [0-9]' NEWS)
is_first() { [[ $heading == "uvn $version ("* ]]; }
is_dated() {
	[[ $heading =~ \(([0-9]{4}-[0-9]{2}-[0-9]{2})\)$ ]] &&
		date -d "${BASH_REMATCH[1]}" >/dev/null 2>&1
}
is_once() {
	! git grep -nE "(^|[^0-9.])${version//./\\.}([^0-9.]|$)" -- \
		':!dkms.conf' ':!NEWS' ':!Documentation' ':!CONTRIBUTING.rst' \
		':!scripts/version.sh'
}
is_committed() { [ -z "$(git status --porcelain)" ]; }
is_tagged() {
	[ "$(git rev-parse -q --verify "refs/tags/v$version^{commit}")" = \
		"$(git rev-parse HEAD)" ]
}
is_packaged() { [ "$(scripts/version.sh)" = "$version" ]; }

check "dkms.conf: version \"$version\"" "it must be three numbers" is_version
check "NEWS begins with it" "it begins with \"$heading\"" is_first
check "NEWS has its date" "write the day into \"$heading\"" is_dated
check "it is typed nowhere else" "read it from dkms.conf there" is_once
check "all is committed" "git commit" is_committed
check "tag v$version is this commit" "git tag -a v$version" is_tagged
check "debian/changelog will have it" "it would have $(scripts/version.sh)" is_packaged
[ "$missing" = 0 ] && { echo "this is the release $version"; exit 0; }
echo "this is not the release $version yet: $missing of 7 missing"
exit 1
