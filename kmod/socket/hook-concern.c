// SPDX-License-Identifier: GPL-2.0
/*
 * Whether a call of an intercepted function needs a wrapper.
 *
 * ftrace's handler asks here for each call. Mostly there is nothing to refuse, to wait for
 * or to change, or what there is can be done at once, and then the function goes on as if
 * nobody had been there. A wrapper asks all of it again, so that a wrapper too many costs
 * time and one too few would let something pass: where it is not sure it is needed.
 *
 * The table in Documentation/design.rst ("Which calls need a wrapper") says for each why
 * nothing is missed.
 */
#include <linux/compiler.h>
#include <linux/ftrace.h>
#include <linux/net.h>
#include <linux/skbuff.h>
#include <net/request_sock.h>
#include <net/sock.h>

#include "socket/bind.h"
#include "socket/device.h"
#include "socket/hook-concern.h"
#include "socket/named.h"
#include "socket/owner.h"
#include "socket/receive.h"
#include "socket/sock.h"
#include "socket/udp-reply.h"
#include "socket/unix.h"

/* A user's own, which most are, are left alone as soon as may be; the system's nearly so.
 * A socket that does not hear all of its network has something to ask of each packet.
 */
static bool uvn_hook_concern_packet(struct sock *sk, struct sk_buff *skb, bool datagram)
{
	if (unlikely(uvn_named_is_choosy(sk)))
		return true;
	if (READ_ONCE(sk->sk_bound_dev_if) == skb->skb_iif &&
	    skb->skb_iif != uvn_device_told(skb))
		return false;
	if (!uvn_receive_is_heard(sk, skb) ||
	    (datagram && !uvn_udp_reply_is_noted(sk, skb)))
		return true;
	uvn_device_tell(sk, skb);
	return false;
}

#define UVN_CONCERN_ARG(type, n)	((type)ftrace_regs_get_argument(fregs, n))

static bool uvn_hook_concern_created(struct socket *sock, struct ftrace_regs *fregs)
{
	/* The kernel's own are in no network. */
	return !UVN_CONCERN_ARG(int, 4) &&
	       !uvn_sock_is_created(sock, UVN_CONCERN_ARG(int, 1), UVN_CONCERN_ARG(int, 2),
				    UVN_CONCERN_ARG(int, 3));
}

static bool uvn_hook_concern_binding(const struct sock *sk, struct ftrace_regs *fregs)
{
	return uvn_device_is_binding(UVN_CONCERN_ARG(int, 1), UVN_CONCERN_ARG(int, 2)) &&
	       uvn_bind_is_users(sk);
}

/**
 * uvn_hook_concern_wants - does a call of an intercepted function need its wrapper?
 * @concern: what the function has to do with uvn
 * @fregs: the arguments of the call
 *
 * What needs none is done here.
 *
 * Context: that of the function, under whatever lock; and with preemption off, if somebody
 * else traces it. It must not sleep, also not for a spinlock of PREEMPT_RT.
 */
bool uvn_hook_concern_wants(enum uvn_hook_concern concern, struct ftrace_regs *fregs)
{
	struct socket *sock = UVN_CONCERN_ARG(struct socket *, 0);
	struct sock *sk = UVN_CONCERN_ARG(struct sock *, 0);

	switch (concern) {
	case UVN_CONCERN_ALWAYS:
		return true;
	case UVN_CONCERN_DATAGRAM:
		return uvn_hook_concern_packet(sk, UVN_CONCERN_ARG(struct sk_buff *, 1),
					       true);
	case UVN_CONCERN_QUEUE:
		return uvn_hook_concern_packet(sk, UVN_CONCERN_ARG(struct sk_buff *, 1),
					       false);
	case UVN_CONCERN_QUEUE_ERROR:
		return !uvn_receive_is_heard(sk, UVN_CONCERN_ARG(struct sk_buff *, 1));
	case UVN_CONCERN_CONNECTION:
		return !uvn_receive_is_connected(sk, UVN_CONCERN_ARG(struct sk_buff *, 1),
						 UVN_CONCERN_ARG(struct request_sock *, 2));
	case UVN_CONCERN_UNIX_SEND:
		return uvn_unix_is_refused(sock->sk,
					   UVN_CONCERN_ARG(struct socket *, 1)->sk);
	case UVN_CONCERN_UNIX_CONNECT:
		return uvn_unix_is_refused(sk, UVN_CONCERN_ARG(struct sock *, 1));
	case UVN_CONCERN_OPTION:
		return uvn_hook_concern_binding(sock->sk, fregs);
	case UVN_CONCERN_OPTION_UDP:
		return uvn_hook_concern_binding(sk, fregs);
	case UVN_CONCERN_OPTION_IP:
		return uvn_device_is_option(UVN_CONCERN_ARG(int, 1),
					    UVN_CONCERN_ARG(int, 2)) &&
		       uvn_bind_is_users(sk);
	case UVN_CONCERN_CREATE:
		return uvn_hook_concern_created(sock, fregs);
	case UVN_CONCERN_SOCKET:
		return uvn_bind_is_users(sock->sk);
	case UVN_CONCERN_SOCK:
		return uvn_bind_is_users(sk);
	case UVN_CONCERN_SOCK_SECOND:
		return uvn_bind_is_users(UVN_CONCERN_ARG(struct sock *, 1));
	case UVN_CONCERN_NAME:
		return !UVN_CONCERN_ARG(int, 2) && uvn_bind_is_users(sock->sk);
	case UVN_CONCERN_ACCEPT:
		uvn_named_inherit(UVN_CONCERN_ARG(struct socket *, 1), sock);
		uvn_owner_inherit(UVN_CONCERN_ARG(struct socket *, 1), sock);
		return false;
	case UVN_CONCERN_GRAFT:
		uvn_device_of_accepted(sk);
		return false;
	case UVN_CONCERN_RAW_HASH:
		/* From inet_create() and inet6_create(). */
		uvn_sock_hide(sk);
		return false;
	}
	return true;
}
