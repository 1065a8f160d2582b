#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Programs that people use, as they are: ping in all its forms, traceroute,
# name resolution, curl.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

sees=full
setup 2
conserve /etc/resolv.conf /etc/nsswitch.conf
chmod 755 "$work"
# Nobody may ping without privilege, so that ping has to use what it has.
for node in 1 2; do
	root $node sysctl -qw net.ipv4.ping_group_range="1 0"
done
for form in plain cap suid; do
	mkdir "$work/$form"
	cp "$(command -v ping)" "$work/$form/ping"
done
check "ping with cap_net_raw" setcap cap_net_raw+ep "$work/cap/ping"
check "ping with the set-user-ID bit" chmod 4755 "$work/suid/ping"
cannot "ping with neither does not work" \
	user 1 1234 "$work/plain/ping" -qnc 1 -W 2 192.168.80.2
for who in 1234 9876; do
	for node in 1 2; do
		check "$who has a network on node $node" adm $node user add $who
	done
done
for form in cap suid; do
	ping() { user 1 1234 "$work/$form/ping" -qnc 1 -W 2 "$@"; }
	for to in 192.168.80.2 192.168.40.2 192.168.80.1 127.0.0.1; do
		check "$form: ping $to" ping $to
	done
	check "$form: ping with 1400 bytes" ping -s 1400 192.168.40.2
	check "$form: ping with 9000 bytes, in fragments" ping -s 9000 192.168.40.2
	check "$form: ping from an address of the node" \
		ping -I 192.168.80.1 192.168.80.2
	check "$form: ping by a lower device" ping -I em1 192.168.80.2
	cannot "$form: ping by another user's VRF" ping -I vrf9876 192.168.80.2
	cannot "$form: ping by another user's VRF" ping -I vrf9876 192.168.80.2
	cannot "$form: ping with a recorded route" ping -R 192.168.80.2
done
check "root pings" root 1 "$work/plain/ping" -qnc 1 -W 2 192.168.80.2
check "root pings by a device" \
	root 1 "$work/plain/ping" -qnc 1 -W 2 -I em1 192.168.80.2

trace() { # TO
	user 1 1234 traceroute -n -q 1 -w 3 -m 3 "$1" | tee "$work/trace"
	grep -qE "^ 1 +$1 +[0-9.]+ ms" "$work/trace"
}
check "traceroute to another node" trace 192.168.80.2
check "traceroute to the own node" trace 192.168.80.1

# A name server that answers from a socket without a device, as most do.
name_server() { # NODE
	spawn "dns-$1" root "$1" dnsmasq --keep-in-foreground --conf-file=/dev/null \
		--user=root --no-resolv --no-hosts --pid-file= \
		--address="/node.test/192.168.80.$1"
}
resolve() { # NODE UID SERVER
	echo "nameserver $3" >/etc/resolv.conf
	if [ "$2" = 0 ]; then
		root "$1" getent ahostsv4 "$4"
	else
		user "$1" "$2" getent ahostsv4 "$4"
	fi
}
resolves() { # NODE UID SERVER NAME ADDRESS
	resolve "$@" | tee "$work/names"
	grep -q "^$5 " "$work/names"
}
rm -f /etc/resolv.conf
echo "hosts: files dns" >/etc/nsswitch.conf
for node in 1 2; do
	check "a name server on node $node" name_server $node
	check "it answers the system" \
		busywait 20 resolves $node 0 127.0.0.1 a.node.test 192.168.80.$node
done
for who in 1234 9876; do
	for server in 127.0.0.1 192.168.80.1 192.168.40.1; do
		check "$who resolves by $server on the same node" \
			resolves 1 $who $server a.node.test 192.168.80.1
	done
	for server in 192.168.80.2 192.168.40.2; do
		check "$who resolves by $server on another node" \
			resolves 1 $who $server a.node.test 192.168.80.2
	done
done
check "the system resolves on another node" \
	resolves 1 0 192.168.80.2 a.node.test 192.168.80.2

# Two users who ask from the same port, at once and in turn.
serve_root service 2 udp 0.0.0.0 8053 service
from() { # UID: ask from port 4000
	user 1 "$1" "$probe" from 4000 192.168.80.2 8053 service
}
check "a user asks from a port" from 1234
check "another user asks from the same port soon after" from 9876

# A web server of the user's own, and one of the system's.
mkdir "$work/www"
echo hello >"$work/www/index.html"
chmod 755 "$work/www"
spawn web user 2 1234 python3 -m http.server -d "$work/www" 8000
spawn system-web root 2 python3 -m http.server -d "$work/www" 8001
fetch() { user 1 "$1" curl -sSfm 5 "http://$2/"; }
for port in 8000 8001; do
	check "curl to port $port" busywait 40 fetch 1234 192.168.80.2:$port
done
check "curl by a name" busywait 20 fetch 1234 www.node.test:8000
check "curl to the system's server" fetch 9876 192.168.80.2:8001
cannot "curl to another user's server" fetch 9876 192.168.80.2:8000
finish
