/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages of netlink, and above all of rtnetlink.
 */
#ifndef _UVN_MESSAGE_H
#define _UVN_MESSAGE_H

#include <linux/types.h>

struct net;
struct nlmsghdr;
struct sk_buff;

typedef bool (uvn_message_fn)(const struct net *net, const struct nlmsghdr *nlh);

bool uvn_message_is_hidden(const struct net *net, const struct nlmsghdr *nlh);
bool uvn_message_are_hidden(const struct net *net, const struct sk_buff *skb);
bool uvn_message_thin(struct sk_buff *skb, unsigned int from,
		      uvn_message_fn *is_hidden);

#endif /* _UVN_MESSAGE_H */
