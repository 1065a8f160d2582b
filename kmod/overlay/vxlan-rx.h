/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VXLAN reception.
 */
#ifndef _UVN_VXLAN_RX_H
#define _UVN_VXLAN_RX_H

struct nf_hook_state;
struct sk_buff;
struct sock;
struct udp_tunnel_sock_cfg;
struct uvn_user;

extern const struct udp_tunnel_sock_cfg uvn_vxlan_rx_tunnel;

void uvn_vxlan_rx_release(struct uvn_user *user);
unsigned int uvn_vxlan_rx_hook(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state);
int uvn_vxlan_rx_rcv(struct sock *sk, struct sk_buff *skb);

#endif /* _UVN_VXLAN_RX_H */
