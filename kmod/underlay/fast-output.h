/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fast path to the neighbour.
 */
#ifndef _UVN_FAST_OUTPUT_H
#define _UVN_FAST_OUTPUT_H

#include <linux/limits.h>
#include <linux/types.h>

struct dst_entry;
struct in6_addr;
struct sk_buff;
struct uvn_net;

/* Of socket/forward.c's hooks, by which that in POST_ROUTING is known here: behind
 * translation, and before connection tracking takes a flow for one.
 */
#define UVN_FORWARD_PRIORITY	(INT_MAX - 1)

/* Of overlay/nf-view.c's hooks: before all others. */
#define UVN_NF_VIEW_PRIORITY	INT_MIN

bool uvn_fast_output_may(const struct uvn_net *un, u8 family,
			 const struct dst_entry *dst,
			 const struct sk_buff *skb);
int uvn_fast_output4(struct sk_buff *skb, struct dst_entry *dst, __be32 saddr,
		     __be32 daddr, u8 tos, __be16 sport, __be16 dport);
int uvn_fast_output6(struct sk_buff *skb, struct dst_entry *dst,
		     const struct in6_addr *saddr, const struct in6_addr *daddr,
		     u8 tos, __be16 sport, __be16 dport, bool check);

#endif /* _UVN_FAST_OUTPUT_H */
