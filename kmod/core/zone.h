/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A zone of connection tracking for each user network.
 */
#ifndef _UVN_ZONE_H
#define _UVN_ZONE_H

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/types.h>

struct nf_conn;
struct sk_buff;
struct uvn_net;
struct uvn_user;

/**
 * struct uvn_user_zone - where a user's flows are tracked
 * @template: what tells connection tracking so, or NULL until it is asked for
 * @left: a flow has left the network
 */
struct uvn_user_zone {
	struct nf_conn *template;
	bool left;
};

bool uvn_zone_give(struct uvn_user *user, struct sk_buff *skb);
struct uvn_user *uvn_zone_owner(const struct uvn_net *un, const struct nf_conn *ct);
void uvn_zone_leave(const struct uvn_net *un, struct sk_buff *skb);
struct uvn_user *uvn_zone_led(const struct uvn_net *un, const struct sk_buff *skb,
			      enum ip_conntrack_dir *dir);
void uvn_zone_end(struct uvn_user *user);
void uvn_zone_close(struct uvn_user *user);
void uvn_zone_free(struct uvn_user *user);

#endif /* _UVN_ZONE_H */
