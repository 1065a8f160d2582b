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
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/inet_ecn.h>
#include <net/ip_tunnels.h>
#include <net/route.h>
#include <net/rtnetlink.h>
#include <net/udp_tunnel.h>

#include "uvn.h"

#define UVN_LINK_HLEN	(sizeof(struct iphdr) + sizeof(struct udphdr) + \
			 sizeof(struct uvn_vxlan))

/**
 * uvn_link_name - the name of a link
 * @name: IFNAMSIZ bytes; set to the empty string if the name that @lower and
 *	@uid make is too long, and the short form is to be used
 * @lower: name of the lower device, or NULL for the short form
 * @uid: of the user
 * @vni: of the user, unique in the namespace
 * @lower_ifindex: of the lower device, unique in the namespace
 */
void uvn_link_name(char *name, const char *lower, u32 uid, u32 vni,
		   int lower_ifindex)
{
	if (!lower)
		snprintf(name, IFNAMSIZ, "u%06x%x", vni, lower_ifindex);
	else if (snprintf(name, IFNAMSIZ, "%su%u", lower, uid) >= IFNAMSIZ)
		*name = '\0';
}

/**
 * uvn_link_mtu - MTU of a link
 * @lower_mtu: MTU of its lower device in bytes
 *
 * Return: what is left for the inner packet, but no less than IPv4 needs.
 */
int uvn_link_mtu(unsigned int lower_mtu)
{
	return max_t(int, lower_mtu - UVN_LINK_HLEN, IPV4_MIN_MTU);
}

/* MACs mean nothing here; these make captures readable. */
static void uvn_link_mac(u8 *mac, __be32 addr)
{
	if (ipv4_is_multicast(addr)) {
		ip_eth_mc_map(addr, mac);
		return;
	}
	mac[0] = 0x02;
	mac[1] = 0x00;
	memcpy(mac + 2, &addr, sizeof(addr));
}

/* Where the outer packet goes: to the inner destination itself, or to the
 * subnet's group if that is multicast or broadcast. 0 for nowhere.
 */
static __be32 uvn_link_remote(const struct uvn_addr *src, __be32 daddr)
{
	const struct uvn_subnet *subnet = &src->subnet;

	if (ipv4_is_multicast(daddr) || ipv4_is_lbcast(daddr) ||
	    daddr == src->brd)
		return subnet->group.ip;
	if (!uvn_prefix_has4(&subnet->prefix, daddr))
		return 0;
	if (subnet->prefix.len < 31 &&
	    !(~daddr & ~inet_make_mask(subnet->prefix.len)))
		return subnet->group.ip;
	return daddr;
}

static netdev_tx_t uvn_link_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct uvn_link *link = netdev_priv(dev);
	__be32 saddr, daddr, remote;
	const struct uvn_addr *src;
	const struct iphdr *iph;
	struct uvn_vxlan *vx;
	struct rtable *rt;
	__be16 sport;
	u8 tos;

	if (skb->protocol != htons(ETH_P_IP) ||
	    !pskb_network_may_pull(skb, sizeof(*iph)))
		goto drop;
	iph = ip_hdr(skb);
	if (iph->version != 4)
		goto drop;
	saddr = iph->saddr;
	daddr = iph->daddr;
	src = uvn_lower_addr(link->lower, saddr);
	if (!src)
		goto drop;
	remote = uvn_link_remote(src, daddr);
	if (!remote)
		goto drop;
	tos = INET_ECN_encapsulate(iph->tos, iph->tos);
	sport = udp_flow_src_port(dev_net(dev), skb, 0, 0, false);

	rt = uvn_lower_route(link->lower, remote, saddr);
	if (IS_ERR(rt)) {
		DEV_STATS_INC(dev, tx_carrier_errors);
		goto drop;
	}
	if (skb_cow_head(skb, LL_RESERVED_SPACE(rt->dst.dev) +
			 rt->dst.header_len + UVN_LINK_HLEN))
		goto drop_rt;

	/* The inner Ethernet header first, so that the inner MAC header is in
	 * place when the offloads note where the inner packet starts.
	 */
	vx = __skb_push(skb, ETH_HLEN) - offsetof(struct uvn_vxlan, dst);
	skb_reset_mac_header(skb);
	if (remote == daddr || ipv4_is_multicast(daddr))
		uvn_link_mac(vx->dst, daddr);
	else
		eth_broadcast_addr(vx->dst);
	uvn_link_mac(vx->src, saddr);
	vx->proto = htons(ETH_P_IP);
	if (iptunnel_handle_offloads(skb, SKB_GSO_UDP_TUNNEL))
		goto drop_rt;

	__skb_push(skb, offsetof(struct uvn_vxlan, dst));
	vx = (struct uvn_vxlan *)skb->data;
	vx->flags = UVN_VXLAN_FLAGS;
	vx->vni = link->vni_field;
	skb_set_inner_protocol(skb, htons(ETH_P_TEB));

	/* No UDP checksum over IPv4 (RFC 7348, 5): the inner packet has its
	 * own, and the receiver need not go over it twice.
	 */
	udp_tunnel_xmit_skb(rt, src->sk, skb, saddr, remote, tos,
			    ip4_dst_hoplimit(&rt->dst), 0, sport,
			    src->subnet.port, false, true, 0);
	return NETDEV_TX_OK;

drop_rt:
	ip_rt_put(rt);
drop:
	DEV_STATS_INC(dev, tx_dropped);
	kfree_skb(skb);
	return NETDEV_TX_OK;
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
	uvn_user_touch(link->user);
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
 * device's.
 */
static int uvn_link_open(struct net_device *dev)
{
	struct inet6_dev *in6_dev = __in6_dev_get(dev);

	if (in6_dev)
		WRITE_ONCE(in6_dev->cnf.addr_gen_mode, IN6_ADDR_GEN_MODE_NONE);
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

/* Only the worker makes links, and it says for whom (un->making): a link made
 * by hand could have neither a user nor the checks that go with one.
 */
static int uvn_link_new(struct net_device *dev, struct nlattr *tb[],
			struct netlink_ext_ack *extack)
{
	struct uvn_link *link = netdev_priv(dev);
	struct uvn_net *un = uvn_net(dev_net(dev));
	struct uvn_user *user = un->making;
	struct uvn_lower *lower;
	int err;

	if (!user || current != un->worker->task || !tb[IFLA_LINK]) {
		NL_SET_ERR_MSG(extack, "uvn links are made by uvn alone");
		return -EPERM;
	}
	lower = uvn_lower_find(un, nla_get_u32(tb[IFLA_LINK]));
	if (!lower) {
		NL_SET_ERR_MSG(extack, "lower device is gone");
		return -ENODEV;
	}
	link->dev = dev;
	link->lower = lower;
	link->user = user;
	link->vni = user->vni;
	link->vni_field = cpu_to_be32(user->vni << 8);
	dev->needed_headroom = LL_RESERVED_SPACE(lower->dev) + UVN_LINK_HLEN;

	err = register_netdevice(dev);
	if (err)
		return err;
	xa_store(&lower->links, link->vni, link, GFP_KERNEL);
	return 0;
}

RTNL_NEWLINK(uvn_link_newlink, uvn_link_new)

struct rtnl_link_ops uvn_link_ops __read_mostly = {
	.kind = "uvn",
	.priv_size = sizeof(struct uvn_link),
	.setup = uvn_link_setup,
	.newlink = uvn_link_newlink,
};
