#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Fetch or build the kernels that the guests run, and build the module for them.

usage() {
	cat <<-USAGE
	usage: kernels.sh [-u | -q] {KERNEL | source}...
	       kernels.sh --modules KERNEL DIR [MAKE-ARGUMENT...]

	KERNEL is one of:
	  6.1    the kernel of the installed release
	  6.12   its newer one (security suite, or else backports)
	  7.2    what sid has now
	  debug  6.12 with the checkers of debug.config
	  kcsan  the same with the checker for data races, of kcsan.config

	-u         look for something newer; what is cached stays if there is none
	-q         say nothing of what is there already
	source     only unpack the source of 6.12
	--modules  build uvn.ko from the tree DIR, into build/KERNEL of the cache

	The cache is \$UVN_CACHE, or else uvn in \$XDG_CACHE_HOME or ~/.cache.
	USAGE
}

set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${UVN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/uvn}
kernels=$cache/kernels
src=$cache/linux-source-6.12
sid=$cache/sid
export LC_ALL=C.UTF-8
# shellcheck source=lib-apt.sh
. "$here/lib-apt.sh"

say() { echo "kernels.sh: $*" >&2; }
die() { say "$*"; exit 1; }

# Everything is made under a temporary name in the same file system and renamed
# when complete, so that what bears its final name can be trusted.
tmp=
cleanup() { [ -z "$tmp" ] || rm -rf "$tmp"; }
trap cleanup EXIT
trap 'exit 130' INT TERM

new_tmp() { cleanup; tmp=$(mktemp -d "$cache/tmp.XXXXXX"); chmod 755 "$tmp"; }

# The named packages and what they depend on among the kernel's own packages.
closure() {
	local todo=("$@") pkg done=' '

	while [ ${#todo[@]} -gt 0 ]; do
		pkg=${todo[0]}
		todo=("${todo[@]:1}")
		case $done in *" $pkg "*) continue ;; esac
		done="$done$pkg "
		echo "$pkg"
		mapfile -t -O ${#todo[@]} todo < <(
			apt-cache "${apt[@]}" show --no-all-versions "$pkg" |
			sed -n 's/^Depends: //p' | tr , '\n' | awk '{ print $1 }' |
			grep -E '^linux-(image|modules|binary|base|headers|kbuild)-')
	done
}

unpack() { # DIR PACKAGE...
	local dir=$1 deb
	shift

	mkdir -p "$dir" "$tmp/debs"
	(cd "$tmp/debs" && apt-get "${apt[@]}" download "$@" >/dev/null) || return
	for deb in "$tmp"/debs/*.deb; do
		dpkg-deb -x "$deb" "$dir" || return
	done
	rm -r "$tmp/debs"
}

# From an unpacked image to the layout of the cache.
adopt_image() { # FROM TO
	local dir rel f

	dir=$(find "$1" -path '*/lib/modules/*/kernel' -printf '%h\n' -quit)
	rel=${dir##*/}
	mkdir -p "$2/modules/lib/modules"
	# In /boot, or of late beside the modules.
	for f in vmlinuz config; do
		cp "$1/boot/$f-$rel" "$2/$f" 2>/dev/null || mv "$dir/$f" "$2/$f" || return
	done
	mv "$dir" "$2/modules/lib/modules/$rel" || return
	rm -f "$2/modules/lib/modules/$rel"/{build,source}
	# Compressed modules cost the emulated CPU far more than the disk.
	find "$2/modules" -name '*.ko.xz' -print0 | xargs -0r -n 64 -P "$(nproc)" xz -d
	depmod -b "$2/modules" "$rel" || return
	extract_vmlinux "$2/vmlinuz" "$2/vmlinux"
	echo "$rel" >"$2/release"
}

# The kernel as an ELF file, which qemu boots by PVH: the emulated CPU would need
# seconds to decompress it. vm.sh does without, should the format change.
extract_vmlinux() { # VMLINUZ TO
	local sects off len cat

	number() { od -An -j "$2" -N "$3" -tu"$3" "$1" | tr -d ' '; }
	sects=$(number "$1" $((0x1f1)) 1)
	off=$(number "$1" $((0x248)) 4)
	len=$(number "$1" $((0x24c)) 4)
	off=$(((sects + 1) * 512 + off))
	case $(od -An -j "$off" -N 4 -tx1 "$1" | tr -d ' ') in
	fd377a58) cat=xzcat ;;
	28b52ffd) cat=zstdcat ;;
	1f8b*)	cat="zcat" ;;
	02214c18) cat=lz4cat ;;
	*)	return ;;
	esac
	# The last four bytes are the size, not part of the stream.
	tail -c "+$((off + 1))" "$1" | head -c $((len - 4)) | "$cat" >"$2" || rm -f "$2"
}

install_kernel() { # KERNEL: from $tmp/k to its place
	mkdir -p "$kernels"
	rm -rf "${kernels:?}/$1"
	mv "$tmp/k" "$kernels/$1"
}

make_debian() { # KERNEL SUFFIX-OF-METAPACKAGES
	local pkgs mk

	new_tmp
	release_setup "linux-image-$2" || return
	mapfile -t pkgs < <(closure "linux-image-$2" "linux-headers-$2")
	unpack "$tmp/x" "${pkgs[@]}" || return
	adopt_image "$tmp/x" "$tmp/k" || return
	mkdir "$tmp/k/headers"
	mv "$tmp/x/usr" "$tmp/k/headers/" || return
	ln -s "headers/usr/src/linux-headers-$(cat "$tmp/k/release")" "$tmp/k/kdir"
	# The headers name their common part by absolute path; make that relative.
	for mk in "$tmp"/k/headers/usr/src/linux-headers-*/Makefile; do
		# shellcheck disable=SC2016
		sed -i 's,^include /usr/src/,include $(dir $(lastword $(MAKEFILE_LIST)))../,' "$mk"
	done
	install_kernel "$1"
}

make_sid() {
	local pkgs

	new_tmp
	apt_setup sid "$(other_suite sid)" || return
	known linux-image-amd64 || return
	mapfile -t pkgs < <(closure linux-image-amd64 | grep -v '^linux-headers')
	unpack "$tmp/x" "${pkgs[@]}" || return
	adopt_image "$tmp/x" "$tmp/k" || return
	rm -rf "$tmp/x"
	bootstrap sid "$tmp/sid" --variant=minbase \
		--include=linux-headers-amd64,make,pahole,sparse,gcc,kmod ||
		{ say "debootstrap failed, see $cache/debootstrap-sid.log"; return 1; }
	[ -d "$tmp/sid/usr/src/linux-headers-$(cat "$tmp/k/release")" ] ||
		{ say "sid moved between its image and its headers"; return 1; }
	rm -rf "$tmp/sid"/var/cache/apt/archives/*.deb "$sid"
	mkdir "$tmp/sid/build"
	mv "$tmp/sid" "$sid"
	install_kernel 7.2
}

make_source() {
	new_tmp
	release_setup linux-source-6.12 || return
	unpack "$tmp/x" linux-source-6.12 || return
	tar -C "$tmp" -xf "$tmp/x/usr/src/linux-source-6.12.tar.xz" || return
	rm -rf "$src"
	mv "$tmp/linux-source-6.12" "$src"
}

# The checkers of the debug kernel, or others with all else the same.
fragment() { # KERNEL
	case $1 in
	debug)	cat "$here/debug.config" ;;
	kcsan)	sed -e '/^# checkers$/,/^$/d' -e '/^# what provokes/,/^$/d' \
			-e '/^CONFIG_LOCALVERSION=/d' "$here/debug.config" &&
		cat "$here/kcsan.config" ;;
	esac
}

make_checked() { # KERNEL
	local obj=$cache/$1 missing rel
	local mk=(make -s -C "$src" "O=$obj" ARCH=x86_64)

	ensure source || return
	mkdir -p "$obj"
	# A copy, as the fragment may be edited while the build runs.
	fragment "$1" >"$obj/fragment"
	"${mk[@]}" tinyconfig >/dev/null 2>&1 || return
	cat "$obj/fragment" >>"$obj/.config"
	"${mk[@]}" olddefconfig >/dev/null 2>&1 || return
	missing=$(grep -E '^(# )?CONFIG_' "$obj/fragment" | grep -Fxvf "$obj/.config" || true)
	[ -z "$missing" ] || die "$1.config: olddefconfig did not keep:" "$missing"
	say "building the $1 kernel (about 10 minutes; log: $obj/build.log)"
	"${mk[@]}" -j"$(nproc)" bzImage modules >"$obj/build.log" 2>&1 ||
		{ tail -n 20 "$obj/build.log" >&2; return 1; }
	new_tmp
	rel=$(cat "$obj/include/config/kernel.release")
	mkdir -p "$tmp/k"
	cp "$obj/arch/x86/boot/bzImage" "$tmp/k/vmlinuz" || return
	objcopy --strip-all "$obj/vmlinux" "$tmp/k/vmlinux" || return
	cp "$obj/.config" "$tmp/k/config"
	cp "$obj/fragment" "$tmp/k/fragment"
	"${mk[@]}" INSTALL_MOD_PATH="$tmp/k/modules" modules_install >/dev/null || return
	rm -f "$tmp/k/modules/lib/modules/$rel"/{build,source}
	depmod -b "$tmp/k/modules" "$rel" || return
	ln -s "$obj" "$tmp/k/kdir"
	echo "$rel" >"$tmp/k/release"
	install_kernel "$1"
}

version() { # KERNEL: what the cache has, or nothing
	case $1 in
	source)	[ ! -f "$src/Makefile" ] || make -s -C "$src" kernelversion ;;
	*)	[ ! -f "$kernels/$1/release" ] || cat "$kernels/$1/release" ;;
	esac
}

stale() { # KERNEL: missing, or made from something else than what is here now
	[ -n "$(version "$1")" ] || return 0
	case $1 in
	7.2)	[ ! -d "$sid/usr/src/linux-headers-$(version 7.2)" ] ;;
	debug | kcsan) ! fragment "$1" | cmp -s - "$kernels/$1/fragment" ;;
	*)	false ;;
	esac
}

make_kernel() {
	case $1 in
	6.1)	make_debian 6.1 amd64 ;;
	6.12)	make_debian 6.12 6.12-amd64 ;;
	7.2)	make_sid ;;
	debug | kcsan) make_checked "$1" ;;
	source)	make_source ;;
	esac
}

# The first root: what it takes to mount the host's files, and nothing else.
make_initramfs() { # KERNEL
	local k=$kernels/$1 rel dir mod

	[ "$k/initramfs" -nt "$here/init" ] && [ "$k/initramfs" -nt "$k/release" ] && return
	new_tmp
	dir=$tmp/initramfs
	rel=$(cat "$k/release")
	mkdir -p "$dir"/{bin,dev,etc,proc,sys,lower,upper,root,modules}
	cp "$(command -v busybox)" "$dir/bin/busybox"
	cp "$here/init" "$dir/init"
	chmod 755 "$dir/init"
	: >"$dir/modules.order"
	for mod in virtio_pci virtio_console virtio_rng 9pnet_virtio 9p overlay; do
		modprobe -d "$k/modules" -S "$rel" --show-depends "$mod" |
			awk '$1 == "insmod" { print $2 }'
	done | awk '!seen[$0]++' | while read -r mod; do
		cp "$mod" "$dir/modules/"
		basename "$mod" >>"$dir/modules.order"
	done
	# Not compressed: the emulated CPU would need longer to unpack than to copy.
	(cd "$dir" && find . | busybox cpio -o -H newc 2>/dev/null) >"$tmp/cpio"
	mv "$tmp/cpio" "$k/initramfs"
}

ensure() { # KERNEL
	(
		mkdir -p "$cache"
		exec 9>"$cache/lock.$1"
		flock 9
		tmp=
		trap cleanup EXIT
		if stale "$1" || [ -n "$update" ]; then
			say "$1: getting it"
			# The functions return their failures themselves: set -e does not
			# reach into what an "if" calls.
			if ! make_kernel "$1"; then
				[ -n "$(version "$1")" ] || die "$1: not to be had"
				say "$1: nothing newer to be had"
			fi
		fi
		[ "$1" = source ] || make_initramfs "$1"
	)
}

# Copy what the module is made of where the content differs, so that the next
# build only compiles what changed, and the tree itself stays clean.
sync_tree() { # FROM TO
	local f

	mkdir -p "$2"
	(cd "$1" && find Kbuild dkms.conf kmod uapi -type f 2>/dev/null) | while read -r f; do
		case $f in *.o|*.ko|*.cmd|*.mod|*.mod.c) continue ;; esac
		cmp -s "$1/$f" "$2/$f" && continue
		mkdir -p "$2/$(dirname "$f")"
		cp "$1/$f" "$2/$f"
	done
	(cd "$2" && find Kbuild kmod uapi -name '*.[ch]' ! -name '*.mod.c' 2>/dev/null) |
		while read -r f; do
			[ -e "$1/$f" ] || rm "$2/$f"
		done
}

modules() { # KERNEL DIR [MAKE-ARGUMENT...]
	local k=$1 build=$cache/build/$1${UVN_BUILD:+-$UVN_BUILD} tree kdir
	shift

	tree=$(cd "$1" && pwd)
	shift
	[ -f "$tree/Kbuild" ] || die "$tree has no Kbuild"
	ensure "$k"
	mkdir -p "$build"
	exec 8>"$cache/lock.build.$k"
	flock 8
	sync_tree "$tree" "$build"
	rm -f "$build/uvn.ko"
	set -- -s -j"$(nproc)" modules "$@"
	if [ "$k" = 7.2 ]; then
		kdir=/usr/src/linux-headers-$(version 7.2)
		# A mount namespace of its own: nothing stays mounted, however this ends.
		# objtool wants /proc.
		# shellcheck disable=SC2016
		unshare --mount sh -ec '
			mount --bind "$1" "$2/build"; mount -t proc proc "$2/proc"
			sid=$2 kdir=$3; shift 3
			exec chroot "$sid" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
				LC_ALL=C.UTF-8 make -C "$kdir" M=/build "$@"
		' sh "$build" "$sid" "$kdir" "$@"
	else
		make -C "$kernels/$k/kdir/" M="$build" "$@"
	fi
	[ -f "$build/uvn.ko" ] || die "$k: no uvn.ko was built"
}

check_kernel() {
	case $1 in
	6.1|6.12|7.2|debug|kcsan) ;;
	source) [ -z "${2-}" ] || die "not a kernel: $1" ;;
	*) die "no such kernel: $1 (6.1, 6.12, 7.2, debug or kcsan)" ;;
	esac
}

update='' quiet=''
case ${1-} in
--modules)
	[ $# -ge 3 ] || { usage >&2; exit 2; }
	shift
	check_kernel "$1" strict
	modules "$@"
	exit
	;;
-h|--help) usage; exit ;;
-u) update=1; shift ;;
-q) quiet=1; shift ;;
esac
[ $# -gt 0 ] || { usage >&2; exit 2; }
for k; do check_kernel "$k"; done
for k; do
	ensure "$k"
	[ -n "$quiet" ] || say "$k: $(version "$k")"
done
