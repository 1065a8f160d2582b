#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What users of a cluster want of the world outside: names, by all the ways that
# systemd-resolved has, a web server, and rootless containers, which two people
# publish at the same port.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib-outside.sh
. "$(dirname "$0")/../lib/lib-outside.sh"

dual=1
deb=${UVN_CACHE-}/deb
declare -A other=([alice]=bob [bob]=alice)
as() { # NODE PERSON COMMAND...
	local node=$1 who=$2
	shift 2
	user "$node" "${uid_of[$who]}" env HOME="$work/home/$who" USER="$who" \
		XDG_RUNTIME_DIR="/run/user/${uid_of[$who]}" "$@"
}

needs nginx dnsmasq curl podman pasta "$deb/lib/systemd/systemd-resolved"
setup 3
conserve /etc/{resolv.conf,nsswitch.conf,subuid,subgid,systemd/resolved.conf.d/uvn.conf}
check "hosts outside" outside 3
check "accounts" accounts
for n in 1 2 3; do
	check "pools on node $n" pools $n
done

#
# A web server outside
#

mkdir -p "$work/www"
echo "hello from outside" >"$work/www/index.html"
cat >"$work/nginx.conf" <<CONFIG
daemon off;
master_process off;
user root;
pid $work/nginx.pid;
error_log stderr;
events {}
http {
	access_log $work/access;
	client_body_temp_path $work/nginx;
	proxy_temp_path $work/nginx;
	fastcgi_temp_path $work/nginx;
	uwsgi_temp_path $work/nginx;
	scgi_temp_path $work/nginx;
	server {
		listen 80;
		listen [::]:80;
		root $work/www;
	}
}
CONFIG
spawn nginx root server nginx -c "$work/nginx.conf" -e stderr
fetch() { # NODE PERSON HOST
	as "$1" "$2" curl -sSfm 10 "http://$3/" | tee "$work/page"
	grep -qx "hello from outside" "$work/page"
}
for a in $server4 "[$server6]"; do
	for who in alice bob; do
		for n in 1 2; do
			check "$who on node $n: http://$a/" \
				busywait 30 fetch $n $who "$a"
		done
	done
done
equal "nginx has seen the nodes' addresses" "10.99.0.1 10.99.0.2 fd99::1 fd99::2" \
	"$(awk '{ print $1 }' "$work/access" | sort -u | xargs)"

#
# Names
#

rm -f /etc/resolv.conf
echo "hosts: files dns" >/etc/nsswitch.conf
spawn dns root server dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root \
	--no-resolv --no-hosts --pid-file= --address=/out.test/$server4
spawn dns-3 root 3 dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root \
	--no-resolv --no-hosts --pid-file= --server=$server4
getent=(getent ahostsv4 www.out.test)
resolves() { # NODE UID
	user "$1" "$2" "${getent[@]}" | tee "$work/names"
	grep -q "^$server4 " "$work/names"
}
asks() { # LINE...: of resolv.conf
	printf '%s\n' "$@" >/etc/resolv.conf
}
everybody() { # WHERE: on node 1
	local who
	for who in alice bob; do
		check "$who resolves by $1" resolves 1 "${uid_of[$who]}"
	done
	check "root too" resolves 1 0
}
servers=("$server4" 192.168.80.3) stubs=(127.0.0.54 127.0.0.55)
! in_short || servers=("$server4") stubs=(127.0.0.54)
for a in "${servers[@]}"; do
	asks "nameserver $a"
	check "a name server at $a" busywait 20 resolves 1 0
	everybody "the name server at $a"
	! in_short || continue
	asks "nameserver $a" "options use-vc"
	everybody "it, by TCP"
done

# systemd-resolved as it comes, but for one line; there is no D-Bus.
getent passwd systemd-resolve >"$work/passwd" ||
	echo "systemd-resolve:x:899:899::/:/usr/sbin/nologin" >>/etc/passwd
getent group systemd-resolve >"$work/group" ||
	echo "systemd-resolve:x:899:" >>/etc/group
mkdir -p /run/systemd /etc/systemd/resolved.conf.d
cat >/etc/systemd/resolved.conf.d/uvn.conf <<CONFIG
[Resolve]
DNS=$server4
FallbackDNS=
DNSSEC=no
LLMNR=no
MulticastDNS=no
DNSStubListenerExtra=127.0.0.55
CONFIG
asks "nameserver 127.0.0.53"
spawn resolved root 1 "$deb/lib/systemd/systemd-resolved"
check "systemd-resolved on node 1" busywait 20 resolves 1 0
for a in 127.0.0.53 "${stubs[@]}"; do
	for options in "" "options use-vc"; do
		asks "nameserver $a" "$options"
		everybody "the stub at $a ${options#* }"
	done
done
if ! in_short; then
	cat /run/systemd/resolve/resolv.conf >/etc/resolv.conf
	everybody "resolved's list of servers"
	asks
	echo "hosts: files resolve" >/etc/nsswitch.conf
	cannot "alice has no name server" resolves 1 1234
	cp "$deb"/usr/lib/x86_64-linux-gnu/libnss_resolve.so.2 /usr/lib/x86_64-linux-gnu/
	everybody "nss-resolve, by its Unix socket"
	echo "hosts: files dns" >/etc/nsswitch.conf

	# nscd asks for who asks it, by a Unix socket with a path, and remembers.
	asks "nameserver 127.0.0.53"
	mkdir -p /run/nscd /var/cache/nscd
	spawn nscd root 1 "$deb/usr/sbin/nscd" --foreground \
		-f "$deb/etc/nscd.conf"
	nscd=${background[-1]}
	check "nscd" busywait 20 test -S /run/nscd/socket
	everybody "nscd, which asks the stub"
	user_of() { # PERSON
		as 1 "$1" getent passwd "$1" | grep "^$1:x:${uid_of[$1]}:"
	}
	for who in alice bob; do
		check "$who has a name by nscd" user_of $who
	done
	kill "$nscd"
	rm -rf /run/nscd
	cannot "alice resolves by the stub without it" resolves 1 1234

	# sssd likewise, here with names of its own.
	for dir in {usr/,}lib/x86_64-linux-gnu usr/libexec/sssd; do
		mkdir -p "/$dir"
		cp -a "$deb/$dir/." "/$dir"
	done
	ldconfig
	mkdir -p /etc/sssd /var/lib/sss/{db,mc,pipes/private,pubconf} /var/log/sssd
	echo "directory:x:4321:4321:of sssd:/:/bin/sh" >/etc/sssd/passwd
	echo "directory:x:4321:" >/etc/sssd/group
	cat >/etc/sssd/sssd.conf <<'CONFIG'
[sssd]
services = nss
domains = here
[domain/here]
id_provider = files
passwd_files = /etc/sssd/passwd
group_files = /etc/sssd/group
CONFIG
	chmod 600 /etc/sssd/sssd.conf
	echo "passwd: files sss" >>/etc/nsswitch.conf
	of_sssd() { # PERSON
		as 1 "$1" getent passwd directory | grep "^directory:.*:4321:"
	}
	cannot "nobody knows a name of sssd's without it" of_sssd alice
	spawn sssd root 1 "$deb/usr/sbin/sssd" -i
	sssd=${background[-1]}
	for who in root alice bob; do
		check "$who has a name by sssd" busywait 20 of_sssd $who
	done
	kill "$sssd"
	sed -i '/sss$/d' /etc/nsswitch.conf
	cat /run/systemd/resolve/resolv.conf >/etc/resolv.conf
fi

#
# Containers: alice has podman and slirp4netns, bob pasta; both publish 8080
#

# slirp4netns asks for them in alice's network; in pasta's, where the file is as
# outside, 127.0.0.54 would be the container itself.
cat /run/systemd/resolve/resolv.conf >/etc/resolv.conf

modprobe -a tun fuse
chmod 666 /dev/net/tun
for who in alice bob; do
	echo "$who:$((uid_of[$who] * 65536)):65536" | tee -a /etc/subuid >>/etc/subgid
	install -d -m 700 -o $who "/run/user/${uid_of[$who]}"
	mkdir -p "$work/home/$who/root"/{bin,etc,tmp,proc,sys,dev,run,var,www}
	cp /bin/busybox "$work/home/$who/root/bin"
	ln -s busybox "$work/home/$who/root/bin/sh"
	echo "container of $who" >"$work/home/$who/root/www/index.html"
	chown -R $who "$work/home/$who/root"
done
# busybox's own resolver: as a static program it cannot use the C library's.
names="busybox nslookup www.out.test | grep -xF 'Address: $server4'"
in_alice="$names
	printf 'GET / HTTP/1.0\r\n\r\n' | busybox nc $server4 80 | tail -n 1
	busybox nc -w 3 192.168.80.2 7000 | cut -d ' ' -f 1
	busybox nc -w 3 192.168.80.2 9000 | cut -d ' ' -f 1
	exec busybox httpd -f -p 80 -h /www"
in_bob="$names
	curl -sSm 10 http://$server4/
	$probe ask tcp 192.168.80.2 7000 | cut -d ' ' -f 1
	$probe ask tcp 192.168.80.2 9000 | cut -d ' ' -f 1
	exec busybox httpd -f -p 80 -h $work/home/bob/root/www"
check "a service of the system's on node 2" serve_root system 2 tcp 0.0.0.0 7000 system
check "a service of alice's on node 2" serve mine 2 1234 tcp 0.0.0.0 9000 mine
in_short ||
	spawn pod-alice as 1 alice podman run --rm --network slirp4netns -p 8080:80 \
		--rootfs "$work/home/alice/root" /bin/sh -c "$in_alice"
spawn pod-bob as 1 bob pasta --config-net -f -t 8080:80 -- /bin/sh -c "$in_bob"
page() { # NODE PERSON ADDRESS OWNER
	as "$1" "$2" curl -sSfm 5 "http://$3:8080/" | tee "$work/page"
	grep -qx "container of $4" "$work/page"
}
owners=(alice bob)
! in_short || owners=(bob)
for who in "${owners[@]}"; do
	check "$who's container serves" busywait 60 page 1 "$who" 127.0.0.1 "$who"
	for text in "Address: $server4" "hello from outside" system; do
		check "$who's container has \"$text\"" grep -qx "$text" "$work/pod-$who"
	done
	for to in 1:192.168.80.1 2:192.168.80.1 3:192.168.40.1; do
		check "$who has the container's port, node $to" \
			page ${to%%:*} "$who" "${to#*:}" "$who"
		cannot "$who has not that of ${other[$who]}, node $to" \
			page ${to%%:*} "$who" "${to#*:}" "${other[$who]}"
		! in_short || cannot "${other[$who]} has not that of $who, node $to" \
			page ${to%%:*} "${other[$who]}" "${to#*:}" "$who"
	done
done
in_short || check "alice's container has alice's service" grep -qx mine "$work/pod-alice"
cannot "bob's container has not" grep -qx mine "$work/pod-bob"
# podman leaves more behind than what was started here.
pkill -KILL -U 1234,9876
finish
