// SPDX-License-Identifier: GPL-2.0
/*
 * VXLAN reception: a UDP tunnel socket per port, and the ingress hook that
 * takes what it can judge before the outer IP stack sees it. Both ways end in
 * uvn_tunnel_rcv(), which holds every check that admits a packet.
 */
#include <linux/etherdevice.h>
#include <linux/igmp.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/gro.h>
#include <net/inet_ecn.h>
#include <net/ip_tunnels.h>
#include <net/l3mdev.h>
#include <net/udp_tunnel.h>

#include "uvn.h"
#include "trace.h"

/* Headers of a packet of ours as the ingress hook takes it. */
struct uvn_tunnel_frame {
	struct iphdr ip;
	struct udphdr udp;
	struct uvn_vxlan vxlan;
	struct iphdr inner;
} __packed;

static void uvn_tunnel_drop(struct uvn_net *un, struct sk_buff *skb,
			    enum uvn_drop reason)
{
	trace_uvn_drop(skb, reason);
	atomic64_inc(&un->rx_dropped);
	kfree_skb(skb);
}

/* The entry of the lower's address that a packet to @daddr came for; a group
 * counts as the address of the subnet whose group it is.
 */
static const struct uvn_addr *uvn_tunnel_addr(const struct uvn_lower *lower,
					      __be32 daddr, __be16 port)
{
	const struct uvn_addrs *addrs = rcu_dereference(lower->addrs);
	unsigned int i;

	if (unlikely(!addrs))
		return NULL;
	for (i = 0; i < addrs->n; i++) {
		const struct uvn_addr *a = &addrs->a[i];

		if (a->subnet.port == port &&
		    (a->addr.ip == daddr || a->subnet.group.ip == daddr))
			return a;
	}
	return NULL;
}

/* A VNI of a managed user without a network here: have it made. The sender
 * tries again.
 */
static void uvn_tunnel_request(struct uvn_net *un, u32 vni)
{
	struct uvn_user *user;
	u32 uid;

	uid = uvn_config_uid(rcu_dereference(un->config), vni);
	if (!uid || !__ratelimit(&un->requests))
		return;
	user = uvn_user_make(un, uid, GFP_ATOMIC);
	if (!IS_ERR(user))
		uvn_user_put(user);
}

/* @skb->data is at the VXLAN header; the headers up to the inner IP header
 * are in the linear part. Consumes @skb.
 */
static void uvn_tunnel_rcv(struct uvn_lower *lower, const struct uvn_addr *to,
			   struct sk_buff *skb, __be32 saddr, __be32 daddr,
			   u8 tos)
{
	const struct uvn_vxlan *vx = (struct uvn_vxlan *)skb->data;
	const struct iphdr *inner = (struct iphdr *)(vx + 1);
	__be32 hosts = ~inet_make_mask(to->subnet.prefix.len);
	struct uvn_net *un = lower->un;
	enum uvn_drop reason;
	struct uvn_link *link;
	__be32 to_addr;
	u32 vni;

	/* Reserved bits are zero when the sender is one of us. */
	reason = UVN_DROP_HEADER;
	vni = be32_to_cpu(vx->vni);
	if (vx->flags != UVN_VXLAN_FLAGS || vni & 0xff ||
	    vx->proto != htons(ETH_P_IP) || inner->version != 4)
		goto drop;
	vni >>= 8;

	/* Users' packets have none; a source route would lead elsewhere. */
	reason = UVN_DROP_OPTIONS;
	if (inner->ihl != 5)
		goto drop;

	/* Who sends in the name of another node, or from outside the subnet,
	 * is not a node of ours; a subnet's own and its broadcast address are
	 * no node's. Neither are we ourselves: own packets never come back by
	 * the lower device.
	 */
	reason = UVN_DROP_SOURCE;
	if (inner->saddr != saddr ||
	    !uvn_prefix_has4(&to->subnet.prefix, saddr) ||
	    (to->subnet.prefix.len < 31 &&
	     (!(saddr & hosts) || !(~saddr & hosts))) ||
	    saddr == to->brd || uvn_lower_addr(lower, saddr))
		goto drop;

	reason = UVN_DROP_DESTINATION;
	to_addr = inner->daddr;
	if (daddr == to->addr.ip) {
		if (to_addr != daddr)
			goto drop;
	} else if (!ipv4_is_multicast(to_addr) && !ipv4_is_lbcast(to_addr) &&
		   ~to_addr & hosts && to_addr != to->brd) {
		goto drop;
	}

	link = xa_load(&lower->links, vni);
	if (unlikely(!link)) {
		uvn_tunnel_request(un, vni);
		reason = UVN_DROP_NO_LINK;
		goto drop;
	}
	/* Outside its VRF a link would deliver to everybody. */
	reason = UVN_DROP_LINK_STATE;
	if (!netif_is_l3_slave(link->dev) || !(link->dev->flags & IFF_UP))
		goto drop;

	reason = UVN_DROP_MEMORY;
	if (iptunnel_pull_header(skb, offsetof(struct uvn_vxlan, dst),
				 htons(ETH_P_TEB), false))
		goto drop;
	skb_pull_rcsum(skb, ETH_HLEN);
	skb_reset_mac_header(skb);
	skb_reset_network_header(skb);
	skb_reset_mac_len(skb);

	reason = UVN_DROP_ECN;
	if (INET_ECN_decapsulate(skb, tos, ip_hdr(skb)->tos) > 1)
		goto drop;

	skb->pkt_type = daddr == to->addr.ip ? PACKET_HOST :
			ipv4_is_multicast(to_addr) ? PACKET_MULTICAST :
			PACKET_BROADCAST;
	skb->dev = link->dev;
	dev_sw_netstats_rx_add(skb->dev, skb->len);
	netif_receive_skb(skb);
	return;

drop:
	uvn_tunnel_drop(un, skb, reason);
}

/**
 * uvn_tunnel_hook - take VXLAN of ours at a lower device's ingress
 * @priv: the struct uvn_lower
 * @skb: a packet, data at its network header
 * @state: unused
 *
 * Takes whole, plain packets whose outer checksums are known to be good. What
 * cannot be judged here goes on to the outer IP stack and comes back through
 * the tunnel's socket, if it is any good.
 *
 * Context: RCU read side, softirq.
 * Return: %NF_STOLEN for a packet that was taken, else %NF_ACCEPT.
 */
unsigned int uvn_tunnel_hook(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	const struct uvn_tunnel_frame *f;
	struct uvn_lower *lower = priv;
	const struct uvn_addr *to;
	__be32 saddr, daddr;
	u8 tos;

	if (skb->protocol != htons(ETH_P_IP) || skb->pkt_type != PACKET_HOST ||
	    skb_vlan_tag_present(skb) || !pskb_may_pull(skb, sizeof(*f)))
		return NF_ACCEPT;
	f = (struct uvn_tunnel_frame *)skb->data;
	if (f->ip.protocol != IPPROTO_UDP || f->ip.version != 4 ||
	    f->ip.ihl != 5 || ip_is_fragment(&f->ip))
		return NF_ACCEPT;
	to = uvn_tunnel_addr(lower, f->ip.daddr, f->udp.dest);
	if (!to)
		return NF_ACCEPT;
	if (ntohs(f->ip.tot_len) != skb->len ||
	    ntohs(f->udp.len) != skb->len - sizeof(f->ip) ||
	    ip_fast_csum(&f->ip, 5) ||
	    (f->udp.check && !skb_csum_unnecessary(skb)))
		return NF_ACCEPT;

	/* As the UDP layer does when a checksum is absent or verified. */
	__skb_decr_checksum_unnecessary(skb);
	saddr = f->ip.saddr;
	daddr = f->ip.daddr;
	tos = f->ip.tos;
	skb_pull_rcsum(skb, offsetof(struct uvn_tunnel_frame, vxlan));
	uvn_tunnel_rcv(lower, to, skb, saddr, daddr, tos);
	return NF_STOLEN;
}

/* The long way: fragments, other checksums, anything unusual. Everything to
 * a port of ours ends here; nothing is left for a reader.
 */
static int uvn_tunnel_encap_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct uvn_tunnel *tunnel = rcu_dereference_sk_user_data(sk);
	const struct iphdr *iph = ip_hdr(skb);
	const struct uvn_addr *to = NULL;
	struct uvn_lower *lower;
	__be32 saddr = iph->saddr, daddr = iph->daddr;
	u8 tos = iph->tos;

	if (!tunnel) {
		kfree_skb(skb);
		return 0;
	}
	if (!pskb_may_pull(skb, sizeof(struct udphdr) +
			   sizeof(struct uvn_vxlan) + sizeof(struct iphdr))) {
		uvn_tunnel_drop(tunnel->un, skb, UVN_DROP_HEADER);
		return 0;
	}
	/* The device is the loopback or a VRF for whatever was sent on this
	 * node or came through somebody's VRF: no lower device is either.
	 */
	lower = uvn_lower_find(tunnel->un, skb->dev->ifindex);
	if (lower)
		to = uvn_tunnel_addr(lower, daddr, tunnel->port);
	if (!to) {
		uvn_tunnel_drop(tunnel->un, skb, UVN_DROP_DEVICE);
		return 0;
	}
	skb_pull_rcsum(skb, sizeof(struct udphdr));
	uvn_tunnel_rcv(lower, to, skb, saddr, daddr, tos);
	return 0;
}

static struct sk_buff *uvn_tunnel_gro_receive(struct sock *sk,
					      struct list_head *head,
					      struct sk_buff *skb)
{
	const size_t hlen = offsetof(struct uvn_vxlan, dst);
	unsigned int off = skb_gro_offset(skb);
	const struct uvn_vxlan *vx, *other;
	struct sk_buff *pp = NULL, *p;
	int flush = 1;

	vx = skb_gro_header(skb, off + hlen, off);
	if (unlikely(!vx) || vx->flags != UVN_VXLAN_FLAGS)
		goto out;
	skb_gro_postpull_rcsum(skb, vx, hlen);
	skb_gro_pull(skb, hlen);

	list_for_each_entry(p, head, list) {
		if (!NAPI_GRO_CB(p)->same_flow)
			continue;
		other = (struct uvn_vxlan *)(p->data + off);
		if (vx->vni != other->vni)
			NAPI_GRO_CB(p)->same_flow = 0;
	}
	pp = call_gro_receive(eth_gro_receive, head, skb);
	flush = 0;
out:
	skb_gro_flush_final(skb, pp, flush);
	return pp;
}

static int uvn_tunnel_gro_complete(struct sock *sk, struct sk_buff *skb,
				   int nhoff)
{
	return eth_gro_complete(skb, nhoff + offsetof(struct uvn_vxlan, dst));
}

static struct uvn_tunnel *uvn_tunnel_find(struct uvn_net *un, __be16 port)
{
	struct uvn_tunnel *tunnel;

	list_for_each_entry(tunnel, &un->tunnels, list)
		if (tunnel->port == port)
			return tunnel;
	return NULL;
}

static struct uvn_tunnel *uvn_tunnel_new(struct uvn_net *un, __be16 port)
{
	struct udp_tunnel_sock_cfg tunnel_cfg = {
		.encap_type = 1,
		.encap_rcv = uvn_tunnel_encap_rcv,
		.gro_receive = uvn_tunnel_gro_receive,
		.gro_complete = uvn_tunnel_gro_complete,
	};
	struct udp_port_cfg port_cfg = {
		.family = AF_INET,
		.local_udp_port = port,
	};
	struct uvn_tunnel *tunnel = kzalloc(sizeof(*tunnel), GFP_KERNEL);
	struct socket *sock;
	int err;

	if (!tunnel)
		return ERR_PTR(-ENOMEM);
	tunnel->un = un;
	tunnel->port = port;
	err = udp_sock_create(un->net, &port_cfg, &sock);
	if (err) {
		kfree(tunnel);
		return ERR_PTR(err);
	}
	tunnel->sk = sock->sk;
	tunnel_cfg.sk_user_data = tunnel;
	setup_udp_tunnel_sock(un->net, tunnel->sk, &tunnel_cfg);
	rtnl_lock();
	list_add_tail(&tunnel->list, &un->tunnels);
	udp_tunnel_notify_add_rx_port(tunnel->sk, UDP_TUNNEL_TYPE_VXLAN);
	rtnl_unlock();
	return tunnel;
}

/**
 * uvn_tunnel_open - open the sockets of a configuration's ports
 * @un: namespace; its lock is held
 * @cfg: the configuration, published or about to be
 * @extack: says why not
 *
 * What was opened before a failure stays open until uvn_tunnel_close().
 *
 * Context: may sleep; takes RTNL.
 * Return: 0, or a negative errno.
 */
int uvn_tunnel_open(struct uvn_net *un, const struct uvn_config *cfg,
		    struct netlink_ext_ack *extack)
{
	unsigned int i;

	lockdep_assert_held(&un->lock);
	for (i = 0; i < cfg->n_subnets; i++) {
		__be16 port = cfg->subnets[i].port;
		struct uvn_tunnel *tunnel;

		if (uvn_tunnel_find(un, port))
			continue;
		tunnel = uvn_tunnel_new(un, port);
		if (IS_ERR(tunnel)) {
			NL_SET_ERR_MSG_FMT(extack,
					   "UDP port %u cannot be opened (error %ld)",
					   ntohs(port), -PTR_ERR(tunnel));
			return PTR_ERR(tunnel);
		}
	}
	return 0;
}

/**
 * uvn_tunnel_close - close sockets
 * @un: namespace; its lock is held, or it is going away
 * @keep: configuration whose ports stay open, or NULL for none
 *
 * The caller has seen to it that no lower's address has a socket any more
 * that goes away here.
 *
 * Context: may sleep; takes RTNL.
 */
void uvn_tunnel_close(struct uvn_net *un, const struct uvn_config *keep)
{
	struct uvn_tunnel *tunnel, *next;
	LIST_HEAD(closing);

	rtnl_lock();
	list_for_each_entry_safe(tunnel, next, &un->tunnels, list) {
		if (keep && uvn_config_port(keep, tunnel->port))
			continue;
		udp_tunnel_notify_del_rx_port(tunnel->sk,
					      UDP_TUNNEL_TYPE_VXLAN);
		list_move(&tunnel->list, &closing);
	}
	rtnl_unlock();
	if (list_empty(&closing))
		return;

	/* Senders that still have the socket from a lower's addresses. */
	synchronize_net();
	list_for_each_entry_safe(tunnel, next, &closing, list) {
		udp_tunnel_sock_release(tunnel->sk);
		kfree(tunnel);
	}
}

/**
 * uvn_tunnel_push - tell a device which ports are VXLAN
 * @un: namespace
 * @dev: a device that asks for it
 * @add: tell, or take back
 *
 * Context: RTNL.
 */
void uvn_tunnel_push(struct uvn_net *un, struct net_device *dev, bool add)
{
	struct uvn_tunnel *tunnel;

	ASSERT_RTNL();
	list_for_each_entry(tunnel, &un->tunnels, list) {
		if (add)
			udp_tunnel_push_rx_port(dev, tunnel->sk,
						UDP_TUNNEL_TYPE_VXLAN);
		else
			udp_tunnel_drop_rx_port(dev, tunnel->sk,
						UDP_TUNNEL_TYPE_VXLAN);
	}
}

/**
 * uvn_tunnel_sk - the tunnel socket of a port
 * @un: namespace
 * @port: UDP port
 *
 * Context: RTNL.
 * Return: the socket, or NULL.
 */
struct sock *uvn_tunnel_sk(struct uvn_net *un, __be16 port)
{
	struct uvn_tunnel *tunnel = uvn_tunnel_find(un, port);

	return tunnel ? tunnel->sk : NULL;
}

static bool uvn_tunnel_has_group(const struct uvn_addrs *addrs,
				 const struct uvn_addr *addr)
{
	unsigned int i;

	for (i = 0; addrs && i < addrs->n; i++)
		if (addrs->a[i].sk == addr->sk &&
		    addrs->a[i].subnet.group.ip == addr->subnet.group.ip)
			return true;
	return false;
}

static void uvn_tunnel_group(struct uvn_lower *lower,
			     const struct uvn_addr *addr, bool join)
{
	struct ip_mreqn mreq = {
		.imr_multiaddr.s_addr = addr->subnet.group.ip,
		.imr_ifindex = lower->ifindex,
	};
	int err;

	lock_sock(addr->sk);
	err = join ? ip_mc_join_group(addr->sk, &mreq) :
		     ip_mc_leave_group(addr->sk, &mreq);
	release_sock(addr->sk);
	if (err && err != -EADDRINUSE && join)
		netdev_warn(lower->dev, "uvn: group %pI4 not joined (%d)\n",
			    &addr->subnet.group.ip, err);
}

/**
 * uvn_tunnel_join - follow a lower device's addresses into the groups of
 *	their subnets
 * @lower: the lower device
 * @old: its addresses until now, or NULL
 * @new: its addresses from now on, or NULL
 *
 * Context: RTNL.
 */
void uvn_tunnel_join(struct uvn_lower *lower, const struct uvn_addrs *old,
		     const struct uvn_addrs *new)
{
	unsigned int i;

	ASSERT_RTNL();
	for (i = 0; new && i < new->n; i++)
		if (new->a[i].subnet.group.ip &&
		    !uvn_tunnel_has_group(old, &new->a[i]))
			uvn_tunnel_group(lower, &new->a[i], true);
	for (i = 0; old && i < old->n; i++)
		if (old->a[i].subnet.group.ip &&
		    !uvn_tunnel_has_group(new, &old->a[i]))
			uvn_tunnel_group(lower, &old->a[i], false);
}
