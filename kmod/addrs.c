// SPDX-License-Identifier: GPL-2.0
/*
 * The addresses of a device, of both families.
 */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/addrconf.h>

#include "uvn.h"

static void uvn_addrs_add4(struct uvn_addrs *addrs,
			   const struct in_ifaddr *ifa)
{
	struct uvn_addr *a = &addrs->a[addrs->n++];

	a->addr.ip = ifa->ifa_local;
	a->brd = ifa->ifa_broadcast;
	a->family = AF_INET;
	a->plen = ifa->ifa_prefixlen;
}

static void uvn_addrs_add6(struct uvn_addrs *addrs,
			   const struct inet6_ifaddr *ifa, u32 flags)
{
	struct uvn_addr *a = &addrs->a[addrs->n++];

	a->addr.in6 = ifa->addr;
	a->family = AF_INET6;
	a->plen = ifa->prefix_len;
	a->tentative = flags & IFA_F_TENTATIVE;
}

/* As the kernel chooses sources: none that goes, none that is not there yet. */
static bool uvn_addrs_fit(u32 flags)
{
	return !(flags & IFA_F_DEPRECATED) &&
	       (!(flags & IFA_F_TENTATIVE) || flags & IFA_F_OPTIMISTIC);
}

/* The list changes without RTNL. It may have grown since @room was counted;
 * then a notifier says so.
 */
static void uvn_addrs_read6(struct uvn_addrs *addrs, unsigned int room,
			    struct inet6_dev *in6_dev)
{
	const struct inet6_ifaddr *ifa;
	int fit;

	read_lock_bh(&in6_dev->lock);
	for (fit = 1; fit >= 0; fit--) {
		list_for_each_entry(ifa, &in6_dev->addr_list, if_list) {
			u32 flags = READ_ONCE(ifa->flags);

			if (flags & IFA_F_DADFAILED ||
			    uvn_addrs_fit(flags) != fit || !room)
				continue;
			uvn_addrs_add6(addrs, ifa, flags);
			room--;
		}
	}
	read_unlock_bh(&in6_dev->lock);
}

/**
 * uvn_addrs_of - the addresses of a device
 * @dev: the device
 *
 * Context: RTNL.
 * Return: the addresses, without their subnets, perhaps none; NULL if there is
 * no memory.
 */
struct uvn_addrs *uvn_addrs_of(const struct net_device *dev)
{
	const struct in_device *in_dev = __in_dev_get_rtnl(dev);
	struct inet6_dev *in6_dev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifa6;
	const struct in_ifaddr *ifa;
	unsigned int n4 = 0, n6 = 0;
	struct uvn_addrs *addrs;

	if (in_dev)
		in_dev_for_each_ifa_rtnl(ifa, in_dev)
			n4++;
	if (in6_dev) {
		read_lock_bh(&in6_dev->lock);
		list_for_each_entry(ifa6, &in6_dev->addr_list, if_list)
			n6++;
		read_unlock_bh(&in6_dev->lock);
	}
	addrs = kzalloc(struct_size(addrs, a, n4 + n6), GFP_KERNEL);
	if (!addrs)
		return NULL;
	if (in_dev)
		in_dev_for_each_ifa_rtnl(ifa, in_dev)
			uvn_addrs_add4(addrs, ifa);
	if (in6_dev)
		uvn_addrs_read6(addrs, n6, in6_dev);
	return addrs;
}

/**
 * uvn_addrs_has_ipv6 - is there an address of IPv6?
 * @addrs: addresses in the order of uvn_addrs_of()
 */
bool uvn_addrs_has_ipv6(const struct uvn_addrs *addrs)
{
	return addrs->n && addrs->a[addrs->n - 1].family == AF_INET6;
}
