#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Programs that look for others of their kind: gmond with its defaults, and as DDS, mDNS
# and games do it, by multicast and broadcast, on three nodes. Two users' and the system's
# at the same time, on the same groups and ports; each finds its own, and nobody else.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

PATH=$PATH:${UVN_CACHE-}/deb/usr/sbin:${UVN_CACHE-}/deb/usr/bin
# As it comes, but that it stays who it is.
config=${UVN_CACHE-}/deb/etc/ganglia/gmond.conf
[ -e "$config" ] || config=/etc/ganglia/gmond.conf
people=(alice bob root)
declare -A uid_of=([alice]=1234 [bob]=9876 [root]=0)
many=3
hearing=1
[ "$UVN_KERNEL" != debug ] || hearing=5

needs python3 ncat gmond gmetric "$config"
ktap_begin
if ! load || ! nodes "$many"; then
	echo "Bail out! no nodes"
	exit 1
fi
check "a default route by em1" default_routes "$many"
# gmond asks for the name of everybody whom it hears, and does nothing else meanwhile.
conserve /etc/hosts
for n in $(seq "$many"); do
	echo "192.168.80.$n node$n" >>/etc/hosts
done
of() { # NODE PERSON COMMAND...
	on "$1" "${uid_of[$2]}" "${@:3}"
}
on() { # NODE UID COMMAND...
	$replace "$lib/uvn_as" "/run/netns/n$1-$seed" "${@:2}"
}

#
# Calling
#

declare -A found
ways=()
look() { # WHOM PERSON...
	local way who names
	ways=() found=()
	UVN_PATIENCE=$hearing timeout 600 python3 "$here/discovery.py" "$seed" "$many" "$@" \
		>"$work/found" || return
	while IFS=$'\t' read -r way who names; do
		[[ " ${ways[*]} " == *" $way "* ]] || ways+=("$way")
		found["$way, $who"]=$names
	done <"$work/found"
	[ ${#ways[@]} -gt 5 ]
}
own() { # PERSON: on all nodes
	seq -s ' ' -f "$1%g" "$many"
}

#
# gmond
#

# For users to execute and read.
mkdir "$work/bin"
chmod 755 "$work" "$work/bin"
cp "$(command -v gmond)" "$(command -v gmetric)" "$work/bin"
sed 's/setuid = yes/setuid = no/' "$config" >"$work/gmond.conf"
gmond_start() { # PERSON...
	local who n
	for who; do
		for n in $(seq "$many"); do
			spawn "gmond-$who-$n" of "$n" "$who" "$work/bin/gmond" -f -c "$work/gmond.conf"
		done
	done
}
told() { # NODE PERSON: what is measured, by the hosts that it knows
	of "$1" "$2" timeout 60 ncat --recv-only 127.0.0.1 8649 |
		grep -oE '<HOST NAME="[^"]*" IP="[^"]*"|<METRIC NAME="of_[^"]*"' |
		sed -e 's/.*IP="\([^"]*\)"/\1/' -e 's/.*NAME="\([^"]*\)"/\1/' |
		sort -u | xargs
}
metric() { # PERSON: a value of the user's own, from each node
	local n
	for n in $(seq "$many"); do
		of "$n" "$1" timeout 60 "$work/bin/gmetric" -c "$work/gmond.conf" -n "of_$1_$n" \
			-v 1 -t uint32
	done
}
hosts=$(seq -s ' ' -f '192.168.80.%g' "$many")
knows() { # NODE PERSON
	[ "$(told "$1" "$2")" = "$hosts $(seq -s ' ' -f "of_$2_%g" "$many")" ]
}
meets() { # PERSON
	local n
	metric "$1"
	for n in $(seq "$many"); do
		knows "$n" "$1" || return
	done
}
gmonds() { # PERSON...: what each user's gmonds know of
	local who n
	for who; do
		busywait 400 meets "$who" || tail -n 3 "$work/gmond-$who"-* | sed 's/^/# /' >&"$rows"
		for n in $(seq "$many"); do
			equal "gmond: what $who's on node $n knows" \
				"$hosts $(seq -s ' ' -f "of_${who}_%g" "$many")" "$(told "$n" "$who")"
		done
	done
}

#
# Without uvn, one user, who finds all; all, who find each other
#

check "without uvn: alice's programs look around" look own alice
for way in "${ways[@]}"; do
	equal "without uvn, $way: alice finds her own" "$(own alice)" "${found["$way, alice"]}"
done
check "without uvn: everybody's do" look all "${people[@]}"
for way in "${ways[@]}"; do
	equal "without uvn, $way: alice finds everybody's" \
		"$(own alice) $(own bob) $(own root)" "${found["$way, alice"]}"
done
in_short || {
	check "without uvn: alice's gmonds start" gmond_start alice
	gmonds alice
	pkill -U 1234
}

#
# With it
#

enabled() { # NODE
	adm "$1" load - <<-CONFIG &&
	subnet add 192.168.80.0/21 port 801 group 239.77.0.1
	subnet add 192.168.40.0/21 port 802 group 239.77.0.2
	range add uid 1000-59999
	cgnat add 100.64.0.0/10
	CONFIG
	adm "$1" enable &&
	# Whose devices a program could take for its own.
	root "$1" "$lib/uvn_crowd" sockets 20001 5
}
for n in $(seq "$many"); do
	check "node $n has uvn" enabled "$n"
done
check "everybody's programs look around" look own "${people[@]}"
for way in "${ways[@]}"; do
	for who in "${people[@]}"; do
		equal "$way: $who finds the own, and nobody else's" "$(own "$who")" \
			"${found["$way, $who"]}"
	done
done
# Each is busy for a while with what all of its own measure.
monitors=("${people[@]}")
! in_short || monitors=(alice bob)
check "everybody's gmonds start" gmond_start "${monitors[@]}"
gmonds "${monitors[@]}"
finish
