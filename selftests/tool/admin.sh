#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What an administrator must not do, with a reason of one line each and no
# change of anything; and what changes while uvn is enabled.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
nl=$lib/uvn_nl
ns=n1-$seed

needs_own_module
ktap_begin
if ! nodes 2; then
	echo "Bail out! no nodes"
	exit 1
fi

# Refused with this status and one line that says this.
bad() { # DESCRIPTION STATUS PATTERN WORDS... : of uvnadm
	local what=$1 want=$2 pattern=$3 status=0 err
	shift 3
	err=$(adm 1 "$@" 2>&1 >"$work/out" </dev/null) || status=$?
	[ $status = "$want" ] && [ ! -s "$work/out" ] &&
		[[ $err != *$'\n'* ]] && [[ $err =~ $pattern ]]
	status=$((2 * status + ($? ? 1 : 0)))
	printf '%s\n' "uvnadm $*: status $((status / 2)), expected $want: $err" \
		"expected: $pattern" "on standard output: $(<"$work/out")" >"$work/check"
	ktap_result $((status % 2)) "$what"
}

unchanged() { # AFTER WHAT
	equal "$1: nothing was changed" "$(<"$work/saved")" "$(adm 1 save 2>&1)"
}

# Without the module.
for words in enable disable status "subnet list" save "user list" \
	"subnet add 10.0.0.0/8 port 1"; do
	# shellcheck disable=SC2086	# words
	bad "no module: $words" 1 "module" $words
done
load || exit 1

# An empty configuration.
adm 1 save >"$work/saved"
bad "enable without a range" 1 "range" enable
bad "user add before enable" 1 "enabled" user add 1234
bad "user show before enable" 1 "no network" user show 1234
bad "user del before enable" 1 "no network" user del 1234
bad "removing what is not there: subnet" 1 "no such subnet" subnet del 10.0.0.0/8
bad "removing what is not there: range" 1 "no such range" range del uid 1000-2000

unchanged "not enabled"

# A configuration, and a good one first: what else is bad is bad beside it.
check "load a configuration and enable it" configure 1
adm 1 save >"$work/saved"
check "save gives something" test -s "$work/saved"
before=$(snapshot 1)

bad "prefix without length" 2 "length" subnet add 10.0.0.0 port 1
bad "prefix that is none" 2 "10.0.0/8" subnet add 10.0.0/8 port 1
bad "prefix length 33" 2 "33" subnet add 10.0.0.0/33 port 1
bad "prefix length -1" 2 "10.0.0.0/-1" subnet add 10.0.0.0/-1 port 1
bad "prefix length with a zero before" 2 "10.0.0.0/08" subnet add 10.0.0.0/08 port 1
bad "prefix length 0" 1 "prefix length" subnet add 0.0.0.0/0 port 1
bad "host bits" 2 "host bits" subnet add 10.0.0.1/8 port 1
bad "IPv6 prefix length 129" 2 "129" subnet add 2001:db8::/129 port 1
bad "IPv6 host bits" 2 "host bits" subnet add 2001:db8::1/32 port 1
bad "IPv6 link-local prefix" 1 "unicast" subnet add fe80::/10 port 1
bad "IPv6 multicast prefix" 1 "unicast" subnet add ff02::/16 port 1
bad "IPv4 group of an IPv6 subnet" 2 "." subnet add 2001:db8::/32 port 1 group 239.1.1.1
bad "multicast prefix" 1 "unicast" subnet add 224.0.0.0/4 port 1
bad "port 0" 2 "1 to 65535" subnet add 10.0.0.0/8 port 0
bad "port 65536" 2 "1 to 65535" subnet add 10.0.0.0/8 port 65536
bad "port 4294967297" 2 "1 to 65535" subnet add 10.0.0.0/8 port 4294967297
bad "port by name" 2 "number" subnet add 10.0.0.0/8 port http
bad "port missing" 2 "port" subnet add 10.0.0.0/8
bad "group that is none" 2 "multicast" subnet add 10.0.0.0/8 port 1 group 10.1.1.1
bad "subnet there already" 1 "exists" subnet add 192.168.80.0/21 port 5
bad "subnet within another" 1 "overlaps.*192.168.80.0/21" subnet add 192.168.80.0/24 port 5
bad "subnet around others" 1 "overlaps" subnet add 192.168.0.0/16 port 5
bad "port used twice" 1 "801.*192.168.80.0/21" subnet add 10.0.0.0/8 port 801
bad "FIRST above LAST" 2 "above" range add uid 2000000-1000000
bad "UID 0" 2 "UID 0" range add uid 0-10
bad "UID 4294967295" 2 "4294967295" range add uid 100000-4294967295
bad "UID alone" 2 "FIRST-LAST" range add uid 100000
bad "UIDs that are none" 2 "number" range add uid a-b
bad "UID negative" 2 "number" range add uid -1-5
bad "UIDs overlap" 1 "overlaps.*1000-59999" range add uid 59999-60000 vni 9000000
bad "UIDs overlap, within" 1 "overlaps.*1000-59999" range add uid 2000-3000 vni 9000000
bad "VNIs overlap" 1 "VNI.*1000-59999" range add uid 100000-100010 vni 59999
bad "VNIs overlap those of the UIDs" 1 "VNI" range add uid 500000-500001
bad "VNIs pass the last" 2 "16777215" range add uid 100000-100010 vni 16777210
bad "VNIs pass the last, without a number" 2 "16777215" range add uid 16777214-16777216
bad "VNI 0" 2 "1 to 16777215" range add uid 100000-100010 vni 0
bad "VNI 16777216" 2 "1 to 16777215" range add uid 100000-100010 vni 16777216
bad "unknown noun" 2 "subnets" subnets add 10.0.0.0/8 port 1
bad "unknown verb" 2 "put" subnet put 10.0.0.0/8 port 1
bad "unknown word" 2 "prot" subnet add 10.0.0.0/8 prot 1
bad "prefix of a word" 2 "sub" sub add 10.0.0.0/8 port 1
bad "word too many" 2 "." subnet add 10.0.0.0/8 port 1 please
bad "no word" 2 "."
bad "unknown option" 2 "." --force enable
bad "unknown setting" 2 "colour" set colour red
bad "unknown value" 2 "maybe" set unmatched maybe
bad "table-base too small" 2 "256" set table-base 255
bad "table-base too large" 2 "4278190080" set table-base 4278190081
bad "user 0" 2 "UID 0" user add 0
bad "user in no range" 1 "no range" user add 60000
bad "user without a network" 1 "no network" user show 4321
bad "user without a network, del" 1 "no network" user del 4321

check "a pool, as a good one" adm 1 cgnat add 100.64.0.0/10
check "a direct prefix" adm 1 direct add 192.168.80.200/32
check "subordinate UIDs" adm 1 subuid add 300000-365535 uid 1234
check "and others, of who has none" adm 1 subuid add 500000-500001 uid 600000
check "and nobody's" adm 1 subuid add 4294967294-4294967294
check "a port that users may take, as one says" \
	adm 1 subnet add 172.16.0.0/16 port 4789 unprivileged
equal "list has it" "172.16.0.0/16 4789 - yes" \
	"$(adm 1 subnet list | grep '^172' | tr -s ' ')"
adm 1 save >"$work/saved"
for line in "subuid add 300000-365535 uid 1234" "subuid add 4294967294-4294967294" \
	"subnet add 172.16.0.0/16 port 4789 unprivileged" "set subordinate 100000-1879048191"; do
	check "saved: $line" grep -qx "$line" "$work/saved"
done
bad "subordinate UIDs there already" 1 "overlaps subordinate UIDs 300000-365535" \
	subuid add 300000-365535 uid 1234
bad "some of them" 1 "overlaps subordinate UIDs 300000-365535" \
	subuid add 365535-365536 uid 9876
bad "around them" 1 "overlaps subordinate UIDs 300000-365535" \
	subuid add 299999-365536
bad "in a range" 1 "overlaps range uid 1000-59999" subuid add 59999-60000 uid 1234
bad "a range around them" 1 "overlaps subordinate UIDs 300000-365535" \
	range add uid 200000-300000 vni 9000000
bad "the system's UIDs" 1 "UID 61184 is the system's" subuid add 60000-65535 uid 1234
bad "the owner is one of another's" 1 "UID 300001, is a subordinate UID" \
	subuid add 400000-400001 uid 300001
bad "the owner is one of them" 1 "UID 400000, is a subordinate UID" \
	subuid add 400000-400001 uid 400000
bad "another owner is one of them" 1 "UID 600000, is a subordinate UID" \
	subuid add 600000-600001 uid 1234
bad "subordinate UIDs that are not there" 1 "no such subordinate" \
	subuid del 300000-365534
bad "a file that is not there" 1 "nowhere: No such file" subuid sync "$work/nowhere"
echo "1234:300000" >"$work/subuid"
bad "a line that is none" 1 "subuid:1: not NAME:FIRST:COUNT" subuid sync "$work/subuid"
printf '%s\n' 1234:400000:10 9876:400009:10 >"$work/subuid"
bad "UIDs of two owners" 1 "lines 1 and 2 " subuid sync "$work/subuid"
printf '%s\n' 1234:400000:10 "" "# more" 9876:61180:10 >"$work/subuid"
bad "UIDs of the system's" 1 "subuid:4: UID 61184 is the system's" \
	subuid sync "$work/subuid"
for port in 1024 4790 65535; do
	bad "port $port, which users may take" 1 "port $port .*unprivileged" \
		subnet add 10.0.0.0/8 port $port
done
root 1 sysctl -qw net.ipv4.ip_unprivileged_port_start=802
bad "port 900, where users may take it" 1 "port 900 .*unprivileged" \
	subnet add 10.0.0.0/8 port 900
unchanged "ports and subordinate UIDs"
check "a port below is root's alone" adm 1 subnet add 10.0.0.0/8 port 803 unprivileged
adm 1 subnet del 10.0.0.0/8
root 1 sysctl -qw net.ipv4.ip_unprivileged_port_start=1024
bad "pool there already" 1 "exists" cgnat add 100.64.0.0/10
bad "pool within another" 1 "overlaps.*100.64.0.0/10" cgnat add 100.70.0.0/16
bad "pool in a subnet" 1 "overlaps subnet 192.168.80.0/21" cgnat add 192.168.81.0/24
bad "pool around a subnet" 1 "overlaps subnet" cgnat add 192.168.0.0/16
bad "subnet in a pool" 1 "overlaps subnet" subnet add 100.65.0.0/16 port 99
ip -n "$ns" addr add 10.77.0.1/24 dev ib0
bad "pool with an address of the node" 1 "10.77.0" cgnat add 10.77.0.0/24
ip -n "$ns" route add 10.78.0.0/16 dev ib0
bad "pool with a route" 1 "10.78.0.0/16" cgnat add 10.78.3.0/24
ip -n "$ns" route del 10.78.0.0/16
ip -n "$ns" addr del 10.77.0.1/24 dev ib0
bad "pool with host bits" 2 "host bits" cgnat add 10.79.0.1/24
bad "IPv6 pool shorter than 64" 1 "64 to 128" cgnat add fd64::/48
bad "snat of another family" 2 "." cgnat add 10.79.0.0/24 snat fd64::1
bad "snat in the pool" 1 "snat" cgnat add 10.79.0.0/24 snat 10.79.0.1
bad "snat in another pool" 1 "snat" cgnat add 10.79.0.0/24 snat 100.64.0.1
bad "no such pool" 1 "no such" cgnat del 10.79.0.0/24
bad "direct prefix there already" 1 "exists" direct add 192.168.80.200/32
bad "direct prefix around another" 1 "overlaps" direct add 192.168.80.0/24
bad "direct prefix that is a subnet" 1 "subnet 192.168.40.0/21" direct add 192.168.40.0/21
bad "no such direct prefix" 1 "no such" direct del 10.79.0.0/24
bad "nat-ports the wrong way round" 2 "." set nat-ports 62000-61000
bad "nat-ports with 0" 2 "." set nat-ports 0-100
bad "nat-ports where the system's are" 1 "ip_local_port_range" set nat-ports 60000-62000

unchanged "bad words"
adm 1 cgnat del 100.64.0.0/10
adm 1 direct del 192.168.80.200/32
adm 1 save >"$work/saved"

# While enabled.
bad "table-base while enabled" 1 "enabled" set table-base 1000000
printf '%s\n' "subnet add 192.168.80.0/21 port 801" >"$work/norange"
bad "last range while enabled" 1 "range" load "$work/norange"
adm 1 load - <<<"range add uid 1000-59999"
adm 1 save >"$work/saved"
bad "last range while enabled, del" 1 "range" range del uid 1000-59999
configure 1
adm 1 save >"$work/saved"

unchanged "while enabled"

# load is all or nothing, and says which line.
for line in "subnet add 10.1.0.0/33 port 1" "subnet add 10.128.0.0/9 port 78" \
	"subnet add 10.1.0.0/16 port 801" "range add uid 5-1001 vni 8000000" \
	"range add uid 900-999 vni 1000" nonsense enable "subnet del 10.0.0.0/8" \
	"set unmatched allow" "set table-base 7777777"; do
	{
		note "all of this is new"
		echo "subnet add 11.0.0.0/8 port 77"
		echo "subnet add 10.0.0.0/8 port 78"
		sed 's/^set.*//' "$work/saved"
		echo "set unmatched deny"
		echo "$line"
	} >"$work/file"
	last="file:$(wc -l <"$work/file"): "
	[ "$line" != "set table-base 7777777" ] || last=enabled
	bad "load, error in the last line: $line" 1 "$last" load "$work/file"
done
bad "load, no such file" 1 "No such file" load "$work/nofile"
bad "load, a directory" 1 "directory" load "$work"
printf 'range add uid 100000-100001\0\n' >"$work/file"
bad "load, a zero byte" 1 "0x00" load "$work/file"
head -c 100000 /dev/urandom >"$work/file"
bad "load, noise" 1 "." load "$work/file"

unchanged "load"

# Privileges.
refuses "as a user" 1 CAP_NET_ADMIN user 1 1234 "$uvnadm" disable
refuses "as root of a user namespace" 1 CAP_NET_ADMIN \
	user 1 1234 unshare -Ur "$uvnadm" subnet add 10.0.0.0/8 port 1
# enable, disable, config-add, -del, -replace, user-get, -add, -del, the last three of 1234;
# own.sh has what one may ask about oneself
commands=(2 3 5 6 7 8 9 10)
equal "every command as a user" "1 1 1 1 1 1 1 1" \
	"$(user 1 9876 "$nl" can "${commands[@]}" | paste -sd ' ')"
equal "every command as root of a user namespace" "1 1 1 1 1 1 1 1" \
	"$(user 1 9876 unshare -Ur "$nl" can "${commands[@]}" | paste -sd ' ')"
equal "and in a network namespace of the user's own" "1 1 1 1 1 1 1 1" \
	"$(user 1 9876 unshare -Urn "$nl" can "${commands[@]}" | paste -sd ' ')"
refuses "in a network namespace of the user's own" 1 "CAP_NET_ADMIN" \
	user 1 1234 unshare -Urn "$uvnadm" range add uid 1000-2000
refuses "a user cannot listen to events" 1 "membership" user 1 1234 "$nl" monitor
check "a user may see the status" user 1 1234 "$uvnadm" status
unchanged "privileges"
equal "and the node is as it was" "$before" "$(snapshot 1 | grep -v u1234)"

# What uvnadm would not send.
root 1 timeout 120 "$nl" bad >"$work/bad"
equal "all bad messages were answered" 0 $?
while read -r name err why; do
	case $name in
	# A set of no items, a set of no changes, and an address that may be of
	# 16 bytes one day: what is right or wrong with them is for the kernel.
	prefix-of-4-bytes) continue ;;
	esac
	printf '%s\n' "error $err: $why" >"$work/check"
	[ "$err" != 0 ] && [ "$err" != 11 ] && [ "$err" -lt 130 ]
	ktap_result $? "bad message refused: $name ($err)"
done <"$work/bad"
check "there were more than 80" test "$(wc -l <"$work/bad")" -gt 80
equal "they changed nothing" "$(cat "$work/saved")" "$(adm 1 save)"
equal "still enabled" true "$(adm 1 -j status | jq .enabled)"

# A port in use: neither enable nor a change gets half-way.
check "disable" adm 1 disable
before=$(snapshot 1)
check "root has port 801" serve_root blocker 1 udp 0.0.0.0 801
bad "enable with a port in use" 1 "801" enable
equal "port in use: nothing was changed" "$before" "$(snapshot 1)"
cannot "port in use: the module is not in use" grep -qx '[1-9].*' /sys/module/uvn/refcnt
kill "${background[-1]}"
wait "${background[-1]}" 2>/dev/null
check "enable once it is free" adm 1 enable
check "root has port 4444" serve_root blocker 1 udp 0.0.0.0 4444
bad "subnet add with a port in use" 1 "4444" subnet add 10.0.0.0/8 port 4444 unprivileged
printf '%s\n' "range add uid 1000-59999" "subnet add 10.1.0.0/16 port 3333 unprivileged" \
	"subnet add 10.2.0.0/16 port 4444 unprivileged" >"$work/file"
bad "load with a port in use" 1 "4444" load "$work/file"
check "the other port was not kept" serve_root second 1 udp 0.0.0.0 3333

# A file can be tried against the node.
adm 1 save >"$work/now"
sed -i 's/3333/3334/' "$work/file"
bad "load --check with a port in use" 1 "4444" load --check "$work/file"
sed 's/1000/70000/' "$work/file" >"$work/wrong"
bad "load --check of what is wrong anyway" 1 "wrong:1: range add: .*first" \
	load --check "$work/wrong"
sed -i 's/4444/4445/' "$work/file"
check "load --check of what would be taken" adm 1 load --check "$work/file"
equal "it is told as commands" "$(grep ^subnet "$work/now" | sed 's/^/- /'
	grep ^subnet "$work/file" | sed 's/^/+ /')" \
	"$(adm 1 load --check "$work/file" | grep subnet)"
equal "and in JSON" '["10.1.0.0/16","10.2.0.0/16"]' \
	"$(adm 1 -j load --check "$work/file" | jq -c '[.added.subnets[].prefix] | sort')"
equal "what is in force makes no difference" "" "$(adm 1 load --check "$work/now")"
equal "nothing was changed" "$(<"$work/now")" "$(adm 1 save)"
# shellcheck disable=SC2016	# eval
check "nor a port kept" eval \
	'serve_root third 1 udp 0.0.0.0 4445 && kill "${background[-1]}"'

# What is taken with a word of warning, and the others without.
said() { # DESCRIPTION PATTERN WORDS...
	local what=$1 pattern=$2
	shift 2
	adm 1 "$@" >/dev/null 2>"$work/err"
	check "$what" grep -q "$pattern" "$work/err"
}
said "a subnet's port that is a service's" "warning: .*123.*ntp" \
	subnet add 10.9.0.0/16 port 123
said "snat of nobody here" "warning: .*203.0.113.9 is no address" \
	cgnat add 100.64.0.0/10 snat 203.0.113.9
adm 1 cgnat del 100.64.0.0/10
adm 1 cgnat add 100.64.0.0/10 snat 192.168.80.1 2>"$work/err"
equal "none for an own address" "" "$(<"$work/err")"
printf '%s\n' "range add uid 1000-59999" "subnet add 10.9.0.0/16 port 53" >"$work/file"
said "nor in a file" "warning: .*file:2: .*53.*domain" load --check "$work/file"
equal "in JSON they are members" 1 "$(adm 2 -j subnet add 10.9.0.0/16 port 53 |
	jq '.warnings | length')"
adm 2 subnet del 10.9.0.0/16
adm 1 load "$work/now"

# Enabled is one thing, isolated another.
spawn other root 1 "$lib/uvn_as" /run/netns/"$ns" 76000 sleep 1000
busywait 10 pgrep -u 76000 sleep
adm 1 disable
check "a user's server is older" serve older 1 1234 udp 0.0.0.0 8000
adm 1 subnet add 10.9.0.0/16 port 9
adm 1 enable 2>"$work/err"
check "enable says: a UID of no range runs something" grep -q "warning: .*76000" "$work/err"
check "a socket is older" grep -q "warning: .*sockets outside.*1234" "$work/err"
check "no interface is in a subnet" grep -q "warning: .*10.9.0.0/16" "$work/err"
cannot "but for the others" grep -q "192.168" "$work/err"
equal "in JSON, too" true "$(adm 1 -j enable | jq '.not_isolated | length >= 3')"
check "the log says who enabled it" eval \
	'dmesg | grep -q "uvn: enabled in network namespace .* by uvnadm.*, UID 0"'
check "who disabled it" eval 'dmesg | grep -q "uvn: disabled in .* by uvnadm"'
adm 1 set audit on
adm 1 set audit off
check "who turned auditing on" eval 'dmesg | grep -q "uvn: audit on: .* by uvnadm"'
check "and off" eval 'dmesg | grep -q "uvn: audit off in .* by uvnadm"'
kill "${background[@]:(-2)}"
adm 1 load "$work/now"

# Where the ports have become anybody's, a node is not isolated if one is taken.
adm 1 load "$work/saved"
root 1 sysctl -qw net.ipv4.ip_unprivileged_port_start=802
check "while it is enabled the ports are uvn's" adm 1 enable
check "disable" adm 1 disable
bad "enable with a port that users may take" 1 "port 802 .*unprivileged" enable
equal "it is not enabled" false "$(adm 1 -j status | jq .enabled)"
root 1 sysctl -qw net.ipv4.ip_unprivileged_port_start=1024
check "enable with one that they may not" adm 1 enable

# What /etc/subuid says, and nothing else.
printf '%s\n' 1234:400000:10 nobody-there:410000:10 9876:400100:10 100:420000:5 \
	0:420003:10 1234:400005:10 1234:50000:10 >"$work/subuid"
cat >"$work/want" <<-WANT
subuid add 400000-400014 uid 1234
subuid add 400100-400109 uid 9876
subuid add 410000-410009
subuid add 420000-420012 uid 100
WANT
check "subuid sync" eval "adm 1 subuid sync $work/subuid 2>$work/warned"
equal "is what is in force" "$(cat "$work/want")" "$(adm 1 save | grep ^subuid)"
check "it says what it leaves out" grep -q \
	"subuid:7: left out: 50000-50009 overlaps the range 1000-59999" "$work/warned"
check "and whom it does not know" grep -q "no account nobody-there" "$work/warned"
{
	grep -v ^subuid "$work/saved"
	echo "subuid sync $work/subuid"
} >"$work/file"
adm 1 load "$work/saved"
check "a file may say so" adm 1 load "$work/file"
equal "with the same result" "$(cat "$work/want")" "$(adm 1 save | grep ^subuid)"
refuses "no user may" 1 "CAP_NET_ADMIN" user 1 1234 "$uvnadm" subuid add 700000-700001
: >"$work/subuid"
check "nobody has any" adm 1 subuid sync "$work/subuid"
equal "nobody has any in force" "" "$(adm 1 save | grep ^subuid)"
adm 1 load "$work/saved"

# save and load on another node.
{
	cat "$work/saved"
	echo "subnet add 10.0.0.0/8 port 9 group 239.1.1.1"
	echo "range add uid 100000-100000 vni 7"
} >"$work/file"
sed -i 's/^set unmatched.*/set unmatched allow/' "$work/file"
check "another node loads a configuration" adm 2 load "$work/file"
adm 2 save >"$work/first"
check "and saves it" test -s "$work/first"
check "the first node loads that" adm 1 load "$work/first"
equal "byte for byte" "$(od -c "$work/first")" "$(adm 1 save | od -c)"
tac "$work/first" | grep -v '^#' >"$work/file"
check "in another order" adm 2 load "$work/file"
equal "byte for byte" "$(od -c "$work/first")" "$(adm 2 save | od -c)"
adm 1 load "$work/saved"
equal "back to the beginning" "$(cat "$work/saved")" "$(adm 1 save)"

# save into a file.
file=$work/save/uvn.conf
mkdir "$work/save"
saves() { # what is in force, into the file; nothing is left beside it
	adm 1 save "$file" && [ "$(ls -A "$work/save")" = uvn.conf ]
}
same_as_before() {
	cmp "$file" "$work/old" && [ "$(stat -c '%a %u %g' "$file")" = "$(<"$work/stat")" ] &&
	[ "$(ls -A "$work/save")" = uvn.conf ]
}
remember() {
	cp "$file" "$work/old"
	stat -c '%a %u %g' "$file" >"$work/stat"
}
check "save into a new file" saves
equal "which has what save prints" "$(adm 1 save)" "$(cat "$file")"
cat >"$file" <<'END'
# The site's own words.

set unmatched deny	# nobody else
set idle-timeout 5   # was a trial
set family packet allow # for tcpdump
  subnet add   192.168.80.0/21 port 801  # Ethernet
subnet add 10.55.0.0/16 port 5555        # is not there any more
range add uid 1000-59999
set protocol 17 allow                    # as it is anyway
END
printf '# the end, without a newline' >>"$file"
chmod 640 "$file"
chown 1:2 "$file"
check "other things are in force" eval '
	adm 1 publish add tcp 8888 from 10.0.0.0/8 && adm 1 set family vsock allow'
check "save into a file with comments" saves
cat >"$work/want" <<'END'
# The site's own words.

set unmatched deny	# nobody else
set idle-timeout 600
  subnet add   192.168.80.0/21 port 801  # Ethernet
range add uid 1000-59999
set protocol 17 allow                    # as it is anyway
# the end, without a newline
END
equal "what holds stays as it is, what does not is gone" "$(<"$work/want")" \
	"$(head -8 "$file")"
equal "what is new comes behind, and nothing that is as by default" \
	"$(adm 1 save | grep -vE '^set (unmatched|table-base|audit|nat-ports|idle-timeout|child-netns|subordinate|nat-flows-per-user|outer-netfilter|firewall-vrf|view|view-sockets)|192.168.80.0/21 port|1000-59999')" \
	"$(tail -n +9 "$file")"
equal "mode and owner are as they were" "640 1 2" "$(stat -c '%a %u %g' "$file")"
adm 1 save >"$work/force"
check "it loads" adm 1 load "$file"
equal "and is what was in force" "$(<"$work/force")" "$(adm 1 save)"
remember
check "save again" saves
check "changes nothing" same_as_before
equal "in JSON: how many lines" '{"kept":11,"removed":1,"added":0}' "$(
	echo 'cgnat add 10.66.0.0/16' >>"$file"
	adm 1 -j save "$file" | jq -c .)"
equal "a single port is one" 'publish add tcp 8888-8888 from 10.0.0.0/8' \
	"$(grep ^publish "$file")"

# A file of subordinate UIDs stands for what it says, as long as that is in force.
printf '%s\n' 1234:700000:10 9876:700010:10 >"$work/subuid"
echo "subuid sync $work/subuid" >>"$file"
check "a file that names a file of subordinate UIDs" adm 1 load "$file"
check "with another besides" adm 1 subuid add 710000-710009 uid 1234
check "save" saves
equal "the file stands for what it says" \
	"subuid sync $work/subuid"$'\n''subuid add 710000-710009 uid 1234' \
	"$(grep ^subuid "$file")"
adm 1 save >"$work/force"
check "it loads" adm 1 load "$file"
equal "and is what was in force" "$(<"$work/force")" "$(adm 1 save)"
check "one of them is in force no more" adm 1 subuid del 700010-700019
check "save" saves
equal "the lines stand for themselves" \
	$'subuid add 700000-700009 uid 1234\nsubuid add 710000-710009 uid 1234' \
	"$(grep ^subuid "$file" | sort)"
adm 1 subuid del 700000-700009
adm 1 subuid del 710000-710009
check "save without any" saves

remember
echo 'subnt add 10.0.0.0/8' >>"$file"
remember
bad "save into a wrong file" 1 "uvn.conf:$(wc -l <"$file"): \"subnt\"" save "$file"
check "leaves it as it is" same_as_before
sed -i '$d' "$file"
remember
bad "save into a directory" 1 "Is a directory" save "$work/save"
ln -s uvn.conf "$work/link"
bad "save through a symbolic link" 1 "symbolic link: give the file .*uvn.conf" save "$work/link"
bad "save into a device" 1 "not a regular file" save /dev/null
bad "save nowhere" 1 "No such file" save "$work/none/uvn.conf"
chmod 777 "$work/save"
check "who may not write the file" sh -c "! '$lib/uvn_as' /run/netns/$ns 1234 \
	'$uvnadm' save '$file' 2>'$work/said' && grep -q 'Permission denied' '$work/said'"
check "has not" same_as_before
chmod 755 "$work/save"
mount --bind "$work/save" "$work/save"
mount -o remount,ro,bind "$work/save"
bad "save where nothing may be written" 1 "Read-only" save "$file"
umount "$work/save"
check "nothing was" same_as_before
mkdir "$work/full"
mount -t tmpfs -o size=16k none "$work/full"
cp "$file" "$work/full/uvn.conf"
head -c 1M /dev/zero >"$work/full/rest" 2>/dev/null
bad "save to a full disk" 1 "as it was: No space" save "$work/full/uvn.conf"
check "the file is as it was" cmp "$work/full/uvn.conf" "$work/old"
alone() {
	rm "$work/full/rest" && [ "$(ls -A "$work/full")" = uvn.conf ]
}
check "and nothing lies beside it" alone
umount "$work/full"
equal "save has what is boolean as a boolean" false "$(adm 1 -j save | jq .settings.audit)"
adm 1 load "$work/saved"

# What monitoring goes by: how all is, as exit status, in JSON and as a plugin.
health() { # STATUS NAGIOS HEALTH WORD
	local status=0
	adm 1 status >"$work/out" || status=$?
	[ "$status" = "$1" ] || { cat "$work/out"; return 1; }
	status=0
	adm 1 status --nagios >"$work/out" || status=$?
	cat "$work/out"
	[ "$status" = "$2" ] && [ "$(wc -l <"$work/out")" = 1 ] &&
		grep -q "^UVN $4 - .*user networks | users=[0-9]" "$work/out" &&
		[ "$(adm 1 -j status | jq -r .health)" = "$3" ]
}
check "monitoring: all is well" health 0 0 ok OK
adm 1 set audit on
check "monitoring: audit" health 1 2 not-isolated CRITICAL
adm 1 set audit off
adm 1 disable
check "monitoring: disabled" health 1 2 not-isolated CRITICAL
check "a socket from before" serve stray 1 1234 tcp 0.0.0.0 7070
adm 1 enable
check "monitoring: a socket outside its network" health 1 1 degraded WARNING
kill "${background[-1]}"
wait "${background[-1]}" 2>/dev/null
check "monitoring: it is gone" health 0 0 ok OK

# Changes while users are connected.
spawn events root 1 "$nl" monitor
busywait 20 grep -q ready "$work/events"
check "node 2 is enabled" configure 2
serve a 2 1234 tcp 0.0.0.0 8000 alice
serve b 2 9876 tcp 0.0.0.0 8000 bob
em() { user 1 1234 "$probe" ask tcp 192.168.80.2 8000 alice; }
ib() { user 1 9876 "$probe" ask tcp 192.168.40.2 8000 bob; }
check "users are connected by both networks" eval "em && ib"
check "subnet del" adm 1 subnet del 192.168.80.0/21
check "what they had by it is gone" all_whole 1 1
cannot "no way by it" em
check "the other is as before" ib
check "an event says that the configuration changed" busywait 10 \
	grep -q "^config enabled=1" "$work/events"
check "subnet add" adm 1 subnet add 192.168.80.0/21 port 801
check "it is back" all_whole 1 2
check "and it works again" eval "em && ib"
check "subnet del and add with another port" eval \
	"adm 1 subnet del 192.168.80.0/21 && adm 1 subnet add 192.168.80.0/21 port 899"
cannot "nodes with other ports do not meet" em
check "on both nodes" eval \
	"adm 2 subnet del 192.168.80.0/21 && adm 2 subnet add 192.168.80.0/21 port 899"
check "they do" em
check "range del" adm 1 range del uid 1000-59999
equal "its networks are gone" "[]" "$(adm 1 -j user list)"
cannot "no VRF is left" ip -n "$ns" link show vrf1234
refuses "no sockets" 4 "socket: .*(13)" user 1 1234 "$probe" bound
check "range add with other VNIs" adm 1 range add uid 1000-59999 vni 1001
check "sockets again" user 1 1234 "$probe" bound
equal "with that VNI" 1235 "$(adm 1 -j user show 1234 | jq .vni)"
cannot "which is another's on the other node" em
old=$(ifindex 1 vrf1234)
sed 's/^subnet add \(.*\) port 801/subnet add \1 port 899/' "$work/saved" >"$work/file"
check "load changes it back" adm 1 load "$work/file"
check "em works again" em
check "in another VRF" test "$old" != "$(ifindex 1 vrf1234)"
check "an event said what came" grep -q "^user-new uid=1234" "$work/events"
check "and what went" grep -q "^user-del uid=1234" "$work/events"
check "disable" adm 1 disable
check "an event says that" busywait 10 grep -q "^config enabled=0" "$work/events"
adm 2 disable
finish
