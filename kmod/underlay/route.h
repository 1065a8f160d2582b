/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Look-up of routes.
 */
#ifndef _UVN_ROUTE_H
#define _UVN_ROUTE_H

#include <linux/netfilter.h>
#include <linux/types.h>

struct dst_entry;
struct net;
struct sk_buff;

struct dst_entry *uvn_route_lookup(struct net *net, int oif, u8 family,
				   const union nf_inet_addr *daddr,
				   const union nf_inet_addr *saddr,
				   __be16 dport);
int uvn_route_source(struct net *net, int oif, u8 family,
		     const union nf_inet_addr *daddr,
		     union nf_inet_addr *saddr);
int uvn_route_again(struct net *net, int oif, struct sk_buff *skb, u8 family);
bool uvn_route_into(struct net *net, int vrf, struct sk_buff *skb, u8 family);

#endif /* _UVN_ROUTE_H */
