#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: package.sh [-u]
#
# The packages, and the module by DKMS: built, installed, rebuilt for another
# kernel, upgraded and removed, in a clean root of the release under throwaway
# overlays. Runs on the building machine, not in a guest; no module is loaded.
# Prints KTAP and ends with "N passed, N failed". UVN_QUICK=1 looks at the packages
# only; -u makes the cached roots anew.

# shellcheck disable=SC2317,SC2016	# functions are called by check; roots expand
# shellcheck source-path=SCRIPTDIR source=../../selftests/lib/lib.sh
. "$(dirname "$0")/../../selftests/lib/lib.sh"
cache=${UVN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/uvn}
# shellcheck source-path=SCRIPTDIR source=lib-root.sh
. "$here/lib-root.sh"
cd "$tree" || exit
[ "${1-}" != -u ] || rm -rf "$roots"
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' dkms.conf)
run=
trap 'rm -rf "$work" $run' EXIT

# What a machine has that builds uvn for itself.
needs='bash-completion build-essential dkms libjansson-dev libnl-genl-3-dev linux-headers-amd64
	man-db pkg-config'
built=$roots/$codename-build
layers=$built/upper:$bare

build_layer() {
	[ "$(cat "$built/needs" 2>/dev/null)" != "$needs" ] || return 0
	rm -rf "$built"
	echo "# installing what building needs" >&2
	# shellcheck disable=SC2086
	in_root "$built" "$bare" sh -ec 'apt-get update
		apt-get install -y --no-install-recommends "$@"
		apt-get install -y -d linux-headers-6.12-amd64' sh $needs &&
		echo "$needs" >"$built/needs"
}

# A root for the checks that follow.
fresh() { # NAME
	root=$run/$1
}
inside() { # COMMAND...
	in_root "$root" "$layers" "$@"
}
sh_inside() { # SCRIPT ARGUMENT...
	inside sh -ec "$@"
}

# Without its initramfs, which takes minutes: nothing here boots.
new_kernel() {
	inside env INITRD=No apt-get install -y --no-install-recommends \
		linux-headers-6.12-amd64
}

# All files but logs, caches, and what dpkg, apt and dkms note for themselves; and
# directories of ours, but not those that others use as well.
files() {
	inside find / -xdev \( ! -type d -o -name '*uvn*' \) ! -path '/var/log/*' \
		! -path '/var/cache/*' ! -path '/var/lib/dpkg/*' ! -path '/var/lib/apt/*' \
		! -path '/var/lib/dkms/mok.*' ! -path '/tmp/*' ! -path '/root/*' | sort
}
installed() { # RELEASE : by DKMS, and all that it needs is found
	inside dkms status -m uvn -v "$version" -k "$1" | grep -q ': installed$' &&
		inside modinfo -k "$1" -F vermagic uvn | grep -q "^$1 "
}
absent() { # RELEASE
	! inside modinfo -k "$1" uvn
}
depends() { # RELEASE
	inside modprobe -S "$1" --show-depends uvn >"$work/depends" &&
		grep -q /udp_tunnel.ko "$work/depends" && grep -q /uvn.ko "$work/depends"
}
release() { # GLOB
	inside sh -c "basename \$(ls -d /lib/modules/$1)"
}
unit_is() { # STATE
	local state
	state=$(inside systemctl is-enabled uvn.service)
	echo "$state"
	[ "$state" = "$1" ]
}
contents() { # PACKAGE
	dpkg-deb -c "$work/deb/$1"_*.deb | awk '$1 !~ /^d/ { print substr($6, 2) }'
}
has() { # PACKAGE FILE
	contents "$1" | grep -qxF -- "$2"
}
lint_packages() {
	lintian --allow-root --pedantic --display-info \
		--fail-on error,warning,info,pedantic "$work"/deb/*.changes
}
as_it_was() {
	[ "$(git status --porcelain --ignored 2>&1)" = "$state" ]
}
ended() {
	echo "1..$number"
	echo "$passed passed, $failed failed"
	[ $failed = 0 ]
	exit
}

echo "KTAP version 1"
state=$(git status --porcelain --ignored 2>&1)

check "packages are built" scripts/deb.sh "$work/deb"
check "the tree is as it was" as_it_was
check "lintian has nothing to say" lint_packages
for package in uvn-dkms uvnadm; do
	built_version=$(dpkg-deb -f "$work/deb/$package"_*.deb Version)
	equal "$package has the version of dkms.conf" "$version" "${built_version%%[~+]*}"
	contents $package | while read -r file; do
		case $file in
		*.o | *.ko | *.cmd | */COPYING | *.so | /etc/*) echo "$file" ;;
		esac
	done >"$work/wrong"
	equal "$package has no file that is not for it" '' "$(cat "$work/wrong")"
done
check "the module's sources are all there" diff \
	<(git ls-files -co --exclude-standard Kbuild dkms.conf 'kmod/*' 'uapi/*' | sort) \
	<(contents uvn-dkms | sed -n "s,^/usr/src/uvn-$version/,,p" | sort)
for file in /usr/sbin/uvnadm /lib/systemd/system/{uvn,uvn-required}.service \
	/lib/systemd/system/{ssh,sshd,user}@.service.d/uvn-required.conf \
	/lib/systemd/network/00-uvn.{network,link} /lib/udev/rules.d/84-uvn.rules \
	/usr/lib/NetworkManager/conf.d/uvn.conf \
	/usr/share/bash-completion/completions/uvnadm \
	/usr/share/man/man{8/uvnadm.8,5/uvn.conf.5,7/uvn.7}.gz \
	/usr/share/doc/uvnadm/examples/uvn.conf.example; do
	check "uvnadm has $file" has uvnadm "$file"
done
[ -z "${UVN_QUICK-}" ] || ended

new_run
if ! root_bare || ! build_layer >"$work/layer" 2>&1; then
	tail -n 20 "$work/layer"
	echo "Bail out! no clean root"
	exit 1
fi
scripts/export.sh "$run/share" || exit
mkdir "$run/share/deb"
cp "$work"/deb/*.deb "$run/share/deb/"
export share=$run/share

# --- from the sources

fresh make
rel61=$(release '6.1.*')
before=$(files)
absent=$(sh_inside 'cp -a /run/share /root/uvn; rm /lib/modules/*/build
	cd /root/uvn; make dkms-install' 2>&1)
equal "no headers: dkms-install says so" 1 \
	"$(grep -c 'no kernel headers are installed' <<<"$absent")"
rm -rf "$root"
check "make install dkms-install, 6.1" sh_inside 'cp -a /run/share /root/uvn
	cd /root/uvn; make install dkms-install'
check "6.1: it is installed" installed "$rel61"
check "6.1: modprobe finds what it stands on" depends "$rel61"
check "the unit is sound" inside systemd-analyze verify uvn.service
check "the unit is not enabled" eval '! unit_is enabled'
check "the tool runs" inside uvnadm -j version
check "the manual pages are found" inside man -w uvnadm uvn.conf 'uvn(7)'
check "completion is loaded by name" sh_inside 'bash -ec "
	. /usr/share/bash-completion/bash_completion
	_completion_loader uvnadm || [ \$? = 124 ]
	complete -p uvnadm"'

check "another kernel is installed, with its headers" new_kernel
rel612=$(release '6.12.*')
check "6.12: it has been built and installed" installed "$rel612"
check "6.1: it is installed still" installed "$rel61"
check "6.12 is removed" inside /etc/kernel/prerm.d/dkms "$rel612"
check "6.12: no module" absent "$rel612"
check "6.1: it is installed still" installed "$rel61"
cannot "once more: what does not compile fails" sh_inside 'cd /root/uvn
	echo "#error this" >>kmod/main.c; make dkms-install'
check "6.1: and no older module stays" absent "$rel61"
check "make uninstall" sh_inside 'cd /root/uvn; make uninstall'
inside apt-get purge -y "linux-*-$rel612" >"$work/purge" 2>&1
inside apt-get autoremove --purge -y >>"$work/purge" 2>&1
inside rm -rf "/lib/modules/$rel612"
equal "nothing of it is left" '' "$(diff <(echo "$before") <(files))"

# --- the packages

fresh deb
check "apt installs the packages" sh_inside 'apt-get install -y \
	/run/share/deb/uvn-dkms_*.deb /run/share/deb/uvnadm_*.deb'
check "6.1: the module is installed" installed "$rel61"
check "the unit is sound" inside systemd-analyze verify uvn.service
check "the unit is not enabled" unit_is disabled
check "there is no configuration" inside test ! -e /etc/uvn.conf
check "the tool runs" inside uvnadm -j version
check "the manual pages are found" inside man -w uvnadm uvn.conf 'uvn(7)'
check "the unit can be enabled" inside systemctl enable uvn.service
check "the tool is installed again" sh_inside 'apt-get install -y --reinstall \
	/run/share/deb/uvnadm_*.deb'
check "the unit is enabled still" unit_is enabled
check "the packages are purged" inside apt-get purge -y uvn-dkms uvnadm
check "6.1: no module" absent "$rel61"
equal "nothing of them is left" '' "$(diff <(echo "$before") <(files))"
ended
