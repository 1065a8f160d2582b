// SPDX-License-Identifier: GPL-2.0
/*
 * What a user network consists of. uvn_network_want_ways() says what it must have by
 * its lower devices, and uvn_network_apply() makes the difference, by rtnetlink. All of
 * this runs on the worker, so nothing changes between a look and a change but by an
 * administrator's hand.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>
#include <net/route.h>

#include "core/netns.h"
#include "core/traffic.h"
#include "core/user.h"
#include "core/zone.h"
#include "external/cgnat.h"
#include "external/reply-cache.h"
#include "external/uplink.h"
#include "network/network.h"
#include "overlay/nf-place.h"
#include "overlay/vrf-dev.h"
#include "overlay/vrf-rx.h"
#include "rtnl/rtnl.h"
#include "underlay/addrs.h"

/**
 * uvn_network_fail - note why a network is not what it should be
 * @user: whose it is
 * @reason: UVN_REASON_*, unless it is for want of memory
 * @err: negative errno
 * @detail: the device, table or step
 *
 * Return: @err
 */
static int uvn_network_fail(struct uvn_user *user, u32 reason, int err,
			    const char *detail)
{
	user->network.reason = err == -ENOMEM || err == -ENOBUFS ?
		       UVN_REASON_NO_MEMORY : reason;
	strscpy(user->network.detail, detail, sizeof(user->network.detail));
	return err;
}

/* By a VRF of the site's: vrf.ko tells whose a table is only where it is strict. */
static bool uvn_network_table_taken(struct uvn_user *user)
{
	struct net_device *dev;
	bool taken = false;

	rcu_read_lock();
	for_each_netdev_rcu(user->un->net, dev)
		if (netif_is_l3_master(dev) &&
		    l3mdev_fib_table_rcu(dev) == user->table)
			taken = true;
	rcu_read_unlock();
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

/* The ifindex of the VRF that there is now, or 0. */
static int uvn_network_ifindex(struct uvn_user *user)
{
	int ifindex;

	rtnl_lock();
	ifindex = user->device ? user->device->ifindex : 0;
	rtnl_unlock();
	return ifindex;
}

static void uvn_network_make_for(struct uvn_net *un, struct uvn_user *user)
{
	rtnl_lock();
	un->making = user;
	rtnl_unlock();
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
	static const union nf_inet_addr loopback6 = {
		.in6 = IN6ADDR_LOOPBACK_INIT,
	};
	int err;

	if (inet_addr_type_table(user->un->net, htonl(INADDR_LOOPBACK),
				 user->table) != RTN_LOCAL) {
		err = uvn_rtnl_loopback(user->un, user->table, user->vrf, true);
		if (err)
			return err;
	}
	return uvn_addrs_may_ipv6(user->un, user->vrf) ?
	       uvn_network_addr6_add(user, &loopback6, false) : 0;
}

static int uvn_network_apply_vrf(struct uvn_user *user)
{
	char name[IFNAMSIZ];
	int err;

	uvn_user_vrf_name(name, user->uid);
	err = uvn_nf_place_check(user->un);
	if (err)
		return uvn_network_fail(user, UVN_REASON_NO_MEMORY, err,
					"netfilter hooks");
	if (uvn_network_name_taken(user, name))
		return uvn_network_fail(user, UVN_REASON_NAME_IN_USE, -EEXIST,
				     name);
	err = uvn_traffic_open(user);
	if (err)
		return uvn_network_fail(user, UVN_REASON_NO_MEMORY, err, name);
	err = uvn_network_apply_table(user);
	if (err)
		return err;
	uvn_network_make_for(user->un, user);
	err = uvn_rtnl_vrf_add(user->un, name);
	uvn_network_make_for(user->un, NULL);
	if (err == -EEXIST)
		return uvn_network_fail(user, UVN_REASON_NAME_IN_USE, err, name);
	/* Whatever the answer said. */
	user->vrf = uvn_network_ifindex(user);
	if (!err && !user->vrf)
		err = -ENODEV;
	if (err)
		return uvn_network_fail(user, UVN_REASON_RTNETLINK, err, name);
	return 0;
}

/* What leaves a VRF by a device that is not of it has one of the VRF's own addresses as
 * its source, of the link's scope or wider, whatever the route says (fib_select_path()).
 * So of IPv4, too, the VRF has those off the subnets, which no other device has.
 */
static int uvn_network_add_cgnat(struct uvn_user *user, int i,
				 const union nf_inet_addr *addr)
{
	struct net *net = user->un->net;
	int err;

	if (i)
		return uvn_addrs_may_ipv6(user->un, user->vrf) ?
		       uvn_network_addr6_add(user, addr, false) : 0;
	if (inet_addr_type_table(net, addr->ip, user->table) == RTN_LOCAL)
		return 0;
	/* One without its route is made anew. */
	err = uvn_rtnl_addr_del(user->un, user->vrf, AF_INET, addr);
	if (err && err != -EADDRNOTAVAIL)
		return err;
	err = uvn_rtnl_addr_add(user->un, user->vrf, AF_INET, addr, false);
	if (err)
		return err;
	/* The kernel says nothing when it has no memory for it. */
	return inet_addr_type_table(net, addr->ip, user->table) == RTN_LOCAL ?
	       0 : -ENOMEM;
}

static int uvn_network_del_cgnat(struct uvn_user *user, int i,
				 const union nf_inet_addr *addr)
{
	int err;

	if (i)
		return uvn_network_addr6_del(user, addr);
	err = uvn_rtnl_addr_del(user->un, user->vrf, AF_INET, addr);
	return err == -EADDRNOTAVAIL ? 0 : err;
}

/* The new one before the old one goes: with its last address of IPv4 the device would
 * lose all its routes.
 */
static int uvn_network_apply_cgnat(struct uvn_user *user, int i)
{
	union nf_inet_addr *applied = &user->cgnat.applied[i], old = *applied;
	int err;

	/* Routes with the old one as their source are made anew. */
	if (!nf_inet_addr_cmp(&user->cgnat.addr[i], &old))
		user->uplink.whole = false;
	if (!uvn_addr_is_none(&user->cgnat.addr[i])) {
		err = uvn_network_add_cgnat(user, i, &user->cgnat.addr[i]);
		if (err)
			return err;
	}
	*applied = user->cgnat.addr[i];
	if (uvn_addr_is_none(&old) || nf_inet_addr_cmp(applied, &old))
		return 0;
	return uvn_network_del_cgnat(user, i, &old);
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

/* Of IPv4: what is left goes with the VRF, which takes longer; and what has the CGNAT
 * address as its source goes before that does, likewise.
 */
static void uvn_network_clear(struct uvn_user *user)
{
	uvn_uplink_remove(user);
	uvn_network_clear_ways(user);
	uvn_rtnl_loopback(user->un, user->table, user->vrf, false);
	if (!uvn_addr_is_none(&user->cgnat.applied[0]))
		uvn_network_del_cgnat(user, 0, &user->cgnat.applied[0]);
}

/**
 * uvn_network_remove_devices - remove the VRFs of networks
 * @users: whose they are
 * @n: how many
 *
 * All at once: for many the kernel waits no longer than for one until nobody looks at
 * them.
 *
 * Context: the worker.
 */
void uvn_network_remove_devices(struct uvn_user *const *users, unsigned int n)
{
	LIST_HEAD(kill);
	unsigned int i;

	if (n)
		uvn_assert_worker(users[0]->un);
	for (i = 0; i < n; i++) {
		if (users[i]->vrf)
			uvn_network_clear(users[i]);
	}
	rtnl_lock();
	for (i = 0; i < n; i++) {
		if (users[i]->device)
			unregister_netdevice_queue(users[i]->device, &kill);
	}
	unregister_netdevice_many(&kill);
	for (i = 0; i < n; i++) {
		WRITE_ONCE(users[i]->vrf, 0);
		uvn_network_free_ways(&users[i]->network.ways);
	}
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
	uvn_network_remove_devices(&user, 1);
	uvn_zone_end(user);
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

/* Up, as it was made: an administrator may have taken it down. */
static int uvn_network_apply_up(struct uvn_user *user)
{
	bool up;

	rtnl_lock();
	up = user->device && user->device->flags & IFF_UP;
	rtnl_unlock();
	return up ? 0 : uvn_rtnl_link_up(user->un, user->vrf);
}

/* All that is made of the VRF. */
static int uvn_network_apply_all(struct uvn_user *user, struct list_head *want)
{
	int err;

	if (!user->vrf) {
		err = uvn_network_apply_vrf(user);
		if (err)
			return err;
	}
	err = uvn_network_apply_up(user);
	if (err)
		return uvn_network_fail(user, UVN_REASON_RTNETLINK, err,
					"taking the VRF up");
	err = uvn_network_apply_source(user);
	if (err)
		return err;
	err = uvn_network_apply_loopback(user);
	if (err)
		return uvn_network_fail(user, UVN_REASON_RTNETLINK, err,
					"loopback addresses");
	/* An address of the node's may be one in a subnet now and none then: what it
	 * was goes before what it is comes, and comes again if that took it away.
	 */
	err = uvn_uplink_apply(user);
	if (!err) {
		err = uvn_network_apply_ways(user, want);
		if (err)
			return uvn_network_fail(user, UVN_REASON_RTNETLINK, err,
						"routes to the subnets");
		err = uvn_uplink_apply(user);
	}
	if (err)
		return uvn_network_fail(user, UVN_REASON_RTNETLINK, err,
					"routes off the subnets");
	return 0;
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
	int err;

	uvn_assert_worker(user->un);
	if (user->vrf && !uvn_network_ifindex(user)) {
		/* Somebody has removed it. */
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
	err = uvn_network_want_ways(user, &want);
	uvn_vrf_dev_make_room(user);
	rtnl_unlock();
	if (err)
		uvn_network_fail(user, UVN_REASON_NO_MEMORY, err, "ways");
	else
		err = uvn_network_apply_all(user, &want);
	uvn_network_free_ways(&want);
	return err;
}
