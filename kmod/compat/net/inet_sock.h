/* SPDX-License-Identifier: GPL-2.0 */
/* IP_MULTICAST_ALL of a socket: at first a field of its own, later a bit. */
#ifndef _UVN_COMPAT_NET_INET_SOCK_H
#define _UVN_COMPAT_NET_INET_SOCK_H

#include_next <net/inet_sock.h>

static inline bool inet_is_mc_all(const struct sock *sk)
{
#ifdef inet_test_bit
	return inet_test_bit(MC_ALL, sk);
#else
	return inet_sk(sk)->mc_all;
#endif
}

#endif
