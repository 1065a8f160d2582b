/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Flows from outside to published ports.
 */
#ifndef _UVN_INBOUND_H
#define _UVN_INBOUND_H

#include <linux/atomic.h>
#include <linux/netfilter.h>
#include <linux/ratelimit.h>
#include <linux/types.h>

struct netlink_ext_ack;
struct nf_conn;
struct nf_hook_state;
struct sk_buff;
struct uvn_config;
struct uvn_net;
struct uvn_user;

/* Events about such flows in a second. */
#define UVN_INBOUND_EVENTS	100

/**
 * struct uvn_net_inbound - flows from outside to published ports of a namespace
 * @ops: netfilter hooks for them (IPv4, IPv6)
 * @on: they are registered; un->lock
 * @template: makes connection tracking use our zone, while they are
 * @events: rate limit of events about such flows
 * @suppressed: such events left out since the last one sent
 */
struct uvn_net_inbound {
	struct nf_hook_ops ops[2];
	bool on;
	struct nf_conn *template;
	struct ratelimit_state events;
	atomic_t suppressed;
};

struct uvn_user *uvn_inbound_replies(struct uvn_net *un, int vrf,
				     const struct sk_buff *skb, u8 family);
bool uvn_inbound_out(struct uvn_user *user, struct sk_buff *skb,
		     const struct nf_hook_state *state);
int uvn_inbound_open(struct uvn_net *un, const struct uvn_config *cfg,
		     struct netlink_ext_ack *extack);
void uvn_inbound_close(struct uvn_net *un, const struct uvn_config *keep);

#endif /* _UVN_INBOUND_H */
