/* SPDX-License-Identifier: GPL-2.0 */
/*
 * By which devices a user's socket has joined a group.
 */
#ifndef _UVN_GROUP_H
#define _UVN_GROUP_H

#include <linux/bits.h>
#include <linux/types.h>

#include "underlay/lower.h"

/* Bits beside those of lower devices, by their numbers. */
#define UVN_GROUP_LO	BIT(UVN_LOWER_NUMBERS)
#define UVN_GROUP_ANY	BIT(UVN_LOWER_NUMBERS + 1)

struct ip_mreqn;
struct net_device;
struct sock;
struct uvn_net;

u32 uvn_group_bit(struct uvn_net *un, int ifindex);
int uvn_group_left(u32 *bits, u32 by);
u32 uvn_group_names(const struct sock *sk, struct ip_mreqn *imr, int named);
int uvn_group_joined(struct sock *sk, const struct ip_mreqn *imr, u32 by, bool is_named,
		     int err);
int uvn_group_leaves(struct sock *sk, struct ip_mreqn *imr, int named);
bool uvn_group_hears(struct uvn_net *un, const struct sock *sk, __be32 group,
		     const struct net_device *vrf, int iif);

#endif /* _UVN_GROUP_H */
