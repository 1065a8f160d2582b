// SPDX-License-Identifier: GPL-2.0
/*
 * Other addresses for packets, and for the errors about them, with the checksums that go
 * with it (RFC 1624). Ports stay as they are.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "core/packet.h"
#include "core/readdress.h"

/* Put an address into a packet's header. Of IPv6 the checksum is the transport's alone. */
static void uvn_readdress_header(struct sk_buff *skb, u8 family, bool source,
				 const union nf_inet_addr *to, __sum16 *check)
{
	struct in6_addr *in6;
	struct iphdr *iph;
	__be32 *ip;

	if (family == AF_INET) {
		iph = ip_hdr(skb);
		ip = source ? &iph->saddr : &iph->daddr;
		if (check)
			inet_proto_csum_replace4(check, skb, *ip, to->ip, true);
		csum_replace4(&iph->check, *ip, to->ip);
		*ip = to->ip;
		return;
	}
	in6 = source ? &ipv6_hdr(skb)->saddr : &ipv6_hdr(skb)->daddr;
	if (check)
		inet_proto_csum_replace16(check, skb, in6->s6_addr32, to->ip6, true);
	*in6 = to->in6;
}

static bool uvn_readdress_tcp(struct sk_buff *skb, u8 family, unsigned int offset,
			      bool source, const union nf_inet_addr *to)
{
	struct tcphdr *th;

	if (skb_ensure_writable(skb, offset + sizeof(*th)))
		return false;
	th = (struct tcphdr *)(skb->data + offset);
	uvn_readdress_header(skb, family, source, to, &th->check);
	return true;
}

/* A datagram may have no checksum, which is written as 0. */
static bool uvn_readdress_udp(struct sk_buff *skb, u8 family, unsigned int offset,
			      bool source, const union nf_inet_addr *to)
{
	struct udphdr *uh;
	bool has;

	if (skb_ensure_writable(skb, offset + sizeof(*uh)))
		return false;
	uh = (struct udphdr *)(skb->data + offset);
	has = uh->check || skb->ip_summed == CHECKSUM_PARTIAL;
	uvn_readdress_header(skb, family, source, to, has ? &uh->check : NULL);
	if (has && !uh->check)
		uh->check = CSUM_MANGLED_0;
	return true;
}

/* No sum of IPv4 but the header's has the address in it; of IPv6 the transport's has. */
static bool uvn_readdress_other(struct sk_buff *skb, u8 family,
				const struct uvn_packet *p, bool source,
				const union nf_inet_addr *to)
{
	struct icmp6hdr *icmp6;

	if (family == AF_INET) {
		if (skb_ensure_writable(skb, p->offset))
			return false;
		uvn_readdress_header(skb, family, source, to, NULL);
		return true;
	}
	if (p->protocol != IPPROTO_ICMPV6 ||
	    skb_ensure_writable(skb, p->offset + sizeof(*icmp6)))
		return false;
	icmp6 = (struct icmp6hdr *)(skb->data + p->offset);
	uvn_readdress_header(skb, family, source, to, &icmp6->icmp6_cksum);
	return true;
}

static bool uvn_readdress_packet(struct sk_buff *skb, u8 family,
				 const struct uvn_packet *p, bool source,
				 const union nf_inet_addr *to)
{
	switch (p->protocol) {
	case IPPROTO_TCP:
		return uvn_readdress_tcp(skb, family, p->offset, source, to);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return uvn_readdress_udp(skb, family, p->offset, source, to);
	}
	return uvn_readdress_other(skb, family, p, source, to);
}

/* An error quotes the packet that it is about: what has become of that one's address is
 * undone there. Of IPv4 the checksum stays as it is, since that of the quoted header
 * changes by the same.
 */
static bool uvn_readdress_error(struct sk_buff *skb, u8 family,
				const struct uvn_packet *p, bool source,
				const union nf_inet_addr *to)
{
	unsigned int inner = p->offset + sizeof(struct icmphdr);
	struct iphdr *quoted;
	struct ipv6hdr *quoted6;
	struct icmp6hdr *icmp6;
	struct in6_addr *in6;
	__be32 *ip;

	if (family == AF_INET) {
		if (skb_ensure_writable(skb, inner + sizeof(*quoted)))
			return false;
		quoted = (struct iphdr *)(skb->data + inner);
		ip = source ? &quoted->daddr : &quoted->saddr;
		csum_replace4(&quoted->check, *ip, to->ip);
		*ip = to->ip;
		uvn_readdress_header(skb, family, source, to, NULL);
		return true;
	}
	if (skb_ensure_writable(skb, inner + sizeof(*quoted6)))
		return false;
	icmp6 = (struct icmp6hdr *)(skb->data + p->offset);
	quoted6 = (struct ipv6hdr *)(skb->data + inner);
	in6 = source ? &quoted6->daddr : &quoted6->saddr;
	inet_proto_csum_replace16(&icmp6->icmp6_cksum, skb, in6->s6_addr32, to->ip6,
				  false);
	*in6 = to->in6;
	uvn_readdress_header(skb, family, source, to, &icmp6->icmp6_cksum);
	return true;
}

/**
 * uvn_readdress_from - give a packet another source
 * @skb: the packet
 * @family: of it
 * @p: what it is: its protocol and where that begins, or an error about what came for such
 *	a source
 * @from: the source
 *
 * Context: any.
 * Return: false if there is no memory, not all of a header, or a protocol of IPv6 whose sum
 * is not known; the packet is as it was then.
 */
bool uvn_readdress_from(struct sk_buff *skb, u8 family, const struct uvn_packet *p,
			const union nf_inet_addr *from)
{
	return unlikely(p->error) ? uvn_readdress_error(skb, family, p, true, from) :
	       uvn_readdress_packet(skb, family, p, true, from);
}

/**
 * uvn_readdress_to - give a packet another destination
 * @skb: the packet
 * @family: of it
 * @p: likewise, or an error about what left from such a destination
 * @to: the destination
 *
 * Context: any.
 * Return: false if there is no memory, or not all of the quoted header.
 */
bool uvn_readdress_to(struct sk_buff *skb, u8 family, const struct uvn_packet *p,
		      const union nf_inet_addr *to)
{
	return unlikely(p->error) ? uvn_readdress_error(skb, family, p, false, to) :
	       uvn_readdress_packet(skb, family, p, false, to);
}
