// SPDX-License-Identifier: GPL-2.0
/*
 * Networks that nobody uses any more are removed.
 *
 * What says that a user has a process is the kernel's own account of the user
 * (struct user_struct): every set of credentials refers to that of its real
 * UID, so when our reference is the last there is none. To look costs one load,
 * however many tasks there are. Files that a user opened refer to it too, and
 * keep the network.
 *
 * Packets are counted by the VRF. Sockets without a process of the user's, as
 * those of services are, are asked for last, when nothing else keeps the
 * network; for that time it is frozen: who makes a socket waits, and packets wait.
 */
#include <linux/cred.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/sched/user.h>

#include "config/config.h"
#include "core/netns.h"
#include "core/traffic.h"
#include "core/user.h"
#include "network/idle.h"
#include "overlay/vrf.h"
#include "overlay/pending.h"
#include "overlay/vxlan-rx.h"
#include "rtnl/diag.h"

/* What only packets have asked for is looked at soon. */
#define UVN_IDLE_ASKED		(10 * HZ)

/* In jiffies, 0 for never. */
static unsigned long uvn_idle_timeout(const struct uvn_user *user)
{
	unsigned long timeout;

	rcu_read_lock();
	timeout = rcu_dereference(user->un->config)->idle_timeout * HZ;
	rcu_read_unlock();
	if (READ_ONCE(user->asked))
		return timeout ? min_t(unsigned long, timeout, UVN_IDLE_ASKED) :
				 UVN_IDLE_ASKED;
	return timeout;
}

static bool uvn_idle_has_process(const struct uvn_user *user)
{
	struct user_struct *account = READ_ONCE(user->account);

	return account && refcount_read(&account->__count) > 1;
}

/* Has something happened since the last look? */
static bool uvn_idle_has_changed(struct uvn_user *user)
{
	struct rtnl_link_stats64 stats = {};
	struct net_device *vrf;
	u64 n;

	rcu_read_lock();
	vrf = dev_get_by_index_rcu(user->un->net, user->vrf);
	if (vrf)
		dev_get_stats(vrf, &stats);
	rcu_read_unlock();
	n = stats.rx_packets + stats.tx_packets +
	    uvn_traffic_sockets(user);
	if (n == user->idle.seen)
		return false;
	user->idle.seen = n;
	return true;
}

/* Networks that packets ask for are few, so none stays for packets alone while
 * others are in want of one.
 */
static bool uvn_idle_is_crowded(const struct uvn_user *user)
{
	return READ_ONCE(user->asked) &&
	       atomic_read(&user->un->pending.n_asked) >= UVN_PENDING_NETWORKS / 2;
}

/* By all that can be told at little cost. */
static bool uvn_idle_is_used(struct uvn_user *user)
{
	return uvn_idle_has_process(user) ||
	       (uvn_idle_has_changed(user) && !uvn_idle_is_crowded(user));
}

static bool uvn_idle_is_quiet(struct uvn_user *user, unsigned long timeout)
{
	if (uvn_idle_is_used(user))
		user->idle.active = jiffies;
	return time_after_eq(jiffies, user->idle.active + timeout);
}

/**
 * uvn_idle_freeze - stop using a network that may be removed
 * @user: the network
 *
 * Sockets wait and packets wait, until it is thawed or has gone.
 *
 * Context: the worker.
 * Return: true if it was ready, and is frozen.
 */
static bool uvn_idle_freeze(struct uvn_user *user)
{
	bool frozen;

	uvn_assert_worker(user->un);
	spin_lock_bh(&user->lock);
	frozen = user->state == UVN_USER_STATE_READY && !user->dirty;
	if (frozen)
		uvn_user_set_state(user, UVN_USER_STATE_CREATING, 0);
	spin_unlock_bh(&user->lock);
	if (frozen)
		uvn_vrf_receive(user, false);
	return frozen;
}

/**
 * uvn_idle_thaw - use a network again that was frozen
 * @user: the network
 *
 * Context: the worker.
 */
static void uvn_idle_thaw(struct uvn_user *user)
{
	uvn_assert_worker(user->un);
	uvn_vrf_receive(user, true);
	spin_lock_bh(&user->lock);
	/* If a part of it has gone meanwhile it is ready when that is back. */
	if (user->state == UVN_USER_STATE_CREATING && !user->dirty)
		uvn_user_set_state(user, UVN_USER_STATE_READY, 0);
	spin_unlock_bh(&user->lock);
	wake_up_all(&user->wait);
	uvn_vxlan_rx_release(user);
}

/**
 * uvn_idle_check - can the network be removed without anybody's noticing?
 * @user: the network
 *
 * If so it is frozen: no packet is received, and who wants a socket waits, until
 * it has gone.
 *
 * Context: the worker.
 * Return: 0; -EBUSY if it is in use; or another negative errno.
 */
static int uvn_idle_check(struct uvn_user *user)
{
	int err;

	uvn_assert_worker(user->un);
	if (uvn_idle_has_process(user))
		return -EBUSY;
	if (!uvn_idle_freeze(user))
		return -EAGAIN;
	/* Who has seen the VRF has bound a socket to it, and what was on its
	 * way has been received.
	 */
	synchronize_net();
	err = uvn_diag_in_use(user);
	if (!err && uvn_idle_is_used(user))
		err = -EBUSY;
	if (err)
		uvn_idle_thaw(user);
	return err;
}

static void uvn_idle_look(struct uvn_user *user)
{
	unsigned long timeout = uvn_idle_timeout(user);
	bool quiet;
	int err;

	/* Whatever makes it ready has it watched again. */
	if (!timeout || !READ_ONCE(user->un->enabled) ||
	    READ_ONCE(user->state) != UVN_USER_STATE_READY)
		return;
	quiet = uvn_idle_is_quiet(user, timeout);
	if (READ_ONCE(user->asked) && uvn_diag_in_use(user) == -EBUSY) {
		uvn_user_clear_asked(user);
		user->idle.active = jiffies;
	} else if (quiet) {
		err = uvn_idle_check(user);
		if (!err) {
			uvn_user_leave(user);
			return;
		}
		user->idle.active = jiffies;
	}
	uvn_idle_watch(user);
}

/**
 * uvn_idle_work - look whether a network is in use
 * @work: user->idle.work
 *
 * Context: the worker.
 */
void uvn_idle_work(struct kthread_work *work)
{
	struct uvn_user *user = container_of(work, struct uvn_user, idle.work.work);

	uvn_assert_worker(user->un);
	uvn_idle_look(user);
	uvn_user_put(user);
}

/**
 * uvn_idle_watch - look at the network in a while, with the timeout as it is
 *	configured now
 * @user: the network
 *
 * Context: the worker.
 */
void uvn_idle_watch(struct uvn_user *user)
{
	unsigned long timeout = uvn_idle_timeout(user);

	uvn_assert_worker(user->un);
	/* A look that is due finds nothing to do, and is the last. */
	if (!timeout || !READ_ONCE(user->un->enabled))
		return;
	refcount_inc(&user->refs);
	if (kthread_mod_delayed_work(user->un->worker, &user->idle.work,
				     max_t(unsigned long, timeout / 4, HZ)))
		uvn_user_put(user);
}

/**
 * uvn_idle_unwatch - do not look at the network any more
 * @user: the network
 *
 * Context: the worker, but not while it looks; or nobody asks it for anything.
 */
void uvn_idle_unwatch(struct uvn_user *user)
{
	if (kthread_cancel_delayed_work_sync(&user->idle.work))
		uvn_user_put(user);
}

static int uvn_idle_try(void *arg)
{
	struct uvn_user *user = arg;
	int err = 0;

	/* What goes already is asked to go again. */
	if (READ_ONCE(user->state) != UVN_USER_STATE_DYING)
		err = uvn_idle_check(user);
	if (!err)
		uvn_user_leave(user);
	return err;
}

/**
 * uvn_idle_remove - have the worker remove a network if it is not in use
 * @user: the network
 * @extack: says why not
 *
 * Context: may sleep; not under RTNL. The worker is there.
 * Return: 0 if it goes, -EBUSY, or another negative errno.
 */
int uvn_idle_remove(struct uvn_user *user, struct netlink_ext_ack *extack)
{
	int err = uvn_netns_run(user->un, uvn_idle_try, user);

	if (err == -EBUSY && uvn_idle_has_process(user))
		NL_SET_ERR_MSG(extack, "the user has processes here");
	else if (err == -EBUSY)
		NL_SET_ERR_MSG(extack, "the network has sockets or packets");
	else if (err)
		NL_SET_ERR_MSG(extack, "cannot tell whether it is in use");
	return err;
}
