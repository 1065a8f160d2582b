// SPDX-License-Identifier: GPL-2.0
/*
 * By which devices a user's socket has joined a group of IPv6.
 *
 * In the kernel's books all of that is one membership, as group.c has it of IPv4. The
 * devices are bits in its rcu_head, which the kernel does not use before the membership
 * has ended, with a mark beside them. So they go with the membership, and one without the
 * mark, as one that just ends, is by any device.
 *
 * Without uvn a socket of IPv6 that has joined a group hears it by whatever device anybody
 * on the host has joined it by, and by no other.
 */
#include <linux/errno.h>
#include <linux/in6.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "core/netns.h"
#include "overlay/vrf.h"
#include "socket/group.h"
#include "socket/group6.h"

static const char uvn_group6_mark;

#define UVN_GROUP6_MARK	((struct callback_head *)&uvn_group6_mark)

/* What a membership has as its devices. */
static u32 uvn_group6_bits(const struct ipv6_mc_socklist *member)
{
	/* Pairs with uvn_group6_set(). */
	if (smp_load_acquire(&member->rcu.next) != UVN_GROUP6_MARK)
		return UVN_GROUP_ANY;
	return (unsigned long)READ_ONCE(member->rcu.func);
}

static void uvn_group6_set(struct ipv6_mc_socklist *member, u32 bits)
{
	WRITE_ONCE(member->rcu.func, (rcu_callback_t)(unsigned long)bits);
	/* Who sees the mark sees the bits. */
	smp_store_release(&member->rcu.next, UVN_GROUP6_MARK);
}

/* The socket's membership. RCU read side. */
static struct ipv6_mc_socklist *uvn_group6_find(const struct sock *sk,
						const struct in6_addr *group, int ifindex)
{
	const struct ipv6_pinfo *np = inet6_sk(sk);
	struct ipv6_mc_socklist *member;

	member = np ? rcu_dereference(np->ipv6_mc_list) : NULL;
	for (; member; member = rcu_dereference(member->next))
		if (member->ifindex == ifindex && ipv6_addr_equal(&member->addr, group))
			return member;
	return NULL;
}

/* That of a user's socket, which is on the user's VRF; else NULL. RCU read side. */
static struct ipv6_mc_socklist *uvn_group6_of_user(const struct sock *sk,
						   const struct in6_addr *group, int ifindex)
{
	if (!ifindex || ifindex != READ_ONCE(sk->sk_bound_dev_if) ||
	    !uvn_vrf_by_index(sock_net(sk), ifindex))
		return NULL;
	return uvn_group6_find(sk, group, ifindex);
}

/**
 * uvn_group6_joined - what comes of joining a group
 * @sk: the socket
 * @ifindex: on which device the kernel was to join
 * @group: the group
 * @named: the ifindex that the program has named, or 0
 * @err: what the kernel says
 *
 * By another device than before it is another membership to the program. Devices that are
 * not told from each other may be joined each.
 *
 * Context: task context; the socket is locked.
 * Return: 0 or a negative errno.
 */
int uvn_group6_joined(struct sock *sk, int ifindex, const struct in6_addr *group,
		      int named, int err)
{
	struct ipv6_mc_socklist *member;
	u32 by;

	if (err && (err != -EADDRINUSE || !named))
		return err;
	rcu_read_lock();
	member = uvn_group6_of_user(sk, group, ifindex);
	if (!member)
		goto out;
	by = uvn_group_bit(uvn_netns(sock_net(sk)), named);
	if (!err) {
		uvn_group6_set(member, by);
	} else if (!(uvn_group6_bits(member) & by)) {
		uvn_group6_set(member, uvn_group6_bits(member) | by);
		err = 0;
	} else if (by == UVN_GROUP_ANY) {
		err = 0;
	}
out:
	rcu_read_unlock();
	return err;
}

/**
 * uvn_group6_leaves - by which device is a group left?
 * @sk: the socket
 * @ifindex: on which device the kernel is to leave it, or 0
 * @group: the group
 * @named: the ifindex that the program has named, or 0
 *
 * Context: task context; the socket is locked.
 * Return: 0 if the kernel is to end the membership, 1 if there is more of it,
 * -EADDRNOTAVAIL if the socket has not joined by that device.
 */
int uvn_group6_leaves(struct sock *sk, int ifindex, const struct in6_addr *group,
		      int named)
{
	struct ipv6_mc_socklist *member;
	int err = 0;
	u32 bits;

	rcu_read_lock();
	member = uvn_group6_of_user(sk, group,
				    ifindex ?: READ_ONCE(sk->sk_bound_dev_if));
	if (member) {
		bits = uvn_group6_bits(member);
		err = uvn_group_left(&bits, uvn_group_bit(uvn_netns(sock_net(sk)), named));
		if (err > 0)
			uvn_group6_set(member, bits);
	}
	rcu_read_unlock();
	return err;
}

/* Has another socket joined the group in the network? Then it may have done so by the
 * device in question.
 */
static bool uvn_group6_has_others(const struct net_device *vrf,
				  const struct in6_addr *group)
{
	const struct inet6_dev *idev = __in6_dev_get(vrf);
	const struct ifmcaddr6 *list;

	list = idev ? rcu_dereference(idev->mc_list) : NULL;
	for (; list; list = rcu_dereference(list->next))
		if (ipv6_addr_equal(&list->mca_addr, group))
			return READ_ONCE(list->mca_users) > 1;
	return false;
}

/**
 * uvn_group6_hears - does a socket hear what has come to a group?
 * @un: namespace
 * @sk: a user's socket
 * @group: the group
 * @vrf: the user's VRF
 * @iif: ifindex of the device by which the packet came, 0 if that is not known
 *
 * Context: RCU read side.
 */
bool uvn_group6_hears(struct uvn_net *un, const struct sock *sk,
		      const struct in6_addr *group, const struct net_device *vrf, int iif)
{
	const struct ipv6_mc_socklist *member = uvn_group6_find(sk, group, vrf->ifindex);
	u32 bits, by;

	if (!member || !iif)
		return true;
	bits = uvn_group6_bits(member);
	by = uvn_group_bit(un, iif);
	return bits & by || (bits & UVN_GROUP_ANY && by != UVN_GROUP_LO) ||
	       uvn_group6_has_others(vrf, group);
}
