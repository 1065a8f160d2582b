#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: export.sh DIR
#
# Copy the sources of this tree as they stand to the new directory DIR, without
# what was built.
set -eu -o pipefail
[ $# = 1 ] || { echo "usage: export.sh DIR" >&2; exit 2; }
mkdir "$1"
dir=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."

list() {
	if [ -e .git ]; then
		git ls-files -z -co --exclude-standard --deduplicate
	else
		find . -type f -print0
	fi
}

list | while read -r -d '' file; do
	[ ! -e "$file" ] || printf '%s\0' "$file"
done | xargs -0 cp --parents --preserve=timestamps,mode -t "$dir"
make -s -C "$dir" clean
