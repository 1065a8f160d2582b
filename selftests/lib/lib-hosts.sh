# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What suites share whose programs want hosts and people with names: a node has a
# host name, nodeN, and mounts of its own, and people have homes and reach every node
# by ssh. A suite sources this instead of lib.sh.

# shellcheck disable=SC2034,SC2317	# functions and variables are the suites'
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

people=(alice bob)

# What makes a network namespace a node: a host name, mounts.
named=
name_nodes() { # N [COMMAND]: which each node runs in its own mounts and network
	local i
	mkdir -p "$work/ns" && mount --bind "$work/ns" "$work/ns" &&
		mount --make-private "$work/ns" || return
	for i in $(seq "$1"); do
		touch "$work/ns/uts$i" "$work/ns/mnt$i"
		unshare --uts="$work/ns/uts$i" --mount="$work/ns/mnt$i" \
			nsenter --net="/run/netns/n$i-$seed" \
			sh -c "hostname node$i && ${2:-:}" || return
		echo "192.168.80.$i node$i" >>/etc/hosts
	done
	named=1
}
unname_nodes() {
	umount "$work"/ns/{uts,mnt}* "$work/ns"
}

on() { # NODE UID COMMAND...
	local ns=/run/netns/n$1-$seed
	[ -z "$named" ] || ns+=:$work/ns/uts$1:$work/ns/mnt$1
	$replace "$lib/uvn_as" "$ns" "${@:2}"
}
root() { on "$1" 0 "${@:2}"; }
user() { on "$@"; }

# As somebody, at home, and not for ever. What is awaited comes; a machine with
# many guests takes its time.
long=400
patience=$long
as() { # NODE PERSON COMMAND...
	on "$1" "${uid_of[$2]}" env -u SLURM_CONF HOME="$work/home/$2" USER="$2" \
		--chdir="$work/home/$2" timeout -k 10 $patience "${@:3}"
}

# ssh to every node without a question, and Open MPI's settings.
homes() { # LINE...
	local who
	for who in "${people[@]}"; do
		mkdir "$work/home/$who/.ssh" "$work/home/$who/.openmpi"
		cat >"$work/home/$who/.ssh/config" <<-CONFIG
		IdentityFile $work/ssh/$who
		StrictHostKeyChecking no
		UserKnownHostsFile /dev/null
		LogLevel ERROR
		CONFIG
		printf '%s\n' "$@" >"$work/home/$who/.openmpi/mca-params.conf"
		chown -R "$who:" "$work/home/$who"
	done
}

# For all users at the same time; each says what it has to say in a file.
both() { # COMMAND... PERSON
	local who pids=() pid status=0
	for who in "${people[@]}"; do
		"$@" "$who" >"$work/both-$who" 2>&1 &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || status=1
	done
	tail -n 20 "${people[@]/#/$work/both-}"
	return "$status"
}

gone() { # PID
	! kill -0 "$1"
}
