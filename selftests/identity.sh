#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Whose network a socket gets: ranges, real UIDs, owners of user namespaces.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
task=/tmp/uvn_task.$seed
nl=$here/uvn_nl

setup 1
# Copies: a setuid one, and one of which its user may make a setuid program's.
cp "$here/uvn_task" "$task" && cp "$here/uvn_task" "$task-setuid"
chmod 755 "$task" && chmod 4755 "$task-setuid"
spawn events root 1 "$nl" monitor
check "events can be listened to" busywait 20 grep -q ready "$work/events"

vrf() { ifindex 1 "vrf$1"; }

# UID VNI: the network is the user's, and as it must be.
managed() {
	local seen
	seen=$(user 1 "$1" "$task" bound bound6 | paste -sd " ")
	equal "UID $1: its sockets, IPv4 and IPv6, are in vrf$1" \
		"bound $(vrf "$1") bound6 $(vrf "$1")" "$seen"
	equal "UID $1: VNI $2" "$2 vrf$1 $((16777216 + $2))" "$(adm 1 -j user show "$1" |
		jq -r '"\(.vni) \(.vrf) \(.table)"')"
}
managed 1000 1000
managed 65536 65536
managed 16777215 16777215
managed 2000000123 500123
managed 1234 1234
alice=$(vrf 1234)

# Between, below and above the ranges.
: >"$work/events"
before=$(adm 1 -j status | jq .denied)
for uid in 60000 61183 65520 65533 75536 16777214 1999999999 2000001001 4294967294; do
	equal "UID $uid in no range: no socket" "bound -13 bound6 -13" \
		"$(user 1 "$uid" "$task" bound bound6 | paste -sd " ")"
done
equal "each is counted as denied" $((before + 18)) \
	"$(adm 1 -j status | jq .denied)"
check "an event says why" busywait 20 grep -q \
	"comm=uvn_task.* uid=75536 reason=unmatched error=13" "$work/events"
for uid in 1 100 999 61184 65519 65534; do
	equal "system UID $uid: not bound" "bound 0 bound6 0" \
		"$(user 1 "$uid" "$task" bound bound6 | paste -sd " ")"
done
equal "root: not bound" "bound 0" "$(root 1 "$task" bound)"
check "set unmatched allow" adm 1 set unmatched allow
equal "then a UID in no range is system" "bound 0" \
	"$(user 1 60000 "$task" bound)"
equal "and a user remains one" "bound $alice" "$(user 1 1234 "$task" bound)"
check "set unmatched deny" adm 1 set unmatched deny
equal "then it is denied again" "bound -13" "$(user 1 60000 "$task" bound)"

# The real UID counts.
equal "setuid-root program of the user's" "bound $alice" \
	"$(user 1 1234 "$task-setuid" bound)"
equal "the same, as root's effective UID acts" "bound $alice" \
	"$(user 1 1234 "$task-setuid" euid=0 bound)"
equal "setuid program that gives up its real UID too" "bound 0" \
	"$(user 1 1234 "$task-setuid" uid=0 bound)"
equal "daemon that is the user effectively only" "bound 0" \
	"$(root 1 "$task" euid=1234 bound)"
equal "daemon that has become the user" "bound $alice" \
	"$(root 1 "$task" uid=1234 bound)"

# User namespaces: of who started the outermost one.
sub=0:1234:1,1:100000:1000
equal "user namespace, root in it" "bound $alice" \
	"$(root 1 "$task" uid=1234 userns=$sub uid=0 bound)"
equal "user namespace, a subordinate UID (in no range) in it" "bound $alice" \
	"$(root 1 "$task" uid=1234 userns=$sub uid=5 bound)"
equal "user namespace, a subordinate UID of a managed one" "bound $alice" \
	"$(root 1 "$task" uid=1234 userns=0:1234:1,1:9876:1 uid=1 bound)"
equal "user namespace, unmapped" "bound $alice" \
	"$(user 1 1234 unshare -U "$task" bound)"
equal "nested user namespace" "bound $alice" \
	"$(root 1 "$task" uid=1234 userns=$sub uid=5 nested bound)"
equal "twice nested user namespace" "bound $alice" \
	"$(root 1 "$task" uid=1234 userns=$sub uid=7 nested nested bound)"
equal "user namespace of a UID in no range" "bound -13" \
	"$(root 1 "$task" uid=60000 userns=0:60000:1,1:1234:1 uid=0 bound)"
equal "setuid-root program makes a user namespace of root's for the user" \
	"bound $alice" "$(user 1 1234 "$task-setuid" userns=1234:1234:1 uid=1234 bound)"
equal "root makes a user namespace in which the user is himself" \
	"bound $alice" "$(root 1 "$task" userns=0:0:65536 uid=1234 bound)"
equal "root makes a user namespace, and is root in it" "bound 0" \
	"$(root 1 "$task" userns=0:0:65536 uid=0 bound)"
equal "a daemon's user namespace stays a daemon's" "bound 0" \
	"$(root 1 "$task" uid=100 userns=0:100:1,1:100000:10 uid=1 bound)"

spawn inside root 1 "$task" uid=1234 userns=$sub uid=0 pause
busywait 20 grep -q pausing "$work/inside"
equal "root enters a user's user namespace: system" "bound 0" \
	"$(root 1 "$task" enter="${background[-1]}" bound)"
refuses "another user cannot enter it" 6 "setns: .*\(denied\|permitted\)" \
	user 1 9876 "$task" enter="${background[-1]}" bound
equal "another user's real UID does not enter it by euid 0" "bound $alice" \
	"$(root 1 "$task" enter="${background[-1]}" uid=0 bound)"

# A namespace of the user's own is not armed, and leads nowhere.
equal "own network namespace: not armed" "bound 0" \
	"$(user 1 1234 unshare -Urn "$task" bound)"
equal "UID in no range, own network namespace" "bound 0" \
	"$(user 1 60000 unshare -Urn "$task" bound)"

# Out of a VRF there is no way for the user.
user 1 1234 "$task" rebind >"$work/rebind"
equal "no socket can be bound elsewhere" \
	"6 Operation not permitted" "$(sed 's/.*: //' "$work/rebind" | sort |
	uniq -c | sed 's/^ *//')"
user 1 1234 unshare -Ur "$task" rebind >"$work/rebind"
equal "nor as root of a user namespace" \
	"6 Operation not permitted" "$(sed 's/.*: //' "$work/rebind" | sort |
	uniq -c | sed 's/^ *//')"
equal "an accepted connection is in the VRF" "accept $alice" \
	"$(user 1 1234 "$task" accept)"
equal "a socket made by io_uring is in the VRF" "uring $alice" \
	"$(user 1 1234 "$task" uring)"
equal "none for a UID in no range by io_uring" "uring -13" \
	"$(user 1 60000 "$task" uring)"
rm -f "$task" "$task-setuid"
finish
