// SPDX-License-Identifier: GPL-2.0
/*
 * A user's socket stays bound to the user's VRF: as long as it is, it receives
 * nothing of any other network.
 *
 * Without any privilege the kernel lets go of the device when a datagram
 * socket is disconnected, which getaddrinfo() does all the time, takes
 * whatever device the scope of an IPv6 address names in bind(), and joins a
 * multicast group on any. With CAP_NET_RAW, as ping has, SO_BINDTODEVICE takes
 * another.
 */
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/socket.h>
#include <net/dst.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/l3mdev.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "owner.h"
#include "uvn.h"

/* In a user's hands, whether or not uvn was enabled when it was made. */
static bool uvn_bound_concerns(struct uvn_net *un, const struct sock *sk,
			       struct uvn_owner *owner)
{
	if (!uvn_is_inet(sk->sk_family) || sk->sk_kern_sock ||
	    !READ_ONCE(un->enabled))
		return false;
	rcu_read_lock();
	*owner = uvn_owner_acting(un, sk);
	rcu_read_unlock();
	return owner->kind == UVN_OWNER_USER ||
	       (owner->kind == UVN_OWNER_UNKNOWN && uvn_owner_is_stray(sk));
}

static int uvn_bound_deny(struct uvn_net *un, const struct sock *sk,
			  const struct uvn_owner *owner, int err)
{
	struct uvn_denial denial = {
		.uid = uvn_owner_uid(owner, sk),
		.reason = UVN_REASON_NETWORK,
		.error = err,
		.task = true,
		.family = sk->sk_family,
		.type = sk->sk_type,
		.protocol = sk->sk_protocol,
	};

	rcu_read_lock();
	denial.audit = rcu_dereference(un->config)->audit;
	rcu_read_unlock();
	uvn_net_deny(un, &denial);
	return denial.audit ? 0 : err;
}

/* Was it put into its VRF when it was made? */
static bool uvn_bound_is_noted(const struct uvn_owner *owner)
{
	return owner->kind == UVN_OWNER_USER && !owner->acting;
}

/* Is the device the owner's VRF or one of its links? */
static bool uvn_bound_is_own(const struct sock *sk,
			     const struct uvn_owner *owner, int ifindex)
{
	return owner->kind == UVN_OWNER_USER &&
	       l3mdev_master_ifindex_by_index(sock_net(sk), ifindex) ==
	       owner->vrf;
}

/**
 * uvn_bound_may_bind - may a socket be bound to an address?
 * @sk: the socket
 * @addr: the address, of any family
 * @len: its length in bytes
 *
 * A socket that is older than enable, or that a root program left open, is in
 * no VRF: with a port it would hear all of them.
 *
 * Context: task context, may sleep.
 * Return: 0; -ENODEV if its scope is a device of another network; -EPERM;
 * -EADDRINUSE if the port is published, and another's.
 */
int uvn_bound_may_bind(struct sock *sk, const struct sockaddr *addr, int len)
{
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)addr;
	struct uvn_net *un = uvn_net(sock_net(sk));
	struct uvn_owner owner;
	int err;

	if (!uvn_bound_concerns(un, sk, &owner))
		return 0;
	if (!uvn_bound_is_noted(&owner))
		return uvn_bound_deny(un, sk, &owner, -EPERM);
	err = uvn_publish_claim(un, sk, &owner, addr, len);
	if (err)
		return err;
	/* Only a family that the kernel itself would take for this one. */
	if (sk->sk_family != AF_INET6 || len < (int)sizeof(*sin6) ||
	    sin6->sin6_family != AF_INET6 || !sin6->sin6_scope_id ||
	    uvn_bound_is_own(sk, &owner, sin6->sin6_scope_id))
		return 0;
	return uvn_bound_deny(un, sk, &owner, -ENODEV);
}

/**
 * uvn_bound_may_listen - may a socket listen?
 * @sk: the socket
 *
 * One that is older than enable, or that a root program left open, would be
 * connected to from every VRF. One that listens already was meant to.
 *
 * Context: task context, may sleep.
 * Return: 0 or -EPERM; -EADDRINUSE as uvn_bound_may_bind().
 */
int uvn_bound_may_listen(struct sock *sk)
{
	struct uvn_net *un = uvn_net(sock_net(sk));
	struct uvn_owner owner;

	if (!uvn_bound_concerns(un, sk, &owner) || sk->sk_state == TCP_LISTEN)
		return 0;
	if (uvn_bound_is_noted(&owner))
		return uvn_publish_claim(un, sk, &owner, NULL, 0);
	return uvn_bound_deny(un, sk, &owner, -EPERM);
}

/**
 * uvn_bound_may_join - may a socket join a multicast group on a device?
 * @sk: the socket
 * @ifindex: the device; 0, by which the kernel would look in the table main,
 *	becomes the user's VRF
 *
 * The kernel reports what is joined to all hosts beyond the device.
 *
 * Context: task context; the socket and RTNL may be locked.
 * Return: 0 or -ENODEV.
 */
int uvn_bound_may_join(struct sock *sk, int *ifindex)
{
	struct uvn_net *un = uvn_net(sock_net(sk));
	struct uvn_owner owner;
	int own;

	if (!uvn_bound_concerns(un, sk, &owner) ||
	    owner.kind == UVN_OWNER_UNKNOWN)
		return 0;
	own = *ifindex ?: owner.vrf;
	if (!uvn_bound_is_own(sk, &owner, own))
		return uvn_bound_deny(un, sk, &owner, -ENODEV);
	*ifindex = own;
	return 0;
}

/**
 * uvn_bound_joined - the device on which a socket joined a group
 * @sk: the socket
 * @ifindex: as in uvn_bound_may_join(), for what undoes or refines a join
 *
 * Context: task context; the socket and RTNL may be locked.
 */
void uvn_bound_joined(struct sock *sk, int *ifindex)
{
	struct uvn_net *un = uvn_net(sock_net(sk));
	struct uvn_owner owner;

	if (!*ifindex && uvn_bound_concerns(un, sk, &owner) &&
	    uvn_bound_is_noted(&owner))
		*ifindex = owner.vrf;
}

/**
 * uvn_bound_may_set - may a socket's option be set?
 * @sk: the socket
 * @level: as in setsockopt(2)
 * @optname: likewise
 *
 * Context: task context, may sleep.
 * Return: 0, or -EPERM for what binds a socket to a device, as for anybody
 * without CAP_NET_RAW.
 */
int uvn_bound_may_set(struct sock *sk, int level, int optname)
{
	struct uvn_net *un;
	struct uvn_owner owner;

	if (level != SOL_SOCKET ||
	    (optname != SO_BINDTODEVICE && optname != SO_BINDTOIFINDEX))
		return 0;
	un = uvn_net(sock_net(sk));
	if (!uvn_bound_concerns(un, sk, &owner))
		return 0;
	return uvn_bound_deny(un, sk, &owner, -EPERM);
}

/* What a datagram socket loses with its peer, but for its device. It must not
 * be without one even for a moment: lookups do not take the socket's lock.
 */
static void uvn_bound_forget_peer(struct sock *sk)
{
	bool has_addr = sk->sk_userlocks & SOCK_BINDADDR_LOCK;
	bool has_port = sk->sk_userlocks & SOCK_BINDPORT_LOCK;
	struct inet_sock *inet = inet_sk(sk);

	sk->sk_state = TCP_CLOSE;
	inet->inet_dport = 0;
	WRITE_ONCE(inet->inet_daddr, 0);
	sock_rps_reset_rxhash(sk);
	if (!has_addr)
		inet_reset_saddr(sk);
	if (!has_addr && has_port && sk->sk_prot->rehash)
		sk->sk_prot->rehash(sk);
	if (!has_port) {
		sk->sk_prot->unhash(sk);
		inet->inet_sport = 0;
	}
	sk_dst_reset(sk);
}

/* The VRF that a user's socket was put into, or nowhere if that is gone. */
static int uvn_bound_home(const struct sock *sk, const struct uvn_owner *owner)
{
	int home = UVN_NOWHERE;

	if (owner->kind != UVN_OWNER_USER)
		return home;
	rcu_read_lock();
	if (dev_get_by_index_rcu(sock_net(sk), owner->vrf))
		home = owner->vrf;
	rcu_read_unlock();
	return home;
}

/**
 * uvn_bound_disconnect - disconnect a datagram socket
 * @sk: the socket, locked
 *
 * A socket that is older than enable, or whose VRF is gone, is cut off: where
 * it was bound before connect() nobody knows, and SOCK_DESTROY comes here too.
 *
 * Context: task context.
 * Return: true if that was done here, false if the kernel is to do it.
 */
bool uvn_bound_disconnect(struct sock *sk)
{
	struct uvn_net *un = uvn_net(sock_net(sk));
	struct uvn_owner owner;

	if (!uvn_bound_concerns(un, sk, &owner))
		return false;
	/* One of the system's in a user's hands is in no VRF, nor was it. */
	if (owner.acting) {
		rcu_read_lock();
		owner = uvn_owner(sk);
		rcu_read_unlock();
	}
	if (owner.kind == UVN_OWNER_SYSTEM)
		return false;
	if (owner.kind == UVN_OWNER_UNKNOWN &&
	    !uvn_bound_deny(un, sk, &owner, -EPERM))
		return false;
	/* connect() may have bound it to a link of its VRF. */
	WRITE_ONCE(sk->sk_bound_dev_if, uvn_bound_home(sk, &owner));
	uvn_bound_forget_peer(sk);
	return true;
}
