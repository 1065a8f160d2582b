#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What uvnadm does without the module: words, errors, exit statuses, JSON.
#
#	UVNADM	the program (default: the one beside this script)
#	WRAP	command to run it with, e.g. "valgrind -q --error-exitcode=99"

set -u
here=$(cd "$(dirname "$0")" && pwd)
uvnadm=${UVNADM:-$here/uvnadm}
read -r -a wrap <<<"${WRAP-}"

if [ ! -x "$uvnadm" ] || ! command -v jq >/dev/null; then
	echo "1..0 # SKIP uvnadm is not built, or there is no jq"
	exit 4
fi

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
: >"$tmp/results"
count=0
failed=0

# result NAME: report by the status of the command before
result()
{
	if [ $? -eq 0 ]; then
		echo "ok $((++count)) $1" >>"$tmp/results"
	else
		echo "not ok $((++count)) $1" >>"$tmp/results"
		failed=$((failed + 1))
		sed 's/^/# /' "$tmp/out" "$tmp/err" >>"$tmp/results"
	fi
}

# Runs uvnadm; leaves $status, and its output in files.
run()
{
	"${wrap[@]}" "$uvnadm" "$@" >"$tmp/out" 2>"$tmp/err"
	status=$?
}

# outcome STATUS STDERR: compare with what run() left
outcome()
{
	[ "$status" -eq "$1" ] && [ ! -s "$tmp/out" ] &&
		[ "$(cat "$tmp/err")" = "uvnadm: $2" ]
}

# bad STDERR WORD...: a wrong command line; the same error again as JSON
bad()
{
	local msg=$1
	shift

	run "$@"
	outcome 2 "$msg"
	result "$*: $msg"

	run -j "$@"
	[ "$status" -eq 2 ] && [ ! -s "$tmp/err" ] &&
		[ "$(jq -r '.error, .exit' "$tmp/out")" = "$msg"$'\n2' ]
	result "-j $*"
}

# badfile STDERR LINE...: a wrong file, of these lines
badfile()
{
	local msg=$1
	shift

	printf '%b\n' "$@" >"$tmp/conf"
	run load "$tmp/conf"
	outcome 1 "load: $tmp/conf:$msg"
	result "load: $msg"
}

# completes WORDS EXPECTED
completes()
{
	local words
	IFS=, read -r -a words <<<"$1"
	run complete "${words[@]}" ''
	[ "$status" -eq 0 ] && [ "$(tr '\n' ' ' <"$tmp/out")" = "$2" ]
	result "complete $1: $2"
}

# --- commands and options

bad 'no command given (see "uvnadm help")'
bad '"": unknown command' ''
bad '"sub": unknown command' sub add
bad '"subnets": unknown command' subnets
bad '"Subnet": unknown command' Subnet add
bad 'subnet: expected add, del or list' subnet
bad 'subnet: "ad": expected add, del or list' subnet ad
keys='unmatched, table-base, audit, nat-ports, idle-timeout, child-netns, subordinate, nat-flows-per-user, outer-netfilter, firewall-vrf, view, view-sockets, family or protocol'
bad "set: expected $keys" set
bad "set: \"table_base\": expected $keys" set table_base 1
bad 'enable: "now": expected --evict or nothing more' enable now
bad 'enable: "--evic": expected --evict or nothing more' enable --evic
bad 'enable: "--evict": unexpected word' enable --evict --evict
bad 'disable: "--evict": unexpected word' disable --evict
bad 'user list: "-j": unexpected word' user list -j
bad 'user show: "2": unexpected word' user show 1000 2
bad 'show: "1000": unexpected word' show 1000
bad 'monitor: "now": expected --since-start or nothing more' monitor now
bad 'monitor: "x": unexpected word' monitor --since-start x
bad 'wrong option -x (see "uvnadm help")' -x
bad 'wrong option --xml (see "uvnadm help")' --xml help

for word in $("$uvnadm" -j help | jq -r '.[].command | split(" ")[0]' | sort -u); do
	bad "\"${word%?}\": unknown command" "${word%?}"
done

# --- arguments

subnet='subnet add PREFIX port PORT [group ADDR] [unprivileged]'
bad "subnet add: PREFIX is missing ($subnet)" subnet add
bad "subnet add: port is missing ($subnet)" subnet add 10.0.0.0/8
bad "subnet add: PORT is missing ($subnet)" subnet add 10.0.0.0/8 port
bad "subnet add: ADDR is missing ($subnet)" subnet add 10.0.0.0/8 port 801 group
bad 'subnet add: "prt": expected port' subnet add 10.0.0.0/8 prt 801
bad 'subnet add: "801": expected port' subnet add 10.0.0.0/8 801
bad 'subnet add: "vni": expected group, unprivileged or nothing more' subnet add 10.0.0.0/8 port 801 vni
bad 'subnet add: "x": expected unprivileged or nothing more' \
	subnet add 10.0.0.0/8 port 801 group 239.1.1.1 x
bad 'subnet add: "x": unexpected word' \
	subnet add 10.0.0.0/8 port 801 unprivileged group 239.1.1.1 x
subuid='subuid add FIRST-LAST [uid OWNER]'
bad 'subuid: expected add, del, list or sync' subuid
bad "subuid add: FIRST-LAST is missing ($subuid)" subuid add
bad "subuid add: OWNER is missing ($subuid)" subuid add 1-2 uid
bad 'subuid add: "1": expected two UIDs, FIRST-LAST' subuid add 1
bad 'subuid add: "2-1": the first UID is above the last' subuid add 2-1
bad 'subuid add: "0-1": UID 0 can never be managed' subuid add 0-1
bad 'subuid add: "4294967295": the owner'"'"'s UID must be 0 to 4294967294' \
	subuid add 100000-165535 uid 4294967295
bad 'subuid add: "owner": expected uid or nothing more' subuid add 1-2 owner 3
bad 'subuid del: "uid": unexpected word' subuid del 1-2 uid 3
bad 'subuid sync: "x": unexpected word' subuid sync /etc/subuid x
bad 'set subordinate: "2-1": the first UID is above the last' set subordinate 2-1
bad 'set subordinate: FIRST-LAST is missing (set subordinate FIRST-LAST)' set subordinate
bad 'subnet del: "port": unexpected word' subnet del 10.0.0.0/8 port 801
bad 'range add: "1-2": expected uid' range add 1-2
bad 'range add: "gid": expected uid' range add gid 1-2
bad 'set unmatched: "Deny": expected deny or allow' set unmatched Deny
bad 'set unmatched: deny or allow is missing (set unmatched deny|allow)' set unmatched
bad 'set audit: "yes": expected on or off' set audit yes
bad 'set audit: on or off is missing (set audit on|off)' set audit
bad 'set nat-ports: FIRST-LAST is missing (set nat-ports FIRST-LAST)' set nat-ports
bad 'set nat-ports: "2": unexpected word' set nat-ports 1-1 2
cgnat='cgnat add PREFIX [snat ADDR]'
bad 'cgnat: expected add, del or list' cgnat
bad "cgnat add: PREFIX is missing ($cgnat)" cgnat add
bad "cgnat add: ADDR is missing ($cgnat)" cgnat add 100.64.0.0/10 snat
bad 'cgnat add: "dnat": expected snat or nothing more' cgnat add 100.64.0.0/10 dnat 192.0.2.1
bad 'cgnat add: "192.0.2.1": expected snat or nothing more' cgnat add 100.64.0.0/10 192.0.2.1
bad 'cgnat add: "x": unexpected word' cgnat add 100.64.0.0/10 snat 192.0.2.1 x
bad 'cgnat del: "snat": unexpected word' cgnat del 100.64.0.0/10 snat 192.0.2.1
bad 'cgnat list: "x": unexpected word' cgnat list x
bad 'direct: "show": expected add, del or list' direct show
bad 'direct add: PREFIX is missing (direct add PREFIX)' direct add
bad 'direct add: "port": unexpected word' direct add 10.0.0.0/8 port 1
bad 'direct del: PREFIX is missing (direct del PREFIX)' direct del
bad 'direct list: "x": unexpected word' direct list x
bad 'set family: NAME is missing (set family NAME allow|deny)' set family
bad 'set family: allow or deny is missing (set family NAME allow|deny)' set family packet
bad 'set protocol: "on": expected allow or deny' set protocol sctp on
bad 'load: FILE is missing (load [--check] FILE)' load
verify='verify [--uids A,B] [--peer HOST] [--rsh COMMAND] [--outside ADDRESS PORT] [--nagios]'
options='--uids, --peer, --rsh, --outside, --nagios'
bad "verify: \"now\": expected $options or nothing more" verify now
bad "verify: \"--uid\": expected $options or nothing more" verify --uid 1,2
bad "verify: A,B is missing ($verify)" verify --uids
bad "verify: HOST is missing ($verify)" verify --uids 1,2 --peer
bad "verify: PORT is missing ($verify)" verify --outside 192.0.2.1
bad 'verify: "--uids": expected --peer, --rsh, --outside, --nagios or nothing more' \
	verify --uids 1,2 --uids 3,4
bad 'verify: "x": expected --uids, --rsh, --nagios or nothing more' \
	verify --outside 192.0.2.1 80 --peer node2 x
bad 'verify: "x": expected --nagios or nothing more' \
	verify --rsh a --outside 192.0.2.1 80 --peer node2 --uids 1,2 x
bad 'verify: "1": expected two UIDs, A,B' verify --uids 1
bad 'verify: "1-2": expected two UIDs, A,B' verify --uids 1-2
bad 'verify: "1,x": neither a UID nor the name of a user' verify --uids 1,x
bad 'verify: "1,root": UID 0 can never be managed' verify --uids 1,root
bad 'verify: "1,": neither a UID nor the name of a user' verify --uids 1,
bad 'verify: "1,2,3": a UID must be a decimal number' verify --uids 1,2,3
bad 'verify: "0,2": UID 0 can never be managed' verify --uids 0,2
bad 'verify: "2,4294967295": 4294967295 is not a UID: it stands for none' \
	verify --uids 2,4294967295
bad 'verify: "2,2": the two UIDs are the same' verify --uids 2,2
bad 'verify: "-l": not a host' verify --peer -l
bad 'verify: "": not a host' verify --peer ''
bad 'verify: --rsh without --peer' verify --rsh ssh
bad 'verify: " ": not a command' verify --peer node2 --rsh ' '
bad 'verify: "web": not an IP address' verify --outside web 80
bad 'verify: "0": the port must be 1 to 65535' verify --outside 192.0.2.1 0
bad '"verify-serve": unknown command' verify-serve now
bad 'publish add: from is missing (publish add tcp|udp PORTS from PREFIX)' publish add tcp 8888
for word in 0 65536; do
	bad "publish add: \"$word\": a port must be 1 to 65535" publish add tcp $word from 10.0.0.0/8
done
for word in '' http '1,' 1-; do
	bad "publish add: \"$word\": a port must be a decimal number" \
		publish add tcp "$word" from 10.0.0.0/8
done
bad 'save: "b": unexpected word' save a b

# Monitoring reads one line and a status of its own, also of what is wrong.
plugin() # STATUS LINE WORD...
{
	local want=$1 line=$2
	shift 2
	run "$@"
	[ "$status" -eq "$want" ] && [ ! -s "$tmp/err" ] && [ "$(<"$tmp/out")" = "$line" ]
	result "$*: $line"
}
plugin 3 'UVN UNKNOWN - status: "x": unexpected word' status --nagios x
plugin 3 'UVN UNKNOWN - why: "noone": neither a UID nor the name of a user' \
	why noone 10.0.0.1 --nagios
plugin 3 'UVN UNKNOWN - verify: --rsh without --peer' verify --nagios --rsh ssh
plugin 3 'UVN UNKNOWN - why: "a/b": not an IP address' why 1234 'a|b' --nagios
bad 'save: "--nagios": unexpected word' save x --nagios

# --- prefixes

host='"192.168.80.1/21": host bits are set (network is 192.168.80.0/21)'
bad "subnet add: $host" subnet add 192.168.80.1/21 port 801
bad "subnet del: $host" subnet del 192.168.80.1/21
bad 'subnet add: "1.2.3.4/0": host bits are set (network is 0.0.0.0/0)' subnet add 1.2.3.4/0 port 1
bad 'subnet add: "2001:db8::1/64": host bits are set (network is 2001:db8::/64)' \
	subnet add 2001:db8::1/64 port 801
bad 'subnet add: "10.0.0.0": the prefix length is missing (ADDRESS/LENGTH)' \
	subnet add 10.0.0.0 port 801
bad 'cgnat add: "100.64.0.1/10": host bits are set (network is 100.64.0.0/10)' \
	cgnat add 100.64.0.1/10
bad 'cgnat del: "fd00::1/64": host bits are set (network is fd00::/64)' cgnat del fd00::1/64
bad 'cgnat add: "100.64.0.0/33": the prefix length must be 0 to 32' cgnat add 100.64.0.0/33
bad 'cgnat add: "fd00::/129": the prefix length must be 0 to 128' cgnat add fd00::/129
bad 'cgnat add: "pool": not an IPv4 or IPv6 prefix' cgnat add pool
bad 'direct add: "10.0.0.1/8": host bits are set (network is 10.0.0.0/8)' direct add 10.0.0.1/8
bad 'direct del: "2001:db8::1/32": host bits are set (network is 2001:db8::/32)' \
	direct del 2001:db8::1/32
bad 'direct add: "10.0.0.1": the prefix length is missing (ADDRESS/LENGTH)' direct add 10.0.0.1
bad 'direct add: "10.0.0.0/x": the prefix length must be a decimal number' direct add 10.0.0.0/x
for word in '' / 10/8 10.0.0/8 10.0.0.0.0/8 010.0.0.0/8 256.0.0.0/8 ' 10.0.0.0/8' \
	    0x0a.0.0.0/8 10.0.0.-1/8 example.org/8 fe80::%lo/64 ::g/64 \
	    1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc/64; do
	bad "subnet add: \"$word\": not an IPv4 or IPv6 prefix" subnet add "$word" port 801
done
for word in 10.0.0.0/ 10.0.0.0/x 10.0.0.0/-8 10.0.0.0/+8 '10.0.0.0/ 8' 10.0.0.0/8/8 \
	    10.0.0.0/255.0.0.0; do
	bad "subnet add: \"$word\": the prefix length must be a decimal number" \
		subnet add "$word" port 801
done
bad 'subnet add: "10.0.0.0/08": the prefix length must not have leading zeros' \
	subnet add 10.0.0.0/08 port 801
bad 'subnet add: "10.0.0.0/33": the prefix length must be 0 to 32' \
	subnet add 10.0.0.0/33 port 801
bad 'subnet add: "::/129": the prefix length must be 0 to 128' subnet add ::/129 port 801

# --- ports, groups and snat

for word in 0 65536 4294967296 18446744073709551617 99999999999999999999999999; do
	bad "subnet add: \"$word\": the port must be 1 to 65535" \
		subnet add 10.0.0.0/8 port "$word"
done
for word in '' -1 +1 ' 1' '1 ' 1.0 0x10 vxlan; do
	bad "subnet add: \"$word\": the port must be a decimal number" \
		subnet add 10.0.0.0/8 port "$word"
done
bad 'subnet add: "0801": the port must not have leading zeros' \
	subnet add 10.0.0.0/8 port 0801
bad 'subnet add: "239.1": not an IP address' subnet add 10.0.0.0/8 port 801 group 239.1
bad 'subnet add: "10.0.0.1": not a multicast address (224.0.0.0/4)' \
	subnet add 10.0.0.0/8 port 801 group 10.0.0.1
bad 'subnet add: "240.0.0.1": not a multicast address (224.0.0.0/4)' \
	subnet add 10.0.0.0/8 port 801 group 240.0.0.1
bad 'subnet add: "fe80::1": not a multicast address (ff00::/8)' \
	subnet add fd00::/8 port 801 group fe80::1
bad 'subnet add: "ff02::1": the group must be an IPv4 address, as the prefix is' \
	subnet add 10.0.0.0/8 port 801 group ff02::1
bad 'subnet add: "239.1.1.1": the group must be an IPv6 address, as the prefix is' \
	subnet add fd00::/8 port 801 group 239.1.1.1

for word in '' 192.0.2 192.0.2.0/24 192.0.2.1-192.0.2.9 em1; do
	bad "cgnat add: \"$word\": not an IP address" cgnat add 100.64.0.0/10 snat "$word"
done
bad 'cgnat add: "2001:db8::1": snat must be an IPv4 address, as the prefix is' \
	cgnat add 100.64.0.0/10 snat 2001:db8::1
bad 'cgnat add: "192.0.2.1": snat must be an IPv6 address, as the prefix is' \
	cgnat add fd00::/64 snat 192.0.2.1

for word in 0-5 1-65536 65536-65537 1-0; do
	bad "set nat-ports: \"$word\": a port must be 1 to 65535" set nat-ports "$word"
done
for word in - 1- -1 1--2 1-2-3 1-+2 http-https '1 -2'; do
	bad "set nat-ports: \"$word\": a port must be a decimal number" set nat-ports "$word"
done
bad 'set nat-ports: "061000-65535": a port must not have leading zeros' \
	set nat-ports 061000-65535
bad 'set nat-ports: "61000": expected two ports, FIRST-LAST' set nat-ports 61000
bad 'set nat-ports: "61001-61000": the first port is above the last' set nat-ports 61001-61000

# --- UIDs, VNIs, tables

bad 'range add: "0-5": UID 0 can never be managed' range add uid 0-5
bad 'range del: "0-5": UID 0 can never be managed' range del uid 0-5
bad 'range add: "5-0": UID 0 can never be managed' range add uid 5-0
bad 'range add: "1000": expected two UIDs, FIRST-LAST' range add uid 1000
bad 'range add: "2000-1999": the first UID is above the last' range add uid 2000-1999
bad 'range add: "1-4294967295": 4294967295 is not a UID: it stands for none' \
	range add uid 1-4294967295
bad 'range add: "1-4294967296": a UID must be 0 to 4294967295' range add uid 1-4294967296
for word in - 1- -1 1--2 1-2-3 1-+2 0x1-2 alice-bob '1 -2' 1-2,4-5; do
	bad "range add: \"$word\": a UID must be a decimal number" range add uid "$word"
done
bad 'range add: "01-2": a UID must not have leading zeros' range add uid 01-2
bad 'range add: "0": the VNI must be 1 to 16777215' range add uid 1-2 vni 0
bad 'range add: "16777216": the VNI must be 1 to 16777215' range add uid 1-2 vni 16777216
bad 'range add: "16777215": the last VNI would be 16777216, above 16777215' \
	range add uid 1-2 vni 16777215
bad 'range add: "16777215-16777216": the last VNI would be 16777216, above 16777215: give a lower first one with "vni N"' \
	range add uid 16777215-16777216
bad 'range add: "1": the last VNI would be 4294967294, above 16777215' \
	range add uid 1-4294967294 vni 1
bad 'user show: "0": UID 0 can never be managed' user show 0
bad 'user add: "root": UID 0 can never be managed' user add root
bad 'user add: "": neither a UID nor the name of a user' user add ''
bad 'adopt add: "noone": neither a UID nor the name of a user' adopt add pid 1 uid noone
bad 'user show: "1x": a UID must be a decimal number' user show 1x
for word in -1 +1 ' 1' noone daemon-; do
	bad "user show: \"$word\": neither a UID nor the name of a user" user show "$word"
done
bad 'user del: "4294967295": 4294967295 is not a UID: it stands for none' user del 4294967295
bad 'user del: "-f": expected --force or nothing more' user del 1234 -f
why='why UID DEST [tcp|udp] [--nagios]'
bad "why: UID is missing ($why)" why
bad "why: DEST is missing ($why)" why 1234
bad 'why: "sctp": expected tcp or udp, --nagios or nothing more' why 1234 10.0.0.1:22 sctp
bad 'why: "x": expected --nagios or nothing more' why 1234 10.0.0.1:22 udp x
bad 'why: "noone": neither a UID nor the name of a user' why noone 10.0.0.1
bad 'why: "4294967295": a UID must be 0 to 4294967294' why 4294967295 10.0.0.1
for word in '' node2 node2:22 10.0.0 10.0.0.1/8 10.0.0.1.2:22 :22 ::g '[]:22' fe80::1%em1 \
	    1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc; do
	bad "why: \"$word\": not an IP address" why 1234 "$word"
done
for word in '[::1' '[::1]22'; do
	bad "why: \"$word\": expected ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT" why 1234 "$word"
done
for word in ::1 fd00::1 1:2:3:4:5:6:7 ::ffff:10.0.0.1; do
	case $word in
	1:*) word=$word:8
	     bad "why: \"$word:22\": an IPv6 address with a port is written [$word]:22" \
		     why 1234 "$word:22" ;;
	*.*) bad "why: \"$word:22\": an IPv6 address with a port is written [$word]:22" \
		     why 1234 "$word:22" ;;
	*) bad "why: \"$word:22\": ambiguous: write [$word]:22 with a port, [$word:22] without" \
		   why 1234 "$word:22" ;;
	esac
done
bad 'why: "[10.0.0.1]:22": only an IPv6 address is in brackets' why 1234 '[10.0.0.1]:22'
bad 'why: "0.0.0.0": no address to send to' why 1234 0.0.0.0
bad 'why: "[::]:22": no address to send to' why 1234 '[::]:22'
for word in 0 65536; do
	bad "why: \"$word\": a port must be 1 to 65535" why 1234 10.0.0.1:$word
	bad "why: \"$word\": a port must be 1 to 65535" why 1234 "[::1]:$word"
done
for word in '' ssh -1 ' 22'; do
	bad "why: \"$word\": a port must be a decimal number" why 1234 "10.0.0.1:$word"
done
bad 'why: "022": a port must not have leading zeros' why 1234 '[::1]:022'

bad 'set idle-timeout: "31536001": idle-timeout must be 0 to 31536000' set idle-timeout 31536001
bad 'set idle-timeout: "10m": idle-timeout must be a decimal number' set idle-timeout 10m
bad 'set nat-flows-per-user: "16777217": nat-flows-per-user must be 0 to 16777216' \
	set nat-flows-per-user 16777217
bad 'set nat-flows-per-user: "many": nat-flows-per-user must be a decimal number' \
	set nat-flows-per-user many
for word in 0 255 4278190081 4294967296; do
	bad "set table-base: \"$word\": table-base must be 256 to 4278190080" \
		set table-base "$word"
done

# --- families and protocols

for word in '' pakcet PACKET AF_PACKET -1 +1 ' 1' local route sctp unspec; do
	bad "set family: \"$word\": expected an address family: its name in lower case, without AF_, or its number" \
		set family "$word" allow
done
for word in '' tpc TCP -6 packet ip igmp; do
	bad "set protocol: \"$word\": expected an internet protocol: its name in lower case, without IPPROTO_, or its number" \
		set protocol "$word" deny
done
for word in 64 4294967313; do
	bad "set family: \"$word\": an address family must be 0 to 63" set family "$word" deny
done
bad 'set protocol: "512": an internet protocol must be 0 to 511' set protocol 512 deny
bad 'set family: "017": an address family must not have leading zeros' set family 017 deny
bad 'set protocol: "6x": an internet protocol must be a decimal number' set protocol 6x deny

# --- files

badfile '1: "subnt": unknown command' 'subnt add 10.0.0.0/8 port 801'
badfile '1: enable: not allowed in a file: it does not add to the configuration' enable
badfile '1: subnet del: not allowed in a file: it does not add to the configuration' \
	'subnet del 10.0.0.0/8'
badfile '1: load: not allowed in a file: it does not add to the configuration' 'load /dev/null'
badfile "4: subnet add: $host" '# comment' '' 'subnet add 10.0.0.0/8 port 801 # one' \
	'  subnet\tadd   192.168.80.1/21 port 801'
badfile '2: range add: "2-1": the first UID is above the last' 'range add uid 1-2	#x' \
	'range add uid 2-1'
badfile '1: range add: "1-2#x": a UID must be a decimal number' 'range add uid 1-2#x'
badfile '3: set unmatched: already set in line 1' 'set unmatched deny' \
	'set table-base 1000' 'set unmatched deny'
badfile '3: set audit: already set in line 1' 'set audit on' 'set unmatched deny' \
	'set audit off'
badfile '2: set nat-ports: already set in line 1' 'set nat-ports 61000-65535' \
	'set nat-ports 61000-65535'
badfile '2: cgnat add: "fd00::1": snat must be an IPv4 address, as the prefix is' \
	'direct add fd00::/8' 'cgnat add 100.64.0.0/10 snat fd00::1'
badfile '1: cgnat del: not allowed in a file: it does not add to the configuration' \
	'cgnat del 100.64.0.0/10'
badfile '1: direct list: not allowed in a file: it does not add to the configuration' \
	'direct list'
badfile '3: set family: already set in line 1' 'set family packet allow' \
	'set protocol 17 allow' 'set family 17 deny'
badfile '2: set protocol: already set in line 1' 'set protocol mptcp allow' \
	'set protocol 262 allow'
badfile '1: set family: "AF_KEY": expected an address family: its name in lower case, without AF_, or its number' \
	'set family AF_KEY allow'
badfile '1: enable: not allowed in a file: it does not add to the configuration' \
	'enable --evict'
badfile '2: subnet: expected add, del or list' '#' subnet '#'
badfile '1: "subnet#": unknown command' 'subnet# add'
badfile '1: ends with a carriage return: save it with Unix line ends' 'range add uid 1-2\r'
badfile '1: ends with a carriage return: save it with Unix line ends' '# comment\r'
badfile '2: ends with a carriage return: save it with Unix line ends' '' '\r'
echo alice:1 >"$tmp/subuid"
badfile "1: subuid sync: $tmp/subuid:1: not NAME:FIRST:COUNT" "subuid sync $tmp/subuid"
echo 1000:4294967290:6 >"$tmp/subuid"
badfile "1: subuid sync: $tmp/subuid:1: not NAME:FIRST:COUNT" "subuid sync $tmp/subuid"
printf '%s\n' 1000:100000:65536 1001:165535:1 >"$tmp/subuid"
badfile "2: subuid sync: $tmp/subuid: lines 1 and 2 give the same UIDs to two owners" \
	'range add uid 1-2' "subuid sync $tmp/subuid"
badfile "1: subuid sync: $tmp/nowhere: No such file or directory" "subuid sync $tmp/nowhere"
badfile '2: control character 0x00' '' 'range add uid 1-2\0 garbage'
badfile '1: control character 0x1b' '# \033]0;title'
badfile '1: too many words' "range add uid 1-2$(printf ' vni 1%.0s' {1..999})"

printf 'range add uid 0-1' >"$tmp/conf"
run load - <"$tmp/conf"
outcome 1 'load: <stdin>:1: range add: "0-1": UID 0 can never be managed'
result 'load -: standard input, no newline at its end'

run -j load - <"$tmp/conf"
[ "$status" -eq 1 ] && [ ! -s "$tmp/err" ] && jq -e '. == {
	error: "load: <stdin>:1: range add: \"0-1\": UID 0 can never be managed",
	exit: 1, file: "<stdin>", line: 1 }' "$tmp/out" >"$tmp/err"
result '-j load -: error, file and line'

run -j load "$tmp/none"
[ "$status" -eq 1 ] && jq -e --arg f "$tmp/none" '. == {
	error: "load: \($f): No such file or directory",
	exit: 1, code: "ENOENT", file: $f }' "$tmp/out" >"$tmp/err"
result '-j load: no such file: error, file and code'

run load "$tmp/none"
outcome 1 "load: $tmp/none: No such file or directory"
result 'load: no such file'

run load "$tmp"
outcome 1 "load: $tmp: Is a directory"
result 'load: a directory'

# --- printing

run help
[ "$status" -eq 0 ] && [ ! -s "$tmp/err" ] && grep -qxF "  $subnet" "$tmp/out"
result 'help'

[ -z "$(awk 'length > 80' "$tmp/out")" ]
result 'help: no line is longer than 80 characters'

# help_of WORDS LINES: WORDS print help that has these commands and no other
help_of()
{
	local words
	read -r -a words <<<"$1"
	run "${words[@]}"
	[ "$status" -eq 0 ] && [ ! -s "$tmp/err" ] && [ -z "$(awk 'length > 80' "$tmp/out")" ] &&
		[ "$(grep -c '^  [a-z]' "$tmp/out")" = "$2" ] &&
		grep -q "^  ${3-${words[0]}}" "$tmp/out"
	result "$1: help"
}
for words in 'subnet --help' 'subnet -h' 'subnet help' 'help subnet'; do
	help_of "$words" 3 'subnet add'
done
help_of 'subnet add --help' 1 'subnet add PREFIX'
help_of 'subnet add 10.0.0.0/8 --help' 1 'subnet add PREFIX'
help_of 'help subnet add' 1 'subnet add PREFIX'
help_of 'why --help' 1 'why UID'
help_of 'help verify' 1 'verify \[--uids'
help_of 'verify -h' 1 'verify \[--uids'
for word in $("$uvnadm" -j help | jq -r '.[].command | split(" ")[0]' | sort -u); do
	help_of "help $word" "$("$uvnadm" -j help | jq "map(select(.command |
		split(\" \")[0] == \"$word\")) | length")" "$word"
done
bad 'help: "nothing": unknown command' help nothing
bad 'help: subnet: "nothing": expected add, del or list' help subnet nothing
bad 'help: "x": unexpected word' help why x
bad '"nothing": unknown command' nothing --help
run -j help subnet
[ "$status" -eq 0 ] && [ "$(jq -r '.[].command | split(" ")[0]' "$tmp/out" | uniq)" = subnet ]
result '-j help subnet'

run --help
[ "$status" -eq 0 ] && cmp -s "$tmp/out" <("$uvnadm" -h)
result '--help, -h'

run -j help
[ "$status" -eq 0 ] && jq -e 'length > 10 and all(.[]; .command and .help)' "$tmp/out" >/dev/null
result '-j help'

run -V
[ "$status" -eq 0 ] && grep -q '^uvnadm  [0-9]' "$tmp/out"
result '-V'

run -j version
[ "$status" -eq 0 ] && [ "$(jq -r .uvnadm "$tmp/out")" = \
	"$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$here/../dkms.conf")" ]
result '-j version is that of dkms.conf'

run $'\033[31mred\n'
outcome 2 '"?[31mred?": unknown command'
result 'control characters are not echoed'

run -j $'\377\n"'
[ "$status" -eq 2 ] && [ "$(jq -r .error "$tmp/out")" = '"??"": unknown command' ]
result '-j copes with what is not UTF-8'

"${wrap[@]}" "$uvnadm" help >/dev/full 2>"$tmp/err"
[ $? -eq 1 ] && grep -q '^uvnadm: cannot write: ' "$tmp/err"
result 'a full disk is an error'

missing=$("$uvnadm" -j help | jq -r '.[].command' | while read -r noun verb _; do
	case $verb in [a-z]*) noun="$noun $verb" ;; esac
	grep -q "^\.It Cm $noun\( \|$\)" "$here/uvnadm.8" || echo "$noun"
done)
echo "$missing" >"$tmp/out"
[ -z "$missing" ]
result 'the manual has all commands'

missing=$(sed -n '/^static const struct check checks/,/^}/s/^\t{ "\([a-z0-9-]*\)", doctor_[a-z_0-9]*,.* },$/\1/p' "$here/doctor/doctor.c" |
	while read -r check; do
		grep -qE "^\.It (.*, )?$check( ,|\$)|^\.It .* , $check( |\$)" "$here/uvnadm.8" ||
			echo "$check"
	done)
echo "$missing" >"$tmp/out"
[ -z "$missing" ]
result 'the manual has all checks of doctor'

diff <(sed -n 's/^\tUVN_[A-Z_]*("\([^"]*\)", .*/\1/p' "$here/../kmod/socket/hook.c") \
	<(sed -n 's/^\t"\([a-z_0-9]*\)",$/\1/p' "$here/doctor/hook.c") >"$tmp/out"
result 'doctor knows what the module intercepts'

# --- doctor: the words

bad 'doctor: "all": expected --root, --nagios or nothing more' doctor all
bad 'doctor: DIR is missing (doctor [--root DIR] [--nagios])' doctor --root
bad "doctor: $tmp/none: No such file or directory" doctor --root "$tmp/none"
bad "doctor: $tmp/conf: not a directory" doctor --root "$tmp/conf"

# --- completion

completes '' "$("$uvnadm" -j help | jq -r '.[].command | split(" ")[0]' | uniq | tr '\n' ' ')"
completes 'subnet' 'add del list '
completes '-j,user' 'list show add del '
completes 'show' ''
completes 'range,add' 'uid '
completes 'range,add,uid,1-2' 'vni '
completes 'range,add,uid,1-2,vni,1' ''
completes 'set' 'unmatched table-base audit nat-ports idle-timeout child-netns subordinate nat-flows-per-user outer-netfilter firewall-vrf view view-sockets family protocol '
completes 'cgnat' 'add del list '
completes 'cgnat,add,100.64.0.0/10' 'snat '
completes 'cgnat,add,100.64.0.0/10,snat,192.0.2.1' ''
completes 'direct' 'add del list '
completes 'direct,add,10.0.0.0/8' ''
completes 'set,unmatched' 'deny allow '
completes 'set,audit' 'on off '
completes 'set,family,packet' 'allow deny '
completes 'set,protocol' 'icmp tcp udp dccp icmpv6 l2tp sctp udplite raw smc mptcp '
completes 'status' '--nagios '
completes 'save' '<file> '
completes 'help,subnet' 'add del list '
completes 'help' "$("$uvnadm" -j help | jq -r '.[].command | split(" ")[0]' | uniq | tr '\n' ' ')"
completes 'enable' '--evict '
completes 'enable,--evict' ''
completes 'load' '--check <file> '
completes 'load,--check' '<file> '
completes 'monitor' '--since-start '
completes 'monitor,--since-start' ''
completes 'why,1234,10.0.0.1' 'tcp udp --nagios '
completes 'why,1234,10.0.0.1,udp' '--nagios '
completes 'verify' '--uids --peer --rsh --outside --nagios '
completes 'verify,--uids' ''
completes 'verify,--peer,node2' '--uids --rsh --outside --nagios '
completes 'doctor' '--root --nagios '
completes 'doctor,--root' '<file> '
completes 'doctor,--root,x' '--nagios '
completes 'doctor,--root,x,--nagios' ''
completes 'nothing' ''
completes 'subnet,nothing' ''
completes 'subnet,add,x,nothing' ''

run complete set family ''
[ "$status" -eq 0 ] && [ "$(wc -l <"$tmp/out")" -eq 45 ] && grep -qx packet "$tmp/out" &&
	! grep -vqx '[a-z][a-z0-9]*' "$tmp/out"
result 'complete set family: all names'

# --- without the module

if [ "$("$uvnadm" -j version | jq .module)" = null ]; then
	none='the uvn module is not loaded (modprobe uvn)'
	run enable
	outcome 1 "enable: $none"
	result 'enable without the module'

	run -j enable --evict
	[ "$status" -eq 1 ] && [ "$(jq -r .error "$tmp/out")" = "enable: $none" ]
	result '-j enable --evict without the module'

	for words in show 'user show' 'user show 1000'; do
		# shellcheck disable=SC2086	# words
		run $words
		outcome 1 "${words% 1000}: $none"
		result "$words without the module"
	done

	run -j user list
	[ "$status" -eq 1 ] && [ "$(jq -r .error "$tmp/out")" = "user list: $none" ]
	result '-j user list without the module'

	run -j monitor --since-start
	[ "$status" -eq 1 ] && [ "$(cat "$tmp/out")" = \
		"{\"error\":\"monitor: $none\",\"exit\":1,\"code\":\"ENOENT\"}" ]
	result '-j monitor without the module: an error in one line'

	# Without the module nobody is isolated, which is known, and not unknown.
	run status
	outcome 1 "status: $none"
	result 'status without the module: nobody is isolated'
	plugin 2 "UVN CRITICAL - status: $none" status --nagios
	plugin 2 "UVN CRITICAL - verify: $none" verify --nagios
	plugin 3 "UVN UNKNOWN - why: $none" why 1234 10.0.0.1 --nagios
	run -j status --nagios
	[ "$status" -eq 2 ] && jq -e '.exit == 1 and .code == "ENOENT"' "$tmp/out" >"$tmp/err"
	result '-j status --nagios'

	# What cannot be saved leaves what is there.
	printf '# kept\nrange add uid 1-2\n' >"$tmp/keep"
	cp "$tmp/keep" "$tmp/kept"
	run save "$tmp/keep"
	outcome 1 "save: $none" && cmp -s "$tmp/keep" "$tmp/kept"
	result 'save FILE without the module: the file stays as it is'

	run load "$here/uvn.conf.example"
	outcome 1 "load: $here/uvn.conf.example: $none"
	result 'load of the example without the module'

	# Extremes that must pass the program's own checks.
	for words in 'range add uid 1-16777215' 'range add uid 4278190080-4294967294 vni 1' \
		     'subnet add fd00::/8 port 65535 group ff02::1' \
		     'subnet add 192.168.80.0/21 port 1 group 239.255.255.255' \
		     'subnet add 10.0.0.1/32 port 801' 'range add uid 5-5 vni 16777215' \
		     'set table-base 256' 'set table-base 4278190080' \
		     'set audit on' 'set family 0 allow' 'set family 63 deny' \
		     'set family mctp allow' 'set family unix deny' \
		     'set protocol 0 deny' 'set protocol 511 allow' \
		     'set protocol raw deny' 'set protocol mptcp allow' \
		     'set nat-ports 1-65535' 'set nat-ports 61000-61000' \
		     'set nat-flows-per-user 0' 'set nat-flows-per-user 16777216' \
		     'cgnat add 100.64.0.0/10' 'cgnat add 100.64.0.0/10 snat 192.0.2.1' \
		     'cgnat add fd00::/64 snat 2001:db8::1' 'cgnat del fd00::/64' \
		     'direct add 10.0.0.1/32' 'direct add 2001:db8::/32' \
		     'direct del ::1/128' 'cgnat list' 'direct list' \
		     'user show 4294967294' 'subnet del ::/0' 'why 0 10.0.0.1' \
		     'why 4294967294 10.0.0.1:65535 udp' 'why 1 [fd00::1]:1' \
		     'why 1 ::ffff:10.0.0.1 tcp' 'why root [::1]' 'why 1 [::1:22]' \
		     'why 1 fd00:1:2:3:4:5:6:7' 'why 1 2001:db8:80::2' \
		     'user show daemon' 'user del daemon --force' 'user add nobody' \
		     'publish add tcp 8888 from 10.0.0.0/8' \
		     'publish del udp 1 from ::/0' 'publish add udp 1-2 from ::/0' \
		     'verify --uids 1,4294967294' 'verify --peer n --rsh a' \
		     'verify --outside 2001:db8::1 65535 --uids 2,1'; do
		read -r -a word <<<"$words"
		run "${word[@]}"
		case ${word[0]} in
		why) outcome 3 "${word[0]}: $none" ;;
		verify) outcome 1 "${word[0]}: $none" ;;
		*) outcome 1 "${word[0]} ${word[1]}: $none" ;;
		esac
		result "$words passes"
	done

	# The image of a node, of which doctor says what is wrong before it runs:
	# finds CHECK:SEVERITY...
	finds()
	{
		local status=0

		"${wrap[@]}" "$uvnadm" -j doctor --root "$tmp/image" >"$tmp/out" 2>"$tmp/err" ||
			status=$?
		# What depends on the machine that this runs on.
		jq -r '.[] | select(.check | IN("privilege", "subnets", "accounts", "ports",
			"rules", "devices", "tables") | not) | "\(.check):\(.severity)"' \
			"$tmp/out" | paste -sd ' ' >"$tmp/seen"
		[ "$status" -eq 1 ] && [ ! -s "$tmp/err" ] && [ "$(cat "$tmp/seen")" = "$*" ] &&
			jq -e 'all(.[]; (.text | length) > 0 and (.remedy | length) > 0)' \
				"$tmp/out" >/dev/null
		result "doctor finds $*"
	}

	mkdir -p "$tmp/image"/{boot,etc,lib/modules/9.9,proc/sys/kernel,sys/kernel/tracing}
	echo 9.9 >"$tmp/image/proc/sys/kernel/osrelease"
	finds kernel-options:note modules:warning module:error symbols:note config:warning

	sed -n '/^static const struct need options/,/^};/s/^\t{ "\([A-Z0-9_]*\)",.*/CONFIG_\1=m/p' \
		"$here/doctor/kernel.c" >"$tmp/image/boot/config-9.9"
	sed -n '/^static const struct need modules/,/^};/s/^\t{ "\([a-z0-9_]*\)",.*/kernel\/\1.ko.xz: x/p' \
		"$here/doctor/kernel.c" | tr _ - >"$tmp/image/lib/modules/9.9/modules.dep"
	sed -n 's/^\t"\([a-z_0-9]*\)",$/\1/p' "$here/doctor/hook.c" \
		>"$tmp/image/sys/kernel/tracing/available_filter_functions"
	cp "$here/uvn.conf.example" "$tmp/image/etc/uvn.conf"
	finds module:error

	echo 'updates/uvn.ko:' >>"$tmp/image/lib/modules/9.9/modules.dep"
	finds module:warning

	sed -i s/^CONFIG_NET_L3_MASTER_DEV=m/CONFIG_NET_L3_MASTER_DEV=n/ "$tmp/image/boot/config-9.9"
	sed -i /udp-tunnel/d "$tmp/image/lib/modules/9.9/modules.dep"
	sed -i /security_socket_bind/d "$tmp/image/sys/kernel/tracing/available_filter_functions"
	echo 'set audit on' >"$tmp/image/etc/uvn.conf"
	finds kernel-options:error modules:error modules:error module:warning symbols:error \
		ranges:warning audit:error

	# Who may not read a file does not know what is in it.
	if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
		chmod 755 "$tmp"
		chmod 600 "$tmp/image/etc/uvn.conf" "$tmp/image/boot/config-9.9" \
			"$tmp/image/lib/modules/9.9/modules.dep" \
			"$tmp/image/sys/kernel/tracing/available_filter_functions"
		setpriv --reuid 65534 --clear-groups "$uvnadm" -j doctor --root "$tmp/image" \
			>"$tmp/out" 2>"$tmp/err"
		[ $? -eq 3 ] && [ "$(jq -r '.[] | select(.check | IN("kernel-options", "modules",
			"module", "symbols", "config", "audit", "ranges")) |
			"\(.check):\(.severity)"' "$tmp/out" | paste -sd ' ')" = \
			"kernel-options:unknown modules:unknown module:unknown symbols:unknown config:unknown ranges:unknown audit:unknown" ]
		result 'doctor: what may not be read cannot be told, and is not missing'
		setpriv --reuid 65534 --clear-groups "$uvnadm" doctor --nagios --root "$tmp/image" \
			>"$tmp/out" 2>"$tmp/err"
		[ $? -eq 3 ] && grep -q '^UVN UNKNOWN - .*unknown' "$tmp/out"
		result 'doctor --nagios: nor is it well'
		chmod -R a+r "$tmp/image"
	fi
	run doctor --nagios --root "$tmp/image"
	[ "$status" -eq 2 ] && [ "$(wc -l <"$tmp/out")" -eq 1 ] &&
		grep -q '^UVN CRITICAL - [0-9]* checks, errors [1-9]' "$tmp/out"
	result 'doctor --nagios: one line'

	echo 'set audit maybe' >"$tmp/image/etc/uvn.conf"
	finds kernel-options:error modules:error modules:error module:warning symbols:error \
		config:error

	for ((i = 1; i <= 20000; i++)); do
		echo "range add uid $i-$i vni $i	# one of many"
	done >"$tmp/conf"
	run load "$tmp/conf"
	outcome 1 "load: $tmp/conf: $none"
	result 'load of 20000 lines'
else
	echo "ok $((++count)) # SKIP the module is loaded" >>"$tmp/results"
fi

echo "KTAP version 1"
echo "1..$count"
cat "$tmp/results"
[ $failed -eq 0 ]
