/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which user has a published port.
 */
#ifndef _UVN_PORT_CLAIM_H
#define _UVN_PORT_CLAIM_H

#include <linux/types.h>

struct nf_hook_state;
struct sk_buff;
struct sock;
struct sockaddr;
struct uvn_net;
struct uvn_packet;
struct uvn_user;

int uvn_port_claim_take(struct uvn_net *un, const struct sock *sk,
			u32 uid, int vrf, const struct sockaddr *addr, int len);
struct uvn_user *uvn_port_claim_owner(struct uvn_net *un, u8 protocol, u16 port);
struct uvn_user *uvn_port_claim_find(struct uvn_net *un,
				     const struct sk_buff *skb,
				     const struct uvn_packet *p,
				     const struct nf_hook_state *state,
				     bool *any);

#endif /* _UVN_PORT_CLAIM_H */
