/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What comes from off the subnets for users' flows that have claims.
 */
#ifndef _UVN_CLAIM_IN_H
#define _UVN_CLAIM_IN_H

#include <linux/types.h>

struct nf_hook_state;
struct sk_buff;
struct uvn_net;
struct uvn_packet;
struct uvn_user;

unsigned int uvn_claim_in(struct uvn_net *un, struct sk_buff *skb,
			  const struct nf_hook_state *state,
			  const struct uvn_packet *p);
bool uvn_claim_in_back(struct uvn_net *un, struct sk_buff *skb, u8 family,
		       const struct uvn_packet *p);
bool uvn_claim_in_refused(const struct uvn_user *user, struct sk_buff *skb, u8 family,
			  const struct uvn_packet *p);

#endif /* _UVN_CLAIM_IN_H */
