/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Users' TCP connections off the subnets, and the addresses and ports that each has.
 */
#ifndef _UVN_TCP_CLAIM_H
#define _UVN_TCP_CLAIM_H

#include <linux/list.h>
#include <linux/netfilter.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct nf_hook_state;
struct sk_buff;
struct uvn_net;
struct uvn_packet;
struct uvn_pool;
struct uvn_user;

/**
 * struct uvn_net_tcp_claims - the connections off the subnets in a namespace
 * @lock: protects @list, and what is added to and taken from @table
 * @table: struct uvn_tcp_claim, by the far end and the port of this one
 * @list: the same; looked at longest ago first
 * @epoch: counts addresses of the node that have gone
 */
struct uvn_net_tcp_claims {
	spinlock_t lock; /* see above */
	struct rhltable table;
	struct list_head list;
	u32 epoch;
};

bool uvn_tcp_claim_out(struct uvn_user *user, struct sk_buff *skb,
		       const struct nf_hook_state *state,
		       const struct uvn_packet *p);
bool uvn_tcp_claim_may(struct uvn_user *user, struct sk_buff *skb,
		       const struct nf_hook_state *state,
		       const struct uvn_packet *p, const struct uvn_pool *pool);
unsigned int uvn_tcp_claim_in(struct uvn_net *un, struct sk_buff *skb,
			      const struct nf_hook_state *state,
			      const struct uvn_packet *p);
bool uvn_tcp_claim_back(struct uvn_net *un, struct sk_buff *skb, u8 family,
			const struct uvn_packet *p);
void uvn_tcp_claim_yield(struct uvn_net *un, const struct sk_buff *skb,
			 const struct nf_hook_state *state);
void uvn_tcp_claim_forget(struct uvn_net *un);
void uvn_tcp_claim_addr_gone(struct uvn_net *un);
int uvn_tcp_claim_init(struct uvn_net *un);
void uvn_tcp_claim_exit(struct uvn_net *un);

#endif /* _UVN_TCP_CLAIM_H */
