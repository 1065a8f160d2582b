#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: newcomer.sh
#
# A newcomer who does what quickstart.rst says and nothing else: its literal blocks
# behind ".. newcomer: NAME" are what is run. Packages are built, and installed on a
# clean Debian, in roots on this machine; two nodes then boot that root with systemd
# in a guest, and are configured, started and verified. Prints KTAP and ends with
# "N passed, N failed".

# shellcheck disable=SC2317,SC2016	# functions are called by check; roots expand
# shellcheck source-path=SCRIPTDIR source=../../selftests/lib/lib.sh
. "$(dirname "$0")/../../selftests/lib/lib.sh"
guide=$tree/Documentation/quickstart.rst

block() { # NAME
	awk -v name="$1" '
		$0 == ".. newcomer: " name { on = 1; next }
		on == 1 && $0 == "::" { on = 2; next }
		on == 2 && /^[^ ]/ { exit }
		on == 2 { sub(/^    /, ""); print }' "$guide"
}

# --- on the building machine

prepare() {
	cache=${UVN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/uvn}
	# shellcheck source-path=SCRIPTDIR source=lib-root.sh
	. "$here/lib-root.sh"
	echo "KTAP version 1"
	new_run
	shown=$(mktemp -d "$roots/shown.XXXXXX")
	trap 'rm -rf "$work" "$run"; rmdir "$shown"' EXIT
	root_bare || { echo "Bail out! no clean root"; exit 1; }
	export share=$run/share
	"$tree/scripts/export.sh" "$share" || exit

	check "the packages are built" in_root "$run/builder" "$bare" bash -exc \
		"cp -a /run/share /root/uvn; cd /root/uvn; $(block build)"
	mkdir -p "$run/node/upper/var/tmp"
	chmod 1777 "$run/node/upper/var/tmp"
	cp -a "$run/builder/upper/var/tmp/uvn" "$run/node/upper/var/tmp/"
	check "they are installed" in_root "$run/node" "$bare" bash -exc "$(block install)"
	release=$(cat "$cache/kernels/6.1/release")
	check "there is a module for the guest's kernel, $release (else kernels.sh -u 6.1)" \
		in_root "$run/node" "$bare" modinfo -k "$release" uvn
	# The policy that no server starts is this script's.
	in_root "$run/node" "$bare" rm /usr/sbin/policy-rc.d
	if [ $failed = 0 ]; then
		with_root "$run/node" "$bare" "$shown" "$tree/selftests/vm/vm.sh" -k 6.1 -m 3G \
			-t 1800 -- bash scripts/ci/newcomer.sh "$shown" >"$run/guest" 2>&1
		check "the guest had its say, and nothing against it" test $? -le 1
		cat "$run/guest"
		passed=$((passed + $(grep -c '^ok ' "$run/guest")))
		failed=$((failed + $(grep -c '^not ok ' "$run/guest")))
		# Here, as what apt and dkms do takes a guest minutes.
		check "the packages are removed" in_root "$run/node" "$bare" bash -exc \
			"$(block remove)"
		cannot "no tool is left" in_root "$run/node" "$bare" uvnadm -V
		cannot "no module is left" in_root "$run/node" "$bare" \
			modinfo -k "$release" uvn
	fi
	echo "1..$number"
	echo "$passed passed, $failed failed"
	[ $failed = 0 ]
	exit
}

# --- in the guest

# What process 1 of a node does before it is systemd: mounts of its own, and the
# root below them. Where /sys is read-only systemd leaves devices to the machine.
boot='
	root=$1
	mount --make-rprivate /
	mount --bind "${root%/*}/run" "$root/run"
	mount -t proc proc "$root/proc"
	mount -t sysfs -o ro sysfs "$root/sys"
	mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
	mount -t tmpfs -o mode=755 tmpfs "$root/dev"
	for node in null zero full random urandom tty; do
		: >"$root/dev/$node"
		mount --bind "/dev/$node" "$root/dev/$node"
	done
	mkdir "$root/dev/pts" "$root/dev/shm"
	mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts "$root/dev/pts"
	ln -s pts/ptmx "$root/dev/ptmx"
	ln -s /proc/self/fd "$root/dev/fd"
	hostname "$2"
	cd "$root"
	pivot_root . mnt
	umount -l /mnt
	exec env -i container=uvn /sbin/init
'

# systemd, in namespaces and a cgroup of its own, on a node's network.
boot_node() { # NODE
	local dir=$work/node$1
	mkdir -p "$dir" "/sys/fs/cgroup/node$1"
	mount -t tmpfs tmpfs "$dir" &&
	mkdir "$dir"/{upper,work,root,run} &&
	mount -t overlay -o "lowerdir=$flat,upperdir=$dir/upper,workdir=$dir/work" \
		overlay "$dir/root" || return
	echo "node$1" >"$dir/root/etc/hostname"
	printf '%s\n' '127.0.0.1 localhost' '192.168.80.1 node1' '192.168.80.2 node2' \
		>"$dir/root/etc/hosts"
	mkdir -p "$dir/root/root/.ssh"
	cp -a "$work/ssh/." "$dir/root/root/.ssh/" || return
	spawn "boot$1" in_cgroup "$1" unshare --mount --pid --uts --ipc --cgroup --fork \
		--kill-child sh -ec "$boot" sh "$dir/root" "node$1"
	top[$1]=${background[-1]}
}
in_cgroup() { # NODE COMMAND...
	local node=$1
	shift
	echo "$BASHPID" >"/sys/fs/cgroup/node$node/cgroup.procs"
	root "$node" "$@"
}
at() { # NODE SCRIPT : as its root would
	local init
	init=$(pgrep -P "${top[$1]}") || return
	nsenter -t "$init" -m -u -i -n -p -C -r -w env -i HOME=/root TERM=dumb \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive bash -exc "$2"
}
# Whether all that starts has started; what a machine has and a node has not may
# have failed. Waits itself, as asking again and again would keep the node busy.
up() { # NODE
	busywait 900 test -S "$work/node$1/run/systemd/private" || return
	at "$1" 'systemctl is-system-running --wait ||
		systemctl list-units --failed
		systemctl is-active multi-user.target && systemctl is-active ssh'
}

guest() {
	local node
	flat=$1
	declare -A top
	echo "KTAP version 1"
	mkdir -m 700 "$work/ssh"
	ssh-keygen -qt ed25519 -N '' -f "$work/ssh/id_ed25519"
	cp "$work/ssh/id_ed25519.pub" "$work/ssh/authorized_keys"
	echo 'StrictHostKeyChecking accept-new' >"$work/ssh/config"
	nodes 2 || { echo "Bail out! no nodes"; exit 1; }
	for node in 1 2; do
		check "node$node starts" boot_node $node
	done
	for node in 1 2; do
		check "node$node is up" up $node
		refuses "node$node: nothing is enabled yet" 3 inactive \
			at $node 'systemctl is-active uvn'
	done
	for node in 1 2; do
		check "node$node: configure" at $node "$(block configure)"
		check "node$node: start" at $node "$(block start)"
		check "node$node: it runs" at $node 'systemctl is-active uvn'
		equal "node$node: and is enabled" true \
			"$(adm $node -j status | jq .enabled)"
	done

	check "a user serves on node2" serve own 2 1234 tcp 192.168.80.2 8000 mine
	check "the user gets there from node1" \
		user 1 1234 "$probe" ask tcp 192.168.80.2 8000 mine
	cannot "another user does not" \
		user 1 2000 "$probe" ask tcp 192.168.80.2 8000 mine
	cannot "nor does root" root 1 "$probe" ask tcp 192.168.80.2 8000 mine
	cannot "nor another user on node2" \
		user 2 2000 "$probe" ask tcp 192.168.80.2 8000 mine
	for node in 1 2; do
		check "node$node: verify" at $node "$(block verify)"
	done
	check "between the nodes: verify" at 1 "$(block peer)"
	for node in 1 2; do
		check "node$node: stop" at $node "$(block stop)"
		equal "node$node: it is not enabled" false \
			"$(adm $node -j status | jq .enabled)"
	done
	for node in 1 2; do
		at $node 'systemctl poweroff --force --force' >"$work/poweroff" 2>&1
	done
	wait "${top[@]}" 2>/dev/null
	umount "$work"/node*/root "$work"/node*
	finish
}

for name in build install configure start verify peer stop remove; do
	[ -n "$(block $name)" ] ||
		{ echo "Bail out! $guide has no block \"$name\""; exit 1; }
done
if [ $# = 0 ]; then
	prepare
else
	guest "$1"
fi
