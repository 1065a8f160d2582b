// SPDX-License-Identifier: GPL-2.0
/*
 * What a user's devices have in common with the system's is hidden from the system.
 */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>

#include "overlay/hide.h"
#include "overlay/link.h"
#include "overlay/vrf.h"

/* Keep the system from finding an address of IPv4 that has just come to a device.
 *
 * The kernel finds the device that has an address in one table of the namespace,
 * without a look at VRFs, and the newest is found first: a multicast group that root
 * joins by the address of em1 would be joined on a user's link. What a user's device
 * has in common with the system's is taken out of that table. There the system's
 * own is then found, or else by the table "local".
 *
 * A CGNAT address stays: no device of the system's has it, and the kernel sends
 * nothing from an address that it does not find.
 *
 * The kernel itself takes an address out with the same function when it goes, which
 * does nothing to what is out already; and all else that it does with the address
 * goes by the list of the device.
 *
 * RTNL, under which addresses come to that table and go.
 */
static void uvn_hide_addr(struct in_ifaddr *ifa)
{
	const struct net_device *dev = ifa->ifa_dev->dev;

	ASSERT_RTNL();
	if (dev->rtnl_link_ops == &uvn_link_ops ||
	    (ipv4_is_loopback(ifa->ifa_local) && uvn_vrf_is_taken(dev)))
		hlist_del_init_rcu(in_ifaddr_node(ifa));
}

static int uvn_hide_inetaddr_event(struct notifier_block *nb,
				   unsigned long event, void *ptr)
{
	if (event == NETDEV_UP)
		uvn_hide_addr(ptr);
	return NOTIFY_DONE;
}

static struct notifier_block uvn_hide_inetaddr_nb = {
	.notifier_call = uvn_hide_inetaddr_event,
};

/**
 * uvn_hide_init - watch for addresses
 *
 * Return: 0 or a negative errno.
 */
int uvn_hide_init(void)
{
	return register_inetaddr_notifier(&uvn_hide_inetaddr_nb);
}

/**
 * uvn_hide_exit - watch no more
 */
void uvn_hide_exit(void)
{
	unregister_inetaddr_notifier(&uvn_hide_inetaddr_nb);
}
