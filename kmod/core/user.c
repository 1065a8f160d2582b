// SPDX-License-Identifier: GPL-2.0
/*
 * User networks: their table and their life.
 *
 * What changes one is network/reconcile.c, on the namespace's worker, and nothing
 * else.
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

#include "config/config.h"
#include "core/flows.h"
#include "core/netns.h"
#include "core/traffic.h"
#include "core/user.h"
#include "core/zone.h"
#include "core/trace.h"

/**
 * uvn_user_clear_asked - the network is none that only packets have asked for
 * @user: the network: somebody has use for it, or it is gone
 *
 * Context: any.
 */
void uvn_user_clear_asked(struct uvn_user *user)
{
	if (READ_ONCE(user->asked) && xchg(&user->asked, false))
		atomic_dec(&user->un->pending.n_asked);
}

/**
 * uvn_user_pin_account - a task asks for its network, or has it
 * @user: the network
 *
 * Context: any task's.
 */
void uvn_user_pin_account(struct uvn_user *user)
{
	struct user_struct *account = current_user();

	uvn_user_clear_asked(user);
	/* In a user namespace it may be that of a UID that has no network. */
	if (READ_ONCE(user->account) ||
	    !uid_eq(account->uid, KUIDT_INIT(user->uid)))
		return;
	get_uid(account);
	if (cmpxchg(&user->account, NULL, account))
		free_uid(account);
}

/* The account is not needed any more. */
static void uvn_user_unpin_account(struct uvn_user *user)
{
	if (user->account)
		free_uid(user->account);
}

/**
 * uvn_user_vrf_name - the name of a user's VRF
 * @name: IFNAMSIZ bytes
 * @uid: of the user
 */
void uvn_user_vrf_name(char *name, u32 uid)
{
	snprintf(name, IFNAMSIZ, "vrf%u", uid);
}

static void uvn_user_free(struct rcu_head *rcu)
{
	struct uvn_user *user = container_of(rcu, struct uvn_user, rcu);

	uvn_user_unpin_account(user);
	uvn_traffic_free(user);
	uvn_flows_free(user);
	uvn_zone_free(user);
	kfree(user);
}

/**
 * uvn_user_put - give up a reference
 * @user: the user network
 */
void uvn_user_put(struct uvn_user *user)
{
	if (!refcount_dec_and_test(&user->refs))
		return;
	uvn_zone_close(user);
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

/**
 * uvn_user_set_state - change the state
 * @user: the network; its lock is held
 * @state: enum uvn_user_state
 * @err: why it is given up, negative errno; else 0
 *
 * Sockets stop being bound as soon as it is not ready.
 */
void uvn_user_set_state(struct uvn_user *user, u32 state, int err)
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
 * uvn_user_invalidate - a part of the network is gone
 * @user: the network
 *
 * Context: RTNL.
 */
void uvn_user_invalidate(struct uvn_user *user)
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

static void uvn_user_init(struct uvn_user *user, struct uvn_net *un, u32 uid)
{
	user->un = un;
	user->uid = uid;
	user->state = UVN_USER_STATE_CREATING;
	refcount_set(&user->refs, 2);
	spin_lock_init(&user->lock);
	init_waitqueue_head(&user->wait);
	kthread_init_work(&user->work, un->user_work);
	INIT_LIST_HEAD(&user->network.ways);
	__skb_queue_head_init(&user->pending);
	spin_lock_init(&user->replies.lock);
	INIT_LIST_HEAD(&user->replies.list);
	kthread_init_delayed_work(&user->idle.work, un->idle_work);
	user->idle.active = jiffies;
	ratelimit_state_init(&user->denial.events, HZ, UVN_USER_DENIAL_EVENTS);
	ratelimit_set_flags(&user->denial.events, RATELIMIT_MSG_ON_RELEASE);
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
		user->vni = uvn_range_vni(cfg, uid);
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
			atomic_inc(&un->pending.n_asked);
		err = xa_insert_bh(&un->users, uid, user, gfp);
		if (!err) {
			atomic_inc(&un->n_users);
			uvn_user_queue(user);
			return user;
		}
		if (asked)
			atomic_dec(&un->pending.n_asked);
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
		uvn_user_pin_account(user);
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

/**
 * uvn_user_mark_dying - stop using a network that is to be removed
 * @user: the network
 *
 * The worker removes it when it comes by.
 */
void uvn_user_mark_dying(struct uvn_user *user)
{
	spin_lock_bh(&user->lock);
	if (user->state != UVN_USER_STATE_DYING)
		uvn_user_set_state(user, UVN_USER_STATE_DYING, 0);
	user->dirty = true;
	spin_unlock_bh(&user->lock);
}

/**
 * uvn_user_leave - have the worker remove a network
 * @user: the network
 *
 * Context: any, but in interrupts.
 */
void uvn_user_leave(struct uvn_user *user)
{
	uvn_user_mark_dying(user);
	uvn_user_queue(user);
}
