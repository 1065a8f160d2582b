#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Whose network a socket gets: ranges, real UIDs, owners of user namespaces.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
task=/tmp/uvn_task.$seed
nl=$lib/uvn_nl

setup 1
# Copies: a setuid one, and one of which its user may make a setuid program's.
cp "$lib/uvn_task" "$task" && cp "$lib/uvn_task" "$task-setuid"
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
	"$(root 1 "$task" uid=100 userns=0:100:1,1:101:10 uid=1 bound)"
equal "root's makes who is in no range nobody else" "bound -13" \
	"$(root 1 "$task" userns=0:0:65536 uid=60000 bound)"

spawn inside root 1 "$task" uid=1234 userns=$sub uid=0 pause
busywait 20 grep -q pausing "$work/inside"
equal "root enters a user's user namespace: system" "bound 0" \
	"$(root 1 "$task" enter="${background[-1]}" bound)"
refuses "another user cannot enter it" 6 "setns: .*\(denied\|permitted\)" \
	user 1 9876 "$task" enter="${background[-1]}" bound
equal "another user's real UID does not enter it by euid 0" "bound $alice" \
	"$(root 1 "$task" enter="${background[-1]}" uid=0 bound)"

#
# Subordinate UIDs: of programs that their owners have made set-user-ID, and in
# user namespaces that are none of theirs
#

owned() { # UID: a program of that UID's that becomes it
	[ -e "$task-$1" ] || {
		cp "$lib/uvn_task" "$task-$1" && chown "$1" "$task-$1" &&
			chmod 4755 "$task-$1"
	} || echo "no $task-$1"
	echo "$task-$1"
}
as() { # UID OF: a user runs such a program
	user 1 "$1" "$(owned "$2")" real bound bound6 | paste -sd " "
}
inside() { # STARTER UID: a user namespace of STARTER's has UID in it
	root 1 "$task" uid="$1" userns="0:$1:1,1:$2:1" uid=1 bound bound6 |
		paste -sd " "
}
root_inside() { # UID: one of root's does
	root 1 "$task" userns="0:0:1,1:$1:1" uid=1 bound bound6 | paste -sd " "
}
both() { echo "bound $1 bound6 $1"; }
no_socket="$(both -13)"

for verdict in deny allow; do
	check "set unmatched $verdict" adm 1 set unmatched $verdict
	: >"$work/events"
	for uid in 100005 600100000 600100001 1879048191 2147352576 2147418111; do
		equal "$verdict: UID $uid, nobody's: no socket" "$no_socket" \
			"$(as 1234 $uid)"
	done
	check "$verdict: an event says why" busywait 20 grep -q \
		"comm=uvn_task.* uid=100005 reason=subordinate error=13" "$work/events"
	equal "$verdict: its program, if it does not become it, is its caller's" \
		"bound $alice" "$(user 1 1234 "$(owned 100005)" bound)"
	equal "$verdict: in root's user namespace" "$no_socket" "$(root_inside 100005)"
	equal "$verdict: in a daemon's" "$no_socket" "$(inside 100 100005)"
	equal "$verdict: in a user's it is that user's" "$(both "$alice")" \
		"$(inside 1234 100005)"
	equal "$verdict: io_uring knows no other" "uring -13" \
		"$(user 1 1234 "$(owned 100005)" real uring)"
done
equal "allow: UIDs that nobody gives out are system" "$(both 0)" \
	"$(as 1234 1879048192)"
check "two users have a network each" user 1 9876 "$probe" bound
bob=$(vrf 9876)
check "subordinate UIDs of alice's, bob's, a daemon's" eval '
	adm 1 subuid add 100000-165535 uid 1234 &&
	adm 1 subuid add 165536-231071 uid 9876 &&
	adm 1 subuid add 300000-300999 uid 100 &&
	adm 1 subuid add 400000-400999 &&
	adm 1 subuid add 500000-500999 uid 60000 &&
	adm 1 subuid add 3000000000-3000000999 uid 9876'
for verdict in deny allow; do
	check "set unmatched $verdict" adm 1 set unmatched $verdict
	for uid in 100000 100005 165535; do
		equal "$verdict: UID $uid is alice's" "$(both "$alice")" \
			"$(as 1234 $uid)"
	done
	for uid in 165536 231071 3000000000; do
		equal "$verdict: UID $uid is bob's" "$(both "$bob")" "$(as 1234 $uid)"
	done
	equal "$verdict: so it is in root's user namespace" "$(both "$bob")" \
		"$(root_inside 165536)"
	equal "$verdict: and in a daemon's" "$(both "$bob")" "$(inside 100 165536)"
	equal "$verdict: in alice's it is neither's" "$no_socket" \
		"$(inside 1234 165536)"
	equal "$verdict: as a daemon's is" "$no_socket" "$(inside 1234 300000)"
	equal "$verdict: alice's own is alice's there" "$(both "$alice")" \
		"$(inside 1234 100005)"
	equal "$verdict: and so is one that is said to be nobody's" \
		"$(both "$alice")" "$(inside 1234 400000)"
	equal "$verdict: the daemon's is system" "$(both 0)" "$(inside 100 300000)"
	equal "$verdict: nobody's gets no socket" "$no_socket" "$(root_inside 400000)"
	equal "$verdict: behind what is said" "$no_socket" "$(as 1234 231072)"
done
equal "allow: of whose owner is in no range is system, as that is" "$(both 0)" \
	"$(as 1234 500000)"
adm 1 set unmatched deny
: >"$work/events"
equal "deny: it gets no socket" "$no_socket" "$(as 1234 500000)"
check "for the reason that the owner has" busywait 20 grep -q \
	"uid=60000 reason=unmatched error=13" "$work/events"
spawn own user 1 1234 "$(owned 100005)" real pause
busywait 20 grep -q pausing "$work/own"
refuses "the other user does not enter it" 6 "setns: .*\(denied\|permitted\)" \
	user 1 9876 "$task" enter="${background[-1]}" bound

# By sockets: bob's programs reach alice by no UID that is bob's.
serve victim 1 1234 tcp 127.0.0.1 8000 alice
check "alice reaches what alice serves" user 1 1234 "$probe" ask tcp 127.0.0.1 8000 alice
cannot "bob does not" user 1 9876 "$probe" ask tcp 127.0.0.1 8000
cannot "nor as a subordinate UID of bob's" user 1 165536 "$probe" ask tcp 127.0.0.1 8000
check "as a subordinate UID of alice's, alice does" \
	user 1 100005 "$probe" ask tcp 127.0.0.1 8000 alice
check "set unmatched allow" adm 1 set unmatched allow
check "subuid del" adm 1 subuid del 165536-231071
refuses "and nobody's has no socket to try" 4 "socket: .*(13)" \
	user 1 165536 "$probe" ask tcp 127.0.0.1 8000
check "set subordinate: people begin at 200000" adm 1 set subordinate 100000-199999
equal "then they are system, as before" "$(both 0)" "$(as 1234 200000)"
equal "and who is below is nobody" "$no_socket" "$(as 1234 199999)"
equal "whoever has a subuid keeps it" "$(both "$bob")" "$(as 1234 3000000000)"

# A socket that is older than enable is of whom its UID is subordinate to.
check "disable" adm 1 disable
serve old 1 100006 tcp 0.0.0.0 8001 old
serve old2 1 300001 tcp 0.0.0.0 8002 daemon
serve old3 1 300002 udp 0.0.0.0 8003 daemon
check "enable, and evict what was there" adm 1 enable --evict
cannot "alice's subordinate UID does not serve" root 1 "$probe" ask tcp 127.0.0.1 8001
check "the daemon's does" root 1 "$probe" ask tcp 127.0.0.1 8002 daemon
check "and may answer" root 1 "$probe" ask udp 127.0.0.1 8003 daemon
alice=$(user 1 1234 "$probe" bound)
check "set unmatched deny" adm 1 set unmatched deny

# A namespace of the user's own is not armed, and leads nowhere.
equal "own network namespace: not armed" "bound 0" \
	"$(user 1 1234 unshare -Urn "$task" bound)"
equal "UID in no range, own network namespace" "bound 0" \
	"$(user 1 60000 unshare -Urn "$task" bound)"

# Out of a VRF there is no way for the user: lo and em1 mean the own network, and who has
# named one of them may name no other, as without uvn. Who sees all sees the VRF still.
check "set view full" adm 1 set view full
user 1 1234 "$task" rebind >"$work/rebind"
equal "no socket can be bound elsewhere" \
	"4 Operation not permitted
2 stays" "$(sed 's/.*: //' "$work/rebind" | sort |
	uniq -c | sed 's/^ *//')"
user 1 1234 unshare -Ur "$task" rebind >"$work/rebind"
equal "nor as root of a user namespace" \
	"4 Operation not permitted
2 stays" "$(sed 's/.*: //' "$work/rebind" | sort |
	uniq -c | sed 's/^ *//')"
check "set view users" adm 1 set view users
equal "an accepted connection is in the VRF" "accept $alice" \
	"$(user 1 1234 "$task" accept)"
equal "a socket made by io_uring is in the VRF" "uring $alice" \
	"$(user 1 1234 "$task" uring)"
equal "none for a UID in no range by io_uring" "uring -13" \
	"$(user 1 60000 "$task" uring)"
rm -f "$task" "$task"-*
finish
