#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Users ask about their own network without privileges, and learn nothing of others':
# not by another UID, in user or network namespaces, as setuid programs, nor by
# sockets that go from hand to hand.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
nl=$lib/uvn_nl

# What the tool tells somebody, of which FILTER must be true.
tells() { # UID FILTER WORDS...
	local uid=$1 filter=$2
	shift 2
	user 1 "$uid" "$uvnadm" -j "$@" | tee "$work/told"
	jq -e "$filter" "$work/told"
}
inside() { # UNSHARE FILTER WORDS... : of 1234, in namespaces of the own
	local how=$1 filter=$2
	shift 2
	user 1 1234 unshare "$how" "$uvnadm" -j "$@" | tee "$work/told"
	jq -e "$filter" "$work/told"
}
# Another UID is refused, whether it has a network or not, with nothing but that.
secret() { # DESCRIPTION WORDS...
	local what=$1
	shift
	refuses "$what" 1 CAP_NET_ADMIN "$@"
	equal "and nothing is told" 1 "$(wc -l <"$work/check")"
}
# By the socket of one UID another asks for what network.
handed() { # ERROR OPENER ASKER [UID]
	local want=$1
	shift
	equal "$1 has opened the socket, $2 asks for ${3:-the own}" "$want" \
		"$(root 1 "$nl" handed "$@" 2>&1)"
}
lasting() { # what does not change by itself
	jq -S 'del(.sockets_created, .localhost, .on_subnet, .off_subnet)'
}

needs_own_module
ktap_begin
if ! load || ! nodes 2; then
	echo "Bail out! no nodes"
	exit 1
fi
check "before uvn is enabled it says so" tells 1234 '.state == "disabled" and .network == null' show
for n in 1 2; do
	check "node $n" configure $n
done

#
# What one can
#

check "a user without a network" tells 1234 \
	'.state == "first-socket" and .uid == 1234 and .network == null and
	 .subnets == ["192.168.40.0/21", "192.168.80.0/21"] and .pools == []' show
refuses "has none to be shown" 1 "no network" user 1 1234 "$uvnadm" user show 1234
cannot "asking makes none" adm 1 user show 1234
for uid in 1234 9876; do
	check "$uid has a network" serve "server-$uid" 1 $uid tcp 0.0.0.0 7000 "$uid"
done
check "1234 sees it" tells 1234 \
	'.state == "own" and .network.vrf == "vrf1234" and .network.state == "ready" and
	 ([.network.links[].lower] | sort) == ["em1", "ib0"]' show
check "in words" user 1 1234 "$uvnadm" show
for words in "your addresses .*192.168.80.1 (em1)" "you reach .*192.168.80.0/21" \
	"elsewhere .*nothing" "nobody else's\$"; do
	check "in words: $words" grep -q "$words" <(user 1 1234 "$uvnadm" show)
done
cannot "of others there is nothing in it" grep -q 9876 <(user 1 1234 "$uvnadm" show)
for words in "1234" ""; do
	# shellcheck disable=SC2086	# a word, or none
	equal "user show $words: what an administrator sees" \
		"$(adm 1 -j user show 1234 | lasting)" \
		"$(user 1 1234 "$uvnadm" -j user show $words | lasting)"
done
check "and somebody else the own" tells 9876 '.uid == 9876' user show
check "by name or not, 9876's own is 9876's" tells 9876 '.network.uid == 9876' show
check "a pool" adm 1 cgnat add 100.64.0.0/10
check "a published port" adm 1 publish add tcp 8000-8100 from 10.1.0.0/16
check "who asks is told of them" busywait 20 tells 1234 \
	'.pools == ["100.64.0.0/10"] and (.network.cgnat | length) == 1 and
	 .published == [{ "protocol": "tcp", "ports": "8000-8100", "from": "10.1.0.0/16" }]' show
check "in words" grep -q "10.1.0.0/16 at tcp 8000-8100" <(user 1 1234 "$uvnadm" show)
cannot "what looks like VXLAN is refused" user 1 1234 "$probe" cast 192.168.80.2 801 word
check "which is told, and why" tells 1234 \
	'.network.denied == 1 and .network.denied_by == { "vxlan-port": 1 }' show
check "in words" grep -q "refused so far .*vxlan-port 1" <(user 1 1234 "$uvnadm" show)
check "auditing is told" adm 1 set audit on
check "in words" grep -q "AUDIT IS ON" <(user 1 1234 "$uvnadm" show)
check "no audit" adm 1 set audit off
check "root is the system's" tells 0 '.state == "system" and .network == null' show
refuses "and has no network to be shown" 1 "the system has no network" adm 1 user show
check "who is in no range gets no sockets" tells 76000 '.state == "none"' show
refuses "and has no network either" 1 "in no range" user 1 76000 "$uvnadm" user show
check "why, of one's own" tells 1234 \
	'.sent and .way == "on-subnet" and .unseen == ["routes"]' why 1234 192.168.80.2:22
check "an administrator sees all" tells 0 '.sent and .unseen == null' \
	why 1234 192.168.80.2:22

#
# What nobody can
#

for uid in 9876 4321 4294967294; do
	secret "1234 asks for $uid" user 1 1234 "$uvnadm" user show $uid
done
secret "all of them" user 1 1234 "$uvnadm" user list
for uid in 9876 4321; do
	refuses "why, of $uid" 3 CAP_NET_ADMIN user 1 1234 "$uvnadm" why $uid 192.168.80.2:22
done
secret "who is in no range asks for 1234" user 1 76000 "$uvnadm" user show 1234
secret "so does a system UID that is not root" user 1 33 "$uvnadm" user show 1234
secret "1234 makes a network" user 1 1234 "$uvnadm" user add 1234
secret "1234 removes the own" user 1 1234 "$uvnadm" user del 1234
check "it is there" adm 1 user show 1234

# The real UID counts, as it does for sockets.
as() { # REAL EFFECTIVE WORDS...
	local real=$1 effective=$2
	shift 2
	root 1 setpriv --ruid "$real" --euid "$effective" --clear-groups "$uvnadm" "$@"
}
equal "who is 9876 effectively is 1234 really" 1234 "$(as 1234 9876 -j user show | jq .uid)"
secret "and may not see 9876's" as 1234 9876 user show 9876
refuses "a system UID effectively changes nothing" 1 CAP_NET_ADMIN as 1234 33 user show 9876

# Whoever makes a user namespace is root in there, and nobody else outside.
check "in a user namespace of the own" inside -Ur '.uid == 1234' user show 1234
check "or without saying who" inside -Ur '.network.uid == 1234' show
secret "not another's there" user 1 1234 unshare -Ur "$uvnadm" user show 9876
secret "nor all" user 1 1234 unshare -Ur "$uvnadm" user list
check "in a network namespace of the own nothing is enabled" \
	inside -Urn '.state == "disabled" and .network == null' show
secret "and nothing is seen of what is outside" \
	user 1 1234 unshare -Urn "$uvnadm" user show 1234
secret "nor of others" user 1 1234 unshare -Urn "$uvnadm" user show 9876
check "a subordinate UID" adm 1 subuid add 700000-700001 uid 1234
check "is its owner" tells 700000 '.network.uid == 1234' show
secret "and nobody else" user 1 700000 "$uvnadm" user show 9876
check "one that is nobody's" adm 1 subuid add 700002-700003
check "has nothing" tells 700002 '.state == "none"' show

# A program that another has given a socket tells the other nothing.
handed 0 1234 1234 1234
handed 0 1234 1234
handed 0 0 0 1234
handed 1 1234 9876 9876
handed 1 1234 9876
handed 1 1234 9876 1234
handed 1 1234 0 9876
handed 1 1234 0
handed 1 0 1234 9876
handed 1 0 1234 1234
handed 1 0 1234
check "disable" adm 1 disable
check "then it says so" tells 1234 '.state == "disabled" and .network == null' show
finish
