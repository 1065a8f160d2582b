/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What sockets hear that are in no VRF.
 */
#ifndef _UVN_RECEIVE_H
#define _UVN_RECEIVE_H

#include <linux/types.h>

struct request_sock;
struct sk_buff;
struct sock;
struct uvn_denial;
struct uvn_net;

void uvn_receive_deny(struct uvn_net *un, const struct sock *sk,
		      const struct sk_buff *skb, struct uvn_denial *denial);
bool uvn_receive_is_heard(const struct sock *sk, const struct sk_buff *skb);
int uvn_receive_may(const struct sock *sk, const struct sk_buff *skb);
int uvn_receive_connection(const struct sock *sk, struct sk_buff *skb,
			   struct request_sock *req);
bool uvn_receive_is_connected(const struct sock *sk, const struct sk_buff *skb,
			      const struct request_sock *req);

#endif /* _UVN_RECEIVE_H */
