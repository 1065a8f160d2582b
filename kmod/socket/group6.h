/* SPDX-License-Identifier: GPL-2.0 */
/*
 * By which devices a user's socket has joined a group of IPv6.
 */
#ifndef _UVN_GROUP6_H
#define _UVN_GROUP6_H

#include <linux/types.h>

struct in6_addr;
struct net_device;
struct sock;
struct uvn_net;

int uvn_group6_joined(struct sock *sk, int ifindex, const struct in6_addr *group,
		      int named, int err);
int uvn_group6_leaves(struct sock *sk, int ifindex, const struct in6_addr *group,
		      int named);
bool uvn_group6_hears(struct uvn_net *un, const struct sock *sk,
		      const struct in6_addr *group, const struct net_device *vrf, int iif);

#endif /* _UVN_GROUP6_H */
