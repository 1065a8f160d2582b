/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Other addresses for packets, without connection tracking.
 */
#ifndef _UVN_READDRESS_H
#define _UVN_READDRESS_H

#include <linux/netfilter.h>
#include <linux/types.h>

struct sk_buff;
struct uvn_packet;

bool uvn_readdress_from(struct sk_buff *skb, u8 family, const struct uvn_packet *p,
			const union nf_inet_addr *from);
bool uvn_readdress_to(struct sk_buff *skb, u8 family, const struct uvn_packet *p,
		      const union nf_inet_addr *to);

#endif /* _UVN_READDRESS_H */
