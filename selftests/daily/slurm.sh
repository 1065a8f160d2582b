#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Slurm and Open MPI, from the distribution's packages, on three nodes:
#
#	node 1                     node 2              node 3
#	slurmctld                                                  in the default
#	slurmd munged sshd         slurmd munged sshd  slurmd ...  network
#	srun, jobs of alice, bob   jobs                jobs        in theirs
#
# A node has a host name and a /run/munge of its own, and shares all other files.
# The same jobs run twice: with the SPANK plugin, which has each slurmstepd act
# for the job's user, and without, when srun's ports are published instead.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib-hosts.sh
. "$(dirname "$0")/../lib/lib-hosts.sh"

ports=30001-30100	# of srun, if they are published
plugin=$tree/tools/slurm/spank_uvn.so

slurm_config() { # LINE...
	mkdir -p "$work/slurm" && chown slurm "$work/slurm" || return
	cat >/etc/slurm/cgroup.conf <<-CONFIG
	CgroupPlugin=cgroup/v2
	IgnoreSystemd=yes
	CONFIG
	cat >/etc/slurm/slurm.conf <<-CONFIG
	ClusterName=uvn
	SlurmctldHost=node1(192.168.80.1)
	SlurmUser=slurm
	ProctrackType=proctrack/linuxproc
	TaskPlugin=task/none
	ReturnToService=2
	SlurmdParameters=config_overrides
	SelectType=select/cons_tres
	SelectTypeParameters=CR_CPU
	SchedulerParameters=sched_interval=1
	MessageTimeout=100
	StateSaveLocation=$work/slurm
	SlurmdSpoolDir=$work/slurm-%n
	SlurmdLogFile=$work/slurmd-%n.log
	TmpFS=$work/tmp-%n
	SlurmctldPidFile=$work/slurm/pid
	SlurmdPidFile=$work/slurm-%n.pid
	NodeName=node[1-3] CPUs=4
	PartitionName=all Nodes=ALL Default=YES State=UP
	CONFIG
	printf '%s\n' "$@" >>/etc/slurm/slurm.conf
}

# Slurm manages jobs in cgroups, although not these.
cgroups() {
	mkdir -p /sys/fs/cgroup/system.slice
	echo '+cpuset +cpu +memory +pids' |
		tee /sys/fs/cgroup{,/system.slice}/cgroup.subtree_control
}

munged() { # NODE
	spawn "munged-$1" on "$1" "$(id -u munge)" /usr/sbin/munged --foreground
	busywait "$long" root "$1" sh -c 'munge -n | unmunge'
}

all_idle() { [ "$(root 1 sinfo -ht idle -o %D)" = 3 ]; }

slurm_start() {
	local i
	daemons=()
	spawn slurmctld root 1 /usr/sbin/slurmctld -D
	daemons+=($!)
	busywait "$long" root 1 scontrol ping
	for i in 1 2 3; do
		mkdir -p "$work/slurm-node$i" "$work/tmp-node$i"
		chmod 1777 "$work/tmp-node$i"
		spawn "slurmd-$i" root "$i" /usr/sbin/slurmd -D -N "node$i"
		daemons+=($!)
	done
	busywait "$long" all_idle
}

slurm_stop() {
	kill "${daemons[@]}"
	wait "${daemons[@]}"
}

sees_nodes() { # PERSON
	as 1 "$1" sinfo
}

other_than() { # PERSON
	[ "$1" = alice ] && echo bob || echo alice
}

# What failed may have left a job behind.
clean() {
	root 1 sh -c 'squeue -ho %A | sort -u | xargs -r scancel -f'
	busywait "$long" all_idle
}

use_plugin() {
	echo "required $plugin" >/etc/slurm/plugstack.conf
}

no_plugin() {
	: >/etc/slurm/plugstack.conf
}

# The three nodes say their names.
three_hosts() { # PERSON
	as 1 "$1" srun -N3 hostname | tee "$work/hosts-$1"
	[ "$(sort "$work/hosts-$1" | xargs)" = "node1 node2 node3" ]
}

running() { # JOB
	[ "$(root 1 squeue -hj "$1" -o %T)" = RUNNING ]
}

over() { # JOB
	[ -z "$(root 1 squeue -hj "$1" -o %T)" ]
}

# The job of that name.
job_of() { # NAME
	root 1 squeue -hn "$1" -o %A
}

# A job to its end. sbatch --wait looks after 2, 8 and 32 seconds only.
batch() { # PERSON ARG...
	local who=$1 job
	shift
	rm -f "$work/home/$who"/out-*
	job=$(as 1 "$who" sbatch --parsable -o "$work/home/$who/out-%j-%a" "$@") &&
		busywait "$long" over "$job" &&
		cat "$work/home/$who"/out-*
}

a_batch() { # PERSON
	batch "$1" -N3 --wrap 'id -un; srun hostname' >"$work/batch-$1" || return
	cat "$work/batch-$1"
	[ "$(sort "$work/batch-$1" | xargs)" = \
		"$(printf '%s\n' "$1" node1 node2 node3 | sort | xargs)" ]
}

an_array() { # PERSON
	# shellcheck disable=SC2016	# expands there
	batch "$1" -a 1-3 --wrap 'srun sh -c "echo \$SLURM_ARRAY_TASK_ID"' \
		>"$work/array-$1" || return
	cat "$work/array-$1"
	[ "$(sort "$work/array-$1" | xargs)" = "1 2 3" ]
}

a_terminal() { # PERSON
	as 1 "$1" script -qec "srun -w node3 --pty sh -c 'tty; id -un; hostname'" \
		/dev/null | tr -d '\r' | xargs | tee "$work/terminal-$1"
	grep -q "/dev/pts/[0-9]* $1 node3\$" "$work/terminal-$1"
}

overhears() { # PERSON STEP
	as 3 "$1" timeout 20 sattach "$2" | tee "$work/overheard"
	grep -q tick "$work/overheard"
}

# Two users' programs on node 2, which they watch and end, and others try to.
watched() {
	local who other job
	local -A step
	for who in "${people[@]}"; do
		spawn "ticks-$who" as 1 "$who" srun -J "ticks-$who" -w node2 \
			sh -c "while sleep 1; do echo tick $who; done"
		step[$who]=$!
	done
	for who in "${people[@]}"; do
		check "$who's program on node 2 is heard" \
			busywait "$long" grep -qx "tick $who" "$work/ticks-$who"
		job=$(job_of "ticks-$who")
		spawn "attached-$who" as 3 "$who" sattach "$job.0"
		check "$who attaches to it from node 3" \
			busywait "$long" grep -qx "tick $who" "$work/attached-$who"
	done
	for who in "${people[@]}"; do
		other=$(other_than "$who")
		job=$(job_of "ticks-$who")
		cannot "$other hears $who's program by attaching" \
			overhears "$other" "$job.0"
		cannot "$other ends it" as 1 "$other" scancel "$job"
		check "it still runs" running "$job"
		unreached "$who's srun" "$who" "$other" 1
		unreached "$who's sattach" "$who" "$other" 3
		reached "$who" 1
		check "$who ends it" as 1 "$who" scancel "$job"
	done
	for who in "${people[@]}"; do
		check "and srun with it" busywait "$long" gone "${step[$who]}"
	done
	check "all nodes are free again" busywait "$long" all_idle
}

# Two sruns that have to wait; slurmctld calls them when they may go on.
queued() { # HEARD
	local who first
	first=$(as 1 alice sbatch --parsable -o /dev/null -N3 --exclusive \
		--wrap 'sleep 1000')
	check "alice's job has all nodes" busywait "$long" running "$first"
	for who in "${people[@]}"; do
		spawn "queued-$who" as 1 "$who" srun -J "queued-$who" -N3 hostname
	done
	for who in "${people[@]}"; do
		check "$who's srun waits" busywait "$long" \
			grep -q "queued and waiting" "$work/queued-$who"
		job_of "queued-$who" >"$work/queued-job-$who"
	done
	as 1 alice scancel "$first"
	for who in "${people[@]}"; do
		if [ -n "$1" ]; then
			check "$who's goes on when the nodes are free" busywait "$long" \
				grep -q node3 "$work/queued-$who"
		else
			check "$who's has the nodes when they are free" \
				busywait "$long" running "$(cat "$work/queued-job-$who")"
		fi
	done
	[ -n "$1" ] || cannot "one of them hears of it" \
		busywait 10 grep -q node "$work"/queued-{alice,bob}
	check "no job is left" clean
}

# Two users' jobs on all nodes at once: each listens on the same port everywhere,
# and hears from each node whom it reaches there.
cat >"$work/same-port" <<'SCRIPT'
probe=$1 meet=$2 me=$(id -un)
await() { # WHAT: six of them
	n=0
	until [ "$(ls "$meet" | grep -c "^$1-")" = 6 ]; do
		n=$((n + 1)); [ $n -lt 4000 ] || exit 1
		sleep 0.1
	done
}
$probe serve tcp 0.0.0.0 7777 "$me" >"$meet/log-$me-$SLURM_PROCID" 2>&1 &
n=0
until grep -qx ready "$meet/log-$me-$SLURM_PROCID"; do
	n=$((n + 1)); [ $n -lt 4000 ] || exit 1
	sleep 0.1
done
touch "$meet/up-$me-$SLURM_PROCID"
await up
for i in 1 2 3; do
	$probe ask tcp 192.168.80.$i 7777 | cut -d' ' -f1
done
touch "$meet/done-$me-$SLURM_PROCID"
await done
kill %1
SCRIPT
same_port() {
	local who pids=()
	rm -rf "$work/meet"
	mkdir -m 1777 "$work/meet"
	for who in "${people[@]}"; do
		spawn "same-$who" as 1 "$who" srun -N3 \
			bash "$work/same-port" "$probe" "$work/meet"
		pids+=($!)
	done
	for who in "${pids[@]}"; do
		busywait "$long" gone "$who"
	done
	for who in "${people[@]}"; do
		equal "$who's nine connections to a port of both reach $who" \
			"9 $who" "$(sort "$work/same-$who" | uniq -c | xargs)"
	done
}

# The ports that a user's programs listen on, on a node.
listening() { # NODE PERSON
	root "$1" ss -Hltn | grep -oE "%vrf${uid_of[$2]}:[0-9]+" |
		cut -d: -f2 | sort -u
}

# To which of the ports of a node: by all its addresses.
connects() { # NODE PERSON TO-NODE PORT...
	local to="192.168.80.$3 192.168.40.$3"
	[ "$1" != "$3" ] || to+=" 127.0.0.1 ::1"
	# shellcheck disable=SC2016	# expands there
	as "$1" "$2" bash -c 'to=$1; shift
		for a in $to; do
			for port; do
				{ exec 3<>"/dev/tcp/$a/$port"; } 2>/dev/null || continue
				echo "$port"
				exec 3>&-
			done
		done | sort -u' - "$to" "${@:4}"
}

# Who gets to what somebody listens on, and the other does not. Programs may not take it well if their
# owner connects and says nothing.
unreached() { # WHAT OWNER OTHER NODE
	mapfile -t open < <(comm -23 <(listening "$4" "$2") <(listening "$4" "$3"))
	check "$1 listens on node $4 (${open[*]})" test -n "${open[*]}"
	equal "$3 reaches none of that, from any node" "" \
		"$(for from in 1 2 3; do
			connects $from "$3" "$4" "${open[@]}"
		done | xargs)"
}
reached() { # OWNER NODE
	mapfile -t open < <(listening "$2" "$1")
	equal "$1 reaches all of that on node $2" "${open[*]}" \
		"$(connects "$2" "$1" "$2" "${open[@]}" | xargs)"
}

# What others could reach, since it is the system's.
stepd_listens() { # NODE
	root "$1" ss -Hltnp | grep slurmstepd | grep -v %vrf
}

# The ranks are done; if not, what is known of them and their connections.
done_right() { # OWNER
	local node pid
	busywait "$long" grep -q "^3 ranks" "$work/mpi-$1" && return
	cat "$work/mpi-$1"
	for node in 1 2 3; do
		root "$node" ss -tinpeO | grep uvn_mpi
		root "$node" nstat -as
		adm "$node" -j user show "${uid_of[$1]}"
	done
	for pid in $(pgrep -x uvn_mpi); do
		grep . "/proc/$pid"/{stat,wchan,syscall,stack}
	done
	return 1
}

# A program of three ranks on three nodes, while another user is curious.
mpi() { # HOW OWNER COMMAND...
	local how=$1 owner=$2 go=$work/home/$2/go other pid node
	other=$(other_than "$owner")
	shift 2
	touch "$go"
	spawn "mpi-$owner" as 1 "$owner" "$@" "$here/uvn_mpi" "$go"
	pid=$!
	check "$owner's ranks talk, $how" \
		busywait "$long" grep -q "first round" "$work/mpi-$owner"
	for node in 1 2 3; do
		unreached "$owner's MPI" "$owner" "$other" $node
		[ ! -s /etc/slurm/plugstack.conf ] || [ "$1" != srun ] ||
			cannot "slurmstepd listens there for all" \
				stepd_listens $node
	done
	rm "$go"
	check "the ring and everybody's word to everybody are right" \
		done_right "$owner"
	for node in 1 2 3; do
		reached "$owner" $node
	done
	kill $pid
	check "it ends" busywait "$long" gone $pid
	[ -z "$debug" ] || cat "$work/mpi-$owner"
}
debug=${UVN_DEBUG-}

# MPICH sees that it is in a job, and starts its proxies by srun. Who waits takes a CPU, so
# there are few messages.
hydra() { # PERSON
	as 1 "$1" salloc -N2 env UCX_TLS=tcp,self mpiexec.hydra -n 2 -ppn 1 NPmpich2 -l 512 \
		-u 1024 -n 1 -p 0 -o /dev/null >"$work/hydra-$1" 2>&1
	cat "$work/hydra-$1"
	grep -q "Mbps in" "$work/hydra-$1"
}

jobs_of_all() { # HEARD (may slurmctld call srun?) PERSON (whose MPI program?)
	check "two users see the nodes" both sees_nodes
	check "their srun on three nodes" both three_hosts
	check "their batch jobs on three nodes" both a_batch
	check "their job arrays" both an_array
	check "they have terminals on node 3" both a_terminal
	watched
	queued "$1"
	same_port
	mpi "by srun and PMIx" "$2" srun --mpi=pmix -N3
	check "MPICH by hydra and srun, two users at once" both hydra
	check "root's srun on three nodes" root 1 timeout "$long" srun -N3 true
	check "no job is left" clean
}

needs slurmctld slurmd munged mpirun mpiexec.hydra NPmpich2 "$plugin" "$here/uvn_mpi"
ktap_begin
if ! load || ! nodes 3; then
	echo "Bail out! no nodes"
	exit 1
fi
check "accounts and keys" accounts
conserve /etc/hosts /etc/slurm/{cgroup,slurm,plugstack}.conf
# By TCP, and who waits lets others go on: two CPUs for all. Devices by name, not users'
# VRFs as well: cluster.rst.
check "homes" homes "pml = ob1" "btl = tcp,self" "btl_tcp_if_include = em1,ib0" \
	"mpi_yield_when_idle = 1"
mkdir -p /run/munge
check "nodes have names" name_nodes 3 \
	"mount -t tmpfs -o mode=755 tmpfs /run/munge && chown munge: /run/munge"
check "cgroups" cgroups
check "configuration" slurm_config
no_plugin
for node in 1 2 3; do
	check "munged on node $node" munged $node
	in_short || check "sshd on node $node" sshd $node
done
check "slurmctld, slurmd on three nodes" slurm_start
in_short || check "without uvn: srun on three nodes" three_hosts alice
for node in 1 2 3; do
	check "uvn is enabled on node $node" configure $node
done

# The short form: by the plugin, jobs of two users at the same time and port.
if in_short; then
	use_plugin
	same_port
	for node in 1 2 3; do
		equal "node $node: nobody acts for anybody any more" "[]" \
			"$(adm $node -j adopt list | jq -c .)"
	done
	check "what made them nodes goes" unname_nodes
	finish
fi

# Neither way: slurmstepd, of the system, cannot reach a user's srun.
check "alice sees the nodes" as 1 alice sinfo
spawn alone as 1 alice srun -N3 hostname
alone=$!
check "with neither plugin nor published ports slurmstepd is refused" \
	busywait "$long" grep -q "onnection refused" "$work/slurmd-node2.log"
check "no job is left" clean
cannot "srun has heard anything" grep node "$work/alone"
kill $alone
check "it ends" busywait "$long" gone $alone

# With the plugin.
use_plugin
jobs_of_all "" alice
for node in 1 2 3; do
	equal "node $node: nobody acts for anybody any more" "[]" \
		"$(adm $node -j adopt list | jq -c .)"
done

# On a node where it cannot do its work nothing runs.
refused_batch() { # TEXT: what is in the job's output
	batch alice -w node3 --no-requeue --wrap "touch $work/home/alice/ran" |
		tee "$work/refused"
	grep -q "$1" "$work/refused" && [ ! -e "$work/home/alice/ran" ]
}
check "uvn is disabled on node 3" adm 3 disable
check "a batch job there does not run, and says why" \
	refused_batch "uvn: no network for UID 1234: uvn is not enabled"
check "the node is taken out of service" \
	root 1 sh -c 'sinfo -hn node3 -o %T | grep drain'
check "the node is put back" root 1 scontrol update nodename=node3 state=resume
refusals() {
	grep -c "uvn: no network for UID 1234: uvn is not enabled" \
		"$work/slurmd-node3.log"
}
before=$(refusals)
more_refusals() { [ "$(refusals)" -gt "$before" ]; }
refused_srun() {
	spawn refused as 3 alice srun -w node3 touch "$work/home/alice/ran"
	busywait "$long" more_refusals && return
	cat "$work/refused"
	root 1 squeue
	tail -n 20 "$work/slurmd-node3.log"
	return 1
}
from_elsewhere() {
	local patience=90
	as 1 alice srun -w node3 touch "$work/home/alice/ran"
}
cannot "srun from another node reaches slurmd there" from_elsewhere
check "srun there is refused, and the log of slurmd says why" refused_srun
check "no job is left" clean
cannot "it has run" test -e "$work/home/alice/ran"
check "root's jobs run there" root 1 timeout "$long" srun -w node3 true
check "uvn is enabled on node 3 again" adm 3 enable
check "alice's srun on three nodes" three_hosts alice
no_plugin

# With published ports.
check "Slurm stops" slurm_stop
check "srun's ports are $ports" slurm_config "SrunPortRange=$ports"
check "Slurm starts" slurm_start
for node in 1 2 3; do
	check "they are published on node $node" \
		adm $node publish add tcp $ports from 192.168.80.0/21
done
jobs_of_all heard bob
for node in 1 2 3; do
	check "they are published on node $node no more" \
		adm $node publish del tcp $ports from 192.168.80.0/21
done

# Open MPI by itself.
mpi "by ssh" alice mpirun --host node1,node2,node3
netpipe() {
	as 1 bob mpirun --host node1,node3 /usr/bin/NPopenmpi -u 2048 -n 3 -o /dev/null 2>&1 |
		tee "$work/netpipe"
	grep -q "Mbps in" "$work/netpipe"
}
check "NetPIPE between two nodes" netpipe

# As before, for who goes back.
for node in 1 2 3; do
	check "uvn is disabled on node $node" adm $node disable
done
check "without uvn: bob's srun on three nodes" three_hosts bob
if [ -n "$debug" ]; then
	cp "$work"/slurm*.log "$work/slurmctld" "$UVN_OUT"
fi
check "what made them nodes goes" unname_nodes
finish
