/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets that come before their network.
 */
#ifndef _UVN_PENDING_H
#define _UVN_PENDING_H

#include <linux/atomic.h>
#include <linux/netfilter.h>
#include <linux/types.h>

struct sk_buff;
struct sk_buff_head;
struct uvn_lower;
struct uvn_net;
struct uvn_pending_rates;
struct uvn_user;

/* Networks of a namespace that only packets have asked for. */
#define UVN_PENDING_NETWORKS	256

/**
 * struct uvn_pending_cb - in a waiting packet's control block
 * @ifindex: of the lower device that it came by, to which it has no reference
 */
struct uvn_pending_cb {
	int ifindex;
};

#define UVN_PENDING_CB(skb)	((struct uvn_pending_cb *)(skb)->cb)

/**
 * struct uvn_net_pending - packets of a namespace that wait for networks
 * @rates: how often packets have asked for networks, while enabled
 * @n_asked: networks that only packets have asked for
 * @bytes: memory of all packets that wait
 */
struct uvn_net_pending {
	struct uvn_pending_rates *rates;
	atomic_t n_asked;
	atomic_t bytes;
};

bool uvn_pending_keep(struct uvn_lower *lower, u32 vni, struct sk_buff *skb,
		      u8 family, const union nf_inet_addr *saddr, bool cast);
void uvn_pending_take(struct uvn_user *user, struct sk_buff_head *list);
void uvn_pending_drop(struct uvn_user *user);
int uvn_pending_open(struct uvn_net *un);
void uvn_pending_close(struct uvn_net *un);

#endif /* _UVN_PENDING_H */
