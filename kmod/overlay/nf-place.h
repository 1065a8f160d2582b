/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where uvn's hooks stand beside somebody else's in netfilter.
 */
#ifndef _UVN_NF_PLACE_H
#define _UVN_NF_PLACE_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/socket.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct net;
struct uvn_net;

/* The hooks, of each family, in the order in which they are registered; they go in the
 * reverse of it.
 */
enum uvn_nf_place {
	UVN_NF_PLACE_PRE,
	UVN_NF_PLACE_IN,
	UVN_NF_PLACE_POST,
	UVN_NF_PLACE_LED_BEHIND,
	UVN_NF_PLACE_LED_BEFORE,
	UVN_NF_PLACE_LED_IN,
	UVN_NF_PLACE_LED_POST,
	UVN_NF_PLACE_ZONE_PRE,
	UVN_NF_PLACE_ZONE_OUT,
	UVN_NF_PLACE_BACK,
	UVN_NF_PLACES
};

#define UVN_NF_PLACE_BIT(family, place)	\
	BIT(((family) == AF_INET6 ? UVN_NF_PLACES : 0) + (place))

/**
 * struct uvn_net_nf_place - the hooks of a namespace
 * @lock: all but @there for readers; inside of whatever they hold who register hooks
 * @ops: the hooks, those of IPv4 first
 * @there: bits of those that are registered
 * @expecting: how many are registering hooks of theirs, beside which ours stay
 * @open: ours may be there
 * @back: translates back what LOCAL_IN was to see as it came
 * @work: removes those that nobody needs any more
 */
struct uvn_net_nf_place {
	struct mutex lock; /* see above */
	struct nf_hook_ops ops[2 * UVN_NF_PLACES];
	u32 there;
	u32 expecting;
	bool open;
	nf_hookfn *back;
	struct work_struct work;
};

void uvn_nf_place_init(struct uvn_net *un, nf_hookfn *back);
int uvn_nf_place_open(struct uvn_net *un);
void uvn_nf_place_close(struct uvn_net *un);
int uvn_nf_place_check(struct uvn_net *un);
int uvn_nf_place_expect(struct net *net, const struct nf_hook_ops *ops,
			unsigned int n);
int uvn_nf_place_done(struct net *net, const struct nf_hook_ops *ops,
		      unsigned int n, int err);
void uvn_nf_place_left(struct net *net, const struct nf_hook_ops *ops,
		       unsigned int n);

/* Is a hook there? */
static inline bool uvn_nf_place_has(const struct uvn_net_nf_place *places, u8 family,
				    enum uvn_nf_place place)
{
	return READ_ONCE(places->there) & UVN_NF_PLACE_BIT(family, place);
}

#endif /* _UVN_NF_PLACE_H */
