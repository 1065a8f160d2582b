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
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

people=(alice bob)
ports=30001-30100	# of srun, if they are published
plugin=$tree/tools/slurm/spank_uvn.so

# What makes a network namespace a node: a host name, a /run/munge.
named=
name_nodes() {
	local i
	mkdir -p /run/munge "$work/ns" && mount --bind "$work/ns" "$work/ns" &&
		mount --make-private "$work/ns" || return
	for i in 1 2 3; do
		touch "$work/ns/uts$i" "$work/ns/mnt$i"
		unshare --uts="$work/ns/uts$i" --mount="$work/ns/mnt$i" sh -c "
			hostname node$i &&
			mount -t tmpfs -o mode=755 tmpfs /run/munge &&
			chown munge: /run/munge" || return
		echo "192.168.80.$i node$i" >>/etc/hosts
	done
	named=1
}
unname_nodes() {
	umount "$work"/ns/{uts,mnt}[123] "$work/ns"
}

on() { # NODE UID COMMAND...
	local ns=/run/netns/n$1-$seed
	[ -z "$named" ] || ns+=:$work/ns/uts$1:$work/ns/mnt$1
	$replace "$here/uvn_as" "$ns" "${@:2}"
}
root() { on "$1" 0 "${@:2}"; }
user() { on "$@"; }

# As somebody, at home, and not for ever.
patience=90
as() { # NODE PERSON COMMAND...
	on "$1" "${uid_of[$2]}" env -u SLURM_CONF HOME="$work/home/$2" USER="$2" \
		--chdir="$work/home/$2" timeout -k 10 $patience "${@:3}"
}

homes() {
	local who
	for who in "${people[@]}"; do
		mkdir "$work/home/$who/.ssh" "$work/home/$who/.openmpi"
		cat >"$work/home/$who/.ssh/config" <<-CONFIG
		IdentityFile $work/ssh/$who
		StrictHostKeyChecking no
		UserKnownHostsFile /dev/null
		LogLevel ERROR
		CONFIG
		# By TCP, and who waits lets others go on: two CPUs for all.
		cat >"$work/home/$who/.openmpi/mca-params.conf" <<-CONFIG
		pml = ob1
		btl = tcp,self
		mpi_yield_when_idle = 1
		CONFIG
		chown -R "$who:" "$work/home/$who"
	done
}

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
	MessageTimeout=60
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
	busywait 20 root "$1" sh -c 'munge -n | unmunge'
}

all_idle() { [ "$(root 1 sinfo -ht idle -o %D)" = 3 ]; }

slurm_start() {
	local i
	daemons=()
	spawn slurmctld root 1 /usr/sbin/slurmctld -D
	daemons+=($!)
	busywait 60 root 1 scontrol ping
	for i in 1 2 3; do
		mkdir -p "$work/slurm-node$i" "$work/tmp-node$i"
		chmod 1777 "$work/tmp-node$i"
		spawn "slurmd-$i" root "$i" /usr/sbin/slurmd -D -N "node$i"
		daemons+=($!)
	done
	busywait 60 all_idle
}

slurm_stop() {
	kill "${daemons[@]}"
	wait "${daemons[@]}"
}

# What failed may have left a job behind.
clean() {
	root 1 sh -c 'squeue -ho %A | sort -u | xargs -r scancel -f'
	busywait 90 all_idle
}

use_plugin() {
	echo "required $plugin" >/etc/slurm/plugstack.conf
}

no_plugin() {
	: >/etc/slurm/plugstack.conf
}

# The three nodes say their names.
is_nodes() { # FILE
	[ "$(sort "$1" | xargs)" = "node1 node2 node3" ]
}

three_hosts() { # PERSON
	as 1 "$1" srun -N3 hostname | tee "$work/hosts"
	is_nodes "$work/hosts"
}

running() { # JOB
	[ "$(root 1 squeue -hj "$1" -o %T)" = RUNNING ]
}

gone() { # PID
	! kill -0 "$1"
}

# The job of that name.
job_of() { # NAME
	root 1 squeue -hn "$1" -o %A
}

batch() { # PERSON ARG... : a job to its end
	local who=$1
	shift
	as 1 "$who" sbatch -QW -o "$work/home/$who/out-%j-%a" "$@"
}

a_batch() { # PERSON
	rm -f "$work/home/$1"/out-*
	batch "$1" -N3 --wrap 'id -un; srun hostname' || return
	cat "$work/home/$1"/out-*
	[ "$(sort "$work/home/$1"/out-* | xargs)" = \
		"$(printf '%s\n' "$1" node1 node2 node3 | sort | xargs)" ]
}

an_array() { # PERSON
	rm -f "$work/home/$1"/out-*
	# shellcheck disable=SC2016	# expands there
	batch "$1" -a 1-4 --wrap 'srun sh -c "echo \$SLURM_ARRAY_TASK_ID"' || return
	[ "$(sort "$work/home/$1"/out-* | xargs)" = "1 2 3 4" ]
}

a_terminal() { # PERSON
	as 1 "$1" script -qec "srun -w node3 --pty sh -c 'tty; id -un; hostname'" \
		/dev/null | tr -d '\r' | xargs | tee "$work/terminal"
	grep -q "/dev/pts/[0-9]* $1 node3\$" "$work/terminal"
}

overhears() { # PERSON STEP
	as 3 "$1" timeout 20 sattach "$2" | tee "$work/overheard"
	grep -q tick "$work/overheard"
}

# Somebody's program on node 2, which others watch and end, or try to.
watched() { # PERSON OTHER
	local who=$1 other=$2 job step
	spawn "ticks-$who" as 1 "$who" srun -J "ticks-$who" -w node2 \
		sh -c 'while sleep 1; do echo tick; done'
	step=$!
	check "$who's program on node 2 is heard" \
		busywait 60 grep -q tick "$work/ticks-$who"
	job=$(job_of "ticks-$who")
	spawn "attached-$who" as 3 "$who" sattach "$job.0"
	check "$who attaches to it from node 3" \
		busywait 60 grep -q tick "$work/attached-$who"
	cannot "$other hears it by attaching" overhears "$other" "$job.0"
	cannot "$other ends it" as 1 "$other" scancel "$job"
	check "it still runs" running "$job"
	unreached "$who's srun" "$who" "$other" 1
	reached "$who" 1
	check "$who ends it" as 1 "$who" scancel "$job"
	check "and srun with it" busywait 60 gone "$step"
	check "all nodes are free again" busywait 60 all_idle
}

# A srun that has to wait; slurmctld calls it when it may go on.
queued() { # PERSON HEARD
	local who=$1 first
	first=$(as 1 "$who" sbatch --parsable -o /dev/null -N3 --exclusive \
		--wrap 'sleep 1000')
	check "$who's job has all nodes" busywait 30 running "$first"
	spawn "queued-$who" as 1 "$who" srun -J "queued-$who" -N3 hostname
	check "$who's srun waits" busywait 30 grep -q "queued and waiting" \
		"$work/queued-$who"
	job_of "queued-$who" >"$work/queued"
	as 1 "$who" scancel "$first"
	if [ -n "$2" ]; then
		check "it goes on when the nodes are free" busywait 60 \
			grep -q node3 "$work/queued-$who"
	else
		check "it has the nodes when they are free" \
			busywait 60 running "$(cat "$work/queued")"
		cannot "it hears of it" \
			busywait 15 grep -q node3 "$work/queued-$who"
	fi
	check "no job is left" clean
}

# Two users' jobs on all nodes at once: each listens on the same port everywhere,
# and hears from each node whom it reaches there.
cat >"$work/same-port" <<'SCRIPT'
probe=$1 meet=$2 me=$(id -un)
await() { # WHAT: six of them
	n=0
	until [ "$(ls "$meet" | grep -c "^$1-")" = 6 ]; do
		n=$((n + 1)); [ $n -lt 600 ] || exit 1
		sleep 0.1
	done
}
$probe serve tcp 0.0.0.0 7777 "$me" >"$meet/log-$me-$SLURM_PROCID" 2>&1 &
n=0
until grep -qx ready "$meet/log-$me-$SLURM_PROCID"; do
	n=$((n + 1)); [ $n -lt 600 ] || exit 1
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
		busywait 90 gone "$who"
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
	# shellcheck disable=SC2016	# expands there
	as "$1" "$2" bash -c 'to=$1; shift
		for a in 127.0.0.1 ::1 192.168.80.$to 192.168.40.$to; do
			for port; do
				(exec 3<>"/dev/tcp/$a/$port") 2>/dev/null && echo "$port"
			done
		done | sort -u' - "${@:3}"
}

# Who gets to what somebody listens on. Programs may not take it well if their
# owner connects and says nothing.
unreached() { # WHAT OWNER OTHER NODE
	mapfile -t open < <(listening "$4" "$2")
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

# A program of three ranks on three nodes, while another user is curious.
mpi() { # HOW OWNER OTHER COMMAND...
	local how=$1 owner=$2 other=$3 go=$work/home/$2/go pid node
	shift 3
	touch "$go"
	patience=400 spawn "mpi-$owner" as 1 "$owner" "$@" "$here/uvn_mpi" "$go"
	pid=$!
	check "$owner's ranks talk, $how" \
		busywait 80 grep -q "first round" "$work/mpi-$owner"
	for node in 1 2 3; do
		unreached "MPI" "$owner" "$other" $node
		[ ! -s /etc/slurm/plugstack.conf ] || [ "$1" != srun ] ||
			cannot "slurmstepd listens there for all" \
				stepd_listens $node
	done
	rm "$go"
	check "the ring and everybody's word to everybody are right" \
		busywait 60 grep -q "^3 ranks" "$work/mpi-$owner"
	for node in 1 2 3; do
		reached "$owner" $node
	done
	kill $pid
	check "it ends" busywait 60 gone $pid
	[ -z "$debug" ] || cat "$work/mpi-$owner"
}
debug=${UVN_DEBUG-}

jobs_of_all() { # HEARD: may slurmctld call srun?
	local who other
	for who in "${people[@]}"; do
		other=bob
		[ "$who" = alice ] || other=alice
		check "$who sees the nodes" as 1 "$who" sinfo
		check "$who's srun on three nodes" three_hosts "$who"
		check "$who's batch job on three nodes" a_batch "$who"
		check "$who's job array" an_array "$who"
		check "$who has a terminal on node 3" a_terminal "$who"
		watched "$who" "$other"
		queued "$who" "$1"
	done
	same_port
	mpi "by srun and PMIx" alice bob srun --mpi=pmix -N3
	check "root's srun on three nodes" root 1 timeout 60 srun -N3 true
	check "no job is left" clean
}

echo "KTAP version 1"
if ! load || ! nodes 3; then
	echo "Bail out! no nodes"
	exit 1
fi
check "accounts and keys" accounts
check "homes" homes
check "nodes have names" name_nodes
check "cgroups" cgroups
check "configuration" slurm_config
no_plugin
for node in 1 2 3; do
	check "munged on node $node" munged $node
	check "sshd on node $node" sshd $node
done
check "slurmctld, slurmd on three nodes" slurm_start
check "without uvn: srun on three nodes" three_hosts alice
for node in 1 2 3; do
	check "uvn is enabled on node $node" configure $node
done

# Neither way: slurmstepd, of the system, cannot reach a user's srun.
patience=15
check "alice sees the nodes" as 1 alice sinfo
cannot "srun, with neither plugin nor published ports" three_hosts alice
check "slurmstepd has been refused" \
	grep -q "onnection refused" "$work/slurmd-node2.log"
patience=90
check "no job is left" clean

# With the plugin.
use_plugin
jobs_of_all ""
for node in 1 2 3; do
	equal "node $node: nobody acts for anybody any more" "[]" \
		"$(adm $node -j adopt list | jq -c .)"
done

# On a node where it cannot do its work nothing runs.
refused_batch() { # TEXT: what is in the job's output
	rm -f "$work/home/alice"/out-* "$work/home/alice/ran"
	batch alice -w node3 --no-requeue --wrap "touch $work/home/alice/ran"
	cat "$work/home/alice"/out-*
	grep -q "$1" "$work/home/alice"/out-* && [ ! -e "$work/home/alice/ran" ]
}
check "uvn is disabled on node 3" adm 3 disable
check "a batch job there does not run, and says why" \
	refused_batch "uvn: no network for UID 1234: uvn is not enabled"
check "the node is taken out of service" \
	root 1 sh -c 'sinfo -hn node3 -o %T | grep drain'
check "the node is put back" root 1 scontrol update nodename=node3 state=resume
patience=15
cannot "srun there" as 1 alice srun -w node3 touch "$work/home/alice/ran"
cannot "it has run" test -e "$work/home/alice/ran"
check "the log of slurmd says why" grep -q \
	"uvn: no network for UID 1234: uvn is not enabled" "$work/slurmd-node3.log"
check "root's jobs run there" root 1 timeout 60 srun -w node3 true
check "uvn is enabled on node 3 again" adm 3 enable
patience=90
check "no job is left" clean
check "alice's srun on three nodes" three_hosts alice
no_plugin

# With published ports.
if adm 1 publish list >/dev/null 2>&1; then
	check "Slurm stops" slurm_stop
	check "srun's ports are $ports" slurm_config "SrunPortRange=$ports"
	check "Slurm starts" slurm_start
	for node in 1 2 3; do
		check "they are published on node $node" \
			adm $node publish add tcp $ports from 192.168.80.0/21
	done
	jobs_of_all heard
	for node in 1 2 3; do
		check "they are published on node $node no more" \
			adm $node publish del tcp $ports from 192.168.80.0/21
	done
	patience=15
	cannot "srun, with neither" three_hosts alice
	patience=90
	check "no job is left" clean
else
	echo "# ports cannot be published: only the plugin was tried"
fi

# Open MPI by itself.
for who in "${people[@]}"; do
	other=bob
	[ "$who" = alice ] || other=alice
	mpi "by ssh" "$who" $other mpirun --host node1,node2,node3
done
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
