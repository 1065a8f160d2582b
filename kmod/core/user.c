// SPDX-License-Identifier: GPL-2.0
/*
 * User networks: their table and their life.
 *
 * uvn_user_want() says what a network must contain and uvn_network_apply() makes
 * the difference; the first socket, a packet, an administrator's change and
 * every notifier end there, on the namespace's worker, and nowhere else.
 *
 *	creating -> ready -> dying -> gone (error is set, not in the table)
 *	    ^        |
 *	    +--------+  a part vanished: sockets wait until it is there again
 */
#include <linux/cred.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/slab.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>

#include "external/reply-cache.h"
#include "uvn.h"
#include "core/trace.h"

/**
 * uvn_idle_unask - the network is none that only packets have asked for
 * @user: the network: somebody has use for it, or it is gone
 *
 * Context: any.
 */
void uvn_idle_unask(struct uvn_user *user)
{
	if (READ_ONCE(user->asked) && xchg(&user->asked, false))
		atomic_dec(&user->un->n_asked);
}

/**
 * uvn_idle_claim - a task asks for its network, or has it
 * @user: the network
 *
 * Context: any task's.
 */
void uvn_idle_claim(struct uvn_user *user)
{
	struct user_struct *account = current_user();

	uvn_idle_unask(user);
	/* In a user namespace it may be that of a UID that has no network. */
	if (READ_ONCE(user->account) ||
	    !uid_eq(account->uid, KUIDT_INIT(user->uid)))
		return;
	get_uid(account);
	if (cmpxchg(&user->account, NULL, account))
		free_uid(account);
}

/**
 * uvn_idle_free - a network's account is not needed any more
 * @user: the network, without references
 *
 * Context: any.
 */
void uvn_idle_free(struct uvn_user *user)
{
	if (user->account)
		free_uid(user->account);
}

/**
 * uvn_network_vrf_name - the name of a user's VRF
 * @name: IFNAMSIZ bytes
 * @uid: of the user
 */
void uvn_network_vrf_name(char *name, u32 uid)
{
	snprintf(name, IFNAMSIZ, "vrf%u", uid);
}

static void uvn_user_free(struct rcu_head *rcu)
{
	struct uvn_user *user = container_of(rcu, struct uvn_user, rcu);

	uvn_idle_free(user);
	uvn_traffic_free(user);
	uvn_flows_free(user);
	kfree(user);
}

/**
 * uvn_user_put - give up a reference
 * @user: the user network
 */
void uvn_user_put(struct uvn_user *user)
{
	if (refcount_dec_and_test(&user->refs))
		call_rcu(&user->rcu, uvn_user_free);
}

/**
 * uvn_user_get - look up a user network
 * @un: namespace
 * @uid: of the user
 *
 * Context: any.
 * Return: the network with a reference, or NULL.
 */
struct uvn_user *uvn_user_get(struct uvn_net *un, u32 uid)
{
	struct uvn_user *user;

	rcu_read_lock();
	user = xa_load(&un->users, uid);
	if (user && !refcount_inc_not_zero(&user->refs))
		user = NULL;
	rcu_read_unlock();
	return user;
}

/**
 * uvn_user_next - walk the table in the order of UIDs
 * @un: namespace
 * @uid: where to look from; set to the UID that was found
 *
 * Context: any; networks may come and go between calls.
 * Return: the network with a reference, or NULL at the end.
 */
struct uvn_user *uvn_user_next(struct uvn_net *un, u32 *uid)
{
	unsigned long index = *uid;
	struct uvn_user *user;

	rcu_read_lock();
	user = xa_find(&un->users, &index, U32_MAX, XA_PRESENT);
	while (user && !refcount_inc_not_zero(&user->refs))
		user = xa_find_after(&un->users, &index, U32_MAX, XA_PRESENT);
	rcu_read_unlock();
	*uid = index;
	return user;
}

static void uvn_user_queue(struct uvn_user *user)
{
	refcount_inc(&user->refs);
	if (!kthread_queue_work(user->un->worker, &user->work))
		uvn_user_put(user);
}

/* Change the state. Sockets stop being bound as soon as it is not ready. */
static void uvn_user_set_state(struct uvn_user *user, u32 state, int err)
{
	lockdep_assert_held(&user->lock);
	WRITE_ONCE(user->vrf_ifindex,
		   state == UVN_USER_STATE_READY ? user->vrf : 0);
	WRITE_ONCE(user->state, state);
	/* Who sees the error may look at reason and detail. */
	smp_store_release(&user->error, err);
	trace_uvn_user(user->uid, state, err);
}

/**
 * uvn_user_touch - a part of the network is gone
 * @user: the network
 *
 * Context: RTNL.
 */
void uvn_user_touch(struct uvn_user *user)
{
	struct uvn_net *un = user->un;

	ASSERT_RTNL();
	if (!un->enabled || current == un->worker->task)
		return;
	spin_lock_bh(&user->lock);
	if (user->state == UVN_USER_STATE_READY)
		uvn_user_set_state(user, UVN_USER_STATE_CREATING, 0);
	user->dirty = true;
	spin_unlock_bh(&user->lock);
	uvn_user_queue(user);
}

/**
 * uvn_user_vrf_gone - a VRF unregisters
 * @un: namespace
 * @vrf: the device, perhaps a user's
 *
 * Context: RTNL.
 */
void uvn_user_vrf_gone(struct uvn_net *un, const struct net_device *vrf)
{
	const struct uvn_config *cfg = rtnl_dereference(un->config);
	struct uvn_user *user;
	u32 uid;

	uid = uvn_config_uid(cfg, l3mdev_fib_table(vrf) - cfg->table_base);
	user = uid ? uvn_user_get(un, uid) : NULL;
	if (!user)
		return;
	if (READ_ONCE(user->vrf) == vrf->ifindex) {
		uvn_input_close(user);
		uvn_user_touch(user);
	}
	uvn_user_put(user);
}

static void uvn_user_work(struct kthread_work *work);

static void uvn_user_init(struct uvn_user *user, struct uvn_net *un, u32 uid)
{
	user->un = un;
	user->uid = uid;
	user->state = UVN_USER_STATE_CREATING;
	refcount_set(&user->refs, 2);
	spin_lock_init(&user->lock);
	init_waitqueue_head(&user->wait);
	kthread_init_work(&user->work, uvn_user_work);
	INIT_LIST_HEAD(&user->links);
	__skb_queue_head_init(&user->early);
	uvn_question_init(user);
	uvn_idle_init(user);
	ratelimit_state_init(&user->events, HZ, 50);
	ratelimit_set_flags(&user->events, RATELIMIT_MSG_ON_RELEASE);
}

static struct uvn_user *uvn_user_new(struct uvn_net *un, u32 uid, bool asked,
				     gfp_t gfp)
{
	const struct uvn_config *cfg;
	struct uvn_user *user;
	int err;

	do {
		user = uvn_user_get(un, uid);
		if (user)
			return user;
		user = kzalloc(sizeof(*user), gfp);
		if (!user)
			return ERR_PTR(-ENOMEM);

		rcu_read_lock();
		cfg = rcu_dereference(un->config);
		user->vni = uvn_config_vni(cfg, uid);
		user->table = cfg->table_base + user->vni;
		rcu_read_unlock();
		if (!user->vni) {
			kfree(user);
			return ERR_PTR(-EACCES);
		}
		uvn_user_init(user, un, uid);
		user->asked = asked;
		/* Before anybody may count it off. */
		if (asked)
			atomic_inc(&un->n_asked);
		err = xa_insert_bh(&un->users, uid, user, gfp);
		if (!err) {
			atomic_inc(&un->n_users);
			uvn_user_queue(user);
			return user;
		}
		if (asked)
			atomic_dec(&un->n_asked);
		kfree(user);
	} while (err == -EBUSY); /* another was quicker */

	return ERR_PTR(err);
}

/**
 * uvn_user_make - find a user network, or have it made
 * @un: namespace, enabled
 * @uid: of the user
 *
 * Context: may sleep.
 * Return: the network, perhaps still to be waited for, with a reference;
 * ERR_PTR() of -EACCES if no range holds @uid, or -ENOMEM.
 */
struct uvn_user *uvn_user_make(struct uvn_net *un, u32 uid)
{
	struct uvn_user *user = uvn_user_new(un, uid, false, GFP_KERNEL);

	if (!IS_ERR(user))
		uvn_idle_claim(user);
	return user;
}

/**
 * uvn_user_ask - the same for a packet
 * @un: namespace, enabled
 * @uid: of the user
 *
 * Context: RCU read side, bottom halves off.
 * Return: as uvn_user_make().
 */
struct uvn_user *uvn_user_ask(struct uvn_net *un, u32 uid)
{
	return uvn_user_new(un, uid, true, GFP_ATOMIC);
}

/**
 * uvn_user_wait - wait until a user network is ready or given up
 * @user: the network
 *
 * Context: may sleep; not under RTNL.
 * Return: 0; -EINTR if the task is being killed; -EAGAIN if the network was
 * removed and another may be asked for; or what made it fail.
 */
int uvn_user_wait(struct uvn_user *user)
{
	if (wait_event_killable(user->wait,
				READ_ONCE(user->error) ||
				READ_ONCE(user->state) == UVN_USER_STATE_READY))
		return -EINTR;
	/* Pairs with uvn_user_set_state(). */
	return smp_load_acquire(&user->error);
}

static bool uvn_user_matches(struct uvn_user *user)
{
	bool matches;

	rcu_read_lock();
	matches = uvn_config_vni(rcu_dereference(user->un->config),
				 user->uid) == user->vni;
	rcu_read_unlock();
	return matches;
}

/* Try again in a while what failed for want of memory or the like. */
static void uvn_user_retry(struct uvn_user *user)
{
	spin_lock_bh(&user->lock);
	user->dirty = true;
	spin_unlock_bh(&user->lock);
	if (!user->un->dying)
		kthread_queue_delayed_work(user->un->worker,
					   &user->un->reconcile, HZ);
}

/* Take the network down; once nothing is left of it, forget it. */
static void uvn_user_bury(struct uvn_user *user, int err)
{
	struct uvn_net *un = user->un;

	spin_lock_bh(&user->lock);
	if (user->error)
		err = user->error;
	uvn_user_set_state(user, UVN_USER_STATE_DYING, user->error);
	spin_unlock_bh(&user->lock);

	if (uvn_network_destroy(user)) {
		uvn_user_retry(user);
		/* Those who wait need not wait for that. */
		if (err != -EAGAIN) {
			spin_lock_bh(&user->lock);
			uvn_user_set_state(user, UVN_USER_STATE_DYING, err);
			spin_unlock_bh(&user->lock);
			wake_up_all(&user->wait);
			uvn_early_drop(user);
		}
		return;
	}
	uvn_idle_unwatch(user);
	uvn_idle_unask(user);
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
		uvn_early_release(user);
	else
		uvn_early_drop(user);
	uvn_user_put(user);
}

static void uvn_user_reconcile(struct uvn_user *user)
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

	if (!un->enabled) {
		user->reason = UVN_REASON_DISABLED;
		uvn_user_bury(user, -ENETDOWN);
		return;
	}
	if (user->state == UVN_USER_STATE_DYING || !uvn_user_matches(user)) {
		uvn_user_bury(user, -EAGAIN);
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
			uvn_early_release(user);
		}
		uvn_idle_watch(user);
		return;
	}

	denial.reason = user->reason;
	denial.error = err;
	denial.detail = user->detail;
	uvn_net_deny(un, &denial);
	/* A network in use keeps what it has: its links admit only addresses
	 * that are still the lower device's.
	 */
	if (user->state == UVN_USER_STATE_READY)
		uvn_user_retry(user);
	else
		uvn_user_bury(user, err);
}

static void uvn_user_work(struct kthread_work *work)
{
	struct uvn_user *user = container_of(work, struct uvn_user, work);

	uvn_user_reconcile(user);
	uvn_user_put(user);
}

/* All networks go: the devices of a few at a time. More would save nothing but
 * hold RTNL longer, as vrf.ko waits for two grace periods for each VRF.
 */
static void uvn_user_remove_devices(struct uvn_net *un)
{
	struct uvn_user *users[4];
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
 * uvn_user_reconcile_all - bring every network to its desired state
 * @work: un->reconcile
 *
 * Context: the worker.
 */
void uvn_user_reconcile_all(struct kthread_work *work)
{
	struct uvn_net *un = container_of(work, struct uvn_net, reconcile.work);
	struct uvn_user *user;
	u32 uid;

	rtnl_lock();
	/* A full barrier: what changes from here on sets it again. */
	if (un->enabled && xchg(&un->rescan, false))
		uvn_lower_scan(un);
	rtnl_unlock();
	if (un->enabled && uvn_uplink_follow(un))
		kthread_queue_delayed_work(un->worker, &un->reconcile, HZ);
	if (!un->enabled && !un->dying)
		uvn_user_remove_devices(un);
	for (uid = 0; (user = uvn_user_next(un, &uid)); uid++) {
		if (user->gen != READ_ONCE(un->gen) || READ_ONCE(user->dirty))
			uvn_user_reconcile(user);
		uvn_user_put(user);
	}
}

static void uvn_user_doom(struct uvn_user *user)
{
	spin_lock_bh(&user->lock);
	if (user->state != UVN_USER_STATE_DYING)
		uvn_user_set_state(user, UVN_USER_STATE_DYING, 0);
	user->dirty = true;
	spin_unlock_bh(&user->lock);
}

/**
 * uvn_user_doom_unmatched - stop using networks whose range has changed
 * @un: namespace; its new configuration is published
 *
 * The worker removes them.
 *
 * Context: may sleep.
 */
void uvn_user_doom_unmatched(struct uvn_net *un)
{
	struct uvn_user *user;
	u32 uid;

	for (uid = 0; (user = uvn_user_next(un, &uid)); uid++) {
		if (!uvn_user_matches(user))
			uvn_user_doom(user);
		uvn_user_put(user);
	}
}

/**
 * uvn_user_hold - stop using a network that may be removed
 * @user: the network
 *
 * Sockets wait and packets wait, until it is released or has gone.
 *
 * Context: the worker.
 * Return: true if it was ready, and is held.
 */
bool uvn_user_hold(struct uvn_user *user)
{
	bool held;

	spin_lock_bh(&user->lock);
	held = user->state == UVN_USER_STATE_READY && !user->dirty;
	if (held)
		uvn_user_set_state(user, UVN_USER_STATE_CREATING, 0);
	spin_unlock_bh(&user->lock);
	if (held)
		uvn_link_receive(user, false);
	return held;
}

/**
 * uvn_user_release - use a network again that was held
 * @user: the network
 *
 * Context: the worker.
 */
void uvn_user_release(struct uvn_user *user)
{
	uvn_link_receive(user, true);
	spin_lock_bh(&user->lock);
	/* If a part of it has gone meanwhile it is ready when that is back. */
	if (user->state == UVN_USER_STATE_CREATING && !user->dirty)
		uvn_user_set_state(user, UVN_USER_STATE_READY, 0);
	spin_unlock_bh(&user->lock);
	wake_up_all(&user->wait);
	uvn_early_release(user);
}

/**
 * uvn_user_leave - have the worker remove a network
 * @user: the network
 *
 * Context: any, but in interrupts.
 */
void uvn_user_leave(struct uvn_user *user)
{
	uvn_user_doom(user);
	uvn_user_queue(user);
}

/**
 * uvn_user_remove - remove a user network
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
int uvn_user_remove(struct uvn_net *un, u32 uid, bool force,
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
 * uvn_user_unwatch_all - look at no network any more
 * @un: namespace, about to go away; its worker is still there
 */
void uvn_user_unwatch_all(struct uvn_net *un)
{
	struct uvn_user *user;
	u32 uid;

	for (uid = 0; (user = uvn_user_next(un, &uid)); uid++) {
		uvn_idle_unwatch(user);
		uvn_user_put(user);
	}
}

/**
 * uvn_user_forget_all - forget every network; its devices die with the
 *	namespace
 * @un: namespace, about to go away
 */
void uvn_user_forget_all(struct uvn_net *un)
{
	struct uvn_user *user;
	u32 uid;

	rtnl_lock();
	for (uid = 0; (user = uvn_user_next(un, &uid)); uid++) {
		uvn_input_close(user);
		uvn_vrf_leave(user);
		uvn_user_put(user);
	}
	rtnl_unlock();
	for (uid = 0; (user = uvn_user_next(un, &uid)); uid++) {
		uvn_early_drop(user);
		uvn_uplink_forget(user);
		uvn_cgnat_release(user);
		xa_erase_bh(&un->users, uid);
		atomic_dec(&un->n_users);
		uvn_user_put(user);
		uvn_user_put(user);
	}
}
