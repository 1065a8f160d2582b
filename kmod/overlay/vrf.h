/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A user's VRF device.
 */
#ifndef _UVN_VRF_H
#define _UVN_VRF_H

#include <linux/types.h>

struct net_device;
struct uvn_net;
struct uvn_user;

u32 uvn_vrf_uid(struct uvn_net *un, const struct net_device *dev);
bool uvn_vrf_is_taken(const struct net_device *dev);
void uvn_vrf_take(struct uvn_user *user, struct net_device *vrf);
void uvn_vrf_leave(const struct uvn_user *user);

#endif /* _UVN_VRF_H */
