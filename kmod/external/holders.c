// SPDX-License-Identifier: GPL-2.0
/*
 * In which networks there are sockets that have a port, without a walk over its
 * connections, of which there may be any number. Who listens at an address the
 * kernel's hash says, at a cost that grows with listeners alone, as that of its
 * own look-ups. Which sockets have only been bound so far no hash says; they are
 * seen among the youngest of the port.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/string.h>
#include <net/inet_hashtables.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/sock.h>
#include <net/tcp_states.h>
#include <net/udp.h>

#include "config/prefix.h"
#include "external/cgnat.h"
#include "external/holders.h"
#include "overlay/vrf.h"

/* How many of a port's sockets are looked at under the lock of its bucket, the
 * youngest first: all of them, unless there are connections, and then somebody
 * listens, which is seen elsewhere.
 */
#define UVN_HOLDERS_YOUNGEST	64

/* And of those that hear datagrams for an address. */
#define UVN_HOLDERS_EARS	256

/* How often a walk begins anew that a socket has led astray. */
#define UVN_HOLDERS_AGAIN	4

/* Note whose a socket is that has the port. */
static void uvn_holders_note(struct uvn_holders *users,
			     const struct sock *sk)
{
	int vrf = READ_ONCE(sk->sk_bound_dev_if);

	if (users->n && vrf == users->bound)
		return;
	users->bound = vrf;
	if (vrf)
		vrf = l3mdev_master_ifindex_by_index(sock_net(sk), vrf);
	if (users->n < ARRAY_SIZE(users->vrf) && !uvn_holders_has(users, vrf))
		users->vrf[users->n++] = vrf;
}

static bool uvn_holders_is_all(const struct uvn_holders_at *at)
{
	return uvn_addr_is_none(&at->addr);
}

/* An address of IPv4 as such, however it is written. */
static void uvn_holders_set6(struct uvn_holders_at *at,
			     const struct in6_addr *addr)
{
	if (ipv6_addr_v4mapped(addr)) {
		at->family = AF_INET;
		at->addr.ip = addr->s6_addr32[3];
	} else {
		at->family = AF_INET6;
		at->addr.in6 = *addr;
	}
}

/**
 * uvn_holders_set - say where a socket hears
 * @at: set to where
 * @sk: the socket
 * @addr: to what it is about to be bound, of any family; NULL if it is bound
 * @len: length of @addr in bytes
 *
 * Return: true if it has a port.
 */
bool uvn_holders_set(struct uvn_holders_at *at, const struct sock *sk,
		     const struct sockaddr *addr, int len)
{
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)addr;
	const struct sockaddr_in *sin = (const struct sockaddr_in *)addr;

	memset(at, 0, sizeof(*at));
	at->family = AF_INET;
	if (!addr && sk->sk_family == AF_INET6)
		uvn_holders_set6(at, &sk->sk_v6_rcv_saddr);
	else if (!addr)
		at->addr.ip = sk->sk_rcv_saddr;
	else if (len < (int)sizeof(*sin))
		return false;
	else if (sk->sk_family == AF_INET6 && len >= SIN6_LEN_RFC2133)
		uvn_holders_set6(at, &sin6->sin6_addr);
	else
		at->addr.ip = sin->sin_addr.s_addr;
	at->port = addr ? ntohs(sin->sin_port) : inet_sk(sk)->inet_num;
	return at->port;
}

static u32 uvn_holders_hash(struct net *net, const struct uvn_holders_at *at)
{
	return at->family == AF_INET ?
	       ipv4_portaddr_hash(net, at->addr.ip, at->port) :
	       ipv6_portaddr_hash(net, &at->addr.in6, at->port);
}

/* Does a socket hear just there? */
static bool uvn_holders_hears(const struct sock *sk,
			      const struct uvn_holders_at *at)
{
	struct uvn_holders_at own = { .family = AF_INET };

	if (sk->sk_family == AF_INET6)
		uvn_holders_set6(&own, &sk->sk_v6_rcv_saddr);
	else
		own.addr.ip = sk->sk_rcv_saddr;
	return nf_inet_addr_cmp(&own.addr, &at->addr) &&
	       (own.family == at->family || uvn_holders_is_all(at));
}

/* A listener that is closed meanwhile, and begins to listen elsewhere, leads from
 * its chain into another one; the end tells.
 */
static void uvn_holders_ears_tcp(struct net *net,
				 const struct uvn_holders_at *at,
				 struct uvn_holders *users)
{
	const struct inet_hashinfo *h = net->ipv4.tcp_death_row.hashinfo;
	u32 slot = uvn_holders_hash(net, at) & h->lhash2_mask;
	const struct hlist_nulls_node *node;
	unsigned int tries = 0;
	const struct sock *sk;

	do {
		sk_nulls_for_each_rcu(sk, node, &h->lhash2[slot].nulls_head)
			if (net_eq(sock_net(sk), net) &&
			    inet_sk(sk)->inet_num == at->port &&
			    uvn_holders_hears(sk, at))
				uvn_holders_note(users, sk);
	} while (get_nulls_value(node) != slot + LISTENING_NULLS_BASE &&
		 tries++ < UVN_HOLDERS_AGAIN);
}

static void uvn_holders_ears_udp(struct net *net,
				 const struct uvn_holders_at *at,
				 struct uvn_holders *users)
{
	struct udp_hslot *slot = udp_hashslot2(udp_net_table(net),
					       uvn_holders_hash(net, at));
	unsigned int n = 0;
	struct sock *sk;

	udp_portaddr_for_each_entry_rcu(sk, &slot->head) {
		if (n++ == UVN_HOLDERS_EARS)
			break;
		if (net_eq(sock_net(sk), net) &&
		    udp_sk(sk)->udp_port_hash == at->port &&
		    uvn_holders_hears(sk, at))
			uvn_holders_note(users, sk);
	}
}

/**
 * uvn_holders_ears - in which networks there are sockets that hear just there
 * @net: namespace
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @at: where; of TCP those that listen
 * @users: to these they are added
 *
 * Context: RCU read side, perhaps softirq.
 */
void uvn_holders_ears(struct net *net, u8 protocol,
		      const struct uvn_holders_at *at,
		      struct uvn_holders *users)
{
	if (protocol == IPPROTO_TCP)
		uvn_holders_ears_tcp(net, at, users);
	else
		uvn_holders_ears_udp(net, at, users);
}

/* A connection has no port, nor has one that is over but for late packets. */
static bool uvn_holders_is_bound(const struct sock *sk)
{
	int state = READ_ONCE(sk->sk_state);

	return state == TCP_CLOSE || state == TCP_LISTEN;
}

static void uvn_holders_youngest_tcp(struct net *net, u16 port,
				     struct uvn_holders *users)
{
	struct inet_hashinfo *h = net->ipv4.tcp_death_row.hashinfo;
	struct inet_bind_hashbucket *head;
	const struct inet_bind_bucket *tb;
	const struct sock *sk;
	unsigned int n = 0;

	head = &h->bhash[inet_bhashfn(net, port, h->bhash_size)];
	spin_lock_bh(&head->lock);
	inet_bind_bucket_for_each(tb, &head->chain) {
		if (!net_eq(ib_net(tb), net) || tb->port != port)
			continue;
		inet_bind_bucket_for_each_sk(sk, tb) {
			if (n++ == UVN_HOLDERS_YOUNGEST)
				goto out;
			if (uvn_holders_is_bound(sk))
				uvn_holders_note(users, sk);
		}
	}
out:
	spin_unlock_bh(&head->lock);
}

static void uvn_holders_youngest_udp(struct net *net, u16 port,
				     struct uvn_holders *users)
{
	struct udp_hslot *slot = udp_hashslot(udp_net_table(net), net, port);
	unsigned int n = 0;
	struct sock *sk;

	spin_lock_bh(&slot->lock);
	sk_for_each(sk, &slot->head) {
		if (n++ == UVN_HOLDERS_YOUNGEST)
			break;
		if (net_eq(sock_net(sk), net) &&
		    udp_sk(sk)->udp_port_hash == port)
			uvn_holders_note(users, sk);
	}
	spin_unlock_bh(&slot->lock);
}

/**
 * uvn_holders_of - in which networks there are sockets that have a port
 * @net: namespace
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @at: the port, and where one would hear who asks
 * @users: set to the networks
 *
 * Context: any, but in interrupts.
 */
void uvn_holders_of(struct net *net, u8 protocol,
		    const struct uvn_holders_at *at,
		    struct uvn_holders *users)
{
	const struct uvn_holders_at all = {
		.family = AF_INET,
		.port = at->port,
	};

	users->n = 0;
	rcu_read_lock();
	uvn_holders_ears(net, protocol, &all, users);
	if (!uvn_holders_is_all(at))
		uvn_holders_ears(net, protocol, at, users);
	if (protocol == IPPROTO_TCP)
		uvn_holders_youngest_tcp(net, at->port, users);
	else
		uvn_holders_youngest_udp(net, at->port, users);
	rcu_read_unlock();
}

/**
 * uvn_holders_is_systems - has anybody but users a socket of UDP with a port?
 * @net: namespace
 * @port: the port
 *
 * A socket that is bound to another device than a user's VRF is the system's.
 *
 * Context: RCU read side, perhaps softirq.
 * Return: true also if there are too many to tell.
 */
bool uvn_holders_is_systems(struct net *net, u16 port)
{
	struct udp_hslot *slot = udp_hashslot(udp_net_table(net), net, port);
	unsigned int n = 0;
	bool found = false;
	struct sock *sk;

	spin_lock_bh(&slot->lock);
	sk_for_each(sk, &slot->head) {
		found = n++ == UVN_HOLDERS_EARS ||
			(net_eq(sock_net(sk), net) &&
			 udp_sk(sk)->udp_port_hash == port &&
			 !uvn_vrf_by_index(net, READ_ONCE(sk->sk_bound_dev_if)));
		if (found)
			break;
	}
	spin_unlock_bh(&slot->lock);
	return found;
}
