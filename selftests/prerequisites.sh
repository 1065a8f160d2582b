#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Install what building and testing need on a Debian machine and it lacks.
set -eu

want='bc bison bzip2 cpio curl debootstrap dnsmasq-base ethtool flex gcc iperf3 iproute2
	iptables iputils-ping jq kmod libelf-dev libcap2-bin libjansson-dev libnl-3-dev
	libnl-genl-3-dev libopenmpi-dev libslurm-dev libssl-dev linux-perf mandoc munge
	ncat netpipe-openmpi nftables openmpi-bin openssh-client openssh-server lz4
	pahole pkg-config procps python3-minimal
	python3-jsonschema python3-yaml qemu-system-x86 rsync shellcheck slurm-client
	slurmctld slurmd sparse tcpdump traceroute util-linux xz-utils zstd busybox-static'

missing=
for package in $want; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
		grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

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
