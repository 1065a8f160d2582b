#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Three nodes, three people, programs as they are: who reaches what? Runs in
# the guest (see "make demo").

# shellcheck disable=SC2317	# functions are called by name
# shellcheck source-path=SCRIPTDIR source=../../selftests/lib/lib.sh
. "$(dirname "$0")/../../selftests/lib/lib.sh"

uid_of[root]=0

# A node has a name of its own, too.
as() { # NODE PERSON COMMAND...
	local node=$1 uid=${uid_of[$2]} home=$work/home/$2
	shift 2
	HOME=$home $replace "$lib/uvn_as" \
		"/run/netns/n$node-$seed:/run/uts-$node" "$uid" "$@"
}

start() { # NAME NODE PERSON COMMAND...: a server
	local name=$1
	shift
	printf '  %-14s $ %s\n' "$2@node$1" "${*:3}"
	(cd "$work/home/$2" && spawn "$name" as "$@" && wait) &
	background+=($!)
}

everywhere() { # the same command on every node
	local node
	echo "  # uvnadm $*"
	for node in 1 2 3; do
		adm $node "$@" || exit
	done
}

# What a program that failed means.
why() { # WHAT-IT-SAID
	case $1 in
	*[Rr]efused*) echo refused ;;
	*[Uu]nreachable*) echo unreachable ;;
	*[Tt]imeout* | *"timed out"*) echo timeout ;;
	*) echo "failed: ${1:0:20}" ;;
	esac
}

# The programs: print who answered, or why nobody did.
http() { # NODE PERSON ADDRESS
	local out
	if out=$(printf 'GET / HTTP/1.0\r\n\r\n' |
		 as "$1" "$2" timeout 20 ncat -w 10 "$3" 8000 2>&1); then
		tail -n 1 <<<"$out"
	else
		why "$out"
	fi
}

ncat() {
	local out
	if out=$(as "$1" "$2" timeout 20 ncat -w 10 --recv-only "$3" 9000 2>&1 </dev/null); then
		echo "$out"
	else
		why "$out"
	fi
}

# The first echo request to a node without carol's network may be lost while
# that is made.
ping() {
	as "$1" "$2" ping -qnc 3 -W 5 "$3" >/dev/null 2>&1 && echo reached || echo "no answer"
}

iperf3() {
	local out
	if out=$(as "$1" "$2" timeout 40 iperf3 -fm -t 2 -c "$3" 2>&1); then
		measured=$(awk '/receiver/ { print $7, $8 }' <<<"$out")
		echo throughput
	else
		why "$out"
	fi
}

ssh() { # logs in; says who, where, and which network a socket is in there
	local out
	# shellcheck disable=SC2016	# expands there
	if out=$(as "$1" "$2" timeout 60 ssh -F none -i "$work/ssh/$2" -o BatchMode=yes \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o LogLevel=ERROR "$3" '
		i=$('"$probe"' bound)
		net=$(ip -o link | sed -n "s/^$i: \([^:]*\):.*/\1/p")
		echo "$(id -un)@$(hostname) ${net:-no vrf}"' 2>&1 </dev/null); then
		echo "$out"
	else
		why "$out"
	fi
}

row() { # WHO PROGRAM SERVICE ADDRESS EXPECTED SEEN RESULT
	printf '%-11s %-7s %-13s %-17s %-20s %-20s %s\n' "$@"
}

declare -A port=([http]=:8000 [ncat]=:9000 [iperf3]=:5201 [ssh]=:22 [ping]="")

cell() { # NODE PERSON PROGRAM SERVICE ADDRESS EXPECTED
	local seen result=ok
	measured=
	"$3" "$1" "$2" "$5" >"$work/cell"
	seen=$(cat "$work/cell")
	if [ "$seen" = "$6" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		result=NO
	fi
	row "$2@node$1" "$3" "$4" "$5${port[$3]}" "$6" "${measured:-$seen}" $result
}

listening() { # NODE PORT HOW-MANY
	[ "$(root "$1" ss -Hlnt "sport = $2" | wc -l)" = "$3" ]
}

echo "Three nodes: em1 192.168.80.0/21 mtu 9000, ib0 192.168.40.0/21 mtu 2044"
load && nodes 3 && accounts || exit
echo "and eth0 10.99.0.0/24, where a web server is that knows nothing of uvn"
{
	ip netns add "out-$seed" &&
	ip -n "out-$seed" link add br0 type bridge &&
	ip -n "out-$seed" link set br0 up &&
	ip netns add "nweb-$seed" &&
	link_pair web eth0 1500 10.99.0.100/24 out
} || exit
for n in 1 2 3; do
	link_pair $n eth0 1500 10.99.0.$n/24 out || exit
done
for n in 1 2 3 web; do
	: >"/run/uts-$n"
	unshare --uts="/run/uts-$n" hostname "node$n" || exit
done

echo
echo "On each of them:"
everywhere subnet add 192.168.80.0/21 port 801
everywhere subnet add 192.168.40.0/21 port 802
everywhere range add uid 1000-99999
everywhere cgnat add 100.64.0.0/10
everywhere enable

echo
echo "Services:"
for n in 1 2 3; do
	start sshd-$n $n root /usr/sbin/sshd -D -e -f "$work/ssh/config"
done
for who in alice bob; do
	install -d "$work/home/$who/www"
	echo "$who" >"$work/home/$who/www/index.html"
	start "http-$who" 2 "$who" /usr/bin/python3 -m http.server -d www 8000
done
install -d "$work/home/root/www"
echo "the web" >"$work/home/root/www/index.html"
start http-web web root /usr/bin/python3 -m http.server -d www 8000
start ncat-bob 2 bob ncat -lk 9000 -c 'echo bob'
start iperf-alice 2 alice iperf3 -s
for service in "2 8000 2" "web 8000 1" "2 5201 1" "2 9000 2" "1 22 1" "2 22 1" "3 22 1"; do
	# shellcheck disable=SC2086	# words
	busywait 60 listening $service || {
		echo "a service does not start: $service"
		root 2 ss -lnt
		tail "$work"/*-*
		exit 1
	}
done

em=192.168.80 ib=192.168.40 lo=127.0.0.1
echo
row who by "service of" address expected seen ""
row --- -- ---------- ------- -------- ---- ""
echo "Their own programs, on another node and on the same; two users on one port:"
cell 1 alice http "alice, node2" $em.2 alice
cell 1 alice http "alice, node2" $ib.2 alice
cell 1 bob http "bob, node2" $em.2 bob
cell 3 bob ncat "bob, node2" $ib.2 bob
cell 2 alice http "alice, node2" $lo alice
cell 2 bob http "bob, node2" $lo bob
cell 2 bob ncat "bob, node2" $em.2 bob
cell 1 alice iperf3 "alice, node2" $em.2 throughput
cell 1 alice iperf3 "alice, node2" $ib.2 throughput
cell 1 carol ping "node3" $em.3 reached
echo "Programs of others, on the same node and on another:"
cell 2 carol http "both, node2" $lo refused
cell 2 carol http "both, node2" $em.2 refused
cell 2 alice ncat "bob, node2" $lo refused
cell 2 alice ncat "bob, node2" $ib.2 refused
cell 1 carol http "both, node2" $em.2 refused
cell 1 carol http "both, node2" $ib.2 refused
cell 3 alice ncat "bob, node2" $em.2 refused
cell 3 alice ncat "bob, node2" $ib.2 refused
cell 1 bob iperf3 "alice, node2" $em.2 refused
cell 2 root http "both, node2" $lo refused
cell 1 root http "both, node2" $em.2 refused
cell 1 root ncat "bob, node2" $ib.2 refused
echo "The system's sshd, and in whose network a session's sockets are:"
cell 1 alice ssh "system, node2" $em.2 "alice@node2 vrf1234"
cell 2 bob ssh "system, node2" $lo "bob@node2 vrf9876"
cell 1 carol ssh "system, node3" $ib.3 "carol@node3 vrf70001"
echo "Off the cluster, and from there:"
cell 1 alice http "the web" 10.99.0.100 "the web"
cell 1 bob http "the web" 10.99.0.100 "the web"
cell 3 carol ping "the web" 10.99.0.100 reached
cell web root http "both, node2" 10.99.0.2 refused
cell web root ncat "bob, node2" 10.99.0.2 refused

kill "${background[@]}" 2>/dev/null
echo
echo "On node2 there are now:"
adm 2 user list
echo
echo "$passed passed, $failed failed"
[ $failed = 0 ]
