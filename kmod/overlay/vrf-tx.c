// SPDX-License-Identifier: GPL-2.0
/*
 * What a user's VRF sends.
 *
 * What stays on the host goes by the route that the socket has found, as it does on
 * the loopback device. All else goes to other nodes: inner and outer addresses are the
 * same, so the remote VTEP of a packet is its inner destination, with nothing to learn,
 * to ask for or to flood; and the lower device is the one that has its source as an
 * address in the subnet of its destination. The device carries bare IP packets, and
 * VXLAN is put around them here.
 */
#include <linux/etherdevice.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/netdevice.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>
#include <net/neighbour.h>
#include <net/netns/hash.h>
#include <net/route.h>
#include <net/sch_generic.h>
#include <net/udp_tunnel.h>

#include "config/prefix.h"
#include "config/subnet.h"
#include "core/netns.h"
#include "core/traffic.h"
#include "core/user.h"
#include "overlay/vrf-tx.h"
#include "overlay/vrf.h"
#include "underlay/addrs.h"
#include "underlay/encap.h"
#include "underlay/fast-output.h"
#include "underlay/lower.h"
#include "underlay/route.h"

/* The largest packet that may get a UDP checksum. */
#define UVN_VRF_TX_SMALL	138

/**
 * struct uvn_vrf_tx_packet - a packet to be sent
 * @saddr: inner and outer source
 * @daddr: inner destination
 * @family: AF_INET or AF_INET6
 * @tos: inner type of service or traffic class
 */
struct uvn_vrf_tx_packet {
	union nf_inet_addr saddr;
	union nf_inet_addr daddr;
	u8 family;
	u8 tos;
};

/* Where the outer packet goes: to the inner destination itself, or to the
 * subnet's group if that is multicast or broadcast. NULL for nowhere.
 */
static const union nf_inet_addr *
uvn_vrf_tx_remote4(const struct uvn_addr *src, const union nf_inet_addr *daddr)
{
	const struct uvn_subnet *subnet = &src->subnet;
	__be32 ip = daddr->ip;

	if (ipv4_is_multicast(ip) || ipv4_is_lbcast(ip) || ip == src->brd)
		return subnet->group.ip ? &subnet->group : NULL;
	if (!uvn_prefix_has4(&subnet->prefix, ip))
		return NULL;
	if (subnet->prefix.len < 31 &&
	    !(~ip & ~inet_make_mask(subnet->prefix.len)))
		return subnet->group.ip ? &subnet->group : NULL;
	return daddr;
}

static const union nf_inet_addr *
uvn_vrf_tx_remote6(const struct uvn_addr *src, const union nf_inet_addr *daddr)
{
	const struct uvn_subnet *subnet = &src->subnet;

	if (ipv6_addr_is_multicast(&daddr->in6))
		return ipv6_addr_any(&subnet->group.in6) ? NULL :
							   &subnet->group;
	return uvn_prefix_has6(&subnet->prefix, &daddr->in6) ? daddr : NULL;
}

static bool uvn_vrf_tx_parse(struct sk_buff *skb, struct uvn_vrf_tx_packet *packet)
{
	const struct ipv6hdr *ip6;
	const struct iphdr *iph;

	if (skb->protocol == htons(ETH_P_IP)) {
		if (!pskb_network_may_pull(skb, sizeof(*iph)))
			return false;
		iph = ip_hdr(skb);
		packet->family = AF_INET;
		packet->saddr.ip = iph->saddr;
		packet->daddr.ip = iph->daddr;
		packet->tos = iph->tos;
		return iph->version == 4;
	}
	if (skb->protocol != htons(ETH_P_IPV6) ||
	    !pskb_network_may_pull(skb, sizeof(*ip6)))
		return false;
	ip6 = ipv6_hdr(skb);
	packet->family = AF_INET6;
	packet->saddr.in6 = ip6->saddr;
	packet->daddr.in6 = ip6->daddr;
	packet->tos = ipv6_get_dsfield(ip6);
	return ip6->version == 6;
}

/* A hash of the flow, where the socket has brought none: for the source port that
 * leads all packets of a flow the same way. The kernel's own goes through all
 * protocols that there are.
 */
static void uvn_vrf_tx_hash(struct sk_buff *skb, const struct uvn_vrf_tx_packet *packet)
{
	const __be32 *ports = NULL;
	unsigned int offset;
	u32 saddr, daddr;
	__be32 copy;
	u8 protocol;

	if (likely(skb->l4_hash || skb->sw_hash))
		return;
	if (packet->family == AF_INET) {
		saddr = (__force u32)packet->saddr.ip;
		daddr = (__force u32)packet->daddr.ip;
		offset = ip_hdrlen(skb);
		protocol = ip_is_fragment(ip_hdr(skb)) ? 0 :
						ip_hdr(skb)->protocol;
	} else {
		saddr = ipv6_addr_hash(&packet->saddr.in6);
		daddr = ipv6_addr_hash(&packet->daddr.in6);
		offset = sizeof(struct ipv6hdr);
		protocol = ipv6_hdr(skb)->nexthdr;
	}
	if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP)
		ports = skb_header_pointer(skb, skb_network_offset(skb) +
					   offset, sizeof(copy), &copy);
	__skb_set_sw_hash(skb, jhash_3words(saddr, daddr,
					    ports ? (__force u32)*ports : 0,
					    net_hash_mix(dev_net(skb->dev))),
			  ports);
}

/* The packet's route may be gone by now, which saves the queue a reference; where it
 * is asked for after all, it is looked up.
 */
static void uvn_vrf_tx_route(struct sk_buff *skb,
			     const struct uvn_vrf_tx_packet *packet)
{
	struct dst_entry *dst;

	if (skb_dst(skb))
		return;
	dst = uvn_route_lookup(dev_net(skb->dev), skb->dev->ifindex,
			       packet->family, &packet->daddr, &packet->saddr,
			       0);
	if (!IS_ERR(dst))
		skb_dst_set(skb, dst);
}

/* The path has less room than the route: what is on its way is fragmented
 * outside, and its socket sends smaller ones from now on.
 */
static void uvn_vrf_tx_tell_mtu(struct sk_buff *skb, struct dst_entry *dst,
				const struct uvn_vrf_tx_packet *packet, int hlen)
{
	uvn_vrf_tx_route(skb, packet);
	skb_tunnel_check_pmtu(skb, dst, hlen, false);
}

/* No UDP checksum (RFC 7348, 5; RFC 6935): the inner packet has its own, and
 * the receiver need not go over it twice. But over IPv6 a host that does not
 * run uvn says so only to what has one; so small packets have, as whoever
 * begins to talk sends them, and for them it costs next to nothing.
 */
static bool uvn_vrf_tx_wants_check(const struct sk_buff *skb, u8 family)
{
	return family == AF_INET6 && skb->len <= UVN_VRF_TX_SMALL &&
	       !skb_is_gso(skb);
}

/* By the outer IP stack, which does all there may be to do. */
static void uvn_vrf_tx_send(struct sk_buff *skb, struct dst_entry *dst,
			    const struct uvn_addr *src,
			    const struct uvn_vrf_tx_packet *packet,
			    const union nf_inet_addr *remote, __be16 sport,
			    bool check)
{
	u8 tos = INET_ECN_encapsulate(packet->tos, packet->tos);
	struct net_device *dev = skb->dev;

	dst_hold(dst);
	if (packet->family == AF_INET) {
		udp_tunnel_xmit_skb((struct rtable *)dst, src->sk, skb,
				    packet->saddr.ip, remote->ip, tos,
				    ip4_dst_hoplimit(dst), 0, sport,
				    src->subnet.port, false, true, 0);
		return;
	}
	/* As that does with IPv4. Fragments may be made of it, as there. */
	skb_scrub_packet(skb, false);
	skb->ignore_df = 1;
	udp_tunnel6_xmit_skb(dst, src->sk, skb, dev, &packet->saddr.in6,
			     &remote->in6, tos, ip6_dst_hoplimit(dst), 0,
			     sport, src->subnet.port, !check, 0);
}

/* Straight to the neighbour. */
static void uvn_vrf_tx_send_fast(struct sk_buff *skb, struct dst_entry *dst,
				 const struct uvn_addr *src,
				 const struct uvn_vrf_tx_packet *packet,
				 const union nf_inet_addr *remote, __be16 sport,
				 bool check)
{
	u8 tos = INET_ECN_encapsulate(packet->tos, packet->tos);
	struct net_device *dev = skb->dev;
	int err, len = skb->len - skb_inner_network_offset(skb);

	if (packet->family == AF_INET)
		err = uvn_fast_output4(skb, dst, packet->saddr.ip, remote->ip, tos,
				       sport, src->subnet.port);
	else
		err = uvn_fast_output6(skb, dst, &packet->saddr.in6, &remote->in6,
				       tos, sport, src->subnet.port, check);
	iptunnel_xmit_stats(dev, net_xmit_eval(err) ? -1 : len);
}

/* As dst_mtu(), which costs more, says where nobody has set a route's MTU and no
 * path has told one.
 */
static unsigned int uvn_vrf_tx_path_mtu(const struct dst_entry *dst, u8 family)
{
	if (likely(family == AF_INET &&
		   !((const struct rtable *)dst)->rt_pmtu &&
		   !dst_metric_raw(dst, RTAX_MTU)))
		return READ_ONCE(dst->dev->mtu);
	return dst_mtu(dst);
}

/* The lower device that a packet leaves by, and its address that is the source. */
static struct uvn_lower *uvn_vrf_tx_lower(struct uvn_net *un,
					  const struct uvn_vrf_tx_packet *packet,
					  const struct uvn_addr **src,
					  const union nf_inet_addr **remote)
{
	struct uvn_lower *lower;

	list_for_each_entry_rcu(lower, &un->lowers, list,
				rcu_read_lock_bh_held()) {
		*src = uvn_lower_addr(lower, packet->family, &packet->saddr);
		if (!*src)
			continue;
		*remote = packet->family == AF_INET ?
			  uvn_vrf_tx_remote4(*src, &packet->daddr) :
			  uvn_vrf_tx_remote6(*src, &packet->daddr);
		if (likely(*remote))
			return lower;
	}
	return NULL;
}

/* Does each packet of it fit, with what is put before it? */
static bool uvn_vrf_tx_fits(const struct sk_buff *skb, unsigned int mtu, int hlen)
{
	return skb_is_gso(skb) ? skb_gso_validate_network_len(skb, mtu - hlen) :
				 skb->len + hlen <= mtu;
}

/* To another node. Consumes @skb. RCU read side, bottom halves off. */
static void uvn_vrf_tx_remote(struct sk_buff *skb, struct net_device *dev)
{
	struct uvn_vrf *vrf = netdev_priv(dev);
	const union nf_inet_addr *remote;
	struct uvn_vrf_tx_packet packet;
	const struct uvn_addr *src;
	struct uvn_lower *lower;
	struct dst_entry *dst;
	bool fits, check;
	__be16 sport;
	int hlen;

	if (!uvn_vrf_tx_parse(skb, &packet))
		goto drop;
	lower = uvn_vrf_tx_lower(vrf->un, &packet, &src, &remote);
	if (!lower)
		goto drop;
	uvn_vrf_tx_hash(skb, &packet);
	sport = udp_flow_src_port(dev_net(dev), skb, 0, 0, false);

	dst = uvn_lower_route(lower, packet.family, remote, &packet.saddr,
			      src->subnet.port);
	if (IS_ERR(dst)) {
		DEV_STATS_INC(dev, tx_carrier_errors);
		uvn_vrf_tx_route(skb, &packet);
		dst_link_failure(skb);
		goto drop;
	}
	hlen = packet.family == AF_INET ? UVN_ENCAP_HLEN4 : UVN_ENCAP_HLEN6;
	fits = uvn_vrf_tx_fits(skb, uvn_vrf_tx_path_mtu(dst, packet.family), hlen);
	if (unlikely(!fits))
		uvn_vrf_tx_tell_mtu(skb, dst, &packet, hlen);
	check = uvn_vrf_tx_wants_check(skb, packet.family);
	if (skb_cow_head(skb, LL_RESERVED_SPACE(dst->dev) + dst->header_len +
			 hlen) ||
	    uvn_encap_push(skb, vrf->vni_field, packet.family, &packet.saddr,
			   &packet.daddr, remote == &packet.daddr)) {
		uvn_lower_route_put(dst);
		goto drop;
	}
	if (likely(fits && uvn_fast_output_may(vrf->un, packet.family, dst, skb)))
		uvn_vrf_tx_send_fast(skb, dst, src, &packet, remote, sport, check);
	else
		uvn_vrf_tx_send(skb, dst, src, &packet, remote, sport, check);
	uvn_lower_route_put(dst);
	return;

drop:
	DEV_STATS_INC(dev, tx_dropped);
	kfree_skb(skb);
}

/* Is the packet's route one to this host itself? */
static bool uvn_vrf_tx_is_local(const struct sk_buff *skb,
				const struct net_device *dev)
{
	const struct dst_entry *dst = skb_dst(skb);

	if (!dst || dst->dev != dev || dst->error)
		return false;
	if (skb->protocol == htons(ETH_P_IP))
		return ((const struct rtable *)dst)->rt_type == RTN_LOCAL;
	return skb->protocol == htons(ETH_P_IPV6) &&
	       ((const struct rt6_info *)dst)->rt6i_flags & RTF_LOCAL;
}

/* Back to the host. Consumes @skb. RCU read side, bottom halves off. */
static void uvn_vrf_tx_local(struct sk_buff *skb, struct net_device *dev)
{
	struct uvn_vrf *vrf = netdev_priv(dev);

	skb_orphan(skb);
	/* It outlives this RCU section, in the CPU's backlog. */
	skb_dst_force(skb);
	/* Packet sockets have seen it. */
	skb->pkt_type = PACKET_LOOPBACK;
	skb_reset_mac_header(skb);
	skb_reset_mac_len(skb);
	uvn_traffic_count(READ_ONCE(vrf->user->traffic.cpu), UVN_TRAFFIC_LOCAL,
			  skb->len);
	__netif_rx(skb);
}

/**
 * uvn_vrf_tx_device - the device by which a packet would leave without the VRF
 * @skb: a packet that is about to leave by the VRF, with its route
 * @dev: the VRF
 *
 * Context: RCU read side.
 * Return: lo for one to this host, else the lower device; NULL if it goes nowhere.
 */
struct net_device *uvn_vrf_tx_device(struct sk_buff *skb, struct net_device *dev)
{
	struct uvn_vrf *vrf = netdev_priv(dev);
	const union nf_inet_addr *remote;
	struct uvn_vrf_tx_packet packet;
	const struct uvn_addr *src;
	struct uvn_lower *lower;

	if (uvn_vrf_tx_is_local(skb, dev))
		return dev_net(dev)->loopback_dev;
	if (!uvn_vrf_tx_parse(skb, &packet))
		return NULL;
	lower = uvn_vrf_tx_lower(vrf->un, &packet, &src, &remote);
	return lower ? READ_ONCE(lower->dev) : NULL;
}

/* Consumes @skb. RCU read side, bottom halves off. */
static void uvn_vrf_tx_any(struct sk_buff *skb, struct net_device *dev)
{
	if (uvn_vrf_tx_is_local(skb, dev))
		uvn_vrf_tx_local(skb, dev);
	else
		uvn_vrf_tx_remote(skb, dev);
}

/**
 * uvn_vrf_tx_xmit - send a packet by a user's VRF
 * @skb: the packet, data at its IP header; consumed
 * @dev: the VRF
 *
 * Context: bottom halves off.
 * Return: %NETDEV_TX_OK
 */
netdev_tx_t uvn_vrf_tx_xmit(struct sk_buff *skb, struct net_device *dev)
{
	rcu_read_lock();
	uvn_vrf_tx_any(skb, dev);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}

/* Has anybody a mind to see or hold what the VRF sends? */
static bool uvn_vrf_tx_is_watched(const struct net_device *dev)
{
	const struct netdev_queue *txq = netdev_get_tx_queue(dev, 0);

	return rcu_dereference_bh(txq->qdisc)->enqueue ||
	       netdev_has_tc_egress(dev) ||
#ifdef CONFIG_NETFILTER_EGRESS
	       rcu_access_pointer(dev->nf_hooks_egress) ||
#endif
	       dev_nit_active((struct net_device *)dev);
}

/* What the stack calls to have a packet sent by the VRF: past its queue, which
 * there is none, unless somebody wants something of it there. It looks for the
 * neighbour, and calls this, on the RCU read side: until Linux 6.4 that with bottom
 * halves off.
 */
static int uvn_vrf_tx_output(struct neighbour *neigh, struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	bool off = softirq_count();
	int err = NET_XMIT_SUCCESS;

	if (!off)
		local_bh_disable();
	if (unlikely(uvn_vrf_tx_is_watched(dev) || !(dev->flags & IFF_UP) ||
		     netif_needs_gso(skb, dev->features)))
		err = dev_queue_xmit(skb);
	else
		uvn_vrf_tx_any(skb, dev);
	if (!off)
		local_bh_enable();
	return err;
}

/**
 * uvn_vrf_tx_neigh - prepare a neighbour of a user's VRF
 * @dev: the VRF
 * @neigh: the neighbour, which needs no resolution
 *
 * Return: 0
 */
int uvn_vrf_tx_neigh(struct net_device *dev, struct neighbour *neigh)
{
	WRITE_ONCE(neigh->output, uvn_vrf_tx_output);
	return 0;
}
