/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System tasks that act for a user.
 */
#ifndef _UVN_ADOPT_H
#define _UVN_ADOPT_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct netlink_ext_ack;
struct uvn_net;

enum uvn_adopt_by {
	UVN_ADOPT_PID,
	UVN_ADOPT_CGROUP,
};

/**
 * struct uvn_net_adopt - tasks of a namespace that act for users
 * @by: PID, id of a cgroup -> struct uvn_adoption; un->lock to write
 * @n: how many there are, with those that are over
 * @limit: for how many it is worth while to look which are over; un->lock
 */
struct uvn_net_adopt {
	struct xarray by[2];
	atomic_t n;
	int limit;
};

u32 uvn_adopt_uid(struct uvn_net *un);
int uvn_adopt_add(struct uvn_net *un, enum uvn_adopt_by by, u64 id, u32 uid,
		  struct netlink_ext_ack *extack);
int uvn_adopt_del(struct uvn_net *un, enum uvn_adopt_by by, u64 id,
		  struct netlink_ext_ack *extack);
bool uvn_adopt_next(struct uvn_net *un, enum uvn_adopt_by *by,
		    unsigned long *id, u32 *pid, u32 *uid);
void uvn_adopt_close(struct uvn_net *un);

#endif /* _UVN_ADOPT_H */
