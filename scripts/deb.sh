#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: deb.sh DIR
#
# Build the Debian packages of this tree as it stands, outside of it, and put
# them into DIR. version.sh says which version they have.
set -eu
[ $# = 1 ] || { echo "usage: deb.sh DIR" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
version=$(scripts/version.sh)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/out"
src=$work/out/uvn-$version
scripts/export.sh "$src"
date=$(git log -1 --format=%cD 2>/dev/null || date -R -r dkms.conf)
cat >"$src/debian/changelog" <<CHANGELOG
uvn ($version) unstable; urgency=medium

  * NEWS says what is new.

 -- $(sed -n 's/^Maintainer: //p' debian/control)  $date
CHANGELOG

(cd "$src" && dpkg-buildpackage -us -uc) >"$work/log" 2>&1 ||
	{ cat "$work/log" >&2; exit 1; }
rm -f "$out"/uvn_* "$out"/uvn-dkms_* "$out"/uvnadm_* "$out"/uvnadm-dbgsym_*
rm -rf "$src"
mv "$work"/out/* "$out"
ls "$out"/*.deb
