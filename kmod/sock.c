// SPDX-License-Identifier: GPL-2.0
/*
 * The decision on a new socket.
 */
#include <linux/net.h>
#include <linux/sched.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>
#include <net/sock.h>

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
	err = sock_bindtoindex(sk, vrf, false);
	if (err)
		return err;
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

/* What policy has to say of the socket, before any network is needed. */
static u32 uvn_sock_refused(const struct uvn_config *cfg,
			    enum uvn_identity identity, const struct sock *sk,
			    const struct uvn_denial *denial)
{
	bool inet = uvn_is_inet(denial->family);

	if (identity == UVN_IDENTITY_NOBODY && inet)
		return UVN_REASON_UNMATCHED;
	if (!uvn_permit_family(cfg, denial->family))
		return UVN_REASON_FAMILY;
	if (inet && !uvn_permit_protocol(cfg, sk, denial->type,
					 denial->protocol))
		return UVN_REASON_PROTOCOL;
	if (denial->family == AF_NETLINK && !uvn_permit_netlink(sk))
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
	struct uvn_denial denial = {
		.task = true,
		.family = family,
		.type = type,
		.protocol = protocol,
	};
	bool inet = uvn_is_inet(family);
	struct uvn_owner owner = { .kind = UVN_OWNER_SYSTEM };
	const struct uvn_config *cfg;
	enum uvn_identity identity;
	int vrf = 0, err = 0;

	if (!READ_ONCE(un->enabled))
		return 0;

	rcu_read_lock();
	cfg = rcu_dereference(un->config);
	identity = uvn_identity(cfg, &denial.uid);
	if (identity != UVN_IDENTITY_SYSTEM) {
		denial.reason = uvn_sock_refused(cfg, identity, sock->sk,
						 &denial);
		denial.audit = cfg->audit;
	}
	if (identity == UVN_IDENTITY_USER && inet && !denial.reason)
		vrf = uvn_sock_ready(un, denial.uid,
				     uvn_config_vni(cfg, denial.uid),
				     sock->sk);
	rcu_read_unlock();

	denial.error = uvn_sock_errno(denial.reason);
	if (unlikely(denial.error)) {
		uvn_net_deny(un, &denial);
		err = denial.audit ? 0 : denial.error;
		denial.audit = false;
		denial.error = 0;
	}
	if (identity == UVN_IDENTITY_USER && inet && !err) {
		if (likely(vrf))
			err = min(vrf, 0);
		else
			err = uvn_sock_wait(un, &denial, sock->sk, &vrf);
		if (unlikely(err && !denial.error)) {
			denial.error = err;
			uvn_net_deny(un, &denial);
		}
	}
	/* What audit lets pass is as if uvn had not been there to see it. */
	if (!err && !(identity == UVN_IDENTITY_NOBODY && inet)) {
		/* Who is in no range is a user to other users. */
		if (identity != UVN_IDENTITY_SYSTEM)
			owner.kind = UVN_OWNER_USER;
		owner.uid = denial.uid;
		owner.vrf = vrf;
		uvn_owner_set(sock, &owner);
	}
	trace_uvn_socket(denial.uid, identity, family, vrf, err);
	return err;
}
