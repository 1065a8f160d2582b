#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tools/textfile: what it writes for node_exporter is in Prometheus' text format,
# and says what uvnadm says. promtool judges too, where there is one.

# shellcheck disable=SC2317,SC2016	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
PATH=$(dirname "$uvnadm"):$PATH
needs "$tree/tools/textfile/uvn-textfile"
file=$work/uvn.prom
export_to() { # FILE
	root 1 "$tree/tools/textfile/uvn-textfile" "$1"
}
# Each metric has its help, its type and then all its samples, and no sample twice.
valid() { # FILE
	awk '
	function bad(why) { print FNR ": " why ": " $0; wrong = 1 }
	/^# HELP uvn_[a-z_]+ [^ ].*$/ {
		if ($3 in seen) bad("once more")
		seen[$3]; name = $3; typed = 0; next
	}
	/^# TYPE uvn_[a-z_]+ (gauge|counter)$/ {
		if ($3 != name || typed) bad("of another")
		if (($4 == "counter") != ($3 ~ /_total$/)) bad("name and type")
		typed = 1; next
	}
	/^uvn_[a-z_]+(\{[a-z_]+="([^"\\]|\\["\\n])*"(,[a-z_]+="([^"\\]|\\["\\n])*")*\})? -?[0-9]+$/ {
		split($0, part, /[{ ]/)
		if (part[1] != name || !typed) bad("of another")
		key = $0; sub(/ [^ ]*$/, "", key)
		if (key in samples) bad("twice")
		samples[key]; next
	}
	{ bad("not of the format") }
	END { exit wrong || !FNR }' "$1"
}
promtool_agrees() { # FILE
	promtool check metrics <"$1"
}
sample() { # NAME[LABELS]
	grep -v '^#' "$file" | grep -F "$1 " | sed 's/.* //'
}

# The first entry of a UID is its name.
conserve /etc/passwd
sed -i '1i nosy"\\:x:1234:1234::/:/bin/sh' /etc/passwd
needs_own_module
setup 1
# The checks themselves see what is wrong.
good=$'# HELP uvn_a A.\n# TYPE uvn_a gauge\nuvn_a{b="c"} 1'
check "the check takes what is right" valid <(echo "$good")
cannot "a quote that is not escaped is seen" valid <(echo "${good/c\"/c\"\"}")
cannot "a sample of another metric is seen" valid <(echo "$good"; echo 'uvn_b 1')
cannot "the same twice is seen" valid <(echo "$good"; echo 'uvn_a{b="c"} 2')
cannot "a metric of two parts is seen" valid <(echo "$good"; echo "$good")
cannot "a word for a value is seen" valid <(echo "${good/% 1/ true}")
cannot "nothing is seen" valid /dev/null

check "users have sockets" eval 'user 1 1234 "$probe" bound; user 1 2000 "$probe" bound'
cannot "and one is denied" user 1 1234 "$probe" make 17 2 0
cannot "a UID of no range has none" user 1 60000 "$probe" bound
check "what is no VXLAN comes to the port" \
	root 1 bash -c 'echo none >/dev/udp/192.168.80.1/801'
check "it writes" export_to "$file"
check "in the format" valid "$file"
if command -v promtool >/dev/null; then
	check "promtool has nothing against it" promtool_agrees "$file"
fi
adm 1 -j status >"$work/status"
adm 1 -j user list >"$work/users"
equal "it is up" 1 "$(sample uvn_up)"
equal "all is well" 0 "$(sample uvn_health)"
equal "the users are known" 1 "$(sample uvn_users_known)"
equal "it is enabled" 1 "$(sample uvn_enabled)"
equal "no audit" 0 "$(sample uvn_audit)"
equal "two users" 2 "$(sample uvn_users)"
equal "strays as status has them" "$(jq .strays "$work/status")" "$(sample uvn_strays)"
equal "denials as status has them" "$(jq .denied_by.unmatched "$work/status")" \
	"$(sample 'uvn_denied_total{reason="unmatched"}')"
equal "what came to the port is dropped" 1 "$(jq .rx_dropped_by.header "$work/status")"
equal "drops as status has them" "$(jq .rx_dropped "$work/status")" \
	"$(sample uvn_rx_dropped_total)"
equal "drops by reason as status has them" \
	"$(jq .rx_dropped_by.header "$work/status")" \
	"$(sample 'uvn_rx_dropped_by_total{reason="header"}')"
equal "sockets as user list has them" \
	"$(jq '.[] | select(.uid == 2000).sockets_created' "$work/users")" \
	"$(sample "uvn_user_sockets_created_total{uid=\"2000\",user=\"$(
		jq -r '.[] | select(.uid == 2000).user // ""' "$work/users")\"}")"
equal "an odd name is escaped" 1 \
	"$(sample 'uvn_user_ready{uid="1234",user="nosy\"\\"}')"
sed -i '/^nosy/d' /etc/passwd
check "audit" adm 1 set audit on
check "it writes again" export_to "$file"
equal "audit" 1 "$(sample uvn_audit)"
equal "nobody is isolated" 2 "$(sample uvn_health)"
check "disable" adm 1 disable
check "it writes when disabled" export_to "$file"
check "in the format" valid "$file"
equal "not enabled" 0 "$(sample uvn_enabled)"
equal "but up" 1 "$(sample uvn_up)"
check "the module goes" unload
check "without the module it writes, too" export_to "$file"
check "in the format" valid "$file"
equal "that there is none" 'uvn_up 0 uvn_health 2 uvn_users_known 0' \
	"$(grep -v '^#' "$file" | paste -sd ' ')"
refuses "a file must be named" 2 usage root 1 "$tree/tools/textfile/uvn-textfile"
equal "nothing else is left beside it" "$file" "$(ls "$file"*)"
cannot "where it cannot write it fails" export_to "$work/none/uvn.prom"
for unit in service timer; do
	check "systemd has nothing to say against the $unit" eval '
		sed "s|/usr/local/lib/uvn/uvn-textfile|/bin/true|" \
			"$tree/tools/textfile/uvn-textfile.$unit" >"$work/uvn-textfile.$unit"
		[ $unit = service ] || cp "$tree/tools/textfile/uvn-textfile.service" "$work/"
		systemd-analyze verify --man=no "$work/uvn-textfile.$unit"'
done
finish
