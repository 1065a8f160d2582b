#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# usage: minutes.sh DIR
#
# The minutes that each suite took on each kernel, from the logs that run.sh has left
# in DIR, as a table for Documentation/testing.rst: "-" where a suite did not run, "!"
# behind one that failed, and the sums.
[ $# = 1 ] || { echo "usage: minutes.sh DIR" >&2; exit 2; }
cd "$1" || exit
shopt -s nullglob
logs=(*.log)
[ ${#logs[@]} != 0 ] || { echo "minutes.sh: no logs in $1" >&2; exit 1; }

awk '
	FNR == 1 {
		kernel = FILENAME
		sub(/\.log$/, "", kernel)
		sub(/-2$/, "", kernel)
		if (kernel == "bench" || kernel == "kselftest")
			kernel = "6.1"
	}
	# Until it has ended, or for a guest that did not.
	/^# suite [a-z0-9-]+$/ { suites[$3]; failed[kernel, $3] }
	/^# suite .* took [0-9]+ s$/ {
		delete failed[kernel, $3]
		seconds[kernel, $3] += $5
		sum[kernel] += $5
	}
	/^not ok [1-9][0-9]* - / { failed[kernel, $5] }
	function line(    k) {
		printf "%s", "============"
		for (k = 1; k <= n; k++)
			printf "  ======"
		print ""
	}
	function cell(text) { printf "  %6s", text }
	END {
		kernels = split("6.1 6.12 7.2 debug", order, " ")
		for (k = 1; k <= kernels; k++)
			if (order[k] in sum)
				name[++n] = order[k]
		line()
		printf "%-12s", "suite"
		for (k = 1; k <= n; k++)
			cell(name[k])
		print ""
		line()
		for (s in suites) {
			row = sprintf("%-12s", s)
			for (k = 1; k <= n; k++) {
				minutes = "-"
				if ((name[k], s) in seconds)
					minutes = sprintf("%.1f", seconds[name[k], s] / 60)
				if ((name[k], s) in failed)
					minutes = minutes "!"
				row = row sprintf("  %6s", minutes)
			}
			print row | "sort"
		}
		close("sort")
		printf "%-12s", "all"
		for (k = 1; k <= n; k++)
			cell(sprintf("%.1f", sum[name[k]] / 60))
		print ""
		line()
	}' "${logs[@]}"
