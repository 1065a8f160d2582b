// SPDX-License-Identifier: GPL-2.0
/*
 * The decision on a new socket.
 */
#include <linux/net.h>
#include <linux/sched.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "config/config.h"
#include "config/permit.h"
#include "core/denial.h"
#include "core/netns.h"
#include "core/traffic.h"
#include "core/user.h"
#include "socket/adopt.h"
#include "socket/identity.h"
#include "socket/owner.h"
#include "socket/sock.h"
#include "core/trace.h"

/* Bind the socket to the network's VRF and say which; 0 if it is not ready, or a
 * negative errno.
 *
 * Nobody else has the socket, so it need not be locked. Who removes a network
 * first takes the VRF away and waits for a grace period: then no socket can
 * come any more, and the task that made one shows.
 *
 * Multicast is routed by a device of its own, and without one by the table
 * main.
 *
 * Context: RCU read side.
 */
static int uvn_sock_bind(struct uvn_user *user, struct sock *sk)
{
	int vrf = READ_ONCE(user->vrf_ifindex);
	int err;

	if (!vrf)
		return 0;
	/* A new socket is in no hash that the device is part of, and has no route
	 * to forget. One that a cgroup's program has bound is not taken from there.
	 */
	if (likely(!sk->sk_bound_dev_if ||
		   sk->sk_bound_dev_if == UVN_NOWHERE)) {
		WRITE_ONCE(sk->sk_bound_dev_if, vrf);
	} else {
		err = sock_bindtoindex(sk, vrf, false);
		if (err)
			return err;
	}
	inet_sk(sk)->mc_index = vrf;
	this_cpu_inc(user->traffic.cpu->sockets);
	if (unlikely(!READ_ONCE(user->account)))
		uvn_user_pin_account(user);
	return vrf;
}

/**
 * uvn_sock_hide - nothing is to come to a socket whose owner is not known yet
 * @sk: a new raw socket, that is about to be where packets find it
 *
 * The kernel does that before it asks anybody, and what came until a network
 * is there could be read afterwards. The socket is bound to no device until
 * uvn_sock_created() knows better; should that not come, it stays so.
 *
 * Context: task context of the creator.
 */
void uvn_sock_hide(struct sock *sk)
{
	struct uvn_net *un = uvn_netns(sock_net(sk));
	u32 uid, vni;

	if (sk->sk_kern_sock || !READ_ONCE(un->enabled))
		return;
	rcu_read_lock();
	if (uvn_identity(rcu_dereference(un->config), &uid, &vni) !=
	    UVN_IDENTITY_SYSTEM || uvn_adopt_uid(un))
		WRITE_ONCE(sk->sk_bound_dev_if, UVN_NOWHERE);
	rcu_read_unlock();
}

/* It is in no user's network after all. */
static void uvn_sock_show(struct sock *sk)
{
	if (unlikely(sk->sk_type == SOCK_RAW &&
		     sk->sk_bound_dev_if == UVN_NOWHERE))
		WRITE_ONCE(sk->sk_bound_dev_if, 0);
}

/* To a network that is there, as it nearly always is; else 0. */
static int uvn_sock_ready(struct uvn_net *un, u32 uid, u32 vni,
			  struct sock *sk)
{
	struct uvn_user *user = xa_load(&un->users, uid);

	return user && user->vni == vni ? uvn_sock_bind(user, sk) : 0;
}

/* Have the network made and wait for it. If it is removed meanwhile, or its
 * range has changed, there is another one to be had.
 */
static int uvn_sock_wait(struct uvn_net *un, struct uvn_denial *denial,
			 struct sock *sk, int *vrf)
{
	struct uvn_user *user;
	int err;

	do {
		if (!READ_ONCE(un->enabled)) {
			denial->reason = UVN_REASON_DISABLED;
			return -ENETDOWN;
		}
		user = uvn_user_make(un, denial->uid);
		if (IS_ERR(user)) {
			err = PTR_ERR(user);
			denial->reason = err == -EACCES ? UVN_REASON_UNMATCHED :
					 UVN_REASON_NO_MEMORY;
			return err;
		}
		err = uvn_user_wait(user);
		if (!err) {
			rcu_read_lock();
			*vrf = uvn_sock_bind(user, sk);
			rcu_read_unlock();
			err = *vrf < 0 ? *vrf : *vrf ? 0 : -EAGAIN;
		}
		if (err && err != -EAGAIN) {
			denial->error = err;
			denial->reason = err == -EINTR ? UVN_REASON_INTERRUPTED :
					 user->network.reason;
			denial->detail = user->network.detail;
			uvn_denial_report(un, denial);
		}
		uvn_user_put(user);
		cond_resched();
	} while (err == -EAGAIN);
	return err;
}

/* Does the system's task act for a user? Then for whom. */
static bool uvn_sock_adopted(struct uvn_net *un, const struct uvn_config *cfg,
			     u32 *uid, u32 *vni)
{
	u32 user = uvn_adopt_uid(un);

	if (likely(!user))
		return false;
	*uid = user;
	*vni = uvn_range_vni(cfg, user);
	return true;
}

/* What policy has to say of the socket, before any network is needed. */
static u32 uvn_sock_refused(const struct uvn_config *cfg,
			    enum uvn_identity identity, u32 uid,
			    const struct sock *sk, int family, int type,
			    int protocol)
{
	bool inet = uvn_is_inet(family);

	if (identity == UVN_IDENTITY_NOBODY && inet)
		return uvn_identity_reason(cfg, uid);
	if (!uvn_permit_family(cfg, family))
		return UVN_REASON_FAMILY;
	if (inet && !uvn_permit_protocol(cfg, sk, type, protocol))
		return UVN_REASON_PROTOCOL;
	if (family == AF_NETLINK && !uvn_permit_netlink(sk))
		return UVN_REASON_PROTOCOL;
	return UVN_REASON_NONE;
}

static int uvn_sock_errno(u32 reason)
{
	switch (reason) {
	case UVN_REASON_NONE:
		return 0;
	case UVN_REASON_FAMILY:
		return -EAFNOSUPPORT;
	case UVN_REASON_PROTOCOL:
		return -EPROTONOSUPPORT;
	default:
		return -EACCES;
	}
}

/* A socket that is refused, or whose network is not ready: it waits for that, if
 * it @belongs to a network at all.
 */
static noinline int uvn_sock_slow(struct uvn_net *un, struct uvn_denial *denial,
				  struct sock *sk, bool belongs, int *vrf)
{
	int err;

	denial->error = uvn_sock_errno(denial->reason);
	if (denial->error) {
		uvn_denial_report(un, denial);
		if (!denial->audit)
			return denial->error;
		denial->audit = false;
		denial->error = 0;
	}
	if (!belongs)
		return 0;
	err = *vrf ? *vrf : uvn_sock_wait(un, denial, sk, vrf);
	if (err && !denial->error) {
		denial->error = err;
		uvn_denial_report(un, denial);
	}
	return err;
}

/* Armed namespaces whose users' tasks get no sockets in others. */
static LIST_HEAD(uvn_sock_strict);
static DEFINE_SPINLOCK(uvn_sock_strict_lock);

/**
 * uvn_sock_watch - have users' tasks get sockets in other namespaces, or not
 * @un: namespace
 * @cfg: its configuration, published; NULL if it is not armed any more
 *
 * Context: one at a time for each namespace.
 */
void uvn_sock_watch(struct uvn_net *un, const struct uvn_config *cfg)
{
	bool strict = cfg && cfg->child_netns == UVN_VERDICT_DENY;

	if (strict == un->strict.on)
		return;
	un->strict.on = strict;
	spin_lock(&uvn_sock_strict_lock);
	if (strict)
		list_add_tail_rcu(&un->strict.list, &uvn_sock_strict);
	else
		list_del_rcu(&un->strict.list);
	spin_unlock(&uvn_sock_strict_lock);
	/* It may come back, or its memory go. */
	if (!strict)
		synchronize_rcu();
}

/* Could packets leave another namespace by the socket? Those of families that users
 * do not get may.
 */
static bool uvn_sock_is_outgoing(const struct uvn_config *cfg, int family)
{
	return uvn_is_inet(family) || family == AF_PACKET ||
	       family == AF_XDP || !uvn_permit_family(cfg, family);
}

/* Does an armed namespace refuse the socket, which is made in another? What goes
 * by a veth that leads into a node has no owner there.
 */
static noinline int uvn_sock_elsewhere(int family, int type, int protocol)
{
	struct uvn_denial denial = {
		.reason = UVN_REASON_CHILD_NETNS,
		.operation = UVN_OPERATION_SOCKET,
		.error = -EACCES,
		.atomic = true,
		.task = true,
		.family = family,
		.type = type,
		.protocol = protocol,
	};
	struct uvn_net *un;
	int err = 0;
	u32 vni;

	rcu_read_lock();
	list_for_each_entry_rcu(un, &uvn_sock_strict, strict.list) {
		const struct uvn_config *cfg = rcu_dereference(un->config);

		if (!uvn_sock_is_outgoing(cfg, family) ||
		    uvn_identity(cfg, &denial.uid, &vni) != UVN_IDENTITY_USER)
			continue;
		denial.audit = cfg->audit;
		uvn_denial_report(un, &denial);
		if (!denial.audit)
			err = denial.error;
	}
	rcu_read_unlock();
	return err;
}

/**
 * struct uvn_sock_verdict - the decision on a new socket
 * @identity: of who made it
 * @owner: whose it is; it may be one of the system's that acts for a user
 * @belongs: it is in that user's network
 * @audit: what is refused is let pass
 * @reason: why it is refused, or %UVN_REASON_NONE
 * @vrf: ifindex of the VRF that it has been bound to; 0 if the network is not ready; or
 *	a negative errno
 */
struct uvn_sock_verdict {
	enum uvn_identity identity;
	struct uvn_owner owner;
	bool belongs;
	bool audit;
	u32 reason;
	int vrf;
};

/* RCU read side. */
static void uvn_sock_judge(struct uvn_net *un, const struct socket *sock, int family,
			   int type, int protocol, struct uvn_sock_verdict *v)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);
	bool inet = uvn_is_inet(family), adopted = false;
	u32 vni;

	v->owner = (struct uvn_owner){ .kind = UVN_OWNER_SYSTEM };
	v->audit = cfg->audit;
	v->reason = UVN_REASON_NONE;
	v->vrf = 0;
	v->identity = uvn_identity(cfg, &v->owner.uid, &vni);
	if (v->identity == UVN_IDENTITY_SYSTEM)
		adopted = uvn_sock_adopted(un, cfg, &v->owner.uid, &vni);
	if (unlikely(adopted))
		v->identity = vni ? UVN_IDENTITY_USER : UVN_IDENTITY_NOBODY;
	v->belongs = v->identity == UVN_IDENTITY_USER && inet;
	/* What serves a user is root still, but for the network. */
	if (v->identity != UVN_IDENTITY_SYSTEM && (inet || !adopted))
		v->reason = uvn_sock_refused(cfg, v->identity, v->owner.uid, sock->sk,
					     family, type, protocol);
	if (v->belongs && !v->reason)
		v->vrf = uvn_sock_ready(un, v->owner.uid, vni, sock->sk);
}

/* Is there more to do than to note whose it is? */
static bool uvn_sock_is_slow(const struct uvn_sock_verdict *v)
{
	return unlikely(v->reason || (v->belongs && v->vrf <= 0));
}

/* What is left to do with a socket of whoever gets it. What audit lets pass is as if uvn
 * had not been there to see it.
 */
static void uvn_sock_settle(struct socket *sock, int family,
			    struct uvn_sock_verdict *v)
{
	bool inet = uvn_is_inet(family);

	if (inet && !v->belongs)
		uvn_sock_show(sock->sk);
	if (v->identity == UVN_IDENTITY_NOBODY && inet)
		return;
	/* Who is in no range is a user to other users. */
	if (v->identity != UVN_IDENTITY_SYSTEM)
		v->owner.kind = UVN_OWNER_USER;
	v->owner.vrf = v->vrf;
	uvn_owner_set(sock, &v->owner);
}

/**
 * uvn_sock_is_created - tie a new socket to a network, if that can be done at once
 * @sock: as for uvn_sock_created()
 * @family: likewise
 * @type: likewise
 * @protocol: likewise
 *
 * It can for the system, and for who has a network already and gets what was asked for.
 *
 * Context: task context of the creator.
 * Return: true if it is done; else uvn_sock_created() has to be called.
 */
bool uvn_sock_is_created(struct socket *sock, int family, int type, int protocol)
{
	struct uvn_net *un = uvn_netns(sock_net(sock->sk));
	struct uvn_sock_verdict v;
	bool enabled;

	rcu_read_lock();
	enabled = READ_ONCE(un->enabled);
	if (enabled)
		uvn_sock_judge(un, sock, family, type, protocol, &v);
	rcu_read_unlock();
	if (unlikely(!enabled)) {
		if (uvn_is_inet(family))
			uvn_sock_show(sock->sk);
		return list_empty(&uvn_sock_strict);
	}
	if (uvn_sock_is_slow(&v))
		return false;
	uvn_sock_settle(sock, family, &v);
	trace_uvn_socket(v.owner.uid, v.identity, family, v.vrf, 0);
	return true;
}

/**
 * uvn_sock_created - tie a new socket to the network of whoever made it
 * @sock: the socket, not yet seen by anybody else
 * @family: AF_*
 * @type: SOCK_*
 * @protocol: as in socket(2)
 *
 * Context: task context of the creator, may sleep. Within uvn_hook's wrapper.
 * Return: 0; or the negative errno with which socket(2) fails: -EACCES if no
 * range holds the UID, or to a user in a namespace that is not armed,
 * -EAFNOSUPPORT or -EPROTONOSUPPORT for what users do not get, else what kept its
 * network from being made.
 */
int uvn_sock_created(struct socket *sock, int family, int type, int protocol)
{
	struct uvn_net *un = uvn_netns(sock_net(sock->sk));
	struct uvn_sock_verdict v;
	int err = 0;

	if (!READ_ONCE(un->enabled)) {
		if (uvn_is_inet(family))
			uvn_sock_show(sock->sk);
		return likely(list_empty(&uvn_sock_strict)) ? 0 :
		       uvn_sock_elsewhere(family, type, protocol);
	}

	rcu_read_lock();
	uvn_sock_judge(un, sock, family, type, protocol, &v);
	rcu_read_unlock();
	if (uvn_sock_is_slow(&v)) {
		struct uvn_denial denial = {
			.uid = v.owner.uid,
			.reason = v.reason,
			.operation = UVN_OPERATION_SOCKET,
			.audit = v.audit,
			.task = true,
			.family = family,
			.type = type,
			.protocol = protocol,
		};

		err = uvn_sock_slow(un, &denial, sock->sk, v.belongs, &v.vrf);
	}
	if (!err)
		uvn_sock_settle(sock, family, &v);
	trace_uvn_socket(v.owner.uid, v.identity, family, v.vrf, err);
	return err;
}
