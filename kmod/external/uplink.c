// SPDX-License-Identifier: GPL-2.0
/*
 * Ways off the subnets: the routes of the table main, as they stand in each
 * user's table too, but with the user's CGNAT address as source; and the
 * node's addresses outside the subnets, which are local to users as well.
 *
 * The worker reads the tables by rtnetlink whenever the FIB notifier says that
 * they have changed, and keeps what is to be mirrored as messages that lack
 * only a table and a source.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/fib_notifier.h>
#include <net/ip6_fib.h>
#include <net/ip_fib.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/rtnh.h>

#include "config/config.h"
#include "core/netns.h"
#include "core/user.h"
#include "external/cgnat.h"
#include "external/claim.h"
#include "external/uplink.h"
#include "rtnl/rtnl.h"
#include "underlay/addrs.h"
#include "underlay/lower.h"

/* What is stale: the set, and perhaps more than the set shows, since the kernel
 * takes routes from all tables when a device or an address goes, also if they
 * have come back to the table main since.
 */
#define UVN_UPLINK_CHANGED	BIT(0)
#define UVN_UPLINK_LOST		BIT(1)

/* Many routes change at once when a device does. */
#define UVN_UPLINK_DELAY	(HZ / 50)

static void uvn_uplink_put(struct uvn_uplinks *set)
{
	struct uvn_uplink *u, *next;

	if (!set || !refcount_dec_and_test(&set->refs))
		return;
	list_for_each_entry_safe(u, next, &set->list, list)
		kfree(u);
	kfree(set);
}

static struct uvn_uplinks *uvn_uplink_set(void)
{
	struct uvn_uplinks *set = kzalloc(sizeof(*set), GFP_KERNEL);

	if (!set)
		return NULL;
	refcount_set(&set->refs, 1);
	INIT_LIST_HEAD(&set->list);
	return set;
}

/* In a subnet that this node is in, and so reached without? */
static bool uvn_uplink_on_subnet(struct uvn_net *un,
				 const struct uvn_prefix *p)
{
	const struct uvn_lower *lower;
	unsigned int i;

	ASSERT_RTNL();
	list_for_each_entry(lower, &un->lowers, list) {
		const struct uvn_addrs *addrs = rtnl_dereference(lower->addrs);

		for (i = 0; addrs && i < addrs->n; i++)
			if (uvn_prefix_covers(&addrs->a[i].subnet.prefix, p))
				return true;
	}
	return false;
}

static bool uvn_uplink_is_direct(const struct uvn_config *cfg,
				 const struct uvn_prefix *p)
{
	unsigned int i;

	for (i = 0; i < cfg->n_directs; i++)
		if (uvn_prefix_covers(&cfg->directs[i], p))
			return true;
	return false;
}

/* A direct prefix goes the way of the narrowest route around it; routes that
 * are narrower than it are mirrored as they are.
 */
static int uvn_uplink_add_direct(struct uvn_uplinks *set,
				 const struct uvn_prefix *direct)
{
	struct uvn_uplink *u, *copy;
	int len = -1;

	list_for_each_entry(u, &set->list, list)
		if (u->type != RTN_LOCAL && u->prefix.len > len &&
		    uvn_prefix_covers(&u->prefix, direct))
			len = u->prefix.len;
	if (len < 0 || len == direct->len)
		return 0;
	list_for_each_entry(u, &set->list, list) {
		if (u->type == RTN_LOCAL || u->prefix.len != len ||
		    !uvn_prefix_covers(&u->prefix, direct))
			continue;
		copy = kmemdup(u, struct_size(u, data, u->len), GFP_KERNEL);
		if (!copy)
			return -ENOMEM;
		copy->prefix = *direct;
		list_add(&copy->list, &set->list);
	}
	return 0;
}

/* Leave out what users reach without. */
static int uvn_uplink_select(struct uvn_net *un, struct uvn_uplinks *set)
{
	const struct uvn_config *cfg = rtnl_dereference(un->config);
	struct uvn_uplink *u, *next;
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < cfg->n_directs; i++)
		if (uvn_uplink_on_subnet(un, &cfg->directs[i]))
			err = uvn_uplink_add_direct(set, &cfg->directs[i]);
	list_for_each_entry_safe(u, next, &set->list, list) {
		if (uvn_uplink_on_subnet(un, &u->prefix) &&
		    (u->type == RTN_LOCAL ||
		     !uvn_uplink_is_direct(cfg, &u->prefix))) {
			list_del(&u->list);
			kfree(u);
		}
	}
	return err;
}

static bool uvn_uplink_same(const struct uvn_uplink *a,
			    const struct uvn_uplink *b)
{
	return a->type == b->type && a->scope == b->scope &&
	       a->tos == b->tos && a->flags == b->flags && a->len == b->len &&
	       uvn_prefix_same(&a->prefix, &b->prefix) &&
	       !memcmp(a->data, b->data, a->len);
}

static bool uvn_uplink_same_set(const struct uvn_uplinks *a,
				const struct uvn_uplinks *b)
{
	const struct uvn_uplink *x, *y;

	y = list_first_entry(&b->list, struct uvn_uplink, list);
	list_for_each_entry(x, &a->list, list) {
		if (list_entry_is_head(y, &b->list, list) ||
		    !uvn_uplink_same(x, y))
			return false;
		y = list_next_entry(y, list);
	}
	return list_entry_is_head(y, &b->list, list);
}

/* Read the tables anew; *@changed if there is something to follow. Whoever has
 * the old set has it until it follows.
 */
static int uvn_uplink_refresh(struct uvn_net *un, bool *changed)
{
	static const u8 family[] = { AF_INET, AF_INET6 };
	static const u32 table[] = { RT_TABLE_MAIN, RT_TABLE_LOCAL };
	struct uvn_uplink_read read = { .un = un };
	int i, k, err = 0;

	read.set = uvn_uplink_set();
	if (!read.set)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(family); i++) {
		for (k = 0; !err && k < ARRAY_SIZE(table); k++) {
			read.table = table[k];
			err = uvn_rtnl_routes(un, family[i], read.table,
					      uvn_uplink_read, &read);
		}
	}
	rtnl_lock();
	if (!err)
		err = uvn_uplink_select(un, read.set);
	rtnl_unlock();
	if (err) {
		uvn_uplink_put(read.set);
		return err;
	}
	read.set->flushes = un->uplink.flushes;
	*changed = !un->uplink.set ||
		   un->uplink.set->flushes != un->uplink.flushes ||
		   !uvn_uplink_same_set(un->uplink.set, read.set);
	if (*changed)
		swap(un->uplink.set, read.set);
	uvn_uplink_put(read.set);
	return 0;
}

/**
 * uvn_uplink_follow - read the tables again if they may have changed
 * @un: namespace
 *
 * Context: the worker; takes RTNL.
 * Return: 0; or a negative errno, and then the next call tries again.
 */
int uvn_uplink_follow(struct uvn_net *un)
{
	u32 gen, stale = atomic_xchg(&un->uplink.stale, 0);
	bool changed;
	int err;

	uvn_assert_worker(un);
	if (!stale && un->uplink.set && un->uplink.gen == READ_ONCE(un->gen))
		return 0;
	if (stale & UVN_UPLINK_LOST)
		un->uplink.flushes++;
	gen = READ_ONCE(un->gen);
	err = uvn_uplink_refresh(un, &changed);
	if (err) {
		atomic_or(UVN_UPLINK_CHANGED, &un->uplink.stale);
		return err;
	}
	/* The users' tables follow too. */
	rtnl_lock();
	if (un->gen == gen && changed)
		gen = ++un->gen;
	un->uplink.gen = gen;
	rtnl_unlock();
	return 0;
}

static u32 uvn_uplink_metric(const struct uvn_uplink *u)
{
	const struct nlattr *attr;

	attr = nla_find((const struct nlattr *)u->data, u->len, RTA_PRIORITY);
	return attr ? nla_get_u32(attr) : 0;
}

/* The next route after @u, if not NULL, that is better or worse than @like by
 * nothing but its place in the table.
 */
static const struct uvn_uplink *uvn_uplink_rival(const struct uvn_uplinks *set,
						 const struct uvn_uplink *u,
						 const struct uvn_uplink *like)
{
	if (!u)
		u = list_entry(&set->list, struct uvn_uplink, list);
	list_for_each_entry_continue(u, &set->list, list)
		if (uvn_prefix_same(&u->prefix, &like->prefix) &&
		    u->tos == like->tos &&
		    uvn_uplink_metric(u) == uvn_uplink_metric(like))
			return u;
	return NULL;
}

/* Is @u, which is in one set, in the other too, and in the same place? Routes
 * are added behind their rivals, so those before it must be the same.
 */
static bool uvn_uplink_stays(const struct uvn_uplink *u,
			     const struct uvn_uplinks *in,
			     const struct uvn_uplinks *other)
{
	const struct uvn_uplink *a = NULL, *b = NULL;

	do {
		a = uvn_uplink_rival(in, a, u);
		b = uvn_uplink_rival(other, b, u);
		if (!a || !b || !uvn_uplink_same(a, b))
			return false;
	} while (a != u);
	return true;
}

static bool uvn_uplink_has_rival(const struct uvn_uplink *u,
				 const struct uvn_uplinks *set)
{
	return uvn_uplink_rival(set, uvn_uplink_rival(set, NULL, u), u);
}

static bool uvn_uplink_usable(const struct uvn_user *user,
			      const struct uvn_uplink *u)
{
	if (u->type == RTN_LOCAL)
		return u->prefix.family == AF_INET ||
		       uvn_addrs_may_ipv6(user->un, user->vrf);
	return !uvn_addr_is_none(&user->cgnat.addr[u->prefix.family == AF_INET6]);
}

/* What the kernel does not take leads nowhere, which keeps nobody from having a
 * network.
 */
static int uvn_uplink_add(struct uvn_user *user, const struct uvn_uplink *u)
{
	char text[UVN_PREFIX_TEXT];
	int err;

	err = uvn_uplink_route(user, u, true);
	if (err == -ENOMEM || err == -ENOBUFS || err == -EINTR)
		return err;
	if (err && err != -EEXIST)
		net_warn_ratelimited("uvn: users do not get the route to %s (%d)\n",
				     uvn_prefix_print(text, &u->prefix), err);
	return 0;
}

/**
 * uvn_uplink_apply - bring the ways off the subnets up to date
 * @user: the user network; its VRF and its CGNAT addresses are there
 *
 * user->uplink.set holds at least what of them is in the user's table.
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_uplink_apply(struct uvn_user *user)
{
	struct uvn_uplinks *set = user->un->uplink.set, *old = NULL;
	bool whole = user->uplink.whole;
	struct uvn_uplink *u;
	int err = 0;

	uvn_assert_worker(user->un);
	if (user->uplink.set == set && whole)
		return 0;
	whole = whole && user->uplink.set && user->uplink.set->flushes == set->flushes;
	user->uplink.whole = false;
	if (user->uplink.set) {
		list_for_each_entry(u, &user->uplink.set->list, list) {
			if (uvn_uplink_stays(u, user->uplink.set, set) &&
			    (whole || !uvn_uplink_has_rival(u, set)) &&
			    uvn_uplink_usable(user, u))
				continue;
			err = uvn_uplink_route(user, u, false);
			if (err && err != -ESRCH)
				return err;
		}
	}
	refcount_inc(&set->refs);
	old = user->uplink.set;
	user->uplink.set = set;
	list_for_each_entry(u, &set->list, list) {
		if (!uvn_uplink_usable(user, u) ||
		    (whole && uvn_uplink_stays(u, set, old)))
			continue;
		err = uvn_uplink_add(user, u);
		if (err)
			break;
	}
	uvn_uplink_put(old);
	user->uplink.whole = !err;
	return err;
}

/**
 * uvn_uplink_remove - take the ways off the subnets away
 * @user: the user network
 *
 * Context: the worker.
 * Return: 0; or a negative errno, and then some may be left.
 */
int uvn_uplink_remove(struct uvn_user *user)
{
	struct uvn_uplink *u;
	int err;

	uvn_assert_worker(user->un);
	if (!user->uplink.set)
		return 0;
	user->uplink.whole = false;
	list_for_each_entry(u, &user->uplink.set->list, list) {
		err = uvn_uplink_route(user, u, false);
		if (err && err != -ESRCH)
			return err;
	}
	uvn_uplink_forget(user);
	return 0;
}

/**
 * uvn_uplink_forget - the user's table is gone, or goes with the namespace
 * @user: the user network
 */
void uvn_uplink_forget(struct uvn_user *user)
{
	uvn_uplink_put(user->uplink.set);
	user->uplink.set = NULL;
}

static u32 uvn_uplink_table(const struct fib_notifier_info *info)
{
	if (info->family == AF_INET)
		return container_of(info, struct fib_entry_notifier_info,
				    info)->tb_id;
	return container_of(info, struct fib6_entry_notifier_info,
			    info)->rt->fib6_table->tb6_id;
}

/* A route by this device is nothing that is mirrored. */
static bool uvn_uplink_is_users(const struct fib_notifier_info *info)
{
	const struct net_device *dev;

	dev = container_of(info, struct fib_nh_notifier_info,
			   info)->fib_nh->fib_nh_dev;
	return dev && uvn_in_vrf(dev);
}

/* Perhaps in softirq. Users' own tables are left aside at once. */
static int uvn_uplink_event(struct notifier_block *nb, unsigned long event,
			    void *ptr)
{
	struct uvn_net *un = container_of(nb, struct uvn_net, uplink.fib);
	const struct fib_notifier_info *info = ptr;
	int stale = UVN_UPLINK_CHANGED;
	u32 table;

	if (info->family != AF_INET && info->family != AF_INET6)
		return NOTIFY_DONE;
	if (event == FIB_EVENT_ENTRY_DEL || event == FIB_EVENT_NH_DEL)
		stale |= UVN_UPLINK_LOST;
	switch (event) {
	case FIB_EVENT_ENTRY_REPLACE:
	case FIB_EVENT_ENTRY_APPEND:
	case FIB_EVENT_ENTRY_ADD:
	case FIB_EVENT_ENTRY_DEL:
		table = uvn_uplink_table(info);
		if (table != RT_TABLE_MAIN && table != RT_TABLE_LOCAL)
			return NOTIFY_DONE;
		if (table == RT_TABLE_LOCAL && event == FIB_EVENT_ENTRY_DEL)
			uvn_claim_addr_gone(un);
		break;
	case FIB_EVENT_NH_ADD:
	case FIB_EVENT_NH_DEL:
		if (uvn_uplink_is_users(info))
			return NOTIFY_DONE;
		break;
	default:
		return NOTIFY_DONE;
	}
	if (!atomic_fetch_or(stale, &un->uplink.stale))
		kthread_mod_delayed_work(un->worker, &un->reconcile,
					 UVN_UPLINK_DELAY);
	return NOTIFY_DONE;
}

/**
 * uvn_uplink_open - follow the namespace's routes
 * @un: namespace, with its worker
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int uvn_uplink_open(struct uvn_net *un, struct netlink_ext_ack *extack)
{
	atomic_set(&un->uplink.stale, 0);
	un->uplink.fib.notifier_call = uvn_uplink_event;
	return register_fib_notifier(un->net, &un->uplink.fib, NULL, extack);
}

/**
 * uvn_uplink_close - follow them no more
 * @un: namespace, disarmed
 *
 * Context: may sleep.
 */
void uvn_uplink_close(struct uvn_net *un)
{
	unregister_fib_notifier(un->net, &un->uplink.fib);
	/* It may be reading just now; it does so no more once disarmed. */
	kthread_flush_worker(un->worker);
	uvn_uplink_put(un->uplink.set);
	un->uplink.set = NULL;
}
