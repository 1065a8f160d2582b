/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which SYNs are users'.
 */
#ifndef _UVN_SYN_MARK_H
#define _UVN_SYN_MARK_H

#include <linux/types.h>

struct sk_buff;
struct uvn_packet;

void uvn_syn_mark(struct sk_buff *skb, u8 family, const struct uvn_packet *p);
bool uvn_syn_is(const struct sk_buff *skb, u8 family, const struct uvn_packet *p);
bool uvn_syn_is_marked(const struct sk_buff *skb, u8 family, const struct uvn_packet *p);

#endif /* _UVN_SYN_MARK_H */
