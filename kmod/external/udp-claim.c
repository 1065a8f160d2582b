// SPDX-License-Identifier: GPL-2.0
/*
 * Claims of users' UDP off the subnets. The first datagram of a socket to a far end
 * makes one. Nothing says that a flow of UDP begins, answers or ends, so that a claim
 * has these conditions beside those of claim.c:
 *
 *	the own port is above that of the far end
 *		Of two users of two nodes who send to each other's port only one can have
 *		a claim, the other is translated, to another port; so neither hears the
 *		other.
 *	each datagram can have a mark (user-mark.c)
 *		No inbound flow of another node begins with it.
 *	neither port is published
 *		What comes for a published port is for who has that.
 *	the system has not sent the same of late
 *		It sets a bit (filter.c) for what it sends. The bit is also set when a claim
 *		has to yield, so that nobody gets the answers that are still to come.
 *	the system has no socket with the own port
 *		When it gets one that is counted, and a claim that has not seen the count
 *		is looked at again: whether there is such a socket, or the bit.
 *
 * A user and the system may do so at once:
 *
 *	a user: enters the claim -> barrier -> is there a bit? then it goes
 *	system: sets the bit     -> barrier -> is there a claim? then it goes
 *
 * One of both sees the other, before the system's datagram leaves. A claim counts only
 * once the bit has been looked for.
 */
#include <linux/hash.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>

#include "config/config.h"
#include "core/netns.h"
#include "core/packet.h"
#include "core/readdress.h"
#include "core/user.h"
#include "external/claim.h"
#include "external/filter.h"
#include "external/holders.h"
#include "external/udp-claim.h"
#include "external/user-mark.h"
#include "overlay/vrf.h"
#include "underlay/route.h"

#define UVN_UDP_CLAIM_BITS	18	/* of the filter */
#define UVN_UDP_CLAIM_COUNTS	4096	/* of ports that the system has got */

/**
 * struct uvn_udp_system - what the system does by UDP
 * @sent: bits of whom it has sent what, and of claims that had to yield
 * @ports: how often it has got one of these ports
 */
struct uvn_udp_system {
	struct uvn_filter sent;
	atomic_t ports[UVN_UDP_CLAIM_COUNTS];
};

/* Of IPv6 the last bytes of the address must do: two that share a bit do no harm. */
static u32 uvn_udp_claim_bit(u8 family, const union nf_inet_addr *remote,
			     __be16 rport, __be16 lport)
{
	u32 ports = (__force u32)rport << 16 | (__force u32)lport;

	return hash_32((__force u32)(family == AF_INET ? remote->ip : remote->ip6[3]) +
		       ports * GOLDEN_RATIO_32, UVN_UDP_CLAIM_BITS);
}

static u32 uvn_udp_claim_bit_of(const struct uvn_claim *claim)
{
	return uvn_udp_claim_bit(claim->key.family, &claim->key.remote,
				 claim->key.rport, claim->key.lport);
}

static atomic_t *uvn_udp_claim_ports(struct uvn_udp_system *system, u16 port)
{
	return &system->ports[port % UVN_UDP_CLAIM_COUNTS];
}

/* Nobody gets the answers that may still come. */
static void uvn_udp_claim_end(struct uvn_net *un, struct uvn_udp_system *system,
			      struct uvn_claim *claim)
{
	uvn_filter_set(&system->sent, uvn_udp_claim_bit_of(claim));
	uvn_claim_end(un, claim);
}

/* Has the system got such a port since it was asked last, and has it this one, or had
 * it and sent what may have been the same?
 */
static bool uvn_udp_claim_is_systems(struct uvn_net *un, struct uvn_udp_system *system,
				     struct uvn_claim *claim)
{
	u16 port = ntohs(claim->key.lport);
	/* Pairs with uvn_udp_claim_has_port(). */
	u32 now = atomic_read_acquire(uvn_udp_claim_ports(system, port));

	if (likely(READ_ONCE(claim->ports) == now))
		return false;
	if (uvn_filter_has(&system->sent, uvn_udp_claim_bit_of(claim)) ||
	    uvn_holders_is_systems(un->net, port)) {
		uvn_udp_claim_end(un, system, claim);
		return true;
	}
	WRITE_ONCE(claim->ports, now);
	return false;
}

/* The datagram gets the node's address, and what says that it is a user's. */
static bool uvn_udp_claim_give(const struct uvn_claim *claim, struct sk_buff *skb,
			       const struct uvn_packet *p)
{
	u8 family = claim->key.family;

	if (!uvn_readdress_from(skb, family, p, &claim->addr))
		return false;
	uvn_user_mark_set(skb, family, p);
	return true;
}

/**
 * uvn_udp_claim_out - let a datagram that has a claim leave
 * @user: whose it is
 * @skb: the datagram
 * @state: of LOCAL_OUT
 * @p: what it is, of UDP
 *
 * If it goes by another device now, or its address has gone from the node, it needs
 * another claim. If it can have no mark, it is translated, and so is what comes after it:
 * the far end would not know what comes from two ports in turn.
 *
 * Context: RCU read side, perhaps softirq.
 * Return: true if it has the node's address now.
 */
bool uvn_udp_claim_out(struct uvn_user *user, struct sk_buff *skb,
		       const struct nf_hook_state *state,
		       const struct uvn_packet *p)
{
	struct uvn_net *un = user->un;
	struct uvn_udp_system *system = rcu_dereference(un->udp_system);
	struct uvn_claim *claim;

	claim = uvn_claim_of_sender(user, skb, state->pf, p, state->out->ifindex);
	if (!claim || unlikely(!system || !READ_ONCE(claim->good) ||
			       READ_ONCE(claim->moved)))
		return false;
	if (unlikely(!uvn_user_mark_may(skb, state->pf, p))) {
		/* One from the node's address cannot be translated. */
		if (!uvn_addr_same(state->pf, &claim->own, &claim->addr))
			WRITE_ONCE(claim->moved, true);
		return false;
	}
	return uvn_claim_has_addr(un, claim) && uvn_claim_renew(un, claim, true) &&
	       !uvn_udp_claim_is_systems(un, system, claim) &&
	       uvn_udp_claim_give(claim, skb, p);
}

/* A socket that is bound to an address of the node's may have named a device. Is it the
 * one that the user's routes lead to?
 */
static bool uvn_udp_claim_is_routed(const struct uvn_user *user,
				    const struct sk_buff *skb,
				    const struct nf_hook_state *state)
{
	union nf_inet_addr saddr, daddr;
	struct dst_entry *dst;
	bool same;

	uvn_packet_addrs(skb, state->pf, &saddr, &daddr);
	dst = uvn_route_lookup(user->un->net, READ_ONCE(user->vrf), state->pf, &daddr,
			       &saddr, 0);
	if (IS_ERR(dst))
		return false;
	same = dst->dev == state->out;
	dst_release(dst);
	return same;
}

/**
 * uvn_udp_claim_is_fit - may a datagram have its addresses and ports on the wire?
 * @user: whose it is
 * @skb: the datagram
 * @state: of LOCAL_OUT
 * @p: what it is
 * @pool: of the source; NULL if that is an address of the node's
 *
 * Context: RCU read side.
 * Return: true if it may, unless somebody else has the same.
 */
bool uvn_udp_claim_is_fit(const struct uvn_user *user, const struct sk_buff *skb,
			  const struct nf_hook_state *state,
			  const struct uvn_packet *p, const struct uvn_pool *pool)
{
	const struct uvn_config *cfg = rcu_dereference(user->un->config);

	return ntohs(p->sport) > ntohs(p->dport) &&
	       !uvn_config_is_nat(cfg, p->sport) &&
	       !uvn_publish_is_port(cfg, IPPROTO_UDP, ntohs(p->sport)) &&
	       !uvn_publish_is_port(cfg, IPPROTO_UDP, ntohs(p->dport)) &&
	       uvn_user_mark_may(skb, state->pf, p) &&
	       (pool || uvn_udp_claim_is_routed(user, skb, state));
}

/* Enter a claim, and let it count if the system has nothing to do with it. */
static bool uvn_udp_claim_enter(struct uvn_net *un, struct uvn_udp_system *system,
				struct uvn_claim *claim)
{
	u16 port = ntohs(claim->key.lport);
	u32 bit = uvn_udp_claim_bit_of(claim);

	uvn_filter_renew(&system->sent);
	/* Pairs with uvn_udp_claim_has_port(). */
	claim->ports = atomic_read_acquire(uvn_udp_claim_ports(system, port));
	if (uvn_filter_has(&system->sent, bit) ||
	    uvn_holders_is_systems(un->net, port) || !uvn_claim_add(un, claim)) {
		kfree(claim);
		return false;
	}
	/* Pairs with the bit that is set in uvn_udp_claim_yield(). */
	smp_mb();
	if (uvn_filter_has(&system->sent, bit)) {
		uvn_claim_end(un, claim);
		return false;
	}
	WRITE_ONCE(claim->good, true);
	return true;
}

/**
 * uvn_udp_claim_may - claim addresses and ports for a flow that begins
 * @user: whose it is
 * @skb: the datagram
 * @state: of LOCAL_OUT, with a socket of UDP's
 * @p: what it is, and fit for a claim
 * @pool: of the source; NULL if that is an address of the node's
 *
 * Context: RCU read side, perhaps softirq.
 * Return: true if it has the node's address now; false if there is no claim, and none
 * can be made.
 */
bool uvn_udp_claim_may(struct uvn_user *user, struct sk_buff *skb,
		       const struct nf_hook_state *state,
		       const struct uvn_packet *p, const struct uvn_pool *pool)
{
	struct uvn_net *un = user->un;
	struct uvn_udp_system *system = rcu_dereference(un->udp_system);
	struct uvn_claim *claim;

	if (!system)
		return false;
	claim = uvn_claim_new(user, skb, state, p, pool);
	/* Somebody may have taken it away by the end, but not freed it. */
	return claim && uvn_udp_claim_enter(un, system, claim) &&
	       uvn_udp_claim_give(claim, skb, p);
}

/**
 * uvn_udp_claim_hears - is a packet from outside for the user of a claim?
 * @un: namespace
 * @claim: the claim
 * @error: it is an error about a packet that had the addresses and ports
 *
 * Context: RCU read side, softirq.
 */
bool uvn_udp_claim_hears(struct uvn_net *un, struct uvn_claim *claim, bool error)
{
	struct uvn_udp_system *system = rcu_dereference(un->udp_system);

	return system && READ_ONCE(claim->good) &&
	       !uvn_udp_claim_is_systems(un, system, claim) &&
	       (error || uvn_claim_renew(un, claim, false));
}

/**
 * uvn_udp_claim_yield - the system sends a datagram
 * @un: namespace
 * @skb: the datagram, which leaves by no VRF
 * @family: of it
 * @p: what it is
 *
 * Context: RCU read side, perhaps softirq.
 */
void uvn_udp_claim_yield(struct uvn_net *un, const struct sk_buff *skb, u8 family,
			 const struct uvn_packet *p)
{
	struct uvn_udp_system *system = rcu_dereference(un->udp_system);
	const union nf_inet_addr *remote = uvn_packet_daddr(skb, family);
	struct uvn_claim *claim;

	if (!system ||
	    likely(!uvn_filter_set(&system->sent,
				   uvn_udp_claim_bit(family, remote, p->dport,
						     p->sport))))
		return;
	claim = uvn_claim_of(un, family, IPPROTO_UDP, uvn_packet_saddr(skb, family),
			     remote, p->dport, p->sport);
	if (claim)
		uvn_claim_end(un, claim);
}

/**
 * uvn_udp_claim_has_port - a socket has got a port
 * @sk: the socket, which look-ups find by now
 *
 * Claims from the port are looked at again if it is the system's.
 *
 * Context: task context.
 */
void uvn_udp_claim_has_port(const struct sock *sk)
{
	struct uvn_net *un = uvn_netns(sock_net(sk));
	struct uvn_udp_system *system;

	if (sk->sk_protocol != IPPROTO_UDP)
		return;
	rcu_read_lock();
	system = rcu_dereference(un->udp_system);
	if (system && !uvn_vrf_by_index(un->net, READ_ONCE(sk->sk_bound_dev_if))) {
		/* Who sees the count sees the socket. */
		smp_mb__before_atomic();
		atomic_inc(uvn_udp_claim_ports(system, inet_sk(sk)->inet_num));
	}
	rcu_read_unlock();
}

/**
 * uvn_udp_claim_open - let users claim addresses and ports for UDP
 * @un: namespace
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int uvn_udp_claim_open(struct uvn_net *un)
{
	struct uvn_udp_system *system = kvzalloc(sizeof(*system), GFP_KERNEL);

	if (!system)
		return -ENOMEM;
	if (uvn_filter_init(&system->sent, BIT(UVN_UDP_CLAIM_BITS))) {
		uvn_filter_exit(&system->sent);
		kvfree(system);
		return -ENOMEM;
	}
	rcu_assign_pointer(un->udp_system, system);
	return 0;
}

/**
 * uvn_udp_claim_close - undo uvn_udp_claim_open(); claims of UDP count no more
 * @un: namespace
 *
 * Context: may sleep.
 */
void uvn_udp_claim_close(struct uvn_net *un)
{
	struct uvn_udp_system *system = rcu_dereference_protected(un->udp_system, 1);

	RCU_INIT_POINTER(un->udp_system, NULL);
	synchronize_net();
	uvn_filter_exit(&system->sent);
	kvfree(system);
}
