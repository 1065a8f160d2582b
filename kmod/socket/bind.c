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
#include <linux/in.h>
#include <linux/inetdevice.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/socket.h>
#include <linux/sockptr.h>
#include <net/dst.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "config/config.h"
#include "core/denial.h"
#include "core/netns.h"
#include "core/user.h"
#include "external/port-claim.h"
#include "overlay/vrf.h"
#include "socket/bind.h"
#include "socket/device.h"
#include "socket/named.h"
#include "socket/owner.h"
#include "socket/sock.h"
#include "underlay/lower.h"

/* In a user's hands, whether or not uvn was enabled when it was made. */
static bool uvn_bind_concerns(struct uvn_net *un, const struct sock *sk,
			      struct uvn_owner *owner)
{
	bool concerns;

	if (!uvn_is_inet(sk->sk_family) || sk->sk_kern_sock ||
	    !READ_ONCE(un->enabled))
		return false;
	rcu_read_lock();
	*owner = uvn_owner_acting(un, sk);
	concerns = owner->kind == UVN_OWNER_USER ||
		   (owner->kind == UVN_OWNER_UNKNOWN &&
		    uvn_owner_is_stray(un, sk));
	rcu_read_unlock();
	return concerns;
}

/**
 * uvn_bind_is_users - is a socket in a user's hands?
 * @sk: the socket, of any family
 *
 * If not, nothing here has anything to say on what is done with it.
 *
 * Context: any.
 */
bool uvn_bind_is_users(const struct sock *sk)
{
	struct uvn_owner owner;

	return uvn_is_inet(sk->sk_family) &&
	       uvn_bind_concerns(uvn_netns(sock_net(sk)), sk, &owner);
}

/* The program named the device with @ifindex, or none. */
static int uvn_bind_deny(struct uvn_net *un, const struct sock *sk,
			 const struct uvn_owner *owner, u32 operation,
			 int ifindex, int err)
{
	struct uvn_denial denial = {
		.reason = UVN_REASON_NETWORK,
		.operation = operation,
		.ifindex = ifindex,
		/* connect() succeeds, but the socket has no network then. */
		.error = operation == UVN_OPERATION_DISCONNECT ? 0 : err,
		.task = true,
		.family = sk->sk_family,
		.type = sk->sk_type,
		.protocol = sk->sk_protocol,
	};

	rcu_read_lock();
	denial.uid = uvn_owner_uid(un, owner, sk);
	denial.audit = rcu_dereference(un->config)->audit;
	rcu_read_unlock();
	uvn_denial_report(un, &denial);
	return denial.audit ? 0 : err;
}

/* Was it put into its VRF when it was made? */
static bool uvn_bind_is_noted(const struct uvn_owner *owner)
{
	return owner->kind == UVN_OWNER_USER && !owner->acting;
}

/* Is the device the owner's VRF, or what somebody has put into it? */
static bool uvn_bind_is_own(const struct sock *sk,
			    const struct uvn_owner *owner, int ifindex)
{
	return owner->kind == UVN_OWNER_USER &&
	       l3mdev_master_ifindex_by_index(sock_net(sk), ifindex) ==
	       owner->vrf;
}

/**
 * uvn_bind_may_bind - may a socket be bound to an address?
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
int uvn_bind_may_bind(struct sock *sk, const struct sockaddr *addr, int len)
{
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)addr;
	struct uvn_net *un = uvn_netns(sock_net(sk));
	struct uvn_owner owner;
	int err;

	if (!uvn_bind_concerns(un, sk, &owner))
		return 0;
	if (!uvn_bind_is_noted(&owner))
		return uvn_bind_deny(un, sk, &owner, UVN_OPERATION_BIND, 0,
				     -EPERM);
	err = uvn_port_claim_take(un, sk, owner.uid, owner.vrf, addr, len);
	if (err)
		return err;
	/* Only a family that the kernel itself would take for this one. */
	if (sk->sk_family != AF_INET6 || len < (int)sizeof(*sin6) ||
	    sin6->sin6_family != AF_INET6 || !sin6->sin6_scope_id ||
	    uvn_bind_is_own(sk, &owner, sin6->sin6_scope_id))
		return 0;
	return uvn_bind_deny(un, sk, &owner, UVN_OPERATION_BIND,
			     sin6->sin6_scope_id, -ENODEV);
}

/**
 * uvn_bind_may_listen - may a socket listen?
 * @sk: the socket
 *
 * One that is older than enable, or that a root program left open, would be
 * connected to from every VRF. One that listens already was meant to.
 *
 * Context: task context, may sleep.
 * Return: 0 or -EPERM; -EADDRINUSE as uvn_bind_may_bind().
 */
int uvn_bind_may_listen(struct sock *sk)
{
	struct uvn_net *un = uvn_netns(sock_net(sk));
	struct uvn_owner owner;

	if (!uvn_bind_concerns(un, sk, &owner) || sk->sk_state == TCP_LISTEN)
		return 0;
	if (uvn_bind_is_noted(&owner))
		return uvn_port_claim_take(un, sk, owner.uid, owner.vrf,
					   NULL, 0);
	return uvn_bind_deny(un, sk, &owner, UVN_OPERATION_LISTEN, 0, -EPERM);
}

/* Is the device a user's VRF, or in one? */
static bool uvn_bind_is_users_vrf(const struct net_device *dev)
{
	if (dev && !netif_is_l3_master(dev))
		dev = l3mdev_master_dev_rcu(dev);
	return dev && uvn_vrf_uid(dev);
}

/* The same of the device with an ifindex; without one, with an address. */
static bool uvn_bind_is_at_users(struct uvn_net *un, int ifindex, __be32 addr)
{
	const struct net_device *dev = NULL;
	bool users;

	rcu_read_lock();
	if (ifindex)
		dev = dev_get_by_index_rcu(un->net, ifindex);
	else if (addr)
		dev = __ip_dev_find(un->net, addr, false);
	users = uvn_bind_is_users_vrf(dev);
	rcu_read_unlock();
	return users;
}

/* The device that connect() would use: the socket's, or an address's scope. */
static int uvn_bind_device(const struct sock *sk, const struct sockaddr *addr,
			   int len)
{
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)addr;
	int bound = READ_ONCE(sk->sk_bound_dev_if);

	if (bound || sk->sk_family != AF_INET6 || len < (int)sizeof(*sin6) ||
	    sin6->sin6_family != AF_INET6 ||
	    !__ipv6_addr_needs_scope_id(ipv6_addr_type(&sin6->sin6_addr)))
		return bound;
	return sin6->sin6_scope_id;
}

/* connect() of TCP: the guard sees what it sends, but it may send nothing at
 * first (TCP_FASTOPEN_CONNECT), and be there for who connects to it meanwhile.
 * What is not to be sent is refused at once, as the guard would.
 */
static int uvn_bind_may_begin(struct uvn_net *un, struct sock *sk,
			      const struct uvn_owner *owner, int ifindex)
{
	bool may;

	if (owner->kind == UVN_OWNER_USER)
		may = uvn_bind_is_own(sk, owner, ifindex);
	else
		may = !READ_ONCE(un->evict) &&
		      !uvn_bind_is_at_users(un, ifindex, 0);
	return may ? 0 : uvn_bind_deny(un, sk, owner, UVN_OPERATION_CONNECT,
				       ifindex, -ECONNREFUSED);
}

/* A TCP socket that is no connection can be cut off by nothing else. */
static void uvn_bind_evict(struct sock *sk)
{
	lock_sock(sk);
	if (sk->sk_state == TCP_CLOSE)
		WRITE_ONCE(sk->sk_bound_dev_if, UVN_NOWHERE);
	release_sock(sk);
}

/* Who connects to 0.0.0.0 means this host. The kernel makes 127.0.0.1 of it, but of the
 * loopback device's, unless a device of the VRF has an address.
 */
static void uvn_bind_name_host(struct sockaddr *addr, int len)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)addr;
	struct sockaddr_in *sin = (struct sockaddr_in *)addr;

	if (len < (int)sizeof(*sin))
		return;
	if (addr->sa_family == AF_INET && !sin->sin_addr.s_addr)
		sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else if (addr->sa_family == AF_INET6 && len >= SIN6_LEN_RFC2133 &&
		 ipv6_addr_v4mapped(&sin6->sin6_addr) &&
		 !sin6->sin6_addr.s6_addr32[3])
		sin6->sin6_addr.s6_addr32[3] = htonl(INADDR_LOOPBACK);
}

/**
 * uvn_bind_may_connect - may a socket be connected to an address?
 * @sk: the socket
 * @addr: the address, of any family; of a user's socket 0.0.0.0 becomes 127.0.0.1
 * @len: its length in bytes
 *
 * One that is older than enable may go on in the system's network, unless that
 * was evicted: then "uvnadm enable --evict" cuts it off by AF_UNSPEC. One of the
 * system's in a user's hands goes on if it is connected. A datagram socket must
 * have its port already.
 *
 * Context: task context, may sleep.
 * Return: 0; -ECONNREFUSED from TCP, as the guard's; else -EPERM.
 */
int uvn_bind_may_connect(struct sock *sk, struct sockaddr *addr, int len)
{
	struct uvn_net *un = uvn_netns(sock_net(sk));
	struct uvn_owner owner;

	if (!uvn_bind_concerns(un, sk, &owner) ||
	    len < (int)sizeof(addr->sa_family))
		return 0;
	if (uvn_bind_is_noted(&owner)) {
		uvn_bind_name_host(addr, len);
		return 0;
	}
	if (addr->sa_family == AF_UNSPEC) {
		if (sk->sk_type == SOCK_STREAM && READ_ONCE(un->evict) &&
		    owner.kind == UVN_OWNER_UNKNOWN)
			uvn_bind_evict(sk);
		return 0;
	}
	if (sk->sk_type != SOCK_STREAM)
		return inet_sk(sk)->inet_num ? 0 :
		       uvn_bind_deny(un, sk, &owner, UVN_OPERATION_CONNECT,
				     0, -EPERM);
	if (sk->sk_state != TCP_CLOSE)
		return 0;
	return uvn_bind_may_begin(un, sk, &owner,
				  uvn_bind_device(sk, addr, len));
}

/**
 * uvn_bind_may_autobind - may a datagram socket get a port?
 * @sk: the socket, locked
 *
 * To send from a socket without one is to bind it, and what a socket that is in
 * no VRF may not by uvn_bind_may_bind() it may not so.
 *
 * Context: task context, may sleep.
 * Return: 0, or -EAGAIN, which is what the kernel makes of any error.
 */
int uvn_bind_may_autobind(struct sock *sk)
{
	struct uvn_net *un = uvn_netns(sock_net(sk));
	struct uvn_owner owner;

	if (!uvn_bind_concerns(un, sk, &owner) || uvn_bind_is_noted(&owner))
		return 0;
	return uvn_bind_deny(un, sk, &owner, UVN_OPERATION_SEND, 0, -EAGAIN);
}

/**
 * uvn_bind_may_join - may a socket join a multicast group on a device?
 * @sk: the socket
 * @ifindex: the device; 0, by which the kernel would look in the table main,
 *	becomes the user's VRF
 * @addr: address of the device, by which the kernel finds it if @ifindex is 0;
 *	of IPv4, else 0
 *
 * The kernel reports what is joined to all hosts beyond the device.
 *
 * Context: task context; the socket and RTNL may be locked.
 * Return: 0 or -ENODEV.
 */
int uvn_bind_may_join(struct sock *sk, int *ifindex, __be32 addr)
{
	struct uvn_net *un = uvn_netns(sock_net(sk));
	struct uvn_owner owner;
	int own;

	if (!uvn_bind_concerns(un, sk, &owner))
		return 0;
	/* One that is older than enable is in the system's network. */
	if (owner.kind == UVN_OWNER_UNKNOWN)
		return uvn_bind_is_at_users(un, *ifindex, addr) ?
		       uvn_bind_deny(un, sk, &owner, UVN_OPERATION_JOIN,
				     *ifindex, -ENODEV) : 0;
	own = uvn_device_named(sk, *ifindex) ?: owner.vrf;
	if (!uvn_bind_is_own(sk, &owner, own))
		return uvn_bind_deny(un, sk, &owner, UVN_OPERATION_JOIN, own,
				     -ENODEV);
	*ifindex = own;
	return 0;
}

/**
 * uvn_bind_joined - the device on which a socket joined a group
 * @sk: the socket
 * @ifindex: as in uvn_bind_may_join(), for what undoes or refines a join
 *
 * Context: task context; the socket and RTNL may be locked.
 */
void uvn_bind_joined(struct sock *sk, int *ifindex)
{
	struct uvn_net *un = uvn_netns(sock_net(sk));
	struct uvn_owner owner;

	if (!*ifindex && uvn_bind_concerns(un, sk, &owner) &&
	    uvn_bind_is_noted(&owner))
		*ifindex = owner.vrf;
	*ifindex = uvn_device_named(sk, *ifindex);
}

/**
 * uvn_bind_may_set - may a socket's option be set?
 * @sk: the socket
 * @level: as in setsockopt(2)
 * @optname: likewise
 *
 * Context: task context, may sleep.
 * Return: 0, or -EPERM for what binds a socket to a device, as for anybody
 * without CAP_NET_RAW.
 */
int uvn_bind_may_set(struct sock *sk, int level, int optname)
{
	struct uvn_net *un;
	struct uvn_owner owner;

	if (!uvn_device_is_binding(level, optname))
		return 0;
	un = uvn_netns(sock_net(sk));
	if (!uvn_bind_concerns(un, sk, &owner))
		return 0;
	return uvn_bind_deny(un, sk, &owner, UVN_OPERATION_BIND_DEVICE, 0,
			     -EPERM);
}

/* The owner's VRF, if an address is local to it; else 0. The device that the program
 * means by the address is lo, or a lower device, or else the VRF again.
 */
static int uvn_bind_home_of(struct uvn_net *un, const struct uvn_owner *owner,
			    __be32 ip, int *named)
{
	const union nf_inet_addr addr = { .ip = ip };
	const struct uvn_lower *lower;
	struct uvn_user *user;
	int ifindex = 0;

	*named = owner->vrf;
	if (ip == htonl(INADDR_ANY))
		return owner->vrf;
	rcu_read_lock();
	user = xa_load(&un->users, owner->uid);
	if (user && READ_ONCE(user->vrf_ifindex) == owner->vrf &&
	    inet_addr_type_table(un->net, ip, user->table) == RTN_LOCAL)
		ifindex = owner->vrf;
	lower = uvn_lower_of(un, AF_INET, &addr);
	if (ipv4_is_loopback(ip))
		*named = LOOPBACK_IFINDEX;
	else if (lower)
		*named = lower->ifindex;
	rcu_read_unlock();
	return ifindex;
}

/* As the kernel reads it. */
static int uvn_bind_read_mreqn(struct ip_mreqn *by, sockptr_t optval,
			       unsigned int optlen)
{
	memset(by, 0, sizeof(*by));
	if (optlen >= sizeof(*by))
		return copy_from_sockptr(by, optval, sizeof(*by));
	if (optlen >= sizeof(struct ip_mreq))
		return copy_from_sockptr(by, optval, sizeof(struct ip_mreq));
	return copy_from_sockptr(&by->imr_address, optval,
				 sizeof(by->imr_address));
}

/**
 * uvn_bind_casts_by - by which device does a socket multicast?
 * @sk: the socket
 * @level: as in setsockopt(2)
 * @optname: likewise
 * @optval: likewise; may become @by
 * @optlen: likewise
 * @by: room for it
 * @named: set to the device that the program means, of a user's socket; else to 0
 *
 * Where IP_MULTICAST_IF names an address, the kernel would find the system's device, and
 * it takes none for a socket that is bound to a VRF. So of users' sockets the VRF is
 * named to it, and if it agrees, uvn_bind_casts() has what the program named.
 *
 * Context: task context, may sleep; not under RTNL.
 * Return: 0 or -EFAULT; -EINVAL if the program has bound the socket to another device.
 */
int uvn_bind_casts_by(struct sock *sk, int level, int optname,
		      sockptr_t *optval, unsigned int *optlen,
		      struct ip_mreqn *by, int *named)
{
	struct uvn_owner owner;
	struct uvn_net *un;
	int ifindex;

	*named = 0;
	if (likely(level != SOL_IP || optname != IP_MULTICAST_IF) ||
	    *optlen < sizeof(by->imr_address) || sk->sk_type == SOCK_STREAM)
		return 0;
	un = uvn_netns(sock_net(sk));
	if (!uvn_bind_concerns(un, sk, &owner) || !uvn_bind_is_noted(&owner))
		return 0;
	if (uvn_bind_read_mreqn(by, *optval, *optlen))
		return -EFAULT;
	if (by->imr_ifindex) {
		ifindex = uvn_device_named(sk, by->imr_ifindex);
		*named = by->imr_ifindex;
	} else {
		ifindex = uvn_bind_home_of(un, &owner, by->imr_address.s_addr, named);
	}
	if (ifindex != owner.vrf)
		*named = 0;
	if (!ifindex)
		return 0;
	if (*named && uvn_named(sk) && *named != uvn_named(sk) && *named != owner.vrf)
		return -EINVAL;
	by->imr_ifindex = ifindex;
	*optval = KERNEL_SOCKPTR(by);
	*optlen = sizeof(*by);
	return 0;
}

/**
 * uvn_bind_casts - the kernel has taken what uvn_bind_casts_by() made of an option
 * @sk: the socket
 * @named: as that has set it
 *
 * The packets are routed by that device, so that they have its address as source, and the
 * guard gives them a route by the user's VRF.
 *
 * Context: task context; the socket is held.
 */
void uvn_bind_casts(struct sock *sk, int named)
{
	if (unlikely(named))
		WRITE_ONCE(inet_sk(sk)->mc_index, uvn_named(sk) ?: named);
}

/* What a datagram socket loses with its peer, but for its device. It must not
 * be without one even for a moment: lookups do not take the socket's lock.
 */
static void uvn_bind_forget_peer(struct sock *sk)
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
static int uvn_bind_home(const struct sock *sk, const struct uvn_owner *owner)
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
 * uvn_bind_disconnect - disconnect a datagram socket
 * @sk: the socket, locked
 *
 * A socket that is older than enable, or whose VRF is gone, is cut off: where
 * it was bound before connect() nobody knows, and SOCK_DESTROY comes here too.
 *
 * Context: task context.
 * Return: true if that was done here, false if the kernel is to do it.
 */
bool uvn_bind_disconnect(struct sock *sk)
{
	struct uvn_net *un = uvn_netns(sock_net(sk));
	struct uvn_owner owner;

	if (!uvn_bind_concerns(un, sk, &owner))
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
	    !uvn_bind_deny(un, sk, &owner, UVN_OPERATION_DISCONNECT, 0,
			   -EPERM))
		return false;
	/* Whatever connect() has bound it to. */
	WRITE_ONCE(sk->sk_bound_dev_if, uvn_bind_home(sk, &owner));
	uvn_named_forget(sk);
	uvn_bind_forget_peer(sk);
	return true;
}
