#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: profile.sh [MEASURE ARGUMENT...]
#
# Where the instructions of a round trip go (a ping, or what uvn_bench measures
# with these arguments; REMOTE stands for the far end), in each set-up of
# lib-bench.sh: samples at a fixed number of instructions, by function.

# shellcheck disable=SC2317	# functions are called by in_setup
# shellcheck source-path=SCRIPTDIR source=lib-bench.sh
. "$(dirname "$0")/lib-bench.sh"

what=("$@")
[ $# -gt 0 ] || what=(icmp REMOTE 20000)

profile() {
	local cost
	cost=$(near "${what[@]//REMOTE/$remote}") || return
	perf record -q -o "$work/$setup.data" -e cpu-clock -c 20011 -a -- \
		"$lib/uvn_as" "/run/netns/n1-$seed" 1234 \
		"$bench" "${device[@]}" "${what[@]//REMOTE/$remote}" >"$work/cost" || return
	perf report -q -i "$work/$setup.data" --stdio --no-children -g none \
		-F overhead,sym 2>/dev/null |
		awk -v s="$setup" -v cost="$cost" '$1 ~ /%$/ {
			share = $1 + 0
			name = $NF
			printf "%s\t%s\t%.0f\n", name, s, share * cost / 100
		}' >>"$work/profile"
	printf '%s\t%s\t%s\n' "(all)" "$setup" "$cost" >>"$work/profile"
}

echo 0 >/proc/sys/kernel/kptr_restrict
for s in plain stock uvn; do
	in_setup $s profile
done
echo "kernel $(uname -r), ${what[*]}: instructions by function"
awk -F'\t' '
	{ n[$1, $2] += $3; most[$1] = $3 > most[$1] ? $3 : most[$1] }
	END {
		for (f in most)
			if (most[f] * 700 >= most["(all)"])
				printf "%d %-40s %8d %8d %8d\n", most[f], f,
					n[f, "plain"], n[f, "stock"], n[f, "uvn"]
	}' "$work/profile" | sort -rn | sed 's/^[0-9]* //' |
	(printf '%-40s %8s %8s %8s\n' '' plain stock uvn; cat)
