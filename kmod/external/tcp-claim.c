// SPDX-License-Identifier: GPL-2.0
/*
 * Users' TCP connections off the subnets. The socket has the user's CGNAT address; on
 * the wire the connection has an address of the node's instead, as one of root's would,
 * and the port that its socket has. Nothing of it is in connection tracking: who has the
 * two addresses and ports is known by a claim, which the SYN makes and which counts as
 * long as the socket, or what is left of it in TIME_WAIT, is in the kernel's own hash.
 *
 *	out	the guard in LOCAL_OUT: own address -> the node's, if there is a claim, or
 *		the packet is a SYN and nobody else has what it wants
 *	in	PRE_ROUTING, behind everybody: the node's address -> own, and into the
 *		user's VRF; but where somebody has a hook in LOCAL_IN the address is
 *		changed behind that
 *
 * If a socket of another user's or of the system's has the same addresses and ports, nat.c
 * translates the connection, to a port of nat-ports. The system comes first: a
 * connection that it begins, or takes, with those of a claim ends that.
 *
 * A SYN from outside goes to no user, so that nothing begins from there. Two users of two
 * nodes who connect to each other's port at once would otherwise meet.
 */
#include <linux/icmp.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/route.h>
#include <net/tcp.h>

#include "config/config.h"
#include "core/netns.h"
#include "core/packet.h"
#include "core/user.h"
#include "external/holders.h"
#include "external/readdress.h"
#include "external/syn-mark.h"
#include "external/tcp-claim.h"
#include "overlay/nf-view.h"
#include "overlay/vrf-rx.h"
#include "overlay/vrf.h"
#include "underlay/addrs.h"
#include "underlay/route.h"

/* How many claims a new one has looked at, whether their sockets are still there. More
 * than one, so that there are never many that are not.
 */
#define UVN_TCP_CLAIM_LOOKS	2

/**
 * struct uvn_tcp_claim_key - by what a claim is found, whichever way the packet goes
 * @remote: the far end; what an address of IPv4 leaves is zero
 * @rport: its port
 * @lport: the socket's port
 * @family: AF_INET or AF_INET6
 */
struct uvn_tcp_claim_key {
	union nf_inet_addr remote;
	__be16 rport;
	__be16 lport;
	u32 family;
};

/**
 * struct uvn_tcp_claim - the addresses and ports of a user's connection
 * @node: in the table
 * @list: in the list
 * @rcu: for freeing it after the last reader
 * @key: as above
 * @own: the address that the socket has, the CGNAT one or @addr
 * @addr: the node's address, which is on the wire
 * @vrf: ifindex of the user's VRF
 * @oif: ifindex of the device that the connection leaves by
 * @epoch: when @addr was last known to be the node's
 */
struct uvn_tcp_claim {
	struct rhlist_head node;
	struct list_head list;
	struct rcu_head rcu;
	struct uvn_tcp_claim_key key;
	union nf_inet_addr own;
	union nf_inet_addr addr;
	int vrf;
	int oif;
	u32 epoch;
};

static u32 uvn_tcp_claim_hash(const void *data, u32 len, u32 seed)
{
	const struct uvn_tcp_claim_key *key = data;
	u32 ports = (__force u32)key->rport << 16 | (__force u32)key->lport;

	if (likely(key->family == AF_INET))
		return jhash_2words((__force u32)key->remote.ip, ports, seed);
	return jhash2(key->remote.all, ARRAY_SIZE(key->remote.all), ports ^ seed);
}

static const struct rhashtable_params uvn_tcp_claim_params = {
	.head_offset = offsetof(struct uvn_tcp_claim, node),
	.key_offset = offsetof(struct uvn_tcp_claim, key),
	.key_len = sizeof(struct uvn_tcp_claim_key),
	.hashfn = uvn_tcp_claim_hash,
	.automatic_shrinking = true,
};

static void uvn_tcp_claim_copy(union nf_inet_addr *to, u8 family,
			       const union nf_inet_addr *from)
{
	*to = (union nf_inet_addr){};
	if (family == AF_INET)
		to->ip = from->ip;
	else
		to->in6 = from->in6;
}

/* The claims with a far end and a port of this one. */
static struct rhlist_head *
uvn_tcp_claim_lookup(struct uvn_net *un, u8 family,
		     const union nf_inet_addr *remote, __be16 rport, __be16 lport)
{
	struct uvn_tcp_claim_key key = {
		.rport = rport,
		.lport = lport,
		.family = family,
	};

	if (likely(!atomic_read(&un->tcp_claims.table.ht.nelems)))
		return NULL;
	uvn_tcp_claim_copy(&key.remote, family, remote);
	return rhltable_lookup(&un->tcp_claims.table, &key, uvn_tcp_claim_params);
}

/* The one by an address of the node's. */
static struct uvn_tcp_claim *
uvn_tcp_claim_of(struct uvn_net *un, u8 family, const union nf_inet_addr *addr,
		 const union nf_inet_addr *remote, __be16 rport, __be16 lport)
{
	struct rhlist_head *pos, *list;
	struct uvn_tcp_claim *claim;

	list = uvn_tcp_claim_lookup(un, family, remote, rport, lport);
	rhl_for_each_entry_rcu(claim, pos, list, node)
		if (uvn_addr_same(family, &claim->addr, addr))
			return claim;
	return NULL;
}

/* Is there a socket with these addresses and ports in a VRF, or by a device of the
 * default one?
 */
static bool uvn_tcp_claim_has_socket(struct net *net, u8 family,
				     const union nf_inet_addr *addr,
				     const union nf_inet_addr *remote,
				     __be16 rport, __be16 lport, int dif)
{
	struct sock *sk;

	if (family == AF_INET)
		sk = uvn_inet_lookup_established(net, remote->ip, rport, addr->ip,
						 ntohs(lport), dif);
	else
		sk = uvn_inet6_lookup_established(net, &remote->in6, rport,
						  &addr->in6, ntohs(lport), dif);
	if (sk)
		sock_gen_put(sk);
	return sk;
}

static bool uvn_tcp_claim_lives(struct net *net, const struct uvn_tcp_claim *claim)
{
	const struct uvn_tcp_claim_key *key = &claim->key;

	return uvn_tcp_claim_has_socket(net, key->family, &claim->own, &key->remote,
					key->rport, key->lport, claim->vrf);
}

/* The lock is held. It may have been taken away before it was. */
static void uvn_tcp_claim_drop(struct uvn_net *un, struct uvn_tcp_claim *claim)
{
	if (list_empty(&claim->list))
		return;
	list_del_init(&claim->list);
	rhltable_remove(&un->tcp_claims.table, &claim->node, uvn_tcp_claim_params);
	kfree_rcu(claim, rcu);
}

static void uvn_tcp_claim_end(struct uvn_net *un, struct uvn_tcp_claim *claim)
{
	spin_lock_bh(&un->tcp_claims.lock);
	uvn_tcp_claim_drop(un, claim);
	spin_unlock_bh(&un->tcp_claims.lock);
}

/* Nobody tells when a connection is over: so who begins one looks for those that are. The
 * lock is held.
 */
static void uvn_tcp_claim_tidy(struct uvn_net *un)
{
	struct uvn_tcp_claim *claim;
	unsigned int i;

	for (i = 0; i < UVN_TCP_CLAIM_LOOKS; i++) {
		claim = list_first_entry_or_null(&un->tcp_claims.list,
						 struct uvn_tcp_claim, list);
		if (!claim)
			return;
		if (uvn_tcp_claim_lives(un->net, claim))
			list_move_tail(&claim->list, &un->tcp_claims.list);
		else
			uvn_tcp_claim_drop(un, claim);
	}
}

/* Has the node the address still, from which the connection is? */
static bool uvn_tcp_claim_has_addr(struct uvn_net *un, struct uvn_tcp_claim *claim)
{
	u32 epoch = READ_ONCE(un->tcp_claims.epoch);

	if (likely(READ_ONCE(claim->epoch) == epoch))
		return true;
	if (!uvn_addrs_is_nodes(un->net, claim->key.family, &claim->addr))
		return false;
	WRITE_ONCE(claim->epoch, epoch);
	return true;
}

/* The packet gets the node's address, and if it is a SYN what says that it is a user's. */
static bool uvn_tcp_claim_give(const struct uvn_tcp_claim *claim, struct sk_buff *skb,
			       const struct uvn_packet *p)
{
	u8 family = claim->key.family;

	if (!uvn_readdress_from(skb, family, p, &claim->addr))
		return false;
	if (unlikely(uvn_syn_is(skb, family, p)))
		uvn_syn_mark(skb, family, p);
	return true;
}

/**
 * uvn_tcp_claim_out - let a packet of a connection that has a claim leave
 * @user: whose it is
 * @skb: the packet
 * @state: of LOCAL_OUT
 * @p: what it is, of TCP
 *
 * One whose address has gone from the node, or whose route has gone to another device, is
 * over: its packets have another source then, and the far end says so.
 *
 * Context: RCU read side, perhaps softirq.
 * Return: true if it has the node's address now.
 */
bool uvn_tcp_claim_out(struct uvn_user *user, struct sk_buff *skb,
		       const struct nf_hook_state *state,
		       const struct uvn_packet *p)
{
	const union nf_inet_addr *saddr = uvn_packet_saddr(skb, state->pf);
	struct rhlist_head *pos, *list;
	struct uvn_tcp_claim *claim;
	struct uvn_net *un = user->un;

	list = uvn_tcp_claim_lookup(un, state->pf, uvn_packet_daddr(skb, state->pf),
				    p->dport, p->sport);
	rhl_for_each_entry_rcu(claim, pos, list, node) {
		if (claim->vrf != READ_ONCE(user->vrf) ||
		    !uvn_addr_same(state->pf, &claim->own, saddr))
			continue;
		if (likely(claim->oif == state->out->ifindex &&
			   uvn_tcp_claim_has_addr(un, claim)))
			return uvn_tcp_claim_give(claim, skb, p);
		uvn_tcp_claim_end(un, claim);
		return false;
	}
	return false;
}

/* The address that the system would send from by the same device; or the pool's. A
 * socket that is bound to an address of the node's, which is in no pool, keeps that.
 */
static bool uvn_tcp_claim_source(struct uvn_net *un, const struct sk_buff *skb,
				 const struct nf_hook_state *state,
				 const struct uvn_pool *pool,
				 union nf_inet_addr *addr)
{
	union nf_inet_addr remote;

	if (!pool) {
		uvn_tcp_claim_copy(addr, state->pf, uvn_packet_saddr(skb, state->pf));
		return true;
	}
	if (!uvn_addr_is_none(&pool->snat)) {
		*addr = pool->snat;
		return true;
	}
	/* It would keep another interface's address. */
	if (state->pf == NFPROTO_IPV6 && uvn_addrs_is_soon(state->out))
		return false;
	uvn_tcp_claim_copy(&remote, state->pf, uvn_packet_daddr(skb, state->pf));
	*addr = (union nf_inet_addr){};
	return !uvn_route_source(un->net, state->out->ifindex, state->pf, &remote,
				 addr) &&
	       !uvn_addr_is_none(addr);
}

/* Add it, unless somebody has the same. The lock is held. */
static bool uvn_tcp_claim_add(struct uvn_net *un, struct uvn_tcp_claim *claim)
{
	struct uvn_tcp_claim *other;

	other = uvn_tcp_claim_of(un, claim->key.family, &claim->addr,
				 &claim->key.remote, claim->key.rport,
				 claim->key.lport);
	if (other) {
		if (other->vrf != claim->vrf && uvn_tcp_claim_lives(un->net, other))
			return false;
		uvn_tcp_claim_drop(un, other);
	}
	uvn_tcp_claim_tidy(un);
	if (rhltable_insert(&un->tcp_claims.table, &claim->node, uvn_tcp_claim_params))
		return false;
	list_add_tail(&claim->list, &un->tcp_claims.list);
	return true;
}

/**
 * uvn_tcp_claim_may - claim addresses and ports for a connection that begins
 * @user: whose it is
 * @skb: the packet
 * @state: of LOCAL_OUT, with a socket that connects
 * @p: what it is, of TCP
 * @pool: of the source; NULL if that is an address of the node's
 *
 * Not for one from a port of nat-ports, or one that is in connection tracking already.
 *
 * Context: RCU read side, perhaps softirq.
 * Return: true if it has the node's address now; false if there is no claim, and none
 * can be made.
 */
bool uvn_tcp_claim_may(struct uvn_user *user, struct sk_buff *skb,
		       const struct nf_hook_state *state,
		       const struct uvn_packet *p, const struct uvn_pool *pool)
{
	struct uvn_net *un = user->un;
	struct uvn_tcp_claim *claim;
	bool ok;

	if (!uvn_syn_is(skb, state->pf, p) ||
	    uvn_config_is_nat(rcu_dereference(un->config), p->sport))
		return false;
	claim = kzalloc(sizeof(*claim), GFP_ATOMIC);
	if (!claim)
		return false;
	claim->key.rport = p->dport;
	claim->key.lport = p->sport;
	claim->key.family = state->pf;
	uvn_tcp_claim_copy(&claim->key.remote, state->pf,
			   uvn_packet_daddr(skb, state->pf));
	uvn_tcp_claim_copy(&claim->own, state->pf, uvn_packet_saddr(skb, state->pf));
	claim->vrf = READ_ONCE(user->vrf);
	claim->oif = state->out->ifindex;
	claim->epoch = READ_ONCE(un->tcp_claims.epoch);
	if (!claim->vrf ||
	    !uvn_tcp_claim_source(un, skb, state, pool, &claim->addr) ||
	    uvn_tcp_claim_has_socket(un->net, state->pf, &claim->addr,
				     &claim->key.remote, p->dport, p->sport,
				     claim->oif)) {
		kfree(claim);
		return false;
	}
	spin_lock_bh(&un->tcp_claims.lock);
	ok = uvn_tcp_claim_add(un, claim);
	spin_unlock_bh(&un->tcp_claims.lock);
	if (!ok) {
		kfree(claim);
		return false;
	}
	/* Somebody may have taken it away by now, but not freed it. */
	return uvn_tcp_claim_give(claim, skb, p);
}

/* The claim that a packet from outside belongs to, or whose packet it quotes. */
static struct uvn_tcp_claim *uvn_tcp_claim_in_of(struct uvn_net *un,
						 const struct sk_buff *skb, u8 family,
						 const struct uvn_packet *p)
{
	struct nf_conntrack_tuple quoted;

	if (!p->error)
		return p->protocol == IPPROTO_TCP ?
		       uvn_tcp_claim_of(un, family, uvn_packet_daddr(skb, family),
					uvn_packet_saddr(skb, family), p->sport,
					p->dport) : NULL;
	if (likely(!atomic_read(&un->tcp_claims.table.ht.nelems)) ||
	    !nf_ct_get_tuplepr(skb, p->offset + sizeof(struct icmphdr), family,
			       un->net, &quoted) ||
	    quoted.dst.protonum != IPPROTO_TCP ||
	    !uvn_addr_same(family, &quoted.src.u3, uvn_packet_daddr(skb, family)))
		return NULL;
	return uvn_tcp_claim_of(un, family, &quoted.src.u3, &quoted.dst.u3,
				quoted.dst.u.all, quoted.src.u.all);
}

/* Does a service of the system's hear there? */
static bool uvn_tcp_claim_is_service(struct net *net, u8 family,
				     const union nf_inet_addr *addr, __be16 lport)
{
	struct uvn_holders_at at = {
		.addr = *addr,
		.family = family,
		.port = ntohs(lport),
	};
	struct uvn_holders holders = {};

	uvn_holders_ears(net, IPPROTO_TCP, &at, &holders);
	memset(&at.addr, 0, sizeof(at.addr));
	uvn_holders_ears(net, IPPROTO_TCP, &at, &holders);
	return uvn_holders_has(&holders, 0);
}

/**
 * uvn_tcp_claim_in - take in what belongs to a user's connection
 * @un: namespace
 * @skb: a packet from outside, for this host
 * @state: of PRE_ROUTING
 * @p: what it is
 *
 * A connection that begins outside is none of a user's, but perhaps one of the system's:
 * then the far end has no other with these addresses and ports any more.
 *
 * Context: RCU read side, softirq.
 * Return: %NF_STOLEN if it is a user's; %NF_DROP if it is, but cannot be had;
 * %NF_ACCEPT if it belongs to no claim.
 */
unsigned int uvn_tcp_claim_in(struct uvn_net *un, struct sk_buff *skb,
			      const struct nf_hook_state *state,
			      const struct uvn_packet *p)
{
	struct uvn_tcp_claim *claim;
	const struct uvn_vrf *vrf;

	claim = uvn_tcp_claim_in_of(un, skb, state->pf, p);
	if (likely(!claim))
		return NF_ACCEPT;
	if (unlikely(!p->error && uvn_syn_is(skb, state->pf, p))) {
		if (uvn_tcp_claim_is_service(un->net, state->pf, &claim->addr,
					     p->dport))
			uvn_tcp_claim_end(un, claim);
		return NF_ACCEPT;
	}
	/* The network may have gone. */
	vrf = uvn_vrf_by_index(un->net, claim->vrf);
	if (unlikely(!vrf)) {
		uvn_tcp_claim_end(un, claim);
		return NF_ACCEPT;
	}
	if (uvn_nf_view_has(&un->nf_view, state->pf, UVN_NF_VIEW_BACK))
		uvn_vrf_rx_set_later(skb, state->pf);
	else if (!uvn_readdress_to(skb, state->pf, p, &claim->own))
		return NF_DROP;
	return uvn_vrf_rx_deliver(vrf->user, skb, state->pf) ? NF_STOLEN : NF_DROP;
}

/**
 * uvn_tcp_claim_back - give a packet of a connection the socket's address, behind LOCAL_IN
 * @un: namespace
 * @skb: the packet
 * @family: of it
 * @p: what it is
 *
 * Context: RCU read side, perhaps softirq.
 * Return: false if it has none, and no connection with a claim.
 */
bool uvn_tcp_claim_back(struct uvn_net *un, struct sk_buff *skb, u8 family,
			const struct uvn_packet *p)
{
	struct uvn_tcp_claim *claim = uvn_tcp_claim_in_of(un, skb, family, p);

	return claim && claim->vrf == skb->dev->ifindex &&
	       uvn_readdress_to(skb, family, p, &claim->own);
}

/**
 * uvn_tcp_claim_yield - the system begins a connection
 * @un: namespace
 * @skb: its packet, which leaves by no VRF
 * @state: of LOCAL_OUT, with its socket
 *
 * The system comes first: a user's connection with the same addresses and ports is over.
 *
 * Context: RCU read side, perhaps softirq.
 */
void uvn_tcp_claim_yield(struct uvn_net *un, const struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	const struct inet_sock *inet = inet_sk(state->sk);
	struct uvn_tcp_claim *claim;

	claim = uvn_tcp_claim_of(un, state->pf, uvn_packet_saddr(skb, state->pf),
				 uvn_packet_daddr(skb, state->pf), inet->inet_dport,
				 inet->inet_sport);
	if (claim)
		uvn_tcp_claim_end(un, claim);
}

/**
 * uvn_tcp_claim_forget - forget all users' connections
 * @un: namespace, in which nobody makes a claim any more
 *
 * Context: may sleep.
 */
void uvn_tcp_claim_forget(struct uvn_net *un)
{
	struct uvn_tcp_claim *claim, *next;

	spin_lock_bh(&un->tcp_claims.lock);
	list_for_each_entry_safe(claim, next, &un->tcp_claims.list, list)
		uvn_tcp_claim_drop(un, claim);
	spin_unlock_bh(&un->tcp_claims.lock);
}

/**
 * uvn_tcp_claim_addr_gone - an address has gone from the node
 * @un: namespace
 *
 * Context: any; the calls are serialised by RTNL, or by nothing: one more look at an
 * address does no harm.
 */
void uvn_tcp_claim_addr_gone(struct uvn_net *un)
{
	WRITE_ONCE(un->tcp_claims.epoch, READ_ONCE(un->tcp_claims.epoch) + 1);
}

/**
 * uvn_tcp_claim_init - prepare a namespace
 * @un: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int uvn_tcp_claim_init(struct uvn_net *un)
{
	spin_lock_init(&un->tcp_claims.lock);
	INIT_LIST_HEAD(&un->tcp_claims.list);
	return rhltable_init(&un->tcp_claims.table, &uvn_tcp_claim_params);
}

/**
 * uvn_tcp_claim_exit - undo uvn_tcp_claim_init()
 * @un: namespace, in which there are no claims any more
 */
void uvn_tcp_claim_exit(struct uvn_net *un)
{
	WARN_ON_ONCE(!list_empty(&un->tcp_claims.list));
	rhltable_destroy(&un->tcp_claims.table);
}
