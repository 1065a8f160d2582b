// SPDX-License-Identifier: GPL-2.0
/*
 * Look-up of routes, for both families.
 */
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/dst.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "core/packet.h"
#include "underlay/route.h"

static struct dst_entry *uvn_route_lookup4(struct net *net, int oif,
					   __be32 daddr, __be32 saddr,
					   __be16 dport)
{
	struct flowi4 fl4 = {
		.flowi4_oif = oif,
		.flowi4_proto = IPPROTO_UDP,
		.fl4_dport = dport,
		.daddr = daddr,
		.saddr = saddr,
	};
	struct rtable *rt = ip_route_output_key(net, &fl4);

	return IS_ERR(rt) ? ERR_CAST(rt) : &rt->dst;
}

static struct dst_entry *uvn_route_lookup6(struct net *net, int oif,
					   const struct in6_addr *daddr,
					   const struct in6_addr *saddr,
					   __be16 dport)
{
	struct flowi6 fl6 = {
		.flowi6_oif = oif,
		.flowi6_proto = IPPROTO_UDP,
		.fl6_dport = dport,
		.daddr = *daddr,
		.saddr = *saddr,
	};
	struct dst_entry *dst;
	int err;

	dst = ip6_route_output(net, NULL, &fl6);
	err = dst->error;
	/* For IPv4 that is part of the look-up. */
	if (!err)
		return xfrm_lookup_route(net, dst, flowi6_to_flowi(&fl6), NULL,
					 0);
	dst_release(dst);
	return ERR_PTR(err);
}

/**
 * uvn_route_lookup - the way out
 * @net: namespace
 * @oif: device to leave by, or a VRF to look in
 * @family: of the addresses
 * @daddr: destination
 * @saddr: source
 * @dport: UDP destination port, as IPsec policies may have it; or 0
 *
 * Context: any.
 * Return: a route with a reference, or an ERR_PTR().
 */
struct dst_entry *uvn_route_lookup(struct net *net, int oif, u8 family,
				   const union nf_inet_addr *daddr,
				   const union nf_inet_addr *saddr,
				   __be16 dport)
{
	return family == AF_INET ?
	       uvn_route_lookup4(net, oif, daddr->ip, saddr->ip, dport) :
	       uvn_route_lookup6(net, oif, &daddr->in6, &saddr->in6, dport);
}

static int uvn_route_source4(struct net *net, int oif, __be32 daddr,
			     __be32 *saddr)
{
	struct flowi4 fl4 = {
		.flowi4_oif = oif,
		.flowi4_proto = IPPROTO_UDP,
		.daddr = daddr,
	};
	struct rtable *rt = ip_route_output_key(net, &fl4);

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	ip_rt_put(rt);
	*saddr = fl4.saddr;
	return 0;
}

static int uvn_route_source6(struct net *net, int oif,
			     const struct in6_addr *daddr,
			     struct in6_addr *saddr)
{
	struct flowi6 fl6 = {
		.flowi6_oif = oif,
		.flowi6_proto = IPPROTO_UDP,
		.daddr = *daddr,
	};
	struct dst_entry *dst;
	int err;

	err = ip6_dst_lookup(net, NULL, &dst, &fl6);
	if (err)
		return err;
	dst_release(dst);
	*saddr = fl6.saddr;
	return 0;
}

/**
 * uvn_route_source - the address from which a socket without one would send
 * @net: namespace
 * @oif: as in uvn_route_lookup()
 * @family: of the addresses
 * @daddr: destination
 * @saddr: set to the source
 *
 * Context: any.
 * Return: 0 or a negative errno.
 */
int uvn_route_source(struct net *net, int oif, u8 family,
		     const union nf_inet_addr *daddr,
		     union nf_inet_addr *saddr)
{
	return family == AF_INET ?
	       uvn_route_source4(net, oif, daddr->ip, &saddr->ip) :
	       uvn_route_source6(net, oif, &daddr->in6, &saddr->in6);
}

/**
 * uvn_route_again - give a packet another route
 * @net: namespace
 * @oif: as in uvn_route_lookup()
 * @skb: the packet; as it was if there is none
 * @family: of it
 *
 * Context: any.
 * Return: 0 or a negative errno.
 */
int uvn_route_again(struct net *net, int oif, struct sk_buff *skb, u8 family)
{
	union nf_inet_addr saddr, daddr;
	struct dst_entry *dst;

	uvn_packet_addrs(skb, family, &saddr, &daddr);
	dst = uvn_route_lookup(net, oif, family, &daddr, &saddr, 0);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	return 0;
}

/**
 * uvn_route_into - give a packet a route by a VRF, if there is one
 * @net: namespace
 * @vrf: ifindex of the VRF, by which the route must lead, too
 * @skb: the packet; it keeps the route that it has if there is none
 * @family: of it
 *
 * Context: RCU read side.
 * Return: true if it has such a route now.
 */
bool uvn_route_into(struct net *net, int vrf, struct sk_buff *skb, u8 family)
{
	struct dst_entry *other = skb_dst(skb);

	dst_hold(other);
	if (!uvn_route_again(net, vrf, skb, family) &&
	    skb_dst(skb)->dev->ifindex == vrf && !skb_dst(skb)->error) {
		dst_release(other);
		return true;
	}
	skb_dst_drop(skb);
	skb_dst_set(skb, other);
	return false;
}
