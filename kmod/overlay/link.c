// SPDX-License-Identifier: GPL-2.0
/*
 * The `uvn` device: a user's link on a lower device, slave of the user's VRF.
 *
 * Inner and outer addresses are the same, so the remote VTEP of a packet is
 * its inner destination: nothing to learn, to ask for or to flood. The
 * device carries bare IP packets and puts VXLAN around them by itself.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>
#include <net/neighbour.h>
#include <net/netns/hash.h>
#include <net/route.h>
#include <net/rtnetlink.h>
#include <net/sch_generic.h>
#include <net/udp_tunnel.h>

#include "config/prefix.h"
#include "config/subnet.h"
#include "core/netns.h"
#include "core/traffic.h"
#include "core/user.h"
#include "overlay/link.h"
#include "underlay/addrs.h"
#include "underlay/encap.h"
#include "underlay/fast-output.h"
#include "underlay/lower.h"
#include "underlay/route.h"

/* The largest packet that may get a UDP checksum. */
#define UVN_LINK_SMALL	138

/**
 * struct uvn_link_packet - a packet to be sent
 * @saddr: inner and outer source
 * @daddr: inner destination
 * @family: AF_INET or AF_INET6
 * @tos: inner type of service or traffic class
 */
struct uvn_link_packet {
	union nf_inet_addr saddr;
	union nf_inet_addr daddr;
	u8 family;
	u8 tos;
};

/**
 * uvn_link_receive - let a user's links receive, or not for now
 * @user: whose they are
 * @on: which
 *
 * What comes meanwhile is as if there were no link.
 *
 * Context: the worker; takes RTNL.
 */
void uvn_link_receive(struct uvn_user *user, bool on)
{
	struct uvn_link *link;

	uvn_assert_worker(user->un);
	rtnl_lock();
	/* The entry is there: nothing is allocated. */
	list_for_each_entry(link, &user->links, list)
		xa_store(&link->lower->links, link->vni,
			 on ? link : XA_ZERO_ENTRY, GFP_KERNEL);
	rtnl_unlock();
}

/* Where the outer packet goes: to the inner destination itself, or to the
 * subnet's group if that is multicast or broadcast. NULL for nowhere.
 */
static const union nf_inet_addr *
uvn_link_remote4(const struct uvn_addr *src, const union nf_inet_addr *daddr)
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
uvn_link_remote6(const struct uvn_addr *src, const union nf_inet_addr *daddr)
{
	const struct uvn_subnet *subnet = &src->subnet;

	if (ipv6_addr_is_multicast(&daddr->in6))
		return ipv6_addr_any(&subnet->group.in6) ? NULL :
							   &subnet->group;
	return uvn_prefix_has6(&subnet->prefix, &daddr->in6) ? daddr : NULL;
}

static bool uvn_link_parse(struct sk_buff *skb, struct uvn_link_packet *packet)
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
static void uvn_link_hash(struct sk_buff *skb, const struct uvn_link_packet *packet)
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
static void uvn_link_route(struct sk_buff *skb,
			   const struct uvn_link_packet *packet)
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

/* The path has less room than the link: what is on its way is fragmented
 * outside, and its socket sends smaller ones from now on.
 */
static void uvn_link_tell_mtu(struct sk_buff *skb, struct dst_entry *dst,
			      const struct uvn_link_packet *packet, int hlen)
{
	uvn_link_route(skb, packet);
	skb_tunnel_check_pmtu(skb, dst, hlen, false);
}

/* No UDP checksum (RFC 7348, 5; RFC 6935): the inner packet has its own, and
 * the receiver need not go over it twice. But over IPv6 a host that does not
 * run uvn says so only to what has one; so small packets have, as whoever
 * begins to talk sends them, and for them it costs next to nothing.
 */
static bool uvn_link_wants_check(const struct sk_buff *skb, u8 family)
{
	return family == AF_INET6 && skb->len <= UVN_LINK_SMALL &&
	       !skb_is_gso(skb);
}

/* By the outer IP stack, which does all there may be to do. */
static void uvn_link_send(struct sk_buff *skb, struct dst_entry *dst,
			  const struct uvn_addr *src,
			  const struct uvn_link_packet *packet,
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
static void uvn_link_send_fast(struct sk_buff *skb, struct dst_entry *dst,
			       const struct uvn_addr *src,
			       const struct uvn_link_packet *packet,
			       const union nf_inet_addr *remote, __be16 sport)
{
	u8 tos = INET_ECN_encapsulate(packet->tos, packet->tos);
	struct net_device *dev = skb->dev;
	int err, len = skb->len - skb_inner_network_offset(skb);

	if (packet->family == AF_INET)
		err = uvn_fast_output4(skb, dst, packet->saddr.ip, remote->ip, tos,
				       sport, src->subnet.port);
	else
		err = uvn_fast_output6(skb, dst, &packet->saddr.in6, &remote->in6,
				       tos, sport, src->subnet.port);
	iptunnel_xmit_stats(dev, net_xmit_eval(err) ? -1 : len);
}

/* As dst_mtu(), which costs more, says where nobody has set a route's MTU and no
 * path has told one.
 */
static unsigned int uvn_link_path_mtu(const struct dst_entry *dst, u8 family)
{
	if (likely(family == AF_INET &&
		   !((const struct rtable *)dst)->rt_pmtu &&
		   !dst_metric_raw(dst, RTAX_MTU)))
		return READ_ONCE(dst->dev->mtu);
	return dst_mtu(dst);
}

/* Consumes @skb. RCU read side, bottom halves off. */
static void uvn_link_transmit(struct sk_buff *skb, struct net_device *dev)
{
	struct uvn_link *link = netdev_priv(dev);
	const union nf_inet_addr *remote;
	const struct uvn_addr *src;
	struct uvn_link_packet packet;
	struct dst_entry *dst;
	bool wide, check;
	__be16 sport;
	int hlen;

	if (!uvn_link_parse(skb, &packet))
		goto drop;
	src = uvn_lower_addr(link->lower, packet.family, &packet.saddr);
	if (!src)
		goto drop;
	remote = packet.family == AF_INET ?
		 uvn_link_remote4(src, &packet.daddr) :
		 uvn_link_remote6(src, &packet.daddr);
	if (!remote)
		goto drop;
	uvn_link_hash(skb, &packet);
	sport = udp_flow_src_port(dev_net(dev), skb, 0, 0, false);

	dst = uvn_lower_route(link->lower, packet.family, remote,
			      &packet.saddr, src->subnet.port);
	if (IS_ERR(dst)) {
		DEV_STATS_INC(dev, tx_carrier_errors);
		uvn_link_route(skb, &packet);
		dst_link_failure(skb);
		goto drop;
	}
	hlen = packet.family == AF_INET ? UVN_ENCAP_HLEN4 : UVN_ENCAP_HLEN6;
	wide = uvn_link_path_mtu(dst, packet.family) >= dev->mtu + hlen;
	if (unlikely(!wide))
		uvn_link_tell_mtu(skb, dst, &packet, hlen);
	check = uvn_link_wants_check(skb, packet.family);
	if (skb_cow_head(skb, LL_RESERVED_SPACE(dst->dev) + dst->header_len +
			 hlen) ||
	    uvn_encap_push(skb, link->vni_field, packet.family, &packet.saddr,
			   &packet.daddr, remote == &packet.daddr)) {
		uvn_lower_route_put(dst);
		goto drop;
	}
	if (likely(wide && !check &&
		   uvn_fast_output_may(dev_net(dev), packet.family, dst, skb)))
		uvn_link_send_fast(skb, dst, src, &packet, remote, sport);
	else
		uvn_link_send(skb, dst, src, &packet, remote, sport, check);
	uvn_lower_route_put(dst);
	return;

drop:
	DEV_STATS_INC(dev, tx_dropped);
	kfree_skb(skb);
}

static netdev_tx_t uvn_link_xmit(struct sk_buff *skb, struct net_device *dev)
{
	rcu_read_lock();
	uvn_link_transmit(skb, dev);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}

/* Has anybody a mind to see or hold what the link sends? */
static bool uvn_link_is_watched(const struct net_device *dev)
{
	const struct netdev_queue *txq = netdev_get_tx_queue(dev, 0);

	return rcu_dereference_bh(txq->qdisc)->enqueue ||
	       netdev_has_tc_egress(dev) ||
#ifdef CONFIG_NETFILTER_EGRESS
	       rcu_access_pointer(dev->nf_hooks_egress) ||
#endif
	       dev_nit_active((struct net_device *)dev);
}

/* What the stack calls to have a packet sent by the link: past its queue, which
 * there is none, unless somebody wants something of it there. It looks for the
 * neighbour, and calls this, on the RCU read side: until Linux 6.4 that with bottom
 * halves off.
 */
static int uvn_link_output(struct neighbour *neigh, struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	bool off = softirq_count();
	int err = NET_XMIT_SUCCESS;

	if (!off)
		local_bh_disable();
	if (unlikely(uvn_link_is_watched(dev) || !(dev->flags & IFF_UP) ||
		     netif_needs_gso(skb, dev->features)))
		err = dev_queue_xmit(skb);
	else
		uvn_link_transmit(skb, dev);
	if (!off)
		local_bh_enable();
	return err;
}

static int uvn_link_neigh_construct(struct net_device *dev,
				    struct neighbour *neigh)
{
	WRITE_ONCE(neigh->output, uvn_link_output);
	return 0;
}

/* Room for the entry in the lower's table, not the entry yet: should the
 * registration fail after this, nobody must have seen the device.
 */
static int uvn_link_init(struct net_device *dev)
{
	struct uvn_link *link = netdev_priv(dev);
	int err;

	err = xa_insert(&link->lower->links, link->vni, NULL, GFP_KERNEL);
	if (err)
		return err;
	refcount_inc(&link->lower->refs);
	refcount_inc(&link->user->refs);
	list_add_tail(&link->list, &link->user->links);
	return 0;
}

/* Whatever way the device goes, it goes through here. */
static void uvn_link_uninit(struct net_device *dev)
{
	struct uvn_link *link = netdev_priv(dev);

	xa_erase(&link->lower->links, link->vni);
	list_del(&link->list);
	/* One that was not registered has counted nothing, and not where to. */
	if (dev->reg_state == NETREG_UNREGISTERING)
		uvn_traffic_keep(link);
	uvn_user_invalidate(link->user);
}

/* After the grace period that ends the device's life on the packet path. */
static void uvn_link_free(struct net_device *dev)
{
	struct uvn_link *link = netdev_priv(dev);

	kfree(link->applied);
	uvn_lower_put(link->lower);
	uvn_user_put(link->user);
}

/* No link-local addresses: every address of a link is one of the lower
 * device's. Those of IPv6 have gone as an administrator took the link down.
 */
static int uvn_link_open(struct net_device *dev)
{
	struct uvn_link *link = netdev_priv(dev);
	struct inet6_dev *in6_dev = __in6_dev_get(dev);

	if (in6_dev)
		WRITE_ONCE(in6_dev->cnf.addr_gen_mode, IN6_ADDR_GEN_MODE_NONE);
	uvn_user_invalidate(link->user);
	return 0;
}

static int uvn_link_change_mtu(struct net_device *dev, int mtu)
{
	dev->mtu = mtu;
	return 0;
}

static int uvn_link_get_iflink(const struct net_device *dev)
{
	const struct uvn_link *link = netdev_priv(dev);

	return link->lower->ifindex;
}

static const struct net_device_ops uvn_link_netdev_ops = {
	.ndo_init = uvn_link_init,
	.ndo_uninit = uvn_link_uninit,
	.ndo_open = uvn_link_open,
	.ndo_start_xmit = uvn_link_xmit,
	.ndo_neigh_construct = uvn_link_neigh_construct,
	.ndo_get_stats64 = dev_get_tstats64,
	.ndo_change_mtu = uvn_link_change_mtu,
	.ndo_get_iflink = uvn_link_get_iflink,
};

static void uvn_link_setup(struct net_device *dev)
{
	const netdev_features_t features = NETIF_F_SG | NETIF_F_FRAGLIST |
					   NETIF_F_HW_CSUM | NETIF_F_RXCSUM |
					   NETIF_F_GSO_SOFTWARE;

	dev->netdev_ops = &uvn_link_netdev_ops;
	dev->needs_free_netdev = true;
	dev->priv_destructor = uvn_link_free;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_NOARP | IFF_BROADCAST | IFF_MULTICAST;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->features |= features;
	dev->hw_features |= features;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	dev->min_mtu = IPV4_MIN_MTU;
	dev->max_mtu = IP_MAX_MTU;
	netdev_set_lltx(dev);
	netdev_set_netns_immutable(dev);
}

/* Only the worker makes links, and it says for whom (un->making.user): a link made
 * by hand could have neither a user nor the checks that go with one.
 */
static int uvn_link_new(struct net_device *dev, struct nlattr *tb[],
			struct netlink_ext_ack *extack)
{
	struct uvn_link *link = netdev_priv(dev);
	struct uvn_net *un = uvn_netns(dev_net(dev));
	struct uvn_user *user = un->making.user;
	struct uvn_lower *lower;
	int err;

	if (!user || current != un->worker->task || !tb[IFLA_LINK]) {
		NL_SET_ERR_MSG(extack, "uvn links are made by uvn alone");
		return -EPERM;
	}
	/* The one that is wanted, not another that is the same device since. */
	lower = un->making.lower;
	if (!lower->dev) {
		NL_SET_ERR_MSG(extack, "lower device is gone");
		return -ENODEV;
	}
	link->dev = dev;
	link->lower = lower;
	link->user = user;
	link->vni = user->vni;
	link->vni_field = uvn_encap_vni_field(user->vni);
	dev->needed_headroom = LL_RESERVED_SPACE(lower->dev) + UVN_ENCAP_HLEN6;

	err = register_netdevice(dev);
	if (err)
		return err;
	xa_store(&lower->links, link->vni, link, GFP_KERNEL);
	return 0;
}

RTNL_NEWLINK(uvn_link_newlink, uvn_link_new)

struct rtnl_link_ops uvn_link_ops __read_mostly = {
	.kind = UVN_ENCAP_KIND,
	.priv_size = sizeof(struct uvn_link),
	.setup = uvn_link_setup,
	.newlink = uvn_link_newlink,
};
