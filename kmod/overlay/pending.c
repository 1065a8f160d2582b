// SPDX-License-Identifier: GPL-2.0
/*
 * Packets that come before their network: they have it made, and a few of them
 * wait for it, so that who connects to a node where the user has nothing yet
 * need not send twice. What is for all who want to hear it has nothing made: only
 * the user's own sockets hear it, and where there is no network there are none. Else
 * whoever joins a group would have a network on every node.
 *
 * A packet's VNI is anybody's word, so each of these is bounded: how often a
 * source may ask, how often all of them together, how many networks there are
 * that only packets have asked for, how many packets wait and how much memory
 * they have.
 */
#include <linux/jhash.h>
#include <linux/ratelimit.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "config/range.h"
#include "core/drop.h"
#include "core/netns.h"
#include "core/user.h"
#include "overlay/pending.h"
#include "underlay/lower.h"

/* Of one network. */
#define UVN_PENDING_PACKETS	16
/* Of a namespace. */
#define UVN_PENDING_BYTES		SZ_1M
/* In a second: users of a node may all begin to talk at once, but what asks
 * for more than this is no user.
 */
#define UVN_PENDING_ASKS		100
#define UVN_PENDING_ASKS_SOURCE	50
/* Of sources, so many are told apart. */
#define UVN_PENDING_SOURCES	256

/**
 * struct uvn_pending_rates - how often packets have asked for networks
 * @seed: of the hash by which sources share an entry of @source
 * @all: rate limit of all
 * @source: rate limits of sources
 */
struct uvn_pending_rates {
	u32 seed;
	struct ratelimit_state all;
	struct ratelimit_state source[UVN_PENDING_SOURCES];
};

static bool uvn_pending_may_ask(struct uvn_net *un, u8 family,
				const union nf_inet_addr *saddr)
{
	struct uvn_pending_rates *askers = un->pending.rates;
	u32 hash;

	if (atomic_read(&un->pending.n_asked) >= UVN_PENDING_NETWORKS)
		return false;
	hash = jhash(saddr, family == AF_INET ? sizeof(saddr->ip) :
						sizeof(saddr->in6),
		     askers->seed);
	hash %= ARRAY_SIZE(askers->source);
	return __ratelimit(&askers->source[hash]) && __ratelimit(&askers->all);
}

/* A network that is not ready, or goes, takes the packet. */
static bool uvn_pending_queue(struct uvn_user *user, struct sk_buff *skb,
			      int ifindex)
{
	struct uvn_net *un = user->un;
	bool kept = false;

	spin_lock_bh(&user->lock);
	if (!user->error && user->state != UVN_USER_STATE_READY &&
	    skb_queue_len(&user->pending) < UVN_PENDING_PACKETS &&
	    atomic_read(&un->pending.bytes) < UVN_PENDING_BYTES) {
		atomic_add(skb->truesize, &un->pending.bytes);
		UVN_PENDING_CB(skb)->ifindex = ifindex;
		skb_orphan(skb);
		skb_dst_drop(skb);
		nf_reset_ct(skb);
		skb->dev = NULL;
		__skb_queue_tail(&user->pending, skb);
		kept = true;
	}
	spin_unlock_bh(&user->lock);
	return kept;
}

/**
 * uvn_pending_keep - keep a packet for a network that is not there, and have
 *	that made if need be
 * @lower: by which it came
 * @vni: of the packet
 * @skb: the packet, data at the VXLAN header, behind its outer headers; it has
 *	passed all checks but that there is a VRF
 * @family: of the outer source
 * @saddr: outer source
 * @cast: it came to a group
 *
 * A packet that nobody is here to hear is gone, and not counted as one that failed a
 * check: all nodes of the subnet get it.
 *
 * Context: RCU read side, bottom halves off.
 * Return: true if the packet was taken over.
 */
bool uvn_pending_keep(struct uvn_lower *lower, u32 vni, struct sk_buff *skb,
		      u8 family, const union nf_inet_addr *saddr, bool cast)
{
	struct uvn_net *un = lower->un;
	struct uvn_user *user;
	bool kept;
	u32 uid;

	uid = uvn_range_uid(rcu_dereference(un->config), vni);
	if (!uid)
		return false;
	user = uvn_user_get(un, uid);
	if (!user && cast) {
		consume_skb(skb);
		return true;
	}
	if (!user && uvn_pending_may_ask(un, family, saddr))
		user = uvn_user_ask(un, uid);
	if (IS_ERR_OR_NULL(user))
		return false;
	kept = uvn_pending_queue(user, skb, lower->ifindex);
	uvn_user_put(user);
	return kept;
}

/**
 * uvn_pending_take - take the packets that wait
 * @user: the network
 * @list: set to them
 *
 * All at once: what is received may come to wait again.
 *
 * Context: process context.
 */
void uvn_pending_take(struct uvn_user *user, struct sk_buff_head *list)
{
	struct sk_buff *skb;

	__skb_queue_head_init(list);
	spin_lock_bh(&user->lock);
	skb_queue_splice_init(&user->pending, list);
	spin_unlock_bh(&user->lock);
	skb_queue_walk(list, skb)
		atomic_sub(skb->truesize, &user->un->pending.bytes);
}

/**
 * uvn_pending_drop - drop the packets that wait
 * @user: the network, given up
 *
 * Context: process context.
 */
void uvn_pending_drop(struct uvn_user *user)
{
	struct sk_buff_head list;
	struct sk_buff *skb;

	uvn_pending_take(user, &list);
	while ((skb = __skb_dequeue(&list)))
		uvn_drop_skb(user->un, skb, UVN_DROP_PENDING);
}

/**
 * uvn_pending_open - let packets ask for networks
 * @un: namespace, about to be enabled
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int uvn_pending_open(struct uvn_net *un)
{
	struct uvn_pending_rates *askers = kvmalloc(sizeof(*askers), GFP_KERNEL);
	int i;

	if (!askers)
		return -ENOMEM;
	askers->seed = get_random_u32();
	ratelimit_state_init(&askers->all, HZ, UVN_PENDING_ASKS);
	ratelimit_set_flags(&askers->all, RATELIMIT_MSG_ON_RELEASE);
	for (i = 0; i < ARRAY_SIZE(askers->source); i++) {
		ratelimit_state_init(&askers->source[i], HZ,
				     UVN_PENDING_ASKS_SOURCE);
		ratelimit_set_flags(&askers->source[i],
				    RATELIMIT_MSG_ON_RELEASE);
	}
	un->pending.rates = askers;
	return 0;
}

/**
 * uvn_pending_close - undo uvn_pending_open()
 * @un: namespace; no lower device is listed, and nobody looks at one still
 */
void uvn_pending_close(struct uvn_net *un)
{
	kvfree(un->pending.rates);
	un->pending.rates = NULL;
}
