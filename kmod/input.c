// SPDX-License-Identifier: GPL-2.0
/*
 * The way into a user's VRF, for packets of which it is known that they are for
 * this host and from where they may come: a route that is given to them, and not
 * looked up.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/route.h>
#include <net/rps.h>

#include "uvn.h"

static struct dst_entry *uvn_input_new4(struct net_device *vrf)
{
	struct rtable *rt = rt_dst_alloc(vrf, RTCF_LOCAL, RTN_LOCAL, true);

	if (!rt)
		return NULL;
	rt->rt_is_input = 1;
	return &rt->dst;
}

static struct dst_entry *uvn_input_new6(struct net_device *vrf)
{
	struct rt6_info *rt = ip6_dst_alloc(dev_net(vrf), vrf, 0);

	if (!rt)
		return NULL;
	rt->dst.input = ip6_input;
	rt->rt6i_idev = in6_dev_get(vrf);
	rt->rt6i_flags = RTF_LOCAL;
	return &rt->dst;
}

/**
 * uvn_input_open - make the way into a user's VRF
 * @user: the user network, whose VRF is there
 *
 * Context: the worker; takes RTNL.
 * Return: 0 or -ENOMEM.
 */
int uvn_input_open(struct uvn_user *user)
{
	struct dst_entry *dst;
	struct net_device *vrf;
	int i, err = 0;

	rtnl_lock();
	vrf = __dev_get_by_index(user->un->net, user->vrf);
	for (i = 0; vrf && i < ARRAY_SIZE(user->input); i++) {
		if (rtnl_dereference(user->input[i]) ||
		    (i && !__in6_dev_get(vrf)))
			continue;
		dst = i ? uvn_input_new6(vrf) : uvn_input_new4(vrf);
		if (dst)
			rcu_assign_pointer(user->input[i], dst);
		else
			err = -ENOMEM;
	}
	rtnl_unlock();
	return err;
}

/**
 * uvn_input_close - take the way into a user's VRF away
 * @user: the user network
 *
 * Sockets that keep the route do not keep the device.
 *
 * Context: RTNL.
 */
void uvn_input_close(struct uvn_user *user)
{
	struct dst_entry *dst;
	int i;

	for (i = 0; i < ARRAY_SIZE(user->input); i++) {
		dst = rcu_replace_pointer(user->input[i], NULL,
					  lockdep_rtnl_is_held());
		if (!dst)
			continue;
		dst_dev_put(dst);
		dst_release(dst);
	}
}

/* It does not depend on any table: a change of one does not make it stale, for
 * which each socket would let go of it and take it again with every packet.
 */
static void uvn_input_renew(struct net *net, struct dst_entry *dst, u8 family)
{
	struct rt6_info *rt6 = (struct rt6_info *)dst;
	struct rtable *rt = (struct rtable *)dst;

	if (family == AF_INET) {
		if (unlikely(READ_ONCE(rt->rt_genid) != rt_genid_ipv4(net)))
			WRITE_ONCE(rt->rt_genid, rt_genid_ipv4(net));
	} else if (unlikely(READ_ONCE(rt6->sernum) != rt_genid_ipv6(net))) {
		WRITE_ONCE(rt6->sernum, rt_genid_ipv6(net));
	}
}

/* May the packet leave this RCU section with its route? RPS takes it to another
 * CPU, traffic control to the ingress of another device, later. Whoever else keeps
 * a packet takes a reference on its route, or drops that.
 */
static bool uvn_input_is_deferred(const struct net_device *link)
{
#ifdef CONFIG_RPS
	if (static_branch_unlikely(&rps_needed))
		return true;
#endif
	return unlikely(netdev_has_tc_ingress(link));
}

/**
 * uvn_input_route - give a packet its route before it is received by a link
 * @user: whose link
 * @skb: the packet, whose device is the link; for an address of that, from an
 *	address in its subnet
 * @family: of the packet
 *
 * Without, which may be, it is looked up.
 *
 * Context: RCU read side, in which the packet is received.
 */
void uvn_input_route(struct uvn_user *user, struct sk_buff *skb, u8 family)
{
	struct dst_entry *dst =
		rcu_dereference(user->input[family == AF_INET6]);

	if (unlikely(!dst) || uvn_input_is_deferred(skb->dev))
		return;
	uvn_input_renew(user->un->net, dst, family);
	skb_dst_set_noref(skb, dst);
}

/**
 * uvn_input_deliver - hand a packet that no link received to a VRF
 * @user: whose VRF
 * @skb: the packet, for an address in the VRF, after PRE_ROUTING
 * @family: of the packet
 *
 * As vrf.ko would have it, had it come by a device of the VRF. With a look-up
 * rp_filter would not have it: in the VRF the way back to the sender is by another
 * device than the VRF.
 *
 * Context: RCU read side, bottom halves off.
 * Return: true if it is consumed.
 */
bool uvn_input_deliver(struct uvn_user *user, struct sk_buff *skb, u8 family)
{
	struct dst_entry *dst =
		rcu_dereference(user->input[family == AF_INET6]);

	if (!dst || !dst_hold_safe(dst))
		return false;
	uvn_input_renew(user->un->net, dst, family);
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	skb->dev = dst->dev;
	skb->skb_iif = dst->dev->ifindex;
	/* The interface has no part in it: no socket bound to that gets it. */
	if (family == AF_INET) {
		IPCB(skb)->iif = skb->skb_iif;
		IPCB(skb)->flags |= IPSKB_L3SLAVE;
	} else {
		IP6CB(skb)->iif = skb->skb_iif;
		IP6CB(skb)->flags |= IP6SKB_L3SLAVE;
	}
	dst_input(skb);
	return true;
}
