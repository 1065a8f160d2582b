/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a user's VRF does with what it is to send.
 */
#ifndef _UVN_VRF_TX_H
#define _UVN_VRF_TX_H

#include <linux/netdevice.h>

struct neighbour;
struct sk_buff;

netdev_tx_t uvn_vrf_tx_xmit(struct sk_buff *skb, struct net_device *dev);
struct net_device *uvn_vrf_tx_device(struct sk_buff *skb, struct net_device *dev);
int uvn_vrf_tx_neigh(struct net_device *dev, struct neighbour *neigh);

#endif /* _UVN_VRF_TX_H */
