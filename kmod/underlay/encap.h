/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What VXLAN adds to a packet: its header is parsed, checked and built here alone, and
 * nobody else knows how long it is.
 */
#ifndef _UVN_ENCAP_H
#define _UVN_ENCAP_H

#include <linux/etherdevice.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <linux/udp.h>
#include <net/if_inet6.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>

/* The kind of the devices that do it, by which rtnetlink knows them. */
#define UVN_ENCAP_KIND	"uvn"

/* The I flag. */
#define UVN_ENCAP_FLAGS	cpu_to_be32(BIT(27))

/* The VNI is above these bits of its field, which are reserved. */
#define UVN_ENCAP_VNI_SHIFT	8

/**
 * struct uvn_encap - VXLAN header and inner Ethernet header (RFC 7348)
 * @flags: %UVN_ENCAP_FLAGS
 * @vni: VNI in the upper 24 bits
 * @dst: inner destination MAC
 * @src: inner source MAC
 * @proto: inner EtherType
 */
struct uvn_encap {
	__be32 flags;
	__be32 vni;
	u8 dst[ETH_ALEN];
	u8 src[ETH_ALEN];
	__be16 proto;
} __packed;

/* Up to the inner Ethernet header. */
#define UVN_ENCAP_OUTER	offsetof(struct uvn_encap, dst)

/* What is put before an inner packet. */
#define UVN_ENCAP_HLEN4	(sizeof(struct iphdr) + sizeof(struct udphdr) + \
			 sizeof(struct uvn_encap))
#define UVN_ENCAP_HLEN6	(sizeof(struct ipv6hdr) + sizeof(struct udphdr) + \
			 sizeof(struct uvn_encap))

/* A VNI as it stands in the header. */
static inline __be32 uvn_encap_vni_field(u32 vni)
{
	return cpu_to_be32(vni << UVN_ENCAP_VNI_SHIFT);
}

/**
 * uvn_encap_parse - the VNI of a packet of ours
 * @encap: its header
 * @vni: set to it
 *
 * Return: false if the header is none of ours: reserved bits are zero when the sender
 * is one of us.
 */
static inline bool uvn_encap_parse(const struct uvn_encap *encap, u32 *vni)
{
	*vni = be32_to_cpu(encap->vni);
	if (encap->flags != UVN_ENCAP_FLAGS ||
	    *vni & (BIT(UVN_ENCAP_VNI_SHIFT) - 1))
		return false;
	*vni >>= UVN_ENCAP_VNI_SHIFT;
	return true;
}

/* Does it have a packet of this EtherType inside? */
static inline bool uvn_encap_carries(const struct uvn_encap *encap,
				     __be16 proto)
{
	return encap->proto == proto;
}

/* The inner IP header. */
static inline const void *uvn_encap_inner(const struct uvn_encap *encap)
{
	return encap + 1;
}

/* Take the header off. */
static inline int uvn_encap_pull(struct sk_buff *skb)
{
	const struct uvn_encap *encap = (struct uvn_encap *)skb->data;

	return iptunnel_pull_header(skb, sizeof(*encap), encap->proto, false);
}

/* MACs mean nothing here; these make captures readable. */
static inline void uvn_encap_mac(u8 *mac, u8 family,
				 const union nf_inet_addr *addr)
{
	if (family == AF_INET && ipv4_is_multicast(addr->ip)) {
		ip_eth_mc_map(addr->ip, mac);
		return;
	}
	if (family == AF_INET6 && ipv6_addr_is_multicast(&addr->in6)) {
		ipv6_eth_mc_map(&addr->in6, mac);
		return;
	}
	mac[0] = 0x02;
	mac[1] = 0x00;
	memcpy(mac + 2, family == AF_INET ? &addr->ip : &addr->ip6[3], 4);
}

/**
 * uvn_encap_push - put the header before a packet, and say so to the offloads
 * @skb: the packet
 * @vni_field: its VNI, as uvn_encap_vni_field()
 * @family: of its addresses
 * @saddr: its source
 * @daddr: its destination
 * @remote: it goes to @daddr itself, and not to a group
 *
 * Return: 0 or -ENOMEM.
 */
static inline int uvn_encap_push(struct sk_buff *skb, __be32 vni_field,
				 u8 family, const union nf_inet_addr *saddr,
				 const union nf_inet_addr *daddr, bool remote)
{
	struct uvn_encap *encap;
	bool multicast;

	/* The inner Ethernet header first, so that the inner MAC header is in
	 * place when the offloads note where the inner packet starts.
	 */
	encap = __skb_push(skb, ETH_HLEN) - UVN_ENCAP_OUTER;
	skb_reset_mac_header(skb);
	multicast = family == AF_INET6 || ipv4_is_multicast(daddr->ip);
	if (remote || multicast)
		uvn_encap_mac(encap->dst, family, daddr);
	else
		eth_broadcast_addr(encap->dst);
	uvn_encap_mac(encap->src, family, saddr);
	encap->proto = family == AF_INET ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	if (iptunnel_handle_offloads(skb, SKB_GSO_UDP_TUNNEL))
		return -ENOMEM;

	__skb_push(skb, UVN_ENCAP_OUTER);
	encap = (struct uvn_encap *)skb->data;
	encap->flags = UVN_ENCAP_FLAGS;
	encap->vni = vni_field;
	skb_set_inner_protocol(skb, htons(ETH_P_TEB));
	return 0;
}

unsigned int uvn_encap_mtu(unsigned int lower_mtu, bool ipv6);
struct sk_buff *uvn_encap_gro_receive(struct sock *sk, struct list_head *head,
				      struct sk_buff *skb);
int uvn_encap_gro_complete(struct sock *sk, struct sk_buff *skb, int nhoff);

#endif /* _UVN_ENCAP_H */
