/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Users' VRFs, which are `uvn` devices.
 */
#ifndef _UVN_VRF_H
#define _UVN_VRF_H

#include <linux/netdevice.h>
#include <linux/types.h>

struct net;
struct uvn_net;
struct uvn_user;

/**
 * struct uvn_vrf - private data of a `uvn` device
 * @dev: the device
 * @user: whose it is; holds a reference
 * @un: namespace of both
 * @uid: of @user, for the packet path
 * @vni_field: VNI of @user as it stands in the VXLAN header
 * @hidden_from_ipv6: IPv6 is off while it would be told that the device is up; RTNL
 */
struct uvn_vrf {
	struct net_device *dev;
	struct uvn_user *user;
	struct uvn_net *un;
	u32 uid;
	__be32 vni_field;
	bool hidden_from_ipv6;
};

void uvn_vrf_know(const struct net_device_ops *ops);
struct uvn_vrf *uvn_vrf_of(const struct net_device *dev);
struct uvn_vrf *uvn_vrf_by_index(struct net *net, int ifindex);
u32 uvn_vrf_uid(const struct net_device *dev);
void uvn_vrf_receive(struct uvn_user *user, bool on);

#endif /* _UVN_VRF_H */
