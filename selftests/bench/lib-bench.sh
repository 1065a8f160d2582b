# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What bench, growth and profile share: three set-ups on the same nodes, and a table
# of rows.
#
#	plain	no uvn; any user can do that to any other
#	stock	as a script at login would have it: a VRF for each user, with a
#		vxlan device of its own for each subnet, multicast group and
#		learning; off the subnets a CGNAT address, iptables' SNAT,
#		ip_forward and a route back
#	uvn	this module
#
#	node 1 em1 --- em1 node 2	192.168.80.N/21, mtu 9000; with dual=1 also
#					2001:db8:80::N/64
#	node 1 ib0 --- ib0 node 2	192.168.40.N/21, mtu 2044
#	node 1 eth0 -- eth0 server	10.99.0.N/24, mtu 1500
#
# Meant for a guest that counts instructions (vm.sh -i -c 1): a nanosecond is one
# there, and both ends run on the one CPU, so that a round trip is all the work of
# both.

# shellcheck disable=SC2317,SC2034	# functions and variables are the scripts'
# shellcheck source-path=SCRIPTDIR source=../lib/lib-outside.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib/lib-outside.sh"

bench=$lib/uvn_bench
setup='' remote=''
device=()	# what users' sockets are bound to

far() { # NAME PORT COMMAND... : the far end, run by whom
	spawn "$1" "${@:3}" serve "$2"
	busywait 60 grep -q ready "$work/$1"
}

near() { # MEASURE ARGUMENT... : by 1234 on node 1
	user 1 1234 "$bench" "${device[@]}" "$@"
}

plain_up() { device=() remote=192.168.80.2; }
plain_down() { :; }

# For a user; the inner addresses are the same for all of them.
login() { # NODE UID
	local ip="ip -n n$1-$seed" vrf=vrf$2 cgnat="100.64.$(($2 >> 8 & 255)).$(($2 & 255))"
	local dev n=44
	$ip link add "$vrf" type vrf table "$2" &&
	$ip link set "$vrf" up &&
	$ip addr add 127.0.0.1/8 dev "$vrf" &&
	$ip route replace unreachable default metric 4278198272 table "$2" || return
	for dev in em1 ib0; do
		$ip link add "vx$2$dev" type vxlan id "$2" group "239.1.1.$n" \
			dev $dev dstport 8$n &&
		$ip link set "vx$2$dev" master "$vrf" &&
		$ip link set "vx$2$dev" up &&
		$ip addr add "10.$n.0.$1/24" dev "vx$2$dev" || return
		n=$((n + 1))
	done
	[ "$1" = 1 ] || return 0
	$ip addr add "$cgnat/32" dev "$vrf" &&
	$ip route replace default via 10.99.0.2 dev eth0 src "$cgnat" table "$2" &&
	$ip route replace "$cgnat/32" dev "$vrf"
}
# The first login. The table local goes behind the VRFs' rule, or 127.0.0.1 would not be
# the VRF's.
first_login() { # NODE
	batch "$1" <<-IP
	rule add pref 32765 table local
	rule del pref 0
	IP
	login "$1" 1234
}
stock_up() {
	local n
	for n in 1 2; do
		root $n sysctl -qw net.ipv4.ip_forward=1
		first_login $n || return
	done
	root 1 iptables-legacy -t nat -A POSTROUTING -s 100.64.0.0/10 -o eth0 \
		-j SNAT --to-source 10.99.0.1
	device=(-d vrf1234) remote=10.44.0.2
}
stock_down() {
	root 1 iptables-legacy -t nat -F
	root 1 modprobe -r iptable_nat
}

uvn_up() {
	insmod "$UVN_KO" && configure 1 && configure 2 &&
		adm 1 cgnat add 100.64.0.0/10 &&
		adm 1 set idle-timeout 0 && adm 2 set idle-timeout 0 || return
	device=() remote=192.168.80.2
}
uvn_down() {
	adm 1 disable && adm 2 disable && unload
}

# New for each set-up: a namespace that has had a rule for routes never forgets.
bench_nodes() {
	local host n
	seed=$(printf '%04x%04x' $RANDOM $RANDOM)
	for host in 1 2 server; do
		ip netns add "n$host-$seed" &&
		ip -n "n$host-$seed" link set lo up &&
		root $host sysctl -qw net.ipv4.ping_group_range="0 2147483647" \
			net.ipv6.conf.default.router_solicitations=0 || return
	done
	cable 1 em1 2 em1 9000 && cable 1 ib0 2 ib0 2044 &&
	cable 1 eth0 server eth0 1500 || return
	for n in 1 2; do
		batch $n <<-IP || return
		addr add 192.168.80.$n/21 brd + dev em1
		addr add 192.168.40.$n/21 brd + dev ib0
		${dual:+addr add 2001:db8:80::$n/64 dev em1 nodad}
		IP
	done
	batch 1 <<-IP &&
	addr add 10.99.0.1/24 brd + dev eth0
	route add default via 10.99.0.2
	IP
	batch server <<<"addr add 10.99.0.2/24 brd + dev eth0"
	sleep 5	# what the devices themselves say at first
}

# Do something in a set-up. Its user 1234 has far ends on node 2, on node 1 and
# outside, at port 5000; the system has one on node 2, at port 5001.
in_setup() { # SETUP COMMAND...
	local host
	setup=$1
	shift
	bench_nodes && "${setup}_up" &&
		far far 5000 user 2 1234 "$bench" "${device[@]}" &&
		far self 5000 user 1 1234 "$bench" "${device[@]}" &&
		far system 5001 root 2 "$bench" &&
		far server 5000 root server "$bench" || exit
	"$@" || exit
	kill "${background[@]}"
	wait "${background[@]}" 2>/dev/null
	background=()
	hang_up 1 2 server
	"${setup}_down" || exit
	for host in 1 2 server; do
		ip netns del "n$host-$seed"
	done
}

#
# Rows of a table
#

# In what follows, only rows whose name begins with one of these words, if there
# are any.
begin_rows() { # TABLE [ROW...]
	json=${UVN_OUT:-$work}/$1.json
	results=$work/results
	felt=${UVN_OUT:-$work}/cost
	only=("${@:2}")
}

wanted() { # ROW
	local r
	[ ${#only[@]} != 0 ] || return 0
	for r in "${only[@]}"; do
		[[ $1 != "$r"* ]] || return 0
	done
	return 1
}

row() { # ROW COMMAND... : what it prints is what it costs
	local name=$1 value
	shift
	wanted "$name" || return 0
	if ! value=$("$@" 2>&1); then
		echo "$setup, $name: $value" >&2
		exit 1
	fi
	printf '%s\t%s\t%s\n' "$name" "$setup" "$value" >>"$results"
	feels "$name" "$value"
}

# What a CPU would feel of it, if the guest counts that (vm.sh -C): the last line is about
# all that was between the marks, and so many of the instructions there are one's.
feels() { # ROW VALUE
	[ -s "$felt" ] || return 0
	tail -n 1 "$felt" | awk -v row="$1" -v setup="$setup" -v one="$2" '{
		printf "%s\t%s\t%s", row, setup, one
		for (i = 2; i <= NF; i++)
			printf "\t%.1f", $i * one / $1
		print ""
	}' >>"$results-felt"
	: >"$felt"
}

# Locked operations and wrongly predicted returns of uvn beyond those of plain, in the
# turns where they were least.
felt_more() { # ROW
	[ -s "$results-felt" ] || return 0
	awk -F'\t' -v row="$1" '
		$1 == row && !($2 in least && least[$2] <= $4 + $5) { least[$2] = $4 + $5 }
		END {
			if ("plain" in least && "uvn" in least)
				printf "%.1f\n", least["uvn"] - least["plain"]
		}' "$results-felt"
}

# With cycles, by the weights that performance.rst explains.
felt_table() {
	[ -s "$results-felt" ] || return 0
	sort -s -t"$(printf '\t')" -k1,1 "$results-felt" | awk -F'\t' '
		BEGIN {
			printf "%-42s %-6s %9s %7s %7s %7s %7s %7s %7s %9s\n", "", "",
				"instr.", "locked", "returns", "indir.", "L1I", "L1D",
				"L2", "cycles"
		}
		{
			cycles = $3 * 0.3 + $4 * 18 + ($5 + $6) * 20 + ($7 + $8) * 12 + $9 * 45
			printf "%-42s %-6s %9d %7s %7s %7s %7s %7s %7s %9d\n", $1, $2, $3, $4,
				$5, $6, $7, $8, $9, cycles
		}'
}

# KiB that the kernel has allocated after a command that makes N of something, for
# one.
allocated() {
	awk '$1 == "SUnreclaim:" || $1 == "Percpu:" { n += $2 } END { print n }' \
		/proc/meminfo
}
takes() { # N COMMAND...
	local before
	before=$(allocated)
	"${@:2}" >"$work/takes" || return
	echo $((($(allocated) - before) / $1))
}

# Nanoseconds that the CPU is busy with a command that does N of something, for one.
busy() {
	local cpu ns
	while read -r cpu _ _ _ _ _ _ ns _; do
		[ "$cpu" != cpu0 ] || echo "$ns"
	done </proc/schedstat
}
spends() { # N COMMAND...
	local before
	before=$(busy)
	"${@:2}" >"$work/spends" || return
	echo $((($(busy) - before) / $1))
}

# Prints it: of several turns the least.
table() {
	jq -Rn '[inputs | split("\t") | {row: .[0], setup: .[1], value: (.[2] | tonumber)}]
		| reduce .[] as $r ([]; (if any(.[]; .row == $r.row) then .
			else . + [{row: $r.row}] end)
			| map(if .row == $r.row then .[$r.setup] += [$r.value] else . end))
		| map(. as $all | {row}
			+ (del(.row) | map_values(min))
			+ {apart: ([$all[] | arrays | (max - min) / ([max, 1] | max)] | max)}
			| if .plain and .uvn then .to_plain = .uvn / .plain else . end
			| if .stock and .uvn and .stock > 0 then .to_stock = .uvn / .stock else . end)' \
		<"$results" >"$json" || return
	echo "kernel $(uname -r); instructions for one, or what the row says"
	jq -r 'def ratio: if . then . * 1000 | round / 1000 else "-" end;
		["", "plain", "stock", "uvn", "/ plain", "/ stock", "apart"],
		(.[] | [.row, (.plain, .stock, .uvn | if . then round else "-" end),
			(.to_plain, .to_stock | ratio),
			"\(.apart * 1000 | round / 10) %"]) | @tsv' "$json" |
		awk -F'\t' '{ printf "%-48s %9s %9s %9s %7s %7s %7s\n", $1, $2, $3, $4, $5, $6, $7 }'
	felt_table
}

modprobe -a "${stands_on[@]}" vrf vxlan {tcp,udp,raw}_diag || exit
chmod 755 "$work"

