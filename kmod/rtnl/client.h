/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In-kernel netlink client.
 */
#ifndef _UVN_CLIENT_H
#define _UVN_CLIENT_H

#include <linux/types.h>

struct net;
struct nlmsghdr;
struct sk_buff;
struct socket;

/**
 * struct uvn_client - a netlink socket of the worker's
 * @sock: the socket, or NULL
 * @seq: sequence number of the last request
 */
struct uvn_client {
	struct socket *sock;
	u32 seq;
};

typedef int uvn_client_fn(const struct nlmsghdr *nlh, void *arg);
int uvn_client_open(struct uvn_client *client, struct net *net, int protocol);
void uvn_client_close(struct uvn_client *client);
int uvn_client_option(struct uvn_client *client, int option);
struct sk_buff *uvn_client_new(struct uvn_client *client, size_t size, int type,
			       int flags, const void *hdr, size_t len);
int uvn_client_request(struct uvn_client *client, struct sk_buff *skb);
int uvn_client_dump(struct uvn_client *client, struct sk_buff *skb,
		    uvn_client_fn *fn, void *arg);

#endif /* _UVN_CLIENT_H */
