/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ways off the subnets: routes mirrored into users' tables.
 */
#ifndef _UVN_UPLINK_H
#define _UVN_UPLINK_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "config/prefix.h"

struct netlink_ext_ack;
struct nlmsghdr;
struct uvn_net;
struct uvn_user;

/**
 * struct uvn_uplink - a route that users' tables contain
 * @list: in its set
 * @prefix: its destination
 * @flags: RTNH_F_*
 * @scope: enum rt_scope_t
 * @tos: as in struct rtmsg
 * @type: RTN_*
 * @len: length of @data in bytes
 * @data: the attributes that are the same for all users
 */
struct uvn_uplink {
	struct list_head list;
	struct uvn_prefix prefix;
	u32 flags;
	u8 scope;
	u8 tos;
	u8 type;
	u16 len;
	u8 data[] __aligned(NLMSG_ALIGNTO);
};

/**
 * struct uvn_uplinks - what is to be mirrored at one time
 * @refs: held by the namespace and by each user whose table may have them
 * @flushes: un->uplink.flushes when they were read
 * @list: struct uvn_uplink
 */
struct uvn_uplinks {
	refcount_t refs;
	u32 flushes;
	struct list_head list;
};

/**
 * struct uvn_net_uplink - the ways off the subnets of a namespace
 * @set: as they were read; only the worker uses it
 * @gen: un->gen for which they were; likewise
 * @flushes: how often routes were lost; likewise
 * @stale: they may have changed since; UVN_UPLINK_*
 * @fib: tells when routes change
 */
struct uvn_net_uplink {
	struct uvn_uplinks *set;
	u32 gen;
	u32 flushes;
	atomic_t stale;
	struct notifier_block fib;
};

/**
 * struct uvn_user_uplink - the ways off the subnets of a user; the worker only
 * @set: what may be of them in the user's table
 * @whole: all of it is
 */
struct uvn_user_uplink {
	struct uvn_uplinks *set;
	bool whole;
};

/**
 * struct uvn_uplink_read - what is being read
 * @un: namespace
 * @set: where the routes go
 * @table: which table is read
 */
struct uvn_uplink_read {
	struct uvn_net *un;
	struct uvn_uplinks *set;
	u32 table;
};

int uvn_uplink_read(const struct nlmsghdr *nlh, void *arg);
int uvn_uplink_route(struct uvn_user *user, const struct uvn_uplink *u,
		     bool add);
int uvn_uplink_follow(struct uvn_net *un);
int uvn_uplink_apply(struct uvn_user *user);
int uvn_uplink_remove(struct uvn_user *user);
void uvn_uplink_forget(struct uvn_user *user);
int uvn_uplink_open(struct uvn_net *un, struct netlink_ext_ack *extack);
void uvn_uplink_close(struct uvn_net *un);

#endif /* _UVN_UPLINK_H */
