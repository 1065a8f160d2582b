/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The decision on a new socket.
 */
#ifndef _UVN_SOCK_H
#define _UVN_SOCK_H

#include <linux/list.h>
#include <linux/socket.h>
#include <linux/types.h>

struct sock;
struct socket;
struct uvn_config;
struct uvn_net;

/**
 * struct uvn_net_strict - a namespace whose users may get no sockets elsewhere
 * @list: in the list of those whose do not
 * @on: it is in that
 */
struct uvn_net_strict {
	struct list_head list;
	bool on;
};

static inline bool uvn_is_inet(int family)
{
	return family == AF_INET || family == AF_INET6;
}

void uvn_sock_hide(struct sock *sk);
void uvn_sock_watch(struct uvn_net *un, const struct uvn_config *cfg);
bool uvn_sock_is_created(struct socket *sock, int family, int type, int protocol);
int uvn_sock_created(struct socket *sock, int family, int type, int protocol);

#endif /* _UVN_SOCK_H */
