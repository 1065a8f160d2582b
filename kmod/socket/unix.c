// SPDX-License-Identifier: GPL-2.0
/*
 * Abstract Unix sockets: the names have no owner and no permissions, so that
 * any user could reach any other's. Sockets with a path are left to the file
 * system, and those without a name to whoever was given them.
 */
#include <net/af_unix.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "config/config.h"
#include "core/denial.h"
#include "core/netns.h"
#include "socket/identity.h"
#include "socket/owner.h"
#include "socket/unix.h"

/* A UID that tells users apart; 0 is the system. Context: RCU read side. */
static u32 uvn_unix_uid(struct uvn_net *un, const struct sock *sk)
{
	struct uvn_owner owner = uvn_owner(sk);

	if (owner.kind == UVN_OWNER_USER ||
	    (owner.kind == UVN_OWNER_UNKNOWN && uvn_owner_is_stray(un, sk)))
		return uvn_owner_uid(un, &owner, sk);
	return 0;
}

static bool uvn_unix_is_abstract(const struct sock *sk)
{
	/* Pairs with the release in bind(). */
	const struct unix_address *addr = smp_load_acquire(&unix_sk(sk)->addr);

	return addr && addr->len > offsetof(struct sockaddr_un, sun_path) &&
	       !addr->name->sun_path[0];
}

/* Whose two sockets are, of which the first wants to reach the other, if that is not the
 * same: then @uid is set to the first one's. Context: any.
 */
static bool uvn_unix_is_kept_apart(struct uvn_net *un, const struct sock *sk,
				   const struct sock *other, u32 *uid)
{
	u32 from, to, acting, vni;

	if (!uvn_unix_is_abstract(other) || !READ_ONCE(un->enabled))
		return false;
	rcu_read_lock();
	from = uvn_unix_uid(un, sk);
	/* A system's socket in a user's hands is the user's to send with. */
	if (!from && uvn_identity(rcu_dereference(un->config), &acting, &vni) !=
		     UVN_IDENTITY_SYSTEM)
		from = acting;
	to = from ? uvn_unix_uid(un, other) : 0;
	rcu_read_unlock();
	*uid = from;
	return to && from != to;
}

/**
 * uvn_unix_is_refused - is a Unix socket another user's?
 * @sk: a socket that wants to connect or send to it
 * @other: it
 *
 * Context: under the lock of @other; does not sleep.
 * Return: true if uvn_unix_may_reach() has something to say.
 */
bool uvn_unix_is_refused(const struct sock *sk, const struct sock *other)
{
	u32 uid;

	return unlikely(uvn_unix_is_abstract(other)) &&
	       uvn_unix_is_kept_apart(uvn_netns(sock_net(sk)), sk, other, &uid);
}

/**
 * uvn_unix_may_reach - may a Unix socket connect or send to another?
 * @sk: the socket
 * @other: the other
 *
 * Context: under the lock of @other; does not sleep.
 * Return: 0, or what a name that nobody holds gives, -ECONNREFUSED.
 */
int uvn_unix_may_reach(const struct sock *sk, const struct sock *other)
{
	struct uvn_net *un = uvn_netns(sock_net(sk));
	struct uvn_denial denial = {
		.reason = UVN_REASON_UNIX,
		/* Of datagrams: to connect asks the same as to send. */
		.operation = sk->sk_type == SOCK_DGRAM ?
			     UVN_OPERATION_SEND : UVN_OPERATION_CONNECT,
		.error = -ECONNREFUSED,
		.atomic = true,
		.task = true,
		.family = AF_UNIX,
		.type = sk->sk_type,
	};

	if (!uvn_unix_is_kept_apart(un, sk, other, &denial.uid))
		return 0;
	rcu_read_lock();
	denial.audit = rcu_dereference(un->config)->audit;
	rcu_read_unlock();
	uvn_denial_report(un, &denial);
	return denial.audit ? 0 : denial.error;
}
