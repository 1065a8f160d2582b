/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files about a user network share.
 */
#ifndef _UVN_NETWORK_H
#define _UVN_NETWORK_H

#include <linux/list.h>
#include <linux/netfilter.h>
#include <linux/types.h>

struct uvn_addrs;
struct uvn_lower;
struct uvn_user;

/**
 * struct uvn_user_network - what there is of a user network; the worker only
 * @gen: un->gen that it was last brought to
 * @reason: enum uvn_reason of the step that failed
 * @detail: the device, table or step that failed
 * @made_table: entries in the user's table are ours
 * @ways: struct uvn_way, what it has by each lower device; RTNL to write
 */
struct uvn_user_network {
	u32 gen;
	u32 reason;
	char detail[32];
	bool made_table;
	struct list_head ways;
};

/**
 * struct uvn_way - what a user network has, or must have, by a lower device
 * @list: in order of the lower devices
 * @lower: the lower device; holds a reference
 * @lower_mtu: the MTU of that, in bytes
 * @addrs: its addresses
 */
struct uvn_way {
	struct list_head list;
	struct uvn_lower *lower;
	unsigned int lower_mtu;
	struct uvn_addrs *addrs;
};

/* network.c */
int uvn_network_apply(struct uvn_user *user);
int uvn_network_destroy(struct uvn_user *user);
void uvn_network_remove_devices(struct uvn_user *const *users, unsigned int n);

/* network-way.c */
int uvn_network_want_ways(struct uvn_user *user, struct list_head *want);
void uvn_network_clear_ways(struct uvn_user *user);
int uvn_network_apply_ways(struct uvn_user *user, struct list_head *want);
void uvn_network_free_ways(struct list_head *ways);

/* network-addr.c */
int uvn_network_addr6_add(struct uvn_user *user, const union nf_inet_addr *addr,
			  bool last);
int uvn_network_addr6_del(struct uvn_user *user, const union nf_inet_addr *addr);

#endif /* _UVN_NETWORK_H */
