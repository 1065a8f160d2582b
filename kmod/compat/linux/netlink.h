/* SPDX-License-Identifier: GPL-2.0 */
/* Formatted extack messages came with 6.3; before, a message must outlive the
 * request, so each place that makes one has a few buffers in turn.
 */
#ifndef _UVN_COMPAT_LINUX_NETLINK_H
#define _UVN_COMPAT_LINUX_NETLINK_H

#include <linux/version.h>
#include_next <linux/netlink.h>

#ifndef NL_SET_ERR_MSG_FMT
#define NL_SET_ERR_MSG_FMT(extack, fmt, args...) do {			\
	static char __bufs[8][80];					\
	static atomic_t __next;						\
	char *__buf = __bufs[(unsigned int)atomic_inc_return(&__next) % 8]; \
									\
	snprintf(__buf, sizeof(__bufs[0]), fmt, ##args);		\
	if (extack)							\
		(extack)->_msg = __buf;					\
} while (0)
#endif

#endif
