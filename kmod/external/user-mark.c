// SPDX-License-Identifier: GPL-2.0
/*
 * What says that a packet is a user's, and none of the system's of the node that sends
 * it, to the node that it may be for. It has the node's address and any port, and if it
 * is for a published port there must be told from one of a host outside, whatever is
 * published on the node that it comes from. By TCP the SYN is told, by UDP each datagram.
 *
 * The mark is where nobody looks and no router writes: the identification of IPv4, which
 * for a packet that may not be fragmented has no meaning (RFC 6864, 4.1), and the flow
 * label of IPv6 (RFC 6437). It is a hash of the addresses and ports, and of a SYN also of
 * the sequence number. One in 65,536 packets of others has it by chance. The next SYN of
 * the same connection has not, nor the next datagram; and those whose identification is
 * always the same have 0, as the kernel's of sockets that are not connected, which is no
 * mark. Users cannot keep it from theirs: the kernel makes all their packets of TCP, and
 * a datagram that may be fragmented, or is cut into several with an identification each,
 * has no claim (udp-claim.c).
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
#include "external/user-mark.h"

/* The same on all nodes; any. */
#define UVN_USER_MARK_SEED	0x75766e53

static const struct tcphdr *uvn_user_mark_header(const struct sk_buff *skb,
						 const struct uvn_packet *p,
						 struct tcphdr *copy)
{
	return skb_header_pointer(skb, p->offset, sizeof(*copy), copy);
}

/* As wide as the identification of IPv4 or the flow label of IPv6; never 0. */
static u32 uvn_user_mark_of(const struct sk_buff *skb, u8 family,
			    const struct uvn_packet *p, u32 seq)
{
	u32 ports = (__force u32)p->sport << 16 | (__force u32)p->dport;
	u32 seed = jhash_2words(ports, seq, UVN_USER_MARK_SEED);

	if (family == AF_INET)
		return (u16)jhash_2words((__force u32)ip_hdr(skb)->saddr,
					 (__force u32)ip_hdr(skb)->daddr, seed) ?: 1;
	seed = jhash2((__force const u32 *)ipv6_hdr(skb)->saddr.s6_addr32, 4, seed);
	seed = jhash2((__force const u32 *)ipv6_hdr(skb)->daddr.s6_addr32, 4, seed);
	return (seed & ntohl(IPV6_FLOWLABEL_MASK)) ?: 1;
}

/* False if the header is not there. */
static bool uvn_user_mark_get(const struct sk_buff *skb, u8 family,
			      const struct uvn_packet *p, u32 *mark)
{
	const struct tcphdr *th;
	struct tcphdr copy;
	u32 seq = 0;

	if (p->protocol == IPPROTO_TCP) {
		th = uvn_user_mark_header(skb, p, &copy);
		if (!th)
			return false;
		seq = (__force u32)th->seq;
	}
	*mark = uvn_user_mark_of(skb, family, p, seq);
	return true;
}

/**
 * uvn_user_mark_is_syn - does a packet begin a connection?
 * @skb: the packet
 * @family: of it
 * @p: what it is
 *
 * Context: any.
 * Return: true for a SYN without ACK, and if the header is not there.
 */
bool uvn_user_mark_is_syn(const struct sk_buff *skb, u8 family,
			  const struct uvn_packet *p)
{
	const struct tcphdr *th;
	struct tcphdr copy;

	if (p->protocol != IPPROTO_TCP)
		return false;
	th = uvn_user_mark_header(skb, p, &copy);
	return !th || (th->syn && !th->ack);
}

/**
 * uvn_user_mark_may - can a datagram have a mark?
 * @skb: the datagram
 * @family: of it
 * @p: what it is, of UDP
 *
 * What may be fragmented needs its identification, and of what is segmented each has
 * another one.
 *
 * Context: any.
 */
bool uvn_user_mark_may(const struct sk_buff *skb, u8 family, const struct uvn_packet *p)
{
	return family == AF_INET6 ||
	       (ip_hdr(skb)->frag_off == htons(IP_DF) && !skb_is_gso(skb));
}

/**
 * uvn_user_mark_set - mark a packet as a user's
 * @skb: the packet, whose IP header may be written
 * @family: of it
 * @p: what it is: a SYN, or a datagram
 *
 * Context: any.
 */
void uvn_user_mark_set(struct sk_buff *skb, u8 family, const struct uvn_packet *p)
{
	struct iphdr *iph = ip_hdr(skb);
	__be32 *first;
	__be16 id;
	u32 mark;

	if (!uvn_user_mark_get(skb, family, p, &mark))
		return;
	if (family == AF_INET) {
		id = htons((u16)mark);
		csum_replace2(&iph->check, iph->id, id);
		iph->id = id;
		return;
	}
	first = (__be32 *)ipv6_hdr(skb);
	*first = (*first & ~IPV6_FLOWLABEL_MASK) | htonl(mark);
}

/**
 * uvn_user_mark_has - is a packet marked as a user's?
 * @skb: the packet
 * @family: of it
 * @p: what it is
 *
 * Context: any.
 * Return: true for a SYN or a datagram that is, and if the header is not there.
 */
bool uvn_user_mark_has(const struct sk_buff *skb, u8 family, const struct uvn_packet *p)
{
	u32 mark;

	if (p->protocol != IPPROTO_UDP && !uvn_user_mark_is_syn(skb, family, p))
		return false;
	if (!uvn_user_mark_get(skb, family, p, &mark))
		return true;
	if (family == AF_INET)
		return ip_hdr(skb)->id == htons((u16)mark);
	return ip6_flowlabel(ipv6_hdr(skb)) == htonl(mark);
}
