#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# uvnadm verify: it holds where all is well, and does not where something is not,
# whatever that is: the guard is off, a service or a node cannot be reached, the site's
# firewall drops what users need, a program sees what it would not see without uvn. It
# says what helps, and leaves nothing behind, also if it is killed.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib-outside.sh
. "$(dirname "$0")/../lib/lib-outside.sh"
dual=1

# The report: JSON in a file; its numbers, and its lines with their reasons and remedies.
verify() { # WORDS...
	local status=0
	adm 1 -j verify "$@" >"$work/report" || status=$?
	jq -r '"\(.verified) \(.ok) \(.failed) \(.uids | tojson)", (.checks[] |
		"\(.result) \(.node // "here") \(.check): \(.detail)" +
		(if .remedy then "; remedy: \(.remedy)" else "" end))' \
		"$work/report" >"$work/lines"
	cat "$work/lines"
	read -r verified n_ok n_failed uids <"$work/lines"
	return "$status"
}
shows() { # RESULT PATTERN... : there are such lines
	local result=$1 p
	shift
	cat "$work/lines"
	for p; do
		grep -q "^$result $p" "$work/lines" || { echo "no line: $p"; return 1; }
	done
}
holds() { # WORDS... : all of it, and it has tried enough
	verify "$@" && [ "$verified $n_failed" = "true 0" ] && [ "$n_ok" -ge 25 ]
}
broken() { # PATTERN WORDS... : it fails, with a line like this
	local p=$1 status=0
	shift
	verify "$@" >/dev/null || status=$?
	shows failed "$p" && [ "$status $verified" = "1 false" ] && [ "$n_failed" -gt 0 ]
}
sound() { # what JSON there is agrees with itself
	jq -e '(.checks | length) == .ok + .failed + .not_tried and
		([.checks[] | select(.result == "failed")] | length) == .failed and
		([.checks[] | select(.result == "ok")] | length) == .ok and
		all(.checks[]; (.result == "ok") == (.detail == null)) and
		all(.checks[]; (.result == "failed") == (.remedy != null)) and
		(.health == "ok") == .verified and
		(.uids | length) == 2' "$work/report"
}
# Firewalls of the site's, on a node.
rules() { # NODE, and the rules
	root "$1" nft -f -
}
# As sites write them: by interface, with a policy that drops; users' packets that stay
# on the node come by lo, and others by the interfaces.
careful() { # NODE
	rules "$1" <<-NFT
	table inet careful {
		chain input {
			type filter hook input priority filter; policy drop;
			ct state established,related accept
			iif lo accept
			iifname { "em1", "ib0" } accept
			meta l4proto ipv6-icmp accept
		}
	}
	NFT
}
groups() { # NODE: the subnets of em1 have a group
	adm "$1" save | sed -e '/^subnet add 192.168.80.0/s/$/ group 239.77.0.1/' \
		-e '/^subnet add 2001:db8:80:/s/$/ group ff05::77:1/' | adm "$1" load -
}
no_groups() { # NODE
	adm "$1" save | sed '/^subnet add/s/ group [^ ]*//' | adm "$1" load -
}
loaded() {
	cut -d' ' -f1 /proc/modules | sort
}
left() { # what a run may not leave, on either node
	local n
	for n in 1 2; do
		adm "$n" -j user list | jq -c 'map(.uid)'
		root "$n" ss -HOtua | grep -v ' UNCONN .*:80[1-4] '
	done
	pgrep -fx ".*uvnadm.* verify.*"
	grep uvnadm-verify /proc/net/unix
}
nothing_left() {
	left >"$work/left"
	cat "$work/left"
	[ "$(<"$work/left")" = $'[]\n[]' ]
}
has() { adm "$1" -j user list | jq -e "any(.uid == $2)"; }
gone() { ! has "$1" "$2"; }
loses() { # SIGNAL : killed as soon as its networks are there
	local pid
	spawn lost adm 1 verify --uids 1401,1402 --outside 10.99.0.7 8080
	pid=${background[-1]}
	busywait 20 has 1 1402
	kill -"$1" "$pid"
	wait "$pid"
	busywait 30 gone 1 1401 && busywait 30 gone 1 1402 &&
		busywait 90 nothing_left # the kernel's TIME-WAIT lasts a minute
}
many() { # N : so many at once, of different UIDs
	local i pids=() bad=0
	for i in $(seq "$1"); do
		adm 1 verify --uids "150$i,160$i" >"$work/many-$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || bad=1
	done
	grep -h failed "$work"/many-*
	return "$bad"
}

setup 2
check "a host off the subnets" nearby
check "it listens" serve_root web server tcp 0.0.0.0 8080 web
check "pools on both nodes" eval 'pools 1 && pools 2'
cat >"$work/rsh" <<RSH
#!/bin/sh
[ "\$1" = node2 ] || exit 255
shift
exec $lib/uvn_as /run/netns/n2-$seed 0 "\$@"
RSH
chmod 755 "$work/rsh"
peer=(--peer node2 --rsh "$work/rsh")
snapshot 1 >"$work/before"
loaded >"$work/modules"

#
# All is well
#

check "this node alone" holds
check "the report is sound" sound
check "it has tried what there is" shows ok "here TCP, 127.0.0.1" "here UDP, ::1" \
	"here TCP, node's addresses" "here UDP, node's IPv6 addresses" \
	"here UDP, both at a port of the system's" "here TCP, user's CGNAT address" \
	"here Unix stream, abstract name" "here IP_PKTINFO with VRF, 127.0.0.1" \
	"here scope id of VRF, ff02::1" "here SO_BINDTODEVICE to VRF, TCP" \
	"here VXLAN by hand, node" "here MPTCP sockets" "here a CGNAT address each" \
	"here interfaces as without uvn" "here TCP, address from getsockname()" \
	"here TCP, IPv6 address from getsockname()" "here multicast" "here multicast over IPv6"
check "it says that there is no peer" shows "not tried" "here between nodes: no --peer"
check "and no host outside" shows "not tried" "here TCP to a host off the subnets: no --outside"
equal "UIDs from the end of a range" "[59999,59998]" "$uids"
check "nothing is left" nothing_left
check "with another node" holds "${peer[@]}"
check "the report of two is sound" sound
check "it has tried the other node" shows ok "node2 TCP" "node2 UDP over IPv6" \
	"node2 VXLAN by hand" "node2 VXLAN by hand, IPv6" \
	"node2 VXLAN by hand, socket of the system's" \
	"node2 VXLAN by hand, socket of the system's, IPv6" "node2 interfaces as without uvn" \
	"node2 nothing stays behind"
check "but what it has no route or group for" shows "not tried" \
	"node2 TCP, address from getsockname(): there is no way to 192.0.2.1: " \
	"node2 TCP, IPv6 address from getsockname(): there is no way" \
	"node2 multicast: no subnet of IPv4 .* has a group" \
	"node2 multicast over IPv6: no subnet of IPv6 .* has a group"
check "nothing is left on both" nothing_left
snapshot 1 >"$work/after"
check "nothing has changed" cmp "$work/before" "$work/after"
loaded >"$work/after"
check "no module was loaded" cmp "$work/modules" "$work/after"
check "a host outside" holds --outside 10.99.0.2 8080
check "it was tried" shows ok "here TCP to a host off the subnets"
check "in any order" holds --outside 10.99.0.2 8080 "${peer[@]}" --uids 1234,9876
equal "UIDs as named" "[1234,9876]" "$uids"

ip -n "n2-$seed" route add default via 192.168.80.1
ip -n "n2-$seed" -6 route add default via 2001:db8:80::1
check "groups" eval 'groups 1 && groups 2'
check "firewalls on both nodes" eval 'careful 1 && careful 2'
check "all is well with them" holds "${peer[@]}"
check "so it is with what programs find, and multicast" shows ok \
	"node2 TCP, address from getsockname()" "node2 TCP, IPv6 address from getsockname()" \
	"node2 multicast" "node2 multicast over IPv6" "here multicast" "here TCP, 127.0.0.1"
# /sys has the interfaces of the namespace in which it was mounted.
own_sys() {
	root 1 unshare -m sh -c "mount -t sysfs sysfs /sys && exec $uvnadm -j verify" \
		>"$work/report" &&
	jq -e 'any(.checks[]; .check == "interfaces as without uvn" and .result == "ok")' \
		"$work/report"
}
check "and with a /sys of the node's own" own_sys
root 1 nft delete table inet careful
root 2 nft delete table inet careful
text() {
	adm 1 verify >"$work/text"
	grep -qx "CHECK  *NODE  *RESULT  *DETAIL" "$work/text" &&
	tail -n 1 "$work/text" |
		grep -qx "UIDs 59999 and 59998: [0-9]* ok, 0 failed, [0-9]* not tried"
}
check "a table" text
plugin() { # STATUS PATTERN WORDS...
	local want=$1 pattern=$2 status=0
	shift 2
	adm 1 verify --nagios "$@" >"$work/plugin" 2>&1 || status=$?
	cat "$work/plugin"
	[ "$status" = "$want" ] && [ "$(wc -l <"$work/plugin")" = 1 ] &&
		grep -q "$pattern" "$work/plugin"
}
check "a line for monitoring" plugin 0 "^UVN OK - UIDs 59999 and 59998: [0-9]* ok, 0 failed"
check "four at once" many 4
check "nothing is left of them" nothing_left

#
# Whose UIDs
#

conserve /etc/passwd
echo "somebody:x:59999:59999::/:/bin/sh" >>/etc/passwd
check "one has a name, one a process" spawn busy user 1 59998 sleep 1000
check "one a network" adm 1 user add 59997
check "others are taken" holds
equal "those before them" "[59996,59995]" "$uids"
sed -i '/^somebody:/d' /etc/passwd
check "the one with a network" holds --uids 59997,59994
check "keeps it" has 1 59997
check "the other one does not" gone 1 59994
check "remove it" busywait 20 adm 1 user del 59997
for word in 1 '1,' ',1' 1,2,3 noone-a,noone-b 1-2 0,1 1234,0; do
	refuses "--uids $word" 2 '^uvnadm: verify: "' adm 1 verify --uids "$word"
done
refuses "--uids twice the same" 2 "the two UIDs are the same" adm 1 verify --uids 1234,1234
refuses "a UID in no range" 1 "UID 500 is in no range" adm 1 verify --uids 1234,500
refuses "--rsh alone" 2 "without --peer" adm 1 verify --rsh true
refuses "a host that would be an option" 2 "not a host" adm 1 verify --peer -oProxyCommand=x
refuses "no command" 2 "not a command" adm 1 verify --peer node2 --rsh " "
refuses "no address outside" 2 "not an IP address" adm 1 verify --outside web 80
refuses "who is not root: cannot tell" 3 "needs" user 1 1234 "$uvnadm" verify
check "nothing is left of refusals" nothing_left

#
# Killed
#

for signal in TERM KILL; do
	check "nothing stays if it gets SIG$signal" loses $signal
done

#
# Something is wrong
#

check "audit on" adm 1 set audit on
check "it does not hold" broken "here audit is off: .*NOT isolated" "${peer[@]}"
check "and says why" shows failed \
	"here IP_PKTINFO with VRF, 127.0.0.1: UID .* reached UID " \
	"here IP_PKTINFO with VRF, node" \
	"here scope id of VRF, ff02::1" \
	"here Unix stream, abstract name" "here Unix datagram, abstract name" \
	"here MPTCP sockets: UID .* gets one" "here netlink between users" \
	"node2 IP_PKTINFO with VRF" \
	"node2 VXLAN by hand, socket of the system's: UID .* reached " \
	"node2 VXLAN by hand, socket of the system's, IPv6: UID .* reached "
check "the report of it is sound" sound
# A user who names an interface means the own network, with audit or without.
check "what holds all the same, does" shows ok "here TCP, 127.0.0.1" "node2 audit is off" \
	"node2 VXLAN by hand, lower device"
equal "one remedy for all of it" "uvnadm set audit off" \
	"$(jq -r '[.checks[].remedy | values] | unique[]' "$work/report")"
refuses "in a table, too" 1 "not all that must hold" adm 1 verify
in_table() {
	adm 1 verify >"$work/text" 2>&1 || :
	cat "$work/text"
	[ "$(grep -c '^remedy: ' "$work/text")" = 1 ] &&
		grep -qx "remedy: uvnadm set audit off" "$work/text"
}
check "with that remedy, once" in_table
check "audit off" adm 1 set audit off
check "audit on the other node" adm 2 set audit on
check "is said" broken "node2 audit is off" "${peer[@]}"
check "and not of this one" holds
check "off again" adm 2 set audit off

for p in tcp udp; do
	root 1 sysctl -qw net.ipv4.${p}_l3mdev_accept=0
	check "users do not reach services, by $p" \
		broken "here ${p^^}, 127.0.0.1: UID 59999 did not reach the system at 127.0.0.1"
	root 1 sysctl -qw net.ipv4.${p}_l3mdev_accept=1
done
rules 1 <<NFT
table inet wall {
	chain input {
		type filter hook input priority 0
		ip daddr 127.0.0.1 meta l4proto tcp drop
	}
}
NFT
check "a firewall lets nothing through" \
	broken "here TCP, 127.0.0.1: .* did not reach itself at 127.0.0.1: Connection timed out"
equal "it is said of what it is in the way of" \
	"TCP, 127.0.0.1;TCP, 127.83.86.78;TCP, both at one port;SO_BINDTODEVICE to VRF, TCP" \
	"$(sed -n 's/^failed here \([^:]*\):.*/\1/p' "$work/lines" | paste -sd';')"
check "and what netfilter is shown" shows failed \
	"here TCP, 127.0.0.1: .*remedy: have packet filters of this node accept .* by lo "
root 1 nft delete table inet wall
check "netfilter is shown VRFs" eval '
	adm 1 set firewall-vrf on && adm 2 set firewall-vrf on && careful 1 && careful 2'
check "of which the site's firewall knows nothing" broken \
	"here TCP, 127.0.0.1: .*remedy: have .* by vrf59999, and not by lo, as firewall-vrf is on" \
	"${peer[@]}"
check "nor that of the other node" shows failed \
	"node2 UDP: .*remedy: have .* by vrf59999, and not by em1, as firewall-vrf is on"
check "it is shown lo and the interfaces" eval '
	adm 1 set firewall-vrf off && adm 2 set firewall-vrf off'
root 1 nft delete table inet careful
root 2 nft delete table inet careful
rules 2 <<NFT
table netdev wall {
	chain ingress {
		type filter hook ingress devices = { em1, ib0 } priority 0
		udp dport { 801, 802, 803, 804 } drop
	}
}
NFT
check "VXLAN is not let through to the other node" \
	broken "node2 UDP: .*did not reach itself" "${peer[@]}"
check "which proves nothing about VXLAN by hand" \
	shows failed "node2 VXLAN by hand: the system did not reach"
check "the remedy says what must pass" shows failed \
	"node2 UDP: .*remedy: have packet filters .* by em1 .* UDP to port 801"
root 2 nft delete table netdev wall

rules 2 <<NFT
table netdev wall {
	chain ingress {
		type filter hook ingress devices = { em1 } priority 0
		ip daddr 239.77.0.1 drop
		ip6 daddr ff05::77:1 drop
	}
}
NFT
check "multicast does not come to the other node" \
	broken "node2 multicast: UID 59999 did not reach itself .*remedy: .* same group" "${peer[@]}"
check "nor that of IPv6" shows failed "node2 multicast over IPv6: UID .* did not reach itself"
check "all else does" shows ok "node2 UDP" "node2 UDP over IPv6" "here multicast"
root 2 nft delete table netdev wall

adm 2 save >"$work/whole"
adm 2 subnet del 192.168.80.0/21
adm 2 subnet del 192.168.40.0/21
check "the other node's programs find an address that others do not reach" broken \
	"node2 TCP, address from getsockname(): .* did not reach itself at 192.168.80.2.*remedy: have both nodes in one subnet" \
	"${peer[@]}"
check "that of IPv6 is reached" shows ok "node2 TCP, IPv6 address from getsockname()"
check "the subnets are there again" adm 2 load "$work/whole"

# A kernel of which one function cannot be intercepted: by that users see all.
check "disabled" eval 'adm 1 disable && adm 2 disable'
check "a call in dev_ifconf cannot be seen" hide dev_ifconf
check "uvn is enabled all the same" eval 'adm 1 enable && adm 2 enable'
check "the call can be seen again" unhide
check "users see what they would not see without uvn" broken \
	"here interfaces as without uvn: UID 59999 sees vrf.* by SIOCGIFCONF.*remedy: " "${peer[@]}"
check "the other node's do, too" shows failed "node2 interfaces as without uvn: UID 59999 sees"
check "and nothing else is wrong" test "$n_failed" = 2
check "they are to see all" adm 1 set view full
check "which is as configured" holds
check "and so not judged" shows "not tried" "here interfaces as without uvn: .*view full"
check "no more" adm 1 set view users
check "all functions again" eval '
	adm 1 disable && adm 2 disable && adm 1 enable && adm 2 enable'
check "another port outside" broken "here TCP to a host off the subnets" --outside 10.99.0.2 8081
check "its reason is told" shows failed ".*: UID 59999 did not reach it at 10.99.0.2: Connection refused"
check "nobody is outside" broken "here TCP to a host off" --outside 10.99.0.7 8080
check "no such node" broken "nodeX between nodes" --peer nodeX --rsh "$work/rsh"
check "no such command" broken "node2 between nodes: .*No such file" \
	--peer node2 --rsh "$work/none"
check "something else answers" broken "node2 between nodes: .*does not answer" \
	--peer node2 --rsh "echo Welcome"
check "the other node is disabled" adm 2 disable
check "is said, too" broken "node2 between nodes: .*NOT isolated" "${peer[@]}"
check "enabled again" adm 2 enable
check "all holds as before" holds "${peer[@]}"
check "no groups" eval 'no_groups 1 && no_groups 2'
check "nothing is left after all" nothing_left

#
# What cannot be tried
#

check "no pool" eval 'adm 1 cgnat del 100.64.0.0/10 && adm 1 cgnat del fd64:ba5e::/64'
check "no IPv4 subnet" eval '
	adm 1 subnet del 192.168.80.0/21 && adm 1 subnet del 192.168.40.0/21'
check "IPv6 holds" holds
check "IPv4 of the node is not tried" shows "not tried" "here TCP, node's addresses: no" \
	"here multicast: no address of the node is in a subnet of IPv4" \
	"here TCP, address from getsockname(): there is no subnet of IPv4" \
	"here VXLAN by hand, 127.0.0.1: there is no subnet of IPv4"
check "IPv6 is" shows ok "here VXLAN by hand, node, IPv6" "here scope id of VRF, ff02::1"
check "IPv4 subnets again, and none of IPv6" eval '
	adm 1 subnet add 192.168.80.0/21 port 801 && adm 1 subnet add 192.168.40.0/21 port 802 &&
	adm 1 subnet del 2001:db8:80::/64 && adm 1 subnet del 2001:db8:40::/64'
check "a protocol that users get" adm 1 set protocol mptcp allow
check "the rest holds" holds
check "CGNAT is not tried" shows "not tried" "here TCP, user's CGNAT address: no user has"
check "nor IPv6 of the node" \
	shows "not tried" "here TCP, node's IPv6 addresses: no address of the node" \
	"here scope id of VRF, ff02::1: no address of the node is in a subnet of IPv6"
check "nor what is allowed" shows "not tried" "here MPTCP sockets: the configuration allows"
check "::1 is" shows ok "here TCP, ::1"
check "ports of users' are published" adm 1 publish add tcp 1024-60999 from 192.168.80.0/21
check "families and protocols refused" eval '
	adm 1 set family unix deny && adm 1 set protocol udp deny'
verify
check "are not tried" shows "not tried" "here UDP, 127.0.0.1: the configuration refuses" \
	"here TCP, both at one port: the configuration publishes" \
	"here Unix stream, abstract name: the configuration refuses"
equal "all else holds" "true 0" "$verified $n_failed"
check "monitoring: a UID in no range" plugin 2 "^UVN CRITICAL - .*no range" --uids 1234,500
check "disabled" adm 1 disable
check "monitoring: disabled" plugin 2 "^UVN CRITICAL - .*NOT isolated"
refuses "verify says so" 1 "not enabled: users are NOT isolated" adm 1 verify
not_enabled() {
	! adm 1 -j verify >"$work/report" &&
	jq -e '.error | test("NOT isolated")' "$work/report"
}
check "in JSON, too" not_enabled
finish
