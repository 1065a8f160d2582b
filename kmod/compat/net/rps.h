/* SPDX-License-Identifier: GPL-2.0 */
/* A header of its own since 6.10; before, all was in linux/netdevice.h. */
#ifndef _UVN_COMPAT_NET_RPS_H
#define _UVN_COMPAT_NET_RPS_H

#include <linux/version.h>
#include <linux/netdevice.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#include_next <net/rps.h>
#endif

#endif
