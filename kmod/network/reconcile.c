// SPDX-License-Identifier: GPL-2.0
/*
 * Every user network is brought to its desired state here, on the namespace's worker
 * and nowhere else.
 *
 * uvn_network_apply() knows what a network must contain and makes the difference; the
 * first socket, a packet, an administrator's change and every notifier end here.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/xarray.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>

#include "config/config.h"
#include "core/denial.h"
#include "core/event.h"
#include "core/netns.h"
#include "core/user.h"
#include "external/cgnat.h"
#include "external/uplink.h"
#include "network/idle.h"
#include "network/network.h"
#include "network/reconcile.h"
#include "overlay/pending.h"
#include "overlay/vrf-rx.h"
#include "overlay/vxlan-rx.h"
#include "underlay/lower.h"

static bool uvn_reconcile_matches(struct uvn_user *user)
{
	bool matches;

	rcu_read_lock();
	matches = uvn_range_vni(rcu_dereference(user->un->config),
				user->uid) == user->vni;
	rcu_read_unlock();
	return matches;
}

/* Try again in a while what failed for want of memory or the like. */
static void uvn_reconcile_retry(struct uvn_user *user)
{
	spin_lock_bh(&user->lock);
	user->dirty = true;
	spin_unlock_bh(&user->lock);
	if (!READ_ONCE(user->un->dying))
		kthread_queue_delayed_work(user->un->worker,
					   &user->un->reconcile, HZ);
}

/* Take the network down; once nothing is left of it, forget it. */
static void uvn_reconcile_tear_down(struct uvn_user *user, int err)
{
	struct uvn_net *un = user->un;

	spin_lock_bh(&user->lock);
	if (user->error)
		err = user->error;
	uvn_user_set_state(user, UVN_USER_STATE_DYING, user->error);
	spin_unlock_bh(&user->lock);

	if (uvn_network_destroy(user)) {
		uvn_reconcile_retry(user);
		/* Those who wait need not wait for that. */
		if (err != -EAGAIN) {
			spin_lock_bh(&user->lock);
			uvn_user_set_state(user, UVN_USER_STATE_DYING, err);
			spin_unlock_bh(&user->lock);
			wake_up_all(&user->wait);
			uvn_pending_drop(user);
		}
		return;
	}
	uvn_idle_unwatch(user);
	uvn_user_clear_asked(user);
	xa_erase_bh(&un->users, user->uid);
	if (atomic_dec_and_test(&un->n_users))
		wake_up_all(&un->empty);
	spin_lock_bh(&user->lock);
	uvn_user_set_state(user, UVN_USER_STATE_DYING, err);
	spin_unlock_bh(&user->lock);
	wake_up_all(&user->wait);
	uvn_event_user(user, UVN_CMD_USER_DEL_NTF);
	/* Of a network that went for no fault of its own: they want another. */
	if (err == -EAGAIN)
		uvn_vxlan_rx_release(user);
	else
		uvn_pending_drop(user);
	uvn_user_put(user);
}

static void uvn_reconcile_user(struct uvn_user *user)
{
	struct uvn_denial denial = { .uid = user->uid, .family = -1 };
	struct uvn_net *un = user->un;
	bool fresh = false;
	int err;

	if (xa_load(&un->users, user->uid) != user)
		return;
	spin_lock_bh(&user->lock);
	user->dirty = false;
	spin_unlock_bh(&user->lock);

	/* The worker has no lock here: what changes behind this queues it again. */
	if (!READ_ONCE(un->enabled)) {
		user->network.reason = UVN_REASON_DISABLED;
		uvn_reconcile_tear_down(user, -ENETDOWN);
		return;
	}
	if (READ_ONCE(user->state) == UVN_USER_STATE_DYING ||
	    !uvn_reconcile_matches(user)) {
		uvn_reconcile_tear_down(user, -EAGAIN);
		return;
	}
	err = uvn_network_apply(user);
	if (!err) {
		spin_lock_bh(&user->lock);
		if (user->state == UVN_USER_STATE_CREATING && !user->dirty) {
			uvn_user_set_state(user, UVN_USER_STATE_READY, 0);
			fresh = true;
		}
		spin_unlock_bh(&user->lock);
		wake_up_all(&user->wait);
		if (fresh) {
			uvn_event_user(user, UVN_CMD_USER_NEW_NTF);
			uvn_vxlan_rx_release(user);
		}
		uvn_idle_watch(user);
		return;
	}

	denial.reason = user->network.reason;
	denial.error = err;
	denial.detail = user->network.detail;
	uvn_denial_report(un, &denial);
	/* A network in use keeps what it has: its VRF sends only from addresses
	 * that are still a lower device's.
	 */
	if (READ_ONCE(user->state) == UVN_USER_STATE_READY)
		uvn_reconcile_retry(user);
	else
		uvn_reconcile_tear_down(user, err);
}

/**
 * uvn_reconcile_work - bring a network to its desired state
 * @work: user->work
 *
 * Context: the worker.
 */
void uvn_reconcile_work(struct kthread_work *work)
{
	struct uvn_user *user = container_of(work, struct uvn_user, work);

	uvn_assert_worker(user->un);
	uvn_reconcile_user(user);
	uvn_user_put(user);
}

/* More at a time would hold RTNL longer. */
#define UVN_RECONCILE_BATCH	16

/* All networks go: the devices of a few at a time. */
static void uvn_reconcile_remove_devices(struct uvn_net *un)
{
	struct uvn_user *users[UVN_RECONCILE_BATCH];
	unsigned int i, n;
	u32 uid = 0;

	do {
		for (n = 0; n < ARRAY_SIZE(users); n++, uid++) {
			users[n] = uvn_user_next(un, &uid);
			if (!users[n])
				break;
		}
		uvn_network_remove_devices(users, n);
		for (i = 0; i < n; i++)
			uvn_user_put(users[i]);
	} while (n == ARRAY_SIZE(users));
}

/**
 * uvn_reconcile_all - bring every network to its desired state
 * @work: un->reconcile
 *
 * Context: the worker.
 */
void uvn_reconcile_all(struct kthread_work *work)
{
	struct uvn_net *un = container_of(work, struct uvn_net, reconcile.work);
	struct uvn_user *user;
	u32 uid;

	uvn_assert_worker(un);
	rtnl_lock();
	/* A full barrier: what changes from here on sets it again. */
	if (un->enabled && xchg(&un->rescan, false))
		uvn_lower_scan(un);
	rtnl_unlock();
	if (READ_ONCE(un->enabled) && uvn_uplink_follow(un))
		kthread_queue_delayed_work(un->worker, &un->reconcile, HZ);
	if (!READ_ONCE(un->enabled) && !READ_ONCE(un->dying))
		uvn_reconcile_remove_devices(un);
	for (uid = 0; (user = uvn_user_next(un, &uid)); uid++) {
		if (user->network.gen != READ_ONCE(un->gen) || READ_ONCE(user->dirty))
			uvn_reconcile_user(user);
		uvn_user_put(user);
	}
}

/**
 * uvn_reconcile_mark_unmatched - stop using networks whose range has changed
 * @un: namespace; its new configuration is published
 *
 * The worker removes them.
 *
 * Context: may sleep.
 */
void uvn_reconcile_mark_unmatched(struct uvn_net *un)
{
	struct uvn_user *user;
	u32 uid;

	for (uid = 0; (user = uvn_user_next(un, &uid)); uid++) {
		if (!uvn_reconcile_matches(user))
			uvn_user_mark_dying(user);
		uvn_user_put(user);
	}
}

/**
 * uvn_reconcile_remove - remove a user network
 * @un: namespace; its lock is held
 * @uid: of the user
 * @force: even if it is in use
 * @extack: says why not
 *
 * Sockets bound to it stay cut off; the next socket gets a new network.
 *
 * Context: may sleep; not under RTNL.
 * Return: 0; -ENOENT; -EBUSY; -EINTR if the task is being killed; or another
 * negative errno if nothing can be told of its use.
 */
int uvn_reconcile_remove(struct uvn_net *un, u32 uid, bool force,
			 struct netlink_ext_ack *extack)
{
	struct uvn_user *user;
	int err = 0;

	lockdep_assert_held(&un->lock);
	user = un->enabled ? uvn_user_get(un, uid) : NULL;
	if (!user) {
		NL_SET_ERR_MSG(extack, "user has no network here");
		return -ENOENT;
	}
	if (force)
		uvn_user_leave(user);
	else
		err = uvn_idle_remove(user, extack);
	if (!err && uvn_user_wait(user) == -EINTR)
		err = -EINTR;
	uvn_user_put(user);
	return err;
}

/**
 * uvn_reconcile_unwatch_all - look at no network any more
 * @un: namespace, about to go away; its worker is still there
 */
void uvn_reconcile_unwatch_all(struct uvn_net *un)
{
	struct uvn_user *user;
	u32 uid;

	for (uid = 0; (user = uvn_user_next(un, &uid)); uid++) {
		uvn_idle_unwatch(user);
		uvn_user_put(user);
	}
}

/**
 * uvn_reconcile_forget_all - forget every network; its devices die with the
 *	namespace
 * @un: namespace, about to go away
 */
void uvn_reconcile_forget_all(struct uvn_net *un)
{
	struct uvn_user *user;
	u32 uid;

	rtnl_lock();
	for (uid = 0; (user = uvn_user_next(un, &uid)); uid++) {
		uvn_vrf_rx_close(user);
		uvn_network_free_ways(&user->network.ways);
		uvn_user_put(user);
	}
	rtnl_unlock();
	for (uid = 0; (user = uvn_user_next(un, &uid)); uid++) {
		uvn_pending_drop(user);
		uvn_uplink_forget(user);
		uvn_cgnat_release(user);
		xa_erase_bh(&un->users, uid);
		atomic_dec(&un->n_users);
		uvn_user_put(user);
		uvn_user_put(user);
	}
}
