// SPDX-License-Identifier: GPL-2.0
/*
 * A user's VRF device. It is vrf.ko's, but for the way out of the host: that calls
 * netfilter's output hooks with the VRF as the device, before the stack calls them
 * with the link. Where no hook makes a difference between the two, and no packet
 * socket is to see the packet in between, that is left out.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/l3mdev.h>
#include <net/sch_generic.h>

#include "uvn.h"

/* Those of vrf.ko, which all VRFs share, and a copy with our way out. RTNL */
static const struct l3mdev_ops *uvn_vrf_stock;
static struct l3mdev_ops uvn_vrf_ops;

static bool uvn_vrf_is_watched(const struct net_device *vrf, u8 family,
			       const struct sk_buff *skb)
{
	const struct netdev_queue *txq = netdev_get_tx_queue(vrf, 0);

	return rcu_dereference(txq->qdisc)->enqueue ||
	       !list_empty(&vrf->ptype_all) ||
	       uvn_output_is_hooked(dev_net(vrf), family, skb);
}

static struct sk_buff *uvn_vrf_out(struct net_device *vrf, struct sock *sk,
				   struct sk_buff *skb, u16 family)
{
	if (likely(!uvn_vrf_is_watched(vrf, family, skb)))
		return skb;
	return uvn_vrf_stock->l3mdev_l3_out(vrf, sk, skb, family);
}

/**
 * uvn_vrf_take - have a user's VRF
 * @vrf: the device, that has just been made
 *
 * It goes before the module does.
 *
 * Context: RTNL.
 */
void uvn_vrf_take(struct net_device *vrf)
{
	ASSERT_RTNL();
	if (vrf->l3mdev_ops == &uvn_vrf_ops)
		return;
	if (!uvn_vrf_stock) {
		uvn_vrf_stock = vrf->l3mdev_ops;
		uvn_vrf_ops = *uvn_vrf_stock;
		uvn_vrf_ops.l3mdev_l3_out = uvn_vrf_out;
	}
	WRITE_ONCE(vrf->l3mdev_ops, &uvn_vrf_ops);
}
