#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The emulator whose CPUs run at the same time. Before 8.1 a CPU that translates a
# page does not lock it, and may keep what it has read while another CPU patched the
# text: a breakpoint of text_poke() that has gone again, on which it spins for ever.

usage() {
	cat <<-USAGE
	usage: qemu.sh

	Prints the path of a qemu-system-x86_64 of at least version 8.1: the installed
	one, or else the one of the release's backports, which is unpacked in the cache
	and not installed.

	The cache is \$UVN_CACHE, or else uvn in \$XDG_CACHE_HOME or ~/.cache.
	USAGE
}

set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${UVN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/uvn}
wanted=8.1
own=$cache/qemu
export LC_ALL=C.UTF-8
# shellcheck source=lib-apt.sh
. "$here/lib-apt.sh"

say() { echo "qemu.sh: $*" >&2; }

tmp=
# shellcheck disable=SC2317	# reached by the trap
cleanup() { [ -z "$tmp" ] || rm -rf "$tmp"; }
trap cleanup EXIT
trap 'exit 130' INT TERM

new_enough() { # PROGRAM
	local version

	version=$("$1" --version 2>/dev/null | sed -n '1s/.*version \([0-9.]*\).*/\1/p')
	[ -n "$version" ] && dpkg --compare-versions "$version" ge "$wanted"
}

# What a package needs and the machine does not have, of the same suites.
depends() { # PACKAGE
	apt-cache "${apt[@]}" -t "$codename-backports" show --no-all-versions "$1" |
		sed -n 's/^Depends: //p' | tr , '\n' | awk '{ sub(/:any$/, "", $1); print $1 }'
}

installed() { # PACKAGE
	dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

# The emulator, its firmware, and the libraries that are missing here. Its packages
# replace what is installed of the same names, as those are an older version's.
closure() {
	local todo=(qemu-system-x86) pkg done=' '

	while [ ${#todo[@]} -gt 0 ]; do
		pkg=${todo[0]}
		todo=("${todo[@]:1}")
		case $done in *" $pkg "*) continue ;; esac
		done="$done$pkg "
		case $pkg in
		qemu-* | seabios | ipxe-qemu) ;;
		*) ! installed "$pkg" || continue ;;
		esac
		echo "$pkg"
		mapfile -t -O ${#todo[@]} todo < <(depends "$pkg")
	done
}

# What starts it from wherever it lies.
launcher() {
	cat <<-'LAUNCHER'
	#!/bin/sh
	root=$(dirname "$(readlink -f "$0")")
	lib=$(echo "$root"/usr/lib/*-linux-gnu)
	LD_LIBRARY_PATH=$lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
	QEMU_MODULE_DIR=$lib/qemu
	export LD_LIBRARY_PATH QEMU_MODULE_DIR
	exec "$root/usr/bin/qemu-system-x86_64" -L "$root/usr/share/qemu" \
		-L "$root/usr/share/seabios" -L "$root/usr/lib/ipxe/qemu" "$@"
	LAUNCHER
}

fetch() {
	local pkgs deb

	tmp=$(mktemp -d "$cache/tmp.XXXXXX")
	chmod 755 "$tmp"
	apt_setup qemu "$(host_sources; other_suite "$codename-backports")" || return
	mapfile -t pkgs < <(closure)
	mkdir "$tmp/debs" "$tmp/root"
	(cd "$tmp/debs" &&
		apt-get "${apt[@]}" -t "$codename-backports" download "${pkgs[@]}" >&2) || return
	for deb in "$tmp"/debs/*.deb; do
		dpkg-deb -x "$deb" "$tmp/root" || return
	done
	launcher >"$tmp/root/qemu-system-x86_64"
	chmod 755 "$tmp/root/qemu-system-x86_64"
	new_enough "$tmp/root/qemu-system-x86_64" || return
	rm -rf "$own"
	mv "$tmp/root" "$own"
}

case ${1-} in
-h | --help) usage; exit ;;
'') ;;
*) usage >&2; exit 2 ;;
esac

if new_enough qemu-system-x86_64; then
	command -v qemu-system-x86_64
	exit
fi
mkdir -p "$cache"
exec 9>"$cache/lock.qemu"
flock 9
if [ ! -x "$own/qemu-system-x86_64" ]; then
	say "getting it"
	fetch || { say "no qemu of $wanted or newer is to be had"; exit 1; }
fi
echo "$own/qemu-system-x86_64"
