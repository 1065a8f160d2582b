// SPDX-License-Identifier: GPL-2.0
/*
 * The order of routing rules: a VRF's addresses must be looked up in the VRF
 * before the table "local" has its say, and both before any rule of the site's.
 *
 *	before				while enabled
 *	0  local			0  l3mdev
 *					0  local
 *	0  others, as they are		0  others, as they are
 *
 * There is no preference before 0, and of rules with the same the newest is the last.
 * So what stands before the rule for l3mdev is turned to the end, one by one: a second
 * of the kind is added there, and then the first is removed. There is no moment
 * without it, whatever fails, and their order is the same again once the rule for
 * l3mdev is gone.
 */
#include <linux/fib_rules.h>
#include <linux/printk.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/netlink.h>

#include "core/netns.h"
#include "rtnl/client.h"
#include "rtnl/rtnl.h"
#include "rtnl/rules.h"

/* Of a rule's flags, those that are not about the devices that there are. */
#define UVN_RULES_FLAGS	(FIB_RULE_INVERT | FIB_RULE_FIND_SADDR)

/* Add or remove a rule of the kernel's with a preference and a table to look into, 0
 * for the l3mdev's. Returns -EEXIST or -ENOENT, too.
 */
static int uvn_rules_request(struct uvn_net *un, int family, bool add,
			     u32 pref, u32 table)
{
	struct fib_rule_hdr frh = {
		.family = family,
		.action = FR_ACT_TO_TBL,
		.table = table,
	};
	struct sk_buff *skb;
	int err;

	skb = uvn_client_new(&un->rtnl, UVN_RTNL_REQUEST,
			     add ? RTM_NEWRULE : RTM_DELRULE,
			     (add ? NLM_F_CREATE | NLM_F_EXCL : 0) | NLM_F_ACK,
			     &frh, sizeof(frh));
	if (!skb)
		return -ENOMEM;
	err = nla_put_u32(skb, FRA_PRIORITY, pref) ?:
	      nla_put_u8(skb, FRA_PROTOCOL, RTPROT_KERNEL);
	if (!err && !table)
		err = nla_put_u8(skb, FRA_L3MDEV, 1);
	return uvn_rtnl_request(un, skb, err);
}

/* Add a rule that is as another, or remove the first such. */
static int uvn_rules_request_as(struct uvn_net *un, bool add,
				const struct nlmsghdr *rule)
{
	struct fib_rule_hdr frh = *(struct fib_rule_hdr *)nlmsg_data(rule);
	int len = nlmsg_attrlen(rule, sizeof(frh));
	struct sk_buff *skb;
	int err = 0;

	if (frh.flags & FIB_RULE_PERMANENT)
		return -EPERM;
	frh.flags &= UVN_RULES_FLAGS;
	skb = uvn_client_new(&un->rtnl, UVN_RTNL_REQUEST + len,
			     add ? RTM_NEWRULE : RTM_DELRULE,
			     (add ? NLM_F_CREATE : 0) | NLM_F_ACK, &frh,
			     sizeof(frh));
	if (!skb)
		return -ENOMEM;
	skb_put_data(skb, nlmsg_attrdata(rule, sizeof(frh)), len);
	/* The kernel does not say 0, but chooses another where it is not said. */
	if (!nlmsg_find_attr(rule, sizeof(frh), FRA_PRIORITY))
		err = nla_put_u32(skb, FRA_PRIORITY, 0);
	return uvn_rtnl_request(un, skb, err);
}

/* Look at each rule of a family, in order, with @fn, which ends it with another value
 * than 0 and may not send requests.
 */
static int uvn_rules_each(struct uvn_net *un, u8 family, uvn_client_fn *fn,
			  void *arg)
{
	struct fib_rule_hdr frh = { .family = family };
	struct sk_buff *skb;

	skb = uvn_client_new(&un->rtnl, UVN_RTNL_REQUEST, RTM_GETRULE,
			     NLM_F_DUMP, &frh, sizeof(frh));
	return skb ? uvn_client_dump(&un->rtnl, skb, fn, arg) : -ENOMEM;
}

/* Where uvn 0.1 put the rule for the table "local". */
#define UVN_RULES_PREF_0_1	32765

/* To remove ours, and what passes between two. */
#define UVN_RULES_TRIES		100
#define UVN_RULES_PAUSE		(HZ / 10)

/* More than that many at preference 0 are not turned. */
#define UVN_RULES_MAX		1000

/**
 * struct uvn_rules_look - what there is in front of the rule for l3mdev
 * @head: copy of the first rule at preference 0
 * @found: ours for l3mdev is at preference 0
 * @first: it is the first
 * @again: what @head says is said behind it, too
 * @local: the table "local" is looked up at preference 0
 * @old: copy of the rule where uvn 0.1 had it
 * @err: -ENOMEM if there was no memory for a copy
 */
struct uvn_rules_look {
	struct nlmsghdr *head;
	bool found;
	bool first;
	bool again;
	bool local;
	struct nlmsghdr *old;
	int err;
};

/**
 * struct uvn_rules_rule - what matters of a rule
 * @pref: its preference
 * @table: the table that it looks into
 * @plain: it does so for all packets
 * @l3mdev: it looks into the table of the packet's VRF
 * @kernel: RTPROT_KERNEL made it
 */
struct uvn_rules_rule {
	u32 pref;
	u32 table;
	bool plain;
	bool l3mdev;
	bool kernel;
};

static void uvn_rules_parse(const struct nlmsghdr *nlh,
			    struct uvn_rules_rule *rule)
{
	const struct fib_rule_hdr *frh = nlmsg_data(nlh);
	const struct nlattr *nla;
	int left;

	memset(rule, 0, sizeof(*rule));
	rule->table = frh->table;
	rule->plain = frh->action == FR_ACT_TO_TBL && !frh->src_len &&
		      !frh->dst_len && !frh->tos &&
		      !(frh->flags & FIB_RULE_INVERT);
	nlmsg_for_each_attr(nla, nlh, sizeof(*frh), left) {
		switch (nla_type(nla)) {
		case FRA_PRIORITY:
			rule->pref = nla_get_u32(nla);
			break;
		case FRA_TABLE:
			rule->table = nla_get_u32(nla);
			break;
		case FRA_PROTOCOL:
			rule->kernel = nla_get_u8(nla) == RTPROT_KERNEL;
			break;
		case FRA_L3MDEV:
			rule->l3mdev = nla_get_u8(nla);
			break;
		case FRA_SUPPRESS_PREFIXLEN:
			rule->plain &= nla_get_u32(nla) == U32_MAX;
			break;
		default:
			rule->plain = false;
		}
	}
}

static bool uvn_rules_is_local(const struct uvn_rules_rule *rule)
{
	return rule->plain && !rule->l3mdev && rule->table == RT_TABLE_LOCAL;
}

/* All of it but the flags that say which devices there are. */
static bool uvn_rules_same(const struct nlmsghdr *a, const struct nlmsghdr *b)
{
	struct fib_rule_hdr one, other;

	one = *(struct fib_rule_hdr *)nlmsg_data(a);
	other = *(struct fib_rule_hdr *)nlmsg_data(b);
	one.flags &= UVN_RULES_FLAGS;
	other.flags &= UVN_RULES_FLAGS;
	return a->nlmsg_len == b->nlmsg_len &&
	       !memcmp(&one, &other, sizeof(one)) &&
	       !memcmp(nlmsg_attrdata(a, sizeof(one)),
		       nlmsg_attrdata(b, sizeof(one)),
		       nlmsg_attrlen(a, sizeof(one)));
}

static int uvn_rules_note(const struct nlmsghdr *nlh, void *arg)
{
	struct uvn_rules_look *look = arg;
	struct uvn_rules_rule rule;

	uvn_rules_parse(nlh, &rule);
	if (rule.pref == UVN_RULES_PREF_0_1 && !look->old && rule.kernel &&
	    uvn_rules_is_local(&rule)) {
		look->old = kmemdup(nlh, nlh->nlmsg_len, GFP_KERNEL);
		look->err = look->old ? 0 : -ENOMEM;
	}
	if (rule.pref || look->err)
		return look->err;
	if (rule.plain && rule.l3mdev && rule.kernel && !look->found) {
		look->found = true;
		look->first = !look->head;
	} else if (look->found) {
		look->again |= look->head && uvn_rules_same(nlh, look->head);
	} else if (!look->head) {
		look->head = kmemdup(nlh, nlh->nlmsg_len, GFP_KERNEL);
		look->err = look->head ? 0 : -ENOMEM;
	}
	look->local |= uvn_rules_is_local(&rule);
	return look->err;
}

static int uvn_rules_look(struct uvn_net *un, int family,
			  struct uvn_rules_look *look)
{
	memset(look, 0, sizeof(*look));
	return uvn_rules_each(un, family, uvn_rules_note, look);
}

static void uvn_rules_looked(struct uvn_rules_look *look)
{
	kfree(look->head);
	kfree(look->old);
}

/* Is it another than the one for the table "local"? */
static bool uvn_rules_is_other(const struct nlmsghdr *nlh)
{
	struct uvn_rules_rule rule;

	uvn_rules_parse(nlh, &rule);
	return !uvn_rules_is_local(&rule);
}

/* Turn what stands before the rule for l3mdev to the end, if there is that rule. What
 * was begun and not ended, for want of memory, is ended by the next call.
 */
static int uvn_rules_turn(struct uvn_net *un, int family)
{
	struct uvn_rules_look look;
	unsigned int others = 0;
	bool turned = false;
	int n, err;

	for (n = 0; !turned && n < UVN_RULES_MAX; n++) {
		err = uvn_rules_look(un, family, &look);
		turned = look.first || !look.found;
		if (!err && !turned && !look.again) {
			err = uvn_rules_request_as(un, true, look.head);
			others += !err && uvn_rules_is_other(look.head);
		}
		/* The first that is as this one is this one. */
		if (!err && !turned)
			err = uvn_rules_request_as(un, false, look.head);
		uvn_rules_looked(&look);
		if (err)
			return err;
	}
	if (others)
		pr_notice("uvn: IPv%c: %u rules of preference 0 now come behind the one for l3mdev, so that users' packets do not meet them\n",
			  family == AF_INET ? '4' : '6', others);
	return turned ? 0 : -E2BIG;
}

/* Where uvn 0.1 was not disabled in order, the rule for the table "local" stands
 * behind the site's. To where the kernel had it; for good.
 */
static int uvn_rules_repair(struct uvn_net *un, int family)
{
	struct uvn_rules_look look;
	int err;

	err = uvn_rules_look(un, family, &look);
	if (!err && look.old && !look.local) {
		err = uvn_rules_request(un, family, true, 0, RT_TABLE_LOCAL);
		if (!err)
			err = uvn_rules_request_as(un, false, look.old);
	}
	uvn_rules_looked(&look);
	return err;
}

static int uvn_rules_set_family(struct uvn_net *un, int family, int i)
{
	int err;

	err = uvn_rules_request(un, family, true, 0, 0);
	if (err == -EAFNOSUPPORT || err == -EOPNOTSUPP)
		return 0;
	if (err && err != -EEXIST)
		return err;
	un->added_l3mdev[i] = !err;
	return uvn_rules_repair(un, family) ?: uvn_rules_turn(un, family);
}

/* Once all is turned: what is begun of that is two rules instead of one. */
static int uvn_rules_restore_family(struct uvn_net *un, int family, int i)
{
	int err;

	if (!un->added_l3mdev[i])
		return 0;
	err = uvn_rules_turn(un, family);
	if (err == -ENOMEM || err == -ENOBUFS || err == -EIO)
		return err;
	err = uvn_rules_request(un, family, false, 0, 0);
	if (err && err != -ENOENT)
		return err;
	un->added_l3mdev[i] = false;
	return 0;
}

/**
 * uvn_rules_set - put the rule for l3mdev before all others
 * @un: namespace
 *
 * The rule for the table "local" comes next, if it is where the kernel has put it. An
 * administrator who has moved it wants something else to come first.
 *
 * Context: the worker.
 * Return: 0 or a negative errno, and then nothing is changed.
 */
int uvn_rules_set(struct uvn_net *un)
{
	int err;

	uvn_assert_worker(un);
	err = uvn_rules_set_family(un, AF_INET, 0);
	if (!err && IS_ENABLED(CONFIG_IPV6))
		err = uvn_rules_set_family(un, AF_INET6, 1);
	if (err)
		uvn_rules_restore(un);
	return err;
}

/**
 * uvn_rules_restore - take back the rule for l3mdev
 * @un: namespace
 *
 * The others are as they were before, with what an administrator has changed since. A
 * rule for l3mdev at preference 1000 is vrf.ko's, which comes with the first VRF of the
 * site's. Only want of memory can keep this from succeeding, and that passes.
 *
 * Context: the worker.
 */
void uvn_rules_restore(struct uvn_net *un)
{
	int tries, err;

	uvn_assert_worker(un);
	for (tries = 0; tries < UVN_RULES_TRIES; tries++) {
		err = uvn_rules_restore_family(un, AF_INET, 0) ?:
		      uvn_rules_restore_family(un, AF_INET6, 1);
		if (!err)
			return;
		schedule_timeout_uninterruptible(UVN_RULES_PAUSE);
	}
	pr_err("uvn: the routing rule for l3mdev is not removed (%d)\n", err);
}
