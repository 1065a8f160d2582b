/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which ports of nat-ports a new flow may get.
 */
#ifndef _UVN_NAT_PORTS_H
#define _UVN_NAT_PORTS_H

#include <linux/types.h>
#include <net/netfilter/nf_conntrack_tuple.h>

struct nf_conn;
struct nf_hook_state;
struct sk_buff;
struct uvn_pool;
struct uvn_user;

/**
 * struct uvn_nat_ports_try - an attempt to give a flow a port
 * @answer: what answers to the flow would be
 * @first: first of the ports that it was to have one of
 * @last: last of them; 0 before the first attempt
 */
struct uvn_nat_ports_try {
	struct nf_conntrack_tuple answer;
	unsigned int first;
	unsigned int last;
};

u32 uvn_nat_ports_assign(const struct uvn_user *user, struct nf_conn *ct,
			 struct sk_buff *skb, const struct nf_hook_state *state,
			 const struct uvn_pool *pool,
			 struct uvn_nat_ports_try *try);
bool uvn_nat_ports_is_given(struct uvn_nat_ports_try *try,
			    const struct nf_conn *ct);

#endif /* _UVN_NAT_PORTS_H */
