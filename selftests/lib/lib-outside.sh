# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What suites share that look off the cluster: hosts outside, flows to them, and
# what must not be on a wire. A suite sources this instead of lib.sh, and calls
# begin instead of setup.

# shellcheck disable=SC2317,SC2034	# functions and variables are the suites'
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

flows=$lib/uvn_flows
nl=$lib/uvn_nl
port=7007	# of the echo
server4=10.98.0.2 server6=fd98::2
soon=2 short=1 limit=1000 few=
export UVN_PATIENCE=5
if [ "$UVN_KERNEL" = debug ]; then
	soon=10 short=3 limit=5000 few=1
	UVN_PATIENCE=20
fi

# Two ends of a cable.
cable() { # NODE DEVICE NODE DEVICE MTU
	ip -n "n$1-$seed" link add "$2" mtu "$5" type veth \
		peer name "$4" mtu "$5" netns "n$3-$seed" &&
	ip -n "n$1-$seed" link set "$2" up &&
	ip -n "n$3-$seed" link set "$4" up
}

batch() { # NODE, and lines for ip
	ip -n "n$1-$seed" -batch -
}

# Hosts off the cluster, for nodes that are there; root and user know them by
# these names.
#
#	node N eth0 --+-- router ----- hop ----- server		mtu 1500
#	   10.99.0.N  |   10.99.0.254  10.96.0.253  10.98.0.2
#	     fd99::N  |   fd99::fe     fd96::fd     fd98::2
#	         plain, 192.168.80.50, in em: a host without uvn
#
# "middle" of the router and "middle" of the hop are the two ends of a cable.
outside() { # N
	local i host
	ip netns add "out-$seed" &&
	ip -n "out-$seed" link add br0 type bridge &&
	ip -n "out-$seed" link set br0 up || return
	for host in router hop server plain; do
		ip netns add "n$host-$seed" &&
		ip -n "n$host-$seed" link set lo up || return
	done
	for host in $(seq "$1") router hop server plain; do
		root "$host" sysctl -qw net.ipv6.conf.{all,default}.accept_dad=0 \
			net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 || return
	done
	for host in router hop; do
		root $host sysctl -qw net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1 || return
	done
	link_pair router eth0 1500 10.99.0.254/24 out &&
	link_pair plain em1 9000 192.168.80.50/21 em &&
	# As a real host answers: later than the call that asked.
	tc -n "nplain-$seed" qdisc add dev em1 root netem delay 5ms &&
	cable router middle hop middle 1500 &&
	cable hop eth0 server eth0 1500 || return
	for i in $(seq "$1"); do
		link_pair "$i" eth0 1500 "10.99.0.$i/24" out &&
		batch "$i" <<-IP || return
		addr add fd99::$i/64 dev eth0
		route add default via 10.99.0.254 metric 100
		route add default via fd99::fe metric 100
		IP
	done
	batch router <<-IP &&
	addr add fd99::fe/64 dev eth0
	addr add 10.96.0.254/24 dev middle
	addr add fd96::fe/64 dev middle
	route add 10.98.0.0/24 via 10.96.0.253
	route add fd98::/64 via fd96::fd
	IP
	batch hop <<-IP &&
	addr add 10.96.0.253/24 dev middle
	addr add fd96::fd/64 dev middle
	addr add 10.98.0.254/24 dev eth0
	addr add fd98::fe/64 dev eth0
	route add default via 10.96.0.254
	route add default via fd96::fe
	IP
	batch server <<-IP
	addr add 10.98.0.2/24 dev eth0
	addr add fd98::2/64 dev eth0
	route add default via 10.98.0.254
	route add default via fd98::fe
	IP
}

# Less than that: the server at the other end of node 1's eth0, with what the
# default route leads to.
nearby() {
	server4=10.99.0.2 server6=fd99::2
	ip netns add "nserver-$seed" &&
	ip -n "nserver-$seed" link set lo up &&
	cable 1 eth0 server eth0 1500 &&
	batch server <<-IP &&
	addr add 10.99.0.2/24 dev eth0
	addr add fd99::2/64 dev eth0 nodad
	IP
	batch 1 <<-IP
	addr add 10.99.0.1/24 brd + dev eth0
	addr add fd99::1/64 dev eth0 nodad
	route add default via 10.99.0.2 metric 100
	route add default via fd99::2 metric 100
	IP
}

#
# What is asked, and by whom; 0 is root
#

say() { # NODE UID PROTOCOL ADDRESS [TEXT [SOURCE [PORT]]]
	user "$1" "$2" "$flows" say "$3" "${6:--}" "${7:-0}" "$4" $port "${5-}"
}

# By every protocol to the server, which sees these addresses.
works() { # NODE UID [ADDRESS4 ADDRESS6]
	local p
	for p in tcp udp; do
		say "$1" "$2" $p "$server4" "${3:+$3 }" &&
		say "$1" "$2" $p "$server6" "${4:+$4 }" || return
	done
	say "$1" "$2" icmp "$server4" && say "$1" "$2" icmp "$server6"
}

# By none of the addresses, by TCP or UDP.
reaches_none() { # NODE UID PORT ADDRESS...
	local node=$1 uid=$2 port=$3 a p pids=() bad=0
	shift 3
	for a; do
		for p in tcp udp; do
			UVN_PATIENCE=$short user "$node" "$uid" "$probe" \
				ask $p "$a" "$port" >/dev/null &&
				echo "$p to $a was answered" &
			pids+=($!)
		done
	done
	for p in "${pids[@]}"; do
		! wait "$p" || bad=1
	done
	return $bad
}

# Flows that stay.
declare -A held
hold() { # NAME NODE UID PROTOCOL ADDRESS [PORT]
	spawn "$1" user "$2" "$3" "$flows" hold "$4" "$5" $port ${6:+"$6"}
	held[$1]=${background[-1]}
}

ready() { # NAME...
	local name bad=0
	for name; do
		busywait 30 grep -q '^ready' "$work/$name" && continue
		echo "$name: $(cat "$work/$name")"
		bad=1
	done
	return $bad
}

# What became of all that a flow was asked, and of the last.
outcomes() { # NAME
	local line
	n_outcomes=0 outcome=
	while read -r line; do
		[[ $line =~ ^(again|error|silent) ]] || continue
		n_outcomes=$((n_outcomes + 1))
		outcome=$line
	done <"$work/$1"
}

more() { # NAME N
	outcomes "$1"
	[ $n_outcomes -gt "$2" ]
}

# Ask each once more; what becomes of it must be like this.
asked() { # PATTERN NAME...
	local want=$1 name bad=0 n_outcomes outcome
	local -A before
	shift
	for name; do
		outcomes "$name"
		before[$name]=$n_outcomes
		kill -USR1 "${held[$name]}"
	done
	for name; do
		busywait $((UVN_PATIENCE + 10)) more "$name" "${before[$name]}"
		echo "$name: ${outcome:-nothing}"
		[[ $outcome =~ $want ]] || bad=1
	done
	return $bad
}

seen_at() { # NAME : the address and port that the echo sees
	sed -n 's/^ready \([^ ]* [0-9]*\) .*/\1/p' "$work/$1"
}

translated() { # ADDRESS NAME... : each from there and a port for translation
	local want=$1 name address p bad=0
	shift
	for name; do
		read -r address p <<<"$(seen_at "$name")"
		echo "$name: $address $p"
		[ "$address" = "$want" ] && [ "$p" -ge 61000 ] || bad=1
	done
	return $bad
}

# End what is cut off: TCP would keep it, and so its namespace, for minutes.
hang_up() { # NODE...
	local node
	for node; do
		root "$node" ss -HKta >/dev/null
	done
}

let_go() { # NAME...
	local name
	for name; do
		kill "${held[$name]}"
		unset "held[$name]"
	done
}

fast() { # MILLISECONDS STATUSES COMMAND... : ends in time, with one of these
	local limit=$1 want=$2 start=${EPOCHREALTIME/./} status=0
	shift 2
	"$@" || status=$?
	start=$((${EPOCHREALTIME/./} - start))
	echo "status $status after $((start / 1000)) ms"
	[[ $want == *$status* ]] && [ $start -lt $((limit * 1000)) ]
}

#
# What must not be on any wire, counted where it would arrive
#

at() { # NAMESPACE COMMAND...
	local ns=$1
	shift
	"$lib/uvn_as" "/run/netns/$ns-$seed" 0 "$@"
}

# Count what comes by a device and matches, until told otherwise.
count_at() { # NAMESPACE DEVICE EXPRESSION
	at "$1" nft -f - <<-NFT
	table netdev arrived {
		counter arrived {}
		chain ingress {
			type filter hook ingress device $2 priority -500
			$3 counter name arrived
		}
	}
	NFT
}
arrived() { # NAMESPACE : packets and bytes
	at "$1" nft list counter netdev arrived arrived |
		awk '/packets/ { print $2, $4 }'
}
count_no_more() { # NAMESPACE
	at "$1" nft delete table netdev arrived
}

lookout() { # NAMESPACE DEVICES PREFIX4 PREFIX6 : addresses that belong there
	at "$1" nft -f - <<-NFT
	table netdev lookout {
		counter leak {}
		counter wrong {}
		counter synack {}
		chain ingress {
			type filter hook ingress devices = { $2 } priority 0
			ip saddr 100.64.0.0/10 counter name leak
			arp saddr ip 100.64.0.0/10 counter name leak
			ip6 saddr fd64:ba5e::/64 counter name leak
			ip saddr != $3 meta l4proto { tcp, udp } th sport 61000-65535 counter name wrong
			ip6 saddr != $4 meta l4proto { tcp, udp } th sport 61000-65535 counter name wrong
			tcp flags & (syn | ack) == syn | ack counter name synack
		}
	}
	NFT
}

lookouts=(out em ib)
seen() { # COUNTER
	local ns n=0
	for ns in "${lookouts[@]}"; do
		n=$((n + $(at "$ns" nft list counter netdev lookout "$1" |
			awk '/packets/ { print $2 }')))
	done
	echo "$n"
}

nothing_leaked() { # AFTER-WHAT
	equal "$1: no CGNAT address on any wire" 0 "$(seen leak)"
	equal "$1: no other network's address on a wire" 0 "$(seen wrong)"
}

echoes() { # HOST
	spawn "echo-$1" root "$1" "$flows" echo $port
	busywait 20 grep -q ready "$work/echo-$1"
}

# Without uvn the way is there, and a leak would be seen.
leak() {
	batch 1 <<-IP
	addr add 100.64.9.9/32 dev lo
	addr add fd64:ba5e::9:9/128 dev lo
	IP
	UVN_PATIENCE=1 say 1 0 udp "$server4" "" 100.64.9.9 61234
	UVN_PATIENCE=1 say 1 0 udp "$server6" "" fd64:ba5e::9:9 61234
	batch 1 <<-IP
	addr del 100.64.9.9/32 dev lo
	addr del fd64:ba5e::9:9/128 dev lo
	IP
	[ "$(seen leak)" -ge 2 ] && [ "$(seen wrong)" -ge 2 ] &&
	at out nft reset counters
}

# Two nodes that can have uvn, an echo everywhere, and the lookouts.
begin() {
	local host
	ktap_begin
	if ! load || ! nodes 2 || ! outside 2; then
		echo "Bail out! no nodes"
		exit 1
	fi
	chmod 755 "$work"
	lookout out "p1, p2" 10.99.0.0/24 fd99::/64 &&
	lookout em "p1, p2" 192.168.80.0/21 fd80::/64 &&
	lookout ib "p1, p2" 192.168.40.0/21 fd40::/64
	for host in server plain 1 2; do
		check "the echo of $host" echoes $host
	done
	for host in 1 2; do
		check "root on node $host reaches the server" \
			works $host 0 10.99.0.$host fd99::$host
	done
	check "a leak is seen" leak
}

pools() { # NODE
	adm "$1" cgnat add 100.64.0.0/10 && adm "$1" cgnat add fd64:ba5e::/64
}

# uvn with pools on both nodes.
connect_out() {
	local n
	for n in 1 2; do
		configure $n && pools $n || return
	done
}
