# SPDX-License-Identifier: GPL-2.0
#
# From what "uvnadm -j status" and "uvnadm -j user list" print, one after the
# other, to the text format of Prometheus: jq -rsf uvn.jq. What uvnadm does not
# know has no line, and whether it does has one.

def quoted: tostring | gsub("\\\\"; "\\\\") | gsub("\""; "\\\"") | gsub("\n"; "\\n");

# An object of labels, as {a="b",c="d"}.
def labels:
	if . == {} then "" else
		"{" + (to_entries | map("\(.key)=\"\(.value | quoted)\"") | join(",")) + "}"
	end;

# A metric and its samples: an array of [labels, value].
def metric($name; $type; $help; samples):
	[samples | select(.[1] != null)] |
	if . == [] then empty else
		"# HELP \($name) \($help)",
		"# TYPE \($name) \($type)",
		(.[] | "\($name)\(.[0] | labels) \(
			if .[1] == true then 1 elif .[1] == false then 0 else .[1] end)")
	end;

# As plugins of monitoring systems exit; see uvnadm(8).
def health:
	if .health then { ok: 0, degraded: 1, "not-isolated": 2 }[.health] // 3
	elif .exit == 1 then 2 else 3 end;

def who: { uid, user: (.user // "") };

(.[0] // {}) as $status |
(if .[1] | type == "array" then .[1] else [] end) as $users |

metric("uvn_up"; "gauge"; "Whether the module answers."; [{}, ($status | has("enabled"))]),
metric("uvn_health"; "gauge"; "0 well, 1 degraded, 2 not isolated, 3 not known.";
	[{}, ($status | health)]),
metric("uvn_users_known"; "gauge"; "Whether the user networks could be listed.";
	[{}, (.[1] | type == "array")]),
(select($status | has("enabled")) |
 metric("uvn_info"; "gauge"; "Versions of the module and of the kernel.";
	[($status | { version: (.version // ""), kernel: (.kernel // "") }), 1])),
metric("uvn_enabled"; "gauge"; "Whether uvn is enabled."; [{}, $status.enabled]),
metric("uvn_audit"; "gauge"; "Whether nothing is denied, and nobody isolated.";
	[{}, $status.audit]),
metric("uvn_users"; "gauge"; "User networks on this node."; [{}, $status.users]),
metric("uvn_subnets"; "gauge"; "Subnets that are configured."; [{}, $status.subnets]),
metric("uvn_ranges"; "gauge"; "Ranges that are configured."; [{}, $status.ranges]),
metric("uvn_strays"; "gauge"; "Sockets of managed users outside their networks.";
	[{}, $status.strays]),
metric("uvn_denied_total"; "counter"; "What was denied, by reason.";
	$status.denied_by // {} | to_entries[] | [{ reason: .key }, .value]),
metric("uvn_rx_dropped_total"; "counter"; "Packets to VXLAN ports or pools that failed a check.";
	[{}, $status.rx_dropped]),
metric("uvn_rx_dropped_by_total"; "counter"; "The same, by reason.";
	$status.rx_dropped_by // {} | to_entries[] | [{ reason: .key }, .value]),
metric("uvn_user_ready"; "gauge"; "Whether the user network is ready.";
	$users[] | [who, .state == "ready"]),
metric("uvn_user_sockets_created_total"; "counter"; "Sockets made in a user network.";
	$users[] | [who, .sockets_created]),
metric("uvn_user_denied_total"; "counter"; "What was denied to a user, by reason.";
	$users[] | who as $who | .denied_by // {} | to_entries[] |
	[$who + { reason: .key }, .value])
