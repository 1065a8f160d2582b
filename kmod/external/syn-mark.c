// SPDX-License-Identifier: GPL-2.0
/*
 * What says that a SYN is a user's, and none of the system's of the node that sends it, to
 * the node that it may be for. It has the node's address and any port, and if it is for a
 * published port there must be told from one of a host outside, whatever is published on
 * the node that it comes from.
 *
 * The mark is where nobody looks and no router writes: the identification of IPv4, which
 * for a packet that may not be fragmented has no meaning (RFC 6864, 4.1) and is drawn by
 * lot, and the flow label of IPv6 (RFC 6437). It is a hash of the addresses, the ports
 * and the sequence number. One in 65,536 SYNs of others has it by chance; the
 * next of the same connection has not. Users cannot keep it from theirs: the kernel makes
 * all their packets of TCP.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "core/packet.h"
#include "external/syn-mark.h"

/* The same on all nodes; any. */
#define UVN_SYN_MARK_SEED	0x75766e53

static const struct tcphdr *uvn_syn_header(const struct sk_buff *skb,
					   const struct uvn_packet *p,
					   struct tcphdr *copy)
{
	return skb_header_pointer(skb, p->offset, sizeof(*copy), copy);
}

static u32 uvn_syn_hash(const struct sk_buff *skb, u8 family,
			const struct tcphdr *th)
{
	u32 ports = (__force u32)th->source << 16 | (__force u32)th->dest;
	u32 seed = jhash_2words(ports, (__force u32)th->seq, UVN_SYN_MARK_SEED);

	if (family == AF_INET)
		return jhash_2words((__force u32)ip_hdr(skb)->saddr,
				    (__force u32)ip_hdr(skb)->daddr, seed);
	seed = jhash2((__force const u32 *)ipv6_hdr(skb)->saddr.s6_addr32, 4, seed);
	return jhash2((__force const u32 *)ipv6_hdr(skb)->daddr.s6_addr32, 4, seed);
}

/**
 * uvn_syn_is - does a packet begin a connection?
 * @skb: the packet
 * @family: of it
 * @p: what it is
 *
 * Context: any.
 * Return: true for a SYN without ACK, and if the header is not there.
 */
bool uvn_syn_is(const struct sk_buff *skb, u8 family, const struct uvn_packet *p)
{
	const struct tcphdr *th;
	struct tcphdr copy;

	if (p->protocol != IPPROTO_TCP)
		return false;
	th = uvn_syn_header(skb, p, &copy);
	return !th || (th->syn && !th->ack);
}

/**
 * uvn_syn_mark - mark a SYN as a user's
 * @skb: the packet, whose IP header may be written
 * @family: of it
 * @p: what it is, of TCP
 *
 * Context: any.
 */
void uvn_syn_mark(struct sk_buff *skb, u8 family, const struct uvn_packet *p)
{
	struct iphdr *iph = ip_hdr(skb);
	const struct tcphdr *th;
	struct tcphdr copy;
	__be32 *first;
	__be16 id;
	u32 mark;

	th = uvn_syn_header(skb, p, &copy);
	if (!th)
		return;
	mark = uvn_syn_hash(skb, family, th);
	if (family == AF_INET) {
		id = htons((u16)mark);
		csum_replace2(&iph->check, iph->id, id);
		iph->id = id;
		return;
	}
	first = (__be32 *)ipv6_hdr(skb);
	*first = (*first & ~IPV6_FLOWLABEL_MASK) |
		 (htonl(mark) & IPV6_FLOWLABEL_MASK);
}

/**
 * uvn_syn_is_marked - is a SYN a user's?
 * @skb: the packet
 * @family: of it
 * @p: what it is
 *
 * Context: any.
 */
bool uvn_syn_is_marked(const struct sk_buff *skb, u8 family, const struct uvn_packet *p)
{
	const struct tcphdr *th;
	struct tcphdr copy;
	u32 mark;

	if (!uvn_syn_is(skb, family, p))
		return false;
	th = uvn_syn_header(skb, p, &copy);
	if (!th)
		return true;
	mark = uvn_syn_hash(skb, family, th);
	if (family == AF_INET)
		return ip_hdr(skb)->id == htons((u16)mark);
	return ip6_flowlabel(ipv6_hdr(skb)) == (htonl(mark) & IPV6_FLOWLABEL_MASK);
}
