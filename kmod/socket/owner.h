/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose a socket is: what owner.c notes, and everybody asks of each packet.
 */
#ifndef _UVN_OWNER_H
#define _UVN_OWNER_H

#include <linux/types.h>
#include <net/sock.h>

struct uvn_net;

/**
 * struct uvn_owner - whose a socket is, as decided when it was made
 * @kind: see enum uvn_owner_kind
 * @uid: of the user, in the initial user namespace
 * @acting: the current task's, who has a socket of the system's
 * @vrf: ifindex of the VRF it was put into, or 0 for other families
 */
struct uvn_owner {
	enum uvn_owner_kind {
		UVN_OWNER_UNKNOWN,	/* made while uvn was not enabled */
		UVN_OWNER_SYSTEM,
		UVN_OWNER_USER,
	} kind;
	bool acting;
	u32 uid;
	int vrf;
};

/* UID above, VRF below; no VRF has the loopback device's ifindex. */
#define UVN_OWNER_MARK_SYSTEM	1UL

/**
 * uvn_owner - whose a socket is
 * @sk: a socket of family INET, INET6 or UNIX
 *
 * Context: RCU read side, or the socket is held.
 * Return: what was noted; UVN_OWNER_UNKNOWN for a socket that is older than
 * enable, or has been closed, or was not accepted yet.
 */
static inline struct uvn_owner uvn_owner(const struct sock *sk)
{
	struct socket *sock = READ_ONCE(sk->sk_socket);
	struct uvn_owner owner = {};
	unsigned long mark;

	mark = sock ? (unsigned long)READ_ONCE(SOCK_INODE(sock)->i_private) : 0;
	if (likely(mark > UVN_OWNER_MARK_SYSTEM)) {
		owner.kind = UVN_OWNER_USER;
		owner.uid = mark >> 32;
		owner.vrf = (u32)mark;
	} else if (mark) {
		owner.kind = UVN_OWNER_SYSTEM;
	}
	return owner;
}

void uvn_owner_set(struct socket *sock, const struct uvn_owner *owner);
int uvn_owner_inherit(struct socket *sock, struct socket *from);
bool uvn_owner_is_stray(struct uvn_net *un, const struct sock *sk);
u32 uvn_owner_uid(struct uvn_net *un, const struct uvn_owner *owner,
		  const struct sock *sk);
struct uvn_owner uvn_owner_task(struct uvn_net *un, const struct sock *sk,
				struct uvn_owner owner);

/**
 * uvn_owner_acting - who is answerable for what is done with a socket now
 * @un: namespace
 * @sk: a socket of family INET or INET6
 *
 * Its owner; but if that is the system, and a user's task has it, who may
 * have got it by inheritance from a root program, then that user.
 *
 * Context: RCU read side.
 */
static inline struct uvn_owner uvn_owner_acting(struct uvn_net *un,
						const struct sock *sk)
{
	struct uvn_owner owner = uvn_owner(sk);

	return likely(owner.kind == UVN_OWNER_USER) ?
	       owner : uvn_owner_task(un, sk, owner);
}

#endif
