/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Flows from outside to published ports.
 */
#ifndef _UVN_INBOUND_H
#define _UVN_INBOUND_H

#include <linux/types.h>

struct netlink_ext_ack;
struct nf_hook_state;
struct sk_buff;
struct uvn_config;
struct uvn_net;
struct uvn_user;

struct uvn_user *uvn_inbound_replies(struct uvn_net *un, int vrf,
				     const struct sk_buff *skb, u8 family);
bool uvn_inbound_out(struct uvn_user *user, struct sk_buff *skb,
		     const struct nf_hook_state *state);
int uvn_inbound_open(struct uvn_net *un, const struct uvn_config *cfg,
		     struct netlink_ext_ack *extack);
void uvn_inbound_close(struct uvn_net *un, const struct uvn_config *keep);

#endif /* _UVN_INBOUND_H */
