// SPDX-License-Identifier: GPL-2.0
/*
 * By which devices netfilter sees users' packets come and go: those by which it would
 * see them without uvn. What stays on the node comes and goes by lo, and what is for
 * or from another node by the lower device, so that a site's firewall has no need to
 * know users' VRFs.
 *
 * The packets take the way that they take anyhow, by the VRF. Only what netfilter is
 * told of it is changed, by hooks that are called before all others:
 *
 *	LOCAL_OUT	the guard, when it has judged the packet
 *	POST_ROUTING	a hook
 *	PRE_ROUTING	a hook; but the fast path in (vrf-rx.c) names the device itself
 *	LOCAL_IN	a hook; and behind all others one that gives answers from off the
 *			subnets the destination that the user's socket has
 *
 * They change the struct nf_hook_state that all hooks of one packet are given, which is
 * a variable of the caller's. They are there where somebody else has one (nf-place.c).
 *
 * Who queues a packet in a hook (NFQUEUE) holds the devices of that struct, and drops
 * the packet if one of them goes. The packet itself has the VRF for its device, so that
 * must be one of the two: it stands at the place that has no meaning there, as the
 * device that a packet at an input hook leaves by and that one at POST_ROUTING came by.
 */
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>

#include "config/prefix.h"
#include "config/subnet.h"
#include "core/netns.h"
#include "core/packet.h"
#include "core/user.h"
#include "core/zone.h"
#include "overlay/nf-view.h"
#include "overlay/vrf-tx.h"
#include "overlay/vrf.h"
#include "underlay/addrs.h"
#include "underlay/fast-output.h"
#include "underlay/lower.h"
#include "underlay/route.h"

/* The lower device to which an address belongs: it has the address, or the subnet
 * of one of its addresses has.
 */
static struct net_device *uvn_nf_view_lower(struct uvn_net *un, u8 family,
					    const union nf_inet_addr *addr)
{
	const struct uvn_addrs *addrs;
	struct uvn_lower *lower;
	unsigned int i;

	list_for_each_entry_rcu(lower, &un->lowers, list) {
		addrs = rcu_dereference(lower->addrs);
		for (i = 0; addrs && i < addrs->n; i++)
			if (addrs->a[i].family == family &&
			    uvn_prefix_has(&addrs->a[i].subnet.prefix, addr))
				return READ_ONCE(lower->dev);
	}
	return NULL;
}

/* An address of the node's own, which comes from no other node: reception sees to that. */
static bool uvn_nf_view_is_own(struct uvn_net *un, u8 family,
			       const union nf_inet_addr *addr)
{
	return (family == AF_INET ? ipv4_is_loopback(addr->ip) :
				    ipv6_addr_loopback(&addr->in6)) ||
	       uvn_lower_has(un, family, addr);
}

/* Has this node sent the packet to an address of its own? */
static bool uvn_nf_view_is_home(struct uvn_net *un, const struct sk_buff *skb, u8 family)
{
	union nf_inet_addr saddr, daddr;

	uvn_packet_addrs(skb, family, &saddr, &daddr);
	return uvn_nf_view_is_own(un, family, &saddr) &&
	       uvn_nf_view_is_own(un, family, &daddr);
}

/* Has it the route that reception gives to what is not this node's? */
static bool uvn_nf_view_is_from_outside(const struct net_device *vrf,
					const struct sk_buff *skb, u8 family)
{
	const struct uvn_user *user = uvn_vrf_of(vrf)->user;

	return skb_dst(skb) ==
	       rcu_access_pointer(user->vrf_rx.dst[family == AF_INET6]);
}

/* The device by which answers from off the subnets come: that by which they are asked.
 * What has an address of the VRF's own, be it that of an interface in no subnet or of a
 * pool, has not left the node, unless reception has given it its route.
 */
static struct net_device *uvn_nf_view_uplink(struct uvn_net *un,
					     const struct sk_buff *skb, u8 family,
					     const union nf_inet_addr *saddr)
{
	const union nf_inet_addr any = {};
	struct net_device *dev;
	struct dst_entry *dst;

	dst = uvn_route_lookup(un->net, skb->dev->ifindex, family, saddr, &any, 0);
	if (IS_ERR(dst))
		return NULL;
	dev = dst->error ? NULL : dst->dev;
	if (dev && uvn_vrf_of(dev))
		dev = uvn_nf_view_is_from_outside(skb->dev, skb, family) ?
		      NULL : un->net->loopback_dev;
	dst_release(dst);
	return dev;
}

/* The device by which a packet that a VRF receives has come: what a node sends to all
 * it hears itself by the device that it sends it by.
 */
static struct net_device *uvn_nf_view_in_dev(struct uvn_net *un,
					     const struct sk_buff *skb, u8 family)
{
	union nf_inet_addr saddr, daddr;

	if (uvn_nf_view_is_home(un, skb, family))
		return un->net->loopback_dev;
	uvn_packet_addrs(skb, family, &saddr, &daddr);
	return uvn_nf_view_lower(un, family, &saddr) ?:
	       uvn_nf_view_uplink(un, skb, family, &saddr);
}

/**
 * uvn_nf_view_receives - the device that receives what is for an address of the node
 * @un: namespace
 * @family: of the address
 * @addr: the address
 *
 * Context: RCU read side.
 * Return: its ifindex; 0 if that is not known.
 */
int uvn_nf_view_receives(struct uvn_net *un, u8 family,
			 const union nf_inet_addr *addr)
{
	struct net_device *dev;

	if (family == AF_INET ? ipv4_is_loopback(addr->ip) :
				ipv6_addr_loopback(&addr->in6))
		return LOOPBACK_IFINDEX;
	dev = uvn_nf_view_lower(un, family, addr);
	return dev ? dev->ifindex : 0;
}

/**
 * uvn_nf_view_came_by - the device by which a packet came to a VRF
 * @un: namespace
 * @skb: the packet, which nobody has noted the device of
 * @family: of the packet
 *
 * What the node sends to an address of its own is received by the device that has the
 * address, as without uvn, although it comes by lo.
 *
 * Context: RCU read side.
 * Return: its ifindex; 0 if that is not known.
 */
int uvn_nf_view_came_by(struct uvn_net *un, const struct sk_buff *skb, u8 family)
{
	union nf_inet_addr saddr, daddr;

	uvn_packet_addrs(skb, family, &saddr, &daddr);
	return uvn_nf_view_receives(un, family,
				    uvn_nf_view_is_home(un, skb, family) ?
				    &daddr : &saddr);
}

/* The state is const to hooks, but a variable of whoever calls them. */
static void uvn_nf_view_show(const struct nf_hook_state *state,
			     struct net_device *in, struct net_device *out)
{
	struct nf_hook_state *shown = (struct nf_hook_state *)state;

	shown->in = in;
	shown->out = out;
}

/**
 * uvn_nf_view_pre - show netfilter by which device a packet has come
 * @priv: the namespace's struct uvn_net
 * @skb: a packet
 * @state: of PRE_ROUTING
 *
 * Context: RCU read side.
 * Return: %NF_ACCEPT
 */
unsigned int uvn_nf_view_pre(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	struct net_device *vrf = skb->dev, *dev;
	struct uvn_net *un = priv;

	/* By the fast path in it is somebody else's already. */
	if (state->in != vrf || !uvn_vrf_of(vrf) || READ_ONCE(un->firewall_vrf))
		return NF_ACCEPT;
	dev = uvn_nf_view_in_dev(un, skb, state->pf);
	if (likely(dev))
		uvn_nf_view_show(state, dev, vrf);
	return NF_ACCEPT;
}

/**
 * uvn_nf_view_local_in - show netfilter by which device a packet for the node has come
 * @priv: the namespace's struct uvn_net
 * @skb: a packet
 * @state: of LOCAL_IN
 *
 * Where the device was noted as the packet was received, it is in the control block.
 *
 * Context: RCU read side.
 * Return: %NF_ACCEPT
 */
unsigned int uvn_nf_view_local_in(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	int iif = state->pf == NFPROTO_IPV4 ? IPCB(skb)->iif : IP6CB(skb)->iif;
	struct net_device *vrf = skb->dev, *dev;
	struct uvn_net *un = priv;

	if (!uvn_vrf_of(vrf) || READ_ONCE(un->firewall_vrf))
		return NF_ACCEPT;
	/* What has come by lo may be noted as received by another device; but what has
	 * the way into the VRF has not come by lo.
	 */
	if (iif == vrf->ifindex ||
	    (!uvn_nf_view_is_from_outside(vrf, skb, state->pf) &&
	     uvn_nf_view_is_home(un, skb, state->pf)))
		dev = uvn_nf_view_in_dev(un, skb, state->pf);
	else
		dev = dev_get_by_index_rcu(un->net, iif);
	if (likely(dev))
		uvn_nf_view_show(state, dev, vrf);
	return NF_ACCEPT;
}

/**
 * uvn_nf_view_post - show netfilter by which device a packet leaves
 * @priv: the namespace's struct uvn_net
 * @skb: a packet
 * @state: of POST_ROUTING
 *
 * Context: RCU read side.
 * Return: %NF_ACCEPT
 */
unsigned int uvn_nf_view_post(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct net_device *vrf = state->out, *dev;
	struct uvn_net *un = priv;

	if (!uvn_vrf_of(vrf)) {
		uvn_zone_leave(un, skb);
		return NF_ACCEPT;
	}
	if (READ_ONCE(un->firewall_vrf))
		return NF_ACCEPT;
	dev = uvn_vrf_tx_device(skb, vrf);
	if (likely(dev))
		uvn_nf_view_show(state, vrf, dev);
	return NF_ACCEPT;
}

/* In which zone connection tracking is to look for it. */
static unsigned int uvn_nf_view_zone(struct sk_buff *skb, const struct net_device *dev)
{
	const struct uvn_vrf *vrf = uvn_vrf_of(dev);

	return !vrf || uvn_zone_give(vrf->user, skb) ? NF_ACCEPT : NF_DROP;
}

/**
 * uvn_nf_view_zone_pre - give what a user's VRF has received its zone
 * @priv: the namespace's struct uvn_net
 * @skb: a packet
 * @state: of PRE_ROUTING, right before connection tracking
 *
 * Context: RCU read side.
 * Return: %NF_ACCEPT, or %NF_DROP without memory for a zone.
 */
unsigned int uvn_nf_view_zone_pre(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	return uvn_nf_view_zone(skb, skb->dev);
}

/**
 * uvn_nf_view_zone_out - give what leaves by a user's VRF its zone
 * @priv: the namespace's struct uvn_net
 * @skb: a packet
 * @state: of LOCAL_OUT, right before connection tracking
 *
 * Context: RCU read side.
 * Return: %NF_ACCEPT, or %NF_DROP without memory for a zone.
 */
unsigned int uvn_nf_view_zone_out(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	return uvn_nf_view_zone(skb, skb_dst(skb)->dev);
}

/* Is there nobody behind the guard? */
static bool uvn_nf_view_is_last(const struct uvn_net *un, u8 family)
{
	struct nf_hook_entries __rcu *const *hooks =
		family == AF_INET ? un->net->nf.hooks_ipv4 :
				    un->net->nf.hooks_ipv6;

	return rcu_dereference(hooks[NF_INET_LOCAL_OUT])->num_hook_entries < 2;
}

/**
 * uvn_nf_view_leaves - show netfilter by which device a packet goes
 * @un: namespace
 * @skb: a packet that the guard lets go, by a VRF
 * @state: of LOCAL_OUT
 *
 * The packet has no device yet, and nobody who logs it there may think that it came by
 * one; so nothing stands at that place.
 *
 * Context: RCU read side.
 */
void uvn_nf_view_leaves(struct uvn_net *un, struct sk_buff *skb,
			const struct nf_hook_state *state)
{
	struct net_device *vrf = skb_dst(skb)->dev, *dev;

	if (!uvn_vrf_of(vrf) || likely(uvn_nf_view_is_last(un, state->pf)) ||
	    state->out != vrf || READ_ONCE(un->firewall_vrf))
		return;
	dev = uvn_vrf_tx_device(skb, vrf);
	if (likely(dev))
		uvn_nf_view_show(state, NULL, dev);
}
