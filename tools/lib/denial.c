// SPDX-License-Identifier: GPL-2.0
/*
 * What was denied, by reason.
 */
#include <assert.h>
#include <linux/uvn.h>
#include <netlink/attr.h>
#include <stdio.h>

#include "cli/out.h"
#include "lib/decode.h"
#include "lib/denial.h"

static const char *const reason_names[] = {
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

static_assert(sizeof(reason_names) / sizeof(*reason_names) == UVN_REASON_MAX + 1,
	      "a reason has no name");

static const char *const operation_names[] = {
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

static_assert(sizeof(operation_names) / sizeof(*operation_names) ==
	      UVN_OPERATION_MAX + 1, "an operation has no name");

/**
 * denial_operation - name of what a program did, or its number
 * @attr: attribute
 * @head: not used
 * @len: not used
 */
json_t *denial_operation(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return attr_get_enum(attr, operation_names, UVN_OPERATION_MAX + 1);
}

/**
 * denial_reason - name of a reason, or its number
 * @attr: attribute
 * @head: not used
 * @len: not used
 */
json_t *denial_reason(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return attr_get_enum(attr, reason_names, UVN_REASON_MAX + 1);
}

static void put_count(json_t *counts, struct nlattr *head, int len)
{
	struct nlattr *attr = nla_find(head, len, UVN_A_DENIAL_REASON);
	struct nlattr *count = nla_find(head, len, UVN_A_DENIAL_COUNT);
	char number[16];
	uint32_t reason;

	if (!attr || !count || nla_len(attr) != 4)
		return;
	reason = nla_get_u32(attr);
	snprintf(number, sizeof(number), "%u", reason);
	out_put(counts, reason <= UVN_REASON_MAX ? reason_names[reason] : number,
		attr_get_uint(count, NULL, 0));
}

/**
 * denial_counts - count of denials for each reason
 * @head: first attribute
 * @len: bytes of attributes
 * @type: type of those that are denials
 *
 * Return: an object, empty if nothing was denied; its keys are reasons.
 */
json_t *denial_counts(struct nlattr *head, int len, int type)
{
	json_t *counts = json_object();
	struct nlattr *attr;
	int left;

	nla_for_each_attr(attr, head, len, left)
		if (nla_type(attr) == type)
			put_count(counts, nla_data(attr), nla_len(attr));
	return counts;
}
