// SPDX-License-Identifier: GPL-2.0
/*
 * Proof that the functions which are to be intercepted are the ones that are called.
 *
 * A function that the compiler has copied into its caller can be redirected as well as
 * any other, and nobody comes by. So the text of its callers is searched for the call.
 */
#include <linux/netlink.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "compat/text.h"
#include "socket/hook-set.h"

/**
 * struct uvn_hook_fns - every function that has a part in the proof, once
 * @fns: the functions
 * @n: how many
 */
struct uvn_hook_fns {
	struct uvn_text *fns;
	unsigned int n;
};

static struct uvn_text *uvn_hook_fn(const struct uvn_hook_fns *all,
				    const char *name)
{
	unsigned int i;

	for (i = 0; i < all->n; i++)
		if (!strcmp(all->fns[i].name, name))
			return &all->fns[i];
	return NULL;
}

static void uvn_hook_fn_add(struct uvn_hook_fns *all, const char *name)
{
	if (!uvn_hook_fn(all, name))
		all->fns[all->n++].name = name;
}

/* Without @all, how many names there are. */
static unsigned int uvn_hook_names(const struct uvn_hook *hook,
				   struct uvn_hook_fns *all)
{
	unsigned int i, n = 1;

	if (all)
		uvn_hook_fn_add(all, hook->symbol);
	for (i = 0; i < hook->n_ways; i++) {
		const struct uvn_hook_way *way = &hook->ways[i];
		const char *const *name;

		for (name = way->names; !way->sure && *name; name++, n++)
			if (all)
				uvn_hook_fn_add(all, *name);
	}
	return n;
}

/* Does the first of the names lead to the function? As many steps as there are names. */
static bool uvn_hook_leads(const struct uvn_hook_fns *all,
			   const char *const *names, const struct uvn_text *to)
{
	const struct uvn_text *fn = uvn_hook_fn(all, names[0]);
	const char *const *next;

	if (uvn_text_calls(fn, to))
		return true;
	for (next = names + 1; *next; next++) {
		const struct uvn_text *via = uvn_hook_fn(all, *next);

		if (via->place && uvn_text_calls(fn, via) &&
		    uvn_hook_leads(all, next, to))
			return true;
	}
	return false;
}

static int uvn_hook_prove(const struct uvn_hook_fns *all,
			  const struct uvn_hook *hook,
			  const struct uvn_hook_way *way,
			  struct netlink_ext_ack *extack)
{
	const struct uvn_text *to = uvn_hook_fn(all, hook->symbol);
	const char *const *names;

	for (names = way->names; *names; names++)
		if (uvn_hook_fn(all, *names)->place)
			break;
	if (!*names) {
		NL_SET_ERR_MSG_FMT(extack, "%s: this kernel has no %s",
				   hook->symbol, way->names[0]);
		return -ENXIO;
	}
	if (uvn_hook_leads(all, names, to))
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "%s is not called by %s", hook->symbol,
			   *names);
	return -ENXIO;
}

static int uvn_hook_check_one(const struct uvn_hook_fns *all,
			      const struct uvn_hook *hook,
			      struct netlink_ext_ack *extack)
{
	const struct uvn_text *fn = uvn_hook_fn(all, hook->symbol);
	unsigned int i;
	int err = 0;

	*hook->addr = fn->place;
	if (!fn->place) {
		NL_SET_ERR_MSG_FMT(extack, "%s cannot be traced", hook->symbol);
		return -ENOENT;
	}
	if (!hook->n_ways) {
		NL_SET_ERR_MSG_FMT(extack, "%s: no way to it is known",
				   hook->symbol);
		return -EINVAL;
	}
	for (i = 0; i < hook->n_ways && !err; i++)
		if (!hook->ways[i].sure)
			err = uvn_hook_prove(all, hook, &hook->ways[i], extack);
	return err;
}

/**
 * uvn_hook_check - find functions, and prove that each is called
 * @set: the functions; their @addr is set
 * @extack: names the one that cannot be found, or is not called where it should be
 *
 * The kernel's log has those that an optional set does without.
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int uvn_hook_check(const struct uvn_hook_set *set,
		   struct netlink_ext_ack *extack)
{
	const struct uvn_hook *hooks = set->hooks;
	unsigned int i, n_names = 0;
	struct uvn_hook_fns all = {};
	int err;

	for (i = 0; i < set->n; i++)
		n_names += uvn_hook_names(&hooks[i], NULL);
	all.fns = kcalloc(n_names, sizeof(*all.fns), GFP_KERNEL);
	if (!all.fns)
		return -ENOMEM;
	for (i = 0; i < set->n; i++)
		uvn_hook_names(&hooks[i], &all);
	err = uvn_text_find(all.fns, all.n);
	for (i = 0; i < set->n && !err; i++) {
		struct netlink_ext_ack why = {};

		err = uvn_hook_check_one(&all, &hooks[i],
					 set->optional ? &why : extack);
		if (!err || !set->optional)
			continue;
		*hooks[i].addr = 0;
		if (!hooks[i].ways->lacking)
			pr_notice("uvn: users see more: %s\n", why._msg);
		err = 0;
	}
	kfree(all.fns);
	return err;
}
