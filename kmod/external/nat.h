/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Translation off the subnets, and the way back.
 */
#ifndef _UVN_NAT_H
#define _UVN_NAT_H

#include <linux/limits.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/types.h>

struct netlink_ext_ack;
struct nf_conn;
struct nf_conntrack_tuple;
struct nf_hook_state;
struct sk_buff;
struct uvn_config;
struct uvn_net;

/* No reason to refuse anything: the packet is lost, as it may be on any wire. */
#define UVN_NAT_LOST	U32_MAX

/**
 * struct uvn_net_nat - translation in a namespace
 * @ops: netfilter hooks for answers from off the subnets (IPv4, IPv6)
 * @on: they are registered; un->lock
 */
struct uvn_net_nat {
	struct nf_hook_ops ops[2];
	bool on;
};

bool uvn_nat_mangle(struct sk_buff *skb, struct nf_conn *ct,
		    enum ip_conntrack_info ctinfo, unsigned int hook,
		    u8 family);
struct nf_conn *uvn_nat_track(struct sk_buff *skb, const struct nf_hook_state *state,
			      enum ip_conntrack_info *ctinfo);
bool uvn_nat_is_pools(const struct uvn_config *cfg, const struct nf_conn *ct,
		      u8 family);
struct nf_conn *uvn_nat_flow(struct uvn_net *un,
			     const struct nf_conntrack_tuple *tuple);
u32 uvn_nat_out(struct uvn_net *un, int vrf, struct sk_buff *skb,
		const struct nf_hook_state *state);
bool uvn_nat_is_source(struct uvn_net *un, const struct sk_buff *skb, u8 family);
bool uvn_nat_is_nodes(struct uvn_net *un, const struct sk_buff *skb, u8 family);
void uvn_nat_reserve(struct uvn_net *un, struct sk_buff *skb,
		     const struct nf_hook_state *state);
unsigned int uvn_nat_back(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state);
void uvn_nat_forget_all(struct uvn_net *un, struct uvn_config *cfg);
int uvn_nat_open(struct uvn_net *un, const struct uvn_config *cfg,
		 struct netlink_ext_ack *extack);
void uvn_nat_close(struct uvn_net *un, const struct uvn_config *keep);
int uvn_nat_init(void);
void uvn_nat_exit(void);

#endif /* _UVN_NAT_H */
