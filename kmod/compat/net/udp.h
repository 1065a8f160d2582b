/* SPDX-License-Identifier: GPL-2.0 */
/* A namespace may have a table of its own since 6.2. */
#ifndef _UVN_COMPAT_NET_UDP_H
#define _UVN_COMPAT_NET_UDP_H

#include <linux/version.h>
#include_next <net/udp.h>

static inline struct udp_table *udp_net_table(const struct net *net)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	return &udp_table;
#else
	return net->ipv4.udp_table;
#endif
}

#endif
