# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What every suite shares: KTAP, the nodes, users, waiting.
#
#	node 1          node 2          node 3         one namespace each
#	em1  ib0        em1  ib0        em1  ib0       192.168.80.N/21 mtu 9000
#	 |    |          |    |          |    |        192.168.40.N/21 mtu 2044
#	=+====|==========+====|==========+====|=== em
#	======+===============+===============+=== ib  bridges in a namespace
#
# A suite sources this, calls setup, or ktap_begin and then load and nodes, its
# checks, and finish. With dual=1 set before that, em1 has 2001:db8:80::N/64 as well,
# and ib0 2001:db8:40::N/64.
#
# UVNADM names the tool, else it is the one of this tree, or an installed one. UVN_KO
# names the module, else it is the installed one; one that is loaded already, or built
# in, is used and left alone. UVN_KERNEL is 6.1, say, or debug for one with checkers,
# which is slow.

# shellcheck disable=SC2034	# the folder of the suite, for the suite
here=$(cd "$(dirname "$0")" && pwd)
lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(cd "$lib/../.." && pwd)
uvnadm=${UVNADM:-$tree/tools/uvnadm}
[ -x "$uvnadm" ] || uvnadm=$(command -v uvnadm)
UVN_KO=${UVN_KO:-$(modinfo -n uvn 2>/dev/null)}
if [ -z "${UVN_KERNEL-}" ]; then
	UVN_KERNEL=$(uname -r | grep -o '^[0-9]*\.[0-9]*')
	[ ! -e /sys/kernel/debug/kmemleak ] || UVN_KERNEL=debug
fi
work=$(mktemp -d)
# Users run these programs. Where they cannot get at them, as below the home of root
# who installed the suites there, they run copies.
if [ "$(id -u)" = 0 ] &&
	! setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$lib/uvn_probe"; then
	chmod 711 "$work"
	mkdir "$work/lib"
	cp "$lib"/uvn_* "$work/lib/"
	lib=$work/lib
fi
probe=$lib/uvn_probe
seed=$(printf '%04x%04x' $RANDOM $RANDOM)
passed=0 failed=0 number=0
background=()
conserved=()
dual=${dual-}
anybody=${anybody-}
sees=${sees-}

# KTAP has the plan first, and kunit.py reads no other. How many rows there will be is
# known last, so they wait in a file until the suite ends, however it does. It is
# in UVN_OUT, where there is one: there it outlasts a guest that dies. A terminal sees
# rows as they come. Without ktap_begin they are printed at once.
rows=1 rows_file='' whole=''
theirs=''	# the module was there before
[ ! -d /sys/module/uvn ] || theirs=1
ktap_begin() {
	[ "$(id -u)" = 0 ] || skip "this needs root"
	needs ip jq "${uvnadm:-uvnadm}"
	[ -d /sys/module/uvn ] || [ -f "$UVN_KO" ] || skip "no module: UVN_KO names it"
	rows_file=${UVN_OUT:-$work}/rows-$(basename "$0" .sh)
	exec {rows}>"$rows_file"
}

# A row; what a failed check printed stands before it.
ktap_result() { # STATUS DESCRIPTION
	local lines row="ok $((number += 1)) - ${2//#/}"
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		row="not $row"
		mapfile -t lines <"$work/check"
		[ ${#lines[@]} = 0 ] || printf '# %s\n' "${lines[@]}" >&"$rows"
	fi
	echo "$row" >&"$rows"
	[ "$rows" = 1 ] || [ ! -t 2 ] || echo "$row" >&2
}

# What is worth saying between rows.
note() { # WORDS
	echo "# $*" >&"$rows"
}

# The suite cannot run here, which is no verdict; our CI takes it for a failure.
skip() { # REASON
	rows_file=
	printf 'KTAP version 1\n1..1\nok 1 - what it needs # SKIP %s\n' "$1"
	exit 4
}

# Programs by name, and files by path.
needs() { # PROGRAM|FILE...
	local it
	for it; do
		command -v "$it" >/dev/null || [ -e "$it" ] || skip "there is no $it"
	done
}

# For suites that load and remove the module themselves.
needs_own_module() {
	[ -z "$theirs" ] || skip "uvn is loaded already, or built in"
}

# Files of the machine's that a suite changes are at its end as they are now.
conserve() { # FILE...
	local file
	for file; do
		[[ " ${conserved[*]} " != *" $file "* ]] || continue
		conserved+=("$file")
		[ -e "$file" ] || continue
		mkdir -p "$work/conserved${file%/*}" &&
			cp -a "$file" "$work/conserved$file" || return
	done
}

# End what was started, take the nodes away, give back what was conserved.
tidy() {
	local pid ns file
	for pid in "${background[@]}"; do
		kill "$pid" 2>/dev/null
	done
	wait "${background[@]}" 2>/dev/null
	background=()
	for ns in $(ip netns list 2>/dev/null |
		awk -v s="-$seed" 'index($1, s) { print $1 }'); do
		ip netns del "$ns"
	done
	for file in "${conserved[@]}"; do
		if [ -e "$work/conserved$file" ]; then
			cp -a --remove-destination "$work/conserved$file" "$file"
		else
			rm -f "$file"
		fi
	done
	conserved=()
	awk -v dir="$work/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | tac |
		xargs -r umount -l
}

# However a suite ends, it leaves nothing behind, and says what it has seen.
ktap_end() {
	local status=$?
	trap - EXIT
	tidy
	if [ -z "$theirs" ] && [ -d /sys/module/uvn ]; then
		unload
	fi
	if [ -n "$rows_file" ]; then
		if [ -z "$whole" ]; then
			: >"$work/check"
			ktap_result 1 "the suite came to its end"
			[ $status != 0 ] || status=1
		fi
		printf 'KTAP version 1\n1..%s\n' "$number"
		cat "$rows_file"
		echo "# $passed passed, $failed failed"
		rm -f "$rows_file"
	fi
	rm -rf "$work"
	exit $status
}
trap ktap_end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# The command must succeed.
check() { # DESCRIPTION COMMAND...
	local what=$1 status=0
	shift
	"$@" >"$work/check" 2>&1 </dev/null || status=$?
	ktap_result $status "$what"
}

# The command must fail.
cannot() { # DESCRIPTION COMMAND...
	local what=$1 status=0
	shift
	if "$@" >"$work/check" 2>&1 </dev/null; then
		echo "this succeeded: $*" >>"$work/check"
		status=1
	fi
	ktap_result $status "$what"
}

# The command must fail with this status and say this (a grep pattern).
refuses() { # DESCRIPTION STATUS PATTERN COMMAND...
	local what=$1 want=$2 pattern=$3 status=0 result=0
	shift 3
	"$@" >"$work/check" 2>&1 </dev/null || status=$?
	if [ $status != "$want" ] || ! grep -qe "$pattern" "$work/check"; then
		echo "status $status, expected $want and \"$pattern\": $*" \
			>>"$work/check"
		result=1
	fi
	ktap_result $result "$what"
}

# The two words must be equal.
equal() { # DESCRIPTION EXPECTED SEEN
	local status=0
	[ "$2" = "$3" ] || status=1
	printf 'expected: %s\nseen:     %s\n' "$2" "$3" >"$work/check"
	ktap_result $status "$1"
}

# UVN_SHORT=1: of suites that take many minutes the rows that matter most, in two.
in_short() {
	[ -n "${UVN_SHORT-}" ]
}

# In the short form the debug kernel, which is slow, is for what is freed, races or
# fails; what else there is to see the other kernels show.
told_elsewhere() {
	in_short && [ "$UVN_KERNEL" = debug ]
}

# Wait until the command succeeds, at most so long.
busywait() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# What the module stands on, for insmod.
stands_on=(udp_tunnel ip6_udp_tunnel nf_nat nf_socket_ipv4 nf_socket_ipv6)

load() {
	modprobe -a "${stands_on[@]}" {tcp,udp,raw}_diag || return
	[ ! -d /sys/module/uvn ] || return 0
	insmod "$UVN_KO"
}

# Wait for whoever still gives up the module: a connection whose other end has
# gone keeps its namespace, and so uvn in it, until TCP gives up too.
unload() {
	busywait 180 rmmod uvn
}

# Run in a node's network namespace. What is spawned replaces the subshell it
# is spawned in ($replace), so that its id is the program's own.
replace=
root() { # NODE COMMAND...
	local node=$1
	shift
	$replace "$lib/uvn_as" "/run/netns/n$node-$seed" 0 "$@"
}

# Run there as an unprivileged user.
user() { # NODE UID COMMAND...
	local node=$1 uid=$2
	shift 2
	$replace "$lib/uvn_as" "/run/netns/n$node-$seed" "$uid" "$@"
}

adm() { # NODE ARGS... : uvnadm on a node
	local node=$1
	shift
	root "$node" "$uvnadm" "$@"
}

# Start something that runs until finish; its output goes to $work/NAME.
spawn() { # NAME COMMAND...
	local name=$1
	shift
	replace='exec' "$@" >"$work/$name" 2>&1 </dev/null &
	background+=($!)
}

# Servers and clients of the probe; see uvn_probe.c. A server says "ready".
serve() { # NAME NODE UID PROTOCOL ADDRESS PORT [TEXT]
	local name=$1 node=$2 uid=$3
	shift 3
	spawn "$name" user "$node" "$uid" "$probe" serve "$@"
	busywait 20 grep -qx ready "$work/$name"
}

serve_root() { # NAME NODE PROTOCOL ADDRESS PORT [TEXT]
	local name=$1 node=$2
	shift 2
	spawn "$name" root "$node" "$probe" serve "$@"
	busywait 20 grep -qx ready "$work/$name"
}

link_pair() { # NODE DEVICE MTU ADDRESS BRIDGE
	local ns=n$1-$seed
	ip -n "$ns" link add "$2" mtu "$3" type veth \
		peer name "p$1" mtu "$3" netns "$5-$seed" &&
	ip -n "$5-$seed" link set "p$1" master br0 up &&
	ip -n "$ns" link set "$2" up &&
	ip -n "$ns" addr add "$4" brd + dev "$2" || return
	[ -z "$dual" ] || ip -n "$ns" addr add "$(address6 "$4")/64" dev "$2" nodad
}

# 192.168.80.2/21 -> 2001:db8:80::2
address6() { # ADDRESS
	local host net
	IFS=./ read -r _ _ net host _ <<<"$1"
	echo "2001:db8:$net::$host"
}

# By em1, as programs look at that for the address that is their own; nobody is there.
default_routes() { # NODES
	local i
	for i in $(seq "$1"); do
		ip -n "n$i-$seed" route add default via 192.168.80.254 || return
	done
}

# The address of another node by the same network.
of_node() { # NODE ADDRESS
	case $2 in
	*:*) echo "${2%:*}:$1" ;;
	*) echo "${2%.*}.$1" ;;
	esac
}

# People with names, for logins.
declare -A uid_of=([alice]=1234 [bob]=9876 [carol]=70001)
accounts() {
	local who
	chmod 755 "$work"
	mkdir -p "$work/ssh" "$work/home"
	conserve /etc/passwd /etc/group /etc/shadow || return
	# The machine may have people of these names.
	for who in "${!uid_of[@]}"; do
		sed -i "/^$who:/d" /etc/passwd /etc/group /etc/shadow
	done
	ssh-keygen -qt ed25519 -N '' -f "$work/ssh/host" &&
	ssh-keygen -qt ed25519 -N '' -f "$work/ssh/key" || return
	for who in "${!uid_of[@]}"; do
		echo "$who:x:${uid_of[$who]}:${uid_of[$who]}::$work/home/$who:/bin/bash" \
			>>/etc/passwd
		echo "$who:x:${uid_of[$who]}:" >>/etc/group
		echo "$who:*:19000:0:99999:7:::" >>/etc/shadow
		install -d -o "$who" -g "$who" "$work/home/$who"
		install -m 600 -o "$who" -g "$who" "$work/ssh/key" "$work/ssh/$who"
	done
	cat >"$work/ssh/config" <<-CONFIG
	Port 22
	AddressFamily inet
	HostKey $work/ssh/host
	AuthorizedKeysFile $work/ssh/key.pub
	PidFile none
	UsePAM no
	StrictModes no
	PasswordAuthentication no
	UseDNS no
	PrintMotd no
	PrintLastLog no
	LogLevel VERBOSE
	CONFIG
}

sshd() { # NODE: the system's, as root in the default network
	spawn "sshd-$1" root "$1" /usr/sbin/sshd -D -e -f "$work/ssh/config"
	busywait 120 root "$1" "$probe" ask tcp 127.0.0.1 22 SSH-
}

login() { # NODE PERSON ADDRESS COMMAND...: from the node, by ssh
	local node=$1 who=$2
	shift 2
	user "$node" "${uid_of[$who]}" env HOME="$work/home/$who" \
		ssh -F none -i "$work/ssh/$who" -l "$who" -o BatchMode=yes \
		-o ConnectTimeout=30 -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "$@" </dev/null
}

# Make the nodes 1 to N, without uvn configured.
nodes() { # N
	local i net
	for net in em ib; do
		ip netns add $net-"$seed" &&
		ip -n $net-"$seed" link add br0 mtu 9000 type bridge &&
		ip -n $net-"$seed" link set br0 up || return
	done
	for i in $(seq "$1"); do
		ip netns add "n$i-$seed" &&
		ip -n "n$i-$seed" link set lo up &&
		root "$i" sysctl -qw net.ipv4.ping_group_range="0 2147483647" &&
		link_pair "$i" em1 9000 "192.168.80.$i/21" em &&
		link_pair "$i" ib0 2044 "192.168.40.$i/21" ib || return
	done
}

# em1 and ib0 have their link-local addresses a second after they are up. Until then
# another address is the source of what is sent to such.
settled() { # NODE...
	local i
	for i; do
		[ "$(ip -n "n$i-$seed" -6 -o addr show scope link | grep -c .)" -ge 2 ] &&
		[ -z "$(ip -n "n$i-$seed" -6 -o addr show tentative)" ] || return
	done
}

# Configure uvn on a node as every suite expects it, and enable it. With
# anybody=unprivileged the ports may be such as users may take, and with sees=full users
# find their devices by name.
configure() { # NODE
	adm "$1" load - <<-CONFIG &&
	subnet add 192.168.40.0/21 port 802${anybody:+ $anybody}
	subnet add 192.168.80.0/21 port 801${anybody:+ $anybody}
	range add uid 1000-59999
	range add uid 65536-75535
	range add uid 16777215-16777215
	range add uid 2000000000-2000001000 vni 500000
	${sees:+set view $sees}
	${dual:+subnet add 2001:db8:80::/64 port 803${anybody:+ $anybody}}
	${dual:+subnet add 2001:db8:40::/64 port 804${anybody:+ $anybody}}
	CONFIG
	adm "$1" enable
}

# All of a node that a user network may change, to be compared: devices,
# IPv4 addresses, routes, rules, whether system services serve every VRF. The rule
# for l3mdev at 1000 is vrf.ko's, where a suite makes a VRF of that kind, and stays.
snapshot() { # NODE
	local ns=n$1-$seed
	{
		printf '%s\n' "link show" "addr show" "route show table all" "rule show" |
			ip -n "$ns" -4 -o -batch - 2>&1
		printf '%s\n' "route show table all" "rule show" |
			ip -n "$ns" -6 -o -batch - | grep -E 'table [0-9]{4,}|^[0-9]+:'
		root "$1" grep . /proc/sys/net/ipv4/{tcp,udp,raw}_l3mdev_accept
	} | awk '$1 == "1000:" && /l3mdev-table/ { next }
		$2 ~ /:$/ { sub("@.*", ":", $2); print $2; next } $3 == "inet" { print $2, $4; next }
		1' | sort
}

# What is there of one user's network. Nothing if it prints nothing.
remains() { # NODE UID [VNI]
	local ns=n$1-$seed table=$((16777216 + ${3:-$2}))
	ip -n "$ns" -o link show | grep -o "vrf$2[:@]"
	ip -n "$ns" -4 route show table $table 2>/dev/null
	ip -n "$ns" -6 route show table $table 2>/dev/null
	adm "$1" user show "$2" 2>/dev/null
}

# What a user's network has by its lower devices: an address; with one of them, how
# large packets may be.
has_addr() { # NODE UID ADDRESS
	adm "$1" -j user show "$2" | jq -e --arg a "$3/" \
		'any(.links[].addresses[]; startswith($a))'
}
lost_addr() { ! has_addr "$@"; }
mtu_is() { # NODE UID LOWER BYTES
	adm "$1" -j user show "$2" | jq -e --arg lower "$3" \
		"any(.links[]; .lower == \$lower and .mtu == $4)"
}

# Every user network of a node is whole: ready, a VRF, something by so many lower
# devices.
all_whole() { # NODE LOWERS
	adm "$1" -j user list | jq -e --argjson n "$2" 'all(
		.state == "ready" and .vrf_ifindex > 0 and (.links | length) == $n)'
}

ifindex() { # NODE DEVICE
	ip -n "n$1-$seed" -o link show "$2" | cut -d: -f1
}

mac() { # NODE DEVICE
	ip -n "n$1-$seed" -o link show "$2" |
		sed 's/.*link.ether \([^ ]*\).*/\1/'
}

memory() { # KiB that the guest has to give
	awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo
}

now() { # microseconds
	echo "${EPOCHREALTIME/./}"
}

# In a guest that counts instructions (vm.sh -i -c 1 -- env UVN_COUNTED=1 ...) a
# nanosecond is one, and what took some is compared; in others it is only told.
counted=${UVN_COUNTED-}
near() { # WHAT PERCENT BEFORE AFTER : not so much more
	note "$1: $4 ns, without $3 ns"
	[ -z "$counted" ] ||
		check "$1: within $2 %" test $(($4 * 100)) -le $(($3 * (100 + $2)))
}

# A kernel in which a function is copied into its caller, so that nobody comes by the
# place where it is redirected: breakpoints hide the call just as well.
hide() { # FUNCTION : each of its instructions
	local at offset=0
	mapfile -t at < <(grep -A1 " [tT] $1\$" /proc/kallsyms | cut -d" " -f1)
	mkdir -p "$work/tracing" && mount -t tracefs tracefs "$work/tracing" || return
	for ((offset = 0; offset < 0x${at[1]} - 0x${at[0]}; offset++)); do
		echo "p:hidden/at$offset $1+$offset" >>"$work/tracing/kprobe_events"
	done 2>/dev/null
	echo 1 >"$work/tracing/events/hidden/enable"
}
unhide() {
	echo 0 >"$work/tracing/events/hidden/enable" &&
	: >"$work/tracing/kprobe_events" &&
	umount "$work/tracing"
}

setup() { # make, load and configure NODES (default 2)
	local n=${1:-2} i
	ktap_begin
	if ! load || ! nodes "$n"; then
		echo "Bail out! no nodes"
		exit 1
	fi
	for i in $(seq "$n"); do
		configure "$i" || { echo "Bail out! node $i"; exit 1; }
	done
}

# The last of a suite: all it made goes, and so does the module.
finish() {
	tidy
	if [ -z "$theirs" ] && [ -d /sys/module/uvn ]; then
		check "the module can be removed" unload
	fi
	whole=1
	[ "$rows" != 1 ] || echo "1..$number"
	[ $failed = 0 ]
	exit
}
