// SPDX-License-Identifier: GPL-2.0
/*
 * Received packets that are dropped: each is counted, and a tracepoint says why.
 */
#include <linux/skbuff.h>

#include "core/drop.h"
#include "core/netns.h"
#include "core/trace.h"

/**
 * uvn_drop_count - count a received packet that the caller drops
 * @un: namespace
 * @skb: the packet
 * @reason: why
 *
 * Context: any.
 */
void uvn_drop_count(struct uvn_net *un, const struct sk_buff *skb,
		    enum uvn_drop reason)
{
	trace_uvn_drop(skb, reason);
	atomic64_inc(&un->rx_dropped[reason]);
}

/**
 * uvn_drop_skb - drop a received packet, and count it
 * @un: namespace
 * @skb: the packet
 * @reason: why
 *
 * Context: any.
 */
void uvn_drop_skb(struct uvn_net *un, struct sk_buff *skb,
		  enum uvn_drop reason)
{
	uvn_drop_count(un, skb, reason);
	kfree_skb(skb);
}
