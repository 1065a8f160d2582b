// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses of IPv6 of a user's VRF, each with the routes that come with it.
 */
#include <linux/delay.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/net_namespace.h>

#include "core/netns.h"
#include "core/user.h"
#include "network/network.h"
#include "rtnl/rtnl.h"
#include "underlay/addrs.h"

/* In which the kernel's work queue has added an address, most often. */
#define UVN_NETWORK_ADDR_SOON		(HZ / 10)
/* Between two looks, in microseconds. */
#define UVN_NETWORK_ADDR_NAP_MIN	100
#define UVN_NETWORK_ADDR_NAP_MAX	1000

/* Has the kernel done what it does for an address by a work queue, or not yet? It does
 * that under RTNL, as a whole, so that the routes are there by then.
 */
static bool uvn_network_addr6_is_settled(struct uvn_user *user,
					 const struct in6_addr *addr)
{
	const struct inet6_ifaddr *ifa;
	struct inet6_dev *in6_dev;
	bool settled = true;

	rtnl_lock();
	in6_dev = user->device ? __in6_dev_get(user->device) : NULL;
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

static bool uvn_network_addr6_is_routed(struct uvn_user *user,
					const struct in6_addr *addr)
{
	return uvn_addrs_is_local6(user->un->net, user->vrf, addr);
}

/**
 * uvn_network_addr6_add - give a user's VRF an address, and see to its route
 * @user: whose VRF
 * @addr: the address, of IPv6
 * @last: as in uvn_rtnl_addr_add()
 *
 * The kernel makes its local route by a work queue, soon, but where others keep RTNL
 * busy; and says nothing when it has no memory for it.
 *
 * Context: the worker.
 * Return: 0, also if it is there, or a negative errno.
 */
int uvn_network_addr6_add(struct uvn_user *user, const union nf_inet_addr *addr,
			  bool last)
{
	unsigned long soon = jiffies + UVN_NETWORK_ADDR_SOON;
	int err;

	uvn_assert_worker(user->un);
	if (uvn_network_addr6_is_routed(user, &addr->in6))
		return 0;
	/* One without its route is made anew. */
	err = uvn_network_addr6_del(user, addr) ?:
	      uvn_rtnl_addr_add(user->un, user->vrf, AF_INET6, addr, last);
	if (err)
		return err;
	while (!uvn_network_addr6_is_routed(user, &addr->in6)) {
		if (time_after(jiffies, soon) &&
		    uvn_network_addr6_is_settled(user, &addr->in6))
			return uvn_network_addr6_is_routed(user, &addr->in6) ?
			       0 : -ENOMEM;
		usleep_range(UVN_NETWORK_ADDR_NAP_MIN,
			     UVN_NETWORK_ADDR_NAP_MAX);
	}
	return 0;
}

/**
 * uvn_network_addr6_del - take an address from a user's VRF
 * @user: whose VRF
 * @addr: the address, of IPv6
 *
 * Context: the worker.
 * Return: 0, also if there is none such, or a negative errno.
 */
int uvn_network_addr6_del(struct uvn_user *user, const union nf_inet_addr *addr)
{
	int err;

	uvn_assert_worker(user->un);
	err = uvn_rtnl_addr_del(user->un, user->vrf, AF_INET6, addr);
	return err == -EADDRNOTAVAIL || err == -ENODEV ? 0 : err;
}
