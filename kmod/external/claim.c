// SPDX-License-Identifier: GPL-2.0
/*
 * Users' flows off the subnets. The socket has the user's CGNAT address; on the wire
 * the flow has an address of the node's instead, as one of root's would, and the port
 * that its socket has. Nothing of it is in connection tracking: who has the two
 * addresses and ports is known by a claim.
 *
 *	out	the guard in LOCAL_OUT: own address -> the node's, if there is a claim,
 *		or nobody else has what the packet wants
 *	in	PRE_ROUTING, behind everybody: the node's address -> own, and into the
 *		user's VRF; but where somebody has a hook in LOCAL_IN the address is
 *		changed behind that
 *
 * If somebody else has the same addresses and ports, nat.c translates the flow, to a
 * port of nat-ports. When a claim is made, and what ends it, is in tcp-claim.c and
 * udp-claim.c. For how long it keeps others away is here: one of TCP as long as there
 * is a socket, or what is left of it in TIME_WAIT; one of UDP as long as there is a
 * socket that hears the far end, and two minutes from the last packet, in which the far
 * end may still answer. Nobody tells when that is over: so who makes a claim looks for
 * those that are.
 */
#include <linux/icmp.h>
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/slab.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/sock.h>
#include <net/transp_v6.h>
#include <net/udp.h>

#include "config/config.h"
#include "core/netns.h"
#include "core/packet.h"
#include "core/user.h"
#include "external/claim.h"
#include "external/filter.h"
#include "underlay/addrs.h"
#include "underlay/route.h"

/* How many claims a new one has looked at, whether they count still. More than one, so
 * that there are never many that do not.
 */
#define UVN_CLAIM_LOOKS	2

/* How long one of UDP's counts from the last packet. What is sent renews it, under the
 * lock from when half of that is over: so nobody takes it away meanwhile.
 */
#define UVN_CLAIM_LIFE	UVN_FILTER_LIFE
#define UVN_CLAIM_SURE	(UVN_CLAIM_LIFE / 2)

/* Of UDP's, which one socket may have any number of: a user's, all users' together, and
 * what each user may have however many others have. What exceeds it is translated.
 */
#define UVN_CLAIM_QUOTA	1024
#define UVN_CLAIM_MAX	65536
#define UVN_CLAIM_FEW	16

static u32 uvn_claim_hash(const void *data, u32 len, u32 seed)
{
	const struct uvn_claim_key *key = data;
	u32 ports = (__force u32)key->rport << 16 | (__force u32)key->lport;

	if (likely(key->family == AF_INET))
		return jhash_2words((__force u32)key->remote.ip, ports, seed);
	return jhash2(key->remote.all, ARRAY_SIZE(key->remote.all), ports ^ seed);
}

static const struct rhashtable_params uvn_claim_params = {
	.head_offset = offsetof(struct uvn_claim, node),
	.key_offset = offsetof(struct uvn_claim, key),
	.key_len = sizeof(struct uvn_claim_key),
	.hashfn = uvn_claim_hash,
	.automatic_shrinking = true,
};

static void uvn_claim_copy(union nf_inet_addr *to, u8 family,
			   const union nf_inet_addr *from)
{
	*to = (union nf_inet_addr){};
	if (family == AF_INET)
		to->ip = from->ip;
	else
		to->in6 = from->in6;
}

/* The claims with a far end and a port of this one. */
static struct rhlist_head *uvn_claim_lookup(struct uvn_net *un, u8 family, u8 protocol,
					    const union nf_inet_addr *remote,
					    __be16 rport, __be16 lport)
{
	struct uvn_claim_key key = {
		.rport = rport,
		.lport = lport,
		.family = family,
		.protocol = protocol,
	};

	if (likely(!atomic_read(&un->claims.table.ht.nelems)))
		return NULL;
	uvn_claim_copy(&key.remote, family, remote);
	return rhltable_lookup(&un->claims.table, &key, uvn_claim_params);
}

/**
 * uvn_claim_of - the claim to addresses and ports
 * @un: namespace
 * @family: of the addresses
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @addr: the node's address; of IPv4 no more than four bytes are read
 * @remote: the far end; likewise
 * @rport: its port
 * @lport: the socket's port
 *
 * Context: RCU read side; the result lives as long.
 * Return: the claim, which may not be good yet, or NULL.
 */
struct uvn_claim *uvn_claim_of(struct uvn_net *un, u8 family, u8 protocol,
			       const union nf_inet_addr *addr,
			       const union nf_inet_addr *remote, __be16 rport,
			       __be16 lport)
{
	struct rhlist_head *pos, *list;
	struct uvn_claim *claim;

	list = uvn_claim_lookup(un, family, protocol, remote, rport, lport);
	rhl_for_each_entry_rcu(claim, pos, list, node)
		if (uvn_addr_same(family, &claim->addr, addr))
			return claim;
	return NULL;
}

/**
 * uvn_claim_of_sender - the claim that a user's packet has
 * @user: whose it is
 * @skb: the packet, with the socket's address
 * @family: of it
 * @p: what it is
 * @oif: ifindex of the device that the flow must leave by, or 0
 *
 * Context: RCU read side; the result lives as long.
 * Return: the claim, which may not be good yet, or NULL.
 */
struct uvn_claim *uvn_claim_of_sender(const struct uvn_user *user,
				      const struct sk_buff *skb, u8 family,
				      const struct uvn_packet *p, int oif)
{
	const union nf_inet_addr *saddr = uvn_packet_saddr(skb, family);
	struct rhlist_head *pos, *list;
	struct uvn_claim *claim;

	list = uvn_claim_lookup(user->un, family, p->protocol,
				uvn_packet_daddr(skb, family), p->dport, p->sport);
	rhl_for_each_entry_rcu(claim, pos, list, node)
		if (claim->vrf == READ_ONCE(user->vrf) &&
		    (!oif || claim->oif == oif) &&
		    uvn_addr_same(family, &claim->own, saddr))
			return claim;
	return NULL;
}

/**
 * uvn_claim_of_packet - the claim that a packet from outside belongs to
 * @un: namespace
 * @skb: the packet, or an error that quotes one of the flow's
 * @family: of it
 * @p: what it is
 *
 * Context: RCU read side; the result lives as long.
 * Return: the claim, which may not be good yet, or NULL.
 */
struct uvn_claim *uvn_claim_of_packet(struct uvn_net *un, const struct sk_buff *skb,
				      u8 family, const struct uvn_packet *p)
{
	struct nf_conntrack_tuple quoted;

	if (likely(!atomic_read(&un->claims.table.ht.nelems)))
		return NULL;
	if (!p->error)
		return uvn_packet_has_ports(p) ?
		       uvn_claim_of(un, family, p->protocol,
				    uvn_packet_daddr(skb, family),
				    uvn_packet_saddr(skb, family), p->sport,
				    p->dport) : NULL;
	if (!nf_ct_get_tuplepr(skb, p->offset + sizeof(struct icmphdr), family, un->net,
			       &quoted) ||
	    !uvn_addr_same(family, &quoted.src.u3, uvn_packet_daddr(skb, family)))
		return NULL;
	return uvn_claim_of(un, family, quoted.dst.protonum, &quoted.src.u3,
			    &quoted.dst.u3, quoted.dst.u.all, quoted.src.u.all);
}

/**
 * uvn_claim_has_connection - is there a connection to the far end of a claim's?
 * @net: namespace
 * @key: what is claimed, of TCP
 * @addr: the address that its socket has
 * @dif: ifindex of the VRF that its socket is in, or of the device that it is by
 *
 * Context: RCU read side.
 * Return: true also for what is left of one in TIME_WAIT.
 */
bool uvn_claim_has_connection(struct net *net, const struct uvn_claim_key *key,
			      const union nf_inet_addr *addr, int dif)
{
	struct sock *sk;

	if (key->family == AF_INET)
		sk = uvn_inet_lookup_established(net, key->remote.ip, key->rport,
						 addr->ip, ntohs(key->lport), dif);
	else
		sk = uvn_inet6_lookup_established(net, &key->remote.in6, key->rport,
						  &addr->in6, ntohs(key->lport), dif);
	if (sk)
		sock_gen_put(sk);
	return sk;
}

/* Is there a socket in the user's VRF that hears what the far end says? */
static bool uvn_claim_has_socket(struct net *net, const struct uvn_claim *claim)
{
	const struct uvn_claim_key *key = &claim->key;
	struct sock *sk;
	bool has;

	if (key->protocol == IPPROTO_TCP)
		return uvn_claim_has_connection(net, key, &claim->own, claim->vrf);
	if (key->family == AF_INET)
		sk = udp4_lib_lookup(net, key->remote.ip, key->rport, claim->own.ip,
				     key->lport, claim->vrf);
	else
		sk = udp6_lib_lookup(net, &key->remote.in6, key->rport,
				     &claim->own.in6, key->lport, claim->vrf);
	if (!sk)
		return false;
	/* One of the system's hears all VRFs. */
	has = READ_ONCE(sk->sk_bound_dev_if) == claim->vrf;
	sock_put(sk);
	return has;
}

static u32 uvn_claim_age(const struct uvn_claim *claim)
{
	return (u32)jiffies - READ_ONCE(claim->when);
}

/* Does it keep others away? */
static bool uvn_claim_lives(struct net *net, const struct uvn_claim *claim)
{
	return (claim->key.protocol == IPPROTO_UDP &&
		uvn_claim_age(claim) < UVN_CLAIM_LIFE) ||
	       uvn_claim_has_socket(net, claim);
}

/* How many of UDP's a user has. */
static unsigned long uvn_claim_count(struct uvn_net *un, u32 uid)
{
	void *entry = xa_load(&un->claims.users, uid);

	return entry ? xa_to_value(entry) : 0;
}

static bool uvn_claim_set_count(struct uvn_net *un, u32 uid, unsigned long n)
{
	return !xa_err(xa_store_bh(&un->claims.users, uid, n ? xa_mk_value(n) : NULL,
				   GFP_ATOMIC));
}

/* May the user have one more of UDP's? Who takes all that there is gets half of it, the
 * next half of the rest.
 */
static bool uvn_claim_may(struct uvn_net *un, u32 uid)
{
	unsigned long n = uvn_claim_count(un, uid) + 1;

	return un->claims.n < 2 * UVN_CLAIM_MAX &&
	       (n <= UVN_CLAIM_FEW ||
		(n <= UVN_CLAIM_QUOTA && n + un->claims.n <= UVN_CLAIM_MAX));
}

/* The lock is held. It may have been taken away before it was. */
static void uvn_claim_drop(struct uvn_net *un, struct uvn_claim *claim)
{
	lockdep_assert_held(&un->claims.lock);
	if (list_empty(&claim->list))
		return;
	list_del_init(&claim->list);
	rhltable_remove(&un->claims.table, &claim->node, uvn_claim_params);
	if (claim->key.protocol == IPPROTO_UDP) {
		un->claims.n--;
		/* It takes no memory. */
		uvn_claim_set_count(un, claim->uid,
				    uvn_claim_count(un, claim->uid) - 1);
	}
	kfree_rcu(claim, rcu);
}

/**
 * uvn_claim_end - have a claim count no more
 * @un: namespace
 * @claim: the claim, which may have been taken away already
 *
 * Context: RCU read side, perhaps softirq.
 */
void uvn_claim_end(struct uvn_net *un, struct uvn_claim *claim)
{
	spin_lock_bh(&un->claims.lock);
	uvn_claim_drop(un, claim);
	spin_unlock_bh(&un->claims.lock);
}

/* The lock is held. */
static void uvn_claim_tidy(struct uvn_net *un)
{
	struct uvn_claim *claim;
	unsigned int i;

	for (i = 0; i < UVN_CLAIM_LOOKS; i++) {
		claim = list_first_entry_or_null(&un->claims.list, struct uvn_claim,
						 list);
		if (!claim)
			return;
		if (uvn_claim_lives(un->net, claim))
			list_move_tail(&claim->list, &un->claims.list);
		else
			uvn_claim_drop(un, claim);
	}
}

/**
 * uvn_claim_has_addr - has the node the address still, from which the flow is?
 * @un: namespace
 * @claim: the claim
 *
 * Context: RCU read side.
 */
bool uvn_claim_has_addr(struct uvn_net *un, struct uvn_claim *claim)
{
	u32 epoch = READ_ONCE(un->claims.epoch);

	if (likely(READ_ONCE(claim->epoch) == epoch))
		return true;
	if (!uvn_addrs_is_nodes(un->net, claim->key.family, &claim->addr))
		return false;
	WRITE_ONCE(claim->epoch, epoch);
	return true;
}

/**
 * uvn_claim_renew - a claim of UDP's has a packet
 * @un: namespace
 * @claim: the claim
 * @out: the user sends it, and so claims anew what nobody else has claimed meanwhile
 *
 * Others look at it on other CPUs, so that it is written no more often than needed.
 *
 * Context: RCU read side, perhaps softirq.
 * Return: false if it counts no more.
 */
bool uvn_claim_renew(struct uvn_net *un, struct uvn_claim *claim, bool out)
{
	u32 age = uvn_claim_age(claim);
	bool counts;

	if (likely(age < UVN_CLAIM_SURE)) {
		if (age >= HZ)
			WRITE_ONCE(claim->when, (u32)jiffies);
		return true;
	}
	spin_lock_bh(&un->claims.lock);
	counts = !list_empty(&claim->list) &&
		 (out || uvn_claim_lives(un->net, claim));
	if (counts)
		WRITE_ONCE(claim->when, (u32)jiffies);
	spin_unlock_bh(&un->claims.lock);
	return counts;
}

/* The address that the system would send from by the same device; or the pool's. A
 * socket that is bound to an address of the node's, which is in no pool, keeps that.
 */
static bool uvn_claim_source(struct uvn_net *un, const struct sk_buff *skb,
			     const struct nf_hook_state *state,
			     const struct uvn_pool *pool, union nf_inet_addr *addr)
{
	union nf_inet_addr remote;

	if (!pool) {
		uvn_claim_copy(addr, state->pf, uvn_packet_saddr(skb, state->pf));
		return true;
	}
	if (!uvn_addr_is_none(&pool->snat)) {
		*addr = pool->snat;
		return true;
	}
	/* It would keep another interface's address. */
	if (state->pf == NFPROTO_IPV6 && uvn_addrs_is_soon(state->out))
		return false;
	uvn_claim_copy(&remote, state->pf, uvn_packet_daddr(skb, state->pf));
	*addr = (union nf_inet_addr){};
	return !uvn_route_source(un->net, state->out->ifindex, state->pf, &remote,
				 addr) &&
	       !uvn_addr_is_none(addr);
}

/**
 * uvn_claim_new - a claim for a flow that begins
 * @user: whose it is
 * @skb: its packet
 * @state: of LOCAL_OUT
 * @p: what it is
 * @pool: of the source; NULL if that is an address of the node's
 *
 * Context: RCU read side, perhaps softirq.
 * Return: the claim, for uvn_claim_add() or kfree(); NULL if there is no address for it,
 * or no memory.
 */
struct uvn_claim *uvn_claim_new(struct uvn_user *user, const struct sk_buff *skb,
				const struct nf_hook_state *state,
				const struct uvn_packet *p,
				const struct uvn_pool *pool)
{
	struct uvn_claim *claim = kzalloc(sizeof(*claim), GFP_ATOMIC);
	struct uvn_net *un = user->un;

	if (!claim)
		return NULL;
	INIT_LIST_HEAD(&claim->list);
	claim->key.rport = p->dport;
	claim->key.lport = p->sport;
	claim->key.family = state->pf;
	claim->key.protocol = p->protocol;
	uvn_claim_copy(&claim->key.remote, state->pf,
		       uvn_packet_daddr(skb, state->pf));
	uvn_claim_copy(&claim->own, state->pf, uvn_packet_saddr(skb, state->pf));
	claim->uid = user->uid;
	claim->vrf = READ_ONCE(user->vrf);
	claim->oif = state->out->ifindex;
	claim->epoch = READ_ONCE(un->claims.epoch);
	claim->when = jiffies;
	claim->good = p->protocol == IPPROTO_TCP;
	if (claim->vrf && uvn_claim_source(un, skb, state, pool, &claim->addr))
		return claim;
	kfree(claim);
	return NULL;
}

/* The lock is held. */
static bool uvn_claim_insert(struct uvn_net *un, struct uvn_claim *claim)
{
	bool udp = claim->key.protocol == IPPROTO_UDP;
	unsigned long n = 0;

	if (udp) {
		n = uvn_claim_count(un, claim->uid);
		if (!uvn_claim_may(un, claim->uid) ||
		    !uvn_claim_set_count(un, claim->uid, n + 1))
			return false;
	}
	if (rhltable_insert(&un->claims.table, &claim->node, uvn_claim_params)) {
		if (udp)
			uvn_claim_set_count(un, claim->uid, n);
		return false;
	}
	un->claims.n += udp;
	list_add_tail(&claim->list, &un->claims.list);
	return true;
}

/**
 * uvn_claim_add - have a claim count, unless another user has the same
 * @un: namespace
 * @claim: the claim
 *
 * Context: RCU read side, perhaps softirq.
 * Return: false if somebody has it, if there are too many, or there is no memory; the
 * claim is still the caller's then.
 */
bool uvn_claim_add(struct uvn_net *un, struct uvn_claim *claim)
{
	const struct uvn_claim_key *key = &claim->key;
	struct uvn_claim *other;
	bool ok;

	spin_lock_bh(&un->claims.lock);
	other = uvn_claim_of(un, key->family, key->protocol, &claim->addr,
			     &key->remote, key->rport, key->lport);
	ok = !other || other->uid == claim->uid ||
	     !uvn_claim_lives(un->net, other);
	if (other && ok)
		uvn_claim_drop(un, other);
	uvn_claim_tidy(un);
	ok = ok && uvn_claim_insert(un, claim);
	spin_unlock_bh(&un->claims.lock);
	return ok;
}

/**
 * uvn_claim_forget - forget claims from some ports
 * @un: namespace, in which nobody makes one any more from these
 * @first: the first of the ports
 * @last: the last of them
 *
 * Context: may sleep.
 */
void uvn_claim_forget(struct uvn_net *un, u16 first, u16 last)
{
	struct uvn_claim *claim, *next;
	u16 port;

	spin_lock_bh(&un->claims.lock);
	list_for_each_entry_safe(claim, next, &un->claims.list, list) {
		port = ntohs(claim->key.lport);
		if (port >= first && port <= last)
			uvn_claim_drop(un, claim);
	}
	spin_unlock_bh(&un->claims.lock);
}

/**
 * uvn_claim_addr_gone - an address has gone from the node
 * @un: namespace
 *
 * Context: any; the calls are serialised by RTNL, or by nothing: one more look at an
 * address does no harm.
 */
void uvn_claim_addr_gone(struct uvn_net *un)
{
	WRITE_ONCE(un->claims.epoch, READ_ONCE(un->claims.epoch) + 1);
}

/**
 * uvn_claim_init - prepare a namespace
 * @un: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int uvn_claim_init(struct uvn_net *un)
{
	spin_lock_init(&un->claims.lock);
	INIT_LIST_HEAD(&un->claims.list);
	xa_init_flags(&un->claims.users, XA_FLAGS_LOCK_BH);
	return rhltable_init(&un->claims.table, &uvn_claim_params);
}

/**
 * uvn_claim_exit - undo uvn_claim_init()
 * @un: namespace, in which there are no claims any more
 */
void uvn_claim_exit(struct uvn_net *un)
{
	WARN_ON_ONCE(!list_empty(&un->claims.list));
	WARN_ON_ONCE(!xa_empty(&un->claims.users));
	rhltable_destroy(&un->claims.table);
}
