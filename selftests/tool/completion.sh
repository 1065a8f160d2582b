#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Completion in bash, with what there is on a node: the words that readline would
# be given, for lines as they are typed, and once by readline itself.

# shellcheck disable=SC2317,SC2016	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
script=$tree/tools/uvnadm.bash-completion
PATH=$(dirname "$uvnadm"):$PATH
needs "$script"
breaks=$' \t\n"\'><=;|&(:'

complete_as() { # UID LINE : what completes the line
	user 1 "$1" bash -c '
		. "$1"
		COMP_WORDBREAKS=$2 COMP_LINE=$3 COMP_POINT=${#3}
		_uvnadm
		printf "%s\n" "${COMPREPLY[@]}"' bash "$script" "$breaks" "$2" 2>&1 |
		sort -u | paste -sd ' '
}
offers() { # LINE WORDS
	equal "\"$1\"" "$2" "$(complete_as 0 "$1")"
}

# What stands in the line once readline has completed it, by a TAB at its end. Then
# C-a and more words before it make it something to look at.
typed() { # LINE
	printf '. %q\n%s\t\001set -- \necho "[$*]" >%q\nexit\n' \
		"$script" "$1" "$work/typed" |
		root 1 env TERM=dumb script -qec "bash --norc -i" /dev/null \
			>"$work/terminal" 2>&1
	cat "$work/typed"
}

setup 1
sleep infinity &
adopted=$!
background+=("$adopted")
mkdir -p /sys/fs/cgroup/uvn@1.slice
check "a configuration, a user and adoptions" eval '
	adm 1 cgnat add 100.64.0.0/10 && adm 1 cgnat add fd64::/64 &&
	adm 1 direct add 192.168.80.16/28 && adm 1 direct add 2001:db8:5::/64 &&
	adm 1 publish add tcp 30001-32000 from 192.168.80.0/21 &&
	adm 1 publish add tcp 30001-32000 from 10.0.0.0/8 &&
	adm 1 publish add udp 500-600 from 2001:db8::/32 &&
	adm 1 user add 1234 && adm 1 user add 2000000001 &&
	adm 1 adopt add pid $adopted uid 1234 &&
	adm 1 adopt add cgroup /sys/fs/cgroup/uvn@1.slice uid 1234'

equal "all nouns" "$("$uvnadm" -j help | jq -r '.[].command | split(" ")[0]' | sort -u |
	paste -sd ' ')" "$(complete_as 0 'uvnadm ')"
offers 'uvnadm sub' 'subnet subuid'
offers 'uvnadm -' '--help --json --version -V -h -j'
offers 'uvnadm -j us' 'user'
offers 'uvnadm subnet del ' '192.168.40.0/21 192.168.80.0/21'
offers 'uvnadm subnet del 192.168.4' '192.168.40.0/21'
offers 'uvnadm range del uid ' \
	'1000-59999 16777215-16777215 2000000000-2000001000 65536-75535'
offers 'uvnadm cgnat del ' '100.64.0.0/10 fd64::/64'
offers 'uvnadm direct del ' '192.168.80.16/28 2001:db8:5::/64'
# Behind the last of its breaks readline replaces, so no more may be given.
offers 'uvnadm direct del 2001:db' 'db8:5::/64'
offers 'uvnadm cgnat del fd64:' ':/64'
offers 'uvnadm publish del ' 'tcp udp'
offers 'uvnadm publish del tcp ' '30001-32000'
offers 'uvnadm publish del udp ' '500-600'
offers 'uvnadm publish del tcp 30001-32000 ' 'from'
offers 'uvnadm publish del tcp 30001-32000 from ' '10.0.0.0/8 192.168.80.0/21'
offers 'uvnadm publish del udp 30001-32000 from ' ''
offers 'uvnadm user show ' '1234 2000000001'
offers 'uvnadm user del ' '1234 2000000001'
offers 'uvnadm user del 1' '1234'
offers 'uvnadm user del 1234 ' '--force'
offers 'uvnadm adopt del pid ' "$adopted"
offers 'uvnadm adopt del cgroup ' '/sys/fs/cgroup/uvn@1.slice'
offers 'uvnadm set family pack' 'packet'
offers 'uvnadm set family packet ' 'allow deny'
offers 'uvnadm set protocol mp' 'mptcp'
offers 'uvnadm user show 1234 ' ''
offers 'uvnadm why ' '1234 2000000001'
offers 'uvnadm why 1234 ::1 ' '--nagios tcp udp'
offers 'uvnadm status ' '--nagios'
offers 'uvnadm help subnet ' 'add del list'
offers 'uvnadm nothing ' ''
mkdir "$work/files"
: >"$work/files/one.conf"
offers "uvnadm load $work/files/" "$work/files/one.conf"
offers "uvnadm load --check $work/files/" "$work/files/one.conf"
offers 'uvnadm load --' '--check'
equal "who may not see the users is offered none" '' "$(complete_as 1234 'uvnadm user show ')"

conserve /etc/passwd
echo "uvnfriend:x:2000000001:100::/:/bin/sh" >>/etc/passwd
offers 'uvnadm user show uvn' 'uvnfriend'
sed -i '/^uvnfriend:/d' /etc/passwd
equal "readline: a verb" '[uvnadm user show]' "$(typed 'uvnadm user sh')"
equal "readline: a UID" '[uvnadm user show 2000000001]' "$(typed 'uvnadm user show 2')"
equal "readline: an IPv6 prefix" '[uvnadm direct del 2001:db8:5::/64]' \
	"$(typed 'uvnadm direct del 2001:')"
equal "readline: a cgroup" '[uvnadm adopt del cgroup /sys/fs/cgroup/uvn@1.slice]' \
	"$(typed 'uvnadm adopt del cgroup /sys/fs/cgroup/uvn@')"
adm 1 adopt del cgroup /sys/fs/cgroup/uvn@1.slice
rmdir /sys/fs/cgroup/uvn@1.slice
finish
