/* SPDX-License-Identifier: GPL-2.0 */
/* Since 6.10 who resets a connection says why. */
#ifndef _UVN_COMPAT_NET_REQUEST_SOCK_H
#define _UVN_COMPAT_NET_REQUEST_SOCK_H

#include <linux/version.h>
#include_next <net/request_sock.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#include <net/rstreason.h>
#endif

/* as where no socket is: of one that is named some kernels make it the packet's */
static inline void reqsk_send_reset(const struct request_sock *req,
				    struct sk_buff *skb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
	req->rsk_ops->send_reset(NULL, skb);
#else
	req->rsk_ops->send_reset(NULL, skb, SK_RST_REASON_NO_SOCKET);
#endif
}

#endif
