// SPDX-License-Identifier: GPL-2.0
/*
 * Which sockets users see if they are to see no others': their own and the system's.
 *
 * Nothing here keeps users apart, as nothing of the view does. But others' sockets are
 * not to be seen, so that one is hidden if nobody can tell whose it is.
 */
#include <linux/netdevice.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>
#include <net/request_sock.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "config/config.h"
#include "core/netns.h"
#include "overlay/vrf.h"
#include "socket/identity.h"
#include "socket/owner.h"
#include "socket/sock.h"
#include "view/sockets.h"

/* The configuration, if users see no others' sockets by it. Context: RCU read side. */
static const struct uvn_config *uvn_sockets_config(struct uvn_net *un)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);

	return READ_ONCE(un->view_sockets) &&
	       cfg->view_sockets == UVN_VIEW_SOCKETS_OWN ? cfg : NULL;
}

/* Who made a socket, which has no device or one of the system's; 0 is the system. Before
 * a connection is accepted it has no owner yet, and if that is one of a Unix socket its
 * UID says nothing.
 */
static bool uvn_sockets_maker(struct uvn_net *un, const struct sock *sk, u32 *uid)
{
	struct uvn_owner owner = uvn_owner(sk);

	*uid = 0;
	if (owner.kind == UVN_OWNER_USER ||
	    (owner.kind == UVN_OWNER_UNKNOWN && uvn_owner_is_stray(un, sk)))
		*uid = uvn_owner_uid(un, &owner, sk);
	return owner.kind != UVN_OWNER_UNKNOWN || sk->sk_family != AF_UNIX ||
	       READ_ONCE(sk->sk_socket);
}

/* Whose an internet socket is: that of a service of the system's, which has accepted a
 * connection from a user's network, is as much that user's.
 */
static bool uvn_sockets_of_inet(struct uvn_net *un, const struct sock *sk, u32 *uid)
{
	int ifindex = READ_ONCE(sk->sk_bound_dev_if);
	const struct net_device *dev;

	*uid = 0;
	dev = ifindex ? dev_get_by_index_rcu(un->net, ifindex) : NULL;
	if (dev)
		*uid = uvn_vrf_uid(dev);
	if (*uid)
		return true;
	/* What is left of a connection does not say whose it was, and a request is for
	 * who listens.
	 */
	if (sk->sk_state == TCP_TIME_WAIT)
		return false;
	if (sk->sk_state == TCP_NEW_SYN_RECV)
		sk = inet_reqsk(sk)->rsk_listener;
	if (!sk || !uvn_sockets_maker(un, sk, uid))
		return false;
	/* The network has gone, and whoever it was that the system has served. */
	return *uid || !ifindex || dev;
}

/* Whose a socket is; 0 is the system. Context: RCU read side.
 * Return: false if that cannot be told.
 */
static bool uvn_sockets_uid(struct uvn_net *un, const struct sock *sk, u32 *uid)
{
	return uvn_is_inet(sk->sk_family) ? uvn_sockets_of_inet(un, sk, uid) :
					    uvn_sockets_maker(un, sk, uid);
}

/* Whether the current task sees no others' sockets, and whose it is. Who is in no range
 * is no more than a user. Context: RCU read side.
 */
static bool uvn_sockets_viewer(struct uvn_net *un, u32 *uid)
{
	const struct uvn_config *cfg = uvn_sockets_config(un);
	u32 vni;

	return cfg && in_task() &&
	       uvn_identity(cfg, uid, &vni) != UVN_IDENTITY_SYSTEM;
}

/**
 * uvn_sockets_are_own - does the current task see no others' sockets?
 * @net: where it looks
 *
 * Context: any.
 */
bool uvn_sockets_are_own(const struct net *net)
{
	bool own;
	u32 uid;

	rcu_read_lock();
	own = uvn_sockets_viewer(uvn_netns(net), &uid);
	rcu_read_unlock();
	return own;
}

/**
 * uvn_sockets_hides - is a socket one that the current task does not see?
 * @sk: the socket, of any family; for TCP a request or what waits for its time, too
 *
 * Context: any; @sk does not go away.
 */
bool uvn_sockets_hides(const struct sock *sk)
{
	struct uvn_net *un = uvn_netns(sock_net(sk));
	u32 viewer, uid;
	bool hides;

	rcu_read_lock();
	hides = uvn_sockets_viewer(un, &viewer) &&
		!(uvn_sockets_uid(un, sk, &uid) && (!uid || uid == viewer));
	rcu_read_unlock();
	return hides;
}

/**
 * uvn_sockets_hears - does a netlink socket hear that an internet socket has gone?
 * @sk: the netlink socket
 * @ifindex: to which device the other one was bound, or 0
 *
 * That is all that can be told of it then. So users hear of what was in their networks,
 * and of nothing else.
 *
 * Context: any.
 */
bool uvn_sockets_hears(const struct sock *sk, int ifindex)
{
	struct uvn_net *un = uvn_netns(sock_net(sk));
	const struct net_device *dev;
	bool hears = true;
	u32 uid;

	rcu_read_lock();
	if (uvn_sockets_config(un)) {
		hears = uvn_sockets_uid(un, sk, &uid);
		if (hears && uid) {
			dev = dev_get_by_index_rcu(un->net, ifindex);
			hears = dev && uvn_vrf_uid(dev) == uid;
		}
	}
	rcu_read_unlock();
	return hears;
}
