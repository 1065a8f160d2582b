/* SPDX-License-Identifier: GPL-2.0 */
/*
 * By which devices netfilter sees users' packets come and go.
 */
#ifndef _UVN_NF_VIEW_H
#define _UVN_NF_VIEW_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <net/dst.h>

struct uvn_net;

unsigned int uvn_nf_view_pre(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state);
unsigned int uvn_nf_view_local_in(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state);
unsigned int uvn_nf_view_post(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state);
unsigned int uvn_nf_view_zone_pre(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state);
unsigned int uvn_nf_view_zone_out(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state);
void uvn_nf_view_leaves(struct uvn_net *un, struct sk_buff *skb,
			const struct nf_hook_state *state);
int uvn_nf_view_receives(struct uvn_net *un, u8 family,
			 const union nf_inet_addr *addr);
int uvn_nf_view_came_by(struct uvn_net *un, const struct sk_buff *skb, u8 family);

/* The guard lets a packet go: what is not in a VRF is not a user's. */
static inline void uvn_nf_view_out(struct uvn_net *un, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	if (netif_is_l3_master(skb_dst(skb)->dev))
		uvn_nf_view_leaves(un, skb, state);
}

#endif /* _UVN_NF_VIEW_H */
