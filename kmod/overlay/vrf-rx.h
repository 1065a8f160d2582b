/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way into a user's VRF.
 */
#ifndef _UVN_VRF_RX_H
#define _UVN_VRF_RX_H

#include <linux/types.h>

struct sk_buff;
struct uvn_user;

int uvn_vrf_rx_open(struct uvn_user *user);
void uvn_vrf_rx_close(struct uvn_user *user);
void uvn_vrf_rx_receive(struct uvn_user *user, struct sk_buff *skb, u8 family);
bool uvn_vrf_rx_deliver(struct uvn_user *user, struct sk_buff *skb, u8 family);

#endif /* _UVN_VRF_RX_H */
