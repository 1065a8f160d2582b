// SPDX-License-Identifier: GPL-2.0
/*
 * The state of the module, as it tells of it.
 */
#include <linux/uvn.h>
#include <netlink/attr.h>
#include <sys/utsname.h>

#include "cli/out.h"
#include "lib/decode.h"
#include "lib/denial.h"
#include "lib/failure.h"
#include "lib/nl.h"
#include "lib/status.h"

static json_t *get_kernel(struct nlattr *attr, struct nlattr *head, int len)
{
	struct utsname uts;

	(void)attr;
	(void)head;
	(void)len;
	return uname(&uts) ? json_null() : out_string(uts.release);
}

static json_t *get_denied_by(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)attr;
	return denial_counts(head, len, UVN_A_STATUS_DENIAL);
}

static json_t *get_dropped_by(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)attr;
	return denial_drops(head, len, UVN_A_STATUS_DROP);
}

/* One a function; none is an empty array. */
static json_t *get_view_missing(struct nlattr *attr, struct nlattr *head, int len)
{
	json_t *names = json_array();
	int left;

	(void)attr;
	nla_for_each_attr(attr, head, len, left)
		if (nla_type(attr) == UVN_A_STATUS_VIEW_MISSING)
			out_append(names, attr_get_string(attr, head, len));
	return names;
}

/**
 * status_decode - the status
 * @head: first attribute
 * @len: bytes of attributes
 */
json_t *status_decode(struct nlattr *head, int len)
{
	static const struct attr_field fields[] = {
		{ "enabled", UVN_A_STATUS_ENABLED, false, attr_get_bool },
		{ "version", UVN_A_STATUS_VERSION, false, attr_get_string },
		{ "kernel", 0, false, get_kernel },
		{ "users", UVN_A_STATUS_USERS, false, attr_get_uint },
		{ "subnets", UVN_A_STATUS_SUBNETS, false, attr_get_uint },
		{ "ranges", UVN_A_STATUS_RANGES, false, attr_get_uint },
		{ "hook", UVN_A_STATUS_HOOK, false, attr_get_string },
		{ "denied", UVN_A_STATUS_DENIED, false, attr_get_uint },
		{ "denied_by", 0, false, get_denied_by },
		{ "rx_dropped", UVN_A_STATUS_RX_DROPPED, false, attr_get_uint },
		{ "rx_dropped_by", 0, false, get_dropped_by },
		{ "audit", UVN_A_STATUS_AUDIT, false, attr_get_bool },
		{ "nat_flows", UVN_A_STATUS_NAT_FLOWS, false, attr_get_uint },
		{ "published_flows", UVN_A_STATUS_PUBLISHED_FLOWS, false, attr_get_uint },
		{ "view_missing", 0, false, get_view_missing },
		{}
	};

	return attr_decode(head, len, fields);
}

static void status_reply(struct nlattr *head, int len, void *arg)
{
	json_t **status = arg;

	json_decref(*status);
	*status = status_decode(head, len);
}

/**
 * status_read - ask for the state of the module
 * @why: set if it fails
 *
 * Return: the state, or NULL.
 */
json_t *status_read(struct uvn_failure *why)
{
	json_t *status = NULL;
	struct uvn_request req = {
		.cmd = UVN_CMD_STATUS_GET,
		.reply = status_reply,
		.arg = &status,
	};

	if (uvn_run(&req, why) && !status)
		uvn_failed(why, 0, "the module did not answer");
	return status;
}
