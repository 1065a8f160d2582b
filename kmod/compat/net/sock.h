/* SPDX-License-Identifier: GPL-2.0 */
/* How sock_queue_rcv_skb_reason() is called, and how it refuses a packet: at first
 * by an errno, with the reason behind a pointer; later by the reason. Kbuild looks
 * which it is.
 */
#ifndef _UVN_COMPAT_NET_SOCK_H
#define _UVN_COMPAT_NET_SOCK_H

#include_next <net/sock.h>

#ifdef UVN_HAVE_QUEUE_REASON
#define SOCK_QUEUE_PARAMS	(struct sock *sk, struct sk_buff *skb)
#define SOCK_QUEUE_ARGS		(sk, skb)
#define SOCK_QUEUE_REFUSED	SKB_DROP_REASON_SOCKET_FILTER
#else
#define SOCK_QUEUE_PARAMS						\
	(struct sock *sk, struct sk_buff *skb, enum skb_drop_reason *reason)
#define SOCK_QUEUE_ARGS		(sk, skb, reason)
#define SOCK_QUEUE_REFUSED	sock_queue_refused(reason)

static inline int sock_queue_refused(enum skb_drop_reason *reason)
{
	if (reason)
		*reason = SKB_DROP_REASON_SOCKET_FILTER;
	return -EPERM;
}
#endif

#endif
