/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device that the program of a user's socket has named.
 */
#ifndef _UVN_NAMED_H
#define _UVN_NAMED_H

#include <linux/ipv6.h>
#include <linux/socket.h>
#include <linux/types.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "socket/sock.h"

struct nf_hook_state;
struct sk_buff;

/**
 * uvn_named - the device that a socket is bound to, by what its program says
 * @sk: a socket
 *
 * A user's socket is bound to the user's VRF. The device is noted beside the owner, in
 * i_generation of the inode, which sockfs does not use and which is zeroed for a new one.
 * It goes with the socket; an ifindex is not given out again.
 *
 * Context: RCU read side, or the socket is held.
 * Return: its ifindex, or 0.
 */
static inline int uvn_named(const struct sock *sk)
{
	const struct socket *sock = READ_ONCE(sk->sk_socket);

	return sock ? READ_ONCE(SOCK_INODE((struct socket *)sock)->i_generation) : 0;
}

/* May it be that a socket, of whatever family, does not hear all of its network? */
static inline bool uvn_named_is_choosy(const struct sock *sk)
{
	return uvn_is_inet(sk->sk_family) &&
	       (uvn_named(sk) || rcu_access_pointer(inet_sk(sk)->mc_list) ||
		(sk->sk_family == AF_INET6 && inet6_sk(sk) &&
		 rcu_access_pointer(inet6_sk(sk)->ipv6_mc_list)));
}

int uvn_named_bind(struct sock *sk, int ifindex);
void uvn_named_bind_scope(struct sock *sk, const struct sockaddr *addr, int len);
void uvn_named_inherit(struct socket *sock, struct socket *from);
void uvn_named_forget(struct sock *sk);
int uvn_named_hears(const struct sock *sk, struct sk_buff *skb);
int uvn_named_casts_by(const struct sk_buff *skb, const struct nf_hook_state *state);

#endif /* _UVN_NAMED_H */
