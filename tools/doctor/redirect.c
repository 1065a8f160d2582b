// SPDX-License-Identifier: GPL-2.0
/*
 * Traffic control that passes packets on to a device's egress, where no hook of
 * netfilter's sees them: a container's could speak VXLAN in this node's name.
 */
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "cli/out.h"
#include "doctor/finding.h"
#include "doctor/redirect.h"
#include "doctor/state.h"
#include "lib/ask.h"

/* All actions of kind mirred. */
struct list_request {
	struct tcamsg msg;
	struct nlattr table;
	struct nlattr first;
	struct nlattr kind;
	char name[8];
};

static void add_action(struct nlattr *action, json_t *to)
{
	struct nlattr *options, *parms;
	struct tc_mirred *m;

	options = nla_find(nla_data(action), nla_len(action), TCA_ACT_OPTIONS);
	parms = options ? nla_find(nla_data(options), nla_len(options),
				   TCA_MIRRED_PARMS) : NULL;
	if (!parms || nla_len(parms) < (int)sizeof(*m))
		return;
	m = nla_data(parms);
	if (m->eaction == TCA_EGRESS_REDIR || m->eaction == TCA_EGRESS_MIRROR)
		out_append(to, json_integer(m->ifindex));
}

static void add_actions(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *table, *action;
	int left;

	if (nlh->nlmsg_type != RTM_GETACTION && nlh->nlmsg_type != RTM_NEWACTION)
		return;
	table = nla_find(nlmsg_attrdata(nlh, sizeof(struct tcamsg)),
			 nlmsg_attrlen(nlh, sizeof(struct tcamsg)), TCA_ACT_TAB);
	if (table)
		nla_for_each_nested(action, table, left)
			add_action(action, arg);
}

/* The device leads to a subnet: it has an address there, or is a part of what has. */
static json_t *lower_of(struct doctor *d, json_int_t ifindex)
{
	json_int_t master = get_number(state_link(d, ifindex), "master");
	json_t *lower;
	size_t i;

	json_array_foreach(d->lowers, i, lower) {
		json_int_t own = get_number(lower, "ifindex");

		if (own == ifindex || (master && own == master))
			return lower;
	}
	return NULL;
}

/**
 * doctor_redirects - does traffic control put packets on a device of a subnet?
 * @d: diagnosis
 */
void doctor_redirects(struct doctor *d)
{
	struct list_request q = {
		.table = { sizeof(q) - sizeof(q.msg), TCA_ACT_TAB | NLA_F_NESTED },
		.first = { sizeof(q) - offsetof(struct list_request, first),
			   1 | NLA_F_NESTED },
		.kind = { NLA_HDRLEN + sizeof("mirred"), TCA_ACT_KIND },
		.name = "mirred",
	};
	json_t *to = json_array(), *told = json_object(), *ifindex;
	size_t i;

	ask_rtnetlink(RTM_GETACTION, &q, sizeof(q), add_actions, clear_array, to);
	json_array_foreach(to, i, ifindex) {
		json_t *link = state_link(d, json_integer_value(ifindex));
		const char *dev = get_string(link, "name");

		if (!*dev || !lower_of(d, json_integer_value(ifindex)) ||
		    json_object_get(told, dev))
			continue;
		out_put(told, dev, json_true());
		found(d, WARNING, dev,
		      "traffic control passes packets on to %s, which nobody judges: what comes from a container or guest may be VXLAN in this node's name",
		      dev);
		remedy(d, "take it away, unless only trusted hosts send there: tc actions list action mirred; tc filter show dev ... ingress");
	}
	json_decref(told);
	json_decref(to);
}
