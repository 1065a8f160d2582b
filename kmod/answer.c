// SPDX-License-Identifier: GPL-2.0
/*
 * Answers of system services to users' datagrams.
 *
 * A UDP service is in the default VRF and hears every user (l3mdev_accept).
 * Unless it takes pains to answer by the device that the question came by, and
 * few do, its answer would be routed in the default VRF, where the user's
 * socket is not. So it is noted in which VRF a question to a socket without a
 * device came from, and the answer to it is routed there.
 *
 * The notes are a direct-mapped cache: bounded whoever asks what, and what is
 * pushed out is as an answer that was lost. Two users may ask from the same
 * address and port, since each has ports of their own; if they do so within a
 * while of each other, none of them gets an answer, rather than the wrong one.
 * What the system asked, no user can take from it.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/spinlock.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>
#include <net/dst.h>
#include <net/sock.h>

#include "uvn.h"

#define UVN_ANSWER_BITS		13
#define UVN_ANSWER_LOCKS	64
#define UVN_ANSWER_LIFE		(120 * HZ)	/* as a UDP flow in conntrack */
#define UVN_ANSWER_CLASH	(30 * HZ)
#define UVN_ANSWER_NOBODY	UVN_NOWHERE

/**
 * struct uvn_asker - an address and port, and what is asked from there
 * @addr: the address; one of IPv4 as the IPv6 address that it is mapped to
 * @port: the port
 * @service: port that is asked
 */
struct uvn_asker {
	struct in6_addr addr;
	__be16 port;
	__be16 service;
};

/**
 * struct uvn_question - who asked last
 * @asker: from where
 * @vrf: ifindex of the asker's VRF, 0 for the default one, or
 *	%UVN_ANSWER_NOBODY if two asked
 * @when: jiffies of the last question or answer, or of the clash
 */
struct uvn_question {
	struct uvn_asker asker;
	int vrf;
	u32 when;
};

/**
 * struct uvn_questions - the notes of a namespace
 * @rcu: for freeing them after the last reader
 * @seed: of the hash
 * @lock: each for some slots
 * @slot: by hash of the question
 */
struct uvn_questions {
	struct rcu_head rcu;
	u32 seed;
	spinlock_t lock[UVN_ANSWER_LOCKS]; /* see above */
	struct uvn_question slot[BIT(UVN_ANSWER_BITS)];
};

static u32 uvn_answer_hash(const struct uvn_questions *q,
			   const struct uvn_asker *asker)
{
	return jhash2((const u32 *)asker, sizeof(*asker) / sizeof(u32),
		      q->seed) & (BIT(UVN_ANSWER_BITS) - 1);
}

static bool uvn_answer_same(const struct uvn_asker *a,
			    const struct uvn_asker *b)
{
	return a->port == b->port && a->service == b->service &&
	       ipv6_addr_equal(&a->addr, &b->addr);
}

/**
 * uvn_answer_note - a datagram came for a socket
 * @sk: the socket
 * @skb: the datagram
 *
 * Context: RCU read side, bottom halves off.
 * Return: 0
 */
int uvn_answer_note(const struct sock *sk, const struct sk_buff *skb)
{
	struct uvn_net *un = uvn_net(sock_net(sk));
	struct uvn_questions *q = rcu_dereference(un->questions);
	const struct udphdr *udp = udp_hdr(skb);
	struct uvn_question *slot, new = {};
	spinlock_t *lock; /* of the slot */
	u32 now, hash;
	bool same, fresh;
	int vrf;

	if (!q || sk->sk_protocol != IPPROTO_UDP)
		return 0;
	if (skb->protocol == htons(ETH_P_IP))
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &new.asker.addr);
	else
		new.asker.addr = ipv6_hdr(skb)->saddr;
	new.asker.port = udp->source;
	new.asker.service = udp->dest;
	vrf = uvn_vrf_uid(un, skb->dev) ? skb->dev->ifindex : 0;
	now = jiffies;
	new.vrf = vrf;
	new.when = now;
	hash = uvn_answer_hash(q, &new.asker);
	lock = &q->lock[hash % UVN_ANSWER_LOCKS];
	slot = &q->slot[hash];

	spin_lock(lock);
	fresh = now - slot->when < UVN_ANSWER_CLASH;
	same = uvn_answer_same(&slot->asker, &new.asker);
	if (same && fresh && slot->vrf != vrf) {
		/* A clash lasts from when it began. */
		if (slot->vrf == UVN_ANSWER_NOBODY && vrf)
			new.when = slot->when;
		new.vrf = slot->vrf && vrf ? UVN_ANSWER_NOBODY : 0;
	}
	if (same || vrf || !fresh)
		*slot = new;
	spin_unlock(lock);
	return 0;
}

/* The VRF of who asked what this datagram answers, or 0. As long as answers
 * come nobody else can have them.
 */
static int uvn_answer_find(struct uvn_questions *q,
			   const struct uvn_asker *asker)
{
	u32 hash = uvn_answer_hash(q, asker);
	spinlock_t *lock = &q->lock[hash % UVN_ANSWER_LOCKS];
	struct uvn_question *slot = &q->slot[hash];
	u32 now = jiffies;
	int vrf = 0;

	spin_lock_bh(lock);
	if (uvn_answer_same(&slot->asker, asker) &&
	    now - slot->when < UVN_ANSWER_LIFE) {
		vrf = slot->vrf;
		if (vrf != UVN_ANSWER_NOBODY)
			slot->when = now;
	}
	spin_unlock_bh(lock);
	return vrf;
}

/**
 * uvn_answer_route - route a system service's datagram to who asked for it
 * @un: namespace
 * @sk: the service's socket
 * @skb: the datagram, of UDP, routed in the default VRF
 * @family: of IP
 * @offset: of the UDP header
 *
 * Context: RCU read side; netfilter's output hook.
 * Return: true if it goes where it should, false if it must not go at all.
 */
bool uvn_answer_route(struct uvn_net *un, const struct sock *sk,
		      struct sk_buff *skb, u8 family, unsigned int offset)
{
	struct uvn_questions *q = rcu_dereference(un->questions);
	struct uvn_asker asker = {};
	const struct udphdr *udp;
	struct udphdr copy;
	int vrf;

	if (READ_ONCE(sk->sk_bound_dev_if) || !q ||
	    l3mdev_master_ifindex_rcu(skb_dst(skb)->dev))
		return true;
	udp = skb_header_pointer(skb, offset, sizeof(copy), &copy);
	if (!udp)
		return true;
	if (family == AF_INET)
		ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, &asker.addr);
	else
		asker.addr = ipv6_hdr(skb)->daddr;
	asker.port = udp->dest;
	asker.service = udp->source;
	vrf = uvn_answer_find(q, &asker);
	if (likely(!vrf))
		return true;
	return vrf != UVN_ANSWER_NOBODY &&
	       !uvn_route_again(un->net, vrf, skb, family);
}

/**
 * uvn_answer_open - begin to take notes
 * @un: namespace; its lock is held
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int uvn_answer_open(struct uvn_net *un)
{
	struct uvn_questions *q = kvzalloc(sizeof(*q), GFP_KERNEL);
	int i;

	if (!q)
		return -ENOMEM;
	for (i = 0; i < UVN_ANSWER_LOCKS; i++)
		spin_lock_init(&q->lock[i]);
	get_random_bytes(&q->seed, sizeof(q->seed));
	rcu_assign_pointer(un->questions, q);
	return 0;
}

/**
 * uvn_answer_close - forget all notes
 * @un: namespace
 *
 * Context: may sleep.
 */
void uvn_answer_close(struct uvn_net *un)
{
	struct uvn_questions *q = rcu_dereference_protected(un->questions, 1);

	RCU_INIT_POINTER(un->questions, NULL);
	if (q)
		kvfree_rcu(q, rcu);
}
