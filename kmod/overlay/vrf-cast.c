// SPDX-License-Identifier: GPL-2.0
/*
 * What a user sends to a group, or to all, and its source.
 *
 * Such a packet leaves by the lower device that has its source as an address, as all do.
 * The stack takes an address of the user's VRF for one that the program has not chosen:
 * of IPv4 that is none of the node's, and of IPv6 any of them. So what is for many gets
 * the address of the lower device that its program has named, or that the system would
 * send by, or of one by which it can reach somebody. Those who hear it on this host know
 * the sender by the same address as those on others.
 */
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "config/prefix.h"
#include "config/subnet.h"
#include "core/netns.h"
#include "core/packet.h"
#include "core/readdress.h"
#include "overlay/vrf-cast.h"
#include "overlay/vrf.h"
#include "underlay/addrs.h"
#include "underlay/lower.h"
#include "underlay/route.h"

/**
 * uvn_vrf_cast_addr - an address from which somebody is reached
 * @lower: a device that has it
 * @family: of the address
 * @any: where no subnet of the device has a group, another address will do
 *
 * Context: RCU read side; the result lives as long.
 * Return: the first such address, or NULL.
 */
const union nf_inet_addr *
uvn_vrf_cast_addr(const struct uvn_lower *lower, u8 family, bool any)
{
	const struct uvn_addrs *addrs = rcu_dereference(lower->addrs);
	const union nf_inet_addr *first = NULL;
	unsigned int i;

	for (i = 0; addrs && i < addrs->n; i++) {
		if (addrs->a[i].family != family)
			continue;
		if (!uvn_addr_is_none(&addrs->a[i].subnet.group))
			return &addrs->a[i].addr;
		if (any && !first)
			first = &addrs->a[i].addr;
	}
	return first;
}

/* The first of all lower devices' from which somebody is reached. */
static const union nf_inet_addr *uvn_vrf_cast_default(const struct uvn_net *un,
						      u8 family)
{
	const union nf_inet_addr *addr;
	const struct uvn_lower *lower;

	list_for_each_entry_rcu(lower, &un->lowers, list) {
		addr = uvn_vrf_cast_addr(lower, family, false);
		if (addr)
			return addr;
	}
	return NULL;
}

/* Is anybody reached from the address? */
static bool uvn_vrf_cast_reaches(struct uvn_net *un, u8 family,
				 const union nf_inet_addr *addr)
{
	const struct uvn_lower *lower = uvn_lower_of(un, family, addr);
	const struct uvn_addr *a;

	a = lower ? uvn_lower_addr(lower, family, addr) : NULL;
	return a && !uvn_addr_is_none(&a->subnet.group);
}

/* What a program that has named lo sends does not leave the node. */
static const union nf_inet_addr *uvn_vrf_cast_loopback(u8 family)
{
	static const union nf_inet_addr v4 = { .ip = htonl(INADDR_LOOPBACK) };
	static const union nf_inet_addr v6 = { .in6 = IN6ADDR_LOOPBACK_INIT };

	return family == AF_INET ? &v4 : &v6;
}

/* Has the program chosen the source? The stack takes what the route by the VRF says. */
static bool uvn_vrf_cast_is_chosen(const struct uvn_vrf *vrf, u8 family,
				   const union nf_inet_addr *saddr,
				   const union nf_inet_addr *daddr)
{
	union nf_inet_addr usual = {};

	return uvn_lower_has(vrf->un, family, saddr) &&
	       (uvn_route_source(vrf->un->net, vrf->dev->ifindex, family, daddr, &usual) ||
		!uvn_addr_same(family, saddr, &usual));
}

/* The source of a packet whose program has named a lower device; NULL if it is to keep
 * its own.
 */
static const union nf_inet_addr *
uvn_vrf_cast_by(struct uvn_net *un, u8 family, const struct uvn_lower *lower,
		const union nf_inet_addr *saddr, bool chosen)
{
	if (chosen || uvn_lower_addr(lower, family, saddr))
		return NULL;
	return uvn_vrf_cast_addr(lower, family, true);
}

/* The source of a packet whose program has named none: the one that the system would
 * send from, as who listens on the device that the system would send by expects.
 */
static const union nf_inet_addr *
uvn_vrf_cast_usual(struct uvn_net *un, u8 family, const union nf_inet_addr *saddr,
		   const union nf_inet_addr *daddr, bool chosen, union nf_inet_addr *usual)
{
	bool reaches = uvn_vrf_cast_reaches(un, family, saddr);

	if (chosen && reaches)
		return NULL;
	if (!uvn_route_source(un->net, 0, family, daddr, usual) &&
	    uvn_vrf_cast_reaches(un, family, usual))
		return usual;
	return reaches ? NULL : uvn_vrf_cast_default(un, family);
}

/* Of what has no beginning of its protocol here no sum is known. */
static bool uvn_vrf_cast_parse(const struct sk_buff *skb, u8 family,
			       struct uvn_packet *p)
{
	unsigned int at = skb_network_offset(skb);
	__be16 frag;
	int offset;

	if (family == AF_INET) {
		p->offset = at + ip_hdrlen(skb);
		if (!(ip_hdr(skb)->frag_off & htons(IP_OFFSET)))
			p->protocol = ip_hdr(skb)->protocol;
		return true;
	}
	p->protocol = ipv6_hdr(skb)->nexthdr;
	offset = ipv6_skip_exthdr(skb, at + sizeof(struct ipv6hdr), &p->protocol, &frag);
	p->offset = offset;
	return offset >= 0 && !frag;
}

/**
 * uvn_vrf_cast - give a source to what is for many
 * @skb: a packet to a group or to 255.255.255.255, which this host has made; it may be
 *	copied
 * @family: of it
 * @ifindex: the device that its program has named for it, or 0
 * @bound: its socket is bound to an address
 *
 * Context: RCU read side; at LOCAL_OUT, before others see the packet.
 */
void uvn_vrf_cast(struct sk_buff *skb, u8 family, int ifindex, bool bound)
{
	const struct uvn_vrf *vrf = uvn_vrf_of(skb_dst(skb)->dev);
	union nf_inet_addr saddr, daddr, usual = {};
	struct uvn_packet packet = {};
	const struct uvn_lower *lower;
	const union nf_inet_addr *to;
	struct uvn_net *un;
	bool chosen;

	if (!vrf)
		return;
	un = vrf->un;
	uvn_packet_addrs(skb, family, &saddr, &daddr);
	chosen = bound ? uvn_lower_has(un, family, &saddr) :
			 uvn_vrf_cast_is_chosen(vrf, family, &saddr, &daddr);
	lower = ifindex ? uvn_lower_find(un, ifindex) : NULL;
	if (ifindex == LOOPBACK_IFINDEX)
		to = uvn_vrf_cast_loopback(family);
	else if (family == AF_INET ? ipv4_is_loopback(saddr.ip) :
				     ipv6_addr_loopback(&saddr.in6))
		to = NULL;
	else if (lower)
		to = uvn_vrf_cast_by(un, family, lower, &saddr, chosen);
	else
		to = uvn_vrf_cast_usual(un, family, &saddr, &daddr, chosen, &usual);
	/* Of a protocol whose sum nobody knows it keeps its own. */
	if (to && !uvn_addr_same(family, to, &saddr) &&
	    uvn_vrf_cast_parse(skb, family, &packet))
		uvn_readdress_from(skb, family, &packet, to);
}
