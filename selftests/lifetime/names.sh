#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Long names of lower devices, and large UIDs.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
lower=enp129s0f0np0
uid=2000000123

setup 2
for i in 1 2; do
	ip -n "n$i-$seed" link set ib0 down
	ip -n "n$i-$seed" link set ib0 name $lower
	ip -n "n$i-$seed" link set $lower up
done
before=$(snapshot 1)

check "a socket" user 1 $uid "$probe" bound
check "the VRF" ip -n "n1-$seed" link show vrf$uid
check "its name is a short one" test ${#uid} -le 12
equal "user show has it, and the lower devices" "vrf$uid 500123 em1 $lower" \
	"$(adm 1 -j user show $uid |
	jq -r '"\(.vrf) \(.vni) " + ([.links[].lower] | sort | join(" "))')"
equal "and the addresses" "192.168.40.1/21 192.168.80.1/21" \
	"$(adm 1 -j user show $uid | jq -r '[.links[].addresses[]] | sort | join(" ")')"
for other in 2000000124 16777215; do
	check "a socket of UID $other" user 1 $other "$probe" bound
	check "its VRF" ip -n "n1-$seed" link show vrf$other
done

check "it serves there" serve a 2 $uid tcp 192.168.40.2 8000 long
check "and is reached by $lower" \
	user 1 $uid "$probe" ask tcp 192.168.40.2 8000 long

for i in $uid 2000000124 16777215; do
	adm 1 user del "$i" --force
done
equal "nothing is left of all that" "$before" "$(snapshot 1)"
finish
