// SPDX-License-Identifier: GPL-2.0
/*
 * VXLAN reception: the tunnel sockets' way, and the ingress hook that takes
 * what it can judge before the outer IP stack sees it. Both end in
 * uvn_vxlan_rx_admit(), which holds every check that admits a packet.
 */
#include <linux/etherdevice.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>
#include <net/udp_tunnel.h>
#include <net/xfrm.h>

#include "config/prefix.h"
#include "core/drop.h"
#include "core/netns.h"
#include "core/user.h"
#include "overlay/icmp.h"
#include "overlay/pending.h"
#include "overlay/vrf-rx.h"
#include "overlay/vrf.h"
#include "overlay/vxlan-rx.h"
#include "underlay/addrs.h"
#include "underlay/encap.h"
#include "underlay/lower.h"
#include "underlay/tunnel.h"

/* With a VNI, whose fragments are put together: beyond enum ip6_defrag_users. */
#define UVN_VXLAN_RX_FRAGMENTS	BIT(31)

/* Up to so many bytes a checksum is verified here: more than vrf-tx.c gives one to. */
#define UVN_VXLAN_RX_SMALL	512

/**
 * struct uvn_outer - the outer IP header of a packet
 * @saddr: its source
 * @daddr: its destination
 * @family: AF_INET or AF_INET6
 * @tos: its type of service or traffic class
 */
struct uvn_outer {
	union nf_inet_addr saddr;
	union nf_inet_addr daddr;
	u8 family;
	u8 tos;
};

/* Length of the IP header, without options or extensions. */
static unsigned int uvn_vxlan_rx_ip_len(u8 family)
{
	return family == AF_INET ? sizeof(struct iphdr) :
				   sizeof(struct ipv6hdr);
}

static void uvn_vxlan_rx_outer4(struct uvn_outer *outer,
				const struct iphdr *iph)
{
	outer->saddr.ip = iph->saddr;
	outer->daddr.ip = iph->daddr;
	outer->family = AF_INET;
	outer->tos = iph->tos;
}

static void uvn_vxlan_rx_outer6(struct uvn_outer *outer,
				const struct ipv6hdr *ip6)
{
	outer->saddr.in6 = ip6->saddr;
	outer->daddr.in6 = ip6->daddr;
	outer->family = AF_INET6;
	outer->tos = ipv6_get_dsfield(ip6);
}

/* The entry of the lower's address that a packet came for; a group counts as
 * the address of the subnet whose group it is.
 */
static const struct uvn_addr *uvn_vxlan_rx_addr(const struct uvn_lower *lower,
						const struct uvn_outer *outer,
						__be16 port)
{
	const struct uvn_addrs *addrs = rcu_dereference(lower->addrs);
	unsigned int i;

	if (unlikely(!addrs))
		return NULL;
	for (i = 0; i < addrs->n; i++) {
		const struct uvn_addr *a = &addrs->a[i];

		if (a->subnet.port == port && a->family == outer->family &&
		    (uvn_addr_same(a->family, &a->addr, &outer->daddr) ||
		     uvn_addr_same(a->family, &a->subnet.group,
				   &outer->daddr)))
			return a;
	}
	return NULL;
}

/* Is it a packet that a node of ours sends?
 *
 * Who sends in the name of another node, or from outside the subnet, is not a
 * node of ours; a subnet's own and its broadcast address are no node's. Neither
 * are we ourselves: own packets never come back by the lower device.
 */
static enum uvn_drop uvn_vxlan_rx_check4(const struct uvn_lower *lower,
					 const struct uvn_addr *to,
					 const struct uvn_outer *outer,
					 const struct iphdr *inner)
{
	const struct uvn_prefix *subnet = &to->subnet.prefix;
	__be32 hosts = ~inet_make_mask(subnet->len);
	__be32 saddr = outer->saddr.ip, daddr = inner->daddr;

	/* Users' packets have none; a source route would lead elsewhere. */
	if (inner->ihl != 5)
		return UVN_DROP_OPTIONS;
	if (inner->saddr != saddr || !uvn_prefix_has4(subnet, saddr) ||
	    (subnet->len < 31 && (!(saddr & hosts) || !(~saddr & hosts))) ||
	    saddr == to->brd || uvn_lower_addr(lower, AF_INET, &outer->saddr))
		return UVN_DROP_SOURCE;
	if (outer->daddr.ip == to->addr.ip)
		return daddr == to->addr.ip ? UVN_DROP_NONE :
					      UVN_DROP_DESTINATION;
	if (!ipv4_is_multicast(outer->daddr.ip) ||
	    (!ipv4_is_multicast(daddr) && !ipv4_is_lbcast(daddr) &&
	     ~daddr & hosts && daddr != to->brd))
		return UVN_DROP_DESTINATION;
	return UVN_DROP_NONE;
}

/* The same for IPv6; what is nobody's there is the routers' anycast address. */
static enum uvn_drop uvn_vxlan_rx_check6(const struct uvn_lower *lower,
					 const struct uvn_addr *to,
					 const struct uvn_outer *outer,
					 const struct ipv6hdr *inner)
{
	const struct uvn_prefix *subnet = &to->subnet.prefix;
	const struct in6_addr *saddr = &outer->saddr.in6;

	if (inner->nexthdr == NEXTHDR_ROUTING)
		return UVN_DROP_OPTIONS;
	if (!ipv6_addr_equal(&inner->saddr, saddr) ||
	    !uvn_prefix_has6(subnet, saddr) ||
	    (subnet->len < 127 &&
	     ipv6_addr_equal(saddr, &subnet->addr.in6)) ||
	    uvn_lower_addr(lower, AF_INET6, &outer->saddr))
		return UVN_DROP_SOURCE;
	if (ipv6_addr_equal(&outer->daddr.in6, &to->addr.in6))
		return ipv6_addr_equal(&inner->daddr, &to->addr.in6) ?
		       UVN_DROP_NONE : UVN_DROP_DESTINATION;
	if (!ipv6_addr_is_multicast(&outer->daddr.in6) ||
	    !ipv6_addr_is_multicast(&inner->daddr))
		return UVN_DROP_DESTINATION;
	return UVN_DROP_NONE;
}

static u8 uvn_vxlan_rx_pkt_type(const struct uvn_addr *to,
				const struct uvn_outer *outer,
				const struct sk_buff *skb)
{
	if (uvn_addr_same(outer->family, &outer->daddr, &to->addr))
		return PACKET_HOST;
	return outer->family == AF_INET6 ||
	       ipv4_is_multicast(ip_hdr(skb)->daddr) ? PACKET_MULTICAST :
						       PACKET_BROADCAST;
}

/* The IPv6 stack puts fragments together by addresses and identification, and
 * does not look from which network they come. So that is done here.
 */
static int uvn_vxlan_rx_defrag(struct uvn_net *un, u32 vni, struct sk_buff *skb)
{
	u8 nexthdr = ipv6_hdr(skb)->nexthdr;
	__be16 fragment;
	int err;

	if (likely(!ipv6_ext_hdr(nexthdr)))
		return 0;
	memset(IP6CB(skb), 0, sizeof(struct inet6_skb_parm));
	err = nf_ct_frag6_gather(un->net, skb, UVN_VXLAN_RX_FRAGMENTS | vni);
	if (err)
		return err;
	/* What is malformed is given back as it is. */
	nexthdr = ipv6_hdr(skb)->nexthdr;
	return ipv6_skip_exthdr(skb, skb_network_offset(skb) +
				sizeof(struct ipv6hdr), &nexthdr,
				&fragment) >= 0 && fragment ? -EINVAL : 0;
}

/* @skb->data is at the VXLAN header; the headers up to the inner IP header
 * are in the linear part. Consumes @skb.
 */
static void uvn_vxlan_rx_admit(struct uvn_lower *lower,
			       const struct uvn_addr *to, struct sk_buff *skb,
			       const struct uvn_outer *outer)
{
	const struct uvn_encap *encap = (struct uvn_encap *)skb->data;
	const void *inner = uvn_encap_inner(encap);
	struct uvn_net *un = lower->un;
	enum uvn_drop reason;
	struct uvn_vrf *vrf;
	u32 vni;
	int err;

	reason = UVN_DROP_HEADER;
	if (!uvn_encap_parse(encap, &vni))
		goto drop;
	if (outer->family == AF_INET) {
		if (!uvn_encap_carries(encap, htons(ETH_P_IP)) ||
		    ((const struct iphdr *)inner)->version != 4)
			goto drop;
		reason = uvn_vxlan_rx_check4(lower, to, outer, inner);
	} else {
		if (!uvn_encap_carries(encap, htons(ETH_P_IPV6)) ||
		    ((const struct ipv6hdr *)inner)->version != 6)
			goto drop;
		reason = uvn_vxlan_rx_check6(lower, to, outer, inner);
	}
	if (reason)
		goto drop;

	vrf = xa_load(&un->vnis, vni);
	if (unlikely(!vrf)) {
		if (uvn_pending_keep(lower, vni, skb, outer->family,
				     &outer->saddr,
				     !uvn_addr_same(outer->family, &outer->daddr,
						    &to->addr)))
			return;
		reason = UVN_DROP_NO_LINK;
		goto drop;
	}
	reason = UVN_DROP_LINK_STATE;
	if (!(vrf->dev->flags & IFF_UP))
		goto drop;

	reason = UVN_DROP_MEMORY;
	if (uvn_encap_pull(skb))
		goto drop;
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	skb_reset_mac_len(skb);

	reason = UVN_DROP_ECN;
	if (INET_ECN_decapsulate(skb, outer->tos,
				 outer->family == AF_INET ?
				 ip_hdr(skb)->tos :
				 ipv6_get_dsfield(ipv6_hdr(skb))) > 1)
		goto drop;

	skb->pkt_type = uvn_vxlan_rx_pkt_type(to, outer, skb);
	skb->dev = vrf->dev;
	dev_sw_netstats_rx_add(skb->dev, skb->len);
	if (outer->family == AF_INET6) {
		reason = UVN_DROP_FRAGMENT;
		err = uvn_vxlan_rx_defrag(un, vni, skb);
		if (err == -EINPROGRESS)
			return;
		if (err)
			goto drop;
	}
	if (likely(skb->pkt_type == PACKET_HOST))
		uvn_vrf_rx_receive(vrf->user, skb, outer->family,
				   lower->ifindex);
	else
		netif_receive_skb(skb);
	return;

drop:
	uvn_drop_skb(un, skb, reason);
}

/* The UDP header, if it is right behind an IP header that is all there, and
 * what may follow up to the inner IP header is in the linear part.
 */
static const struct udphdr *uvn_vxlan_rx_parse(struct sk_buff *skb, u8 family,
					       struct uvn_outer *outer)
{
	unsigned int len = uvn_vxlan_rx_ip_len(family);
	const struct ipv6hdr *ip6;
	const struct iphdr *iph;

	/* First what tells it from most that is not for us. */
	if (!pskb_may_pull(skb, len))
		return NULL;
	if (family == AF_INET) {
		iph = (struct iphdr *)skb->data;
		if (iph->protocol != IPPROTO_UDP || iph->version != 4 ||
		    iph->ihl != 5 || ip_is_fragment(iph))
			return NULL;
		uvn_vxlan_rx_outer4(outer, iph);
	} else {
		ip6 = (struct ipv6hdr *)skb->data;
		if (ip6->nexthdr != NEXTHDR_UDP || ip6->version != 6)
			return NULL;
		uvn_vxlan_rx_outer6(outer, ip6);
	}
	if (!pskb_may_pull(skb, len + sizeof(struct udphdr) +
			   sizeof(struct uvn_encap) + len))
		return NULL;
	return (struct udphdr *)(skb->data + len);
}

/* Is it one datagram? A tunnel's may be segments of what is inside. But what a
 * device or a hypervisor has put together otherwise is several of them.
 */
static bool uvn_vxlan_rx_is_one(const struct sk_buff *skb)
{
	return !skb_is_gso(skb) ||
	       skb_shinfo(skb)->gso_type & (SKB_GSO_UDP_TUNNEL |
					    SKB_GSO_UDP_TUNNEL_CSUM);
}

/* Is the checksum right? A device that has not looked leaves it to the IP stack, unless
 * the packet is small, as those with a checksum are that other nodes send: so the node's
 * firewall, which may not know VXLAN, need not see them.
 */
static bool uvn_vxlan_rx_is_right(struct sk_buff *skb, u8 family,
				  const struct udphdr *udp)
{
	if (!udp->check || skb_csum_unnecessary(skb))
		return true;
	if (skb->len > UVN_VXLAN_RX_SMALL || skb_shared(skb) ||
	    nf_checksum(skb, NF_INET_PRE_ROUTING, uvn_vxlan_rx_ip_len(family),
			IPPROTO_UDP, family))
		return false;
	/* The sum of the packet is known now, and right; of what is in it nobody knows. */
	skb->csum_valid = 0;
	return true;
}

/* Do the headers say of the packet what it is? */
static bool uvn_vxlan_rx_is_whole(struct sk_buff *skb, u8 family,
				  const struct udphdr *udp)
{
	unsigned int len = skb->len - uvn_vxlan_rx_ip_len(family);
	const struct iphdr *iph = (struct iphdr *)skb->data;

	if (family == AF_INET ?
	    ntohs(iph->tot_len) != skb->len || ip_fast_csum(iph, 5) :
	    ntohs(((struct ipv6hdr *)iph)->payload_len) != len)
		return false;
	return ntohs(udp->len) == len && uvn_vxlan_rx_is_right(skb, family, udp);
}

/* Do IPsec's policies for what comes in let it in as it is? The data is at its
 * network header. Nobody has written to its control block, where the policies
 * look, since a device or GRO had it.
 */
static bool uvn_vxlan_rx_is_allowed(struct net *net, struct sk_buff *skb,
				    u8 family)
{
#ifdef CONFIG_XFRM
	if (likely(__xfrm_check_nopolicy(net, skb, XFRM_POLICY_IN)))
		return true;
#endif
	if (family == AF_INET) {
		memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
		return xfrm4_policy_check(NULL, XFRM_POLICY_IN, skb);
	}
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	IP6CB(skb)->nhoff = offsetof(struct ipv6hdr, nexthdr);
	return xfrm6_policy_check(NULL, XFRM_POLICY_IN, skb);
}

/**
 * uvn_vxlan_rx_hook - take VXLAN of ours at a lower device's ingress
 * @priv: the struct uvn_lower
 * @skb: a packet, data at its network header
 * @state: unused
 *
 * Takes whole, plain packets whose outer checksums are known to be good. What
 * cannot be judged here goes on to the outer IP stack and comes back through
 * the tunnel's socket, if it is any good.
 *
 * Context: RCU read side, softirq.
 * Return: %NF_STOLEN for a packet that was taken, or that IPsec's policies do not let in,
 * else %NF_ACCEPT.
 */
unsigned int uvn_vxlan_rx_hook(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	struct uvn_lower *lower = priv;
	const struct uvn_addr *to;
	const struct udphdr *udp;
	struct uvn_outer outer;
	u8 family;

	if (skb->protocol == htons(ETH_P_IP))
		family = AF_INET;
	else if (skb->protocol == htons(ETH_P_IPV6))
		family = AF_INET6;
	else
		return NF_ACCEPT;
	if (skb->pkt_type != PACKET_HOST || skb_vlan_tag_present(skb))
		return NF_ACCEPT;
	udp = uvn_vxlan_rx_parse(skb, family, &outer);
	if (!udp)
		return NF_ACCEPT;
	to = uvn_vxlan_rx_addr(lower, &outer, udp->dest);
	if (!to || !uvn_vxlan_rx_is_one(skb))
		return NF_ACCEPT;
	/* The outer IP stack would ask, too, but tell only /proc/net/xfrm_stat. */
	if (unlikely(!uvn_vxlan_rx_is_allowed(lower->un->net, skb, family))) {
		uvn_drop_skb(lower->un, skb, UVN_DROP_IPSEC);
		return NF_STOLEN;
	}
	if (!uvn_vxlan_rx_is_whole(skb, family, udp))
		return NF_ACCEPT;

	/* As the UDP layer does when a checksum is absent or verified. */
	__skb_decr_checksum_unnecessary(skb);
	skb_pull_rcsum(skb, uvn_vxlan_rx_ip_len(family) + sizeof(*udp));
	uvn_vxlan_rx_admit(lower, to, skb, &outer);
	return NF_STOLEN;
}

/* A packet with data at its VXLAN header, behind its outer headers, that came by
 * the device with this ifindex. Consumes @skb.
 */
static void uvn_vxlan_rx_late(struct uvn_net *un, struct sk_buff *skb,
			      int ifindex)
{
	const struct udphdr *udp = (struct udphdr *)skb->data - 1;
	const struct uvn_addr *to = NULL;
	struct uvn_lower *lower;
	struct uvn_outer outer;

	if (ip_hdr(skb)->version == 4)
		uvn_vxlan_rx_outer4(&outer, ip_hdr(skb));
	else
		uvn_vxlan_rx_outer6(&outer, ipv6_hdr(skb));
	/* The device is the loopback or a VRF for whatever was sent on this
	 * node or came through somebody's VRF: no lower device is either.
	 */
	lower = uvn_lower_find(un, ifindex);
	if (lower)
		to = uvn_vxlan_rx_addr(lower, &outer, udp->dest);
	if (to)
		uvn_vxlan_rx_admit(lower, to, skb, &outer);
	else
		uvn_drop_skb(un, skb, UVN_DROP_DEVICE);
}

/**
 * uvn_vxlan_rx_rcv - receive what came to a tunnel's socket
 * @sk: the socket
 * @skb: the datagram, data at its UDP header
 *
 * The slow path: fragments, other checksums, anything unusual. Everything to a
 * port of ours ends here; nothing is left for a reader.
 *
 * Context: RCU read side, bottom halves off.
 * Return: 0
 */
int uvn_vxlan_rx_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct uvn_tunnel *tunnel = rcu_dereference_sk_user_data(sk);

	if (!tunnel) {
		kfree_skb(skb);
		return 0;
	}
	if (!pskb_may_pull(skb, sizeof(struct udphdr) +
			   sizeof(struct uvn_encap) +
			   uvn_vxlan_rx_ip_len(sk->sk_family))) {
		uvn_drop_skb(tunnel->un, skb, UVN_DROP_HEADER);
		return 0;
	}
	skb_pull_rcsum(skb, sizeof(struct udphdr));
	uvn_vxlan_rx_late(tunnel->un, skb, skb->dev->ifindex);
	return 0;
}

/* Receive a packet that waited for its network, with data at the VXLAN header,
 * behind its outer headers. It is judged anew: anything may have changed meanwhile.
 */
static void uvn_vxlan_rx_again(struct uvn_net *un, struct sk_buff *skb,
			       int ifindex)
{
	local_bh_disable();
	rcu_read_lock();
	uvn_vxlan_rx_late(un, skb, ifindex);
	rcu_read_unlock();
	local_bh_enable();
}

/**
 * uvn_vxlan_rx_release - receive the packets that wait
 * @user: the network: ready, or gone from the table, and then the packets ask
 *	for another one
 *
 * Context: the worker.
 */
void uvn_vxlan_rx_release(struct uvn_user *user)
{
	struct sk_buff_head list;
	struct sk_buff *skb;

	uvn_assert_worker(user->un);
	uvn_pending_take(user, &list);
	while ((skb = __skb_dequeue(&list)))
		uvn_vxlan_rx_again(user->un, skb, UVN_PENDING_CB(skb)->ifindex);
}

UDP_TUNNEL_ERR_RCV(uvn_vxlan_rx_err, uvn_icmp_rcv)

/* What a tunnel's socket is set up with. */
const struct udp_tunnel_sock_cfg uvn_vxlan_rx_tunnel = {
	.encap_type = 1,
	.encap_rcv = uvn_vxlan_rx_rcv,
	.encap_err_lookup = uvn_icmp_lookup,
	.encap_err_rcv = uvn_vxlan_rx_err,
};
