#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Frameworks that find each other across nodes as they like, without any setting that
# names a device or an address: MPI, libfabric, UCX, rendezvous by what a process takes for
# its own address, Erlang, a proxy before notebooks, Dask. Two users at once, on the same
# nodes and ports.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib-hosts.sh
. "$(dirname "$0")/../lib/lib-hosts.sh"

many=3
! in_short || many=2

# Both at once, and how long that took.
timed() { # DESCRIPTION COMMAND...
	local start=$SECONDS
	check "$1, two users at once" both "${@:2}"
	note "$1: $((SECONDS - start)) s"
}

needs mpirun.openmpi mpiexec.hydra NPmpich2 fi_pingpong ucx_perftest epmd erl python3 curl \
	configurable-http-proxy "$here/uvn_mpi"
in_short || needs dask-scheduler
ktap_begin
dual=1
if ! load || ! nodes "$many"; then
	echo "Bail out! no nodes"
	exit 1
fi
check "accounts and keys" accounts
conserve /etc/hosts
# By TCP, as the nodes are one machine, and who waits lets others go on: two CPUs for all.
check "homes" homes "pml = ob1" "btl = tcp,self" "mpi_yield_when_idle = 1"
# UCX takes the devices from /sys, which has those of the namespace that mounted it.
check "nodes have names" name_nodes "$many" "mount -t sysfs sysfs /sys"
check "a default route by em1" default_routes "$many"
for node in $(seq "$many"); do
	check "sshd on node $node" sshd "$node"
done

#
# Rendezvous
#

rendezvous() { # PERSON
	local who=$1 i pids=() pid status=0
	rm -rf "$work/meet-$who"
	mkdir "$work/meet-$who" && chown "$who:" "$work/meet-$who" || return
	for i in $(seq "$many"); do
		as "$i" "$who" python3 "$here/frameworks.py" $((i - 1)) "$many" \
			"$work/meet-$who" "$who" >"$work/rank-$who-$i" 2>&1 &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || status=1
	done
	tail -n 12 "$work/rank-$who"-*
	return "$status"
}

#
# MPI
#

# It does not end by itself if ranks do not find each other.
meeting=150
hosts=$(seq -s, -f 'node%g' "$many")
mpi_open() { # PERSON
	local patience=$((2 * meeting))
	local go=$work/home/$1/go pid status=0
	touch "$go"
	spawn "mpi-$1" as 1 "$1" mpirun.openmpi --host "$hosts" "$here/uvn_mpi" "$go"
	pid=$!
	busywait "$meeting" grep -q "first round" "$work/mpi-$1" && rm "$go" &&
		busywait "$meeting" grep -q "^$many ranks" "$work/mpi-$1" || status=1
	kill "$pid"
	wait "$pid"
	cat "$work/mpi-$1"
	return "$status"
}

# Ranks of MPICH's take a CPU while they wait, and one that has nothing to do may keep the
# one that has from going on for a tick and more: so there are few messages. By UCX_TLS it
# is TCP, as the nodes are one machine.
mpi_ch() { # PERSON
	as 1 "$1" env UCX_TLS=tcp,self mpiexec.hydra -launcher ssh -hosts node1,node2 -n 2 -ppn 1 \
		NPmpich2 -l 512 -u 1024 -n 1 -p 0 -o /dev/null >"$work/mpich-$1" 2>&1
	cat "$work/mpich-$1"
	grep -q "Mbps in" "$work/mpich-$1"
}

# A server on node 1, and a client on node 2 that tries until the server is there.
pair() { # NAME PERSON PATTERN PROGRAM...
	local name=$1 who=$2 pattern=$3 pid status=0 patience=$meeting
	shift 3
	spawn "$name-$who" as 1 "$who" "$@"
	pid=$!
	asks() {
		as 2 "$who" "$@" node1 >"$work/$name-asks-$who" 2>&1 </dev/null
	}
	busywait "$meeting" asks "$@" || status=1
	kill "$pid"
	wait "$pid"
	cat "$work/$name-$who" "$work/$name-asks-$who"
	grep -q "$pattern" "$work/$name-asks-$who" || status=1
	return "$status"
}
libfabric() { # PERSON
	pair fabric "$1" "^4k " fi_pingpong -p tcp -e rdm -I 10 -S 4096
}
ucx() { # PERSON
	pair ucx "$1" "^Final:" env UCX_TLS=tcp,self ucx_perftest -t tag_lat -E sleep \
		-s 4096 -n 20 -w 2
}

#
# Erlang: a port mapper of each user's, and the same names
#

erlang() { # PERSON
	local who=$1 pid status=0
	spawn "erl-$who" as 2 "$who" erl -noshell -name job@192.168.80.2 -setcookie "$who" \
		-eval 'io:format("up~n")'
	pid=$!
	busywait "$long" grep -qx up "$work/erl-$who" || status=1
	as 1 "$who" erl -noshell -name job@192.168.80.1 -setcookie "$who" -eval '
		There = list_to_atom("job@192.168.80.2"),
		io:format("~p ~s", [net_adm:ping(There), rpc:call(There, os, cmd, ["id -un"])]),
		halt().' >"$work/erl-asks-$who" 2>&1 </dev/null || status=1
	cat "$work/erl-asks-$who"
	grep -qx "pong $who" "$work/erl-asks-$who" || status=1
	kill "$pid"
	wait "$pid"
	return "$status"
}

#
# A proxy before notebooks: JupyterHub's, one of each user's, with the same ports
#

web() { # PERSON
	local who=$1 pids=() status=0 api=http://127.0.0.1:8001/api/routes
	spawn "proxy-$who" as 1 "$who" env NODE_PATH=/usr/share/nodejs configurable-http-proxy \
		--port 8000 --api-ip 127.0.0.1 --api-port 8001
	pids+=($!)
	spawn "book-$who" as 2 "$who" python3 "$here/frameworks_web.py" serve 8888 "$who"
	pids+=($!)
	busywait "$meeting" as 1 "$who" curl -sSf "$api" &&
		busywait "$meeting" grep -qx ready "$work/book-$who" &&
		as 1 "$who" curl -sSf -d '{"target":"http://192.168.80.2:8888"}' "$api/lab" &&
		as "$many" "$who" python3 "$here/frameworks_web.py" browse 192.168.80.1 8000 \
			/lab/tree "$who" || status=1
	kill "${pids[@]}"
	wait "${pids[@]}"
	cat "$work/proxy-$who" "$work/book-$who"
	return "$status"
}

#
# Dask, with its defaults
#

cat >"$work/asks.py" <<'PYTHON'
import os, sys
from distributed import Client
client = Client(sys.argv[1], timeout=300)
client.wait_for_workers(int(sys.argv[2]), timeout=300)
where = client.run(os.getuid)
print(sorted(where), set(where.values()), sum(client.gather(client.map(lambda x: x + 1, range(8)))))
PYTHON
dask() { # PERSON
	local who=$1 i pids=() status=0 scheduler
	spawn "dask-$who" as 1 "$who" dask-scheduler --no-dashboard
	pids+=($!)
	busywait "$long" grep -q 'Scheduler at: *tcp' "$work/dask-$who" || status=1
	scheduler=$(sed -n 's/.*Scheduler at: *\(tcp[^ ]*\).*/\1/p' "$work/dask-$who")
	for i in $(seq "$many"); do
		spawn "dask-$who-$i" as "$i" "$who" dask-worker --no-dashboard --nthreads 1 \
			--no-nanny "$scheduler"
		pids+=($!)
	done
	as 1 "$who" python3 "$work/asks.py" "$scheduler" "$many" >"$work/dask-asks-$who" 2>&1 ||
		status=1
	kill "${pids[@]}"
	wait "${pids[@]}"
	tail -n 3 "$work/dask-$who"* "$work/dask-asks-$who"
	grep -q "{${uid_of[$who]}} 36" "$work/dask-asks-$who" || status=1
	return "$status"
}

#
# One user without uvn, then two with it
#

spawn logins root 2 python3 "$here/frameworks.py" logins \
	alice "${uid_of[alice]}" bob "${uid_of[bob]}"
check "a file server of the system's" busywait "$long" grep -qx ready "$work/logins"
if ! in_short; then
	# A port serves once a minute.
	export UVN_SHORTS=6000
	for what in rendezvous mpi_open mpi_ch libfabric ucx erlang web dask; do
		check "without uvn: $what" "$what" alice
		pkill -U 1234
	done
fi
for node in $(seq "$many"); do
	check "uvn is enabled on node $node" configure "$node"
	check "with an address for the outside" adm "$node" cgnat add 100.64.0.0/10
	# Devices that a program could take for its own.
	check "and others' networks" root "$node" "$lib/uvn_crowd" sockets 20001 5
done
timed "processes find each other" rendezvous
for who in "${people[@]}"; do
	for how in ray gloo nccl sockaddr spark shorts active "the system's"; do
		met() {
			cat "$work/rank-$who"-*
			[ "$(cat "$work/rank-$who"-* | grep -c "^$how: ")" = "$many" ]
		}
		check "$who: $how" met
	done
done

timed "Open MPI" mpi_open
timed "MPICH over UCX by hydra" mpi_ch
timed "libfabric over TCP" libfabric
timed "UCX over TCP" ucx
timed "Erlang nodes of the same names" erlang
timed "a proxy before notebooks" web
in_short || timed "Dask with its defaults" dask

# What failed may have left a daemon behind, and Erlang does.
pkill -U 1234,9876
check "what made them nodes goes" unname_nodes
finish
