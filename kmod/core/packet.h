/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a packet of the default VRF is.
 */
#ifndef _UVN_PACKET_H
#define _UVN_PACKET_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/types.h>

struct uvn_net;

/**
 * struct uvn_packet - what is behind a packet's IP header
 * @offset: where the transport header is, from skb->data
 * @protocol: IPPROTO_TCP, IPPROTO_UDP, or ICMP of the packet's family
 * @error: ICMP that quotes another packet
 * @sport: source port, or the identifier of an echo
 * @dport: destination port, or likewise
 */
struct uvn_packet {
	unsigned int offset;
	u8 protocol;
	bool error;
	__be16 sport;
	__be16 dport;
};

static inline bool uvn_packet_has_ports(const struct uvn_packet *p)
{
	return p->protocol == IPPROTO_TCP || p->protocol == IPPROTO_UDP;
}

/* In the packet: of IPv4 no more than the first four bytes. */
static inline const union nf_inet_addr *
uvn_packet_saddr(const struct sk_buff *skb, u8 family)
{
	return family == AF_INET ? (const void *)&ip_hdr(skb)->saddr :
				   (const void *)&ipv6_hdr(skb)->saddr;
}

static inline const union nf_inet_addr *
uvn_packet_daddr(const struct sk_buff *skb, u8 family)
{
	return family == AF_INET ? (const void *)&ip_hdr(skb)->daddr :
				   (const void *)&ipv6_hdr(skb)->daddr;
}

/* Copies, of which all is zero that an address of IPv4 leaves. */
static inline void uvn_packet_addrs(const struct sk_buff *skb, u8 family,
				    union nf_inet_addr *saddr,
				    union nf_inet_addr *daddr)
{
	if (family == AF_INET) {
		*saddr = (union nf_inet_addr){ .ip = ip_hdr(skb)->saddr };
		*daddr = (union nf_inet_addr){ .ip = ip_hdr(skb)->daddr };
	} else {
		saddr->in6 = ipv6_hdr(skb)->saddr;
		daddr->in6 = ipv6_hdr(skb)->daddr;
	}
}

bool uvn_packet_parse(const struct sk_buff *skb, u8 family,
		      struct uvn_packet *p);
unsigned int uvn_packet_defrag(struct uvn_net *un, struct sk_buff *skb,
			       u8 family);

#endif /* _UVN_PACKET_H */
