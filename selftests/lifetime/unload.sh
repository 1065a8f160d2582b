#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Disable and removal at any moment: nothing stays, and nobody is let in.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
ns=n1-$seed
# UVN_LONG=1: all the rounds; else a short form.
rounds=10 seconds=600
[ "$UVN_KERNEL" != debug ] || rounds=4 seconds=900
! in_short || rounds=2
[ -z "${UVN_LONG-}" ] || rounds=100 seconds=5000

needs_own_module
ktap_begin
if ! load || ! nodes 2; then
	echo "Bail out! no nodes"
	exit 1
fi

workers() { cat /proc/[0-9]*/comm 2>/dev/null | grep '^uvn/'; }
lookups() { # FAMILY : without vrf.ko's own, which stays
	ip -n "$ns" "$1" rule show | sed 's/^\([0-9]*\):.*lookup \(.*\)/\1 \2/' |
		grep -v '^1000 '
}
sysctls() { root 1 sysctl -n net.ipv4.{tcp,udp,raw}_l3mdev_accept | paste -sd ' '; }
ask() { # UID PROTOCOL ADDRESS : of the servers below
	if [ "$1" = 0 ]; then
		root 1 "$probe" ask "$2" "$3" 8000
	else
		user 1 "$1" "$probe" ask "$2" "$3" 8000
	fi
}

# What enable changes, and disable changes back.
fresh=$(snapshot 1)
changes_and_back() {
	root 1 sysctl -qw net.ipv4.udp_l3mdev_accept=1
	sysctls=$(sysctls)
	check "enable" configure 1
	for family in -4 -6; do
		equal "enabled: rule for l3mdev before the one for local ($family)" \
			"0 [l3mdev-table] 0 local 32766 main" \
			"$(lookups $family | head -3 | paste -sd ' ')"
	done
	equal "enabled: system services serve every VRF" "1 1 1" "$(sysctls)"
	refuses "enabled: the module cannot be removed" 1 "in use" rmmod uvn
	refuses "enabled: ftrace cannot be turned off" 1 "busy" \
		sysctl kernel.ftrace_enabled=0
	check "and sockets are still bound" \
		test "$(user 1 1234 "$probe" bound)" = "$(ifindex 1 vrf1234)"
	check "enabled in a second namespace" configure 2
	check "enable twice is no error" adm 1 enable
	check "disabled in the first" adm 1 disable
	check "disable twice is no error" adm 1 disable
	refuses "the second is still enabled: the module cannot be removed" 1 "in use" \
		rmmod uvn
	equal "sockets in the first are no more bound" 0 "$(user 1 1234 "$probe" bound)"
	check "disabled in the second" adm 2 disable
	equal "disabled: the sysctls are as they were" "$sysctls" "$(sysctls)"
	root 1 sysctl -qw net.ipv4.udp_l3mdev_accept=0
	# The rule for l3mdev that vrf.ko makes stays, as it does for any VRF.
	equal "disabled: all is as on a fresh node" "$fresh" \
		"$(snapshot 1 | grep -v '^1000:')"
	equal "disabled: no worker is left" "" "$(workers)"
	check "ftrace can be turned off" sysctl kernel.ftrace_enabled=0
	refuses "then enable fails" 1 "." adm 1 enable
	sysctl -qw kernel.ftrace_enabled=1
	equal "and changes nothing" "$fresh" "$(snapshot 1 | grep -v '^1000:')"
}

unseen_calls() {
	local f
	for f in __sys_listen:security_socket_listen udp_disconnect:__udp_disconnect \
		do_ipv6_mcast_group_source:ipv6_sock_mc_join_ssm; do
		check "a call in ${f%:*} cannot be seen" hide "${f%:*}"
		refuses "then enable fails, and names ${f#*:}" 1 \
			"${f#*:} is not called by ${f%:*}" adm 1 enable
		equal "and changes nothing" "$fresh" "$(snapshot 1 | grep -v '^1000:')"
		check "the call can be seen again" unhide
	done
}

# Rules that an administrator has moved.
moved_rules() {
	ip -n "$ns" rule del pref 0
	ip -n "$ns" rule add pref 0 table local
	check "rule for local made by hand: enable" adm 1 enable
	equal "it is moved too" "0 [l3mdev-table] 0 local" \
		"$(lookups -4 | head -2 | paste -sd ' ')"
	check "disable" adm 1 disable
	equal "and back" "0 local 32766 main" \
		"$(lookups -4 | head -2 | paste -sd ' ')"
	ip -n "$ns" rule add pref 32765 table local
	ip -n "$ns" rule del pref 0
	check "rule for local moved by hand: enable" adm 1 enable
	check "disable" adm 1 disable
	equal "it stays where it was" "32765 local 32766 main" \
		"$(lookups -4 | head -2 | paste -sd ' ')"
	ip -n "$ns" rule add pref 0 table local
	ip -n "$ns" rule del pref 32765
}

if ! told_elsewhere; then
	changes_and_back
	unseen_calls
	moved_rules
else
	configure 1 && adm 1 disable
fi

# Sockets made before stay cut off.
check "enable again" adm 1 enable
check "a TCP server" serve t 1 1234 tcp 0.0.0.0 8000 old
check "a UDP server" serve u 1 1234 udp 0.0.0.0 8000 old
for p in tcp udp; do
	check "its user reaches it ($p)" ask 1234 $p 127.0.0.1
	cannot "another user does not ($p)" ask 9876 $p 127.0.0.1
done
unreached() { # WHEN
	local who p to
	for who in 1234 9876 0; do
		for p in tcp udp; do
			for to in 127.0.0.1 192.168.80.1; do
				cannot "$1: $who does not reach it ($p $to)" ask $who $p $to
			done
		done
	done
}
check "disable while they serve" adm 1 disable
told_elsewhere || unreached "disabled"
check "new programs are in the system's network: one serves" \
	serve v 1 1234 tcp 127.0.0.1 8001 new
check "and another user's reaches it" \
	user 1 9876 "$probe" ask tcp 127.0.0.1 8001 new
kill "${background[-1]}"
wait "${background[-1]}" 2>/dev/null
check "enable once more" adm 1 enable
check "the user has another network" user 1 1234 "$probe" bound
told_elsewhere || unreached "enabled again"
kill "${background[@]}" 2>/dev/null
wait "${background[@]}" 2>/dev/null
background=()
check "disable" adm 1 disable
check "the module can be removed" unload

# All of it at once, again and again.
churn() {
	"$here/uvn_churn" $rounds $seconds "$work/uvn.ko" \
		"/run/netns/$ns" "/run/netns/n2-$seed"
}
cp "$UVN_KO" "$work/uvn.ko"
before=$(awk '/^(Slab|VmallocUsed)/ { n += $2 } END { print n }' /proc/meminfo)
churn >"$work/churn" 2>&1
status=$?
sed 's/^/# /' "$work/churn"
last=$(tail -n 1 "$work/churn")
equal "enable, disable and removal with traffic: no leak, no error" \
	"0 " "$status $(grep -v "$last" "$work/churn")"
number_of() { grep -oE "[0-9]+ $1" <<<"$last" | cut -d' ' -f1; }
check "all $rounds rounds" test "$(number_of rounds)" -ge $rounds
check "sockets were bound" test "$(number_of bound)" -gt 100
check "some slept for it" test "$(number_of asleep)" -gt 10
check "traffic flowed" test "$(number_of answers)" -gt 10
equal "all is as on a fresh node" "$fresh" "$(snapshot 1 | grep -v '^1000:')"
equal "no worker is left" "" "$(workers)"
after=$(awk '/^(Slab|VmallocUsed)/ { n += $2 } END { print n }' /proc/meminfo)
note "Slab and vmalloc: $before kB before, $after kB after"
finish
