#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Names that do not fit: a short one, and the long one as an alternative.

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

# Is the device up, a slave of the VRF, and the only one that answers to it?
link_is() { # NAME
	ip -n "n1-$seed" link show "$1" | grep -q "UP.* master vrf$uid "
}

check "a socket" user 1 $uid "$probe" bound
check "the VRF" ip -n "n1-$seed" link show vrf$uid
check "the link on em1 by its name" link_is em1u$uid
check "the link on $lower by its long name" link_is ${lower}u$uid
dev=$(adm 1 -j user show $uid | jq -r ".links[] | select(.lower == \"$lower\").dev")
check "its name is a short one ($dev)" test "${#dev}" -le 15
check "by which it is found too" link_is "$dev"
equal "and is the same device" "$(ifindex 1 ${lower}u$uid)" "$(ifindex 1 "$dev")"
check "the VRF's name is a short one" test ${#uid} -le 12
equal "user show has both" "vrf$uid 500123 $dev em1u$uid" \
	"$(adm 1 -j user show $uid | jq -r '"\(.vrf) \(.vni) " + ([.links[] |
	.dev] | sort_by(. == "em1u2000000123") | join(" "))')"
equal "and the addresses" "192.168.40.1/21 192.168.80.1/21" \
	"$(adm 1 -j user show $uid | jq -r '[.links[].addresses[]] | sort | join(" ")')"
for other in 2000000124 16777215; do
	check "a socket of UID $other" user 1 $other "$probe" bound
	check "its link on $lower by its long name" \
		ip -n "n1-$seed" link show ${lower}u$other
done
equal "no two links have a name together" 0 \
	"$(adm 1 -j user list | jq '[.[].links[].dev] | length - (unique | length)')"

check "it serves there" serve a 2 $uid tcp 192.168.40.2 8000 long
check "and is reached through the link" \
	user 1 $uid "$probe" ask tcp 192.168.40.2 8000 long

# A foreign device with the long name, as name and as alternative.
for i in $uid 2000000124 16777215; do
	adm 1 user del "$i" --force
done
equal "nothing is left of all that" "$before" "$(snapshot 1)"
ip -n "n1-$seed" link add any type dummy
ip -n "n1-$seed" link property add dev any altname ${lower}u$uid
refuses "the long name is taken: no socket" 4 "socket: .* (17)" \
	user 1 $uid "$probe" bound
ip -n "n1-$seed" link del any
equal "nothing is left of that" "$before" "$(snapshot 1)"
check "the name is free again: a socket" user 1 $uid "$probe" bound
check "and the long name" link_is ${lower}u$uid
finish
