/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Claims of users' UDP off the subnets.
 */
#ifndef _UVN_UDP_CLAIM_H
#define _UVN_UDP_CLAIM_H

#include <linux/types.h>

struct nf_hook_state;
struct sk_buff;
struct sock;
struct uvn_claim;
struct uvn_net;
struct uvn_packet;
struct uvn_pool;
struct uvn_user;

bool uvn_udp_claim_out(struct uvn_user *user, struct sk_buff *skb,
		       const struct nf_hook_state *state,
		       const struct uvn_packet *p);
bool uvn_udp_claim_is_fit(const struct uvn_user *user, const struct sk_buff *skb,
			  const struct nf_hook_state *state,
			  const struct uvn_packet *p, const struct uvn_pool *pool);
bool uvn_udp_claim_may(struct uvn_user *user, struct sk_buff *skb,
		       const struct nf_hook_state *state,
		       const struct uvn_packet *p, const struct uvn_pool *pool);
bool uvn_udp_claim_hears(struct uvn_net *un, struct uvn_claim *claim, bool error);
void uvn_udp_claim_yield(struct uvn_net *un, const struct sk_buff *skb, u8 family,
			 const struct uvn_packet *p);
void uvn_udp_claim_has_port(const struct sock *sk);
int uvn_udp_claim_open(struct uvn_net *un);
void uvn_udp_claim_close(struct uvn_net *un);

#endif /* _UVN_UDP_CLAIM_H */
