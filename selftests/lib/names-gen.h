/* SPDX-License-Identifier: GPL-2.0 */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/uvn.yaml */
#include <linux/uvn.h>

static const char *const uvn_reason_names[] = {
	[UVN_REASON_NONE] = "none",
	[UVN_REASON_UNMATCHED] = "unmatched",
	[UVN_REASON_NAME_IN_USE] = "name-in-use",
	[UVN_REASON_TABLE_IN_USE] = "table-in-use",
	[UVN_REASON_NO_MEMORY] = "no-memory",
	[UVN_REASON_RTNETLINK] = "rtnetlink",
	[UVN_REASON_DISABLED] = "disabled",
	[UVN_REASON_INTERRUPTED] = "interrupted",
	[UVN_REASON_FAMILY] = "family",
	[UVN_REASON_PROTOCOL] = "protocol",
	[UVN_REASON_NETWORK] = "network",
	[UVN_REASON_VXLAN_PORT] = "vxlan-port",
	[UVN_REASON_OPTIONS] = "options",
	[UVN_REASON_UNIX] = "unix",
	[UVN_REASON_ANSWER] = "answer",
	[UVN_REASON_CGNAT_EXHAUSTED] = "cgnat-exhausted",
	[UVN_REASON_TRANSLATION] = "translation",
	[UVN_REASON_STRAY] = "stray",
	[UVN_REASON_FORWARDED] = "forwarded",
	[UVN_REASON_CHILD_NETNS] = "child-netns",
	[UVN_REASON_SUBORDINATE] = "subordinate",
	[UVN_REASON_FLOWS] = "flows",
	[UVN_REASON_PORTS] = "ports",
};
