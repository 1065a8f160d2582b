// SPDX-License-Identifier: GPL-2.0
/*
 * State of a network namespace: enable, disable, configure, and its end.
 */
#define pr_fmt(fmt) "uvn: " fmt

#include <linux/audit.h>
#include <linux/cred.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "config/config.h"
#include "core/denial.h"
#include "core/netns.h"
#include "external/cgnat.h"
#include "external/inbound.h"
#include "external/nat.h"
#include "external/claim.h"
#include "net-parts.h"
#include "net.h"
#include "network/idle.h"
#include "network/reconcile.h"
#include "socket/adopt.h"
#include "socket/forward.h"
#include "socket/sock.h"
#include "underlay/lower.h"
#include "underlay/tunnel.h"

static int uvn_net_nothing(void *arg)
{
	return 0;
}

/* One line for what an administrator will be asked about one day. */
static void uvn_net_log(const struct uvn_net *un, const char *what)
{
	char comm[TASK_COMM_LEN];

	pr_info("%s in network namespace %u by %s[%d], UID %u, login UID %d\n",
		what, un->net->ns.inum, get_task_comm(comm, current),
		task_tgid_nr(current),
		from_kuid(&init_user_ns, current_uid()),
		(int)from_kuid(&init_user_ns, audit_get_loginuid(current)));
}

/* The sysctl may have changed since the subnets were added. */
static int uvn_net_check_ports(struct uvn_net *un,
			       struct netlink_ext_ack *extack)
{
	const struct uvn_config *cfg = uvn_netns_config(un);
	unsigned int i;
	int err = 0;

	for (i = 0; i < cfg->n_subnets && !err; i++)
		err = uvn_tunnel_check_port(un->net, &cfg->subnets[i], extack);
	return err;
}

/**
 * uvn_net_enable - arm a namespace
 * @un: namespace; its lock is held
 * @extack: says why not
 *
 * Context: may sleep; not under RTNL.
 * Return: 0, also if it is armed already, or a negative errno, and then
 * nothing has changed.
 */
int uvn_net_enable(struct uvn_net *un, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&un->lock);
	if (un->enabled)
		return 0;
	if (!uvn_netns_config(un)->n_ranges) {
		NL_SET_ERR_MSG(extack, "no UID range is configured");
		return -EINVAL;
	}
	err = uvn_net_check_ports(un, extack) ?:
	      uvn_cgnat_check(un, uvn_netns_config(un), extack);
	if (err)
		return err;
	err = uvn_net_parts_set_up(un, extack);
	if (err)
		return err;
	uvn_net_log(un, uvn_netns_config(un)->audit ?
		    "enabled, but audit is on: nobody is isolated" : "enabled");
	return 0;
}

/**
 * uvn_net_disable - remove all user networks of a namespace and disarm it
 * @un: namespace; its lock is held
 * @extack: unused
 *
 * Sockets that users have stay bound to VRFs that are gone, and so cut off.
 *
 * Context: may sleep; not under RTNL.
 * Return: 0, also if it is not armed.
 */
int uvn_net_disable(struct uvn_net *un, struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&un->lock);
	if (!un->enabled)
		return 0;
	uvn_net_parts_take_down(un);
	uvn_net_log(un, "disabled");
	return 0;
}

/* What can be said of a configuration without doing anything. */
static int uvn_net_judge(struct uvn_net *un, const struct uvn_config *cfg,
			 struct netlink_ext_ack *extack)
{
	const struct uvn_config *old = uvn_netns_config(un);
	int err;

	if (cfg->table_base > U32_MAX - UVN_VNI_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "table-base is above %u",
				   U32_MAX - UVN_VNI_MAX);
		return -EINVAL;
	}
	err = uvn_cgnat_check(un, cfg, extack) ?:
	      uvn_publish_check(cfg, extack);
	if (err || !un->enabled)
		return err;
	if (!cfg->n_ranges) {
		NL_SET_ERR_MSG(extack,
			       "while enabled there must be a UID range");
		return -EBUSY;
	}
	if (cfg->table_base != old->table_base) {
		NL_SET_ERR_MSG(extack,
			       "table-base cannot change while enabled");
		return -EBUSY;
	}
	return 0;
}

/**
 * uvn_net_check - would a configuration be taken?
 * @un: namespace; its lock is held
 * @cfg: the configuration
 * @extack: says why not
 *
 * Whether a port can be had shows by having it for a moment.
 *
 * Context: may sleep; not under RTNL.
 * Return: 0, or the negative errno of uvn_net_configure(). Nothing has changed.
 */
int uvn_net_check(struct uvn_net *un, const struct uvn_config *cfg,
		  struct netlink_ext_ack *extack)
{
	int err;

	err = uvn_net_judge(un, cfg, extack);
	if (err)
		return err;
	err = uvn_tunnel_open(un, cfg, extack);
	uvn_tunnel_close(un, un->enabled ? uvn_netns_config(un) : NULL);
	return err;
}

/**
 * uvn_net_configure - publish a configuration
 * @un: namespace; its lock is held
 * @cfg: the configuration; taken over if it is published
 * @extack: says why not
 *
 * If the namespace is armed its networks have followed on return.
 *
 * Context: may sleep; not under RTNL.
 * Return: 0, or a negative errno, and then nothing has changed.
 */
int uvn_net_configure(struct uvn_net *un, struct uvn_config *cfg,
		      struct netlink_ext_ack *extack)
{
	struct uvn_config *old = uvn_netns_config(un);
	int err;

	err = uvn_net_judge(un, cfg, extack);
	if (err)
		return err;
	if (un->enabled) {
		err = uvn_net_parts_open(un, cfg, extack);
		if (err)
			return err;
	}

	rtnl_lock();
	rcu_assign_pointer(un->config, cfg);
	WRITE_ONCE(un->outer_netfilter, cfg->outer_netfilter);
	WRITE_ONCE(un->firewall_vrf, cfg->firewall_vrf);
	un->config_seq++;
	if (un->enabled) {
		un->gen++;
		uvn_lower_scan(un);
	}
	rtnl_unlock();
	if (cfg->audit != old->audit)
		uvn_net_log(un, cfg->audit ?
			    "audit on: nobody is isolated" : "audit off");
	if (un->enabled && (cfg->nat_first != old->nat_first ||
			    cfg->nat_last != old->nat_last))
		uvn_nat_forget_all(un, old);
	uvn_config_free_rcu(old);

	if (un->enabled) {
		uvn_sock_watch(un, cfg);
		uvn_net_parts_close(un, cfg);
		uvn_reconcile_mark_unmatched(un);
		kthread_mod_delayed_work(un->worker, &un->reconcile, 0);
		uvn_netns_run(un, uvn_net_nothing, NULL);
	}
	return 0;
}

static int __net_init uvn_net_init_net(struct net *net)
{
	struct uvn_net *un = uvn_netns(net);
	struct uvn_config *cfg = uvn_config_new();
	int err;

	if (!cfg)
		return -ENOMEM;
	err = uvn_claim_init(un);
	if (err) {
		uvn_config_free(cfg);
		return err;
	}
	un->net = net;
	un->user_work = uvn_reconcile_work;
	un->idle_work = uvn_idle_work;
	mutex_init(&un->lock);
	uvn_forward_init(un);
	uvn_nf_place_init(un, uvn_nat_back);
	RCU_INIT_POINTER(un->config, cfg);
	INIT_LIST_HEAD(&un->lowers);
	INIT_LIST_HEAD(&un->egresses);
	INIT_LIST_HEAD(&un->tunnels);
	xa_init_flags(&un->users, XA_FLAGS_LOCK_BH);
	xa_init(&un->vnis);
	xa_init_flags(&un->cgnat[0], XA_FLAGS_ALLOC | XA_FLAGS_LOCK_BH);
	xa_init_flags(&un->cgnat[1], XA_FLAGS_ALLOC | XA_FLAGS_LOCK_BH);
	/* To lockdep all of these are one lock. */
	xa_init_flags(&un->adopt.by[UVN_ADOPT_PID], XA_FLAGS_LOCK_BH);
	xa_init_flags(&un->adopt.by[UVN_ADOPT_CGROUP], XA_FLAGS_LOCK_BH);
	xa_init_flags(&un->port_claims, XA_FLAGS_LOCK_BH);
	ratelimit_state_init(&un->inbound.events, HZ, UVN_INBOUND_EVENTS);
	ratelimit_set_flags(&un->inbound.events, RATELIMIT_MSG_ON_RELEASE);
	init_waitqueue_head(&un->empty);
	ratelimit_state_init(&un->denial.events, HZ, UVN_NET_DENIAL_EVENTS);
	ratelimit_set_flags(&un->denial.events, RATELIMIT_MSG_ON_RELEASE);
	return 0;
}

/* The namespace dies while armed. Nobody is in it any more; its devices go
 * after this, and its rules, routes and sysctls with it.
 */
static void __net_exit uvn_net_pre_exit_net(struct net *net)
{
	struct uvn_net *un = uvn_netns(net);

	if (!un->enabled)
		return;
	WRITE_ONCE(un->dying, true);
	uvn_net_parts_take_down(un);
}

static void __net_exit uvn_net_exit_net(struct net *net)
{
	struct uvn_net *un = uvn_netns(net);

	WARN_ON_ONCE(!xa_empty(&un->users));
	WARN_ON_ONCE(!xa_empty(&un->cgnat[0]));
	WARN_ON_ONCE(!xa_empty(&un->cgnat[1]));
	WARN_ON_ONCE(!xa_empty(&un->adopt.by[UVN_ADOPT_PID]));
	WARN_ON_ONCE(!xa_empty(&un->adopt.by[UVN_ADOPT_CGROUP]));
	WARN_ON_ONCE(!list_empty(&un->lowers));
	WARN_ON_ONCE(!list_empty(&un->egresses));
	WARN_ON_ONCE(!list_empty(&un->tunnels));
	uvn_claim_exit(un);
	uvn_drop_free(un);
	uvn_config_free(rcu_dereference_protected(un->config, 1));
}

static struct pernet_operations uvn_net_ops = {
	.init = uvn_net_init_net,
	.pre_exit = uvn_net_pre_exit_net,
	.exit = uvn_net_exit_net,
	.id = &uvn_netns_id,
	.size = sizeof(struct uvn_net),
};

/**
 * uvn_net_init - register the per-namespace state
 *
 * Return: 0 or a negative errno.
 */
int uvn_net_init(void)
{
	return register_pernet_subsys(&uvn_net_ops);
}

/**
 * uvn_net_exit - unregister the per-namespace state; no namespace is armed
 */
void uvn_net_exit(void)
{
	unregister_pernet_subsys(&uvn_net_ops);
}
