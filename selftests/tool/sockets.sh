#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Users who list sockets see no device of uvn's in them and, after "set view-sockets own",
# no sockets of others but the system's; root sees all.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

needs setpriv ss unshare
ktap_begin
if ! load || ! modprobe -a {unix,netlink,af_packet}_diag || ! nodes 1; then
	echo "Bail out! no node"
	exit 1
fi
chmod 755 "$work"
sockets=$here/uvn_sockets

# Each has one socket of each kind, and all of somebody's have the same number.
declare -A port_of=([stray]=25100 [alice]=25200 [bob]=25300 [root]=25400 [service]=25500
	[early]=25600)
declare -A pid_of
hold() { # NAME MORE COMMAND... : as whoever the command makes of us
	local name=$1 more=$2
	shift 2
	spawn "$name" "$@" "$sockets" hold "${port_of[$name]}" "$more"
	pid_of[$name]=$!
	busywait 60 grep -qx ready "$work/$name"
}
joins() { # FROM COMMAND... : to root's
	local from=$1
	shift
	spawn "from-$from" "$@" "$sockets" join "${port_of[root]}" "$from"
	pid_of[$from]=$!
	busywait 60 grep -qx ready "$work/from-$from"
}

# All that there is to be seen, each line with the way in which it was seen.
cat >"$work/look" <<'LOOK'
"$1" dump 2>&1 | sed 's/^/dump-/'
ss -Hna -A tcp,udp,unix,netlink 2>&1 | sed -E 's/^(nl|u|tcp|udp)[_ ]/ss-\1: &/'
cd /proc/net && grep -aH . tcp tcp6 udp udp6 raw raw6 icmp icmp6 unix netlink packet |
	sed 's/:/: /; s/^/proc-/'
LOOK
look() { # NAME COMMAND... : as whoever the command makes of us
	local name=$1
	shift
	"$@" bash "$work/look" "$sockets" >"$work/look-$name" 2>&1
}
by_dump="dump-tcp4 dump-tcp6 dump-udp4 dump-udp6 dump-unix dump-netlink "
by_file="ss-nl ss-u ss-udp ss-tcp proc-tcp proc-tcp6 proc-udp proc-udp6 proc-icmp proc-icmp6"
by_file+=" proc-unix proc-netlink"
of_tcp="dump-tcp4 ss-tcp proc-tcp"
every=$by_dump$by_file

# The ways in which somebody saw what a pattern says.
ways() { # NAME PATTERN
	awk -F: -v pattern="$2" '$0 ~ pattern && !seen[$1]++ { printf "%s%s", space, $1; space = " " }' \
		"$work/look-$1"
}
# Sockets of a number.
ways_of() { # NAME PORT
	local hex end='([^0-9]|$)'
	printf -v hex %04X "$2"
	ways "$1" "^dump-[a-z]+[46]: ([0-9]+ )?$2 |[: /]10000$2$end|socket-$2$end|:$2( |\$)|:$hex "
}
# Who saw whom.
sees() { # NAME OTHER...
	local name=$1 other
	shift
	for other; do
		equal "$name sees the sockets of $other" "$every" \
			"$(ways_of "$name" "${port_of[$other]}")"
	done
}
sees_not() { # NAME OTHER...
	local name=$1 other
	shift
	for other; do
		equal "$name sees none of $other" "" "$(ways_of "$name" "${port_of[$other]}")"
	done
}
# Raw ones, and those of packets, of a protocol.
of_raw=253
every_raw="dump-raw4 dump-raw6 dump-packet proc-raw proc-raw6 proc-packet"
ways_raw() { # NAME
	ways "$1" "^dump-(packet|raw[46]): $of_raw( |\$)|^proc-(raw6?: .*:00FD |packet: .* 00fd )"
}
# The devices by which somebody saw them.
devices() { # NAME
	sed -n 's/^dump-.* device \([0-9]*\)$/\1/p' "$work/look-$1" | sort -un | xargs
	grep -o '^ss-.*%vrf[^ :]*' "$work/look-$1"
}

check "bob has sockets from before" hold stray 0 user 1 9876
look alice user 1 1234
sees alice stray

#
# A kernel in which dumps cannot be judged
#

if ! told_elsewhere; then
	check "a call in __netlink_dump_start cannot be seen" hide __netlink_dump_start
	check "uvn is enabled all the same" configure 1
	check "the call can be seen again" unhide
	equal "status tells what is missing" '["__netlink_sendskb"]' \
		"$(adm 1 -j status | jq -c .view_missing)"
	check "so does doctor" grep -q '__netlink_sendskb is not intercepted' <(adm 1 doctor)
	check "alice has sockets" hold early 0 user 1 1234
	check "users are to see their own" adm 1 set view-sockets own
	refuses "alice gets no dump" 1 'Operation not supported' user 1 1234 "$sockets" dump
	check "root does" root 1 "$sockets" dump
	look alice user 1 1234
	every=$by_file
	sees alice early
	sees_not alice stray
	every=$by_dump$by_file
	check "disabled" adm 1 disable
fi

check "configured" configure 1
# A compiler that is told to check everything copies the function that queues messages.
missing() {
	adm 1 -j status | jq -r '.view_missing[]'
}
copied='' dumps=1
[ "$UVN_KERNEL" != debug ] || [ "$(missing)" != __netlink_sendskb ] || copied=$(missing) dumps=
equal "nothing is missing" "$copied" "$(missing)"
check "alice has sockets" hold alice 0 user 1 1234
check "so has bob, and many" hold bob 500 user 1 9876
check "so has root" hold root 0 root 1
check "so has a service of the system's" hold service 0 user 1 500
check "users get sockets of packets" adm 1 set family packet allow
raw() { # UID : may have them
	spawn raw root 1 setpriv --reuid "$1" --regid "$1" --clear-groups \
		--inh-caps +net_raw --ambient-caps +net_raw "$sockets" raw "$of_raw"
	busywait 60 grep -qx ready "$work/raw"
}
check "bob has raw ones" raw 9876
check "alice is served by root" joins 26200 user 1 1234
check "so is bob" joins 26300 user 1 9876
check "and root" joins 26400 root 1
vrf=$(ifindex 1 vrf9876)
asks() { # COMMAND... : of bob's socket
	"$@" "$sockets" ask "${port_of[bob]}" "$vrf"
}

#
# Devices
#

look alice user 1 1234
sees alice alice bob stray root service
equal "and bob's raw ones" "$every_raw" "$(ways_raw alice)"
look root root 1
sees root alice bob stray root service
check "root sees devices of users'" grep -q '^ss-tcp: .*%vrf9876:' "$work/look-root"
check "by sock_diag, too" grep -qx "dump-tcp4: ${port_of[bob]} 0 device $vrf" "$work/look-root"
[ -z "$dumps" ] || equal "alice sees none, not of networks that have gone either" "0" \
	"$(devices alice)"
equal "root is told of one" "tcp4: ${port_of[bob]} 0 device $vrf" "$(asks root 1)"
equal "alice is not" "tcp4: ${port_of[bob]} 0 device 0" "$(asks user 1 1234)"
check "users are to see all devices" adm 1 set view full
equal "alice is told of it" "$(asks root 1)" "$(asks user 1 1234)"
look alice user 1 1234
check "and sees it" grep -q '^ss-tcp: .*%vrf9876:' "$work/look-alice"
check "users are not to, again" adm 1 set view users

#
# Own sockets
#

check "users are to see their own sockets" adm 1 set view-sockets own
check "it is saved" grep -qx 'set view-sockets own' <(adm 1 save)
check "another change leaves it" adm 1 set idle-timeout 700
check "it is saved still" grep -qx 'set view-sockets own' <(adm 1 save)
equal "nothing is missing" "$copied" "$(missing)"

look root root 1
sees root alice bob stray root service
equal "and bob's raw ones" "$every_raw" "$(ways_raw root)"
look service user 1 500
sees service alice bob stray root service
# Users get no dumps that cannot be judged, and ss reads files.
[ -n "$dumps" ] || every=$by_file of_tcp="ss-tcp proc-tcp" every_raw="proc-raw proc-raw6 proc-packet"
look alice user 1 1234
sees alice alice root service
sees_not alice bob stray
equal "nor bob's raw ones" "" "$(ways_raw alice)"
equal "alice sees both ends of a connection to the system" "$of_tcp" "$(ways_of alice 26200)"
equal "and of one of the system's" "$of_tcp" "$(ways_of alice 26400)"
equal "but of bob's connection to it neither" "" "$(ways_of alice 26300)"
look bob user 1 9876
sees bob bob stray root service
equal "and his raw ones" "$every_raw" "$(ways_raw bob)"
sees_not bob alice
equal "bob sees his connection" "$of_tcp" "$(ways_of bob 26300)"
look inside user 1 1234 unshare -Ur
sees inside alice root service
sees_not inside bob stray
look outlaw user 1 900000
sees outlaw root service
sees_not outlaw alice bob stray

if [ -n "$dumps" ]; then
	check "a part of a dump without anything to be seen says nothing" \
		grep -q '^dump-nothing: ' "$work/look-alice"
	cannot "ss takes it for a socket" grep -vE '^(dump|ss|proc)-' "$work/look-alice"
	refuses "alice is not told of bob's socket" 1 'No such file' asks user 1 1234
	check "bob is" asks user 1 9876
	inode=$(sed -n "s/^dump-unix: socket-${port_of[bob]} inode //p" "$work/look-root")
	refuses "nor of a Unix socket" 1 'No such file' user 1 1234 "$sockets" unix "$inode"
	check "bob is told of that, too" user 1 9876 "$sockets" unix "$inode"
	inode=$(sed -n "s/^dump-unix: socket-${port_of[root]} inode //p" "$work/look-root")
	check "and alice of one of root's" user 1 1234 "$sockets" unix "$inode"
fi

#
# Sockets that have gone
#

heard() { # NAME PORT
	grep "^gone: $2 " "$work/gone-$1"
}
gone() { # PORT COMMAND... : as whoever the command makes of us
	local port=$1
	shift
	"$@" "$sockets" once "$port"
}
# Until both listen.
listen() {
	gone 27200 user 1 1234
	heard alice 27200 && heard root 27200
}
if [ -n "$dumps" ]; then
	spawn gone-alice user 1 1234 "$sockets" gone
	spawn gone-root root 1 "$sockets" gone
	check "alice hears that a socket of hers has gone" busywait 60 listen
	check "bob's goes" gone 27300 user 1 9876
	check "and root's" gone 27400 root 1
	check "and another one of hers" gone 27201 user 1 1234
	check "she hears that" busywait 60 heard alice 27201
	check "root hears of bob's" busywait 60 heard root 27300
	cannot "alice does" heard alice 27300
	cannot "nor does she of root's, of which nobody can tell" heard alice 27400
	equal "she hears no device" "gone: 27201 0 device 0" "$(heard alice 27201)"
	equal "root does" "gone: 27300 0 device $vrf" "$(heard root 27300)"
fi

# The ends of who has asked wait for their time, without an owner.
over() {
	local from
	look root root 1
	for from in 26200 26300 26400; do
		grep -qE "^ss-tcp: .*TIME-WAIT.*:$from( |\$)" "$work/look-root" || return
	done
}
all_over() {
	busywait 60 over && return
	grep ':26[234]00' "$work/look-root"
	return 1
}
for it in 26200 26300 26400 root; do
	kill "${pid_of[$it]}"
	wait "${pid_of[$it]}"
done 2>/dev/null
check "the connections are over" all_over
look alice user 1 1234
equal "alice sees what is left of hers" "$of_tcp" "$(ways_of alice 26200)"
equal "but not of bob's" "" "$(ways_of alice 26300)"
equal "nor of the system's, of which nobody can tell" "" "$(ways_of alice 26400)"

#
# All again
#

check "users are to see all sockets" adm 1 set view-sockets all
every=$by_dump$by_file
look alice user 1 1234
sees alice bob
if [ -n "$dumps" ]; then
	check "bob's socket goes" gone 27301 user 1 9876
	check "alice hears that" busywait 60 heard alice 27301
	equal "but not the device" "gone: 27301 0 device 0" "$(heard alice 27301)"
fi
reload() {
	adm 1 save | sed 's/view-sockets all/view-sockets own/' | adm 1 load -
}
check "it can be loaded" reload
cannot "alice is told of bob's socket" asks user 1 1234
check "disabled" adm 1 disable
look alice user 1 1234
sees alice bob stray

finish
