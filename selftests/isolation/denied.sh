#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is refused shows: an errno, an event, counters by reason. Audit lets it
# pass and shows it all the same. Sockets older than enable are found, and cut
# off.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
nl=$lib/uvn_nl
export UVN_PATIENCE=1

ktap_begin
if ! load || ! nodes 1; then
	echo "Bail out! no nodes"
	exit 1
fi
status() { # FILTER : of jq, on the status
	adm 1 -j status | jq -c "$1"
}
counted() { # UID REASON : how often, for the user
	adm 1 -j user show "$1" | jq ".denied_by.\"$2\" // 0"
}
event() { # PATTERN : an event that came since the last truncation of the file
	busywait 10 grep -q "$1" "$work/events"
}

# Sockets older than enable.
equal "not enabled: strays are not known" null "$(status .strays)"
check "a TCP server is older than enable" serve t 1 9876 tcp 0.0.0.0 8000 old
check "so is a UDP server" serve u 1 9876 udp 0.0.0.0 8000 old
check "and a system service" serve_root s 1 tcp 0.0.0.0 8001 system
sees=full
check "enable" configure 1
equal "two strays" 2 "$(status .strays)"
check "they go on in the system's network (TCP)" \
	root 1 "$probe" ask tcp 127.0.0.1 8000 old
check "they go on in the system's network (UDP)" \
	root 1 "$probe" ask udp 127.0.0.1 8000 old
check "a server made now" serve n 1 9876 tcp 127.0.0.1 8002 new
equal "is no stray" 2 "$(status .strays)"
equal "enable --evict" '{"evicted":2}' "$(adm 1 -j enable --evict | jq -c .)"
equal "no stray is left" 0 "$(status .strays)"
for who in 0 9876 1234; do
	as=(user 1 "$who")
	[ $who != 0 ] || as=(root 1)
	for p in tcp udp; do
		ask() { "${as[@]}" "$probe" ask "$p" "$1" 8000; }
		cannot "evicted: $who does not reach the $p server" ask 127.0.0.1
		cannot "evicted: by the node's address neither" ask 192.168.80.1
	done
done
check "the system service stayed" user 1 1234 "$probe" ask tcp 127.0.0.1 8001 system
check "the server made after enable stayed" \
	user 1 9876 "$probe" ask tcp 127.0.0.1 8002 new
equal "nothing to evict: no error" '{"evicted":0}' \
	"$(adm 1 -j enable --evict | jq -c .)"

spawn events root 1 "$nl" monitor
check "events can be listened to" busywait 20 grep -q ready "$work/events"

# FAMILY TYPE PROTOCOL : refused, shown, counted
no_socket() { # NAME REASON ERRNO FAMILY TYPE PROTOCOL
	local n
	n=$(counted 1234 "$2")
	refuses "$1: no socket" 4 "($3)" user 1 1234 "$probe" make "$4" "$5" "$6"
	check "$1: an event" event \
		"denied .*comm=uvn_probe.* family=$4 .*uid=1234 reason=$2 error=$3"
	equal "$1: counted" $((n + 1)) "$(counted 1234 "$2")"
	: >"$work/events"
}
check "the user's first socket" user 1 1234 "$probe" make 2 1 0
for family in 2 10; do
	for args in "1 0" "1 6" "2 0" "2 17" "2 $((family == 2 ? 1 : 58))"; do
		# shellcheck disable=SC2086
		check "family $family, type and protocol $args" \
			user 1 1234 "$probe" make $family $args
	done
done
check "AF_UNIX" user 1 1234 "$probe" make 1 1 0
check "AF_NETLINK, route" user 1 1234 "$probe" make 16 3 0
no_socket NETLINK_USERSOCK protocol 93 16 3 2
# These look the same where the kernel does not have them.
refuses "no AF_VSOCK" 4 "(97)" user 1 1234 "$probe" make 40 1 0
refuses "no AF_QIPCRTR" 4 "(97)" user 1 1234 "$probe" make 42 2 0
refuses "no MPTCP" 4 "(93)" user 1 1234 "$probe" make 2 1 262
refuses "no MPTCP over IPv6" 4 "(93)" user 1 1234 "$probe" make 10 1 262
check "root gets AF_PACKET" root 1 "$probe" make 17 3 0
check "root gets NETLINK_USERSOCK" root 1 "$probe" make 16 3 2

# What an administrator decides. By number, as every kernel has these.
check "set family netlink deny" adm 1 set family netlink deny
check "set protocol udp deny" adm 1 set protocol udp deny
no_socket "AF_NETLINK" family 97 16 3 0
no_socket "UDP" protocol 93 2 2 0
no_socket "UDP over IPv6" protocol 93 10 2 17
check "root has both" root 1 "$probe" make 2 2 0
check "set family vsock allow" adm 1 set family vsock allow
check "set protocol mptcp allow" adm 1 set protocol mptcp allow
equal "saved" "set family netlink deny
set family vsock allow
set protocol udp deny
set protocol mptcp allow" "$(adm 1 save | grep -E 'family|protocol')"
adm 1 save >"$work/saved"
check "set family netlink allow" adm 1 set family netlink allow
check "set family vsock deny" adm 1 set family vsock deny
check "set protocol mptcp deny" adm 1 set protocol mptcp deny
check "set protocol udp allow" adm 1 set protocol udp allow
check "a user has AF_NETLINK again" user 1 1234 "$probe" make 16 3 0
equal "nothing unusual is saved" "" "$(adm 1 save | grep -E 'family|protocol')"
check "what was saved is loaded" adm 1 load "$work/saved"
equal "and saved again the same" "$(cat "$work/saved")" "$(adm 1 save)"
check "the configuration that it was" configure 1
refuses "an unknown family" 2 "packetx" adm 1 set family packetx allow
refuses "a protocol above all" 2 "512" adm 1 set protocol 512 allow
: >"$work/events"

# Packets.
n=$(counted 1234 network)
refuses "a packet by another user's VRF" 6 "(1)" \
	user 1 1234 "$probe" by vrf9876 192.168.80.1 8002
check "an event with device and addresses" event "denied pid=.* \
destination=192.168.80.1 device=vrf9876 uid=1234 reason=network error=1"
check "somebody else is there" adm 1 user add 9876
refuses "by another user's network" 6 "(1)" \
	user 1 1234 "$probe" by vrf9876 192.168.80.7 8002
check "an event" event "destination=192.168.80.7 device=vrf9876 uid=1234 reason=network"
equal "counted" $((n + 2)) "$(counted 1234 network)"
for a in 192.168.80.1 192.168.80.7; do
	check "by the user's own VRF" user 1 1234 "$probe" by vrf1234 $a 9
done
refuses "to a port of ours" 6 "(1)" \
	user 1 1234 "$probe" by vrf1234 192.168.80.7 801
check "an event" event "uid=1234 reason=vxlan-port"
equal "counted" 1 "$(counted 1234 vxlan-port)"
check "root may" root 1 "$probe" by em1 192.168.80.7 801

# Events say what the program did, by which device, and what it was told.
cat >"$work/does.py" <<'PY'
import os, socket, struct, sys
what, uid = sys.argv[1], int(sys.argv[2])
kind = socket.SOCK_DGRAM if what in ("bind-device", "join") else socket.SOCK_STREAM
s = socket.socket(socket.AF_INET6 if what == "scope" else socket.AF_INET, kind)
if uid:	# root's until here
    os.setresuid(uid, uid, uid)
other = socket.if_nametoindex("vrf9876")
if what == "bind-device":
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"vrf9876")
elif what == "join":
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                 socket.inet_aton("239.1.1.1") + bytes(4) + struct.pack("i", other))
elif what == "scope":
    s.bind(("fe80::1", 8003, 0, other))
elif what == "connect":
    s.connect(("192.168.80.7", 8002))
elif what == "bind":
    s.bind(("0.0.0.0", 8003))
elif what == "listen":
    s.listen()
PY
spawn told root 1 "$uvnadm" -j monitor
check "somebody listens" busywait 20 sh -c \
	"$lib/uvn_as /run/netns/n1-$seed 0 $uvnadm set idle-timeout 601 &&
	 grep -q config '$work/told'"
says() { # WHAT FILTER COMMAND...: the last event of the command
	local what=$1
	export filter="map(select(.event == \"denied\")) | last | $2"
	shift 2
	: >"$work/told"
	"$@" >/dev/null 2>&1 </dev/null
	# shellcheck disable=SC2016	# eval
	check "the event of $what" busywait 10 \
		eval 'tr -d "\0" <"$work/told" | jq -se "$filter"'
}
does() { # WHAT: with a socket of the user's own
	user 1 1234 python3 "$work/does.py" "$1" 0
}
has() { # WHAT: with a socket that root made
	root 1 python3 "$work/does.py" "$1" 1234
}
chmod -R a+rX "$work"
says "a datagram" '.operation == "send" and .errno == "EPERM" and .device == "vrf9876"' \
	user 1 1234 "$probe" by vrf9876 192.168.80.7 8002
says "a socket" '.operation == "socket" and .errno == "EPROTONOSUPPORT" and
	.device == null' user 1 1234 "$probe" make 16 3 2
says "SO_BINDTODEVICE" '.operation == "bind-device" and .errno == "EPERM"' \
	does bind-device
# Nor may one who could without uvn. To let go of the own network is to name none.
capable() { # COMMAND... : of 1234, with CAP_NET_RAW
	root 1 setpriv --reuid 1234 --regid 1234 --clear-groups --inh-caps +net_raw \
		--ambient-caps +net_raw "$@"
}
sorts=(udp)
if capable "$probe" make 2 2 136 >/dev/null; then # not every kernel has it
	sorts+=(lite)
fi
for p in "${sorts[@]}"; do
	for a in 127.0.0.1 ::1; do
		for dev in vrf9876 "$(ifindex 1 vrf9876)" ""; do
			n=$(counted 1234 network)
			refuses "CAP_NET_RAW, $p, to ${dev:-no device}, of $a" 6 "device: .*(1)" \
				capable "$probe" device "$p" "$dev" "$a" 9 none
			equal "which is counted" $((n + 1)) "$(counted 1234 network)"
		done
	done
	says "SO_BINDTODEVICE with CAP_NET_RAW, $p" \
		'.operation == "bind-device" and .errno == "EPERM"' \
		capable "$probe" device "$p" vrf9876 127.0.0.1 9 none
done
says "joining a group in another user's network" '.operation == "join" and
	.errno == "ENODEV" and .device == "vrf9876"' does join
says "the scope of an address" '.operation == "bind" and .errno == "ENODEV" and
	.device == "vrf9876"' does scope
says "connect() with root's socket" '.operation == "connect" and
	.errno == "ECONNREFUSED" and .protocol == "tcp"' has connect
says "bind() of root's socket" '.operation == "bind" and .errno == "EPERM" and
	.device == null' has bind
says "listen() of root's socket" '.operation == "listen" and .errno == "EPERM"' \
	has listen
check "the settings that were" adm 1 set idle-timeout 600
check "any other port" user 1 1234 "$probe" by vrf1234 192.168.80.7 803
equal "a disconnected socket stays bound" "$(ifindex 1 vrf1234)" \
	"$(user 1 1234 "$probe" disconnect 5000 | tail -1)"
equal "root's does not become so" 0 "$(root 1 "$probe" disconnect 5001 | tail -1)"
: >"$work/events"
n=$(counted 1234 network)
refuses "many refusals" 6 "(1)" \
	user 1 1234 "$probe" by vrf9876 192.168.80.7 8002 1000
equal "all are counted" $((n + 1000)) "$(counted 1234 network)"
if [ "$UVN_KERNEL" != debug ]; then	# which makes hardly a hundred a second
	check "not all are reported" \
		test "$(grep -c denied "$work/events")" -lt 500
fi
# The next report after the rate limit's second says how many were not.
again=0
all_told() {
	# What was truncated under its writer begins with a hole.
	tr -d '\0' <"$work/events" | awk -v want=$((1000 + again)) '/^denied/ {
		sub(/.*suppressed=/, ""); n += 1 + $0 }
		END { print n, want; exit n != want }'
}
told() {
	user 1 1234 "$probe" by vrf9876 192.168.80.7 8002
	again=$((again + 1))
	busywait 3 all_told
}
check "each is reported, or counted as left out by the next report" \
	busywait 30 told
total='[.denied, ([.denied_by[]] | add)] | .[0] == .[1] and .[0] > 1000'
equal "the namespace's total is that of all reasons" true "$(status "$total")"

# Audit.
check "set audit on" adm 1 set audit on
equal "status says so" true "$(status .audit)"
check "and shouts" sh -c "nsenter --net=/run/netns/n1-$seed $uvnadm status |
	head -1 | grep -q 'AUDIT IS ON'"
: >"$work/events"
n=$(counted 1234 network)
check "then a packet leaves by another's network" \
	user 1 1234 "$probe" by vrf9876 192.168.80.7 8002
check "and is reported" event "uid=1234 reason=network .*audit=yes"
equal "and counted" $((n + 1)) "$(counted 1234 network)"
check "then a user gets NETLINK_USERSOCK" user 1 1234 "$probe" make 16 3 2
check "which is reported" event "uid=1234 reason=protocol .*audit=yes"
check "and who is in no range gets a socket" \
	user 1 75536 "$probe" make 2 1 0
check "which is reported" event "uid=75536 reason=unmatched .*audit=yes"
equal "that is in no VRF" 0 "$(user 1 75536 "$probe" bound)"
equal "users' sockets are bound all the same" "$(ifindex 1 vrf1234)" \
	"$(user 1 1234 "$probe" bound)"
check "set audit off" adm 1 set audit off
equal "status says so" false "$(status .audit)"
refuses "a packet by another's network is refused again" 6 "(1)" \
	user 1 1234 "$probe" by vrf9876 192.168.80.7 8002
refuses "and a socket of NETLINK_USERSOCK" 4 "(93)" \
	user 1 1234 "$probe" make 16 3 2
finish
