/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Received packets that are dropped.
 */
#ifndef _UVN_DROP_H
#define _UVN_DROP_H

#include <linux/uvn.h>

struct sk_buff;
struct uvn_net;

void uvn_drop_count(struct uvn_net *un, const struct sk_buff *skb,
		    enum uvn_drop reason);
void uvn_drop_skb(struct uvn_net *un, struct sk_buff *skb,
		  enum uvn_drop reason);

#endif /* _UVN_DROP_H */
