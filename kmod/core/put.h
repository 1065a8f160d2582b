/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What messages say of a user network and of addresses.
 */
#ifndef _UVN_PUT_H
#define _UVN_PUT_H

#include <linux/netfilter.h>
#include <linux/types.h>

struct sk_buff;
struct uvn_user;

int uvn_put_addr(struct sk_buff *skb, int attrtype, u8 family,
		 const union nf_inet_addr *addr);
int uvn_put_counts(struct sk_buff *skb, int total_type, int type, int pad,
		   const u64 *counts, u32 max);
int uvn_put_user(struct sk_buff *skb, struct uvn_user *user);

#endif /* _UVN_PUT_H */
