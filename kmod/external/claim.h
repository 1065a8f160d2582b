/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Users' flows off the subnets that have the node's address and the ports of their
 * sockets: who has which.
 */
#ifndef _UVN_CLAIM_H
#define _UVN_CLAIM_H

#include <linux/list.h>
#include <linux/netfilter.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct net;
struct nf_hook_state;
struct sk_buff;
struct uvn_net;
struct uvn_packet;
struct uvn_pool;
struct uvn_user;

/**
 * struct uvn_claim_key - by what a claim is found, whichever way the packet goes
 * @remote: the far end; what an address of IPv4 leaves is zero
 * @rport: its port
 * @lport: the socket's port
 * @family: AF_INET or AF_INET6
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 */
struct uvn_claim_key {
	union nf_inet_addr remote;
	__be16 rport;
	__be16 lport;
	u16 family;
	u16 protocol;
};

/**
 * struct uvn_claim - the addresses and ports of a user's flow
 * @node: in the table
 * @list: in the list
 * @rcu: for freeing it after the last reader
 * @key: as above
 * @own: the address that the socket has, the CGNAT one or @addr
 * @addr: the node's address, which is on the wire
 * @uid: of the user
 * @vrf: ifindex of the user's VRF
 * @oif: ifindex of the device that the flow leaves by
 * @epoch: when @addr was last known to be the node's
 * @when: jiffies of the last packet, to the second; of UDP
 * @ports: how often the system had got such a port when it had none; of UDP
 * @good: it counts; one of UDP's is not good at once
 * @moved: what is sent is translated from now on; of UDP
 */
struct uvn_claim {
	struct rhlist_head node;
	struct list_head list;
	struct rcu_head rcu;
	struct uvn_claim_key key;
	union nf_inet_addr own;
	union nf_inet_addr addr;
	u32 uid;
	int vrf;
	int oif;
	u32 epoch;
	u32 when;
	u32 ports;
	bool good;
	bool moved;
};

/**
 * struct uvn_net_claims - the claims in a namespace
 * @lock: protects @list, @n and @users, and what is added to and taken from @table
 * @table: struct uvn_claim, by its key
 * @list: the same; looked at longest ago first
 * @n: how many of UDP's there are
 * @users: UID -> how many of these are the user's
 * @epoch: counts addresses of the node that have gone
 */
struct uvn_net_claims {
	spinlock_t lock; /* see above */
	struct rhltable table;
	struct list_head list;
	u32 n;
	struct xarray users;
	u32 epoch;
};

struct uvn_claim *uvn_claim_of(struct uvn_net *un, u8 family, u8 protocol,
			       const union nf_inet_addr *addr,
			       const union nf_inet_addr *remote, __be16 rport,
			       __be16 lport);
struct uvn_claim *uvn_claim_of_sender(const struct uvn_user *user,
				      const struct sk_buff *skb, u8 family,
				      const struct uvn_packet *p, int oif);
struct uvn_claim *uvn_claim_of_packet(struct uvn_net *un, const struct sk_buff *skb,
				      u8 family, const struct uvn_packet *p);
struct uvn_claim *uvn_claim_new(struct uvn_user *user, const struct sk_buff *skb,
				const struct nf_hook_state *state,
				const struct uvn_packet *p,
				const struct uvn_pool *pool);
bool uvn_claim_has_connection(struct net *net, const struct uvn_claim_key *key,
			      const union nf_inet_addr *addr, int dif);
bool uvn_claim_add(struct uvn_net *un, struct uvn_claim *claim);
void uvn_claim_end(struct uvn_net *un, struct uvn_claim *claim);
bool uvn_claim_has_addr(struct uvn_net *un, struct uvn_claim *claim);
bool uvn_claim_renew(struct uvn_net *un, struct uvn_claim *claim, bool out);
void uvn_claim_forget(struct uvn_net *un, u16 first, u16 last);
void uvn_claim_addr_gone(struct uvn_net *un);
int uvn_claim_init(struct uvn_net *un);
void uvn_claim_exit(struct uvn_net *un);

#endif /* _UVN_CLAIM_H */
