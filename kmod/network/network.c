// SPDX-License-Identifier: GPL-2.0
/*
 * What a user network consists of. uvn_network_want() says what it must
 * contain and uvn_network_apply() makes the difference, by rtnetlink. All of
 * this runs on the worker, so nothing changes between a look and a change but
 * by an administrator's hand.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>

#include "config/prefix.h"
#include "core/netns.h"
#include "core/traffic.h"
#include "core/user.h"
#include "external/cgnat.h"
#include "external/reply-cache.h"
#include "external/uplink.h"
#include "network/network.h"
#include "overlay/link.h"
#include "overlay/vrf-rx.h"
#include "overlay/vrf.h"
#include "rtnl/rtnl.h"
#include "underlay/addrs.h"
#include "underlay/encap.h"
#include "underlay/lower.h"

static void uvn_network_unwant(struct list_head *want)
{
	struct uvn_want *w, *next;

	list_for_each_entry_safe(w, next, want, list) {
		uvn_lower_put(w->lower);
		kfree(w->addrs);
		kfree(w);
	}
}

/* What the network must contain: a link for each lower device. */
static int uvn_network_want(struct uvn_user *user, struct list_head *want)
{
	struct uvn_net *un = user->un;
	struct uvn_lower *lower;

	ASSERT_RTNL();
	list_for_each_entry(lower, &un->lowers, list) {
		const struct uvn_addrs *addrs = rtnl_dereference(lower->addrs);
		struct uvn_link *link = uvn_network_link(user, lower);
		struct uvn_want *w = kzalloc(sizeof(*w), GFP_KERNEL);

		if (!w)
			return -ENOMEM;
		refcount_inc(&lower->refs);
		w->lower = lower;
		list_add_tail(&w->list, want);
		w->addrs = kmemdup(addrs, struct_size(addrs, a, addrs->n),
				   GFP_KERNEL);
		if (!w->addrs)
			return -ENOMEM;
		w->ifindex = link ? link->dev->ifindex : 0;
		w->mtu = uvn_encap_mtu(lower->dev->mtu,
				       uvn_addrs_has_ipv6(addrs));
		uvn_encap_link_name(w->name, lower->dev->name, user->uid, user->vni,
				    lower->ifindex);
		snprintf(w->longname, sizeof(w->longname), "%su%u",
			 lower->dev->name, user->uid);
	}
	return 0;
}

static bool uvn_network_table_taken(struct uvn_user *user)
{
	struct net_device *dev;
	bool taken = false;

	rtnl_lock();
	for_each_netdev(user->un->net, dev)
		if (netif_is_l3_master(dev) &&
		    l3mdev_fib_table(dev) == user->table)
			taken = true;
	rtnl_unlock();
	return taken;
}

/* The table may hold nothing of others, and be no other VRF's: it would leak
 * between networks.
 */
static int uvn_network_apply_table(struct uvn_user *user)
{
	static const int family[] = { AF_INET, AF_INET6 };
	char detail[sizeof(user->network.detail)];
	int i, err;

	snprintf(detail, sizeof(detail), "table %u", user->table);
	if (!user->network.made_table && uvn_network_table_taken(user))
		return uvn_network_fail(user, UVN_REASON_TABLE_IN_USE, -EEXIST,
				     detail);
	for (i = 0; !user->network.made_table && i < ARRAY_SIZE(family); i++) {
		err = uvn_rtnl_table_unused(user->un, family[i], user->table);
		if (err)
			return uvn_network_fail(user, err == -EEXIST ?
					     UVN_REASON_TABLE_IN_USE :
					     UVN_REASON_RTNETLINK, err, detail);
	}
	user->network.made_table = true;
	for (i = 0; i < ARRAY_SIZE(family); i++) {
		err = uvn_rtnl_unreachable(user->un, family[i], user->table,
					   true);
		if (err && err != -EEXIST)
			return uvn_network_fail(user, UVN_REASON_RTNETLINK, err,
					     detail);
	}
	return 0;
}

/* Take the VRF of that name with our table, and return its ifindex, or 0. */
static int uvn_network_take_vrf(struct uvn_user *user, const char *name)
{
	struct net_device *dev;
	int ifindex = 0;

	rtnl_lock();
	dev = __dev_get_by_name(user->un->net, name);
	if (dev && netif_is_l3_master(dev) &&
	    l3mdev_fib_table(dev) == user->table) {
		uvn_vrf_take(user, dev);
		ifindex = dev->ifindex;
	}
	rtnl_unlock();
	return ifindex;
}

static bool uvn_network_name_taken(struct uvn_user *user, const char *name)
{
	bool taken;

	rtnl_lock();
	taken = __dev_get_by_name(user->un->net, name);
	rtnl_unlock();
	return taken;
}

/* All of 127.0.0.0/8 is local, as it is on lo, and ::1. */
static int uvn_network_apply_loopback(struct uvn_user *user)
{
	static const struct uvn_addr loopback[] = {
		{
			.addr.ip = htonl(INADDR_LOOPBACK),
			.family = AF_INET,
			.plen = 8,
		}, {
			.addr.in6 = IN6ADDR_LOOPBACK_INIT,
			.family = AF_INET6,
			.plen = 128,
		},
	};
	int err;

	err = uvn_network_addr_add(user, user->vrf, &loopback[0], RT_SCOPE_HOST) ?:
	      uvn_rtnl_loopback(user->un, user->table, user->vrf);
	if (err || !uvn_addrs_may_ipv6(user->un, user->vrf))
		return err;
	return uvn_network_addr_add(user, user->vrf, &loopback[1], RT_SCOPE_HOST);
}

static int uvn_network_apply_vrf(struct uvn_user *user)
{
	char name[IFNAMSIZ];
	int err;

	uvn_user_vrf_name(name, user->uid);
	if (uvn_network_name_taken(user, name))
		return uvn_network_fail(user, UVN_REASON_NAME_IN_USE, -EEXIST,
				     name);
	err = uvn_traffic_open(user);
	if (err)
		return uvn_network_fail(user, UVN_REASON_NO_MEMORY, err, name);
	err = uvn_network_apply_table(user);
	if (err)
		return err;
	err = uvn_rtnl_vrf_add(user->un, name, user->table);
	if (err == -EEXIST)
		return uvn_network_fail(user, UVN_REASON_NAME_IN_USE, err, name);
	/* The name was free: whatever the answer said, if there is a VRF with
	 * our name and our table now, it is ours, to use or to remove.
	 */
	user->vrf = uvn_network_take_vrf(user, name);
	if (!err && !user->vrf)
		err = -ENODEV;
	if (!err)
		err = uvn_network_apply_loopback(user);
	if (err)
		return uvn_network_fail(user, UVN_REASON_RTNETLINK, err, name);
	return 0;
}

/* The VRF has the CGNAT addresses. They are of the link's scope, since the
 * source of what leaves the VRF is chosen among the VRF's addresses up to that
 * scope.
 */
static int uvn_network_apply_cgnat(struct uvn_user *user, int i)
{
	struct uvn_addr a = {
		.family = i ? AF_INET6 : AF_INET,
		.plen = i ? 128 : 32,
	};
	int err;

	if (!nf_inet_addr_cmp(&user->cgnat.addr[i], &user->cgnat.applied[i])) {
		/* Routes with that source go with it. */
		user->uplink.whole = false;
		a.addr = user->cgnat.applied[i];
		err = uvn_addr_is_none(&a.addr) ? 0 :
		      uvn_rtnl_addr_del(user->un, user->vrf, &a);
		if (err && err != -EADDRNOTAVAIL)
			return err;
		memset(&user->cgnat.applied[i], 0, sizeof(user->cgnat.applied[i]));
	}
	a.addr = user->cgnat.addr[i];
	if (uvn_addr_is_none(&a.addr) || uvn_network_addr_is_routed(user, &a) ||
	    (i && !uvn_addrs_may_ipv6(user->un, user->vrf)))
		return 0;
	user->uplink.whole = false;
	user->cgnat.applied[i] = a.addr;
	return uvn_network_addr_renew(user, user->vrf, &a, RT_SCOPE_LINK);
}

/* All that the way off the subnets needs but the routes. */
static int uvn_network_apply_source(struct uvn_user *user)
{
	int err;

	err = uvn_cgnat_assign(user);
	if (err)
		return uvn_network_fail(user, err == -EADDRNOTAVAIL ?
					UVN_REASON_CGNAT_EXHAUSTED :
					UVN_REASON_NO_MEMORY, err, "CGNAT pools");
	err = uvn_network_apply_cgnat(user, 0) ?:
	      uvn_network_apply_cgnat(user, 1) ?: uvn_vrf_rx_open(user);
	if (err)
		return uvn_network_fail(user, UVN_REASON_RTNETLINK, err,
					"CGNAT address");
	return 0;
}

static bool uvn_network_lower_gone(const struct uvn_want *w)
{
	bool gone;

	rtnl_lock();
	gone = !w->lower->dev;
	rtnl_unlock();
	return gone;
}

/* ifindex of a link that is not wanted, or 0 */
static int uvn_network_surplus(struct uvn_user *user, struct list_head *want)
{
	struct uvn_link *link;
	struct uvn_want *w;
	int ifindex = 0;

	rtnl_lock();
	list_for_each_entry(link, &user->links, list) {
		bool wanted = false;

		list_for_each_entry(w, want, list)
			wanted |= w->lower == link->lower;
		if (!wanted) {
			ifindex = link->dev->ifindex;
			break;
		}
	}
	rtnl_unlock();
	return ifindex;
}

static int uvn_network_remove_links(struct uvn_user *user, struct list_head *want)
{
	int ifindex, err;

	while ((ifindex = uvn_network_surplus(user, want))) {
		err = uvn_rtnl_link_del(user->un, ifindex);
		if (err)
			return err;
	}
	return 0;
}

/* The VRF, if it is still there. RTNL. */
static struct net_device *uvn_network_vrf(const struct uvn_user *user)
{
	struct net_device *dev;

	ASSERT_RTNL();
	dev = user->vrf ? __dev_get_by_index(user->un->net, user->vrf) : NULL;
	if (!dev || !netif_is_l3_master(dev) ||
	    l3mdev_fib_table(dev) != user->table)
		return NULL;
	return dev;
}

/**
 * uvn_network_remove_devices - remove all devices of networks
 * @users: whose they are
 * @n: how many
 *
 * All at once: for many the kernel waits no longer than for one until nobody
 * looks at them. The links go before the VRFs, which else would put them back
 * into the default one.
 *
 * Context: the worker.
 */
void uvn_network_remove_devices(struct uvn_user *const *users, unsigned int n)
{
	struct net_device *vrf;
	struct uvn_link *link;
	LIST_HEAD(kill);
	unsigned int i;

	if (n)
		uvn_assert_worker(users[0]->un);
	rtnl_lock();
	for (i = 0; i < n; i++)
		list_for_each_entry(link, &users[i]->links, list)
			unregister_netdevice_queue(link->dev, &kill);
	unregister_netdevice_many(&kill);
	INIT_LIST_HEAD(&kill);
	for (i = 0; i < n; i++) {
		uvn_vrf_rx_close(users[i]);
		vrf = uvn_network_vrf(users[i]);
		if (vrf)
			vrf->rtnl_link_ops->dellink(vrf, &kill);
	}
	unregister_netdevice_many(&kill);
	for (i = 0; i < n; i++)
		WRITE_ONCE(users[i]->vrf, 0);
	rtnl_unlock();
}

/**
 * uvn_network_destroy - remove all there is of a user network
 * @user: whose it is
 *
 * What could not be removed is still known afterwards.
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_network_destroy(struct uvn_user *user)
{
	int err;

	uvn_assert_worker(user->un);
	err = uvn_uplink_remove(user);
	if (err)
		return err;
	if (user->vrf || !list_empty(&user->links))
		uvn_network_remove_devices(&user, 1);
	uvn_reply_cache_forget(user);
	if (user->network.made_table) {
		err = uvn_rtnl_unreachable(user->un, AF_INET, user->table,
					   false) ?:
		      uvn_rtnl_unreachable(user->un, AF_INET6, user->table,
					   false);
		if (err)
			return err;
	}
	memset(user->cgnat.applied, 0, sizeof(user->cgnat.applied));
	uvn_cgnat_release(user);
	user->network.made_table = false;
	return 0;
}

static bool uvn_network_vrf_alive(struct uvn_user *user)
{
	bool alive;

	rtnl_lock();
	alive = uvn_network_vrf(user);
	rtnl_unlock();
	return alive;
}

/**
 * uvn_network_apply - bring a user network to its desired state
 * @user: whose it is
 *
 * Context: the worker.
 * Return: 0; or a negative errno, and user->network.reason and user->network.detail say more.
 */
int uvn_network_apply(struct uvn_user *user)
{
	LIST_HEAD(want);
	struct uvn_want *w;
	int err;

	uvn_assert_worker(user->un);
	if (user->vrf && !uvn_network_vrf_alive(user)) {
		user->vrf = 0;
		/* Its links have fallen into the default VRF. */
		err = uvn_network_destroy(user);
		if (err)
			return uvn_network_fail(user, UVN_REASON_RTNETLINK, err,
					     "removing remains");
	}
	err = uvn_uplink_follow(user->un);
	if (err)
		return uvn_network_fail(user, UVN_REASON_RTNETLINK, err,
					"reading routes");
	rtnl_lock();
	user->network.gen = user->un->gen;
	err = uvn_network_want(user, &want);
	rtnl_unlock();
	if (err)
		uvn_network_fail(user, UVN_REASON_NO_MEMORY, err, "links");
	if (!err && !user->vrf)
		err = uvn_network_apply_vrf(user);
	if (!err)
		err = uvn_network_apply_source(user);
	if (!err) {
		err = uvn_network_remove_links(user, &want);
		if (err)
			uvn_network_fail(user, UVN_REASON_RTNETLINK, err,
					 "removing links");
	}
	list_for_each_entry(w, &want, list) {
		if (err)
			break;
		err = uvn_network_apply_link(user, w);
		/* Then it is not wanted any more, and the next round says so. */
		if (err && uvn_network_lower_gone(w))
			err = 0;
	}
	uvn_network_unwant(&want);
	if (!err) {
		err = uvn_uplink_apply(user);
		if (err)
			uvn_network_fail(user, UVN_REASON_RTNETLINK, err,
					 "routes off the subnets");
	}
	return err;
}
