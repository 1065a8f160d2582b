/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interception of what lists sockets.
 */
#ifndef _UVN_INTERCEPT_SOCKETS_H
#define _UVN_INTERCEPT_SOCKETS_H

#include <linux/types.h>

struct netlink_ext_ack;
struct sk_buff;
struct uvn_config;
struct uvn_net;

int uvn_intercept_sockets_open(struct uvn_net *un, const struct uvn_config *cfg,
			       struct netlink_ext_ack *extack);
void uvn_intercept_sockets_close(struct uvn_net *un, const struct uvn_config *keep);
bool uvn_intercept_sockets_mark(void);
int uvn_intercept_sockets_put_missing(struct sk_buff *skb, int attr);

#endif /* _UVN_INTERCEPT_SOCKETS_H */
