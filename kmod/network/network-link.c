// SPDX-License-Identifier: GPL-2.0
/*
 * The links of a user network: each made, up, with the addresses of its lower
 * device and their routes.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "config/prefix.h"
#include "config/subnet.h"
#include "core/netns.h"
#include "core/user.h"
#include "network/network.h"
#include "overlay/link.h"
#include "rtnl/rtnl.h"
#include "underlay/addrs.h"
#include "underlay/encap.h"
#include "underlay/lower.h"

/**
 * uvn_network_fail - note why a network is not what it should be
 * @user: whose it is
 * @reason: UVN_REASON_*, unless it is for want of memory
 * @err: negative errno
 * @detail: the device, table or step
 *
 * Context: the worker.
 * Return: @err
 */
int uvn_network_fail(struct uvn_user *user, u32 reason, int err,
		     const char *detail)
{
	uvn_assert_worker(user->un);
	user->network.reason = err == -ENOMEM || err == -ENOBUFS ?
		       UVN_REASON_NO_MEMORY : reason;
	strscpy(user->network.detail, detail, sizeof(user->network.detail));
	return err;
}

/**
 * uvn_network_link - the link of a network by a lower device
 * @user: whose it is
 * @lower: the device; one that went away and came back is another one
 *
 * Context: RTNL.
 * Return: the link, or NULL.
 */
struct uvn_link *uvn_network_link(struct uvn_user *user,
				  const struct uvn_lower *lower)
{
	struct uvn_link *link;

	ASSERT_RTNL();
	list_for_each_entry(link, &user->links, list)
		if (link->lower == lower)
			return link;
	return NULL;
}

static int uvn_network_apply_new_link(struct uvn_user *user, struct uvn_want *w)
{
	const char *name = w->name;
	char shortname[IFNAMSIZ];
	struct uvn_link *link;
	int err;

	if (!*name) {
		uvn_encap_link_name(shortname, NULL, user->uid, user->vni,
				    w->lower->ifindex);
		name = shortname;
	}
	rtnl_lock();
	user->un->making.user = user;
	user->un->making.lower = w->lower;
	rtnl_unlock();
	err = uvn_rtnl_link_add(user->un, name, w->lower->ifindex, user->vrf,
				w->mtu);
	rtnl_lock();
	user->un->making.user = NULL;
	user->un->making.lower = NULL;
	link = uvn_network_link(user, w->lower);
	w->ifindex = link ? link->dev->ifindex : 0;
	rtnl_unlock();
	if (err == -EEXIST)
		return uvn_network_fail(user, UVN_REASON_NAME_IN_USE, err, name);
	if (!err && !w->ifindex)
		err = -ENODEV;
	if (!err && !*w->name) {
		name = w->longname;
		err = uvn_rtnl_altname_add(user->un, w->ifindex, name);
		if (err == -EEXIST)
			return uvn_network_fail(user, UVN_REASON_NAME_IN_USE, err,
					     name);
	}
	if (err)
		return uvn_network_fail(user, UVN_REASON_RTNETLINK, err, name);
	return 0;
}

/* Is this the first of the addresses in its subnet, and so the subnet's
 * source?
 */
static bool uvn_network_is_source(const struct uvn_addrs *addrs, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (uvn_prefix_same(&addrs->a[i].subnet.prefix,
				    &addrs->a[n].subnet.prefix))
			return false;
	return true;
}

/* The addresses that a link has now. */
static struct uvn_addrs *uvn_network_has_addrs(struct uvn_user *user,
					       int ifindex)
{
	struct uvn_addrs *has = NULL;
	struct net_device *dev;

	rtnl_lock();
	dev = __dev_get_by_index(user->un->net, ifindex);
	if (dev)
		has = uvn_addrs_of(dev);
	rtnl_unlock();
	return has;
}

static int uvn_network_apply_up(struct uvn_user *user, const struct uvn_want *w)
{
	struct net_device *dev;
	bool same;

	rtnl_lock();
	dev = __dev_get_by_index(user->un->net, w->ifindex);
	same = dev && dev->mtu == w->mtu && dev->flags & IFF_UP;
	rtnl_unlock();
	return same ? 0 : uvn_rtnl_link_up(user->un, w->ifindex, w->mtu);
}

/* Where the order has changed, take away what is to be added behind others. The
 * order decides which address is secondary (IPv4), and sources (IPv6).
 */
static int uvn_network_apply_order(struct uvn_user *user,
				   const struct uvn_want *w,
				   const struct uvn_addrs *applied)
{
	const struct uvn_addr *a, *next;
	bool moved[2] = {};
	unsigned int i, k;
	int err;

	for (i = 0, k = 0; applied && (a = uvn_addrs_nth(applied, i)); i++) {
		bool *family_moved = &moved[a->family == AF_INET6];

		if (!uvn_addrs_in(w->addrs, a))
			continue;
		/* Those of IPv4 are over. */
		while ((next = uvn_addrs_nth(w->addrs, k)) &&
		       next->family != a->family && a->family == AF_INET6)
			k++;
		if (!*family_moved && next && uvn_addrs_same(next, a)) {
			k++;
			continue;
		}
		*family_moved = true;
		err = uvn_rtnl_addr_del(user->un, w->ifindex, a);
		if (err && err != -EADDRNOTAVAIL)
			return err;
	}
	return 0;
}

static int uvn_network_apply_addrs(struct uvn_user *user, struct uvn_want *w,
				   const struct uvn_addrs *has,
				   const struct uvn_addrs *applied)
{
	const struct uvn_addr *a;
	unsigned int i;
	int err;

	for (i = 0; i < has->n; i++) {
		if (uvn_addrs_in(w->addrs, &has->a[i]))
			continue;
		err = uvn_rtnl_addr_del(user->un, w->ifindex, &has->a[i]);
		if (err && err != -EADDRNOTAVAIL)
			return err;
	}
	err = uvn_network_apply_order(user, w, applied);
	if (err)
		return err;
	for (i = 0; (a = uvn_addrs_nth(w->addrs, i)); i++) {
		if (uvn_addrs_in(has, a) &&
		    uvn_network_addr_is_routed(user, a))
			continue;
		err = uvn_network_addr_renew(user, w->ifindex, a,
					     RT_SCOPE_UNIVERSE);
		if (err)
			return err;
	}
	return 0;
}

/* Routes go after the addresses that are their sources. Where a source is gone,
 * the kernel has taken away the route (IPv4) or its source (IPv6).
 */
static int uvn_network_apply_routes(struct uvn_user *user, struct uvn_want *w,
				    const struct uvn_addrs *applied)
{
	unsigned int i, k;
	int err;

	for (i = 0; applied && i < applied->n; i++) {
		const struct uvn_subnet *s = &applied->a[i].subnet;

		for (k = 0; k < w->addrs->n; k++)
			if (uvn_prefix_same(&w->addrs->a[k].subnet.prefix,
					    &s->prefix))
				break;
		if (k < w->addrs->n)
			continue;
		err = uvn_rtnl_route_del(user->un, user->table, w->ifindex,
					 &s->prefix);
		if (err)
			return err;
	}
	for (i = 0; i < w->addrs->n; i++) {
		if (!uvn_network_is_source(w->addrs, i))
			continue;
		err = uvn_rtnl_route_set(user->un, user->table, w->ifindex,
					 &w->addrs->a[i]);
		if (err)
			return err;
	}
	return 0;
}

/**
 * uvn_network_apply_link - bring a link of a network to its desired state
 * @user: whose it is
 * @w: what it must be; its addresses are the link's afterwards
 *
 * Context: the worker.
 * Return: 0 or a negative errno, and user->network.reason and user->network.detail say more.
 */
int uvn_network_apply_link(struct uvn_user *user, struct uvn_want *w)
{
	struct uvn_addrs *has, *applied = NULL;
	struct uvn_link *link;
	int err;

	uvn_assert_worker(user->un);
	if (!w->ifindex) {
		err = uvn_network_apply_new_link(user, w);
		if (err)
			return err;
	}
	/* First, for IPv6 goes where there is no room for it. */
	err = uvn_network_apply_up(user, w);
	if (err)
		return uvn_network_fail(user, UVN_REASON_RTNETLINK, err,
					w->longname);
	has = uvn_network_has_addrs(user, w->ifindex);
	if (!has)
		return uvn_network_fail(user, UVN_REASON_NO_MEMORY, -ENOMEM,
				     w->longname);
	if (!uvn_addrs_may_ipv6(user->un, w->ifindex))
		while (uvn_addrs_has_ipv6(w->addrs))
			w->addrs->n--;
	rtnl_lock();
	link = uvn_network_link(user, w->lower);
	if (link)
		swap(applied, link->applied);
	rtnl_unlock();
	err = uvn_network_apply_addrs(user, w, has, applied);
	kfree(has);
	if (!err)
		err = uvn_network_apply_routes(user, w, applied);
	rtnl_lock();
	link = uvn_network_link(user, w->lower);
	if (link && !err)
		swap(link->applied, w->addrs);
	else if (link)
		swap(link->applied, applied);
	rtnl_unlock();
	kfree(applied);
	if (err)
		return uvn_network_fail(user, UVN_REASON_RTNETLINK, err,
				     w->longname);
	return 0;
}
