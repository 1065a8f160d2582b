#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# As if it were not there: the same programs, services and firewalls on the same nodes
# before uvn is enabled, and with it and fifty users: each row must come out the same.
#
#	node 1 ---+--- em, ib ---+--- node 2	as in lib.sh, both families
#	  |       |              |
#	 box    router		box: a container, 172.17.0.2, by veth0
#				router: the default route, and 8.8.8.8 behind it
#
# transparent.py has the rows. What is alice's alone with uvn, as her ports are, anybody
# has without it: such rows must differ, and say what they must be.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

users=50
patience=1
if [ "$UVN_KERNEL" = debug ]; then
	users=10
	patience=5
fi

# What may not be installed where the suites are built is in a directory.
PATH=$PATH:${UVN_CACHE-}/deb/usr/sbin
needs python3 nft dnsmasq
in_short || needs unbound named chronyd avahi-daemon /lib/systemd/systemd-socket-proxyd
ktap_begin
dual=1
# avahi-daemon asks for them, even if it stays root.
conserve /etc/passwd /etc/group
getent passwd avahi >"$work/passwd" ||
	echo "avahi:x:898:898::/:/usr/sbin/nologin" >>/etc/passwd
getent group avahi >"$work/group" ||
	echo "avahi:x:898:" >>/etc/group
if ! load || ! nodes 2; then
	echo "Bail out! no nodes"
	exit 1
fi

surroundings() {
	local i
	ip netns add "nrouter-$seed" && ip netns add "nbox-$seed" &&
	ip -n "nrouter-$seed" link set lo up && ip -n "nbox-$seed" link set lo up &&
	link_pair router em1 9000 192.168.80.254/21 em &&
	ip -n "nrouter-$seed" -batch - <<-IP || return
	addr add 2001:db8:80::fe/64 dev em1 nodad
	addr add 8.8.8.8/32 dev lo
	addr add 2001:4860::8888/128 dev lo nodad
	IP
	for i in 1 2; do
		root "$i" sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 &&
		ip -n "n$i-$seed" route add default via 192.168.80.254 &&
		ip -n "n$i-$seed" route add default via 2001:db8:80::fe || return
	done
	ip -n "n1-$seed" link add veth0 type veth peer name eth0 netns "nbox-$seed" &&
	ip -n "n1-$seed" -batch - <<-IP &&
	link set veth0 up
	addr add 172.17.0.1/16 dev veth0
	IP
	ip -n "nbox-$seed" -batch - <<-IP &&
	link set eth0 up
	addr add 172.17.0.2/16 dev eth0
	route add default via 172.17.0.1
	IP
	root 1 sysctl -qw net.ipv4.ip_forward=1 &&
	ip -n "n2-$seed" route add 172.17.0.0/16 via 192.168.80.1
}

# All rows, or those of some subjects, into a file.
rows() { # NAME PATIENCE [SUBJECT...]
	local name=$1 start=$SECONDS
	export UVN_PATIENCE=$2
	shift 2
	python3 "$here/transparent.py" "$seed" "$@" >"$work/rows-$name" 2>"$work/said-$name" ||
		{ note "$name failed"; sed 's/^/# /' "$work/said-$name" >&"$rows"; }
	note "$name: $(grep -c . "$work/rows-$name") rows, $((SECONDS - start)) s"
	[ -z "${UVN_OUT-}" ] || cp "$work/rows-$name" "$UVN_OUT/transparent-$name"
}

declare -A before after wanted least subject_of
order=()
read_rows() { # NAME
	local kind subject name value want
	while IFS=$'\t' read -r kind subject name value want; do
		case $kind in
		note) note "$1: $subject: $name"; continue ;;
		must) wanted[$name]=$want ;;
		least) least[$name]=1 ;;
		esac
		subject_of[$name]=$subject
		if [ "$1" = without ]; then
			order+=("$name")
			before[$name]=$value
		else
			after[$name]=$value
		fi
	done <"$work/rows-$1"
}

# What a row must be: of "least", where nobody answered without uvn, anything.
unheard="silence|E[A-Z]*"
judge() { # ROW: sets want and seen
	local i was is
	want=${wanted[$1]-${before[$1]}} seen=${after[$1]-it is missing}
	[ -n "${least[$1]-}" ] || return
	IFS=, read -ra was <<<"${want//, /,}"
	IFS=, read -ra is <<<"${seen//, /,}"
	[ ${#was[@]} = ${#is[@]} ] || return
	for i in "${!was[@]}"; do
		[ "${was[i]}" = ECONNREFUSED ] || [[ ! ${was[i]} =~ ^($unheard)$ ]] ||
			is[i]=${was[i]}
	done
	printf -v seen '%s, ' "${is[@]}"
	seen=${seen%, }
}
differs() { # ROW
	local want seen
	judge "$1"
	[ "$want" != "$seen" ]
}

# What is not as without uvn, and known to be so: transparent.known.
mapfile -t known < <(grep -v '^#' "$here/transparent.known")
is_known() { # ROW
	local pattern
	[ -z "${wanted[$1]+it must be so}" ] || return
	for pattern in "${known[@]}"; do
		# shellcheck disable=SC2053	# it is a pattern
		[[ $1 != $pattern ]] || return 0
	done
	return 1
}

check "what is around the nodes" surroundings
check "addresses settle" busywait 20 settled 1 2
rows without $((patience * 2))
read_rows without
check "there are rows" test ${#order[@]} -gt 400
cannot "one is there twice" sh -c "cut -f1-3 '$work/rows-without' | grep -v ^note | sort |
	uniq -d | grep ."

enabled() { # NODE
	adm "$1" load - <<-CONFIG &&
	subnet add 192.168.80.0/21 port 801 group 239.77.0.1
	subnet add 192.168.40.0/21 port 802 group 239.77.0.2
	subnet add 2001:db8:80::/64 port 803 group ff05::77:1
	subnet add 2001:db8:40::/64 port 804 group ff05::77:2
	range add uid 1000-59999
	cgnat add 100.64.0.0/10
	cgnat add fd64:ba5e::/64
	CONFIG
	adm "$1" enable &&
	root "$1" "$lib/uvn_crowd" sockets 20001 "$users"
}
for i in 1 2; do
	check "node $i has uvn, and $users users" enabled $i
done
rows with $patience
read_rows with

# What differs once more, with more patience: on a busy machine a packet may be late.
again=()
for name in "${order[@]}"; do
	! differs "$name" || again+=("${subject_of[$name]}")
done
if [ ${#again[@]} -gt 0 ]; then
	mapfile -t again < <(printf '%s\n' "${again[@]}" | sort -u)
	rows again $((patience * 2)) "${again[@]}"
	read_rows again
fi

# A row that must be so must be able to be otherwise, as it is without uvn.
able=0 unable=0
for name in "${order[@]}"; do
	judge "$name"
	if [ "$want" != "$seen" ] && is_known "$name"; then
		check "$name: differs, as is known ($seen)" true
	else
		equal "$name" "$want" "$seen"
	fi
	[ -n "${wanted[$name]-}" ] || continue
	if [ "${before[$name]}" != "${wanted[$name]}" ]; then
		able=$((able + 1))
	else
		unable=$((unable + 1))
	fi
done
note "of the rows that must be so $able were not so without uvn, $unable were"
check "most rows that must be so show others without uvn" test $able -gt $unable
finish
