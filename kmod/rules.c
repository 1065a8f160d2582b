// SPDX-License-Identifier: GPL-2.0
/*
 * The order of routing rules: a VRF's addresses must be looked up in the VRF
 * before the table "local" has its say.
 */
#include <linux/printk.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>

#include "uvn.h"

/* Where the rule for the table "local" goes while uvn is enabled: behind the
 * l3mdev rule, so that a VRF's addresses are looked up in the VRF first.
 */
#define UVN_LOCAL_RULE_PREF	32765
#define UVN_L3MDEV_RULE_PREF	1000

static int uvn_rules_set_family(struct uvn_net *un, int family, int i)
{
	int err;

	err = uvn_rtnl_rule(un, family, true, UVN_L3MDEV_RULE_PREF, 0);
	if (err == -EAFNOSUPPORT || err == -EOPNOTSUPP)
		return 0;
	if (err && err != -EEXIST)
		return err;
	err = uvn_rtnl_rule(un, family, true, UVN_LOCAL_RULE_PREF,
			    RT_TABLE_LOCAL);
	if (err && err != -EEXIST)
		return err;
	un->added_local[i] = !err;
	err = uvn_rtnl_rule(un, family, false, 0, RT_TABLE_LOCAL);
	if (err && err != -ENOENT)
		return err;
	un->moved_local[i] = !err;
	return 0;
}

/* The old rule before the new one goes: without either nothing is local. */
static int uvn_rules_restore_family(struct uvn_net *un, int family, int i)
{
	int err;

	if (un->moved_local[i]) {
		err = uvn_rtnl_rule(un, family, true, 0, RT_TABLE_LOCAL);
		if (err && err != -EEXIST)
			return err;
		un->moved_local[i] = false;
	}
	if (un->added_local[i]) {
		err = uvn_rtnl_rule(un, family, false, UVN_LOCAL_RULE_PREF,
				    RT_TABLE_LOCAL);
		if (err && err != -ENOENT)
			return err;
		un->added_local[i] = false;
	}
	return 0;
}

/**
 * uvn_rules_set - put the rule for l3mdev before the one for "local"
 * @un: namespace
 *
 * Context: the worker.
 * Return: 0 or a negative errno, and then nothing is changed.
 */
int uvn_rules_set(struct uvn_net *un)
{
	int err;

	err = uvn_rules_set_family(un, AF_INET, 0);
	if (!err && IS_ENABLED(CONFIG_IPV6))
		err = uvn_rules_set_family(un, AF_INET6, 1);
	if (err)
		uvn_rules_restore(un);
	return err;
}

/**
 * uvn_rules_restore - put the rule for "local" back to where it was
 * @un: namespace
 *
 * The rule for l3mdev stays, as vrf.ko's own does. Only want of memory can
 * keep this from succeeding, and that passes.
 *
 * Context: the worker.
 */
void uvn_rules_restore(struct uvn_net *un)
{
	int tries, err;

	for (tries = 0; tries < 100; tries++) {
		err = uvn_rules_restore_family(un, AF_INET, 0) ?:
		      uvn_rules_restore_family(un, AF_INET6, 1);
		if (!err)
			return;
		schedule_timeout_uninterruptible(HZ / 10);
	}
	pr_err("uvn: rules for the table local not restored (%d)\n", err);
}
