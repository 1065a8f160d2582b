/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Claims of users' TCP connections off the subnets.
 */
#ifndef _UVN_TCP_CLAIM_H
#define _UVN_TCP_CLAIM_H

#include <linux/types.h>

struct nf_hook_state;
struct sk_buff;
struct uvn_claim;
struct uvn_net;
struct uvn_packet;
struct uvn_pool;
struct uvn_user;

bool uvn_tcp_claim_out(struct uvn_user *user, struct sk_buff *skb,
		       const struct nf_hook_state *state,
		       const struct uvn_packet *p);
bool uvn_tcp_claim_may(struct uvn_user *user, struct sk_buff *skb,
		       const struct nf_hook_state *state,
		       const struct uvn_packet *p, const struct uvn_pool *pool);
bool uvn_tcp_claim_hears(struct uvn_net *un, struct uvn_claim *claim,
			 const struct sk_buff *skb, u8 family,
			 const struct uvn_packet *p);
void uvn_tcp_claim_yield(struct uvn_net *un, const struct sk_buff *skb,
			 const struct nf_hook_state *state);

#endif /* _UVN_TCP_CLAIM_H */
