/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many flows each user has in the node's table for connection tracking.
 */
#ifndef _UVN_FLOWS_H
#define _UVN_FLOWS_H

#include <linux/types.h>

struct nf_conn;
struct uvn_net;
struct uvn_user;

/* What is counted apart, and has the limit each. */
enum uvn_flows_kind {
	UVN_FLOWS_TRANSLATED,	/* from the user, off the subnets */
	UVN_FLOWS_PUBLISHED,	/* from outside, to the user's ports */
	UVN_FLOWS_KINDS,
};

/**
 * struct uvn_flows - a user's flows of one kind
 * @root: what each of them holds a reference to, once there was one
 * @crowded: the last that began found no room
 */
struct uvn_flows {
	struct nf_conn *root;
	bool crowded;
};

u32 uvn_flows_take(struct uvn_user *user, enum uvn_flows_kind kind,
		   struct nf_conn *ct, bool force);
bool uvn_flows_is_full(struct uvn_user *user, enum uvn_flows_kind kind);
struct uvn_user *uvn_flows_user(struct uvn_net *un, const struct nf_conn *ct,
				enum uvn_flows_kind kind);
u32 uvn_flows_count(const struct uvn_user *user, enum uvn_flows_kind kind);
u32 uvn_flows_sum(struct uvn_net *un, enum uvn_flows_kind kind);
void uvn_flows_free(struct uvn_user *user);

#endif /* _UVN_FLOWS_H */
