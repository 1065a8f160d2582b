// SPDX-License-Identifier: GPL-2.0
/*
 * Which devices are users' VRFs, and whose. A VRF is known by its operations. These
 * need nearly all of this folder (vrf-dev.c), and nearly all of it asks here: so this
 * file is told of them as the module is loaded.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/xarray.h>

#include "core/netns.h"
#include "core/user.h"
#include "overlay/vrf.h"

/* Set once, before there is such a device. */
static const struct net_device_ops *uvn_vrf_ops __ro_after_init;

/**
 * uvn_vrf_know - know users' VRFs from other devices
 * @ops: operations that they have, and no others
 *
 * Context: the module is being loaded.
 */
void uvn_vrf_know(const struct net_device_ops *ops)
{
	uvn_vrf_ops = ops;
}

/**
 * uvn_vrf_of - a device as a user's VRF
 * @dev: the device
 *
 * Context: while the device lives.
 * Return: the VRF, or NULL if it is no user's.
 */
struct uvn_vrf *uvn_vrf_of(const struct net_device *dev)
{
	return dev->netdev_ops == uvn_vrf_ops ? netdev_priv(dev) : NULL;
}

/**
 * uvn_vrf_by_index - the device with an ifindex as a user's VRF
 * @net: namespace
 * @ifindex: of the device
 *
 * Context: RCU read side; the result lives as long.
 * Return: the VRF, or NULL if there is no such device, or it is no user's.
 */
struct uvn_vrf *uvn_vrf_by_index(struct net *net, int ifindex)
{
	const struct net_device *dev = dev_get_by_index_rcu(net, ifindex);

	return dev ? uvn_vrf_of(dev) : NULL;
}

/**
 * uvn_vrf_uid - whose VRF is a device?
 * @dev: the device
 *
 * Context: while the device lives.
 * Return: the user's UID, or 0 if it is no user's VRF.
 */
u32 uvn_vrf_uid(const struct net_device *dev)
{
	const struct uvn_vrf *vrf = uvn_vrf_of(dev);

	return vrf ? vrf->uid : 0;
}

/**
 * uvn_vrf_receive - let a user's VRF receive from other nodes, or not for now
 * @user: whose it is
 * @on: which
 *
 * What comes meanwhile is as if there were no VRF.
 *
 * Context: the worker; takes RTNL.
 */
void uvn_vrf_receive(struct uvn_user *user, bool on)
{
	struct uvn_net *un = user->un;

	uvn_assert_worker(un);
	rtnl_lock();
	/* The entry is there: nothing is allocated. */
	if (user->device)
		xa_store(&un->vnis, user->vni,
			 on ? netdev_priv(user->device) : XA_ZERO_ENTRY,
			 GFP_KERNEL);
	rtnl_unlock();
}
