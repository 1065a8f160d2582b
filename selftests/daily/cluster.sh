#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The daily life of a cluster's users, with the programs that they use: ssh, what
# it forwards, and servers of their own. Two people at once, with the same port
# numbers.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib-outside.sh
. "$(dirname "$0")/../lib/lib-outside.sh"

dual=1 length=128
[ -z "$few" ] || length=8
[ -z "${UVN_LONG-}" ] || length=1024
declare -A other=([alice]=bob [bob]=alice)

as() { # NODE PERSON COMMAND...
	local node=$1 who=$2
	shift 2
	user "$node" "${uid_of[$who]}" env HOME="$work/home/$who" USER="$who" "$@"
}
says() { # TEXT COMMAND...: prints this, and something else perhaps
	local want=$1
	shift
	"$@" | tee "$work/said"
	grep -qxF -e "$want" "$work/said"
}
# Every port of alice's, at every address of every node: refused, all of them.
closed() { # NODE PERSON PORT...
	local node=$1 who=$2 n a port urls=()
	shift 2
	for port; do
		for n in 1 2 3; do
			for a in 192.168.{80,40}.$n "[2001:db8:80::$n]" "[2001:db8:40::$n]"; do
				urls+=("http://$a:$port/token-alice/")
			done
		done
		urls+=("http://127.0.0.1:$port/token-alice/" "http://[::1]:$port/token-alice/")
	done
	as "$node" "$who" curl -sZm 10 -w '%{exitcode} %{url}\n' "${urls[@]}" >"$work/closed"
	grep -v '^7 ' "$work/closed"
	[ "$(grep -c '^7 ' "$work/closed")" = ${#urls[@]} ]
}

needs curl redis-server psql xauth
setup 3
check "accounts and keys" accounts
cat >>"$work/ssh/config" <<CONFIG
GatewayPorts clientspecified
Subsystem sftp internal-sftp
X11Forwarding yes
CONFIG
for n in 1 2 3; do
	check "sshd on node $n" sshd $n
done

#
# ssh to where one has nothing
#

networks() { # NODE
	adm "$1" -j user list | jq length
}
for n in 2 3; do
	equal "nobody has a network on node $n" 0 "$(networks $n)"
done
for who in alice bob; do
	check "$who from node 1 to 2" says "$who" login 1 $who 192.168.80.2 id -un
	! in_short || continue
	check "$who from node 2 back to 1" \
		says "$who" login 2 $who 192.168.40.1 id -un
	check "$who from node 3 to itself" says "$who" login 3 $who 127.0.0.1 id -un
done
in_short || equal "both have networks on node 3" 2 "$(networks 3)"

hop() { # PERSON SSH-OPTIONS...: by node 2 to node 3, with what the agent has
	SSH_AUTH_SOCK=$work/home/$1/agent login 1 "$@" \
		192.168.80.2 "ssh-add -l && ssh -F none -o BatchMode=yes \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o LogLevel=ERROR 192.168.80.3 'echo \$SSH_CONNECTION'" |
		tee "$work/hop"
	grep -q '^192.168.80.2 .* 192.168.80.3 22$' "$work/hop"
}
if ! in_short; then
	for who in alice bob; do
		spawn "agent-$who" as 1 $who ssh-agent -D -a "$work/home/$who/agent"
		check "$who's agent" busywait 20 test -S "$work/home/$who/agent"
		SSH_AUTH_SOCK=$work/home/$who/agent \
			check "it has a key" as 1 $who ssh-add -q "$work/ssh/$who"
		check "$who's agent comes along" hop $who -A
		cannot "without it there is no key" hop $who -a
	done
fi

copy() { # NODE PERSON SOURCE DESTINATION
	as "$1" "$2" scp -q -F none -i "$work/ssh/$2" -o BatchMode=yes \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o LogLevel=ERROR "$3" "$4"
}
if ! in_short; then
	head -c ${length}M /dev/urandom >"$work/large"
	chmod 644 "$work/large"
	start=$(now)
	check "alice copies $length MiB to node 2" \
		copy 1 alice "$work/large" "alice@192.168.80.2:there"
	note "in $((($(now) - start) / 1000000)) s"
	check "it is the same" cmp "$work/large" "$work/home/alice/there"
	rm -f "$work/large" "$work/home/alice/there"
fi

#
# Servers of theirs, and ports that ssh forwards to them
#

# What Jupyter is to the network: a web server with a secret in its path.
for who in alice bob; do
	mkdir -p "$work/home/$who/www/token-$who"
	echo "notebook of $who" >"$work/home/$who/www/token-$who/index.html"
	chown -R $who "$work/home/$who/www"
	spawn "web-$who" as 2 $who python3 -m http.server -d "$work/home/$who/www" 8888
	in_short ||
		spawn "redis-$who" as 2 $who redis-server --port 6379 --bind 0.0.0.0 :: \
			--protected-mode no --save '' --dir "$work/home/$who"
done
fetch() { # NODE PERSON ADDRESS[:PORT] [OWNER]: the notebook
	as "$1" "$2" curl -sSfm 5 "http://$3/token-${4:-$2}/"
}
redis() { # NODE PERSON ADDRESS ARGS...
	local node=$1 who=$2 address=$3
	shift 3
	as "$node" "$who" timeout 10 redis-cli -h "$address" "$@"
}
# Databases with the same port, and no password: who reaches one is let in.
pg=$(echo /usr/lib/postgresql/*/bin)
databases() {
	local who data=$work/home/alice/postgres
	as 2 alice "$pg/initdb" -A trust -U owner --no-sync -D "$data" &&
	echo "host all all all trust" >>"$data/pg_hba.conf" &&
	cp -r "$data" "$work/home/bob" &&
	chown -R bob: "$work/home/bob/postgres" || return
	for who in alice bob; do
		spawn "postgres-$who" as 2 "$who" "$pg/postgres" -p 5432 \
			-D "$work/home/$who/postgres" -c listen_addresses='*' \
			-c unix_socket_directories="$work/home/$who" \
			-c fsync=off -c cluster_name="$who"
	done
}
psql() { # NODE PERSON ADDRESS: whose it is
	as "$1" "$2" timeout 30 "$pg/psql" -h "$3" -U owner -Atc 'show cluster_name' \
		postgres
}
in_short || check "both have a PostgreSQL" databases
for who in alice bob; do
	check "$who's notebook on node 2, port 8888" \
		busywait 60 says "notebook of $who" fetch 2 $who 127.0.0.1:8888
	! in_short || continue
	check "$who's Redis on node 2, port 6379" \
		busywait 60 says OK redis 2 $who 127.0.0.1 set owner $who
	check "$who's PostgreSQL on node 2, port 5432" \
		busywait 60 says $who psql 2 $who 127.0.0.1
done
for who in alice bob; do
	for n in 1 3; do
		check "$who reaches the notebook from node $n" \
			says "notebook of $who" fetch $n $who 192.168.80.2:8888
		! in_short || continue
		check "$who reaches the Redis from node $n" \
			says "$who" redis $n $who 2001:db8:80::2 get owner
		check "$who reaches the PostgreSQL from node $n" \
			says "$who" psql $n $who 2001:db8:40::2
	done
	cannot "$who has not the notebook of ${other[$who]}" \
		fetch 3 $who 192.168.80.2:8888 "${other[$who]}"
done

forward() { # NAME NODE PERSON SSH-ARGS...
	local name=$1
	shift
	spawn "$name" login "$@" -N -o ExitOnForwardFailure=yes
}
for who in alice bob; do
	forward local-$who 1 $who -L 7100:127.0.0.1:8888 192.168.80.2
	forward remote-$who 2 $who -R 7200:127.0.0.1:8888 192.168.80.3
	! in_short || continue
	forward open-$who 1 $who -L '*:7101:127.0.0.1:8888' 192.168.80.2
	forward wide-$who 2 $who -R '*:7201:127.0.0.1:8888' 192.168.80.3
done
for who in alice bob; do
	check "$who: ssh -L, by 127.0.0.1" \
		busywait 60 says "notebook of $who" fetch 1 $who 127.0.0.1:7100
	cannot "$who: not from another node" fetch 3 $who 192.168.80.1:7100
	check "$who: ssh -R, by 127.0.0.1" \
		busywait 60 says "notebook of $who" fetch 3 $who 127.0.0.1:7200
	! in_short || continue
	check "$who: ssh -L *, from another node" \
		busywait 60 says "notebook of $who" fetch 3 $who 192.168.80.1:7101
	check "$who: ssh -R *, from another node" \
		busywait 60 says "notebook of $who" fetch 1 $who 192.168.80.3:7201
done

if in_short; then
	pkill -U 1234,9876
	finish
fi

#
# X11: what sshd listens on, at the same display for both
#

cat >"$work/x.py" <<'PYTHON'
import os, socket, struct, subprocess, sys
if sys.argv[1] == "serve":
    s = socket.socket(socket.AF_UNIX)
    s.bind(sys.argv[2])
    s.listen()
    while True:
        s.accept()[0].send(b"display of " + sys.argv[3].encode() + b"\n")
display = os.environ["DISPLAY"]
cookie = bytes.fromhex(subprocess.check_output(["xauth", "list", display]).split()[2].decode())
s = socket.create_connection(("127.0.0.1", 6000 + int(display.split(":")[1].split(".")[0])), 10)
kind = b"MIT-MAGIC-COOKIE-1"
s.send(struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(kind), len(cookie)) + kind + b"\0\0" + cookie)
print(display, s.recv(99).decode())
PYTHON
display=6
mkdir -p /tmp/.X11-unix
chmod 1777 /tmp/.X11-unix
for who in alice bob; do
	display=$((display + 1))
	spawn "x-$who" as 1 $who python3 "$work/x.py" serve /tmp/.X11-unix/X$display $who
	check "$who has a display" busywait 20 test -S /tmp/.X11-unix/X$display
	DISPLAY=:$display spawn "shell-$who" login 1 $who -Y 192.168.80.2 \
		"python3 $work/x.py connect; exec sleep 600"
done
for who in alice bob; do
	check "$who's programs on node 2 show on $who's, at the same port" \
		busywait 60 grep -qx "localhost:10.0 display of $who" "$work/shell-$who"
done

#
# Bob ends everything of his; whatever answers bob now is alice's
#

pkill -U 9876
bobs=(5432 6379 8888 7100 7101 7200 7201 6010)
check "bob's ports are closed" busywait 40 closed 1 bob "${bobs[@]}"
for n in 1 2 3; do
	check "bob on node $n reaches no port of alice's" closed $n bob "${bobs[@]}"
done
for to in 2:8888 1:7100 3:7200; do
	check "alice does" says "notebook of alice" fetch ${to%:*} alice 127.0.0.1:${to#*:}
done
check "and the display" user 2 1234 timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/6010'
pkill -U 1234
finish
