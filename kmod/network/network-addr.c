// SPDX-License-Identifier: GPL-2.0
/*
 * The addresses of a user network's devices, each with the routes that come with it.
 */
#include <linux/delay.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/net_namespace.h>
#include <net/route.h>

#include "core/netns.h"
#include "core/user.h"
#include "network/network.h"
#include "rtnl/rtnl.h"
#include "underlay/addrs.h"

/* In which the kernel's work queue has added an address of IPv6, most often. */
#define UVN_NETWORK_ADDR_SOON		(HZ / 10)
/* Between two looks, in microseconds. */
#define UVN_NETWORK_ADDR_NAP_MIN	100
#define UVN_NETWORK_ADDR_NAP_MAX	1000

/* The kernel makes an address's local and broadcast routes by itself, and says
 * nothing when it has no memory for one.
 */
static bool uvn_network_addr_is_routed4(struct uvn_user *user,
					const struct uvn_addr *a)
{
	__be32 ip = a->addr.ip, last = ip | ~inet_make_mask(a->plen);
	struct net *net = user->un->net;
	u32 table = user->table;

	return inet_addr_type_table(net, ip, table) == RTN_LOCAL &&
	       (a->plen > 30 ||
		inet_addr_type_table(net, last, table) == RTN_BROADCAST) &&
	       (!a->brd ||
		inet_addr_type_table(net, a->brd, table) == RTN_BROADCAST);
}

/**
 * uvn_network_addr_is_routed - are the routes there that come with an address?
 * @user: in whose VRF
 * @addr: the address, which a device has
 *
 * Context: the worker.
 */
bool uvn_network_addr_is_routed(struct uvn_user *user, const struct uvn_addr *addr)
{
	uvn_assert_worker(user->un);
	return addr->family == AF_INET ?
	       uvn_network_addr_is_routed4(user, addr) :
	       uvn_addrs_is_local6(user->un->net, user->vrf, &addr->addr.in6);
}

/* Has the kernel done what it does for an address of IPv6 by a work queue, or not
 * yet? It does that under RTNL, as a whole, so that the routes are there by then.
 */
static bool uvn_network_addr_is_settled6(struct net *net, int ifindex,
					 const struct in6_addr *addr)
{
	const struct inet6_ifaddr *ifa;
	struct inet6_dev *in6_dev;
	struct net_device *dev;
	bool settled = true;

	rtnl_lock();
	dev = __dev_get_by_index(net, ifindex);
	in6_dev = dev ? __in6_dev_get(dev) : NULL;
	if (in6_dev) {
		read_lock_bh(&in6_dev->lock);
		list_for_each_entry(ifa, &in6_dev->addr_list, if_list)
			if (ipv6_addr_equal(&ifa->addr, addr))
				settled = READ_ONCE(ifa->state) !=
					  INET6_IFADDR_STATE_PREDAD;
		read_unlock_bh(&in6_dev->lock);
	}
	rtnl_unlock();
	return settled;
}

/**
 * uvn_network_addr_add - give a device an address, and see to its routes
 * @user: in whose VRF
 * @ifindex: of the device
 * @addr: the address
 * @scope: enum rt_scope_t; IPv6 knows it from the address
 *
 * Those of IPv6 come by a work queue, soon, but where others keep RTNL busy.
 *
 * Context: the worker.
 * Return: 0, -EEXIST or another negative errno.
 */
int uvn_network_addr_add(struct uvn_user *user, int ifindex,
			 const struct uvn_addr *addr, u8 scope)
{
	unsigned long soon = jiffies + UVN_NETWORK_ADDR_SOON;
	int err;

	uvn_assert_worker(user->un);
	err = uvn_rtnl_addr_add(user->un, ifindex, addr, scope);
	if (err)
		return err;
	while (!uvn_network_addr_is_routed(user, addr)) {
		if (addr->family == AF_INET ||
		    (time_after(jiffies, soon) &&
		     uvn_network_addr_is_settled6(user->un->net, ifindex,
						  &addr->addr.in6)))
			return uvn_network_addr_is_routed(user, addr) ? 0 : -ENOMEM;
		usleep_range(UVN_NETWORK_ADDR_NAP_MIN,
			     UVN_NETWORK_ADDR_NAP_MAX);
	}
	return 0;
}

/**
 * uvn_network_addr_renew - give a device an address, as if it were new
 * @user: whose network the device is of
 * @ifindex: of the device
 * @a: the address
 * @scope: RT_SCOPE_* of it
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_network_addr_renew(struct uvn_user *user, int ifindex,
			   const struct uvn_addr *a, u8 scope)
{
	int err;

	uvn_assert_worker(user->un);
	err = uvn_rtnl_addr_del(user->un, ifindex, a);
	if (err && err != -EADDRNOTAVAIL)
		return err;
	return uvn_network_addr_add(user, ifindex, a, scope);
}
