/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a user sends to a group, or to all.
 */
#ifndef _UVN_VRF_CAST_H
#define _UVN_VRF_CAST_H

#include <linux/netfilter.h>
#include <linux/types.h>

struct sk_buff;
struct uvn_lower;

const union nf_inet_addr *uvn_vrf_cast_addr(const struct uvn_lower *lower, u8 family,
					    bool any);
void uvn_vrf_cast(struct sk_buff *skb, u8 family, int ifindex, bool bound);

#endif /* _UVN_VRF_CAST_H */
