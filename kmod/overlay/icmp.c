// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors about VXLAN of ours. That an outer packet has not reached its
 * host means that the inner one has not, and the addresses are the same: who
 * sent it is told at once, and need not wait for a timeout.
 *
 * An error is believed only if it quotes enough to know the VRF that has sent
 * the packet, and if that could have.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/udp_tunnel.h>

#include "config/prefix.h"
#include "core/netns.h"
#include "overlay/icmp.h"
#include "overlay/vrf.h"
#include "underlay/addrs.h"
#include "underlay/encap.h"
#include "underlay/lower.h"
#include "underlay/tunnel.h"

/* Nobody has a reason to quote more than fits into any packet. */
#define UVN_ICMP_QUOTE		512
/* What a transport's error handler looks at. */
#define UVN_ICMP_TRANSPORT	8

/**
 * struct uvn_quote - what an ICMP error quotes of a packet of ours
 * @vrf: the VRF that has sent it
 * @offset: of the inner IP header, from skb->data
 * @saddr: its source, inner and outer
 * @daddr: its destination, likewise
 */
struct uvn_quote {
	struct uvn_vrf *vrf;
	unsigned int offset;
	union nf_inet_addr saddr;
	union nf_inet_addr daddr;
};

/* Source and destination of the IP header at @offset, which becomes that of
 * what follows: @protocol, or anything if that is 0. Nothing is pulled here, as
 * there are pointers to the packet's headers elsewhere.
 */
static bool uvn_icmp_addrs(const struct sk_buff *skb, u8 family,
			   unsigned int *offset, u8 protocol,
			   union nf_inet_addr *saddr,
			   union nf_inet_addr *daddr)
{
	union {
		struct iphdr ip4;
		struct ipv6hdr ip6;
	} copy;
	const struct ipv6hdr *ip6;
	const struct iphdr *iph;

	if (family == AF_INET) {
		iph = skb_header_pointer(skb, *offset, sizeof(*iph), &copy);
		if (!iph || iph->version != 4 || iph->ihl != 5 ||
		    iph->frag_off & htons(IP_OFFSET) ||
		    (protocol && iph->protocol != protocol))
			return false;
		saddr->ip = iph->saddr;
		daddr->ip = iph->daddr;
		*offset += sizeof(*iph);
		return true;
	}
	ip6 = skb_header_pointer(skb, *offset, sizeof(*ip6), &copy);
	if (!ip6 || ip6->version != 6 || (protocol && ip6->nexthdr != protocol))
		return false;
	saddr->in6 = ip6->saddr;
	daddr->in6 = ip6->daddr;
	*offset += sizeof(*ip6);
	return true;
}

/* The VRF that has sent a packet with this source by this socket, if an error
 * about it may come by @dev: from where the packet has gone, or from this
 * host's own IP stack.
 */
static struct uvn_vrf *uvn_icmp_vrf(struct sock *sk,
				    const struct net_device *dev,
				    const union nf_inet_addr *saddr, u32 vni)
{
	struct uvn_tunnel *tunnel = rcu_dereference_sk_user_data(sk);
	const struct uvn_addr *addr;
	struct uvn_lower *lower;

	if (!tunnel)
		return NULL;
	list_for_each_entry_rcu(lower, &tunnel->un->lowers, list) {
		if (dev->ifindex != lower->ifindex &&
		    !(dev->flags & IFF_LOOPBACK))
			continue;
		addr = uvn_lower_addr(lower, sk->sk_family, saddr);
		if (!addr || addr->sk != sk)
			continue;
		return xa_load(&tunnel->un->vnis, vni);
	}
	return NULL;
}

/* @skb->data is at the quoted outer IP header. */
static bool uvn_icmp_parse(struct sock *sk, const struct sk_buff *skb,
			   struct uvn_quote *quote)
{
	const struct uvn_tunnel *tunnel = rcu_dereference_sk_user_data(sk);
	union nf_inet_addr saddr, daddr;
	const struct uvn_encap *encap;
	struct uvn_encap encap_copy;
	u8 family = sk->sk_family;
	const struct udphdr *udp;
	struct udphdr udp_copy;
	unsigned int offset = 0;
	u32 vni;

	if (!tunnel ||
	    !uvn_icmp_addrs(skb, family, &offset, IPPROTO_UDP, &quote->saddr,
			    &quote->daddr))
		return false;
	udp = skb_header_pointer(skb, offset, sizeof(*udp), &udp_copy);
	if (!udp || udp->dest != tunnel->port)
		return false;
	offset += sizeof(*udp);
	encap = skb_header_pointer(skb, offset, sizeof(*encap), &encap_copy);
	if (!encap || !uvn_encap_parse(encap, &vni) ||
	    !uvn_encap_carries(encap, family == AF_INET ? htons(ETH_P_IP) :
							  htons(ETH_P_IPV6)))
		return false;
	offset += sizeof(*encap);
	quote->offset = offset;
	if (!uvn_icmp_addrs(skb, family, &offset, 0, &saddr, &daddr) ||
	    !uvn_addr_same(family, &saddr, &quote->saddr) ||
	    !uvn_addr_same(family, &daddr, &quote->daddr) ||
	    skb->len < offset + UVN_ICMP_TRANSPORT)
		return false;
	quote->vrf = uvn_icmp_vrf(sk, skb->dev, &saddr, vni);
	return quote->vrf;
}

/**
 * uvn_icmp_lookup - is an ICMP error about a packet of ours?
 * @sk: a tunnel's socket
 * @skb: the error, data at the quoted outer IP header
 *
 * Context: RCU read side, softirq.
 * Return: 0, or -EINVAL.
 */
int uvn_icmp_lookup(struct sock *sk, struct sk_buff *skb)
{
	struct uvn_quote quote;

	return uvn_icmp_parse(sk, skb, &quote) ? 0 : -EINVAL;
}

/* What says that the packet has not arrived; what is about protocols, sizes or
 * source routes of the outer one says nothing of the inner.
 */
static bool uvn_icmp_is_unreach(const struct sk_buff *skb, u8 family, u8 *code)
{
	if (family == AF_INET6) {
		*code = icmp6_hdr(skb)->icmp6_code;
		return icmp6_hdr(skb)->icmp6_type == ICMPV6_DEST_UNREACH;
	}
	*code = icmp_hdr(skb)->code;
	return icmp_hdr(skb)->type == ICMP_DEST_UNREACH &&
	       *code != ICMP_PROT_UNREACH && *code != ICMP_FRAG_NEEDED &&
	       *code != ICMP_SR_FAILED;
}

static void uvn_icmp_head4(struct sk_buff *skb, const struct uvn_quote *quote,
			   u8 code)
{
	struct icmphdr *icmp;
	struct iphdr *iph;

	icmp = __skb_push(skb, sizeof(*icmp));
	memset(icmp, 0, sizeof(*icmp));
	icmp->type = ICMP_DEST_UNREACH;
	icmp->code = code;
	icmp->checksum = csum_fold(csum_partial(icmp, skb->len, 0));

	iph = __skb_push(skb, sizeof(*iph));
	memset(iph, 0, sizeof(*iph));
	iph->version = 4;
	iph->ihl = 5;
	iph->tos = IPTOS_PREC_INTERNETCONTROL;
	iph->tot_len = htons(skb->len);
	iph->frag_off = htons(IP_DF);
	iph->ttl = IPDEFTTL;
	iph->protocol = IPPROTO_ICMP;
	iph->saddr = quote->daddr.ip;
	iph->daddr = quote->saddr.ip;
	ip_send_check(iph);
}

static void uvn_icmp_head6(struct sk_buff *skb, const struct uvn_quote *quote,
			   u8 code)
{
	struct icmp6hdr *icmp6;
	struct ipv6hdr *ip6;
	unsigned int len;

	icmp6 = __skb_push(skb, sizeof(*icmp6));
	memset(icmp6, 0, sizeof(*icmp6));
	icmp6->icmp6_type = ICMPV6_DEST_UNREACH;
	icmp6->icmp6_code = code;
	len = skb->len;
	icmp6->icmp6_cksum = csum_ipv6_magic(&quote->daddr.in6,
					     &quote->saddr.in6, len,
					     IPPROTO_ICMPV6,
					     csum_partial(icmp6, len, 0));

	ip6 = __skb_push(skb, sizeof(*ip6));
	ip6_flow_hdr(ip6, IPTOS_PREC_INTERNETCONTROL, 0);
	ip6->payload_len = htons(len);
	ip6->nexthdr = IPPROTO_ICMPV6;
	ip6->hop_limit = IPV6_DEFAULT_HOPLIMIT;
	ip6->saddr = quote->daddr.in6;
	ip6->daddr = quote->saddr.in6;
}

/**
 * uvn_icmp_rcv - pass an ICMP error on to the user who sent the inner packet
 * @sk: a tunnel's socket
 * @skb: the error, data at the quoted outer IP header
 *
 * It comes by the VRF, in the name of the host that was not reached.
 *
 * Context: RCU read side, softirq.
 */
void uvn_icmp_rcv(struct sock *sk, struct sk_buff *skb)
{
	const unsigned int room = sizeof(struct ipv6hdr) +
				  sizeof(struct icmp6hdr);
	u8 family = sk->sk_family;
	struct uvn_quote quote;
	struct sk_buff *error;
	unsigned int len;
	u8 code;

	if (!uvn_icmp_is_unreach(skb, family, &code) ||
	    !uvn_icmp_parse(sk, skb, &quote))
		return;
	len = min_t(unsigned int, skb->len - quote.offset, UVN_ICMP_QUOTE);
	error = netdev_alloc_skb(quote.vrf->dev, room + len);
	if (!error)
		return;
	skb_reserve(error, room);
	if (skb_copy_bits(skb, quote.offset, __skb_put(error, len), len)) {
		kfree_skb(error);
		return;
	}
	if (family == AF_INET) {
		uvn_icmp_head4(error, &quote, code);
		error->protocol = htons(ETH_P_IP);
	} else {
		uvn_icmp_head6(error, &quote, code);
		error->protocol = htons(ETH_P_IPV6);
	}
	skb_reset_mac_header(error);
	skb_reset_network_header(error);
	netif_rx(error);
}
