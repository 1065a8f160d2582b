/* SPDX-License-Identifier: GPL-2.0 */
/* rtnl_link_ops.newlink has taken a parameter structure since 6.15. */
#ifndef _UVN_COMPAT_NET_RTNETLINK_H
#define _UVN_COMPAT_NET_RTNETLINK_H

#include <linux/version.h>
#include_next <net/rtnetlink.h>

/* Defines @name for .newlink around @fn(dev, tb, extack). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
#define RTNL_NEWLINK(name, fn)						\
static int name(struct net *src_net, struct net_device *dev,		\
		struct nlattr *tb[], struct nlattr *data[],		\
		struct netlink_ext_ack *extack)				\
{									\
	return fn(dev, tb, extack);					\
}
#else
#define RTNL_NEWLINK(name, fn)						\
static int name(struct net_device *dev,					\
		struct rtnl_newlink_params *params,			\
		struct netlink_ext_ack *extack)				\
{									\
	return fn(dev, params->tb, extack);				\
}
#endif

#endif
