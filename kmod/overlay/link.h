/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The `uvn` device: a user's link on a lower device.
 */
#ifndef _UVN_LINK_H
#define _UVN_LINK_H

#include <linux/list.h>
#include <linux/types.h>

struct net_device;
struct rtnl_link_ops;
struct uvn_addrs;
struct uvn_lower;
struct uvn_user;

/**
 * struct uvn_link - private data of a `uvn` device
 * @dev: the device
 * @lower: what it sends and receives through; holds a reference
 * @user: whose it is; holds a reference
 * @list: in user->links; RTNL
 * @vni: of @user, for the packet path
 * @vni_field: the same as it stands in the VXLAN header
 * @applied: addresses whose subnets have routes; only the worker uses it
 */
struct uvn_link {
	struct net_device *dev;
	struct uvn_lower *lower;
	struct uvn_user *user;
	struct list_head list;
	u32 vni;
	__be32 vni_field;
	struct uvn_addrs *applied;
};

/**
 * struct uvn_net_making - what the worker is making a link for; RTNL
 * @user: the user
 * @lower: the lower device
 */
struct uvn_net_making {
	struct uvn_user *user;
	struct uvn_lower *lower;
};

extern struct rtnl_link_ops uvn_link_ops;

void uvn_link_receive(struct uvn_user *user, bool on);

#endif /* _UVN_LINK_H */
