/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Received packets that are dropped.
 */
#ifndef _UVN_DROP_H
#define _UVN_DROP_H

#include <linux/types.h>

struct sk_buff;
struct uvn_net;

/* Why a packet to a port of ours was dropped. */
enum uvn_drop {
	UVN_DROP_NONE,
	UVN_DROP_HEADER,
	UVN_DROP_DEVICE,
	UVN_DROP_SOURCE,
	UVN_DROP_DESTINATION,
	UVN_DROP_NO_LINK,
	UVN_DROP_LINK_STATE,
	UVN_DROP_ECN,
	UVN_DROP_MEMORY,
	UVN_DROP_OPTIONS,
	UVN_DROP_FRAGMENT,
	UVN_DROP_CGNAT,
	UVN_DROP_PENDING,
};

void uvn_drop_skb(struct uvn_net *un, struct sk_buff *skb,
		  enum uvn_drop reason);

#endif /* _UVN_DROP_H */
