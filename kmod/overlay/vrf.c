// SPDX-License-Identifier: GPL-2.0
/*
 * A user's VRF device. It is vrf.ko's, but for two things that cost each packet much.
 *
 * On the way out of the host vrf.ko calls netfilter's output hooks with the VRF as
 * the device, before the stack calls them with the link. Where no hook makes a
 * difference between the two, and no packet socket is to see the packet in between,
 * that is left out.
 *
 * What stays on the host vrf.ko routes once more as it transmits it. Here it goes by
 * the route that the socket has found, as it does on the loopback device.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/ip6_fib.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include <net/sch_generic.h>

#include "config/config.h"
#include "core/netns.h"
#include "core/traffic.h"
#include "core/user.h"
#include "overlay/vrf.h"
#include "underlay/fast-output.h"

/* Those of vrf.ko, which all VRFs share, and copies with our ways. RTNL */
static const struct l3mdev_ops *uvn_vrf_stock_l3mdev;
static const struct net_device_ops *uvn_vrf_stock_netdev;
static struct l3mdev_ops uvn_vrf_l3mdev_ops;
static struct net_device_ops uvn_vrf_netdev_ops;

/**
 * uvn_vrf_uid - whose VRF is a device?
 * @un: namespace
 * @dev: the device
 *
 * Context: RCU read side.
 * Return: the user's UID, or 0 if it is no user's VRF.
 */
u32 uvn_vrf_uid(struct uvn_net *un, const struct net_device *dev)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);

	return netif_is_l3_master(dev) ?
	       uvn_range_uid(cfg, l3mdev_fib_table(dev) - cfg->table_base) : 0;
}

static bool uvn_vrf_is_watched(const struct net_device *vrf, u8 family,
			       const struct sk_buff *skb)
{
	const struct netdev_queue *txq = netdev_get_tx_queue(vrf, 0);

	return rcu_dereference(txq->qdisc)->enqueue ||
	       !list_empty(&vrf->ptype_all) ||
	       uvn_fast_output_is_hooked(dev_net(vrf), family, skb);
}

static struct sk_buff *uvn_vrf_out(struct net_device *vrf, struct sock *sk,
				   struct sk_buff *skb, u16 family)
{
	if (likely(!uvn_vrf_is_watched(vrf, family, skb)))
		return skb;
	return uvn_vrf_stock_l3mdev->l3mdev_l3_out(vrf, sk, skb, family);
}

/* Is the packet's route one to this host itself? */
static bool uvn_vrf_is_local(const struct sk_buff *skb,
			     const struct net_device *vrf)
{
	const struct dst_entry *dst = skb_dst(skb);

	if (!dst || dst->dev != vrf || dst->error)
		return false;
	if (skb->protocol == htons(ETH_P_IP))
		return ((const struct rtable *)dst)->rt_type == RTN_LOCAL;
	return skb->protocol == htons(ETH_P_IPV6) &&
	       ((const struct rt6_info *)dst)->rt6i_flags & RTF_LOCAL;
}

/* Where the VRF's user has packets counted. A VRF makes no use of the pointer that
 * it is in.
 */
static struct uvn_traffic __percpu *uvn_vrf_traffic(const struct net_device *vrf)
{
	return (__force struct uvn_traffic __percpu *)
	       (unsigned long)READ_ONCE(vrf->ml_priv);
}

static netdev_tx_t uvn_vrf_xmit(struct sk_buff *skb, struct net_device *vrf)
{
	if (!uvn_vrf_is_local(skb, vrf))
		return uvn_vrf_stock_netdev->ndo_start_xmit(skb, vrf);
	skb_orphan(skb);
	/* It outlives this RCU section, in the CPU's backlog. */
	skb_dst_force(skb);
	/* Packet sockets have seen it. */
	skb->pkt_type = PACKET_LOOPBACK;
	skb->protocol = eth_type_trans(skb, vrf);
	uvn_traffic_count(uvn_vrf_traffic(vrf), UVN_TRAFFIC_LOCAL, skb->len);
	__netif_rx(skb);
	return NETDEV_TX_OK;
}

/**
 * uvn_vrf_is_taken - is a device the VRF of a user network?
 * @dev: the device
 *
 * Context: RTNL.
 */
bool uvn_vrf_is_taken(const struct net_device *dev)
{
	return dev->netdev_ops == &uvn_vrf_netdev_ops;
}

/**
 * uvn_vrf_take - have a user's VRF
 * @user: the user network
 * @vrf: the device, that has just been made
 *
 * It goes before the module does.
 *
 * Context: RTNL.
 */
void uvn_vrf_take(struct uvn_user *user, struct net_device *vrf)
{
	ASSERT_RTNL();
	WRITE_ONCE(vrf->ml_priv,
		   (void *)(__force unsigned long)user->traffic.cpu);
	if (vrf->netdev_ops == &uvn_vrf_netdev_ops)
		return;
	if (!uvn_vrf_stock_netdev) {
		uvn_vrf_stock_l3mdev = vrf->l3mdev_ops;
		uvn_vrf_l3mdev_ops = *uvn_vrf_stock_l3mdev;
		uvn_vrf_l3mdev_ops.l3mdev_l3_out = uvn_vrf_out;
		uvn_vrf_stock_netdev = vrf->netdev_ops;
		uvn_vrf_netdev_ops = *uvn_vrf_stock_netdev;
		uvn_vrf_netdev_ops.ndo_start_xmit = uvn_vrf_xmit;
	}
	netif_keep_dst(vrf);
	WRITE_ONCE(vrf->l3mdev_ops, &uvn_vrf_l3mdev_ops);
	WRITE_ONCE(vrf->netdev_ops, &uvn_vrf_netdev_ops);
}

/**
 * uvn_vrf_leave - leave a user's VRF to itself
 * @user: the user network, which goes before the device does
 *
 * After a grace period it counts for nobody.
 *
 * Context: RTNL.
 */
void uvn_vrf_leave(const struct uvn_user *user)
{
	struct net_device *vrf;

	ASSERT_RTNL();
	vrf = user->vrf ? __dev_get_by_index(user->un->net, user->vrf) : NULL;
	if (vrf)
		WRITE_ONCE(vrf->ml_priv, NULL);
}
