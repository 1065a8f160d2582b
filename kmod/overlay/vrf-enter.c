// SPDX-License-Identifier: GPL-2.0
/*
 * A packet that another device received enters a user's VRF: it is given the VRF's
 * route, and from there on it is one that the VRF received.
 */
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <net/dst.h>

#include "core/netns.h"
#include "core/traffic.h"
#include "core/user.h"
#include "overlay/vrf-enter.h"
#include "overlay/vrf-rx.h"

/**
 * uvn_vrf_enter - have a packet be one that a VRF received
 * @user: whose VRF
 * @skb: the packet, for an address in the VRF, after PRE_ROUTING
 * @family: of the packet
 *
 * It is counted as from off the subnets.
 *
 * Context: RCU read side.
 * Return: false if the VRF is not there, and then nothing has changed.
 */
bool uvn_vrf_enter(struct uvn_user *user, struct sk_buff *skb, u8 family)
{
	struct dst_entry *dst =
		rcu_dereference(user->vrf_rx.dst[family == AF_INET6]);

	if (!dst || !dst_hold_safe(dst))
		return false;
	uvn_vrf_enter_renew(user->un->net, dst, family);
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	uvn_traffic_count(READ_ONCE(user->traffic.cpu), UVN_TRAFFIC_OFF_RX,
			  skb->len);
	skb->dev = dst->dev;
	skb->skb_iif = dst->dev->ifindex;
	/* The interface has no part in it: no socket that is bound to it gets the packet.
	 * IPv4 notes it all the same, for whoever wants to know, and looks for sockets by
	 * it only where it is said to be part of a VRF.
	 */
	if (family == AF_INET6) {
		IP6CB(skb)->iif = skb->skb_iif;
		uvn_vrf_rx_mark(skb, family);
	}
	return true;
}
