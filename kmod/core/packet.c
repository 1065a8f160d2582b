// SPDX-License-Identifier: GPL-2.0
/*
 * What a packet of the default VRF is, for translation and published ports:
 * its ports, and whole if it came in fragments.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ipv6_frag.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

#include "config/config.h"
#include "core/netns.h"
#include "core/packet.h"

/**
 * uvn_packet_parse - look behind a packet's IP header
 * @skb: the packet
 * @family: of it
 * @p: set to what is there
 *
 * Context: any.
 * Return: false if it is neither TCP, UDP nor ICMP, or not its beginning.
 */
bool uvn_packet_parse(const struct sk_buff *skb, u8 family,
		      struct uvn_packet *p)
{
	union {
		struct { __be16 source, dest; } port;
		struct icmphdr icmp;
		struct icmp6hdr icmp6;
	} copy, *h;
	__be16 frag = 0;
	int offset;

	if (family == AF_INET) {
		const struct iphdr *iph = ip_hdr(skb);

		p->protocol = iph->protocol;
		offset = skb_network_offset(skb) + ip_hdrlen(skb);
		frag = iph->frag_off & htons(IP_OFFSET);
	} else {
		p->protocol = ipv6_hdr(skb)->nexthdr;
		offset = ipv6_skip_exthdr(skb, skb_network_offset(skb) +
					  sizeof(struct ipv6hdr), &p->protocol,
					  &frag);
	}
	if (offset < 0 || frag)
		return false;
	p->offset = offset;
	p->error = false;
	switch (p->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		h = skb_header_pointer(skb, offset, sizeof(h->port), &copy);
		if (!h)
			return false;
		p->sport = h->port.source;
		p->dport = h->port.dest;
		return true;
	case IPPROTO_ICMP:
		h = skb_header_pointer(skb, offset, sizeof(h->icmp), &copy);
		if (!h || family != AF_INET)
			return false;
		p->error = icmp_is_err(h->icmp.type);
		p->sport = h->icmp.un.echo.id;
		p->dport = h->icmp.un.echo.id;
		return true;
	case IPPROTO_ICMPV6:
		h = skb_header_pointer(skb, offset, sizeof(h->icmp6), &copy);
		if (!h || family != AF_INET6)
			return false;
		p->error = icmpv6_is_err(h->icmp6.icmp6_type);
		p->sport = h->icmp6.icmp6_identifier;
		p->dport = h->icmp6.icmp6_identifier;
		return true;
	}
	return false;
}

/* What is for the source of translation is for this host, whether or not it has
 * that address.
 */
static bool uvn_packet_is_snat(struct uvn_net *un,
			       const union nf_inet_addr *addr)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);
	unsigned int i;

	for (i = 0; i < cfg->n_pools; i++)
		if (nf_inet_addr_cmp(&cfg->pools[i].snat, addr))
			return true;
	return false;
}

static unsigned int uvn_packet_defrag4(struct uvn_net *un,
				       struct sk_buff *skb)
{
	union nf_inet_addr daddr = {};

	if (likely(!ip_is_fragment(ip_hdr(skb))))
		return NF_ACCEPT;
	daddr.ip = ip_hdr(skb)->daddr;
	if (!uvn_packet_is_snat(un, &daddr) &&
	    inet_addr_type(un->net, daddr.ip) != RTN_LOCAL)
		return NF_ACCEPT;
	return ip_defrag(un->net, skb, IP_DEFRAG_CONNTRACK_IN) ? NF_STOLEN :
								 NF_ACCEPT;
}

static unsigned int uvn_packet_defrag6(struct uvn_net *un,
				       struct sk_buff *skb)
{
	const union nf_inet_addr daddr = { .in6 = ipv6_hdr(skb)->daddr };
	u8 nexthdr = ipv6_hdr(skb)->nexthdr;
	__be16 frag;
	int err;

	if (likely(!ipv6_ext_hdr(nexthdr)) ||
	    ipv6_skip_exthdr(skb, skb_network_offset(skb) +
			     sizeof(struct ipv6hdr), &nexthdr, &frag) < 0 ||
	    !frag || (!uvn_packet_is_snat(un, &daddr) &&
		      !ipv6_chk_addr(un->net, &daddr.in6, NULL, 0)))
		return NF_ACCEPT;
	err = nf_ct_frag6_gather(un->net, skb, IP6_DEFRAG_CONNTRACK_IN);
	if (!err)
		return NF_ACCEPT;
	return err == -EINPROGRESS ? NF_STOLEN : NF_DROP;
}

/**
 * uvn_packet_defrag - put a packet together that came in fragments
 * @un: namespace
 * @skb: the packet, or a fragment of one
 * @family: of it
 *
 * Context: RCU read side; PRE_ROUTING.
 * Return: %NF_ACCEPT if it is whole now, or not for this host; %NF_STOLEN while
 * there is more to come; %NF_DROP.
 */
unsigned int uvn_packet_defrag(struct uvn_net *un, struct sk_buff *skb,
			       u8 family)
{
	return family == AF_INET ? uvn_packet_defrag4(un, skb) :
				   uvn_packet_defrag6(un, skb);
}
