// SPDX-License-Identifier: GPL-2.0
/*
 * Claims of users' TCP connections off the subnets. The SYN makes one, and it counts as
 * long as the socket, or what is left of it in TIME_WAIT, is in the kernel's own hash.
 *
 * The system comes first: a connection that it begins, or takes, with the addresses and
 * ports of a claim ends that.
 *
 * A SYN from outside goes to no user, so that nothing begins from there. Two users of two
 * nodes who connect to each other's port at once would otherwise meet.
 */
#include <linux/slab.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#include "config/config.h"
#include "core/netns.h"
#include "core/packet.h"
#include "core/readdress.h"
#include "core/user.h"
#include "external/claim.h"
#include "external/holders.h"
#include "external/tcp-claim.h"
#include "external/user-mark.h"

/* The packet gets the node's address, and if it is a SYN what says that it is a user's. */
static bool uvn_tcp_claim_give(const struct uvn_claim *claim, struct sk_buff *skb,
			       const struct uvn_packet *p)
{
	u8 family = claim->key.family;

	if (!uvn_readdress_from(skb, family, p, &claim->addr))
		return false;
	if (unlikely(uvn_user_mark_is_syn(skb, family, p)))
		uvn_user_mark_set(skb, family, p);
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
	struct uvn_claim *claim = uvn_claim_of_sender(user, skb, state->pf, p, 0);

	if (!claim)
		return false;
	if (likely(claim->oif == state->out->ifindex &&
		   uvn_claim_has_addr(user->un, claim)))
		return uvn_tcp_claim_give(claim, skb, p);
	uvn_claim_end(user->un, claim);
	return false;
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
	struct uvn_claim *claim;

	if (!uvn_user_mark_is_syn(skb, state->pf, p) ||
	    uvn_config_is_nat(rcu_dereference(un->config), p->sport))
		return false;
	claim = uvn_claim_new(user, skb, state, p, pool);
	if (!claim)
		return false;
	/* Not if the system has the same. */
	if (uvn_claim_has_connection(un->net, &claim->key, &claim->addr, claim->oif) ||
	    !uvn_claim_add(un, claim)) {
		kfree(claim);
		return false;
	}
	/* Somebody may have taken it away by now, but not freed it. */
	return uvn_tcp_claim_give(claim, skb, p);
}

/* Does a service of the system's hear there? */
static bool uvn_tcp_claim_is_service(struct net *net, const struct uvn_claim *claim)
{
	struct uvn_holders_at at = {
		.addr = claim->addr,
		.family = claim->key.family,
		.port = ntohs(claim->key.lport),
	};
	struct uvn_holders holders = {};

	uvn_holders_ears(net, IPPROTO_TCP, &at, &holders);
	memset(&at.addr, 0, sizeof(at.addr));
	uvn_holders_ears(net, IPPROTO_TCP, &at, &holders);
	return uvn_holders_has(&holders, 0);
}

/**
 * uvn_tcp_claim_hears - is a packet from outside for the connection of a claim?
 * @un: namespace
 * @claim: the claim
 * @skb: a packet with its addresses and ports, or an error that quotes one
 * @family: of it
 * @p: what it is
 *
 * A connection that begins outside is none of a user's, but perhaps one of the system's:
 * then the far end has no other with these addresses and ports any more.
 *
 * Context: RCU read side, softirq.
 */
bool uvn_tcp_claim_hears(struct uvn_net *un, struct uvn_claim *claim,
			 const struct sk_buff *skb, u8 family,
			 const struct uvn_packet *p)
{
	if (likely(p->error || !uvn_user_mark_is_syn(skb, family, p)))
		return true;
	if (uvn_tcp_claim_is_service(un->net, claim))
		uvn_claim_end(un, claim);
	return false;
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
	struct uvn_claim *claim;

	claim = uvn_claim_of(un, state->pf, IPPROTO_TCP,
			     uvn_packet_saddr(skb, state->pf),
			     uvn_packet_daddr(skb, state->pf), inet->inet_dport,
			     inet->inet_sport);
	if (claim)
		uvn_claim_end(un, claim);
}
