// SPDX-License-Identifier: GPL-2.0
/*
 * State of a network namespace: enable, disable, configure, and its end.
 */
#define pr_fmt(fmt) "uvn: " fmt

#include <linux/audit.h>
#include <linux/cred.h>
#include <linux/kmod.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "config/config.h"
#include "core/netns.h"
#include "external/cgnat.h"
#include "external/inbound.h"
#include "external/nat.h"
#include "external/reply-cache.h"
#include "external/uplink.h"
#include "net.h"
#include "network/idle.h"
#include "network/reconcile.h"
#include "overlay/pending.h"
#include "rtnl/rtnl.h"
#include "rtnl/rules.h"
#include "socket/adopt.h"
#include "socket/forward.h"
#include "socket/guard.h"
#include "socket/hook.h"
#include "socket/sock.h"
#include "underlay/lower.h"
#include "underlay/tunnel.h"

static int uvn_net_nothing(void *arg)
{
	return 0;
}

static int uvn_net_start(void *arg)
{
	struct uvn_net *un = arg;
	int err;

	err = uvn_rtnl_open(un);
	if (err)
		return err;
	err = uvn_rules_set(un);
	if (err)
		uvn_rtnl_close(un);
	return err;
}

static int uvn_net_stop(void *arg)
{
	struct uvn_net *un = arg;

	uvn_rules_restore(un);
	uvn_rtnl_close(un);
	return 0;
}

/* System services listen in the default VRF and serve every user's. */
static void uvn_net_accept_all(struct uvn_net *un)
{
	struct netns_ipv4 *ipv4 = &un->net->ipv4;

	un->l3mdev_accept[0] = READ_ONCE(ipv4->sysctl_tcp_l3mdev_accept);
	un->l3mdev_accept[1] = READ_ONCE(ipv4->sysctl_udp_l3mdev_accept);
	un->l3mdev_accept[2] = READ_ONCE(ipv4->sysctl_raw_l3mdev_accept);
	WRITE_ONCE(ipv4->sysctl_tcp_l3mdev_accept, 1);
	WRITE_ONCE(ipv4->sysctl_udp_l3mdev_accept, 1);
	WRITE_ONCE(ipv4->sysctl_raw_l3mdev_accept, 1);
}

static void uvn_net_accept_restore(struct uvn_net *un)
{
	struct netns_ipv4 *ipv4 = &un->net->ipv4;

	WRITE_ONCE(ipv4->sysctl_tcp_l3mdev_accept, un->l3mdev_accept[0]);
	WRITE_ONCE(ipv4->sysctl_udp_l3mdev_accept, un->l3mdev_accept[1]);
	WRITE_ONCE(ipv4->sysctl_raw_l3mdev_accept, un->l3mdev_accept[2]);
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
	err = uvn_net_check_ports(un, extack);
	if (err)
		return err;

	/* From here to disable nobody can remove the module. */
	if (!try_module_get(THIS_MODULE)) {
		NL_SET_ERR_MSG(extack, "the module is being removed");
		return -ENODEV;
	}
	err = uvn_hook_get(extack);
	if (err)
		goto err_module;
	request_module("rtnl-link-vrf");

	un->worker = kthread_run_worker(0, "uvn/%u", un->net->ns.inum);
	if (IS_ERR(un->worker)) {
		err = PTR_ERR(un->worker);
		un->worker = NULL;
		goto err_hook;
	}
	/* Anew each time: it remembers the worker. */
	kthread_init_delayed_work(&un->reconcile, uvn_reconcile_all);
	un->diag_missing = 0;
	err = uvn_netns_run(un, uvn_net_start, un);
	if (err) {
		NL_SET_ERR_MSG(extack, "routing rules cannot be set");
		goto err_worker;
	}
	err = uvn_pending_open(un);
	if (err)
		goto err_start;
	err = uvn_uplink_open(un, extack);
	if (err)
		goto err_early;
	err = uvn_tunnel_open(un, uvn_netns_config(un), extack);
	if (err)
		goto err_tunnel;
	err = uvn_reply_cache_open(un);
	if (err)
		goto err_tunnel;
	err = uvn_guard_open(un);
	if (err) {
		NL_SET_ERR_MSG(extack, "netfilter hooks cannot be registered");
		goto err_question;
	}
	err = uvn_forward_open(un);
	if (err) {
		NL_SET_ERR_MSG(extack, "netfilter hooks cannot be registered");
		goto err_guard;
	}
	err = uvn_cgnat_check(un, uvn_netns_config(un), extack) ?:
	      uvn_nat_open(un, uvn_netns_config(un), extack);
	if (err)
		goto err_forward;
	err = uvn_inbound_open(un, uvn_netns_config(un), extack);
	if (err)
		goto err_nat;
	uvn_net_accept_all(un);

	rtnl_lock();
	un->rescan = false;
	err = uvn_lower_scan(un);
	if (err)
		uvn_lower_forget(un);
	else /* Pairs with uvn_lower_inet6addr_event(). */
		smp_store_release(&un->enabled, true);
	rtnl_unlock();
	if (!err) {
		uvn_sock_watch(un, uvn_netns_config(un));
		/* What came to a device after it was looked at. */
		WRITE_ONCE(un->rescan, true);
		kthread_mod_delayed_work(un->worker, &un->reconcile, 0);
		uvn_net_log(un, uvn_netns_config(un)->audit ?
			    "enabled, but audit is on: nobody is isolated" :
			    "enabled");
		return 0;
	}

	NL_SET_ERR_MSG(extack, "no memory for a lower device");
	kthread_cancel_delayed_work_sync(&un->reconcile);
	uvn_net_accept_restore(un);
	uvn_inbound_close(un, NULL);
err_nat:
	uvn_nat_close(un, NULL);
err_forward:
	uvn_forward_close(un);
err_guard:
	uvn_guard_close(un);
err_question:
	uvn_reply_cache_close(un);
err_tunnel:
	uvn_tunnel_close(un, NULL);
	uvn_uplink_close(un);
	kthread_cancel_delayed_work_sync(&un->reconcile);
err_early:
	uvn_pending_close(un);
err_start:
	uvn_netns_run(un, uvn_net_stop, un);
err_worker:
	kthread_destroy_worker(un->worker);
	un->worker = NULL;
err_hook:
	uvn_hook_put();
err_module:
	module_put(THIS_MODULE);
	return err;
}

/* Nobody asks for networks any more once this has returned. */
static void uvn_net_disarm(struct uvn_net *un)
{
	rtnl_lock();
	WRITE_ONCE(un->enabled, false);
	un->evict = false;
	uvn_lower_forget(un);
	un->gen++;
	rtnl_unlock();
	uvn_sock_watch(un, NULL);
	uvn_tunnel_close(un, NULL);
	synchronize_net();
	uvn_pending_close(un);
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

	uvn_net_disarm(un);
	/* The tasks that are in the hook still; the worker serves them. */
	uvn_hook_sync();

	kthread_mod_delayed_work(un->worker, &un->reconcile, 0);
	wait_event_idle(un->empty, !atomic_read(&un->n_users));
	uvn_uplink_close(un);
	kthread_cancel_delayed_work_sync(&un->reconcile);

	uvn_netns_run(un, uvn_net_stop, un);
	uvn_inbound_close(un, NULL);
	uvn_nat_close(un, NULL);
	uvn_forward_close(un);
	uvn_guard_close(un);
	uvn_reply_cache_close(un);
	uvn_adopt_close(un);
	uvn_net_accept_restore(un);
	kthread_destroy_worker(un->worker);
	un->worker = NULL;
	uvn_net_log(un, "disabled");
	uvn_hook_put();
	module_put(THIS_MODULE);
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
		err = uvn_tunnel_open(un, cfg, extack) ?:
		      uvn_nat_open(un, cfg, extack) ?:
		      uvn_inbound_open(un, cfg, extack);
		if (err) {
			uvn_nat_close(un, old);
			uvn_tunnel_close(un, old);
			return err;
		}
	}

	rtnl_lock();
	rcu_assign_pointer(un->config, cfg);
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
		uvn_tunnel_close(un, cfg);
		uvn_nat_close(un, cfg);
		uvn_inbound_close(un, cfg);
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

	if (!cfg)
		return -ENOMEM;
	un->net = net;
	un->user_work = uvn_reconcile_work;
	un->idle_work = uvn_idle_work;
	mutex_init(&un->lock);
	uvn_forward_init(un);
	RCU_INIT_POINTER(un->config, cfg);
	INIT_LIST_HEAD(&un->lowers);
	INIT_LIST_HEAD(&un->egresses);
	INIT_LIST_HEAD(&un->tunnels);
	xa_init_flags(&un->users, XA_FLAGS_LOCK_BH);
	xa_init_flags(&un->cgnat[0], XA_FLAGS_ALLOC | XA_FLAGS_LOCK_BH);
	xa_init_flags(&un->cgnat[1], XA_FLAGS_ALLOC | XA_FLAGS_LOCK_BH);
	/* To lockdep all of these are one lock. */
	xa_init_flags(&un->adopt.by[UVN_ADOPT_PID], XA_FLAGS_LOCK_BH);
	xa_init_flags(&un->adopt.by[UVN_ADOPT_CGROUP], XA_FLAGS_LOCK_BH);
	xa_init_flags(&un->port_claims, XA_FLAGS_LOCK_BH);
	ratelimit_state_init(&un->inbound.events, HZ, 100);
	ratelimit_set_flags(&un->inbound.events, RATELIMIT_MSG_ON_RELEASE);
	init_waitqueue_head(&un->empty);
	ratelimit_state_init(&un->denial.events, HZ, 100);
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
	un->dying = true;
	uvn_net_disarm(un);
	uvn_uplink_close(un);
	kthread_flush_worker(un->worker);
	kthread_cancel_delayed_work_sync(&un->reconcile);
	uvn_reconcile_unwatch_all(un);
	kthread_destroy_worker(un->worker);
	un->worker = NULL;
	uvn_rtnl_close(un);
	uvn_inbound_close(un, NULL);
	uvn_nat_close(un, NULL);
	uvn_forward_close(un);
	uvn_guard_close(un);
	uvn_reply_cache_close(un);
	uvn_adopt_close(un);
	uvn_reconcile_forget_all(un);
	uvn_hook_put();
	module_put(THIS_MODULE);
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
