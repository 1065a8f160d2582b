/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files about a user network share.
 */
#ifndef _UVN_NETWORK_H
#define _UVN_NETWORK_H

#include <linux/if.h>
#include <linux/list.h>
#include <linux/types.h>

struct uvn_addr;
struct uvn_addrs;
struct uvn_link;
struct uvn_lower;
struct uvn_user;

/**
 * struct uvn_user_network - what there is of a user network; the worker only
 * @gen: un->gen that it was last brought to
 * @reason: enum uvn_reason of the step that failed
 * @detail: the device, table or step that failed
 * @made_table: entries in the user's table are ours
 */
struct uvn_user_network {
	u32 gen;
	u32 reason;
	char detail[32];
	bool made_table;
};

/**
 * struct uvn_want - a link that a user network must contain
 * @list: in order of the lower devices
 * @ifindex: of the link, or 0 if it is still to be made
 * @lower: the lower device; holds a reference
 * @mtu: in bytes
 * @name: its name, empty if that is too long
 * @longname: its name at full length
 * @addrs: its addresses
 */
struct uvn_want {
	struct list_head list;
	int ifindex;
	struct uvn_lower *lower;
	unsigned int mtu;
	char name[IFNAMSIZ];
	char longname[IFNAMSIZ + 12];
	struct uvn_addrs *addrs;
};

/* network.c */
int uvn_network_apply(struct uvn_user *user);
int uvn_network_destroy(struct uvn_user *user);
void uvn_network_remove_devices(struct uvn_user *const *users, unsigned int n);

/* network-link.c */
int uvn_network_fail(struct uvn_user *user, u32 reason, int err,
		     const char *detail);
struct uvn_link *uvn_network_link(struct uvn_user *user,
				  const struct uvn_lower *lower);
int uvn_network_apply_link(struct uvn_user *user, struct uvn_want *w);

/* network-addr.c */
bool uvn_network_addr_is_routed(struct uvn_user *user, const struct uvn_addr *addr);
int uvn_network_addr_add(struct uvn_user *user, int ifindex,
			 const struct uvn_addr *addr, u8 scope);
int uvn_network_addr_renew(struct uvn_user *user, int ifindex,
			   const struct uvn_addr *a, u8 scope);

#endif /* _UVN_NETWORK_H */
