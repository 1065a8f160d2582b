/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which packets from off the subnets are users'.
 */
#ifndef _UVN_USER_MARK_H
#define _UVN_USER_MARK_H

#include <linux/types.h>

struct sk_buff;
struct uvn_packet;

bool uvn_user_mark_is_syn(const struct sk_buff *skb, u8 family,
			  const struct uvn_packet *p);
bool uvn_user_mark_may(const struct sk_buff *skb, u8 family,
		       const struct uvn_packet *p);
void uvn_user_mark_set(struct sk_buff *skb, u8 family, const struct uvn_packet *p);
bool uvn_user_mark_has(const struct sk_buff *skb, u8 family,
		       const struct uvn_packet *p);

#endif /* _UVN_USER_MARK_H */
