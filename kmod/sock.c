// SPDX-License-Identifier: GPL-2.0
/*
 * The decision on a new socket.
 */
#include <linux/net.h>
#include <linux/sched.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "owner.h"
#include "uvn.h"
#include "trace.h"

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
	if (likely(!sk->sk_bound_dev_if)) {
		WRITE_ONCE(sk->sk_bound_dev_if, vrf);
	} else {
		err = sock_bindtoindex(sk, vrf, false);
		if (err)
			return err;
	}
	inet_sk(sk)->mc_index = vrf;
	atomic64_inc(&user->sockets);
	if (unlikely(!READ_ONCE(user->account)))
		uvn_idle_claim(user);
	return vrf;
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
					 user->reason;
			denial->detail = user->detail;
			uvn_net_deny(un, denial);
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
	*vni = uvn_config_vni(cfg, user);
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
		uvn_net_deny(un, denial);
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
		uvn_net_deny(un, denial);
	}
	return err;
}

/**
 * uvn_sock_created - tie a new socket to the network of whoever made it
 * @sock: the socket, not yet seen by anybody else
 * @family: AF_*
 * @type: SOCK_*
 * @protocol: as in socket(2)
 *
 * Context: task context of the creator, may sleep. Within uvn_hook's SRCU.
 * Return: 0; or the negative errno with which socket(2) fails: -EACCES if no
 * range holds the UID, -EAFNOSUPPORT or -EPROTONOSUPPORT for what users do
 * not get, else what kept its network from being made.
 */
int uvn_sock_created(struct socket *sock, int family, int type, int protocol)
{
	struct uvn_net *un = uvn_net(sock_net(sock->sk));
	struct uvn_owner owner = { .kind = UVN_OWNER_SYSTEM };
	bool inet = uvn_is_inet(family), adopted = false, belongs, audit;
	u32 vni, reason = UVN_REASON_NONE;
	const struct uvn_config *cfg;
	enum uvn_identity identity;
	int vrf = 0, err = 0;

	if (!READ_ONCE(un->enabled))
		return 0;

	rcu_read_lock();
	cfg = rcu_dereference(un->config);
	audit = cfg->audit;
	identity = uvn_identity(cfg, &owner.uid, &vni);
	if (identity == UVN_IDENTITY_SYSTEM)
		adopted = uvn_sock_adopted(un, cfg, &owner.uid, &vni);
	if (unlikely(adopted))
		identity = vni ? UVN_IDENTITY_USER : UVN_IDENTITY_NOBODY;
	belongs = identity == UVN_IDENTITY_USER && inet;
	/* What serves a user is root still, but for the network. */
	if (identity != UVN_IDENTITY_SYSTEM && (inet || !adopted))
		reason = uvn_sock_refused(cfg, identity, owner.uid, sock->sk,
					  family, type, protocol);
	if (belongs && !reason)
		vrf = uvn_sock_ready(un, owner.uid, vni, sock->sk);
	rcu_read_unlock();

	if (unlikely(reason || (belongs && vrf <= 0))) {
		struct uvn_denial denial = {
			.uid = owner.uid,
			.reason = reason,
			.audit = audit,
			.task = true,
			.family = family,
			.type = type,
			.protocol = protocol,
		};

		err = uvn_sock_slow(un, &denial, sock->sk, belongs, &vrf);
	}
	/* What audit lets pass is as if uvn had not been there to see it. */
	if (!err && !(identity == UVN_IDENTITY_NOBODY && inet)) {
		/* Who is in no range is a user to other users. */
		if (identity != UVN_IDENTITY_SYSTEM)
			owner.kind = UVN_OWNER_USER;
		owner.vrf = vrf;
		uvn_owner_set(sock, &owner);
	}
	trace_uvn_socket(owner.uid, identity, family, vrf, err);
	return err;
}
