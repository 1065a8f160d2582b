// SPDX-License-Identifier: GPL-2.0
/*
 * The device that the program of a user's socket has named, and what the socket hears and
 * sends by it.
 *
 * The socket stays bound to the user's VRF, whatever its program names: that is what
 * keeps it in the user's network. What it hears of that network is less, as it would be
 * without uvn: one that is bound to lo is not reached from another node, and one
 * that has joined a group on em1 does not hear what came by ib0. The look-up has found
 * the socket by then. So what is not for it is refused as where nobody is: by a reset, or
 * by "port unreachable".
 *
 * By which device a packet came its addresses say, which reception has checked.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/user_namespace.h>
#include <net/dst.h>
#include <net/icmp.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "core/netns.h"
#include "core/user.h"
#include "overlay/nf-view.h"
#include "overlay/vrf.h"
#include "socket/group.h"
#include "socket/group6.h"
#include "socket/named.h"
#include "socket/sock.h"
#include "underlay/lower.h"

/* Multicast of IPv4 is routed by a device of the socket's own. The guard leads it back
 * into the user's network, with the source that the device has.
 */
static void uvn_named_note(struct sock *sk, int ifindex)
{
	WRITE_ONCE(SOCK_INODE(sk->sk_socket)->i_generation, ifindex);
	WRITE_ONCE(inet_sk(sk)->mc_index, ifindex);
}

/**
 * uvn_named_bind - bind a user's socket to a device, by what its program says
 * @sk: the socket
 * @ifindex: the device, which is lo or another of the system's
 *
 * Context: task context; the socket is held.
 * Return: 0; -EPERM as the kernel says to whoever is bound already and has not
 * CAP_NET_RAW.
 */
int uvn_named_bind(struct sock *sk, int ifindex)
{
	if (uvn_named(sk) && !ns_capable(sock_net(sk)->user_ns, CAP_NET_RAW))
		return -EPERM;
	uvn_named_note(sk, ifindex);
	return 0;
}

/**
 * uvn_named_bind_scope - the same by the scope of an address
 * @sk: a user's socket that is bound or connected to the address
 * @addr: the address, of any family, with the scope that the program has named
 * @len: its length in bytes
 *
 * Context: task context; the socket is held.
 */
void uvn_named_bind_scope(struct sock *sk, const struct sockaddr *addr, int len)
{
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)addr;

	/* The kernel looks at the scope of such an address alone, and if the socket is
	 * bound to a device that stays.
	 */
	if (!uvn_named(sk) && len >= (int)sizeof(*sin6) &&
	    sin6->sin6_family == AF_INET6 && sin6->sin6_scope_id &&
	    __ipv6_addr_needs_scope_id(ipv6_addr_type(&sin6->sin6_addr)))
		uvn_named_note(sk, sin6->sin6_scope_id);
}

/**
 * uvn_named_inherit - an accepted socket is bound to the device that the listening one is
 * @sock: the new socket, not yet seen by anybody else
 * @from: the listening socket
 *
 * Nothing but what the program is told comes of it: a connection goes by whatever device.
 */
void uvn_named_inherit(struct socket *sock, struct socket *from)
{
	SOCK_INODE(sock)->i_generation = READ_ONCE(SOCK_INODE(from)->i_generation);
}

/**
 * uvn_named_forget - a user's socket is disconnected, and so bound to no device any more
 * @sk: the socket
 *
 * Context: task context; the socket is held.
 */
void uvn_named_forget(struct sock *sk)
{
	int named = uvn_named(sk);

	if (likely(!named))
		return;
	if (READ_ONCE(inet_sk(sk)->mc_index) == named)
		WRITE_ONCE(inet_sk(sk)->mc_index, READ_ONCE(sk->sk_bound_dev_if));
	WRITE_ONCE(SOCK_INODE(sk->sk_socket)->i_generation, 0);
}

static u8 uvn_named_family(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return AF_INET;
	return skb->protocol == htons(ETH_P_IPV6) ? AF_INET6 : AF_UNSPEC;
}

/* What came by a device that is not known has come from off the subnets, which lo does
 * not.
 */
static bool uvn_named_is_by(int named, int iif)
{
	return !named || iif == named || (!iif && named != LOOPBACK_IFINDEX);
}

/* To a datagram for this host alone it is as if nobody had the port. The answer takes the
 * way that the kernel's own would, by the VRF.
 */
static void uvn_named_say_no(const struct sock *sk, struct sk_buff *skb,
			     const struct uvn_user *user, u8 family)
{
	struct dst_entry *dst;

	if ((sk->sk_protocol != IPPROTO_UDP && sk->sk_protocol != IPPROTO_UDPLITE) ||
	    skb->pkt_type != PACKET_HOST)
		return;
	if (family == AF_INET6) {
		if (!ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr))
			icmpv6_ndo_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH, 0);
		return;
	}
	if (ipv4_is_multicast(ip_hdr(skb)->daddr))
		return;
	/* UDP has dropped the route, which ICMP asks for what kind of packet it was. */
	dst = rcu_dereference(user->vrf_rx.dst[0]);
	if (!dst || skb_dst(skb))
		return;
	skb_dst_set_noref(skb, dst);
	icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
	skb_dst_drop(skb);
}

/* Is it for no group, or for one that the socket hears by the device? */
static bool uvn_named_hears_group(const struct uvn_vrf *vrf, const struct sock *sk,
				  const struct sk_buff *skb, u8 family, int iif)
{
	if (family == AF_INET)
		return !ipv4_is_multicast(ip_hdr(skb)->daddr) ||
		       uvn_group_hears(vrf->un, sk, ip_hdr(skb)->daddr, vrf->dev, iif);
	return !ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr) ||
	       uvn_group6_hears(vrf->un, sk, &ipv6_hdr(skb)->daddr, vrf->dev, iif);
}

/**
 * uvn_named_hears - is a packet for a socket, by the devices that its program has named?
 * @sk: a socket of family INET or INET6
 * @skb: a packet of the socket's network that the kernel has found it for; a datagram that
 *	is not for it is answered
 *
 * Context: RCU read side; softirq or task.
 * Return: 0 or -EPERM.
 */
int uvn_named_hears(const struct sock *sk, struct sk_buff *skb)
{
	u8 family = uvn_named_family(skb);
	const struct uvn_vrf *vrf;
	int iif, err = 0;

	if (likely(!uvn_named_is_choosy(sk)) || !family ||
	    READ_ONCE(sk->sk_bound_dev_if) != skb->skb_iif)
		return 0;
	rcu_read_lock();
	vrf = uvn_vrf_by_index(sock_net(sk), skb->skb_iif);
	if (!vrf)
		goto out;
	iif = uvn_nf_view_came_by(vrf->un, skb, family);
	if (!uvn_named_is_by(uvn_named(sk), iif) ||
	    !uvn_named_hears_group(vrf, sk, skb, family, iif))
		err = -EPERM;
	if (err)
		uvn_named_say_no(sk, skb, vrf->user, family);
out:
	rcu_read_unlock();
	return err;
}

/**
 * uvn_named_casts_by - the device that a program has named for what is for many
 * @skb: what it sends, to a group or to 255.255.255.255
 * @state: of LOCAL_OUT
 *
 * By the device of an ancillary message, or a scope, the packet has been routed. Others are
 * where the kernel has them, as without uvn: for a socket that is bound to a VRF it does
 * not look there.
 *
 * Context: RCU read side.
 * Return: its ifindex, or 0.
 */
int uvn_named_casts_by(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct sock *sk = state->sk;
	int named;

	if (!sk || !sk_fullsock(sk) || sk->sk_kern_sock || !uvn_is_inet(sk->sk_family))
		return 0;
	if (!uvn_in_vrf(state->out))
		return state->out->ifindex;
	named = uvn_named(sk);
	if (named)
		return named;
	if (state->pf == NFPROTO_IPV4)
		named = ipv4_is_lbcast(ip_hdr(skb)->daddr) ?
			READ_ONCE(inet_sk(sk)->uc_index) : 0;
	else if (sk->sk_family == AF_INET6)
		named = inet6_sk(sk)->sticky_pktinfo.ipi6_ifindex ?:
			READ_ONCE(inet6_sk(sk)->mcast_oif);
	return named;
}
