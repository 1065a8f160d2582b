# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Debian's archives, as this machine has them, with sources and state of one's
# own: the machine's configuration is not touched.

: "${cache:?}" # whoever sources this has set it

# shellcheck disable=SC1091
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")

# The release's archives as one-line entries, from either format of the sources.
host_sources() {
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
		grep -E "^deb .* $codename" || true
	for f in /etc/apt/sources.list.d/*.sources; do
		[ -f "$f" ] || continue
		awk -v RS= -v FS='\n' '{
			uris = suites = comps = opt = ""
			for (i = 1; i <= NF; i++) {
				if ($i ~ /^#/) continue
				key = val = $i
				sub(/:.*/, "", key); sub(/^[^:]*: */, "", val)
				if (key == "URIs") uris = val
				if (key == "Suites") suites = val
				if (key == "Components") comps = val
				if (key == "Signed-By") opt = "[signed-by=" val "] "
			}
			n = split(uris, u, " "); m = split(suites, s, " ")
			for (i = 1; i <= n; i++) for (j = 1; j <= m; j++)
				print "deb " opt u[i] " " s[j] " " comps
		}' "$f" | grep -E " ${codename}[^ ]* " || true
	done
}

# The same mirror with another suite instead of the release's own.
other_suite() {
	host_sources | grep -m1 " $codename " | sed -E "s/ $codename .*/ $1 main/"
}

# Sets $apt to the options that apt wants for these sources.
apt_setup() { # NAME SOURCES
	local dir=$cache/apt/$1

	mkdir -p "$dir/lists/partial" "$dir/archives/partial"
	echo "$2" >"$dir/sources.list"
	apt=(-qq -o "Dir::Etc::sourcelist=$dir/sources.list" -o Dir::Etc::sourceparts=-
	     -o "Dir::State=$dir" -o "Dir::State::lists=$dir/lists"
	     -o "Dir::Cache=$dir" -o Dir::Cache::pkgcache=pkgcache.bin -o APT::Sandbox::User=root
	     -o Acquire::Languages=none -o Acquire::Retries=2)
	apt-get "${apt[@]}" -o APT::Update::Error-Mode=any update >&2
}

known() { apt-cache "${apt[@]}" show "$1" >/dev/null 2>&1; }

release_setup() { # PACKAGE that must be there
	apt_setup release "$(host_sources)" || return
	known "$1" ||
		apt_setup release "$(host_sources; other_suite "$codename-backports")"
}

# A new root of the suite, from the same mirror.
bootstrap() { # SUITE DIR OPTION...
	local suite=$1 dir=$2 mirror keyring=()
	shift 2

	mirror=$(other_suite "$suite" | sed -E 's/\[[^]]*\] //' | awk '{ print $2 }')
	[ ! -f /usr/share/keyrings/debian-archive-keyring.gpg ] ||
		keyring=(--keyring=/usr/share/keyrings/debian-archive-keyring.gpg)
	debootstrap "$@" "${keyring[@]}" "$suite" "$dir" "$mirror" \
		>"$cache/debootstrap-$suite.log" 2>&1
}
