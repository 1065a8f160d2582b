// SPDX-License-Identifier: GPL-2.0
/*
 * What a user network has by each lower device: what is local to it, and the way to
 * the subnets. Of IPv4 that is all in the user's table; the VRF has addresses of IPv6.
 */
#include <linux/inetdevice.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/route.h>

#include "config/prefix.h"
#include "config/subnet.h"
#include "core/netns.h"
#include "core/user.h"
#include "network/network.h"
#include "rtnl/rtnl.h"
#include "underlay/addrs.h"
#include "underlay/encap.h"
#include "underlay/lower.h"

/**
 * uvn_network_free_ways - forget what a network has, or should have
 * @ways: struct uvn_way
 */
void uvn_network_free_ways(struct list_head *ways)
{
	struct uvn_way *w, *next;

	list_for_each_entry_safe(w, next, ways, list) {
		list_del(&w->list);
		uvn_lower_put(w->lower);
		kfree(w->addrs);
		kfree(w);
	}
}

/**
 * uvn_network_want_ways - what a network must have by each lower device
 * @user: whose it is
 * @want: struct uvn_way; filled in
 *
 * Context: RTNL.
 * Return: 0 or -ENOMEM.
 */
int uvn_network_want_ways(struct uvn_user *user, struct list_head *want)
{
	struct uvn_lower *lower;

	ASSERT_RTNL();
	list_for_each_entry(lower, &user->un->lowers, list) {
		const struct uvn_addrs *addrs = rtnl_dereference(lower->addrs);
		struct uvn_way *w = kzalloc(sizeof(*w), GFP_KERNEL);

		if (!w)
			return -ENOMEM;
		refcount_inc(&lower->refs);
		w->lower = lower;
		list_add_tail(&w->list, want);
		w->addrs = kmemdup(addrs, struct_size(addrs, a, addrs->n),
				   GFP_KERNEL);
		if (!w->addrs)
			return -ENOMEM;
		w->lower_mtu = lower->dev->mtu;
	}
	return 0;
}

/**
 * struct uvn_host - a route to one address of IPv4
 * @ip: the address
 * @src: source of what goes there
 * @type: RTN_LOCAL or RTN_BROADCAST
 */
struct uvn_host {
	__be32 ip;
	__be32 src;
	u8 type;
};

/* What goes with an address of IPv4, as the kernel has it of one of a device: itself,
 * and where it can broadcast. The @n-th, or false if there are no more.
 */
static bool uvn_network_host(const struct uvn_addr *a, unsigned int n,
			     struct uvn_host *host)
{
	__be32 last = a->addr.ip | ~inet_make_mask(a->plen);
	__be32 ip[] = {
		a->addr.ip,
		a->brd == htonl(INADDR_BROADCAST) ? 0 : a->brd,
		a->plen < 31 && last != a->brd ? last : 0,
	};

	while (n < ARRAY_SIZE(ip) && !ip[n])
		n++;
	if (n >= ARRAY_SIZE(ip))
		return false;
	host->ip = ip[n];
	host->src = a->addr.ip;
	host->type = n ? RTN_BROADCAST : RTN_LOCAL;
	return true;
}

/* Has any of them this address, or can it broadcast there? If so the source becomes
 * that of the first which can.
 */
static bool uvn_network_find_host(const struct list_head *ways,
				  struct uvn_host *host)
{
	const struct uvn_way *w;
	struct uvn_host other;
	unsigned int i, k;

	list_for_each_entry(w, ways, list)
		for (i = 0; i < w->addrs->n; i++)
			for (k = 0; w->addrs->a[i].family == AF_INET &&
			     uvn_network_host(&w->addrs->a[i], k, &other); k++)
				if (other.ip == host->ip &&
				    other.type == host->type) {
					host->src = other.src;
					return true;
				}
	return false;
}

/* Of IPv4 with what goes with it. */
static bool uvn_network_has_addr(const struct list_head *ways,
				 const struct uvn_addr *a)
{
	const struct uvn_way *w;
	unsigned int i;

	list_for_each_entry(w, ways, list)
		for (i = 0; i < w->addrs->n; i++)
			if (a->family == AF_INET ?
			    uvn_addrs_same(&w->addrs->a[i], a) :
			    w->addrs->a[i].family == AF_INET6 &&
			    uvn_addr_same(AF_INET6, &w->addrs->a[i].addr,
					  &a->addr))
				return true;
	return false;
}

/* The first address in a subnet, which is the source of what goes there; the first
 * device, if there are two.
 */
static const struct uvn_addr *uvn_network_source(const struct list_head *ways,
						 const struct uvn_prefix *prefix)
{
	const struct uvn_way *w;
	unsigned int i;

	list_for_each_entry(w, ways, list)
		for (i = 0; i < w->addrs->n; i++)
			if (uvn_prefix_same(&w->addrs->a[i].subnet.prefix,
					    prefix))
				return &w->addrs->a[i];
	return NULL;
}

/* All multicast is heard on the host, and goes to a subnet with a group for it. */
static const struct uvn_prefix uvn_network_casts[] = {
	{
		.addr.ip = htonl(0xe0000000),
		.family = AF_INET,
		.len = 4,
	}, {
		.addr.in6 = { { { 0xff } } },
		.family = AF_INET6,
		.len = 8,
	},
};

/* Its source, where the program does not say one: an address in a subnet that has a
 * group, or else any.
 */
static const struct uvn_addr *uvn_network_caster(const struct list_head *ways,
						 u8 family,
						 const struct uvn_way **way)
{
	const struct uvn_addr *any = NULL;
	const struct uvn_way *w;
	unsigned int i;

	list_for_each_entry(w, ways, list) {
		for (i = 0; i < w->addrs->n; i++) {
			const struct uvn_addr *a = &w->addrs->a[i];
			bool group = !uvn_addr_is_none(&a->subnet.group);

			if (a->family != family || (any && !group))
				continue;
			any = a;
			*way = w;
			if (group)
				return a;
		}
	}
	return any;
}

static unsigned int uvn_network_mtu(const struct uvn_way *w, u8 family)
{
	return uvn_encap_mtu(w->lower_mtu, family == AF_INET6);
}

static int uvn_network_set_multicast(struct uvn_user *user,
				     const struct list_head *want,
				     const struct list_head *has)
{
	const struct uvn_addr *caster;
	const struct uvn_way *way;
	struct uvn_addr src;
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(uvn_network_casts) && !err; i++) {
		const struct uvn_prefix *cast = &uvn_network_casts[i];

		caster = uvn_network_caster(want, cast->family, &way);
		if (caster) {
			src = *caster;
			src.subnet.prefix = *cast;
			err = uvn_rtnl_route_set(user->un, user->table, user->vrf, &src,
						 uvn_network_mtu(way, src.family));
		} else if (uvn_network_caster(has, cast->family, &way)) {
			err = uvn_rtnl_route_del(user->un, user->table,
						 user->vrf, cast);
		}
	}
	return err;
}

static int uvn_network_set_hosts(struct uvn_user *user,
				 const struct list_head *want,
				 const struct uvn_addr *a)
{
	struct net *net = user->un->net;
	struct uvn_host host;
	unsigned int i;
	int err;

	for (i = 0; uvn_network_host(a, i, &host); i++) {
		if (host.type == RTN_LOCAL &&
		    inet_addr_type_table(net, host.ip, user->table) == RTN_LOCAL)
			continue;
		uvn_network_find_host(want, &host);
		err = uvn_rtnl_host_set(user->un, user->table, user->vrf,
					host.type, host.ip, host.src);
		if (err)
			return err;
	}
	return 0;
}

/* Before the routes that have them as sources. Of IPv6 nothing else has: off the subnets
 * that is for the CGNAT address.
 */
static int uvn_network_add_addrs(struct uvn_user *user,
				 const struct list_head *want,
				 const struct uvn_way *w)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < w->addrs->n && !err; i++)
		err = w->addrs->a[i].family == AF_INET ?
		      uvn_network_set_hosts(user, want, &w->addrs->a[i]) :
		      uvn_network_addr6_add(user, &w->addrs->a[i].addr, true);
	return err;
}

static int uvn_network_set_routes(struct uvn_user *user,
				  const struct list_head *want,
				  const struct uvn_way *w)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < w->addrs->n && !err; i++) {
		const struct uvn_addr *a = &w->addrs->a[i];

		if (uvn_network_source(want, &a->subnet.prefix) == a)
			err = uvn_rtnl_route_set(user->un, user->table,
						 user->vrf, a,
						 uvn_network_mtu(w, a->family));
	}
	return err;
}

static int uvn_network_del_routes(struct uvn_user *user,
				  const struct list_head *want,
				  const struct uvn_way *w)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < w->addrs->n && !err; i++) {
		const struct uvn_prefix *p = &w->addrs->a[i].subnet.prefix;

		if (!uvn_network_source(want, p))
			err = uvn_rtnl_route_del(user->un, user->table,
						 user->vrf, p);
	}
	return err;
}

static int uvn_network_del_hosts(struct uvn_user *user,
				 const struct list_head *want,
				 const struct uvn_addr *a)
{
	struct uvn_host host;
	unsigned int i;
	int err = 0;

	for (i = 0; !err && uvn_network_host(a, i, &host); i++)
		if (!uvn_network_find_host(want, &host))
			err = uvn_rtnl_host_del(user->un, user->table, user->vrf,
						host.type, host.ip);
	return err;
}

/* Behind the routes that have them as sources: of IPv6 the kernel else takes the
 * sources from the routes.
 */
static int uvn_network_del_addrs(struct uvn_user *user,
				 const struct list_head *want,
				 const struct uvn_way *w)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < w->addrs->n && !err; i++) {
		const struct uvn_addr *a = &w->addrs->a[i];

		if (uvn_network_has_addr(want, a))
			continue;
		/* It may be one off the subnets now. */
		user->uplink.whole = false;
		err = a->family == AF_INET ?
		      uvn_network_del_hosts(user, want, a) :
		      uvn_network_addr6_del(user, &a->addr);
	}
	return err;
}

static int uvn_network_change_ways(struct uvn_user *user,
				   const struct list_head *want,
				   const struct list_head *has)
{
	const struct uvn_way *w;
	int err;

	list_for_each_entry(w, want, list) {
		err = uvn_network_add_addrs(user, want, w);
		if (err)
			return err;
	}
	list_for_each_entry(w, want, list) {
		err = uvn_network_set_routes(user, want, w);
		if (err)
			return err;
	}
	err = uvn_network_set_multicast(user, want, has);
	if (err)
		return err;
	list_for_each_entry(w, has, list) {
		err = uvn_network_del_routes(user, want, w) ?:
		      uvn_network_del_addrs(user, want, w);
		if (err)
			return err;
	}
	return 0;
}

/**
 * uvn_network_clear_ways - take back what of IPv4 leads by a VRF that is about to go
 * @user: whose VRF
 *
 * When a device goes to which routes lead, the kernel looks for them in the tables of all
 * users (fib_flush()). What fails here goes in that way.
 *
 * Context: the worker.
 */
void uvn_network_clear_ways(struct uvn_user *user)
{
	LIST_HEAD(none);
	const struct uvn_way *w;
	unsigned int i;

	uvn_assert_worker(user->un);
	uvn_rtnl_route_del(user->un, user->table, user->vrf, &uvn_network_casts[0]);
	list_for_each_entry(w, &user->network.ways, list) {
		for (i = 0; i < w->addrs->n; i++) {
			const struct uvn_addr *a = &w->addrs->a[i];

			if (a->family != AF_INET)
				continue;
			uvn_rtnl_route_del(user->un, user->table, user->vrf,
					   &a->subnet.prefix);
			uvn_network_del_hosts(user, &none, a);
		}
	}
}

static bool uvn_network_has_way(const struct list_head *ways,
				const struct uvn_way *way)
{
	const struct uvn_way *w;

	list_for_each_entry(w, ways, list)
		if (w->lower == way->lower && w->lower_mtu == way->lower_mtu &&
		    w->addrs->n == way->addrs->n &&
		    !memcmp(w->addrs->a, way->addrs->a,
			    flex_array_size(w->addrs, a, w->addrs->n)))
			return true;
	return false;
}

/* What a step has failed at may be there or not: the network has both then, what it
 * had and what it should have, until the next time. RTNL.
 */
static void uvn_network_add_ways(struct uvn_user *user, struct list_head *want)
{
	struct uvn_way *w, *next;

	ASSERT_RTNL();
	list_for_each_entry_safe(w, next, want, list)
		if (!uvn_network_has_way(&user->network.ways, w))
			list_move_tail(&w->list, &user->network.ways);
}

/**
 * uvn_network_apply_ways - bring what a network has by its lower devices to its
 *	desired state
 * @user: whose it is
 * @want: what that is; what is no longer of use afterwards
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_network_apply_ways(struct uvn_user *user, struct list_head *want)
{
	LIST_HEAD(had);
	struct uvn_way *w;
	int err;

	uvn_assert_worker(user->un);
	if (!uvn_addrs_may_ipv6(user->un, user->vrf))
		list_for_each_entry(w, want, list)
			while (uvn_addrs_has_ipv6(w->addrs))
				w->addrs->n--;
	err = uvn_network_change_ways(user, want, &user->network.ways);
	rtnl_lock();
	if (err) {
		uvn_network_add_ways(user, want);
	} else {
		list_splice_init(&user->network.ways, &had);
		list_splice_init(want, &user->network.ways);
		list_splice(&had, want);
	}
	rtnl_unlock();
	return err;
}
