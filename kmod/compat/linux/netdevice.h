/* SPDX-License-Identifier: GPL-2.0 */
/* Properties of a device that moved from feature bits to fields. */
#ifndef _UVN_COMPAT_LINUX_NETDEVICE_H
#define _UVN_COMPAT_LINUX_NETDEVICE_H

#include <linux/version.h>
#include_next <linux/netdevice.h>

/* has traffic control at its ingress or egress: other fields since 6.6 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0) && defined(CONFIG_NET_XGRESS)
#define netdev_has_tc_ingress(dev) (!!rcu_access_pointer((dev)->tcx_ingress))
#define netdev_has_tc_egress(dev) (!!rcu_access_pointer((dev)->tcx_egress))
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0) && defined(CONFIG_NET_CLS_ACT)
#define netdev_has_tc_ingress(dev) (!!rcu_access_pointer((dev)->miniq_ingress))
#define netdev_has_tc_egress(dev) (!!rcu_access_pointer((dev)->miniq_egress))
#else
#define netdev_has_tc_ingress(dev) false
#define netdev_has_tc_egress(dev) false
#endif

/* transmits without the queue's lock: a field since 6.12 */
static inline void netdev_set_lltx(struct net_device *dev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
	dev->features |= NETIF_F_LLTX;
#else
	dev->lltx = true;
#endif
}

/* cannot leave its namespace: a field since 6.12, renamed in 6.15 and in later
 * 6.12.y, so that Kbuild looks which it is
 */
static inline void netdev_set_netns_immutable(struct net_device *dev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
	dev->features |= NETIF_F_NETNS_LOCAL;
#elif defined(UVN_HAVE_NETNS_IMMUTABLE)
	dev->netns_immutable = true;
#else
	dev->netns_local = true;
#endif
}

#endif
