/* SPDX-License-Identifier: GPL-2.0 */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/uvn.yaml */
#include <linux/uvn.h>

static const char *const uvn_verdict_names[] = {
	[UVN_VERDICT_DENY] = "deny",
	[UVN_VERDICT_ALLOW] = "allow",
};

static const char *const uvn_view_names[] = {
	[UVN_VIEW_FULL] = "full",
	[UVN_VIEW_USERS] = "users",
};

static const char *const uvn_view_sockets_names[] = {
	[UVN_VIEW_SOCKETS_ALL] = "all",
	[UVN_VIEW_SOCKETS_OWN] = "own",
};

static const char *const uvn_user_state_names[] = {
	[UVN_USER_STATE_CREATING] = "creating",
	[UVN_USER_STATE_READY] = "ready",
	[UVN_USER_STATE_DYING] = "dying",
};

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

static const char *const uvn_drop_names[] = {
	[UVN_DROP_NONE] = "none",
	[UVN_DROP_HEADER] = "header",
	[UVN_DROP_DEVICE] = "device",
	[UVN_DROP_SOURCE] = "source",
	[UVN_DROP_DESTINATION] = "destination",
	[UVN_DROP_NO_LINK] = "no-link",
	[UVN_DROP_LINK_STATE] = "link-state",
	[UVN_DROP_ECN] = "ecn",
	[UVN_DROP_MEMORY] = "memory",
	[UVN_DROP_OPTIONS] = "options",
	[UVN_DROP_FRAGMENT] = "fragment",
	[UVN_DROP_CGNAT] = "cgnat",
	[UVN_DROP_PENDING] = "pending",
	[UVN_DROP_IPSEC] = "ipsec",
};

static const char *const uvn_operation_names[] = {
	[UVN_OPERATION_NONE] = "none",
	[UVN_OPERATION_SOCKET] = "socket",
	[UVN_OPERATION_CONNECT] = "connect",
	[UVN_OPERATION_SEND] = "send",
	[UVN_OPERATION_BIND] = "bind",
	[UVN_OPERATION_LISTEN] = "listen",
	[UVN_OPERATION_JOIN] = "join",
	[UVN_OPERATION_BIND_DEVICE] = "bind-device",
	[UVN_OPERATION_DISCONNECT] = "disconnect",
	[UVN_OPERATION_RECEIVE] = "receive",
	[UVN_OPERATION_FORWARD] = "forward",
};
