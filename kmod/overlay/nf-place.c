// SPDX-License-Identifier: GPL-2.0
/*
 * Where uvn's hooks stand beside somebody else's in netfilter. A hook costs each packet
 * something, so that one of ours is there only as long as there is one that it is for:
 * those that show devices beside any, those for zones beside that of connection tracking,
 * those for what is led beside that of translation.
 *
 * Who registers a hook comes by here before it is there (socket/hook.c), so that no packet
 * meets one without ours; and after it has gone. If ours cannot be registered the other
 * one is refused, as it would be for want of memory anyhow.
 */
#include <linux/log2.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/rcupdate.h>
#include <linux/socket.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "core/netns.h"
#include "overlay/led.h"
#include "overlay/nf-place.h"
#include "overlay/nf-view.h"
#include "underlay/fast-output.h"

/* Beside whomever. */
#define UVN_NF_PLACE_ANY	INT_MAX

/**
 * struct uvn_nf_place_hook - what is at a place
 * @hook: the hook; NULL for that of struct uvn_net_nf_place
 * @hooknum: where it is
 * @priority: of it
 * @beside: priority of the hook without which it is not needed
 */
struct uvn_nf_place_hook {
	nf_hookfn *hook;
	unsigned int hooknum;
	int priority;
	int beside;
};

static const struct uvn_nf_place_hook uvn_nf_place_hooks[UVN_NF_PLACES] = {
	[UVN_NF_PLACE_PRE] = {
		uvn_nf_view_pre, NF_INET_PRE_ROUTING,
		UVN_NF_VIEW_PRIORITY, UVN_NF_PLACE_ANY,
	},
	[UVN_NF_PLACE_IN] = {
		uvn_nf_view_local_in, NF_INET_LOCAL_IN,
		UVN_NF_VIEW_PRIORITY, UVN_NF_PLACE_ANY,
	},
	[UVN_NF_PLACE_POST] = {
		uvn_nf_view_post, NF_INET_POST_ROUTING,
		UVN_NF_VIEW_PRIORITY, UVN_NF_PLACE_ANY,
	},
	[UVN_NF_PLACE_LED_BEHIND] = {
		uvn_led_behind, NF_INET_LOCAL_OUT,
		NF_IP_PRI_NAT_DST + 1, NF_IP_PRI_NAT_DST,
	},
	[UVN_NF_PLACE_LED_BEFORE] = {
		uvn_led_before, NF_INET_LOCAL_OUT,
		NF_IP_PRI_NAT_DST - 1, NF_IP_PRI_NAT_DST,
	},
	[UVN_NF_PLACE_LED_IN] = {
		uvn_led_in, NF_INET_LOCAL_IN,
		UVN_LED_PRIORITY, NF_IP_PRI_NAT_SRC,
	},
	[UVN_NF_PLACE_LED_POST] = {
		uvn_led_post, NF_INET_POST_ROUTING,
		UVN_LED_PRIORITY, NF_IP_PRI_NAT_SRC,
	},
	[UVN_NF_PLACE_ZONE_PRE] = {
		uvn_nf_view_zone_pre, NF_INET_PRE_ROUTING,
		NF_IP_PRI_CONNTRACK - 1, NF_IP_PRI_CONNTRACK,
	},
	[UVN_NF_PLACE_ZONE_OUT] = {
		uvn_nf_view_zone_out, NF_INET_LOCAL_OUT,
		NF_IP_PRI_CONNTRACK - 1, NF_IP_PRI_CONNTRACK,
	},
	[UVN_NF_PLACE_BACK] = {
		NULL, NF_INET_LOCAL_IN,
		NF_IP_PRI_LAST, UVN_NF_PLACE_ANY,
	},
};

/* Those of a family that are needed beside somebody else's hook. AppArmor's in
 * POST_ROUTING looks at secmarks alone.
 */
static u32 uvn_nf_place_beside(u8 family, unsigned int hooknum, int priority)
{
	const struct uvn_nf_place_hook *ours = uvn_nf_place_hooks;
	unsigned int place;
	u32 wanted = 0;

	for (place = 0; place < UVN_NF_PLACES; place++, ours++)
		if (ours->hooknum == hooknum &&
		    (ours->beside == UVN_NF_PLACE_ANY ?
		     priority != NF_IP_PRI_SELINUX_FIRST :
		     priority == ours->beside))
			wanted |= UVN_NF_PLACE_BIT(family, place);
	return wanted;
}

/* Those that are needed beside all hooks of others at one place of netfilter. */
static u32 uvn_nf_place_needed_at(const struct uvn_net *un, u8 family,
				  unsigned int hooknum)
{
	struct nf_hook_entries __rcu *const *hooks =
		family == AF_INET ? un->net->nf.hooks_ipv4 :
				    un->net->nf.hooks_ipv6;
	const struct nf_hook_entries *e = rcu_dereference(hooks[hooknum]);
	struct nf_hook_ops **ops;
	unsigned int i;
	u32 needed = 0;

	if (!e)
		return 0;
	ops = nf_hook_entries_get_hook_ops(e);
	for (i = 0; i < e->num_hook_entries; i++)
		if (ops[i]->priv != un)
			needed |= uvn_nf_place_beside(family, hooknum,
						      ops[i]->priority);
	return needed;
}

static u32 uvn_nf_place_needed(const struct uvn_net *un)
{
	unsigned int hooknum;
	u32 needed = 0;

	rcu_read_lock();
	for (hooknum = 0; hooknum < NF_INET_NUMHOOKS; hooknum++)
		needed |= uvn_nf_place_needed_at(un, AF_INET, hooknum) |
			  uvn_nf_place_needed_at(un, AF_INET6, hooknum);
	rcu_read_unlock();
	return needed;
}

static int uvn_nf_place_add_one(struct uvn_net *un, u8 family, enum uvn_nf_place place)
{
	const struct uvn_nf_place_hook *hook = &uvn_nf_place_hooks[place];
	u32 bit = UVN_NF_PLACE_BIT(family, place);
	struct nf_hook_ops *ops = &un->nf_place.ops[ilog2(bit)];
	int err;

	*ops = (struct nf_hook_ops){
		.hook = hook->hook ?: un->nf_place.back,
		.pf = family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6,
		.hooknum = hook->hooknum,
		.priority = hook->priority,
		.priv = un,
	};
	err = nf_register_net_hook(un->net, ops);
	if (!err)
		WRITE_ONCE(un->nf_place.there, un->nf_place.there | bit);
	return err;
}

/* Those of @wanted that are not there; some may be after a failure. */
static int uvn_nf_place_add(struct uvn_net *un, u32 wanted)
{
	static const u8 families[] = { AF_INET, AF_INET6 };
	unsigned int i, place;
	int err = 0;

	lockdep_assert_held(&un->nf_place.lock);
	wanted &= ~un->nf_place.there;
	for (i = 0; i < ARRAY_SIZE(families); i++)
		for (place = 0; place < UVN_NF_PLACES && !err; place++)
			if (wanted & UVN_NF_PLACE_BIT(families[i], place))
				err = uvn_nf_place_add_one(un, families[i], place);
	return err;
}

/* Of packets that were told that a hook will see them none is on its way to it any more. */
static void uvn_nf_place_remove(struct uvn_net *un, u32 unwanted)
{
	unsigned int i;

	unwanted &= un->nf_place.there;
	if (!unwanted)
		return;
	WRITE_ONCE(un->nf_place.there, un->nf_place.there & ~unwanted);
	synchronize_net();
	for (i = ARRAY_SIZE(un->nf_place.ops); i--;)
		if (unwanted & BIT(i))
			nf_unregister_net_hook(un->net, &un->nf_place.ops[i]);
}

static void uvn_nf_place_prune(struct work_struct *work)
{
	struct uvn_net *un = container_of(work, struct uvn_net, nf_place.work);

	mutex_lock(&un->nf_place.lock);
	/* The last of those who are registering hooks has this done again. */
	if (un->nf_place.open && !un->nf_place.expecting)
		uvn_nf_place_remove(un, ~uvn_nf_place_needed(un));
	mutex_unlock(&un->nf_place.lock);
}

/* Those of ours that some of another's are to be accompanied by; *@un is set to whose. */
static u32 uvn_nf_place_concerned(struct net *net, const struct nf_hook_ops *ops,
				  unsigned int n, struct uvn_net **un)
{
	unsigned int i;
	u32 wanted = 0;

	/* While a namespace is made, it may have hooks before it has this. */
	*un = uvn_netns(net);
	if (!*un)
		return 0;
	for (i = 0; i < n; i++) {
		if (ops[i].priv == *un)
			continue;
		if (ops[i].pf == NFPROTO_IPV4 || ops[i].pf == NFPROTO_INET)
			wanted |= uvn_nf_place_beside(AF_INET, ops[i].hooknum,
						      ops[i].priority);
		if (ops[i].pf == NFPROTO_IPV6 || ops[i].pf == NFPROTO_INET)
			wanted |= uvn_nf_place_beside(AF_INET6, ops[i].hooknum,
						      ops[i].priority);
	}
	return wanted;
}

/**
 * uvn_nf_place_expect - hooks are about to be registered
 * @net: namespace
 * @ops: the hooks
 * @n: how many
 *
 * Those of ours that belong beside them are there afterwards. Without a failure
 * uvn_nf_place_done() must follow.
 *
 * Context: may sleep.
 * Return: 0; or a negative errno, and then they must not be registered.
 */
int uvn_nf_place_expect(struct net *net, const struct nf_hook_ops *ops,
			unsigned int n)
{
	struct uvn_net *un;
	u32 wanted = uvn_nf_place_concerned(net, ops, n, &un);
	int err = 0;

	if (!wanted)
		return 0;
	mutex_lock(&un->nf_place.lock);
	if (un->nf_place.open)
		err = uvn_nf_place_add(un, wanted);
	if (!err)
		un->nf_place.expecting++;
	else
		schedule_work(&un->nf_place.work);
	mutex_unlock(&un->nf_place.lock);
	return err;
}

/**
 * uvn_nf_place_done - they have been registered, or not
 * @net: namespace
 * @ops: the hooks
 * @n: how many
 * @err: what came of it
 *
 * Context: may sleep.
 * Return: @err
 */
int uvn_nf_place_done(struct net *net, const struct nf_hook_ops *ops,
		      unsigned int n, int err)
{
	struct uvn_net *un;

	if (!uvn_nf_place_concerned(net, ops, n, &un))
		return err;
	mutex_lock(&un->nf_place.lock);
	WRITE_ONCE(un->nf_place.expecting, un->nf_place.expecting - 1);
	/* Some of ours may be of no use; or others' have gone meanwhile. */
	if (un->nf_place.open && !un->nf_place.expecting)
		schedule_work(&un->nf_place.work);
	wake_up_var(&un->nf_place.expecting);
	mutex_unlock(&un->nf_place.lock);
	return err;
}

/**
 * uvn_nf_place_left - hooks have been unregistered
 * @net: namespace
 * @ops: the hooks
 * @n: how many
 *
 * Context: may sleep.
 */
void uvn_nf_place_left(struct net *net, const struct nf_hook_ops *ops,
		       unsigned int n)
{
	struct uvn_net *un;

	if (!uvn_nf_place_concerned(net, ops, n, &un))
		return;
	mutex_lock(&un->nf_place.lock);
	if (un->nf_place.open)
		schedule_work(&un->nf_place.work);
	mutex_unlock(&un->nf_place.lock);
}

/**
 * uvn_nf_place_init - prepare a namespace
 * @un: namespace
 * @back: the hook behind LOCAL_IN's others
 */
void uvn_nf_place_init(struct uvn_net *un, nf_hookfn *back)
{
	mutex_init(&un->nf_place.lock);
	un->nf_place.back = back;
	INIT_WORK(&un->nf_place.work, uvn_nf_place_prune);
}

/**
 * uvn_nf_place_check - have the hooks registered that are needed
 * @un: namespace
 *
 * Before the first user's network is there, as somebody may have been registering a hook
 * while that began to be intercepted, and not have come by here.
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int uvn_nf_place_check(struct uvn_net *un)
{
	int err = 0;

	mutex_lock(&un->nf_place.lock);
	if (un->nf_place.open)
		err = uvn_nf_place_add(un, uvn_nf_place_needed(un));
	mutex_unlock(&un->nf_place.lock);
	return err;
}

/**
 * uvn_nf_place_open - have hooks beside those of others
 * @un: namespace; its lock is held, and who registers hooks comes by here
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, and then there is none.
 */
int uvn_nf_place_open(struct uvn_net *un)
{
	int err;

	mutex_lock(&un->nf_place.lock);
	un->nf_place.open = true;
	mutex_unlock(&un->nf_place.lock);
	/* Who came by before that has none of ours beside. */
	wait_var_event(&un->nf_place.expecting,
		       !READ_ONCE(un->nf_place.expecting));
	err = uvn_nf_place_check(un);
	if (err)
		uvn_nf_place_close(un);
	return err;
}

/**
 * uvn_nf_place_close - have them no more
 * @un: namespace, disarmed, without user networks
 *
 * Context: may sleep.
 */
void uvn_nf_place_close(struct uvn_net *un)
{
	mutex_lock(&un->nf_place.lock);
	un->nf_place.open = false;
	uvn_nf_place_remove(un, ~0);
	mutex_unlock(&un->nf_place.lock);
	cancel_work_sync(&un->nf_place.work);
}
