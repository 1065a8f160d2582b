/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A zone of connection tracking for each user network.
 */
#ifndef _UVN_ZONE_H
#define _UVN_ZONE_H

#include <linux/types.h>

struct nf_conn;
struct sk_buff;
struct uvn_user;

/**
 * struct uvn_user_zone - where a user's flows are tracked
 * @template: what tells connection tracking so, or NULL until it is asked for
 */
struct uvn_user_zone {
	struct nf_conn *template;
};

void uvn_zone_give(struct uvn_user *user, struct sk_buff *skb);
void uvn_zone_left(struct sk_buff *skb);
void uvn_zone_free(struct uvn_user *user);

#endif /* _UVN_ZONE_H */
