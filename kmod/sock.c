// SPDX-License-Identifier: GPL-2.0
/*
 * The decision on a new socket.
 */
#include <linux/net.h>
#include <linux/sched.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "uvn.h"
#include "trace.h"

/* The VRF of a network that is there, as it nearly always is; else 0. */
static int uvn_sock_ready(struct uvn_net *un, u32 uid, u32 vni)
{
	struct uvn_user *user = xa_load(&un->users, uid);
	int vrf;

	if (!user || user->vni != vni)
		return 0;
	vrf = READ_ONCE(user->vrf_ifindex);
	if (vrf)
		atomic64_inc(&user->sockets);
	return vrf;
}

/* Have the network made and wait for it. If it is removed meanwhile, or its
 * range has changed, there is another one to be had.
 */
static int uvn_sock_wait(struct uvn_net *un, struct uvn_denial *denial,
			 int *vrf)
{
	struct uvn_user *user;
	int err;

	do {
		if (!READ_ONCE(un->enabled)) {
			denial->reason = UVN_REASON_DISABLED;
			return -ENETDOWN;
		}
		user = uvn_user_make(un, denial->uid, GFP_KERNEL);
		if (IS_ERR(user)) {
			err = PTR_ERR(user);
			denial->reason = err == -EACCES ? UVN_REASON_UNMATCHED :
					 UVN_REASON_NO_MEMORY;
			return err;
		}
		err = uvn_user_wait(user);
		if (!err) {
			*vrf = READ_ONCE(user->vrf_ifindex);
			if (*vrf)
				atomic64_inc(&user->sockets);
			else
				err = -EAGAIN;
		}
		if (err && err != -EAGAIN) {
			denial->error = err;
			denial->reason = err == -EINTR ? UVN_REASON_INTERRUPTED :
					 user->reason;
			denial->detail = user->detail;
			uvn_net_deny(un, user, denial);
		}
		uvn_user_put(user);
		cond_resched();
	} while (err == -EAGAIN);
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
 * range holds the UID, else what kept its network from being made.
 */
int uvn_sock_created(struct socket *sock, int family, int type, int protocol)
{
	struct uvn_net *un = uvn_net(sock_net(sock->sk));
	struct uvn_denial denial = {
		.family = family,
		.type = type,
		.protocol = protocol,
	};
	const struct uvn_config *cfg;
	enum uvn_identity identity;
	int vrf = 0, err = 0;

	if (!READ_ONCE(un->enabled) ||
	    (family != AF_INET && family != AF_INET6))
		return 0;

	rcu_read_lock();
	cfg = rcu_dereference(un->config);
	identity = uvn_identity(cfg, &denial.uid);
	if (identity == UVN_IDENTITY_USER)
		vrf = uvn_sock_ready(un, denial.uid,
				     uvn_config_vni(cfg, denial.uid));
	rcu_read_unlock();

	if (identity == UVN_IDENTITY_NOBODY) {
		err = -EACCES;
		denial.reason = UVN_REASON_UNMATCHED;
	} else if (identity == UVN_IDENTITY_USER) {
		if (unlikely(!vrf))
			err = uvn_sock_wait(un, &denial, &vrf);
		if (!err)
			err = sock_bindtoindex(sock->sk, vrf, true);
	}
	if (unlikely(err && !denial.error)) {
		denial.error = err;
		uvn_net_deny(un, NULL, &denial);
	}
	trace_uvn_socket(denial.uid, identity, family, vrf, err);
	return err;
}
