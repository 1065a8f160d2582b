# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Clean Debian roots: made once by debootstrap, kept in the cache, and used under
# overlays, which say what a command has changed. Commands run in mount and
# process namespaces of their own: nothing stays mounted or goes on, however this
# ends. No module is loaded there. Whoever sources this has set $tree and $cache.

: "${tree:?}" "${cache:?}"
# shellcheck source-path=SCRIPTDIR source=../../selftests/vm/lib-apt.sh
. "$tree/selftests/vm/lib-apt.sh"
roots=$cache/roots
bare=$roots/$codename

# The release as its installer leaves it, with a server for logins and the modules
# of its kernel as the cache has it. It has a policy that no server starts.
root_bare() {
	(
		mkdir -p "$roots/archives/partial"
		exec 9>"$roots/lock"
		flock 9
		make_bare
	)
}

make_bare() {
	local rel tmp

	"$tree/selftests/vm/kernels.sh" -q 6.1 || return
	rel=$(cat "$cache/kernels/6.1/release")
	[ ! -d "$bare/lib/modules/$rel" ] || return 0
	echo "# making a clean root of $codename" >&2
	tmp=$(mktemp -d "$roots/tmp.XXXXXX")
	if ! bootstrap "$codename" "$tmp" --include=openssh-server,dbus; then
		rm -rf "$tmp"
		echo "debootstrap failed, see $cache/debootstrap-$codename.log" >&2
		return 1
	fi
	chmod 755 "$tmp"
	host_sources >"$tmp/etc/apt/sources.list"
	rm -f "$tmp"/var/cache/apt/archives/*.deb
	mkdir -p "$tmp/lib/modules"
	cp -a "$cache/kernels/6.1/modules/lib/modules/$rel" "$tmp/lib/modules/" || return
	printf '#!/bin/sh\nexit 101\n' >"$tmp/usr/sbin/policy-rc.d"
	chmod 755 "$tmp/usr/sbin/policy-rc.d"
	rm -rf "$bare"
	mv "$tmp" "$bare"
}

# Run a command in a root: the lowest layers below, what it changes in DIR/upper.
# The directory $share, if set, is at /run/share, read-only.
in_root() { # DIR LOWER[:LOWER...] COMMAND...
	local dir=$1 lower=$2
	shift 2
	mkdir -p "$dir/upper" "$dir/work" "$dir/root"
	# shellcheck disable=SC2016	# the inner shell expands it
	unshare --mount --pid --fork --kill-child sh -ec '
		dir=$1 lower=$2 share=$3 archives=$4
		shift 4
		root=$dir/root
		mount -t overlay -o "lowerdir=$lower,upperdir=$dir/upper,workdir=$dir/work" \
			overlay "$root"
		mount -t proc proc "$root/proc"
		mount -t sysfs -o ro sysfs "$root/sys"
		mount -t tmpfs -o mode=755 tmpfs "$root/run"
		mount --rbind /dev "$root/dev"
		if [ -n "$share" ]; then
			mkdir "$root/run/share"
			mount --bind "$share" "$root/run/share"
			mount -o remount,bind,ro "$root/run/share"
		fi
		mount --bind "$archives" "$root/var/cache/apt/archives"
		# Of this machine, and not part of what is changed.
		cp /etc/resolv.conf "$root/run/resolv.conf"
		[ -e "$root/etc/resolv.conf" ] || : >"$root/etc/resolv.conf"
		mount --bind "$root/run/resolv.conf" "$root/etc/resolv.conf"
		exec chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
			HOME=/root USER=root LC_ALL=C.UTF-8 TERM=dumb \
			DEBIAN_FRONTEND=noninteractive "$@"
	' sh "$dir" "$lower" "${share-}" "$roots/archives" "$@"
}

# Run a command where such a root, as it has become, is seen at AT; a guest, too, sees
# it there.
with_root() { # DIR LOWER[:LOWER...] AT COMMAND...
	# shellcheck disable=SC2016
	unshare --mount sh -ec '
		mount -t overlay -o "ro,lowerdir=$1/upper:$2" overlay "$3"
		shift 3
		exec "$@"
	' sh "$@"
}

# Sets $run to a directory for roots that are thrown away: in memory, where disks do
# not slow down dpkg, which syncs every file. One script at a time works in roots, as
# they share what apt has fetched.
new_run() {
	mkdir -p "$roots"
	exec {run_lock}>"$roots/lock.run"
	flock "$run_lock"
	# shellcheck disable=SC2034	# the caller's
	run=$(mktemp -d /dev/shm/uvn-root.XXXXXX)
}
