// SPDX-License-Identifier: GPL-2.0
/*
 * Adoptions: system tasks that act for a user, as the daemon of a batch system
 * does that starts a user's job and serves its terminal. What an administrator
 * has tied to a UID, a process with its children or a cgroup, makes sockets in
 * that user's network. Sockets that it has already stay the system's.
 *
 * Users' own tasks cannot be adopted: they are their UID's wherever they are.
 *
 * An adoption ends with its process or cgroup. Nobody can be in either from then
 * on, nor have its number confused with another's, so that what has ended is
 * only not shown any more, and freed when the next one comes.
 */
#include <linux/cgroup.h>
#include <linux/netlink.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "config/range.h"
#include "core/netns.h"
#include "socket/adopt.h"

/* How many may be over before anybody looks. */
#define UVN_ADOPT_LIMIT		64

/**
 * struct uvn_adoption - a process or a cgroup that acts for a user
 * @rcu: for freeing it after the last reader
 * @pid: the process, or NULL; holds a reference
 * @cgroup: the cgroup, or NULL; likewise
 * @uid: the user's
 */
struct uvn_adoption {
	struct rcu_head rcu;
	struct pid *pid;
	struct cgroup *cgroup;
	u32 uid;
};

/* Context: RCU read side. */
static bool uvn_adopt_is_over(const struct uvn_adoption *a)
{
	if (a->pid)
		return !pid_task(a->pid, PIDTYPE_TGID);
	return !(READ_ONCE(a->cgroup->self.flags) & CSS_ONLINE);
}

static void uvn_adopt_free(struct rcu_head *rcu)
{
	struct uvn_adoption *a = container_of(rcu, struct uvn_adoption, rcu);

	put_pid(a->pid);
	if (a->cgroup)
		cgroup_put(a->cgroup);
	kfree(a);
}

/* Who lists it looks at what it refers to. */
static void uvn_adopt_put(struct uvn_adoption *a)
{
	call_rcu(&a->rcu, uvn_adopt_free);
}

/* As the kernel goes up from a task to those that it descends from: a task that
 * RCU protects has a parent that it does.
 */
static const struct uvn_adoption *uvn_adopt_by_pid(struct uvn_net *un)
{
	struct xarray *xa = &un->adopt.by[UVN_ADOPT_PID];
	const struct task_struct *t = current;
	const struct uvn_adoption *a;

	if (xa_empty(xa))
		return NULL;
	for (; t->tgid > 1; t = rcu_dereference(t->real_parent)) {
		a = xa_load(xa, t->tgid);
		if (a && a->pid == task_tgid((struct task_struct *)t))
			return a;
	}
	return NULL;
}

static const struct uvn_adoption *uvn_adopt_by_cgroup(struct uvn_net *un)
{
	struct cgroup *cgroup = task_dfl_cgroup(current);
	const struct uvn_adoption *a = NULL;

	for (; !a && cgroup; cgroup = cgroup_parent(cgroup))
		a = xa_load(&un->adopt.by[UVN_ADOPT_CGROUP], cgroup_id(cgroup));
	return a;
}

/**
 * uvn_adopt_uid - for whom does the current task act?
 * @un: namespace
 *
 * By the nearest process above it that has been adopted; else by the nearest
 * cgroup.
 *
 * Context: task context, of the system's; RCU read side.
 * Return: the UID, or 0 if it acts for itself.
 */
u32 uvn_adopt_uid(struct uvn_net *un)
{
	const struct uvn_adoption *a;

	if (likely(!atomic_read(&un->adopt.n)))
		return 0;
	a = uvn_adopt_by_pid(un) ?: uvn_adopt_by_cgroup(un);
	return a ? a->uid : 0;
}

static void uvn_adopt_remove(struct uvn_net *un, struct xarray *xa,
			     unsigned long index)
{
	struct uvn_adoption *a = xa_erase_bh(xa, index);

	if (!a)
		return;
	atomic_dec(&un->adopt.n);
	uvn_adopt_put(a);
}

/* As many again may come before it pays to look: nobody shall pay for the jobs of
 * a year, nor each job for all others.
 */
static void uvn_adopt_forget(struct uvn_net *un, bool all)
{
	struct uvn_adoption *a;
	unsigned long index;
	bool over;
	int by;

	for (by = 0; by < ARRAY_SIZE(un->adopt.by); by++) {
		xa_for_each(&un->adopt.by[by], index, a) {
			rcu_read_lock();
			over = all || uvn_adopt_is_over(a);
			rcu_read_unlock();
			if (over)
				uvn_adopt_remove(un, &un->adopt.by[by], index);
		}
	}
	un->adopt.limit = max(2 * atomic_read(&un->adopt.n),
			      UVN_ADOPT_LIMIT);
}

static int uvn_adopt_find_pid(struct uvn_adoption *a, u64 *id,
			      struct netlink_ext_ack *extack)
{
	bool found;

	rcu_read_lock();
	a->pid = get_pid(find_vpid(*id));
	found = a->pid && !uvn_adopt_is_over(a);
	rcu_read_unlock();
	if (!found) {
		NL_SET_ERR_MSG(extack, "no such process");
		return -ESRCH;
	}
	*id = pid_nr(a->pid);
	if (*id > 1)
		return 0;
	NL_SET_ERR_MSG(extack, "all of the system descends from it");
	return -EINVAL;
}

static int uvn_adopt_find_cgroup(struct uvn_adoption *a, u64 id,
				 struct netlink_ext_ack *extack)
{
	struct cgroup *cgroup = cgroup_get_from_id(id);

	if (IS_ERR(cgroup)) {
		NL_SET_ERR_MSG(extack, "no such cgroup of version 2");
		return -ESRCH;
	}
	a->cgroup = cgroup;
	if (cgroup_parent(cgroup))
		return 0;
	NL_SET_ERR_MSG(extack, "all of the system is in the root cgroup");
	return -EINVAL;
}

/* @id becomes its number for the whole host. */
static struct uvn_adoption *uvn_adopt_new(enum uvn_adopt_by by, u64 *id,
					  struct netlink_ext_ack *extack)
{
	struct uvn_adoption *a = kzalloc(sizeof(*a), GFP_KERNEL);
	int err;

	if (!a)
		return ERR_PTR(-ENOMEM);
	if (by == UVN_ADOPT_PID)
		err = uvn_adopt_find_pid(a, id, extack);
	else
		err = uvn_adopt_find_cgroup(a, *id, extack);
	if (!err)
		return a;
	uvn_adopt_put(a);
	return ERR_PTR(err);
}

/**
 * uvn_adopt_add - have a process or a cgroup act for a user
 * @un: namespace; its lock is held
 * @by: what it is
 * @id: PID of the process as the current task knows it, or id of the cgroup
 * @uid: the user's
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0; -ENETDOWN, -ENOENT if no range has the UID, -ESRCH, -EINVAL,
 * -EEXIST if it acts for another user, -ENOMEM.
 */
int uvn_adopt_add(struct uvn_net *un, enum uvn_adopt_by by, u64 id, u32 uid,
		  struct netlink_ext_ack *extack)
{
	struct xarray *xa = &un->adopt.by[by];
	struct uvn_adoption *a, *old;
	int err;

	lockdep_assert_held(&un->lock);
	if (!un->enabled) {
		NL_SET_ERR_MSG(extack, "uvn is not enabled");
		return -ENETDOWN;
	}
	if (!uvn_range_vni(uvn_netns_config(un), uid)) {
		NL_SET_ERR_MSG(extack, "UID is in no range");
		return -ENOENT;
	}
	a = uvn_adopt_new(by, &id, extack);
	if (IS_ERR(a))
		return PTR_ERR(a);
	a->uid = uid;
	if (atomic_read(&un->adopt.n) >= un->adopt.limit)
		uvn_adopt_forget(un, false);

	old = xa_load(xa, id);
	if (old && (by == UVN_ADOPT_CGROUP || old->pid == a->pid)) {
		err = old->uid == uid ? 0 : -EEXIST;
		if (err)
			NL_SET_ERR_MSG_FMT(extack, "it acts for UID %u",
					   old->uid);
		uvn_adopt_put(a);
		return err;
	}
	/* Of a process that had the number before. */
	uvn_adopt_remove(un, xa, id);
	err = xa_err(xa_store_bh(xa, id, a, GFP_KERNEL));
	if (err)
		uvn_adopt_put(a);
	else
		atomic_inc(&un->adopt.n);
	return err;
}

/**
 * uvn_adopt_del - have a process or a cgroup act for itself again
 * @un: namespace; its lock is held
 * @by: what it is
 * @id: as in uvn_adopt_add()
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0 or -ENOENT.
 */
int uvn_adopt_del(struct uvn_net *un, enum uvn_adopt_by by, u64 id,
		  struct netlink_ext_ack *extack)
{
	struct uvn_adoption *a;
	bool over;

	lockdep_assert_held(&un->lock);
	rcu_read_lock();
	if (by == UVN_ADOPT_PID)
		id = pid_nr(find_vpid(id));
	a = xa_load(&un->adopt.by[by], id);
	over = !a || uvn_adopt_is_over(a);
	rcu_read_unlock();
	uvn_adopt_remove(un, &un->adopt.by[by], id);
	if (!over)
		return 0;
	NL_SET_ERR_MSG(extack, "no such adoption");
	return -ENOENT;
}

/**
 * uvn_adopt_next - go through all adoptions
 * @un: namespace
 * @by: in which table to begin; set to that of the one found
 * @id: from where in it; set to that of the one found
 * @pid: set to the PID as the current task knows it; 0 if it does not, or if it
 *	is a cgroup
 * @uid: set to the user's
 *
 * Context: task context, RCU read side.
 * Return: true if there is one.
 */
bool uvn_adopt_next(struct uvn_net *un, enum uvn_adopt_by *by,
		    unsigned long *id, u32 *pid, u32 *uid)
{
	const struct uvn_adoption *a;

	for (; *by < ARRAY_SIZE(un->adopt.by); ++*by, *id = 0) {
		a = xa_find(&un->adopt.by[*by], id, ULONG_MAX, XA_PRESENT);
		while (a && uvn_adopt_is_over(a))
			a = xa_find_after(&un->adopt.by[*by], id, ULONG_MAX,
					  XA_PRESENT);
		if (a) {
			*pid = pid_vnr(a->pid);
			*uid = a->uid;
			return true;
		}
	}
	return false;
}

/**
 * uvn_adopt_close - have everything act for itself again
 * @un: namespace; its lock is held, or it is going away
 *
 * Context: may sleep.
 */
void uvn_adopt_close(struct uvn_net *un)
{
	uvn_adopt_forget(un, true);
}
