// SPDX-License-Identifier: GPL-2.0
/*
 * Other addresses for packets of TCP, and for the errors about them, with the checksums
 * that go with it (RFC 1624). Ports stay as they are.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "core/packet.h"
#include "external/readdress.h"

/* Put an address into a packet of TCP, whose header is at @offset. */
static bool uvn_readdress_tcp(struct sk_buff *skb, u8 family, unsigned int offset,
			      bool source, const union nf_inet_addr *to)
{
	struct ipv6hdr *ip6;
	struct in6_addr *in6;
	struct tcphdr *th;
	struct iphdr *iph;
	__be32 *ip;

	if (skb_ensure_writable(skb, offset + sizeof(*th)))
		return false;
	th = (struct tcphdr *)(skb->data + offset);
	if (family == AF_INET) {
		iph = ip_hdr(skb);
		ip = source ? &iph->saddr : &iph->daddr;
		inet_proto_csum_replace4(&th->check, skb, *ip, to->ip, true);
		csum_replace4(&iph->check, *ip, to->ip);
		*ip = to->ip;
		return true;
	}
	ip6 = ipv6_hdr(skb);
	in6 = source ? &ip6->saddr : &ip6->daddr;
	inet_proto_csum_replace16(&th->check, skb, in6->s6_addr32, to->ip6, true);
	*in6 = to->in6;
	return true;
}

/**
 * uvn_readdress_from - give a packet another source
 * @skb: the packet
 * @family: of it
 * @p: what it is, of TCP
 * @from: the source
 *
 * Context: any.
 * Return: false if there is no memory.
 */
bool uvn_readdress_from(struct sk_buff *skb, u8 family, const struct uvn_packet *p,
			const union nf_inet_addr *from)
{
	return uvn_readdress_tcp(skb, family, p->offset, true, from);
}

/* An error quotes the packet as it left: in that, too, the address is changed. Of IPv4
 * the checksum stays as it is, since that of the quoted header changes by the same.
 */
static bool uvn_readdress_error(struct sk_buff *skb, u8 family,
				const struct uvn_packet *p,
				const union nf_inet_addr *to)
{
	unsigned int inner = p->offset + sizeof(struct icmphdr);
	struct ipv6hdr *ip6, *quoted6;
	struct icmp6hdr *icmp6;
	struct iphdr *iph, *quoted;

	if (family == AF_INET) {
		if (skb_ensure_writable(skb, inner + sizeof(*quoted)))
			return false;
		iph = ip_hdr(skb);
		quoted = (struct iphdr *)(skb->data + inner);
		csum_replace4(&quoted->check, quoted->saddr, to->ip);
		quoted->saddr = to->ip;
		csum_replace4(&iph->check, iph->daddr, to->ip);
		iph->daddr = to->ip;
		return true;
	}
	if (skb_ensure_writable(skb, inner + sizeof(*quoted6)))
		return false;
	ip6 = ipv6_hdr(skb);
	icmp6 = (struct icmp6hdr *)(skb->data + p->offset);
	quoted6 = (struct ipv6hdr *)(skb->data + inner);
	inet_proto_csum_replace16(&icmp6->icmp6_cksum, skb, ip6->daddr.s6_addr32,
				  to->ip6, true);
	inet_proto_csum_replace16(&icmp6->icmp6_cksum, skb, quoted6->saddr.s6_addr32,
				  to->ip6, false);
	ip6->daddr = to->in6;
	quoted6->saddr = to->in6;
	return true;
}

/**
 * uvn_readdress_to - give a packet another destination
 * @skb: the packet
 * @family: of it
 * @p: what it is: of TCP, or an error about such a packet
 * @to: the destination
 *
 * Context: any.
 * Return: false if there is no memory, or not all of the quoted header.
 */
bool uvn_readdress_to(struct sk_buff *skb, u8 family, const struct uvn_packet *p,
		      const union nf_inet_addr *to)
{
	return unlikely(p->error) ? uvn_readdress_error(skb, family, p, to) :
	       uvn_readdress_tcp(skb, family, p->offset, false, to);
}
