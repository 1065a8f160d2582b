#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A portal outside the subnets, without uvn: nginx there leads to two users'
# notebooks on two nodes, by published ports; users do not reach each other's.

# shellcheck disable=SC2317	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib-outside.sh
. "$(dirname "$0")/../lib/lib-outside.sh"

declare -A node_of=([1234]=1 [9876]=2) other=([1234]=9876 [9876]=1234)
needs nginx curl
begin
check "uvn on both nodes" connect_out
for n in 1 2; do
	check "ports of node $n are published to the portal" eval "
		adm $n publish add tcp 8800-8899 from 10.98.0.0/24 &&
		adm $n publish add tcp 8800-8899 from fd98::/64"
done

# A server that shows what is in a directory whose name is the secret.
notebook() { # UID
	local n=${node_of[$1]} dir=$work/book-$1
	mkdir -p "$dir/token-$1"
	echo "notebook of $1" >"$dir/token-$1/index.html"
	head -c 3000000 /dev/urandom >"$dir/token-$1/data"
	chmod -R a+rX "$dir"
	spawn "notebook-$1" user "$n" "$1" python3 -u -m http.server --bind :: \
		-d "$dir" 8888
	busywait 20 user "$n" "$1" curl -s "http://127.0.0.1:8888/token-$1/"
}
for u in 1234 9876; do
	check "$u has a notebook on node ${node_of[$u]}" notebook "$u"
done
refuses "1234 cannot have 9876's port" 1 "Address already in use" \
	user 2 1234 python3 -m http.server 8888

cat >"$work/nginx.conf" <<CONFIG
daemon off;
user root;
worker_processes 1;
pid $work/nginx.pid;
error_log stderr;
events {}
http {
	access_log off;
	client_body_temp_path $work/nginx;
	proxy_temp_path $work/nginx;
	fastcgi_temp_path $work/nginx;
	uwsgi_temp_path $work/nginx;
	scgi_temp_path $work/nginx;
	server {
		listen 80;
		listen [::]:80;
		location /1234/ { proxy_pass http://10.99.0.1:8888/; }
		location /9876/ { proxy_pass http://10.99.0.2:8888/; }
		location /6/1234/ { proxy_pass http://[fd99::1]:8888/; }
		location /6/9876/ { proxy_pass http://[fd99::2]:8888/; }
	}
}
CONFIG
mkdir "$work/nginx"
spawn portal root server nginx -c "$work/nginx.conf" -e stderr

browse() { # UID [VERSION]: a browser outside, by the portal
	[ "$(root hop curl -sm 20 "http://10.98.0.2/${2:+$2/}$1/token-$1/")" = "notebook of $1" ]
}
fetch() { # UID
	root hop curl -sm 30 "http://10.98.0.2/$1/token-$1/data" |
		cmp - "$work/book-$1/token-$1/data"
}
froms=(1 2) least=3
! in_short || { froms=(1) least=2; }
for u in 1234 9876; do
	n=${node_of[$u]}
	check "the portal leads to $u's notebook" busywait 20 browse "$u"
	check "by IPv6, too" browse "$u" 6
	in_short || check "and to all that is in it" fetch "$u"
	cannot "a host that is not the portal gets there" \
		root hop curl -sm 3 "http://10.99.0.$n:8888/token-$u/"
	cannot "nor does the system of another node" \
		root $((3 - n)) curl -sm 3 "http://192.168.80.$n:8888/token-$u/"
	for from in "${froms[@]}"; do
		check "${other[$u]} on node $from reaches it by no address" \
			reaches_none "$from" "${other[$u]}" 8888 \
			192.168.{80,40}."$n" 10.99.0."$n" fd99::"$n"
	done
	check "$u does from the other node" user $((3 - n)) "$u" \
		curl -sm 10 "http://192.168.80.$n:8888/token-$u/"
done
visits() { # UID
	adm "${node_of[$1]}" -j user show "$1" | jq -e ".published >= $least"
}
for u in 1234 9876; do
	check "the visits to $u are counted" visits "$u"
done
hang_up 1 2 server
finish
