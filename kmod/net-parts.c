// SPDX-License-Identifier: GPL-2.0
/*
 * The parts of an armed namespace: one table, which is walked forth to set them up and
 * back to take them down, whatever the reason.
 */
#include <linux/err.h>
#include <linux/kmod.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/wait.h>
#include <net/net_namespace.h>

#include "config/config.h"
#include "core/netns.h"
#include "external/inbound.h"
#include "external/nat.h"
#include "external/reply-cache.h"
#include "external/uplink.h"
#include "net-parts.h"
#include "network/reconcile.h"
#include "overlay/nf-place.h"
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
#include "view/intercept-sockets.h"
#include "view/intercept.h"

/* System services listen in the default VRF and serve every user's. */
static int uvn_net_accept_all(struct uvn_net *un)
{
	struct netns_ipv4 *ipv4 = &un->net->ipv4;

	un->l3mdev_accept[0] = READ_ONCE(ipv4->sysctl_tcp_l3mdev_accept);
	un->l3mdev_accept[1] = READ_ONCE(ipv4->sysctl_udp_l3mdev_accept);
	un->l3mdev_accept[2] = READ_ONCE(ipv4->sysctl_raw_l3mdev_accept);
	WRITE_ONCE(ipv4->sysctl_tcp_l3mdev_accept, 1);
	WRITE_ONCE(ipv4->sysctl_udp_l3mdev_accept, 1);
	WRITE_ONCE(ipv4->sysctl_raw_l3mdev_accept, 1);
	return 0;
}

static void uvn_net_accept_restore(struct uvn_net *un)
{
	struct netns_ipv4 *ipv4 = &un->net->ipv4;

	WRITE_ONCE(ipv4->sysctl_tcp_l3mdev_accept, un->l3mdev_accept[0]);
	WRITE_ONCE(ipv4->sysctl_udp_l3mdev_accept, un->l3mdev_accept[1]);
	WRITE_ONCE(ipv4->sysctl_raw_l3mdev_accept, un->l3mdev_accept[2]);
}

/* From here to disable nobody can remove the module. */
static int uvn_net_hold_module(struct uvn_net *un,
			       const struct uvn_config *cfg,
			       struct netlink_ext_ack *extack)
{
	if (try_module_get(THIS_MODULE))
		return 0;
	NL_SET_ERR_MSG(extack, "the module is being removed");
	return -ENODEV;
}

static void uvn_net_release_module(struct uvn_net *un)
{
	module_put(THIS_MODULE);
}

/* Of what is made and removed between the two users see nothing. */
static int uvn_net_view(struct uvn_net *un)
{
	uvn_intercept_get();
	WRITE_ONCE(un->view, true);
	return 0;
}

static void uvn_net_view_not(struct uvn_net *un)
{
	WRITE_ONCE(un->view, false);
	uvn_intercept_put();
}

static int uvn_net_intercept(struct uvn_net *un, const struct uvn_config *cfg,
			     struct netlink_ext_ack *extack)
{
	return uvn_hook_get(extack);
}

static void uvn_net_intercept_not(struct uvn_net *un)
{
	uvn_hook_put();
}

/* In a namespace that dies nobody removes networks; their devices go after this. */
static void uvn_net_forget_users(struct uvn_net *un)
{
	if (un->dying)
		uvn_reconcile_forget_all(un);
}

static int uvn_net_start_worker(struct uvn_net *un)
{
	struct kthread_worker *worker;

	worker = kthread_run_worker(0, "uvn/%u", un->net->ns.inum);
	if (IS_ERR(worker))
		return PTR_ERR(worker);
	un->worker = worker;
	un->diag_missing = 0;
	return 0;
}

static void uvn_net_stop_worker(struct uvn_net *un)
{
	kthread_destroy_worker(un->worker);
	un->worker = NULL;
}

static int uvn_net_set_rules(void *arg)
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

static int uvn_net_restore_rules(void *arg)
{
	struct uvn_net *un = arg;

	uvn_rules_restore(un);
	uvn_rtnl_close(un);
	return 0;
}

static int uvn_net_start_rtnl(struct uvn_net *un)
{
	return uvn_netns_run(un, uvn_net_set_rules, un);
}

static void uvn_net_stop_rtnl(struct uvn_net *un)
{
	if (un->dying) /* the rules die with it */
		uvn_rtnl_close(un);
	else
		uvn_netns_run(un, uvn_net_restore_rules, un);
}

/* Anew each time: it remembers the worker. */
static int uvn_net_start_reconcile(struct uvn_net *un)
{
	kthread_init_delayed_work(&un->reconcile, uvn_reconcile_all);
	return 0;
}

static void uvn_net_stop_reconcile(struct uvn_net *un)
{
	if (un->dying)
		kthread_flush_worker(un->worker);
	kthread_cancel_delayed_work_sync(&un->reconcile);
	if (un->dying)
		uvn_reconcile_unwatch_all(un);
}

static int uvn_net_follow_routes(struct uvn_net *un,
				 const struct uvn_config *cfg,
				 struct netlink_ext_ack *extack)
{
	return uvn_uplink_open(un, extack);
}

/* The worker removes all networks. It serves the tasks that are in the hook still,
 * too.
 */
static void uvn_net_remove_networks(struct uvn_net *un)
{
	if (un->dying)
		return;
	uvn_hook_sync();
	kthread_mod_delayed_work(un->worker, &un->reconcile, 0);
	wait_event_idle(un->empty, !atomic_read(&un->n_users));
}

/* No lower device is listed; nobody looks at one still after the grace period. */
static void uvn_net_close_pending(struct uvn_net *un)
{
	synchronize_net();
	uvn_pending_close(un);
}

static int uvn_net_open_tunnels(struct uvn_net *un,
				const struct uvn_config *cfg,
				struct netlink_ext_ack *extack)
{
	int err = uvn_tunnel_open(un, cfg, extack);

	/* Some of them may be open. */
	if (err)
		uvn_tunnel_close(un, un->enabled ? uvn_netns_config(un) : NULL);
	return err;
}

static int uvn_net_arm(struct uvn_net *un)
{
	int err;

	rtnl_lock();
	un->rescan = false;
	err = uvn_lower_scan(un);
	if (err)
		uvn_lower_forget(un);
	else /* Pairs with uvn_lower_inet6addr_event(). */
		smp_store_release(&un->enabled, true);
	rtnl_unlock();
	if (err)
		return err;
	uvn_sock_watch(un, uvn_netns_config(un));
	/* What came to a device after it was looked at. */
	WRITE_ONCE(un->rescan, true);
	kthread_mod_delayed_work(un->worker, &un->reconcile, 0);
	return 0;
}

/* Nobody asks for networks any more once this has returned, and the tunnels are
 * closed, and a grace period has passed.
 */
static void uvn_net_disarm(struct uvn_net *un)
{
	rtnl_lock();
	WRITE_ONCE(un->enabled, false);
	un->evict = false;
	uvn_lower_forget(un);
	un->gen++;
	rtnl_unlock();
	uvn_sock_watch(un, NULL);
}

/**
 * struct uvn_net_part - what an armed namespace has
 * @start: sets it up, where it depends on nothing
 * @failure: what is said if @start fails, or NULL
 * @open: sets it up for a configuration that is published or about to be, or
 *	does nothing if it is; says why not
 * @stop: takes it down, also while the namespace dies; may be all there is
 * @close: takes down what a configuration does not want, all of it if that is NULL
 * @follows: @open and @close follow changes of the configuration
 */
struct uvn_net_part {
	int (*start)(struct uvn_net *un);
	const char *failure;
	int (*open)(struct uvn_net *un, const struct uvn_config *cfg,
		    struct netlink_ext_ack *extack);
	void (*stop)(struct uvn_net *un);
	void (*close)(struct uvn_net *un, const struct uvn_config *keep);
	bool follows;
};

/* Each needs those before it. So what guards networks stands as long as there is one,
 * and is there before anybody may ask for the first.
 */
static const struct uvn_net_part uvn_net_parts[] = {
	{ .open = uvn_net_hold_module, .stop = uvn_net_release_module },
	{ .start = uvn_drop_open },
	{ .start = uvn_net_view, .stop = uvn_net_view_not },
	{
		.open = uvn_intercept_sockets_open,
		.close = uvn_intercept_sockets_close,
		.follows = true,
	},
	{ .open = uvn_net_intercept, .stop = uvn_net_intercept_not },
	{ .stop = uvn_net_forget_users },
	{ .start = uvn_net_start_worker, .stop = uvn_net_stop_worker },
	{ .start = uvn_net_accept_all, .stop = uvn_net_accept_restore },
	{ .stop = uvn_adopt_close },
	{ .start = uvn_reply_cache_open, .stop = uvn_reply_cache_close },
	{
		.start = uvn_guard_open,
		.failure = "netfilter hooks cannot be registered",
		.stop = uvn_guard_close,
	}, {
		.start = uvn_forward_open,
		.failure = "netfilter hooks cannot be registered",
		.stop = uvn_forward_close,
	},
	{
		.start = uvn_nf_place_open,
		.failure = "netfilter hooks cannot be registered",
		.stop = uvn_nf_place_close,
	},
	{ .open = uvn_nat_open, .close = uvn_nat_close, .follows = true },
	{
		.open = uvn_inbound_open,
		.close = uvn_inbound_close,
		.follows = true,
	}, {
		.start = uvn_net_start_rtnl,
		.failure = "routing rules cannot be set",
		.stop = uvn_net_stop_rtnl,
	},
	{ .start = uvn_net_start_reconcile, .stop = uvn_net_stop_reconcile },
	{ .open = uvn_net_follow_routes, .stop = uvn_uplink_close },
	{ .stop = uvn_net_remove_networks },
	{ .start = uvn_pending_open, .stop = uvn_net_close_pending },
	{
		.open = uvn_net_open_tunnels,
		.close = uvn_tunnel_close,
		.follows = true,
	}, {
		.start = uvn_net_arm,
		.failure = "no memory for a lower device",
		.stop = uvn_net_disarm,
	},
};

/* The first @n parts, backwards. */
static void uvn_net_parts_stop(struct uvn_net *un, unsigned int n)
{
	while (n--) {
		const struct uvn_net_part *part = &uvn_net_parts[n];

		if (part->stop)
			part->stop(un);
		if (part->close)
			part->close(un, NULL);
	}
}

/**
 * uvn_net_parts_take_down - take all of it down
 * @un: namespace; its lock is held, or it is dying
 *
 * Context: may sleep; not under RTNL.
 */
void uvn_net_parts_take_down(struct uvn_net *un)
{
	uvn_net_parts_stop(un, ARRAY_SIZE(uvn_net_parts));
}

/**
 * uvn_net_parts_set_up - set up all that an armed namespace has
 * @un: namespace; its lock is held
 * @extack: says why not
 *
 * Context: may sleep; not under RTNL.
 * Return: 0, or a negative errno, and then nothing has changed.
 */
int uvn_net_parts_set_up(struct uvn_net *un, struct netlink_ext_ack *extack)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(uvn_net_parts); i++) {
		const struct uvn_net_part *part = &uvn_net_parts[i];

		err = 0;
		if (part->start)
			err = part->start(un);
		else if (part->open)
			err = part->open(un, uvn_netns_config(un), extack);
		if (!err)
			continue;
		if (part->failure)
			NL_SET_ERR_MSG_FMT(extack, "%s", part->failure);
		uvn_net_parts_stop(un, i);
		return err;
	}
	return 0;
}

/**
 * uvn_net_parts_open - set up what another configuration wants besides
 * @un: namespace, armed; its lock is held
 * @cfg: the configuration, about to be published
 * @extack: says why not
 *
 * Context: may sleep; not under RTNL.
 * Return: 0, or a negative errno, and then nothing has changed.
 */
int uvn_net_parts_open(struct uvn_net *un, const struct uvn_config *cfg,
		       struct netlink_ext_ack *extack)
{
	const struct uvn_config *old = uvn_netns_config(un);
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(uvn_net_parts); i++) {
		if (!uvn_net_parts[i].follows)
			continue;
		err = uvn_net_parts[i].open(un, cfg, extack);
		if (!err)
			continue;
		while (i--)
			if (uvn_net_parts[i].follows)
				uvn_net_parts[i].close(un, old);
		return err;
	}
	return 0;
}

/**
 * uvn_net_parts_close - take down what the configuration does not want any more
 * @un: namespace, armed; its lock is held
 * @cfg: the configuration, published
 *
 * Context: may sleep; not under RTNL.
 */
void uvn_net_parts_close(struct uvn_net *un, const struct uvn_config *cfg)
{
	unsigned int i;

	for (i = ARRAY_SIZE(uvn_net_parts); i--;)
		if (uvn_net_parts[i].follows)
			uvn_net_parts[i].close(un, cfg);
}
