// SPDX-License-Identifier: GPL-2.0
/*
 * Whose a socket is.
 *
 * A socket's sk_uid is no answer: it is the effective UID of a setuid program,
 * a subordinate one in a user namespace, another one after accept(), and its
 * owner may change it there. Its device is none either: who has CAP_NET_RAW
 * may change that, as ping does. So what was decided when the socket was made
 * is noted in i_private of its inode, which sockfs does not use, which is
 * cleared for each new socket, and which goes with it. The inode is freed
 * after a grace period, so that it may be read under RCU.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/net.h>
#include <linux/preempt.h>
#include <net/sock.h>

#include "config/config.h"
#include "config/system-uid.h"
#include "core/netns.h"
#include "core/user.h"
#include "socket/identity.h"
#include "socket/owner.h"

/**
 * uvn_owner_set - note whose a new socket is
 * @sock: the socket, not yet seen by anybody else
 * @owner: whose it is
 */
void uvn_owner_set(struct socket *sock, const struct uvn_owner *owner)
{
	unsigned long mark = UVN_OWNER_MARK_SYSTEM;

	if (owner->kind == UVN_OWNER_USER)
		mark = (unsigned long)owner->uid << 32 | owner->vrf;
	SOCK_INODE(sock)->i_private = (void *)mark;
}

/**
 * uvn_owner_inherit - an accepted socket belongs to whom the listening one does
 * @sock: the new socket, not yet seen by anybody else
 * @from: the listening socket
 *
 * Return: 0
 */
int uvn_owner_inherit(struct socket *sock, struct socket *from)
{
	SOCK_INODE(sock)->i_private = SOCK_INODE(from)->i_private;
	return 0;
}

/**
 * uvn_owner_is_stray - is a socket of unknown owner a user's?
 * @un: namespace
 * @sk: the socket
 *
 * As far as its UID tells. Who is system by "unmatched allow" alone is a user
 * here.
 *
 * Context: RCU read side.
 */
bool uvn_owner_is_stray(struct uvn_net *un, const struct sock *sk)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);
	u32 uid = from_kuid(&init_user_ns, sk->sk_uid), vni;

	return uvn_identity_of(cfg, &uid, &vni) != UVN_IDENTITY_SYSTEM ||
	       !uvn_system_uid_is(uid);
}

/**
 * uvn_owner_uid - the UID to name for a socket
 * @un: namespace
 * @owner: whose it is
 * @sk: the socket
 *
 * Of a subordinate UID it is the owner's.
 *
 * Context: RCU read side.
 */
u32 uvn_owner_uid(struct uvn_net *un, const struct uvn_owner *owner,
		  const struct sock *sk)
{
	u32 uid = from_kuid(&init_user_ns, sk->sk_uid), vni;

	if (owner->kind == UVN_OWNER_USER)
		return owner->uid;
	uvn_identity_of(rcu_dereference(un->config), &uid, &vni);
	return uid;
}

/**
 * uvn_owner_task - who is answerable for what a task does with another's socket
 * @un: namespace
 * @sk: a socket of family INET or INET6
 * @owner: what uvn_owner() says of it, and no user
 *
 * Context: RCU read side.
 * Return: @owner, or the user whose task it is.
 */
struct uvn_owner uvn_owner_task(struct uvn_net *un, const struct sock *sk,
				struct uvn_owner owner)
{
	const struct uvn_user *user;
	u32 uid, vni;

	if (!in_task() ||
	    (owner.kind == UVN_OWNER_UNKNOWN && uvn_owner_is_stray(un, sk)) ||
	    uvn_identity(rcu_dereference(un->config), &uid, &vni) ==
	    UVN_IDENTITY_SYSTEM)
		return owner;
	user = xa_load(&un->users, uid);
	owner.kind = UVN_OWNER_USER;
	owner.acting = true;
	owner.uid = uid;
	owner.vrf = user ? READ_ONCE(user->vrf_ifindex) : 0;
	if (!owner.vrf)
		owner.vrf = UVN_NOWHERE;
	return owner;
}
