#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# uvn.service: what it runs is taken from the file as it stands, in the order of
# systemd, and must fail where it cannot do all of it. The tool and the
# configuration are where an installation has them, in the guest's throwaway file
# system; modprobe is told of the module, since depmod takes a guest too long.

# shellcheck disable=SC2317,SC2016	# functions are called by check
# shellcheck source-path=SCRIPTDIR source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"
unit=$tree/tools/uvn.service
modprobe_conf=/etc/modprobe.d/uvn-selftest.conf
conf=/etc/uvn.conf

# The commands of these keys in the unit, as systemd does: up to one that fails.
run() { # KEY...
	local key line
	for key; do
		while read -r line; do
			# shellcheck disable=SC2086	# words, as systemd splits them
			root 1 $line || return
		done < <(sed -n "s/^$key=//p" "$unit")
	done
}
start() { run ExecStartPre ExecStart; }
stop() { run ExecStop; }
reload() { run ExecReload; }
enabled() { adm 1 -j status | jq .enabled; }
ordered() { # KEY UNIT
	sed -n "s/^$1=//p" "$unit" | grep -qwF -- "$2"
}
loaded() { [ -d /sys/module/uvn ]; }

needs_own_module
needs systemctl "$unit"
ktap_begin
if ! nodes 1; then
	echo "Bail out! no nodes"
	exit 1
fi
conserve /usr/sbin/uvnadm $modprobe_conf $conf
cp "$uvnadm" /usr/sbin/uvnadm
cp "$tree/tools/uvn.conf.example" $conf

check "systemd has nothing to say against the unit" systemd-analyze verify --man=no "$unit"
check "nor against the one that requires it" systemd-analyze verify --man=no "$unit" \
	"$tree/tools/uvn-required.service"
for other in sshd.service ssh.service slurmd.service cron.service crond.service \
	atd.service systemd-user-sessions.service network.target; do
	check "it comes before $other" ordered Before $other
done
check "and runs once" grep -qx Type=oneshot "$unit"
for key in ExecStartPre ExecStart ExecReload ExecStop; do
	check "it has $key, and heeds how that ends" grep -q "^$key=/" "$unit"
done

before=$(snapshot 1)
cannot "nothing is loaded" loaded

refuses "no module: start fails" 1 "uvn not found" start
echo "install uvn /sbin/modprobe -a ${stands_on[*]} &&
	/sbin/insmod $UVN_KO" | paste -sd " " >$modprobe_conf

mv $conf "$work/conf"
refuses "no configuration: start fails" 1 "$conf: No such file" start
equal "no configuration: not enabled" false "$(enabled)"
mv "$work/conf" $conf

adm 1 save >"$work/default"
sed -i 's/^range add uid/range add vid/' $conf
line=$(grep -n 'range add vid' $conf | cut -d: -f1)
refuses "a wrong word: start fails, and says where" 1 "$conf:$line: .*vid" start
equal "a wrong word: not enabled" false "$(enabled)"
equal "a wrong word: nothing of the file is in force" "$(cat "$work/default")" \
	"$(adm 1 save)"
cp "$tree/tools/uvn.conf.example" $conf
echo "subnet add 192.168.80.0/22 port 801" >>$conf
line=$(wc -l <$conf)
refuses "a line that the kernel refuses: start fails, and says where" 1 \
	"$conf:$line: .*" start
equal "a refused line: not enabled" false "$(enabled)"
equal "a refused line: nothing of the file is in force" "$(cat "$work/default")" \
	"$(adm 1 save)"
grep -vE '^range' "$tree/tools/uvn.conf.example" >$conf
refuses "no range: start fails" 1 "no UID range" start
equal "no range: not enabled" false "$(enabled)"
cp "$tree/tools/uvn.conf.example" $conf

check "root has port 801" serve_root blocker 1 udp 0.0.0.0 801
refuses "a port is taken: start fails, and says which" 1 "port 801" start
equal "a port is taken: not enabled" false "$(enabled)"
equal "a port is taken: the node is as it was" "$before" \
	"$(snapshot 1 | grep -v "^1000:")"
kill "${background[-1]}"
wait "${background[-1]}" 2>/dev/null

check "start" start
equal "it is enabled" true "$(enabled)"
equal "with the file's configuration" \
	"$(grep -E '^(set|subnet|range|cgnat|direct)' $conf | sort)" \
	"$(adm 1 save | sort)"
check "a user has a network" user 1 1234 "$probe" bound
check "start once more is no error" start
check "the user has the same network" adm 1 user show 1234

echo "direct add 192.168.80.16/28" >>$conf
check "reload" reload
check "what is new is in force" grep -qx "direct add 192.168.80.16/28" <(adm 1 save)
adm 1 save >"$work/saved"
echo "direct add nowhere" >>$conf
refuses "a wrong line: reload fails, and says where" 1 \
	"$conf:$(wc -l <$conf): .*nowhere" reload
equal "and leaves what was" "$(cat "$work/saved")" "$(adm 1 save)"
equal "and enabled" true "$(enabled)"

check "save brings the file up to what is in force" eval '
	cp $conf "$work/before" && sed -i \$d $conf && adm 1 direct add 192.168.80.32/28 &&
	adm 1 save $conf'
equal "all that stood there stands there, and what is new" \
	"$(sed '$d' "$work/before")"$'\ndirect add 192.168.80.32/28' "$(<$conf)"
check "which reload takes" reload

check "stop" stop
equal "it is not enabled" false "$(enabled)"
equal "the node is as it was" "$before" "$(snapshot 1 | grep -v '^1000:')"
check "stop once more is no error" stop
finish
