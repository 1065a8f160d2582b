#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Attacks of one user on another who logs every byte, on one node and between
# nodes, by every technique that uvn_attack has. A breach is a row whose key is
# in the victim's log, or on the wire outside the attacker's own network, or a
# secret of somebody else's in the attacker's log. With the guards there is
# none. With the guards off (audit) there must be some, or this proves nothing.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

attacker=1234 victim=9876
program=$here/uvn_attack
log=$work/log
least=10		# breaches that there must be without guards, at least
modes=(plain uring userns passed exec old setuid cap suid)
core=()			# core=1: not every row
[ "$UVN_KERNEL" != debug ] || core=(core=1)

# Run the rows for a target in a mode.
attack() { # PASS MODE TARGET
	local mode=$2 run=$program
	local words=(prefix="$1-$2-$3" here=1 target="$3" uid="$attacker"
		victim="$victim" vni="$victim" ll="${ll[$3]}")
	[ "$3" != 1 ] || words+=(pid="${pid_of_victim}")
	[ "$2" = plain ] || words+=(core=1)
	words+=("${core[@]}")
	case $2 in
	cap | suid) run=$work/$2 mode=plain ;;
	setuid)
		root 1 "$run" attack setuid "${words[@]}"
		return ;;
	old)
		echo "${words[@]}" >"$work/words"
		mv "$work/words" "$work/when-$1-$3"
		busywait 300 ended "$work/old-$1-$3.pid"
		grep -v ready "$work/old-$1-$3"
		return ;;
	esac
	user 1 "$attacker" "$run" attack "$mode" "${words[@]}"
}

complete() { # FILE: it has as many rows as its last line says
	awk -F'\t' '$1 == "total" { total = $2; next } { n++ }
		END { print n, total; exit total < 20 || n != total }' "$1"
}

ended() { ! kill -0 "$(cat "$1")"; }

old() { # PASS TARGET: makes its sockets now
	spawn "old-$1-$2" user 1 "$attacker" \
		env UVN_WHEN="$work/when-$1-$2" "$program" attack old
	echo "${background[-1]}" >"$work/old-$1-$2.pid"
	busywait 20 grep -qx ready "$work/old-$1-$2"
}

system() { # the system's own Unix socket on node 2
	spawn system root 2 "$program" squat "$log/system" 0 unix
	busywait 20 grep -qx ready "$work/system"
}

squat() { # NAME [before]
	spawn "$1" user 1 "$attacker" "$program" squat "$log/caught" "$victim" ${2+"$2"}
	echo "${background[-1]}" >"$work/$1.pid"
	busywait 20 grep -qx ready "$work/$1"
}

watch_node() { # NODE: the victim, and the wire
	spawn "victim-$1" user "$1" "$victim" "$program" victim "$log/seen-$1" &&
	{ [ "$1" != 1 ] || pid_of_victim=${background[-1]}; } &&
	busywait 20 grep -qx ready "$work/victim-$1" &&
	spawn "sniff-$1" root "$1" "$program" sniff "$log/wire-$1" em1 ib0 &&
	busywait 20 grep -qx ready "$work/sniff-$1"
}

# What the victim's own programs send does arrive, and is logged.
control() { # PASS NODE
	local p
	user 1 "$victim" "$program" attack plain prefix="$1-control-$2" here=1 \
		target="$2" uid="$victim" victim="$victim" only=plain/node core=1 \
		>"$work/control"
	for p in udp4 tcp4 udp6 tcp6; do
		busywait 20 grep -q "^$1-control-$2/$p/plain/node	$p" \
			"$log/seen-$2" || return
	done
}

# Everybody tells their secrets to the ports that the attacker has taken, last
# of all the attacker.
calls() { # PASS
	local pids=()
	root 1 "$program" call "$1-root-1" 127.0.0.1 192.168.80.1 239.1.2.3 ::1 &
	pids+=($!)
	root 2 "$program" call "$1-root-2" 192.168.80.1 239.1.2.3 "${ll[1]}" &
	pids+=($!)
	user 1 "$victim" "$program" call "$1-victim-1" \
		127.0.0.1 192.168.80.1 239.1.2.3 ::1 &
	pids+=($!)
	user 2 "$victim" "$program" call "$1-victim-2" 192.168.80.1 239.1.2.3 &
	pids+=($!)
	wait "${pids[@]}"
	user 1 "$attacker" "$program" call "$1-attacker" 192.168.80.1
	user 2 "$attacker" "$program" call "$1-attacker-2" 192.168.80.1
	busywait 20 grep -q "^$1-attacker	udp4/plain" "$log/caught" &&
	busywait 20 grep -q "^$1-attacker	tcp4/plain" "$log/caught" &&
	busywait 20 grep -q "^$1-root-1	unix" "$log/caught" &&
	busywait 20 grep -q "^$1-attacker-2	unix" "$log/system"
}

families() { # PASS WHO PROGRAM
	user 1 "$attacker" "$3" families >"$work/families-$1-$2"
}

# Every row with what was seen of it: status, technique, errno, seen.
judge() { # PASS
	local mode target
	for mode in "${modes[@]}"; do
		for target in 1 2; do
			sed "/^total/d; s/^/$mode to node $target	/" \
				"$work/rows-$1-$mode-$target"
		done
	done >"$work/rows"
	{
		sed "s/^/squat	/; s/$/	squat/" "$work/squat-$1" "$work/before" |
			grep -v ready
		sed 's/\t/ /g; s/^/families	/; s/$/	-	-/' \
			"$work/families-$1-user"
		sed 's/\t/ /g; s/^/families with cap_net_raw	/; s/$/	-	-/' \
			"$work/families-$1-cap"
	} >>"$work/rows"
	awk -F'\t' -v pass="$1" -v vni="$attacker" '
		function add(key, what) {
			if (index(" " seen[key] ",", " " what ","))
				return
			seen[key] = seen[key] (seen[key] == "" ? "" : ", ") what
		}
		# What a user may have: Unix, netlink, crypto; TCP, UDP, UDP-Lite,
		# ping; raw sockets for who has the capability.
		function allowed(word,    w) {
			split(word, w, " ")
			if (w[1] == 1 || w[1] == 38 || w[1] == 16 && w[3] != 2)
				return 1
			if (w[1] != 2 && w[1] != 10)
				return 0
			if (w[2] == 3)
				return $1 != "families"
			if (w[2] == 1)
				return w[3] == 0 || w[3] == 6
			return w[2] == 2 && (w[3] == 0 || w[3] == 17 ||
				w[3] == 136 || w[3] == (w[1] == 2 ? 1 : 58))
		}
		FILENAME ~ /seen-[0-9]$/ { add($1, "victim " $2); next }
		FILENAME ~ /wire-[0-9]$/ {
			if ($2 !~ "^" vni " ")
				add($1, "wire " ($2 ~ /^[0-9]/ ? "vni " : "") $2)
			next
		}
		# Unix sockets are how users and the system talk.
		FILENAME ~ /caught$/ {
			if (index($1, pass "-") == 1 && $1 !~ /attacker/ &&
			    ($2 !~ /unix/ || $1 !~ /root/))
				add("squat " $2, "caught " substr($1, length(pass) + 2))
			next
		}
		# One row for each family and type, with the protocols there are.
		$1 ~ /^families/ {
			split($2, w, " ")
			key = $1 ": family " w[1] " type " w[2]
			if (!(key in good))
				order[++families] = key
			good[key] = good[key] ""
			if (allowed($2))
				good[key] = good[key] " " w[3]
			else
				bad_family[key] = bad_family[key] " " w[3]
			next
		}
		{
			bad = seen[$4 == "squat" ? "squat " $2 : $4]
			# A name that another user holds is one that nobody holds.
			if (pass == "guarded" && $2 ~ /^unix\// &&
			    $1 ~ /node/ && $3 != "ECONNREFUSED")
				bad = bad " errno"
			print (bad == "" ? "ok" : "not ok") "\t" $1 ": " $2 ": " $3 \
				(bad == "" ? "" : "; seen: " bad)
		}
		END {
			for (i = 1; i <= families; i++) {
				key = order[i]
				bad = bad_family[key]
				print (bad == "" ? "ok" : "not ok") "\t" key ":" good[key] \
					(bad == "" ? "" : "; seen:" bad)
			}
		}
	' "$log"/seen-* "$log"/wire-* "$log/caught" "$work/rows" >"$work/judged-$1"
	cp "$work/judged-$1" "$log"/* "${UVN_OUT:-$work}" 2>/dev/null
	[ -s "$work/judged-$1" ]
}

pass() { # PASS
	local mode target
	check "$1: the attacker takes what belongs to others" squat "squat-$1"
	for mode in "${modes[@]}"; do
		for target in 1 2; do
			attack "$1" "$mode" $target >"$work/rows-$1-$mode-$target" 2>&1
			check "$1: $mode to node $target: no row is missing" \
				complete "$work/rows-$1-$mode-$target"
		done
	done
	check "$1: families" families "$1" user "$program"
	check "$1: families with cap_net_raw" families "$1" cap "$work/cap"
	check "$1: secrets are told, and those arrive that should" calls "$1"
	for target in 1 2; do
		check "$1: the victim's own bytes arrive on node $target" \
			control "$1" $target
		check "$1: the attacker's own network is on the wire at node $target" \
			grep -q "^$1-plain-2/udp4/plain/node	$attacker " "$log/wire-$target"
		check "$1: so it is, over IPv6" \
			grep -q "^$1-plain-2/udp6/plain/node	$attacker " "$log/wire-$target"
	done
	check "$1: the rows are judged" judge "$1"
	kill "$(cat "$work/squat-$1.pid")" 2>/dev/null
}

# A connection whose other end went away with its node would keep its own.
quiet() {
	local node
	for node in 1 2; do
		root "$node" ss -Htn state established state fin-wait-1 state closing \
			state close-wait state last-ack state syn-sent
	done >"$work/connections"
	[ ! -s "$work/connections" ]
}

results() { # FILE: a line of KTAP for each row
	awk -F'\t' -v n=$number '{ print $1, ++n, "- " $2 }' "$1" >&"$rows"
	number=$((number + $(wc -l <"$1")))
	passed=$((passed + $(grep -c '^ok' "$1")))
	failed=$((failed + $(grep -c '^not ok' "$1")))
}

ktap_begin
dual=1
if ! load || ! nodes 2; then
	echo "Bail out! no nodes"
	exit 1
fi
chmod 755 "$work"
mkdir -m 1777 "$log"
touch "$log/caught"
chmod 666 "$log/caught"
# What autoloads is here already: two thousand families and protocols are tried.
for module in sctp dccp_ipv4 dccp_ipv6 tipc vsock_loopback smc rxrpc l2tp_ip \
	l2tp_ip6 rds kcm phonet can qrtr mctp bluetooth nfc atm tun \
	tcp_diag udp_diag raw_diag; do
	modprobe -q $module
done
modprobe=$(cat /proc/sys/kernel/modprobe)
echo >/proc/sys/kernel/modprobe
# With cookies a handshake is answered by no socket.
root 1 sysctl -qw net.ipv4.tcp_syncookies=2
# Some have their VXLAN at a port that anybody may bind.
root 1 sysctl -qw net.ipv4.ip_unprivileged_port_start=0
anybody=unprivileged
# Whoever attacks may know all names and indices.
sees=full
cp "$program" "$work/cap"
cp "$program" "$work/suid"
check "a program with cap_net_raw" setcap cap_net_raw+ep "$work/cap"
check "a program with the set-user-ID bit" chmod 4755 "$work/suid"

declare -A ll
for pass in guarded open; do
	for target in 1 2; do
		check "$pass: sockets for node $target from before uvn is enabled" \
			old $pass $target
	done
done
check "ports bound before uvn is enabled" squat before before
for node in 1 2; do
	configure $node || { echo "Bail out! node $node"; exit 1; }
	ll[$node]=$(ip -n "n$node-$seed" -6 -o addr show dev em1 scope link |
		awk '{ sub("/.*", "", $4); print $4 }')
	check "sockets from before are evicted on node $node" \
		adm $node enable --evict
	check "node $node has a link-local address" [ -n "${ll[$node]}" ]
	check "victim and wire of node $node are watched" watch_node $node
	check "the attacker has a network on node $node" \
		user $node "$attacker" "$probe" bound
done

check "the system listens on a Unix socket" system

# A tree without guards has no audit either.
if adm 1 set audit off >/dev/null 2>&1; then
	pass guarded
	results "$work/judged-guarded"
	for node in 1 2; do
		check "guards off on node $node" adm $node set audit on
	done
else
	note "no guards in this tree"
fi
# It only has to show that there is something to guard against.
modes=(plain old setuid cap)
[ "$UVN_KERNEL" != debug ] || modes=(plain)
pass open
breaches=$(grep -c '^not ok' "$work/judged-open")
sed -n 's/^not ok\t/# breach: /p' "$work/judged-open" >&"$rows"
note "$breaches breaches of $(wc -l <"$work/judged-open") rows"
check "without guards there are breaches" [ "$breaches" -ge $least ]

for pid in "${background[@]}"; do
	kill "$pid" 2>/dev/null
done
check "no connection is left" busywait 20 quiet
echo "$modprobe" >/proc/sys/kernel/modprobe

finish
