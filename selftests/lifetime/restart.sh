#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Save, disable, another module, load, enable, while everybody is connected:
# which sockets survive, and that the others reach nobody at any time.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib-outside.sh
. "$(dirname "$0")/../lib/lib-outside.sh"

service=7017	# of the system, on node 1
em=192.168.80
# A silent one must not be waited for too long, many times.
UVN_PATIENCE=3
[ "$UVN_KERNEL" != debug ] || UVN_PATIENCE=10

# What users' sockets send may not be seen bare on any wire. On em there are
# VXLAN and the system's service, on the way out the system's own ports.
watch_wires() {
	at em nft -f - <<-NFT &&
	table netdev lookout {
		counter leak {}
		chain ingress {
			type filter hook ingress devices = { p1, p2 } priority 0
			meta l4proto { tcp, udp } th dport { $port, 8001, 8002, 8003, 8004 } counter name leak
			meta l4proto { tcp, udp } th sport { $port, 8001, 8002, 8003, 8004 } counter name leak
		}
	}
	NFT
	root server nft -f - <<-NFT
	table netdev lookout {
		counter leak {}
		chain ingress {
			type filter hook ingress devices = { eth0 } priority 0
			ip saddr 100.64.0.0/10 counter name leak
			ip6 saddr fd64:ba5e::/64 counter name leak
		}
	}
	NFT
}
lookouts=(em nserver)
wires() { # WHEN
	equal "$1: nothing of users' on a wire" 0 "$(seen leak)"
}
forget() { # what those who ask for users' servers have sent
	at em nft reset counters >/dev/null
}
leak_is_seen() {
	root 1 "$probe" cast "$em".2 8001 leak
	ip -n "n1-$seed" addr add 100.64.9.9/32 dev lo
	UVN_PATIENCE=1 say 1 0 udp "$server4" "" 100.64.9.9 61234
	ip -n "n1-$seed" addr del 100.64.9.9/32 dev lo
	[ "$(seen leak)" -ge 2 ] && at em nft reset counters && root server nft reset counters
}

# Servers of users on node 1, and flows of theirs and of the system's.
listeners() { # TEXT [PORT PORT]
	local p
	for p in tcp udp; do
		serve "alice$1$p" 1 1234 "$p" :: "${2:-8001}" "alice$1" &&
		serve "bob$1$p" 1 9876 "$p" :: "${3:-8002}" "bob$1" || return
	done
}
answers() { # TEXT
	local p a
	for p in tcp udp; do
		for a in 127.0.0.1 $em.1 2001:db8:80::1; do
			user 1 1234 "$probe" ask "$p" "$a" 8001 "alice$1" || return
			user 1 9876 "$probe" ask "$p" "$a" 8002 "bob$1" || return
		done
		user 2 1234 "$probe" ask "$p" "$em".1 8001 "alice$1" || return
	done
}
nobody() { # NODE PORT...
	local node=$1 u p pids=() bad=0 addresses=("$em.1" 2001:db8:80::1)
	shift
	[ "$node" = 2 ] || addresses+=(127.0.0.1 ::1)
	for p; do
		for u in 0 1234 9876; do
			reaches_none "$node" "$u" "$p" "${addresses[@]}" &
			pids+=($!)
		done
	done
	for p in "${pids[@]}"; do
		wait "$p" || bad=1
	done
	return "$bad"
}
unreached() { # WHEN
	local n
	wires "$1"
	for n in 1 2; do
		check "$1: nobody on node $n reaches users' old servers" \
			nobody $n 8001 8002
	done
	forget
}

# A user's: on the subnets, within the node, off the subnets, to a service of the
# system's; unconnected ones too.
flows() { # SUFFIX
	local p
	for p in tcp udp loose; do
		hold "far-$p$1" 1 1234 $p $em.2
		hold "self-$p$1" 1 1234 $p 127.0.0.1
		hold "out-$p$1" 1 1234 $p "$server4"
	done
	hold "far6$1" 1 1234 tcp 2001:db8:80::2
	hold "out6$1" 1 1234 tcp "$server6"
	hold "bob$1" 1 9876 udp $em.2
	hold "in$1" 2 1234 tcp $em.1
	port=$service hold "svc$1" 1 1234 tcp $em.1
	port=$service hold "svcfar$1" 2 1234 tcp $em.1
}
names() { # SUFFIX
	local p
	for p in tcp udp loose; do
		printf '%s\n' {far,self,out}-$p"$1"
	done
	printf '%s\n' {far6,out6,bob,in,svc,svcfar}"$1"
}
system=(sys sysout)
survive() { # WHEN
	check "$1: the system's connections live" asked ^again "${system[@]}"
	check "$1: and its services serve" root 2 "$probe" ask tcp $em.1 22 sshd
}
cut() { # WHEN
	check "$1: users' old sockets get an error, or nothing" \
		asked '^(error|silent)' "${old[@]}"
	check "$1: and nothing that they did not ask for" quiet
}
quiet() {
	local name bad=0
	for name in "${old[@]}"; do
		! grep -H ^stray "$work/$name" || bad=1
	done
	return "$bad"
}
strays() { # NODE
	adm "$1" -j status | jq .strays
}

needs_own_module
ktap_begin
if ! load || ! { dual=1 && nodes 2 && nearby; }; then
	echo "Bail out! no nodes"
	exit 1
fi
chmod 755 "$work"
check "wires are watched" watch_wires
check "a leak is seen" leak_is_seen
check "uvn on both nodes" connect_out
check "an echo of the server's" echoes server
check "one of the system's on node 1" spawn echo-sys root 1 "$flows" echo $service
check "a login service on node 1" serve_root sshd 1 tcp :: 22 sshd
spawn echo-2-1234 user 2 1234 "$flows" echo $port
spawn echo-2-9876 user 2 9876 "$flows" echo $port
spawn echo-1-1234 user 1 1234 "$flows" echo $port
echo=${background[-1]}
for name in echo-sys echo-2-1234 echo-2-9876 echo-1-1234; do
	check "$name is ready" busywait 20 grep -q ready "$work/$name"
done
check "users' servers" listeners 1
check "are reached by them" answers 1
flows 1
mapfile -t old < <(names 1)
port=$service hold sys 2 0 tcp $em.1
hold sysout 1 0 tcp $server4
check "connections" ready "${old[@]}" "${system[@]}"
check "go on" asked ^again "${old[@]}" "${system[@]}"
wires "before"
adm 1 save >"$work/conf-1"
adm 2 save >"$work/conf-2"

#
# Disabled
#
check "disable" adm 1 disable
survive "disabled"
cut "disabled"
unreached "disabled"
check "users make sockets in the meantime" listeners stray 8003 8004
check "which are in the system's network" \
	root 1 "$probe" ask tcp 127.0.0.1 8003 alicestray

#
# Another module
#
check "disable on the other node" adm 2 disable
check "rmmod" unload
survive "without the module"
cut "without the module"
unreached "without the module"
check "insmod" load
for n in 1 2; do
	check "load on node $n" adm $n load "$work/conf-$n"
	equal "node $n has its configuration" "$(cat "$work/conf-$n")" "$(adm $n save)"
	check "enable on node $n" adm $n enable
done
check "new sockets work at once: a server" serve new 2 1234 tcp :: 8001 new
check "and who asks it" user 1 1234 "$probe" ask tcp $em.2 8001 new
cannot "but another user" user 1 9876 "$probe" ask tcp $em.2 8001
check "new sockets: off the subnets" say 1 1234 tcp $server4
survive "enabled"
cut "enabled"
unreached "enabled"

#
# What is there of sockets from before
#
check "status counts them" test "$(strays 1)" -gt 10
# The echo has a UDP-Lite socket on 6.1 and 6.12, which the kernel cannot destroy.
kill "$echo"
check "enable --evict" adm 1 enable --evict
equal "then there are none" 0 "$(strays 1)"
survive "evicted"
cut "evicted"
unreached "evicted"
check "evicted: nobody reaches those of the meantime" nobody 1 8003 8004
check "evicted: nor from the other node" nobody 2 8003 8004
forget
check "the same ports serve again" listeners 2
check "and are reached" answers 2
for u in 1234 9876; do
	spawn echo-3-$u user 2 $u "$flows" echo $port
	busywait 20 grep -q ready "$work/echo-3-$u"
done
spawn echo-4-1234 user 1 1234 "$flows" echo $port
busywait 20 grep -q ready "$work/echo-4-1234"
flows -new
mapfile -t new < <(names -new)
check "all that users could do they can again" ready "${new[@]}"
check "it goes on" asked ^again "${new[@]}"
cut "at the end"
wires "at the end"
hang_up 1 2 server

finish
