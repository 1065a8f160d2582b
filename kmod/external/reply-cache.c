// SPDX-License-Identifier: GPL-2.0
/*
 * What users asked system services by UDP.
 *
 * Users have the same addresses and ports of their own each, so that two may ask
 * the same service from the same address and port. Each of them is noted, and the
 * service sees each at another port: at the asker's own as long as nobody else is
 * seen there. The answer to that port is the asker's and can be nobody else's.
 *
 * Each network has its own notes in its own order, and where it has too many the
 * oldest of these goes: nobody can have another's forgotten.
 *
 * What the system itself asked, no user may have the answer to. There is nobody
 * whose notes these could be and so no bound to their number, but it is enough to
 * know where the system may have asked from: bits in a filter, which are never
 * lost while they count. A bit too many costs a user no more than to be seen at
 * another port.
 *
 *	a user: enters the note -> barrier -> is there a bit? then another port
 *	system: sets the bit    -> barrier -> is there a note? then it is dead
 *
 * One of both sees the other, before the service gets its question. A note counts
 * only once the bit has been looked for.
 */
#include <linux/jhash.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "config/config.h"
#include "core/netns.h"
#include "core/user.h"
#include "external/filter.h"
#include "external/reply-cache.h"

#define UVN_REPLY_CACHE_LIFE	UVN_FILTER_LIFE
#define UVN_REPLY_CACHE_QUOTA	4096		/* notes of a network */
#define UVN_REPLY_CACHE_BITS	20		/* of the filter */
#define UVN_REPLY_CACHE_TRIES	64		/* ports that are tried */
#define UVN_REPLY_CACHE_LOOKS	8		/* notes that one makes room of */

/**
 * struct uvn_reply_query - a user's question
 * @from: where it was asked from
 * @vrf: ifindex of the asker's VRF
 */
struct uvn_reply_query {
	struct uvn_reply_peer from;
	int vrf;
};

enum uvn_reply_cache_state {
	UVN_REPLY_CACHE_NEW,	/* perhaps the system's place */
	UVN_REPLY_CACHE_GOOD,
	UVN_REPLY_CACHE_DEAD,
};

/**
 * struct uvn_reply_note - a note of who asked
 * @by_asked: in the table of questions
 * @by_seen: in the table of answers
 * @list: in the notes of @user
 * @rcu: for freeing it after the last reader
 * @user: whose it is; freed after it by a grace period
 * @asked: what the user's packets have
 * @seen: what the service sees
 * @when: jiffies of the last question or answer, to the second
 * @listed: what @when was as it was put at the end of the list; the notes' lock
 * @state: enum uvn_reply_cache_state; it does not leave "dead"
 * @session: the service has a connected socket for it
 */
struct uvn_reply_note {
	struct rhash_head by_asked;
	struct rhash_head by_seen;
	struct list_head list;
	struct rcu_head rcu;
	struct uvn_user *user;
	struct uvn_reply_query asked;
	struct uvn_reply_peer seen;
	u32 when;
	u32 listed;
	u32 state;
	bool session;
};

/**
 * struct uvn_reply_cache - the notes of a namespace
 * @asked: struct uvn_reply_note by struct uvn_reply_query
 * @seen: the same by struct uvn_reply_peer, as the service sees it; each once
 * @seed: of the filter's hash
 * @filter: bits of where the system asked from
 */
struct uvn_reply_cache {
	struct rhashtable asked;
	struct rhashtable seen;
	u32 seed;
	struct uvn_filter filter;
};

static const struct rhashtable_params uvn_reply_cache_by_asked = {
	.key_len = sizeof(struct uvn_reply_query),
	.key_offset = offsetof(struct uvn_reply_note, asked),
	.head_offset = offsetof(struct uvn_reply_note, by_asked),
	.automatic_shrinking = true,
};

static const struct rhashtable_params uvn_reply_cache_by_seen = {
	.key_len = sizeof(struct uvn_reply_peer),
	.key_offset = offsetof(struct uvn_reply_note, seen),
	.head_offset = offsetof(struct uvn_reply_note, by_seen),
	.automatic_shrinking = true,
};

static bool uvn_reply_cache_is_old(const struct uvn_reply_note *e)
{
	return (u32)jiffies - READ_ONCE(e->when) >= UVN_REPLY_CACHE_LIFE;
}

/* No more often than needed: others look at it on other CPUs. */
static void uvn_reply_cache_touch(struct uvn_reply_note *e)
{
	u32 now = jiffies;

	if (now - READ_ONCE(e->when) >= HZ)
		WRITE_ONCE(e->when, now);
}

static u32 uvn_reply_cache_bit(const struct uvn_reply_cache *q,
			       const struct uvn_reply_peer *asker)
{
	return jhash2((const u32 *)asker, sizeof(*asker) / sizeof(u32),
		      q->seed) & (BIT(UVN_REPLY_CACHE_BITS) - 1);
}

/* May the system have asked from there? */
static bool uvn_reply_cache_is_system(const struct uvn_reply_cache *q,
				      const struct uvn_reply_peer *asker)
{
	return uvn_filter_has(&q->filter, uvn_reply_cache_bit(q, asker));
}

/* Its user's notes are locked. */
static void uvn_reply_cache_remove(struct uvn_reply_cache *q,
				   struct uvn_reply_note *e)
{
	lockdep_assert_held(&e->user->replies.lock);
	WRITE_ONCE(e->state, UVN_REPLY_CACHE_DEAD);
	rhashtable_remove_fast(&q->asked, &e->by_asked, uvn_reply_cache_by_asked);
	rhashtable_remove_fast(&q->seen, &e->by_seen, uvn_reply_cache_by_seen);
	list_del_init(&e->list);
	e->user->replies.n--;
	kfree_rcu(e, rcu);
}

/* As the system asked from where it is seen. */
static void uvn_reply_cache_kill(struct uvn_reply_cache *q, struct uvn_reply_note *e)
{
	struct uvn_user *user = e->user;

	/* Ahead of all else, so that it does not begin to count. */
	xchg(&e->state, UVN_REPLY_CACHE_DEAD);
	spin_lock(&user->replies.lock);
	/* Else who enters it, or has removed it, sees to that. */
	if (!list_empty(&e->list))
		uvn_reply_cache_remove(q, e);
	spin_unlock(&user->replies.lock);
}

/* From now on, and for as long as a note lasts, no user is seen there. */
static void uvn_reply_cache_reserve(struct uvn_reply_cache *q,
				    const struct uvn_reply_peer *asker)
{
	/* Its barrier pairs with the one in uvn_reply_cache_claim(). */
	uvn_filter_set(&q->filter, uvn_reply_cache_bit(q, asker));
}

/**
 * uvn_reply_cache_system - the system asked a service
 * @un: namespace
 * @asker: from where
 * @may_lock: do what takes a lock, too, which is seldom needed
 *
 * Context: RCU read side, bottom halves off.
 * Return: false if that is needed and has not been done.
 */
bool uvn_reply_cache_system(struct uvn_net *un, const struct uvn_reply_peer *asker,
			    bool may_lock)
{
	struct uvn_reply_cache *q = rcu_dereference(un->replies);
	struct uvn_reply_note *e;

	if (!q)
		return true;
	if (!may_lock && unlikely(uvn_filter_is_over(&q->filter)))
		return false;
	uvn_reply_cache_reserve(q, asker);
	if (likely(!atomic_read(&q->seen.nelems)))
		return true;
	e = rhashtable_lookup(&q->seen, asker, uvn_reply_cache_by_seen);
	if (likely(!e))
		return true;
	if (may_lock)
		uvn_reply_cache_kill(q, e);
	return may_lock;
}

/* The notes of its user are locked. */
static bool uvn_reply_cache_expire(struct uvn_reply_cache *q,
				   struct uvn_reply_note *e)
{
	if (list_empty(&e->list) || !uvn_reply_cache_is_old(e))
		return false;
	uvn_reply_cache_remove(q, e);
	return true;
}

/* Whoever needs a port may have that of a note that is over, unless the service
 * goes on with it. The notes of @user are locked.
 */
static bool uvn_reply_cache_take_over(struct uvn_reply_cache *q,
				      const struct uvn_user *user,
				      const struct uvn_reply_peer *seen)
{
	struct uvn_reply_note *e;
	struct uvn_user *other;
	bool taken;

	e = rhashtable_lookup(&q->seen, seen, uvn_reply_cache_by_seen);
	if (!e || READ_ONCE(e->session) || !uvn_reply_cache_is_old(e))
		return false;
	other = e->user;
	if (other == user)
		return uvn_reply_cache_expire(q, e);
	if (!spin_trylock(&other->replies.lock))
		return false;
	taken = uvn_reply_cache_expire(q, e);
	spin_unlock(&other->replies.lock);
	return taken;
}

/* Another port, of those that stand for as much as @port: below 1024 is only root.
 * Few are asked from between there and where the ports begin that the kernel
 * gives, so these come first.
 */
static __be16 uvn_reply_cache_other(__be16 port, unsigned int try)
{
	u32 first = 1024, end = 65536;

	if (ntohs(port) < 1024) {
		first = 512;
		end = 1024;
	} else if (try <= UVN_REPLY_CACHE_TRIES / 2) {
		end = 32768;
	}
	return htons(first + reciprocal_scale(get_random_u32(), end - first));
}

/* Enter a note at the port where it is to be seen, if it may be. */
static int uvn_reply_cache_claim(struct uvn_reply_cache *q, struct uvn_reply_note *e)
{
	const struct uvn_config *cfg = rcu_dereference(e->user->un->config);
	int err;

	/* None but root answers to a port of ours. */
	if (uvn_reply_cache_is_system(q, &e->seen) ||
	    uvn_subnet_is_port(cfg, e->seen.port))
		return -EEXIST;
	err = rhashtable_lookup_insert_fast(&q->seen, &e->by_seen,
					    uvn_reply_cache_by_seen);
	if (err == -EEXIST && uvn_reply_cache_take_over(q, e->user, &e->seen))
		err = rhashtable_lookup_insert_fast(&q->seen, &e->by_seen,
						    uvn_reply_cache_by_seen);
	if (err)
		return err;
	/* Pairs with the bit that is set in uvn_reply_cache_system(). */
	smp_mb();
	if (!uvn_reply_cache_is_system(q, &e->seen) &&
	    cmpxchg(&e->state, UVN_REPLY_CACHE_NEW, UVN_REPLY_CACHE_GOOD) ==
	    UVN_REPLY_CACHE_NEW)
		return 0;
	WRITE_ONCE(e->state, UVN_REPLY_CACHE_DEAD);
	rhashtable_remove_fast(&q->seen, &e->by_seen, uvn_reply_cache_by_seen);
	return -EAGAIN;
}

/* Let what is over go, and if there are too many what has not been used longest. */
static void uvn_reply_cache_make_room(struct uvn_reply_cache *q,
				      struct uvn_user *user)
{
	struct uvn_user_replies *own = &user->replies;
	struct uvn_reply_note *e;
	unsigned int i;
	bool full, old;

	for (i = 0; i < UVN_REPLY_CACHE_LOOKS && !list_empty(&own->list); i++) {
		e = list_first_entry(&own->list, struct uvn_reply_note, list);
		old = uvn_reply_cache_is_old(e);
		full = own->n >= UVN_REPLY_CACHE_QUOTA;
		if (old && !e->session) {
			uvn_reply_cache_remove(q, e);
		} else if (old || READ_ONCE(e->when) != e->listed) {
			e->listed = READ_ONCE(e->when);
			list_move_tail(&e->list, &own->list);
		} else if (full) {
			uvn_reply_cache_remove(q, e);
		} else {
			return;
		}
	}
	if (own->n >= UVN_REPLY_CACHE_QUOTA)
		uvn_reply_cache_remove(q, list_first_entry(&own->list,
							   struct uvn_reply_note,
							   list));
}

static struct uvn_reply_note *uvn_reply_cache_new(struct uvn_user *user,
						  const struct uvn_reply_query *asked)
{
	struct uvn_reply_note *e = kzalloc(sizeof(*e), GFP_ATOMIC);

	if (!e)
		return NULL;
	INIT_LIST_HEAD(&e->list);
	e->user = user;
	e->asked = *asked;
	e->seen = asked->from;
	e->when = jiffies;
	e->listed = e->when;
	return e;
}

/* Its user's notes are locked. */
static struct uvn_reply_note *uvn_reply_cache_enter(struct uvn_reply_cache *q,
						    struct uvn_user *user,
						    const struct uvn_reply_query *asked,
						    bool own_port)
{
	struct uvn_reply_note *e;
	unsigned int try;
	int err;

	uvn_reply_cache_make_room(q, user);
	e = uvn_reply_cache_new(user, asked);
	for (try = 0; e && try <= UVN_REPLY_CACHE_TRIES; try++) {
		if (try)
			e->seen.port = uvn_reply_cache_other(asked->from.port,
							     try);
		else if (!own_port)
			continue;
		err = uvn_reply_cache_claim(q, e);
		if (!err)
			err = rhashtable_lookup_insert_fast(&q->asked,
							    &e->by_asked,
							    uvn_reply_cache_by_asked);
		else if (err == -EEXIST)
			continue;
		if (!err) {
			list_add_tail(&e->list, &user->replies.list);
			user->replies.n++;
			return e;
		}
		/* Somebody may have seen it there already. */
		if (READ_ONCE(e->state) == UVN_REPLY_CACHE_GOOD)
			rhashtable_remove_fast(&q->seen, &e->by_seen,
					       uvn_reply_cache_by_seen);
		WRITE_ONCE(e->state, UVN_REPLY_CACHE_DEAD);
		kfree_rcu(e, rcu);
		e = err == -EAGAIN ? uvn_reply_cache_new(user, asked) : NULL;
	}
	kfree(e);
	return NULL;
}

static struct uvn_reply_note *uvn_reply_cache_get(struct uvn_reply_cache *q,
						  const struct uvn_reply_query *asked)
{
	struct uvn_reply_note *e;

	e = rhashtable_lookup(&q->asked, asked, uvn_reply_cache_by_asked);
	return e && READ_ONCE(e->state) == UVN_REPLY_CACHE_GOOD ? e : NULL;
}

/**
 * uvn_reply_cache_note - a user asked a system service
 * @un: namespace
 * @uid: of the user
 * @vrf: ifindex of the user's VRF
 * @asker: from where
 * @session: the port of the peer that the service's socket is connected to, or 0
 * @seen: set to the port at which the service must see the user
 *
 * A socket that is connected already to who is not known was so to somebody else.
 *
 * Context: RCU read side, bottom halves off.
 * Return: 0, or a negative errno if the question must not be heard.
 */
int uvn_reply_cache_note(struct uvn_net *un, u32 uid, int vrf,
			 const struct uvn_reply_peer *asker, __be16 session,
			 __be16 *seen)
{
	struct uvn_reply_cache *q = rcu_dereference(un->replies);
	struct uvn_reply_query asked = { .from = *asker, .vrf = vrf };
	struct uvn_reply_note *e;
	struct uvn_user *user;

	if (!q)
		return -ENETDOWN;
	e = uvn_reply_cache_get(q, &asked);
	if (likely(e)) {
		uvn_reply_cache_touch(e);
		*seen = e->seen.port;
		if (session == *seen && !READ_ONCE(e->session))
			WRITE_ONCE(e->session, true);
		return 0;
	}
	user = xa_load(&un->users, uid);
	if (!user)
		return -ENETDOWN;
	spin_lock(&user->replies.lock);
	/* Nothing is noted of a network any more that goes. */
	if (READ_ONCE(user->vrf) == vrf) {
		e = uvn_reply_cache_get(q, &asked) ?:
		    uvn_reply_cache_enter(q, user, &asked, !session);
		if (e)
			*seen = e->seen.port;
	}
	spin_unlock(&user->replies.lock);
	return e ? 0 : -ENOBUFS;
}

/**
 * uvn_reply_cache_find - whose is an answer?
 * @un: namespace
 * @seen: whom the service answers
 * @to: set to the asker
 *
 * Context: RCU read side.
 * Return: false if no user asked.
 */
bool uvn_reply_cache_find(struct uvn_net *un, const struct uvn_reply_peer *seen,
			  struct uvn_reply_target *to)
{
	struct uvn_reply_cache *q = rcu_dereference(un->replies);
	struct uvn_reply_note *e;

	if (!q || !atomic_read(&q->seen.nelems))
		return false;
	e = rhashtable_lookup(&q->seen, seen, uvn_reply_cache_by_seen);
	if (!e || READ_ONCE(e->state) != UVN_REPLY_CACHE_GOOD ||
	    uvn_reply_cache_is_old(e))
		return false;
	uvn_reply_cache_touch(e);
	to->vrf = e->asked.vrf;
	to->port = e->asked.from.port;
	return true;
}

/**
 * uvn_reply_cache_forget - forget what was asked in a network
 * @user: the network, which has no VRF any more
 *
 * The answers that are still to come are no other user's.
 *
 * Context: the worker.
 */
void uvn_reply_cache_forget(struct uvn_user *user)
{
	struct uvn_user_replies *own = &user->replies;
	struct uvn_reply_cache *q;
	struct uvn_reply_note *e;

	uvn_assert_worker(user->un);
	rcu_read_lock();
	q = rcu_dereference(user->un->replies);
	spin_lock_bh(&own->lock);
	while (q && !list_empty(&own->list)) {
		e = list_first_entry(&own->list, struct uvn_reply_note, list);
		if (!uvn_reply_cache_is_old(e))
			uvn_reply_cache_reserve(q, &e->seen);
		uvn_reply_cache_remove(q, e);
	}
	spin_unlock_bh(&own->lock);
	rcu_read_unlock();
}

/**
 * uvn_reply_cache_open - begin to take notes
 * @un: namespace; its lock is held
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int uvn_reply_cache_open(struct uvn_net *un)
{
	struct uvn_reply_cache *q = kzalloc(sizeof(*q), GFP_KERNEL);
	int err;

	if (!q)
		return -ENOMEM;
	err = uvn_filter_init(&q->filter, BIT(UVN_REPLY_CACHE_BITS));
	if (err)
		goto err_free;
	err = rhashtable_init(&q->asked, &uvn_reply_cache_by_asked);
	if (err)
		goto err_free;
	err = rhashtable_init(&q->seen, &uvn_reply_cache_by_seen);
	if (err)
		goto err_asked;
	get_random_bytes(&q->seed, sizeof(q->seed));
	rcu_assign_pointer(un->replies, q);
	return 0;

err_asked:
	rhashtable_destroy(&q->asked);
err_free:
	uvn_filter_exit(&q->filter);
	kfree(q);
	return err;
}

static void uvn_reply_cache_free(void *ptr, void *arg)
{
	struct uvn_reply_note *e = ptr;

	list_del_init(&e->list);
	e->user->replies.n--;
	kfree(e);
}

/**
 * uvn_reply_cache_close - forget all notes
 * @un: namespace; its worker does nothing to networks now
 *
 * Context: may sleep.
 */
void uvn_reply_cache_close(struct uvn_net *un)
{
	struct uvn_reply_cache *q = rcu_dereference_protected(un->replies, 1);

	if (!q)
		return;
	RCU_INIT_POINTER(un->replies, NULL);
	synchronize_rcu();
	rhashtable_destroy(&q->seen);
	rhashtable_free_and_destroy(&q->asked, uvn_reply_cache_free, NULL);
	uvn_filter_exit(&q->filter);
	kfree(q);
}
