/* SPDX-License-Identifier: GPL-2.0 */
/*
 * By which devices netfilter sees users' packets come and go.
 */
#ifndef _UVN_NF_VIEW_H
#define _UVN_NF_VIEW_H

#include <linux/bits.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <net/dst.h>

struct uvn_net;

/* The hooks, of each family, in the order in which they are registered; they go in the
 * reverse of it.
 */
enum uvn_nf_view_place {
	UVN_NF_VIEW_PRE,
	UVN_NF_VIEW_IN,
	UVN_NF_VIEW_POST,
	UVN_NF_VIEW_LED_BEHIND,
	UVN_NF_VIEW_LED_BEFORE,
	UVN_NF_VIEW_LED_IN,
	UVN_NF_VIEW_LED_POST,
	UVN_NF_VIEW_ZONE_PRE,
	UVN_NF_VIEW_ZONE_OUT,
	UVN_NF_VIEW_BACK,
	UVN_NF_VIEW_PLACES
};

#define UVN_NF_VIEW_BIT(family, place)	\
	BIT(((family) == AF_INET6 ? UVN_NF_VIEW_PLACES : 0) + (place))

/**
 * struct uvn_net_nf_view - what shows netfilter a namespace's devices
 * @ops: the hooks, those of IPv4 first
 * @there: bits of those that are registered; @work
 * @seen: how many hooks there were (IPv4, IPv6; on the way in, out) when none was missing
 * @back: translates back what LOCAL_IN was to see as it came
 * @open: they may be; un->lock
 * @work: registers those that are needed
 */
struct uvn_net_nf_view {
	struct nf_hook_ops ops[2 * UVN_NF_VIEW_PLACES];
	u32 there;
	u32 seen[2][2];
	nf_hookfn *back;
	bool open;
	struct work_struct work;
};

void uvn_nf_view_init(struct uvn_net *un, nf_hookfn *back);
int uvn_nf_view_open(struct uvn_net *un);
void uvn_nf_view_close(struct uvn_net *un);
void uvn_nf_view_forget(struct uvn_net *un);
void uvn_nf_view_check(struct uvn_net *un, u8 family, bool out);
void uvn_nf_view_leaves(struct uvn_net *un, struct sk_buff *skb,
			const struct nf_hook_state *state);
int uvn_nf_view_receives(struct uvn_net *un, u8 family,
			 const union nf_inet_addr *addr);
int uvn_nf_view_came_by(struct uvn_net *un, const struct sk_buff *skb, u8 family);

/* Is a hook there? */
static inline bool uvn_nf_view_has(const struct uvn_net_nf_view *view, u8 family,
				   enum uvn_nf_view_place place)
{
	return READ_ONCE(view->there) & UVN_NF_VIEW_BIT(family, place);
}

/* The guard lets a packet go: what is not in a VRF is not a user's. */
static inline void uvn_nf_view_out(struct uvn_net *un, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	if (netif_is_l3_master(skb_dst(skb)->dev))
		uvn_nf_view_leaves(un, skb, state);
}

#endif /* _UVN_NF_VIEW_H */
