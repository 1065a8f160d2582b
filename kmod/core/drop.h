/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Received packets that are dropped.
 */
#ifndef _UVN_DROP_H
#define _UVN_DROP_H

#include <linux/types.h>
#include <linux/uvn.h>

struct sk_buff;
struct uvn_net;

/**
 * struct uvn_drops - packets to our ports or pools that failed a check on a CPU
 * @n: how many, by enum uvn_drop
 */
struct uvn_drops {
	u64 n[UVN_DROP_MAX + 1];
};

int uvn_drop_open(struct uvn_net *un);
void uvn_drop_free(struct uvn_net *un);
void uvn_drop_counts(const struct uvn_net *un, u64 *to);
void uvn_drop_count(struct uvn_net *un, const struct sk_buff *skb,
		    enum uvn_drop reason);
void uvn_drop_skb(struct uvn_net *un, struct sk_buff *skb,
		  enum uvn_drop reason);

#endif /* _UVN_DROP_H */
