#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: prerequisites.sh [cluster | package]
#
# Install what building and testing need on a Debian machine and it lacks; with
# "cluster" also the programs of a cluster, which some suites are about, and with
# "package" what makes and checks Debian packages.
set -eu

want='bc bison bzip2 cpio curl debootstrap dnsmasq-base ethtool flex gcc iperf3 iproute2
	iptables iputils-ping jq kmod libelf-dev libcap2-bin libjansson-dev libnl-3-dev
	libnl-genl-3-dev libssl-dev linux-perf man-db mandoc ncat nftables openssh-client
	net-tools openssh-server lz4 pahole pkg-config procps python3-docutils python3-minimal
	python3-jsonschema python3-yaml qemu-system-x86 rsync shellcheck sparse
	tcpdump traceroute util-linux xz-utils zstd busybox-static'
[ "${1-}" != cluster ] || want="$want
	cron dbus libopenmpi-dev libpam-systemd libslurm-dev munge netpipe-openmpi nfs-common
	nginx openmpi-bin passt podman postgresql redis-server slirp4netns slurm-client
	slurmctld slurmd sudo uidmap xauth"
# For what UVN_QUICK leaves out.
[ "${1-}" != cluster ] || [ -n "${UVN_QUICK-}" ] || want="$want
	bind9-libs erlang-base libapr1 libavahi-core7 libconfuse2 libdaemon0 libevent-2.1-7
	libfabric-bin libganglia1 libprotobuf-c1 libpython3.11 mpich netpipe-mpich2
	node-configurable-http-proxy python3-distributed ucx-utils"
[ "${1-}" != package ] || want="$want
	bash-completion debhelper dh-dkms dpkg-dev fakeroot lintian"

# What may not be installed here, since it takes /etc/resolv.conf away, exports
# file systems, answers for /etc/hosts, replaces what sets the clock, manages
# devices and networks or would answer others: the guests' suites have it from a
# directory. Its libraries are above.
deb=${UVN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/uvn}/deb
unpacked=
[ "${1-}" != cluster ] || unpacked='systemd-resolved libnss-resolve nfs-kernel-server
	nscd chrony prometheus-node-exporter sssd-common libnss-sss libsss-certmap0
	libsss-idmap0 libsss-nss-idmap0 libbasicobjects0 libcollection4 libdhash1
	libini-config5 libldb2 liblmdb0 libpath-utils1 libref-array1 libtalloc2 libtdb1
	libtevent0 udev network-manager libnm0 libndp0'
[ "${1-}" != cluster ] || [ -n "${UVN_QUICK-}" ] ||
	unpacked="$unpacked avahi-daemon bind9 ganglia-monitor unbound"
unpack() {
	for package in $unpacked; do
		[ ! -e "$deb/$package" ] || continue
		rm -rf "$deb/tmp"
		mkdir -p "$deb/tmp"
		(cd "$deb/tmp" && apt-get download -q "$package" >/dev/null 2>&1) &&
			dpkg-deb -x "$deb/tmp/$package"_*.deb "$deb" || return
		rm -r "$deb/tmp" &&
		: >"$deb/$package"
	done
}

missing=
for package in $want; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
		grep -q 'install ok installed' || missing="$missing $package"
done
if [ -z "$missing" ] && unpack; then
	exit 0
fi

echo "installing:$missing"
[ "$(id -u)" = 0 ] || { echo "this needs root" >&2; exit 1; }
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null
# A server that comes as a package is for the guests: none may start here.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod +x $policy
	trap 'rm -f $policy' EXIT
fi
# shellcheck disable=SC2086
apt-get install -q -y --no-install-recommends $missing >/dev/null
unpack || { echo "packages for the guests cannot be fetched" >&2; exit 1; }
