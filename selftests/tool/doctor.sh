#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# uvnadm doctor: each finding is provoked, reported with a remedy, and gone when
# that is done. As a guest takes long for a doctor's round, what does not concern
# each other is wrong at once. What lies in files of the machine or the firmware
# is looked for below a directory that is the machine but for these files; what
# no device here has, and somebody who is in uvn's way, are uvn_nic.ko.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
release=$(uname -r)
machine=$work/machine
at=(--root "$machine")
conf=/etc/uvn.conf
nic=${UVN_KO%/*}/kmod/test/uvn_nic.ko
options=${UVN_CACHE-}/kernels/$UVN_KERNEL/config
node=1

look() { # [ARGS...]: a round on the node
	ended=0
	adm "$node" doctor "$@" >"$work/said" 2>&1 || ended=$?
}

# The last round must have reported this with a remedy, and failed.
reports() { # DESCRIPTION CHECK SEVERITY PATTERN
	check "$1" reported "${@:2}"
}
reported() { # CHECK SEVERITY PATTERN
	local line
	while read -r line; do
		[[ $line =~ ^"$2: $1: ".*$3.*"; remedy: ". ]] || continue
		[ "$2" = note ] || [ "$ended" = 1 ]
		return
	done <"$work/said"
	cat "$work/said"
	return 1
}

# A round must have nothing at all to say.
quiet() { # DESCRIPTION [ARGS...]
	look "${@:2}"
	check "$1" nothing
}
nothing() {
	cat "$work/said"
	[ "$ended" = 0 ] && [[ $(<"$work/said") =~ ^[0-9]+" checks, nothing found"$ ]]
}

# The last round must have nothing to say of that.
spared() { # DESCRIPTION CHECK
	check "$1" unreported "$2"
}
unreported() { # CHECK
	cat "$work/said"
	[[ $(<"$work/said") != *": $1: "* ]]
}

# The machine as it is, to be changed by fake.
fresh() {
	local dir
	rm -rf "$machine"
	mkdir "$machine"
	for dir in proc sys etc boot lib; do
		ln -s /$dir "$machine/$dir"
	done
}

# Put a file there; beside it stays what the machine has.
fake() { # PATH, and its content
	local dir='' part parts
	IFS=/ read -ra parts <<<"${1#/}"
	unset 'parts[-1]'
	for part in "${parts[@]}"; do
		dir+=/$part
		[ -L "$machine$dir" ] || [ ! -d "$machine$dir" ] || continue
		rm -f "$machine$dir"
		mkdir "$machine$dir"
		[ ! -d "$dir" ] || ln -s "$dir"/* "$machine$dir/" 2>/dev/null
	done
	rm -rf "${machine:?}$1"
	cat >"$machine$1"
}
lacks() { # PATH: there is no such file or directory
	fake "$1" </dev/null
	rm -f "$machine$1"
}

known() { # the nodes have each other in their neighbour tables
	root 1 ping -qc1 -W10 192.168.80.2 &&
	root 1 ping -qc1 -W10 192.168.40.2 &&
	root 1 ping -qc1 -W10 2001:db8:80::2
}

keep() { # what is in force on the node
	rm -f $conf && adm "$node" save $conf
}

dual=1
needs "${nic:-uvn_nic.ko}" "$options"
setup 2
conserve /etc/{resolv.conf,passwd,subuid} $conf "/boot/config-$release" \
	/etc/systemd/network/00-uvn.{network,link} /etc/NetworkManager/conf.d/uvn.conf
echo "nameserver 192.0.2.1" >/etc/resolv.conf
cp "$options" "/boot/config-$release"
keep
check "the nodes know each other" known
check "there is uvn_nic.ko (UVN_NIC=1)" test -f "$nic"

quiet "a healthy node"
fresh
quiet "the same below another directory" "${at[@]}"
rm $conf
equal "in JSON" "$(printf '["config","warning","string","string","null"]\n1')" "$(
	adm 1 -j doctor >"$work/json" || code=$?
	jq -c '.[] | [.check, .severity, (.text, .remedy, .subject | type)]' "$work/json"
	echo "$code")"
keep

#
# The kernel, and what is on its disk
#

modules=/lib/modules/$release
secure_boot=/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
sed -e "/^CONFIG_NET_L3_MASTER_DEV=/d" -e "/^CONFIG_INET_DIAG_DESTROY=/d" "$options" |
	fake "/boot/config-$release"
grep -v /udp_diag.ko "$modules/modules.dep" | fake "$modules/modules.dep"
grep -v /udp_diag.ko "$modules/modules.builtin" | fake "$modules/modules.builtin"
lacks /sys/module/udp_diag
printf '\6\0\0\0\1' | fake $secure_boot
echo OE | fake /sys/module/uvn/taint
look "${at[@]}"
reports "an option that uvn needs" kernel-options error CONFIG_NET_L3_MASTER_DEV
reports "an option that is good to have" kernel-options warning DIAG_DESTROY
reports "a module that uvn needs" modules warning "module udp_diag"
reports "Secure Boot, and an unsigned module" secure-boot warning "loaded .* not signed"
cp "$options" "$machine/boot/config-$release"
cp "$modules"/modules.{dep,builtin} "$machine$modules/"
echo O | fake /sys/module/uvn/taint
quiet "they are there, and it is signed" "${at[@]}"

lacks /sys/module/uvn/taint
echo "updates/uvn.ko:" >>"$machine$modules/modules.dep"
head -c 1000 "$UVN_KO" | fake "$modules/updates/uvn.ko"
look "${at[@]}"
reports "an unsigned module on disk" secure-boot warning "Secure Boot"
echo "none [integrity] confidentiality" | fake /sys/kernel/security/lockdown
look "${at[@]}"
reports "in lockdown" secure-boot error "not signed"
echo "[none] integrity confidentiality" | fake /sys/kernel/security/lockdown
printf '\6\0\0\0\0' | fake $secure_boot
quiet "Secure Boot is off" "${at[@]}"
echo Y | fake /sys/module/module/parameters/sig_enforce
look "${at[@]}"
reports "with module.sig_enforce" secure-boot error "not signed"
echo "~Module signature appended~" >>"$machine$modules/updates/uvn.ko"
quiet "it is signed" "${at[@]}"
sed -i 's/uvn.ko:/uvn.ko.xz:/' "$machine$modules/modules.dep"
look "${at[@]}"
reports "it is compressed" secure-boot note compressed
fresh
lacks "$modules/modules.dep"
look "${at[@]}"
reports "no list of modules" modules warning modules.dep
fresh

version=$(adm 1 -j version | jq -r .module)
LC_ALL=C sed "s/\x00${version//./\\.}\x00/\x00${version%.*}.x\x00/g" "$uvnadm" >"$work/uvnadm"
chmod +x "$work/uvnadm"
uvnadm=$work/uvnadm look
reports "another version of the tool" version warning \
	"version ${version//./\\.}, uvnadm is ${version%.*}.x"

#
# The hook: looked at while uvn is enabled nowhere
#

adm 1 disable
adm 2 disable
check "root has port 801" serve_root blocker 1 udp 0.0.0.0 801
check "somebody redirects security_socket_bind" insmod "$nic" grab=1
look
reports "not enabled" module warning "not enabled"
reports "somebody is in uvn's way" hook error security_socket_bind
spared "only one function is concerned" symbols
reports "a port is taken" ports error "port 801"
refuses "so it is" 1 . adm 1 enable
rmmod uvn_nic
kill "${background[-1]}"
wait "${background[-1]}" 2>/dev/null

sysctl -qw kernel.ftrace_enabled=0
grep -v '^security_socket_bind' /sys/kernel/tracing/available_filter_functions |
	fake /sys/kernel/tracing/available_filter_functions
echo 1 | fake /sys/kernel/livepatch/kpatch_1/vmlinux/security_socket_bind,1/patched
echo 1 | fake /sys/kernel/livepatch/kpatch_1/enabled
look "${at[@]}"
reports "function tracing is off" ftrace error ftrace_enabled
reports "a function that cannot be traced" symbols error security_socket_bind
reports "a live patch has one" livepatch error "kpatch_1 has security_socket_bind"
sysctl -qw kernel.ftrace_enabled=1
lacks /sys/kernel/tracing/available_filter_functions
lacks /sys/kernel/debug/tracing/available_filter_functions
echo 0 | fake /sys/kernel/livepatch/kpatch_1/enabled
look "${at[@]}"
spared "function tracing is on" ftrace
spared "the live patch is disabled" livepatch
reports "no tracefs" symbols note "no tracefs"
look
equal "nothing but that uvn is not enabled" \
	"module" "$(sed -n 's/^[a-z]*: \([a-z-]*\): .*/\1/p' "$work/said")"
adm 1 enable
adm 2 enable
quiet "enabled"

#
# Routing
#

rule() { # FAMILY ARGS...
	ip -n "n1-$seed" -"$1" rule "${@:2}"
}
link() {
	ip -n "n1-$seed" link "$@"
}
second() {
	link add em2 mtu 9000 type veth peer name second netns "em-$seed" &&
	ip -n "em-$seed" link set second master br0 up &&
	link set em2 up &&
	ip -n "n1-$seed" addr add 192.168.80.101/21 dev em2
}
check "a second device in a subnet" second
root 1 sysctl -qw net.ipv4.{tcp,udp,raw}_l3mdev_accept=0 \
	net.ipv4.conf.{all,em1}.rp_filter=0 net.ipv4.conf.em2.rp_filter=1
# A site's rule behind uvn's is no matter; before, and before local, it is.
for family in 4 6; do
	rule $family add pref 500 table 77
done
look
spared "rules of the site's that come behind" rules
for family in 4 6; do
	rule $family del pref 0 l3mdev
	rule $family add pref 0 fwmark 9 table 77
	rule $family add pref 0 l3mdev protocol kernel
done
look
for p in tcp udp raw; do
	reports "users do not reach the system by $p" l3mdev-accept warning ${p}_l3mdev_accept
done
reports "rp_filter lets nothing in" rp-filter warning "em2 .* by em1"
for family in 4 6; do
	reports "IPv$family: local comes first" rules error "IPv$family: .*local .*before"
	reports "IPv$family: a rule of the site's comes before users'" rules warning \
		"IPv$family: .*preference 0.* before that for l3mdev"
done
for family in 4 6; do
	rule $family del pref 0 fwmark 9 table 77
	rule $family del pref 0 table local
	rule $family add pref 600 table local
done
look
for family in 4 6; do
	reports "IPv$family: a rule of the site's comes before local" rules warning \
		"IPv$family: .*preference 500.* local .600."
done
root 1 sysctl -qw net.ipv4.{tcp,udp,raw}_l3mdev_accept=1 net.ipv4.conf.em2.rp_filter=2

base=16777216
# Before rules go: a VRF brings the one for l3mdev.
link add blue type vrf table $((base + 5005))
for family in 4 6; do
	rule $family del pref 0
	rule $family del pref 500
	rule $family del pref 600
	rule $family del pref 1000 # of the VRF "blue"
	ip -n "n1-$seed" -$family route add unreachable default table $((base + 500$family))
done
link add vrf5001 type dummy
link add other type dummy
link property add dev other altname vrf5003
look
spared "a loose rp_filter lets packets in" rp-filter
reports "two devices in one subnet" subnets note "em1 and em2 .*192\.168\.80\.0/21"
for family in 4 6; do
	reports "IPv$family: no rule for l3mdev" rules error "IPv$family: .*no rule for l3mdev"
	reports "IPv$family: no rule for local" rules error "IPv$family: .*no rule for .* local"
	reports "IPv$family: routes in a user's table" tables error \
		"table $((base + 500$family)) .*UID 500$family"
done
reports "a device has the name of a user's VRF" devices error "vrf5001 .*UID 5001"
reports "as an alternative one" devices error "vrf5003 .*UID 5003"
reports "a VRF has a user's table" devices error "blue.* table $((base + 5005)): UID 5005"
for family in 4 6; do
	rule $family add pref 0 l3mdev protocol kernel
	rule $family add pref 0 table local
	rule $family add pref 1500 table 77
	ip -n "n1-$seed" -$family route flush table $((base + 500$family))
done
link del blue
link set vrf5001 name vrf999999
link property del dev other altname vrf5003
link del em2
check "a user has a network" user 1 5001 "$probe" bound
quiet "all is where it belongs, and uvn's own is uvn's own"
for family in 4 6; do
	rule $family del pref 1500
done

#
# Addresses and ports, on node 2
#

node=2
check "a subnet that has no node" adm 2 subnet add 10.9.0.0/24 port 809
adm 2 save >"$work/full"
for net in 192.168.80.0/21 192.168.40.0/21 2001:db8:80::/64 2001:db8:40::/64; do
	adm 2 subnet del $net
done
look
reports "in no subnet" subnets warning "no interface"
adm 2 subnet del 10.9.0.0/24
look
reports "no subnet" subnets warning "no subnet"
check "subnets" adm 2 load "$work/full"

check "a pool for two" adm 2 cgnat add 100.64.0.0/30
check "a pool of IPv6" adm 2 cgnat add fd64:9::/64
check "a port that programs may get" adm 2 subnet add 10.9.1.0/24 port 40000 unprivileged
keep
adm 2 user add 1001
adm 2 user add 1002
ip -n "n2-$seed" addr add 100.64.0.9/16 dev em1
ip -n "n2-$seed" -6 route add fd64:9:0:0:7::/80 dev em1
ip -n "n2-$seed" route add 192.168.82.0/24 dev ib0
root 2 sysctl -qw net.ipv4.ip_local_port_range="32768 61500"
max=$(sysctl -n net.netfilter.nf_conntrack_max)
sysctl -qw net.netfilter.nf_conntrack_max=4096
look
reports "a pool overlaps an address" pools warning "100\.64\.0\.0/30 overlaps"
reports "a pool overlaps a route" pools warning "fd64:9::/64 overlaps .*fd64:9:0:0:7::/80"
reports "a pool is used up" pools warning "2 of the 2 addresses"
reports "a part of a subnet is elsewhere" subnets warning \
	"192\.168\.82\.0/24 by ib0 .* by em1"
reports "a port that programs may get first" ports warning "port 40000"
reports "the system's ports reach into nat-ports" nat-ports warning 61000-65535
reports "few flows" conntrack warning "nf_conntrack_max is 4096"
ip -n "n2-$seed" addr del 100.64.0.9/16 dev em1
ip -n "n2-$seed" -6 route del fd64:9:0:0:7::/80 dev em1
ip -n "n2-$seed" route del 192.168.82.0/24 dev ib0
root 2 sysctl -qw net.ipv4.ip_local_port_range="32768 60999"
sysctl -qw net.netfilter.nf_conntrack_max=262144
check "another port" adm 2 subnet del 10.9.1.0/24
check "a larger pool" adm 2 cgnat add 100.64.1.0/24
keep
quiet "none of that"
fresh
echo 200000 | fake /proc/sys/net/netfilter/nf_conntrack_count
look "${at[@]}"
reports "most flows are taken" conntrack warning "200000 of 262144"
sysctl -qw net.netfilter.nf_conntrack_max="$max"

#
# Devices
#

node=1
adm 1 subnet add 10.9.0.0/24 port 809
adm 1 subnet add 2001:db8:9::/64 port 810
adm 1 subnet add 10.9.2.0/24 port 811
keep
insmod "$nic"
ip link set uvnnic0 netns "n1-$seed"
link set uvnnic0 mtu 1300 up
ip -n "n1-$seed" addr add 10.9.0.1/24 dev uvnnic0
ip -n "n1-$seed" addr add 2001:db8:9::1/64 dev uvnnic0 nodad
link add small mtu 600 type dummy
link set small up
ip -n "n1-$seed" addr add 10.9.2.1/24 dev small
root 1 ethtool -K em1 tx-udp_tnl-segmentation off
root 1 ethtool -K uvnnic0 rx-udp_tunnel-port-offload off
look
reports "no room for IPv6" mtu warning "uvnnic0 .* 1300"
reports "hardly any for IPv4" mtu warning "small .* 600"
reports "segments that the device could make" tx-segmentation warning em1
reports "one queue for all" rx-hash warning uvnnic0
reports "a device that does not know VXLAN's port" vxlan-ports warning "uvnnic0 .*port 809"
link set uvnnic0 mtu 1350
link set small mtu 1500
root 1 ethtool -K em1 tx-udp_tnl-segmentation on
root 1 ethtool -N uvnnic0 rx-flow-hash udp4 sdfn
root 1 ethtool -N uvnnic0 rx-flow-hash udp6 sdfn
root 1 ethtool -K uvnnic0 rx-udp_tunnel-port-offload on
quiet "devices do what they can"
link del small
ip -n "n1-$seed" addr flush dev uvnnic0
link set uvnnic0 netns 1
rmmod uvn_nic

#
# Firewalls and peers
#

drop() { # HOOK PORT
	root 1 nft -f - <<-NFT
	table inet site {
		chain $1 {
			type filter hook $1 priority filter;
			udp dport $2 drop
		}
	}
	NFT
}
check "the nodes know each other still" known
drop output 801
root 1 iptables -A OUTPUT -p udp --dport 802 -j DROP
look
reports "nft drops VXLAN at output" firewall-out error "port 801 by em1"
reports "iptables drops VXLAN" firewall-out error "port 802 by ib0"
root 1 nft delete table inet site
root 1 iptables -F OUTPUT
drop postrouting 802
root 1 tc qdisc add dev em1 clsact
root 1 tc filter add dev em1 egress protocol ip u32 match ip dport 801 0xffff action drop
look
reports "nft drops VXLAN at postrouting" firewall-out error "port 802 by ib0"
reports "traffic control drops VXLAN" firewall-out error "port 801 by em1"
root 1 tc qdisc del dev em1 clsact
root 1 nft -f - <<-NFT
	delete table inet site
	table netdev site {
		chain in {
			type filter hook ingress device em1 priority 0;
			udp dport 801 drop
		}
	}
NFT
user 1 1234 ping -qc10 -i0.2 -W1 192.168.80.2 >/dev/null
look
spared "it goes out" firewall-out
reports "and does not come in" firewall-in warning "sent [0-9]* packets by em1"
root 1 nft delete table netdev site
check "a user hears the other node again" user 1 1234 ping -qc1 -W10 192.168.80.2
quiet "nothing is dropped"

root 1 ip link add vbox type veth peer name vbox0
root 1 tc qdisc add dev vbox clsact
root 1 tc filter add dev vbox ingress matchall action mirred egress redirect dev vbox0
quiet "packets are passed on to a device of no subnet"
root 1 tc filter add dev vbox ingress matchall action mirred egress redirect dev em1
look
reports "they are to one of a subnet" redirects warning "passes packets on to em1"
root 1 ip link del vbox
quiet "they are no more"

# Rules by what netfilter is not shown. With names that are neither there is nothing odd.
names() { # RULE...
	root 1 nft -f - <<-NFT
	table inet site
	delete table inet site
	table inet site {
		chain in {
			type filter hook input priority filter;
			$(printf '%s\n' "$@")
		}
	}
	NFT
}
names 'iif lo accept' 'iifname { "em1", "ib0" } accept' 'iifname "vrfblue" accept' \
	'iifname "vrf99" accept'
quiet "rules by lo and the interfaces"
adm 1 set firewall-vrf on
keep
look
reports "netfilter is not shown those" firewall-names warning \
	"match by .*(em1, ib0|ib0, em1).* firewall-vrf is on"
reports "nor lo" firewall-names warning "match by .*lo.* firewall-vrf is on"
names 'iif lo accept' 'iifname "vrf*" accept'
quiet "there are rules by users' VRFs, too"
adm 1 set firewall-vrf off
keep
look
reports "that netfilter is not shown now" firewall-names warning "match by vrf\\*.* firewall-vrf is off"
check "a user has a network" user 1 5001 "$probe" bound
names 'iifname { "vrf1234", "other" } accept' 'iifname vmap { "vrf2345" : accept }' \
	'iif vrf5001 accept'
look
reports "nor single ones" firewall-names warning "match by .*vrf1234.*firewall-vrf is off"
reports "in a map" firewall-names warning "match by .*vrf2345.*firewall-vrf is off"
reports "by their numbers" firewall-names warning "match by .*vrf5001.*firewall-vrf is off"
root 1 nft delete table inet site
root 1 iptables-nft -A INPUT -i vrf1234 -j ACCEPT
look
reports "iptables' rules are seen" firewall-names warning "match by vrf1234, .*firewall-vrf is off"
root 1 iptables-nft -F INPUT
quiet "there are no such rules"

#
# Network managers: who runs counts, by the name that the kernel has
#

chmod 711 "$work"
managers=()
manager() { # NODE UID NAME
	ln -sf "$(command -v sleep)" "$work/$3"
	spawn "$3-$1-$2" user "$1" "$2" "$work/$3" 1000
	managers+=("${background[-1]}")
	busywait 10 named "${background[-1]}" "$3"
}
named() { # PID NAME
	[ "$(<"/proc/$1/comm")" = "${2:0:15}" ]
}
check "a user's program and one on another node have such names" eval '
	manager 1 1234 NetworkManager && manager 2 0 systemd-networkd'
quiet "which are no managers here"
for name in systemd-networkd NetworkManager systemd-udevd; do
	check "$name runs" manager 1 0 $name
done
look
reports "systemd-networkd is not told of users' devices" managers warning "no 00-uvn\\.network"
reports "NetworkManager is not" managers warning "no uvn\\.conf"
reports "udev is not" managers warning "no 00-uvn\\.link"
mkdir -p /etc/systemd/network /etc/NetworkManager/conf.d
touch /etc/systemd/network/00-uvn.{network,link} /etc/NetworkManager/conf.d/uvn.conf
quiet "they are told"
kill "${managers[@]}"
wait "${managers[@]}" 2>/dev/null
rm /etc/systemd/network/00-uvn.{network,link} /etc/NetworkManager/conf.d/uvn.conf

ipsec() { # DIRECTION SOURCE DESTINATION WHAT...
	root 1 ip xfrm policy add dir "$1" src "$2" dst "$3" "${@:4}" \
		tmpl proto esp mode transport level required
}
ipsec out 192.168.80.1/32 192.168.80.0/21 proto udp dport 801
look
reports "IPsec protects one direction" ipsec warning "protects VXLAN to 192\.168\.80\.0/21, but"
ipsec in 192.168.80.0/21 192.168.80.1/32 proto udp dport 801
quiet "it protects both"
root 1 ip xfrm policy flush
ipsec in 2001:db8:80::/64 2001:db8:80::1/128 proto udp dport 803
look
reports "it is required, but not used" ipsec warning "required of VXLAN from 2001:db8:80::/64, but"
root 1 ip xfrm policy flush
ipsec in 192.168.80.2/32 192.168.80.1/32
ipsec out 192.168.80.1/32 192.168.80.2/32
look
reports "it matches what is in VXLAN" ipsec warning "matches users' packets within VXLAN, too.*192\.168\.80\.0/21"
cannot "and nothing else" grep -F "192.168.40" "$work/said"
root 1 ip xfrm policy flush
quiet "there are no policies"

adm 1 direct add 192.168.40.2/32
keep
adm 2 disable
look
reports "a peer does not run uvn" peers warning "192\.168\.80\.2 .*port 801"
reports "nor by IPv6" peers warning "2001:db8:80::2 .*port 803"
cannot "a direct one need not" grep -F 192.168.40.2 "$work/said"
root 2 nft -f - <<-NFT
	table inet site {
		chain in {
			type filter hook input priority filter;
			meta l4proto udp reject with icmpx admin-prohibited
		}
	}
NFT
look
reports "its firewall rejects" peers warning "rejects UDP port 801 of 192\.168\.80\.2"
adm 2 enable
quiet "it runs uvn: what INPUT rejects does not matter"
root 2 nft delete table inet site

#
# The configuration and users
#

rm $conf
look
reports "no configuration file" config warning "no /etc/uvn.conf"
keep
echo "set idle-timeout 0" >>$conf
look
reports "a wrong one" config error "uvn.conf:[0-9]*: .*already set"
adm 1 save | sed 's/^set idle-timeout.*/set idle-timeout 5/' >$conf
echo "set family packet allow" >>$conf
adm 1 range add uid 60000-60009
look
reports "another one is in force" config warning ": idle_timeout, ranges, families"
adm 1 save | grep -v "^set" >$conf
printf '%s\n' "set family packet deny" "set protocol tcp allow" "set unmatched deny" >>$conf
quiet "defaults may be there and need not"

echo "erin:x:80001:80001::/:/bin/sh" >>/etc/passwd
adm 1 disable
check "a socket of a user's before uvn" serve old 1 1234 tcp 0.0.0.0 7007
adm 1 enable
adm 1 range add uid 900-999
adm 1 set audit on
keep
spawn runs root 1 "$lib/uvn_as" "/run/netns/n1-$seed" 80003 sleep 1000
busywait 10 pgrep -u 80003 sleep
look
reports "a process of nobody" processes warning "get no sockets: 80003"
reports "an account in no range" accounts warning "get no sockets: erin .80001."
reports "a range of the system's UIDs" ranges warning "900-999 .*0-999"
reports "audit is on" audit error "not isolated"
reports "a socket outside its network" strays warning "1, of UID 1234"
adm 1 set unmatched allow
look
reports "a process that is not isolated" processes warning "not isolated: 80003"
reports "an account that is not isolated" accounts warning "not isolated: erin"
adm 1 set subordinate 80000-80009
look
reports "an account among subordinate UIDs" accounts warning "get no sockets: erin"
adm 1 subuid add 80000-80001 uid 1234
look
reports "an account that is another's" accounts warning "whose network they are: erin"
adm 1 subuid del 80000-80001
adm 1 set subordinate 100000-1879048191
adm 1 set unmatched deny
adm 1 range del uid 900-999
adm 1 range add uid 80000-80009
adm 1 set audit off
adm 1 enable --evict >/dev/null
keep
quiet "all are managed, no more, and isolated"

echo "1234:100000:65536" >>/etc/subuid
look
reports "subordinate UIDs that are not configured" subuids warning "nobody's .*100000-165535"
check "they are another's" adm 1 subuid add 100000-165535 uid 1235
look
reports "subordinate UIDs that are another's" subuids error "100000-165535"
check "subuid sync" adm 1 subuid sync
keep
quiet "they are as in /etc/subuid"
echo "1234:1100:10" >>/etc/subuid
look
reports "subordinate UIDs in a range" subuids warning "1100-1109"
echo "1234" >/etc/subuid
look
reports "a line that is none" subuids warning "/etc/subuid:1: not NAME"
: >/etc/subuid

adm 1 disable
adm 1 save | grep -v "^range" >"$work/none"
adm 1 load "$work/none"
look
reports "no range" ranges warning "no range"
adm 1 load $conf
adm 1 enable
quiet "ranges"
sed -i /^erin:/d /etc/passwd

# Who may not ask for users' networks does not know them, and must not call what
# is healthy foreign, nor have anybody remove it.
unable() { # PATTERN COMMAND...
	local pattern=$1 status=0
	shift
	"$@" doctor >"$work/said" 2>&1 || status=$?
	cat "$work/said"
	[ "$status" = 3 ] && ! grep -qE "^(error|warning)|link del|route flush" "$work/said" &&
		grep -q "^unknown: privilege: cannot tell: $pattern; remedy: " "$work/said" &&
		grep -q "^unknown: devices: cannot tell: " "$work/said" &&
		grep -q "^unknown: tables: cannot tell: " "$work/said" &&
		grep -q "^unknown: firewall-out: cannot tell: " "$work/said" &&
		grep -q "^unknown: strays: cannot tell: " "$work/said"
}
check "a user has a network" user 1 5001 "$probe" bound
check "not by root: cannot tell" unable "not run by root.*" user 1 1234 "$uvnadm"
check "root without CAP_NET_ADMIN: cannot tell" unable "run without CAP_NET_ADMIN.*" \
	root 1 setpriv --bounding-set -net_admin --inh-caps -net_admin "$uvnadm"
check "root of a user namespace: cannot tell" unable ".*initial user namespace" \
	root 1 unshare -U -r "$uvnadm"
nagios() { # STATUS PATTERN COMMAND...
	local want=$1 pattern=$2 status=0
	shift 2
	"$@" doctor --nagios >"$work/said" 2>&1 || status=$?
	cat "$work/said"
	[ "$status" = "$want" ] && [ "$(wc -l <"$work/said")" = 1 ] && grep -q "$pattern" "$work/said"
}
check "monitoring: all is well" nagios 0 "^UVN OK - " adm 1
check "monitoring: cannot tell" nagios 3 "^UVN UNKNOWN - " user 1 1234 "$uvnadm"
adm 1 set audit on
check "monitoring: audit" nagios 2 "^UVN CRITICAL - " adm 1
adm 1 set audit off
rm $conf
check "monitoring: no file" nagios 1 "^UVN WARNING - .*config" adm 1
check "what doctor says helps" adm 1 save $conf
quiet "it does"
# As a user's own looks, with the user's table.
link add vrf5006 type vrf table $((base + 5006))
look
reports "a VRF with a user's name and table" devices error "vrf5006 .*UID 5006"
cannot "nobody is told to remove it" grep "link del vrf5006" "$work/said"
link del vrf5006

# What is counted stays so: last.
link set vrf999999 name vrf5002
cannot "a user gets no socket" user 1 5002 "$probe" bound
link del vrf5002
check "a user gets one" user 1 5002 "$probe" bound
look
reports "that there was none to be had is told" denials note name-in-use
equal "and is no failure" 0 "$ended"

finish
