// SPDX-License-Identifier: GPL-2.0
/*
 * The addresses of a device, of both families.
 */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/net_namespace.h>
#include <net/route.h>

#include "core/netns.h"
#include "underlay/addrs.h"

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

/**
 * uvn_addrs_is_soon - will a device have an address of IPv6 that it lacks yet?
 * @dev: the device
 *
 * While duplicate address detection goes on the kernel chooses another device's
 * as the source of what leaves by this one.
 *
 * Context: RCU read side.
 */
bool uvn_addrs_is_soon(const struct net_device *dev)
{
	struct inet6_dev *in6_dev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifa;
	bool soon = false;

	if (!in6_dev)
		return false;
	read_lock_bh(&in6_dev->lock);
	list_for_each_entry(ifa, &in6_dev->addr_list, if_list) {
		u32 flags = READ_ONCE(ifa->flags);

		if (ifa->scope == IFA_LINK || flags & IFA_F_DADFAILED)
			continue;
		if (uvn_addrs_fit(flags)) {
			soon = false;
			break;
		}
		soon |= !!(flags & IFA_F_TENTATIVE);
	}
	read_unlock_bh(&in6_dev->lock);
	return soon;
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

/**
 * uvn_addrs_same - are two addresses the same?
 * @a: an address
 * @b: another; prefix length and broadcast address count, too
 */
bool uvn_addrs_same(const struct uvn_addr *a, const struct uvn_addr *b)
{
	return a->family == b->family && nf_inet_addr_cmp(&a->addr, &b->addr) &&
	       a->plen == b->plen && a->brd == b->brd;
}

/**
 * uvn_addrs_may_ipv6 - may a device have addresses of IPv6?
 * @un: namespace
 * @ifindex: of the device
 *
 * Not if that is switched off, in the kernel or for the device, nor while the
 * device is down.
 *
 * Context: may sleep; takes RTNL.
 */
bool uvn_addrs_may_ipv6(struct uvn_net *un, int ifindex)
{
	const struct inet6_dev *in6_dev;
	struct net_device *dev;
	bool may;

	rtnl_lock();
	dev = __dev_get_by_index(un->net, ifindex);
	in6_dev = dev ? __in6_dev_get(dev) : NULL;
	may = in6_dev && in6_dev->if_flags & IF_READY &&
	      !READ_ONCE(in6_dev->cnf.disable_ipv6);
	rtnl_unlock();
	return may;
}

/**
 * uvn_addrs_is_nodes - is it an address of the node's, on whatever device of the system's?
 * @net: namespace
 * @family: of the address
 * @addr: the address; of IPv4 no more than four bytes are read
 *
 * Context: RCU read side.
 */
bool uvn_addrs_is_nodes(struct net *net, u8 family, const union nf_inet_addr *addr)
{
	return family == AF_INET ?
	       inet_addr_type_table(net, addr->ip, RT_TABLE_LOCAL) == RTN_LOCAL :
	       ipv6_chk_addr(net, &addr->in6, NULL, 0);
}

/**
 * uvn_addrs_is_local6 - is an address of IPv6 local to a VRF?
 * @net: namespace
 * @vrf: ifindex of the VRF
 * @addr: the address
 *
 * Context: any.
 */
bool uvn_addrs_is_local6(struct net *net, int vrf, const struct in6_addr *addr)
{
	struct flowi6 fl6 = {
		.flowi6_oif = vrf,
		.daddr = *addr,
		.saddr = *addr,
	};
	struct dst_entry *dst;
	bool local;

	dst = ip6_route_output(net, NULL, &fl6);
	local = !dst->error &&
		((struct rt6_info *)dst)->rt6i_flags & RTF_LOCAL;
	dst_release(dst);
	return local;
}
