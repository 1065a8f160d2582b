/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What passes through the node and is not its own.
 */
#ifndef _UVN_FORWARD_H
#define _UVN_FORWARD_H

#include <linux/limits.h>
#include <linux/netfilter.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct nf_hook_state;
struct sk_buff;
struct uvn_net;

/* FORWARD of both families, and two of bridges. */
#ifdef CONFIG_NETFILTER_FAMILY_BRIDGE
#define UVN_FORWARD_HOOKS	4
#else
#define UVN_FORWARD_HOOKS	2
#endif

/**
 * struct uvn_net_forward - the judges of what passes through a namespace
 * @ops: netfilter hooks
 * @out: those that judge it once it is translated (IPv4, IPv6)
 * @out_on: they are registered; @work
 * @open: they may be; un->lock
 * @work: registers them
 */
struct uvn_net_forward {
	struct nf_hook_ops ops[UVN_FORWARD_HOOKS];
	struct nf_hook_ops out[2];
	bool out_on;
	bool open;
	struct work_struct work;
};

bool uvn_forward_is_ready(struct uvn_net *un, u8 family);
void uvn_forward_init(struct uvn_net *un);
int uvn_forward_open(struct uvn_net *un);
void uvn_forward_close(struct uvn_net *un);
unsigned int uvn_forward_out(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state);
unsigned int uvn_forward_egress(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state);

#endif /* _UVN_FORWARD_H */
