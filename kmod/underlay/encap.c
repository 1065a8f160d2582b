// SPDX-License-Identifier: GPL-2.0
/*
 * What VXLAN adds to a packet, and what follows from that.
 */
#include <linux/etherdevice.h>
#include <linux/kernel.h>
#include <linux/netdevice.h>
#include <net/gro.h>
#include <net/ip.h>

#include "underlay/encap.h"

/**
 * uvn_encap_mtu - how large a packet may be in VXLAN
 * @lower_mtu: MTU of its lower device in bytes
 * @ipv6: whether it has an address of IPv6
 *
 * Return: what is left for the inner packet, but no less than IPv4 needs.
 */
unsigned int uvn_encap_mtu(unsigned int lower_mtu, bool ipv6)
{
	int hlen = ipv6 ? UVN_ENCAP_HLEN6 : UVN_ENCAP_HLEN4;

	return max_t(int, lower_mtu - hlen, IPV4_MIN_MTU);
}

/**
 * uvn_encap_gro_receive - merge a packet with others of its network and flow
 * @sk: the tunnel's socket
 * @head: the others
 * @skb: the packet
 *
 * Context: softirq.
 * Return: what is complete of the others, or NULL.
 */
struct sk_buff *uvn_encap_gro_receive(struct sock *sk, struct list_head *head,
				      struct sk_buff *skb)
{
	unsigned int off = skb_gro_offset(skb);
	const struct uvn_encap *encap, *other;
	struct sk_buff *pp = NULL, *p;
	int flush = 1;

	encap = skb_gro_header(skb, off + UVN_ENCAP_OUTER, off);
	if (unlikely(!encap) || encap->flags != UVN_ENCAP_FLAGS)
		goto out;
	skb_gro_postpull_rcsum(skb, encap, UVN_ENCAP_OUTER);
	skb_gro_pull(skb, UVN_ENCAP_OUTER);

	list_for_each_entry(p, head, list) {
		if (!NAPI_GRO_CB(p)->same_flow)
			continue;
		other = (struct uvn_encap *)(p->data + off);
		if (encap->vni != other->vni)
			NAPI_GRO_CB(p)->same_flow = 0;
	}
	pp = call_gro_receive(eth_gro_receive, head, skb);
	flush = 0;
out:
	skb_gro_flush_final(skb, pp, flush);
	return pp;
}

/**
 * uvn_encap_gro_complete - finish packets that were merged
 * @sk: the tunnel's socket
 * @skb: they
 * @nhoff: where the header is
 *
 * Context: softirq.
 * Return: 0 or a negative errno.
 */
int uvn_encap_gro_complete(struct sock *sk, struct sk_buff *skb, int nhoff)
{
	return eth_gro_complete(skb, nhoff + UVN_ENCAP_OUTER);
}
