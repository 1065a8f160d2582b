// SPDX-License-Identifier: GPL-2.0
/*
 * Received packets that are dropped: each is counted, and a tracepoint says why.
 */
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <linux/string.h>

#include "core/drop.h"
#include "core/netns.h"
#include "core/trace.h"

/**
 * uvn_drop_open - make a namespace's counters
 * @un: namespace; its lock is held
 *
 * They stay as long as the namespace does. Each CPU has its own, as somebody may send
 * us nothing but packets that are dropped, on all of them.
 *
 * Context: may sleep; before a packet can be dropped.
 * Return: 0, also if they are there, or -ENOMEM.
 */
int uvn_drop_open(struct uvn_net *un)
{
	if (!un->drops)
		WRITE_ONCE(un->drops, alloc_percpu(struct uvn_drops));
	return un->drops ? 0 : -ENOMEM;
}

/**
 * uvn_drop_free - free a namespace's counters
 * @un: namespace, which is going away
 */
void uvn_drop_free(struct uvn_net *un)
{
	free_percpu(un->drops);
}

/**
 * uvn_drop_counts - how many packets have been dropped
 * @un: namespace
 * @to: set to it, by enum uvn_drop
 *
 * Context: any.
 */
void uvn_drop_counts(const struct uvn_net *un, u64 *to)
{
	const struct uvn_drops __percpu *drops = READ_ONCE(un->drops);
	u32 reason;
	int cpu;

	memset(to, 0, (UVN_DROP_MAX + 1) * sizeof(*to));
	if (!drops)
		return;
	for_each_possible_cpu(cpu)
		for (reason = 0; reason <= UVN_DROP_MAX; reason++)
			to[reason] += READ_ONCE(per_cpu_ptr(drops, cpu)->n[reason]);
}

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
	this_cpu_inc(un->drops->n[reason]);
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
