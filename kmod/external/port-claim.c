// SPDX-License-Identifier: GPL-2.0
/*
 * Published ports: what a user listens on can be reached from outside the user's
 * network, at the node's own addresses, by hosts that an administrator names. How
 * they are is in inbound.c; here is to whom which ports are published, and which
 * user has them.
 *
 * What the system has comes first. A port of a range belongs to one user of the
 * node, the first who binds a socket to it, for as long as there is a socket that
 * has it; who comes later is told that it is in use.
 *
 * A connection has no port: whose flow it is inbound.c knows by itself.
 */
#include <linux/netfilter.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/netfilter/nf_socket.h>
#include <net/sock.h>

#include "config/publish.h"
#include "core/netns.h"
#include "core/packet.h"
#include "core/user.h"
#include "external/holders.h"
#include "external/port-claim.h"
#include "overlay/vrf.h"

static unsigned long uvn_port_claim_index(u8 protocol, u16 port)
{
	return protocol << 16 | port;
}

/**
 * uvn_port_claim_owner - who has a published port?
 * @un: namespace
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @port: the port
 *
 * Context: RCU read side.
 * Return: the user's network, or NULL.
 */
struct uvn_user *uvn_port_claim_owner(struct uvn_net *un, u8 protocol, u16 port)
{
	void *entry = xa_load(&un->port_claims,
			      uvn_port_claim_index(protocol, port));

	return entry ? xa_load(&un->users, xa_to_value(entry)) : NULL;
}

/**
 * uvn_port_claim_take - a user's socket wants a port
 * @un: namespace
 * @sk: the socket
 * @uid: of the user
 * @vrf: ifindex of the VRF
 * @addr: to what it is about to be bound, of any family; NULL if it is bound, and
 *	about to listen
 * @len: length of @addr in bytes
 *
 * Who has claimed it and has it keeps it. Two who bind at the same moment both
 * may; but only the last of them may listen.
 *
 * Context: task context.
 * Return: 0, also for ports that are not published; -EADDRINUSE, -ENOMEM.
 */
int uvn_port_claim_take(struct uvn_net *un, const struct sock *sk,
			u32 uid, int vrf, const struct sockaddr *addr, int len)
{
	struct uvn_holders_at at;
	u8 protocol = sk->sk_protocol;
	struct uvn_holders users;
	unsigned long index;
	bool published, has;
	int err = 0;
	void *mine;

	if (likely(!READ_ONCE(un->inbound.on)) ||
	    (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) ||
	    !uvn_holders_set(&at, sk, addr, len))
		return 0;
	rcu_read_lock();
	published = uvn_publish_is_port(rcu_dereference(un->config), protocol,
					at.port);
	rcu_read_unlock();
	if (!published)
		return 0;

	index = uvn_port_claim_index(protocol, at.port);
	mine = xa_mk_value(uid);
	xa_lock_bh(&un->port_claims);
	uvn_holders_of(un->net, protocol, &at, &users);
	has = uvn_holders_has(&users, vrf);
	if (!has || xa_load(&un->port_claims, index) != mine)
		err = users.n > has ? -EADDRINUSE :
		      xa_err(__xa_store(&un->port_claims, index, mine,
					GFP_ATOMIC));
	xa_unlock_bh(&un->port_claims);
	return err;
}

static struct sock *uvn_port_claim_sk(struct net *net, const struct sk_buff *skb,
				      u8 family, const struct net_device *in)
{
	return family == AF_INET ? nf_sk_lookup_slow_v4(net, skb, in) :
				   nf_sk_lookup_slow_v6(net, skb, in);
}

/* Has the system a socket that the packet is for? */
static bool uvn_port_claim_is_systems(struct uvn_net *un,
				      const struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	struct sock *sk = uvn_port_claim_sk(un->net, skb, state->pf, state->in);

	if (sk)
		sock_gen_put(sk);
	return sk;
}

/* Has the user? Not one that is in no VRF, which hears all of them. */
static bool uvn_port_claim_is_users(struct uvn_user *user,
				    const struct sk_buff *skb, u8 family,
				    bool *any)
{
	int vrf = READ_ONCE(user->vrf_ifindex);
	struct net *net = user->un->net;
	struct net_device *dev;
	struct sock *sk;
	bool own;

	dev = vrf ? dev_get_by_index_rcu(net, vrf) : NULL;
	sk = dev ? uvn_port_claim_sk(net, skb, family, dev) : NULL;
	if (!sk)
		return false;
	own = READ_ONCE(sk->sk_bound_dev_if) == vrf;
	*any = sk->sk_family == AF_INET ? !sk->sk_rcv_saddr :
	       ipv6_addr_any(&sk->sk_v6_rcv_saddr);
	sock_gen_put(sk);
	return own;
}

static struct uvn_user *uvn_port_claim_user_in(struct uvn_net *un, int vrf)
{
	struct net_device *dev = dev_get_by_index_rcu(un->net, vrf);
	u32 uid = dev ? uvn_vrf_uid(dev) : 0;

	return uid ? xa_load(&un->users, uid) : NULL;
}

/* The user with a socket for a packet among those with sockets at @at: who has
 * claimed the port, if it is one of them, else the first.
 */
static struct uvn_user *uvn_port_claim_among(struct uvn_net *un,
					     const struct sk_buff *skb,
					     u8 protocol, u8 family,
					     const struct uvn_holders_at *at,
					     struct uvn_user *owner, bool *any)
{
	struct uvn_holders users = {};
	struct uvn_user *user;
	unsigned int i;

	uvn_holders_ears(un->net, protocol, at, &users);
	if (owner && uvn_holders_has(&users, READ_ONCE(owner->vrf)) &&
	    uvn_port_claim_is_users(owner, skb, family, any))
		return owner;
	for (i = users.n; i--;) {
		user = uvn_port_claim_user_in(un, users.vrf[i]);
		if (user && uvn_port_claim_is_users(user, skb, family, any))
			return user;
	}
	return NULL;
}

/**
 * uvn_port_claim_find - whose socket is a packet from outside for?
 * @un: namespace
 * @skb: the packet, for a published port
 * @p: what it is
 * @state: of PRE_ROUTING
 * @any: set to whether the socket hears at all addresses
 *
 * The system's come first; then who hears at just this address, as with the
 * kernel's own look-ups, so that nobody who hears at all addresses takes what is
 * another's; then who has claimed the port. Who had it before it was published
 * has not claimed it, who has claimed it may have no socket any more.
 *
 * Context: RCU read side, softirq.
 * Return: the user's network, or NULL if it is no user's.
 */
struct uvn_user *uvn_port_claim_find(struct uvn_net *un,
				     const struct sk_buff *skb,
				     const struct uvn_packet *p,
				     const struct nf_hook_state *state,
				     bool *any)
{
	struct uvn_holders_at at = {
		.family = state->pf,
		.port = ntohs(p->dport),
	};
	struct uvn_user *owner, *user;

	if (uvn_port_claim_is_systems(un, skb, state))
		return NULL;
	owner = uvn_port_claim_owner(un, p->protocol, at.port);
	if (state->pf == NFPROTO_IPV4)
		at.addr.ip = ip_hdr(skb)->daddr;
	else
		at.addr.in6 = ipv6_hdr(skb)->daddr;
	user = uvn_port_claim_among(un, skb, p->protocol, state->pf, &at, owner,
				    any);
	if (!user) {
		memset(&at.addr, 0, sizeof(at.addr));
		user = uvn_port_claim_among(un, skb, p->protocol, state->pf, &at,
					    owner, any);
		if (!user || user == owner)
			return user;
	} else if (owner) {
		return user;
	}
	return xa_err(xa_store_bh(&un->port_claims,
				  uvn_port_claim_index(p->protocol, at.port),
				  xa_mk_value(user->uid), GFP_ATOMIC)) ?
	       NULL : user;
}
