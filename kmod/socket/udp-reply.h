/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Answers of system services to users' datagrams.
 */
#ifndef _UVN_UDP_REPLY_H
#define _UVN_UDP_REPLY_H

#include <linux/types.h>

struct sk_buff;
struct sock;
struct uvn_net;

bool uvn_udp_reply_is_noted(const struct sock *sk, const struct sk_buff *skb);
int uvn_udp_reply_note(struct sock **sk, struct sk_buff *skb);
bool uvn_udp_reply_route(struct uvn_net *un, const struct sock *sk,
			 struct sk_buff *skb, u8 family, unsigned int offset);

#endif /* _UVN_UDP_REPLY_H */
