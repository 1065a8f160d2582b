// SPDX-License-Identifier: GPL-2.0
/*
 * Devices whose egress is judged (uvn_forward_egress()): those on which there is
 * another device that sends by them without this namespace's IP stack, as macvlan
 * and ipvlan devices do, which namespaces are given. There alone, for each packet
 * of a user's would pay for it.
 */
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "core/netns.h"
#include "underlay/egress.h"

/**
 * struct uvn_egress - a device whose egress is judged
 * @list: in un->egresses; RTNL
 * @rcu: for freeing it after the last packet
 * @hook: the hook, which is given the struct uvn_net
 */
struct uvn_egress {
	struct list_head list;
	struct rcu_head rcu;
	struct nf_hook_ops hook;
};

/* Who judges, from a floor above. */
static nf_hookfn *uvn_egress_judge __ro_after_init;

/* What this one bundles, bridges or routes has been seen there. That of a VLAN goes
 * to another network.
 */
static bool uvn_egress_is_seen(const struct net_device *upper)
{
	return netif_is_bridge_master(upper) || netif_is_lag_master(upper) ||
	       netif_is_l3_master(upper) || is_vlan_dev(upper);
}

static bool uvn_egress_is_shared(struct net_device *dev)
{
	struct net_device *upper;
	struct list_head *iter;
	bool shared = false;

	rcu_read_lock();
	netdev_for_each_upper_dev_rcu(dev, upper, iter)
		if (!uvn_egress_is_seen(upper))
			shared = true;
	rcu_read_unlock();
	return shared;
}

static struct uvn_egress *uvn_egress_find(struct uvn_net *un,
					  const struct net_device *dev)
{
	struct uvn_egress *egress;

	list_for_each_entry(egress, &un->egresses, list)
		if (egress->hook.dev == dev)
			return egress;
	return NULL;
}

static void uvn_egress_free(struct uvn_net *un, struct uvn_egress *egress)
{
	list_del(&egress->list);
	nf_unregister_net_hook(un->net, &egress->hook);
	kfree_rcu(egress, rcu);
}

/**
 * uvn_egress_init - note who judges what devices send
 * @judge: takes packets at a device's egress, and is given the struct uvn_net
 */
void uvn_egress_init(nf_hookfn *judge)
{
	uvn_egress_judge = judge;
}

/**
 * uvn_egress_update - look whether a device's egress is to be judged
 * @un: namespace
 * @dev: the device
 *
 * Context: RTNL.
 * Return: 0, or a negative errno if it is to be and is not.
 */
int uvn_egress_update(struct uvn_net *un, struct net_device *dev)
{
#ifdef CONFIG_NETFILTER_EGRESS
	struct uvn_egress *egress = uvn_egress_find(un, dev);
	int err;

	ASSERT_RTNL();
	if (!uvn_egress_is_shared(dev)) {
		if (egress)
			uvn_egress_free(un, egress);
		return 0;
	}
	if (egress || dev->reg_state != NETREG_REGISTERED)
		return 0;
	egress = kzalloc(sizeof(*egress), GFP_KERNEL);
	if (!egress)
		return -ENOMEM;
	egress->hook.hook = uvn_egress_judge;
	egress->hook.dev = dev;
	egress->hook.priv = un;
	egress->hook.pf = NFPROTO_NETDEV;
	egress->hook.hooknum = NF_NETDEV_EGRESS;
	/* Behind every chain that the administrator has on the device. */
	egress->hook.priority = INT_MAX;
	err = nf_register_net_hook(un->net, &egress->hook);
	if (err) {
		kfree(egress);
		return err;
	}
	list_add(&egress->list, &un->egresses);
#endif
	return 0;
}

/**
 * uvn_egress_remove - a device goes
 * @un: namespace
 * @dev: the device
 *
 * Context: RTNL.
 */
void uvn_egress_remove(struct uvn_net *un, const struct net_device *dev)
{
	struct uvn_egress *egress = uvn_egress_find(un, dev);

	ASSERT_RTNL();
	if (egress)
		uvn_egress_free(un, egress);
}

/**
 * uvn_egress_forget - judge no device's egress any more
 * @un: namespace
 *
 * Context: RTNL.
 */
void uvn_egress_forget(struct uvn_net *un)
{
	struct uvn_egress *egress, *next;

	ASSERT_RTNL();
	list_for_each_entry_safe(egress, next, &un->egresses, list)
		uvn_egress_free(un, egress);
}
