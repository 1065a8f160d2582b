// SPDX-License-Identifier: GPL-2.0
/*
 * Interception of functions by ftrace: it leads who calls one to a wrapper instead.
 */
#include <linux/ftrace.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/static_call.h>
#include <linux/string.h>
#include <net/netlink.h>

#include "compat/text.h"
#include "socket/hook-set.h"
#include "socket/presence.h"

#if !defined(CONFIG_X86_64) || !defined(CONFIG_HAVE_STATIC_CALL)
#error "how an intercepted function is entered behind ftrace's place is known of x86-64 alone"
#endif

/* The first @n. */
static void uvn_hook_set_unfilter(const struct uvn_hook_set *set, unsigned int n)
{
	while (n--)
		if (*set->hooks[n].addr)
			ftrace_set_filter_ip(set->ops, *set->hooks[n].addr, 1,
					     0);
}

/**
 * uvn_hook_set_unregister - intercept a set of functions no more
 * @set: the functions
 *
 * No task is in a wrapper any more after it.
 *
 * Context: may sleep, as long as a task is in a wrapper.
 */
void uvn_hook_set_unregister(const struct uvn_hook_set *set)
{
	unregister_ftrace_function(set->ops);
	uvn_hook_set_unfilter(set, set->n);
	/* Tasks that were redirected and have not slept of themselves since: they are in
	 * a wrapper that does not sleep, or have not been counted yet.
	 */
	synchronize_rcu_tasks();
	/* Softirqs, which are no tasks; and on PREEMPT_RT whoever sleeps in a wrapper that
	 * elsewhere does not.
	 */
	synchronize_rcu();
	/* Those that may sleep and are counted; then those that have been counted off and
	 * are not out of the module yet.
	 */
	if (set->presence)
		uvn_presence_wait(set->presence);
	synchronize_rcu_tasks();
}

/* Where the handler finds the functions. Those that are left out have no address. */
static void uvn_hook_set_place(const struct uvn_hook_set *set)
{
	unsigned int i, at;

	memset(set->places, 0, UVN_HOOK_PLACES * sizeof(*set->places));
	for (i = 0; i < set->n; i++) {
		if (!*set->hooks[i].addr)
			continue;
		at = uvn_hook_place(*set->hooks[i].addr);
		while (set->places[at].ip)
			at = (at + 1) % UVN_HOOK_PLACES;
		set->places[at].ip = *set->hooks[i].addr;
		set->places[at].hook = &set->hooks[i];
	}
}

/* Should the place where ftrace comes from not be the one that was looked for, all
 * would be let pass. It has a call now.
 */
static int uvn_hook_set_test(const struct uvn_hook_set *set,
			     struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < set->n; i++) {
		const struct uvn_hook *hook = &set->hooks[i];

		if (!*hook->addr || uvn_text_is_call(*hook->addr))
			continue;
		NL_SET_ERR_MSG_FMT(extack, "%s is not redirected", hook->symbol);
		return -ENXIO;
	}
	return 0;
}

/**
 * uvn_hook_set_register - intercept a set of functions
 * @set: the functions, of which nobody has registered any; their @addr is set
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int uvn_hook_set_register(const struct uvn_hook_set *set,
			  struct netlink_ext_ack *extack)
{
	unsigned int i;
	int err;

	if (WARN_ON_ONCE(set->n > UVN_HOOK_PLACES / 2))
		return -ENOSPC;
	err = uvn_hook_check(set, extack);
	if (err)
		return err;
	uvn_hook_set_place(set);
	for (i = 0; i < set->n; i++) {
		const struct uvn_hook *hook = &set->hooks[i];

		if (!*hook->addr)
			continue;
		/* What calls the function must know it before it is redirected. */
		if (hook->key)
			__static_call_update(hook->key, hook->tramp,
					     (void *)(*hook->addr +
						      MCOUNT_INSN_SIZE));
		err = ftrace_set_filter_ip(set->ops, *hook->addr, 0, 0);
		if (err) {
			NL_SET_ERR_MSG_FMT(extack, "%s cannot be traced",
					   hook->symbol);
			uvn_hook_set_unfilter(set, i);
			return err;
		}
	}
	err = register_ftrace_function(set->ops);
	if (err) {
		uvn_hook_set_unfilter(set, i);
		NL_SET_ERR_MSG(extack,
			       "socket functions cannot be redirected (a live patch has one?)");
		return err;
	}
	err = uvn_hook_set_test(set, extack);
	if (err)
		uvn_hook_set_unregister(set);
	return err;
}

/**
 * uvn_hook_set_put_missing - tell which functions of an optional set are left out
 * @set: the functions
 * @works: whether the set is registered; else all of them are
 * @skb: message
 * @attr: attribute that gets the name of one; there are as many as names
 *
 * Context: nobody registers @set.
 * Return: 0 or -EMSGSIZE.
 */
int uvn_hook_set_put_missing(const struct uvn_hook_set *set, bool works,
			     struct sk_buff *skb, int attr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < set->n && !err; i++) {
		const struct uvn_hook *hook = &set->hooks[i];

		if (!works || (!*hook->addr && !hook->ways->lacking))
			err = nla_put_string(skb, attr, hook->symbol);
	}
	return err;
}
