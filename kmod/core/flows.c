// SPDX-License-Identifier: GPL-2.0
/*
 * How many flows each user has in the node's table for connection tracking, and
 * may have: the table is one for all users and the system.
 *
 * Connection tracking tells modules of no entry's end: its one notifier is
 * ctnetlink's. But an entry may hold a reference to another, its master, which
 * connection tracking gives up as it frees the entry, wherever and for whatever
 * reason. So each user has a root, an entry that is in no table (a template, as
 * the kernel calls it), all flows of the user have it for their master, and the
 * root's reference count says how many there are: no walk, no timer, nothing to
 * be corrected, and no cost once a flow has begun. It is memory of connection
 * tracking's, which outlives the user and this module for as long as it must.
 *
 * To connection tracking a flow is an expected one only if its status says so,
 * which it does not.
 */
#include <linux/minmax.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "config/config.h"
#include "core/flows.h"
#include "core/netns.h"
#include "core/user.h"

/* So many a user may have however full the table is: connection tracking itself
 * then gives up what looks least worth keeping.
 */
#define UVN_FLOWS_FEW	16

/* The root of a user's flows; made for the first one. */
static struct nf_conn *uvn_flows_root(struct uvn_user *user,
				      enum uvn_flows_kind kind)
{
	struct uvn_flows *flows = &user->flows[kind];
	struct nf_conn *root = READ_ONCE(flows->root), *old;

	if (likely(root))
		return root;
	root = nf_ct_tmpl_alloc(user->un->net, &nf_ct_zone_dflt, GFP_ATOMIC);
	if (!root)
		return NULL;
	/* It has no addresses, and so room for whose it is. */
	root->tuplehash[IP_CT_DIR_ORIGINAL].tuple.src.u3.all[0] = user->uid;
	old = cmpxchg(&flows->root, NULL, root);
	if (!old)
		return root;
	nf_ct_put(root);
	return old;
}

/* May a user have @n flows of a kind? No more than the limit, and no more than
 * are free then: one who takes all there is gets half of the table, the next a
 * third, and the system, whose flows are in it if a firewall wants them tracked,
 * always finds room.
 */
static bool uvn_flows_may(struct uvn_net *un, u32 n)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);
	u32 max = READ_ONCE(nf_conntrack_max);

	if (cfg->nat_flows && n > cfg->nat_flows)
		return false;
	return n <= UVN_FLOWS_FEW || !max ||
	       (u64)n + nf_conntrack_count(un->net) <= max;
}

/**
 * uvn_flows_count - how many flows a user has
 * @user: the user network
 * @kind: of which kind
 *
 * Context: any.
 */
u32 uvn_flows_count(const struct uvn_user *user, enum uvn_flows_kind kind)
{
	const struct nf_conn *root = READ_ONCE(user->flows[kind].root);

	return root ? refcount_read(&root->ct_general.use) - 1 : 0;
}

/**
 * uvn_flows_take - have a flow that begins counted as a user's
 * @user: the user network
 * @kind: of the flow
 * @ct: the flow, not confirmed yet
 * @force: even if the user has as many as may be
 *
 * Connection tracking gives it back when the flow has ended, also if it is never
 * confirmed.
 *
 * Context: RCU read side, perhaps softirq.
 * Return: %UVN_REASON_NONE; %UVN_REASON_FLOWS if there are too many with it, and
 * then it is counted only if it was forced; else %UVN_REASON_NO_MEMORY or
 * %UVN_REASON_TRANSLATION.
 */
u32 uvn_flows_take(struct uvn_user *user, enum uvn_flows_kind kind,
		   struct nf_conn *ct, bool force)
{
	struct uvn_flows *flows = &user->flows[kind];
	struct nf_conn *root;
	bool may;

	/* Somebody's helper expected it: it would be counted as nobody's. */
	if (ct->master)
		return UVN_REASON_TRANSLATION;
	root = uvn_flows_root(user, kind);
	if (!root)
		return UVN_REASON_NO_MEMORY;
	/* Counted before it is compared, so that no two take the last place. */
	nf_conntrack_get(&root->ct_general);
	may = uvn_flows_may(user->un, uvn_flows_count(user, kind));
	if (unlikely(READ_ONCE(flows->crowded) == may))
		WRITE_ONCE(flows->crowded, !may);
	if (!may && !force) {
		nf_ct_put(root);
		return UVN_REASON_FLOWS;
	}
	ct->master = root;
	return may ? UVN_REASON_NONE : UVN_REASON_FLOWS;
}

/**
 * uvn_flows_is_full - is it in vain to track what may begin a flow?
 * @user: the user network
 * @kind: of the flow
 *
 * In a table that is full connection tracking gives up another's flow for it,
 * before it could be refused. Whose last flow was not refused is not asked, and in
 * audit mode nobody is.
 *
 * Context: RCU read side.
 */
bool uvn_flows_is_full(struct uvn_user *user, enum uvn_flows_kind kind)
{
	return unlikely(READ_ONCE(user->flows[kind].crowded)) &&
	       !rcu_dereference(user->un->config)->audit &&
	       !uvn_flows_may(user->un, uvn_flows_count(user, kind) + 1);
}

/**
 * uvn_flows_user - whose a flow is
 * @un: namespace
 * @ct: the flow, with a reference
 * @kind: of it
 *
 * Context: RCU read side; the result lives as long.
 * Return: the network that it was taken for, or NULL, also if that is gone.
 */
struct uvn_user *uvn_flows_user(struct uvn_net *un, const struct nf_conn *ct,
				enum uvn_flows_kind kind)
{
	const struct nf_conn *root = ct->master;
	struct uvn_user *user;

	if (!root || !nf_ct_is_template(root))
		return NULL;
	user = xa_load(&un->users,
		       root->tuplehash[IP_CT_DIR_ORIGINAL].tuple.src.u3.all[0]);
	return user && READ_ONCE(user->flows[kind].root) == root ? user : NULL;
}

/**
 * uvn_flows_sum - how many flows all users have
 * @un: namespace
 * @kind: of which kind
 *
 * Context: any.
 */
u32 uvn_flows_sum(struct uvn_net *un, enum uvn_flows_kind kind)
{
	const struct uvn_user *user;
	unsigned long uid;
	u32 sum = 0;

	rcu_read_lock();
	xa_for_each(&un->users, uid, user)
		sum += uvn_flows_count(user, kind);
	rcu_read_unlock();
	return sum;
}

/**
 * uvn_flows_free - a user has no more flows to begin
 * @user: the user network, which nobody else sees any more
 */
void uvn_flows_free(struct uvn_user *user)
{
	enum uvn_flows_kind kind;

	for (kind = 0; kind < UVN_FLOWS_KINDS; kind++)
		nf_ct_put(user->flows[kind].root);
}
