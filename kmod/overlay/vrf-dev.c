// SPDX-License-Identifier: GPL-2.0
/*
 * The `uvn` device, which is a user's VRF: its life, and what the kernel asks of it. It
 * is the L3 master of the user's sockets, without slaves, and transmits by itself
 * (vrf-tx.c).
 *
 * It has no address of IPv4 that another device has: the user's table says what is
 * local and from where a packet is sent to the subnets, and nobody who looks for the
 * device of the node's address finds this one. IPv6 asks for addresses on a device of
 * the VRF, so there it has those of the node's, too.
 */
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/xarray.h>
#include <net/addrconf.h>
#include <net/dst_metadata.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>
#include <net/rtnetlink.h>

#include "core/netns.h"
#include "core/traffic.h"
#include "core/user.h"
#include "overlay/nf-view.h"
#include "overlay/vrf-dev.h"
#include "overlay/vrf-rx.h"
#include "overlay/vrf-tx.h"
#include "overlay/vrf.h"
#include "underlay/encap.h"
#include "underlay/lower.h"

static u32 uvn_vrf_dev_fib_table(const struct net_device *dev)
{
	const struct uvn_vrf *vrf = netdev_priv(dev);

	return vrf->user->table;
}

/* A packet for one host alone, by which device did it come? Sockets that are bound to
 * that device get it, too, and those that ask are told. Multicast stays the VRF's, and
 * so does what is for ::1: TCP refuses that by the device that is noted.
 */
static void uvn_vrf_dev_note_device(struct uvn_net *un, struct sk_buff *skb, u8 family)
{
	int iif;

	if ((skb->pkt_type != PACKET_HOST && skb->pkt_type != PACKET_LOOPBACK) ||
	    (family == AF_INET ? ipv4_is_multicast(ip_hdr(skb)->daddr) :
				 rt6_need_strict(&ipv6_hdr(skb)->daddr)))
		return;
	iif = uvn_nf_view_came_by(un, skb, family);
	if (iif && family == AF_INET)
		IPCB(skb)->iif = iif;
	else if (iif)
		IP6CB(skb)->iif = iif;
}

/* Has a hook given it another destination? */
static bool uvn_vrf_dev_is_redirected(const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	return unlikely(ct && READ_ONCE(ct->status) & IPS_DST_NAT) &&
	       skb->pkt_type == PACKET_HOST && !skb_valid_dst(skb);
}

/* A packet is received by the VRF, behind PRE_ROUTING. As with any VRF, sockets that
 * are bound to no device get it where the sysctls for l3mdev say so. What this host
 * has sent to itself has been shown to packet sockets, and is for the host.
 */
static struct sk_buff *uvn_vrf_l3_rcv(struct net_device *dev, struct sk_buff *skb,
				      u16 family)
{
	struct uvn_vrf *vrf = netdev_priv(dev);

	if (uvn_vrf_dev_is_redirected(skb) && !uvn_vrf_rx_redirected(vrf, skb, family))
		return NULL;
	uvn_vrf_rx_mark(skb, family);
	uvn_vrf_dev_note_device(vrf->un, skb, family);
	if (family == AF_INET && ipv4_is_multicast(ip_hdr(skb)->daddr))
		return skb;
	if (skb->pkt_type == PACKET_LOOPBACK)
		skb->pkt_type = family == AF_INET && skb_rtable(skb) &&
				skb_rtable(skb)->rt_flags & RTCF_BROADCAST ?
				PACKET_BROADCAST : PACKET_HOST;
	return skb;
}

static const struct l3mdev_ops uvn_vrf_dev_l3mdev_ops = {
	.l3mdev_fib_table = uvn_vrf_dev_fib_table,
	.l3mdev_l3_rcv = uvn_vrf_l3_rcv,
};

/* Room for the entry in the table of VNIs, not the entry yet: should the
 * registration fail after this, nobody must have seen the device.
 */
static int uvn_vrf_dev_reserve(struct net_device *dev)
{
	struct uvn_vrf *vrf = netdev_priv(dev);
	int err;

	err = xa_insert(&vrf->un->vnis, vrf->user->vni, NULL, GFP_KERNEL);
	if (err)
		return err;
	refcount_inc(&vrf->user->refs);
	vrf->user->device = dev;
	return 0;
}

/* Whatever way the device goes, it goes through here. */
static void uvn_vrf_dev_release(struct net_device *dev)
{
	struct uvn_vrf *vrf = netdev_priv(dev);
	struct uvn_user *user = vrf->user;

	xa_erase(&vrf->un->vnis, user->vni);
	uvn_vrf_rx_close(user);
	/* One that was not registered has counted nothing, and not where to. */
	if (dev->reg_state == NETREG_UNREGISTERING)
		uvn_traffic_keep(user, dev);
	user->device = NULL;
	uvn_user_invalidate(user);
}

/* After the grace period that ends the device's life on the packet path. */
static void uvn_vrf_dev_free(struct net_device *dev)
{
	struct uvn_vrf *vrf = netdev_priv(dev);

	uvn_user_put(vrf->user);
}

/* For a device that comes up IPv6 looks through all tables of the namespace, and so
 * through every user's, for routes that the device had before. A new one had none; to
 * IPv6 it is switched off until the others have been told.
 */
static void uvn_vrf_dev_hide_from_ipv6(struct net_device *dev)
{
	struct inet6_dev *idev = __in6_dev_get(dev);
	struct uvn_vrf *vrf = netdev_priv(dev);

	if (vrf->un->making != vrf->user || !idev || idev->cnf.disable_ipv6)
		return;
	WRITE_ONCE(idev->cnf.disable_ipv6, 1);
	vrf->hidden_from_ipv6 = true;
}

/* The routes have gone as the device was taken down. */
static int uvn_vrf_dev_open(struct net_device *dev)
{
	struct uvn_vrf *vrf = netdev_priv(dev);

	uvn_vrf_dev_hide_from_ipv6(dev);
	uvn_user_invalidate(vrf->user);
	return 0;
}

/* IPv6 was told before: who is told of devices is so in the order of registration. What
 * else it would have done is for addresses, of which there are none yet.
 */
static int uvn_vrf_dev_netdev_event(struct notifier_block *nb, unsigned long event,
				    void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct uvn_vrf *vrf = uvn_vrf_of(dev);
	struct inet6_dev *idev;

	if (event != NETDEV_UP || !vrf || !vrf->hidden_from_ipv6)
		return NOTIFY_DONE;
	vrf->hidden_from_ipv6 = false;
	idev = __in6_dev_get(dev);
	if (idev) {
		WRITE_ONCE(idev->cnf.disable_ipv6, 0);
		idev->if_flags |= IF_READY;
	}
	return NOTIFY_DONE;
}

static struct notifier_block uvn_vrf_dev_netdev_nb = {
	.notifier_call = uvn_vrf_dev_netdev_event,
};

static const struct net_device_ops uvn_vrf_dev_ops = {
	.ndo_init = uvn_vrf_dev_reserve,
	.ndo_uninit = uvn_vrf_dev_release,
	.ndo_open = uvn_vrf_dev_open,
	.ndo_start_xmit = uvn_vrf_tx_xmit,
	.ndo_neigh_construct = uvn_vrf_tx_neigh,
	.ndo_get_stats64 = dev_get_tstats64,
};

/* Of one size: how large a packet may be says the route that it goes by. With
 * IFF_POINTOPOINT all addresses of IPv4 have one neighbour.
 */
static void uvn_vrf_dev_setup(struct net_device *dev)
{
	const netdev_features_t features = NETIF_F_SG | NETIF_F_FRAGLIST |
					   NETIF_F_HIGHDMA | NETIF_F_HW_CSUM |
					   NETIF_F_RXCSUM | NETIF_F_GSO_SOFTWARE;

	dev->netdev_ops = &uvn_vrf_dev_ops;
	dev->l3mdev_ops = &uvn_vrf_dev_l3mdev_ops;
	dev->needs_free_netdev = true;
	dev->priv_destructor = uvn_vrf_dev_free;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_NOARP | IFF_POINTOPOINT | IFF_MULTICAST;
	dev->priv_flags |= IFF_NO_QUEUE | IFF_L3MDEV_MASTER | IFF_NO_RX_HANDLER;
	dev->features |= features;
	dev->hw_features |= features;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	dev->mtu = IP_MAX_MTU;
	dev->min_mtu = IP_MAX_MTU;
	dev->max_mtu = IP_MAX_MTU;
	/* What stays on the host goes by the route that its socket has found. */
	netif_keep_dst(dev);
	netdev_set_lltx(dev);
	netdev_set_netns_immutable(dev);
}

/* What is put before a packet, by the lower device that wants most. Not more: the memory
 * of a small packet is of the next larger size then, and kernels clear all of it.
 */
static unsigned int uvn_vrf_dev_headroom(const struct uvn_net *un)
{
	const struct uvn_lower *lower;
	unsigned int most = 0;

	list_for_each_entry(lower, &un->lowers, list)
		most = max_t(unsigned int, most, LL_RESERVED_SPACE(lower->dev));
	return most + UVN_ENCAP_HLEN6;
}

/**
 * uvn_vrf_dev_make_room - have packets made with room for what is put before them
 * @user: whose VRF; nothing is done where there is none
 *
 * Lower devices have come or gone. A packet that was made with less is copied.
 *
 * Context: RTNL.
 */
void uvn_vrf_dev_make_room(const struct uvn_user *user)
{
	ASSERT_RTNL();
	if (user->device)
		WRITE_ONCE(user->device->needed_headroom,
			   uvn_vrf_dev_headroom(user->un));
}

/* Only the worker makes VRFs, and it says for whom (un->making): one made by hand
 * could have neither a user nor the checks that go with one.
 */
static int uvn_vrf_dev_new(struct net_device *dev, struct nlattr *tb[],
			   struct netlink_ext_ack *extack)
{
	struct uvn_vrf *vrf = netdev_priv(dev);
	struct uvn_net *un = uvn_netns(dev_net(dev));
	struct uvn_user *user = un->making;
	int err;

	if (!user || current != un->worker->task) {
		NL_SET_ERR_MSG(extack, "uvn devices are made by uvn alone");
		return -EPERM;
	}
	vrf->dev = dev;
	vrf->un = un;
	vrf->user = user;
	vrf->uid = user->uid;
	vrf->vni_field = uvn_encap_vni_field(user->vni);
	dev->needed_headroom = uvn_vrf_dev_headroom(un);

	err = register_netdevice(dev);
	if (err)
		return err;
	xa_store(&un->vnis, user->vni, vrf, GFP_KERNEL);
	return 0;
}

RTNL_NEWLINK(uvn_vrf_dev_newlink, uvn_vrf_dev_new)

/* As of a VRF of vrf.ko's. */
static size_t uvn_vrf_dev_get_size(const struct net_device *dev)
{
	return nla_total_size(sizeof(u32));
}

static int uvn_vrf_dev_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	return nla_put_u32(skb, IFLA_VRF_TABLE, uvn_vrf_dev_fib_table(dev));
}

static struct rtnl_link_ops uvn_vrf_dev_link_ops __read_mostly = {
	.kind = UVN_ENCAP_KIND,
	.priv_size = sizeof(struct uvn_vrf),
	.setup = uvn_vrf_dev_setup,
	.newlink = uvn_vrf_dev_newlink,
	.get_size = uvn_vrf_dev_get_size,
	.fill_info = uvn_vrf_dev_fill_info,
};

/* With the last address of IPv4 of a device the kernel takes its routes from all tables:
 * who has given a user's VRF one takes the user's routes with it.
 */
static int uvn_vrf_dev_inetaddr_event(struct notifier_block *nb, unsigned long event,
				      void *ptr)
{
	const struct in_ifaddr *ifa = ptr;
	struct uvn_vrf *vrf = uvn_vrf_of(ifa->ifa_dev->dev);

	if (vrf && event == NETDEV_DOWN)
		uvn_user_invalidate(vrf->user);
	return NOTIFY_DONE;
}

static struct notifier_block uvn_vrf_dev_inetaddr_nb = {
	.notifier_call = uvn_vrf_dev_inetaddr_event,
};

/**
 * uvn_vrf_dev_init - have the kernel know the devices
 *
 * Return: 0 or a negative errno.
 */
int uvn_vrf_dev_init(void)
{
	int err;

	uvn_vrf_know(&uvn_vrf_dev_ops);
	err = register_netdevice_notifier(&uvn_vrf_dev_netdev_nb);
	if (err)
		return err;
	err = register_inetaddr_notifier(&uvn_vrf_dev_inetaddr_nb);
	if (err)
		goto err_netdev;
	err = rtnl_link_register(&uvn_vrf_dev_link_ops);
	if (err)
		goto err_inetaddr;
	return 0;

err_inetaddr:
	unregister_inetaddr_notifier(&uvn_vrf_dev_inetaddr_nb);
err_netdev:
	unregister_netdevice_notifier(&uvn_vrf_dev_netdev_nb);
	return err;
}

/**
 * uvn_vrf_dev_exit - have it forget them
 */
void uvn_vrf_dev_exit(void)
{
	rtnl_link_unregister(&uvn_vrf_dev_link_ops);
	unregister_inetaddr_notifier(&uvn_vrf_dev_inetaddr_nb);
	unregister_netdevice_notifier(&uvn_vrf_dev_netdev_nb);
}
