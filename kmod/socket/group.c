// SPDX-License-Identifier: GPL-2.0
/*
 * By which devices a user's socket has joined a group of IPv4.
 *
 * In the kernel's books all of that is one membership, on the user's VRF: on the device
 * that the program names it would be told to all hosts beyond that, and would let the
 * system's packets in. The devices are bits in the membership's imr_address, in which the
 * kernel keeps what the program named and which nobody reads where there is an ifindex
 * beside it. So they go with the membership, and with the socket.
 *
 * A bit is the number of a lower device. A program that names no device, or one by which
 * nothing comes into users' networks, hears what comes by any but lo.
 *
 * Those of IPv6 are in group6.c.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/igmp.h>
#include <linux/in.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/rcupdate.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "core/netns.h"
#include "overlay/vrf.h"
#include "socket/group.h"
#include "underlay/lower.h"

static u32 uvn_group_of_lower(const struct uvn_lower *lower)
{
	return lower && lower->number < UVN_LOWER_NUMBERS ? BIT(lower->number) :
							     UVN_GROUP_ANY;
}

/**
 * uvn_group_bit - the bit of a device
 * @un: namespace
 * @ifindex: of the device; 0 for none, which is any
 *
 * Context: RCU read side.
 */
u32 uvn_group_bit(struct uvn_net *un, int ifindex)
{
	if (ifindex == LOOPBACK_IFINDEX)
		return UVN_GROUP_LO;
	return uvn_group_of_lower(ifindex ? uvn_lower_find(un, ifindex) : NULL);
}

/* The same of a device by an address that it has. */
static u32 uvn_group_bit_at(struct uvn_net *un, __be32 addr)
{
	const union nf_inet_addr named = { .ip = addr };

	if (ipv4_is_loopback(addr))
		return UVN_GROUP_LO;
	return uvn_group_of_lower(addr ? uvn_lower_of(un, AF_INET, &named) : NULL);
}

/* What a membership has as its address. */
static u32 uvn_group_bits(const struct ip_mc_socklist *member)
{
	return (__force u32)READ_ONCE(member->multi.imr_address.s_addr) ?: UVN_GROUP_ANY;
}

static void uvn_group_set(struct ip_mc_socklist *member, u32 bits)
{
	WRITE_ONCE(member->multi.imr_address.s_addr, (__force __be32)bits);
}

/* The socket's membership. RCU read side, or the socket is locked. */
static struct ip_mc_socklist *uvn_group_find(const struct sock *sk, __be32 group,
					     int ifindex)
{
	struct ip_mc_socklist *member;

	for (member = rcu_dereference(inet_sk(sk)->mc_list); member;
	     member = rcu_dereference(member->next_rcu))
		if (member->multi.imr_multiaddr.s_addr == group &&
		    member->multi.imr_ifindex == ifindex)
			return member;
	return NULL;
}

/* Is the membership one in a user's network? */
static bool uvn_group_concerns(const struct sock *sk, const struct ip_mreqn *imr)
{
	bool concerns;

	if (!imr->imr_ifindex || imr->imr_ifindex != READ_ONCE(sk->sk_bound_dev_if))
		return false;
	rcu_read_lock();
	concerns = uvn_vrf_by_index(sock_net(sk), imr->imr_ifindex);
	rcu_read_unlock();
	return concerns;
}

/**
 * uvn_group_names - by which device is a group to be joined?
 * @sk: the socket
 * @imr: group, device and address; of a user's the device is the user's VRF, and then
 *	the address becomes what is to be noted
 * @named: the ifindex that the program has named, or 0
 *
 * Context: task context; the socket and RTNL may be locked.
 * Return: the device as a bit; 0 if it is no user's membership.
 */
u32 uvn_group_names(const struct sock *sk, struct ip_mreqn *imr, int named)
{
	u32 by;

	if (!uvn_group_concerns(sk, imr))
		return 0;
	rcu_read_lock();
	by = named ? uvn_group_bit(uvn_netns(sock_net(sk)), named) :
		     uvn_group_bit_at(uvn_netns(sock_net(sk)), imr->imr_address.s_addr);
	rcu_read_unlock();
	imr->imr_address.s_addr = (__force __be32)by;
	return by;
}

/**
 * uvn_group_joined - what comes of joining a group
 * @sk: the socket
 * @imr: as uvn_group_names() has left it
 * @by: as it returned
 * @is_named: the program has named a device
 * @err: what the kernel says
 *
 * By another device than before it is another membership to the program. Devices that are
 * not told from each other may be joined each.
 *
 * Context: task context; the socket is locked.
 * Return: 0 or a negative errno.
 */
int uvn_group_joined(struct sock *sk, const struct ip_mreqn *imr, u32 by, bool is_named,
		     int err)
{
	struct ip_mc_socklist *member;

	if (likely(err != -EADDRINUSE) || !by)
		return err;
	rcu_read_lock();
	member = uvn_group_find(sk, imr->imr_multiaddr.s_addr, imr->imr_ifindex);
	if (member && !(uvn_group_bits(member) & by)) {
		uvn_group_set(member, uvn_group_bits(member) | by);
		err = 0;
	}
	rcu_read_unlock();
	return by == UVN_GROUP_ANY && is_named ? 0 : err;
}

/* Of which devices is a membership given up? Who has joined by one that is not known by
 * now, or who does not say, means the only one there is.
 */
static u32 uvn_group_given_up(u32 bits, u32 by)
{
	if (bits & by)
		return by;
	if (by == UVN_GROUP_ANY)
		return bits;
	return bits & UVN_GROUP_ANY;
}

/**
 * uvn_group_left - what is left of a membership that is given up by a device
 * @bits: the devices by which there is one; becomes those that are left, if any are
 * @by: that which the program names
 *
 * Context: any.
 * Return: as of uvn_group_leaves().
 */
int uvn_group_left(u32 *bits, u32 by)
{
	u32 given_up = uvn_group_given_up(*bits, by);

	if (!given_up)
		return -EADDRNOTAVAIL;
	if (given_up == *bits)
		return 0;
	*bits &= ~given_up;
	return 1;
}

/**
 * uvn_group_leaves - by which device is a group left?
 * @sk: the socket
 * @imr: group, device and address; of a user's the device is the user's VRF
 * @named: the ifindex that the program has named, or 0
 *
 * Context: task context; the socket is locked.
 * Return: 0 if the kernel is to end the membership, 1 if there is more of it,
 * -EADDRNOTAVAIL if the socket has not joined by that device.
 */
int uvn_group_leaves(struct sock *sk, struct ip_mreqn *imr, int named)
{
	struct ip_mc_socklist *member;
	u32 by, bits;
	int err = 0;

	by = uvn_group_names(sk, imr, named);
	if (!by)
		return 0;
	rcu_read_lock();
	member = uvn_group_find(sk, imr->imr_multiaddr.s_addr, imr->imr_ifindex);
	if (member) {
		bits = uvn_group_bits(member);
		err = uvn_group_left(&bits, by);
		if (err > 0)
			uvn_group_set(member, bits);
	}
	rcu_read_unlock();
	return err;
}

/* Has another socket joined the group in the network? Then it may have done so by the
 * device in question.
 */
static bool uvn_group_has_others(const struct net_device *vrf, __be32 group)
{
	const struct in_device *in_dev = __in_dev_get_rcu(vrf);
	const struct ip_mc_list *list;

	list = in_dev ? rcu_dereference(in_dev->mc_list) : NULL;
	for (; list; list = rcu_dereference(list->next_rcu))
		if (list->multiaddr == group)
			return list->users > 1;
	return false;
}

/**
 * uvn_group_hears - does a socket hear what has come to a group?
 * @un: namespace
 * @sk: a user's socket
 * @group: the group
 * @vrf: the user's VRF
 * @iif: ifindex of the device by which the packet came, 0 if that is not known
 *
 * Unless IP_MULTICAST_ALL is off, a socket hears a group by whatever device anybody on the
 * host has joined it by, and so does one that has joined none.
 *
 * Context: RCU read side.
 */
bool uvn_group_hears(struct uvn_net *un, const struct sock *sk, __be32 group,
		     const struct net_device *vrf, int iif)
{
	const struct ip_mc_socklist *member = uvn_group_find(sk, group, vrf->ifindex);
	u32 bits, by;

	if (!member || !iif)
		return true;
	bits = uvn_group_bits(member);
	by = uvn_group_bit(un, iif);
	if (bits & by || by == UVN_GROUP_LO)
		return bits & by;
	return bits & UVN_GROUP_ANY ||
	       (inet_is_mc_all(sk) && uvn_group_has_others(vrf, group));
}
