/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which ports of nat-ports a new flow may get.
 */
#ifndef _UVN_NAT_PORTS_H
#define _UVN_NAT_PORTS_H

#include <linux/types.h>

struct nf_conn;
struct nf_conntrack_tuple;
struct nf_hook_state;
struct sk_buff;
struct uvn_config;
struct uvn_pool;
struct uvn_user;

u32 uvn_nat_ports_assign(const struct uvn_user *user, struct nf_conn *ct,
			 struct sk_buff *skb, const struct nf_hook_state *state,
			 const struct uvn_pool *pool,
			 const struct nf_conntrack_tuple *tried);
bool uvn_nat_ports_is_one(const struct uvn_config *cfg,
			  const struct nf_conntrack_tuple *answer);

#endif /* _UVN_NAT_PORTS_H */
