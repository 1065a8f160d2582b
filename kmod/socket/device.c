// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that programs are told of, and that they name. They know lo and the devices
 * below, as without uvn, and nobody but uvn knows a user's VRF.
 *
 * The way in (overlay/) notes in a packet's control block by which of them it came, and
 * what is left to do is here: where the IP stack says the VRF all the same, and
 * connections that a service accepts which is bound to one of them. So a service that
 * answers by the device that it was asked by, or only to what came by one, has what it
 * expects.
 *
 * The other way round a user's program that names one means its own network by it.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/socket.h>
#include <linux/sockptr.h>
#include <net/inet_sock.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>
#include <net/request_sock.h>
#include <net/sock.h>

#include "core/netns.h"
#include "overlay/nf-view.h"
#include "overlay/vrf-cast.h"
#include "overlay/vrf.h"
#include "socket/device.h"
#include "socket/named.h"
#include "socket/owner.h"
#include "socket/sock.h"
#include "underlay/lower.h"

/**
 * uvn_device_tell - name the device by which a datagram came
 * @sk: the socket that is about to get it
 * @skb: the datagram, whose control block a program may be told of
 *
 * IPv4 says for what comes by lo the device that the route was asked for with, and
 * multicast belongs to the VRF.
 *
 * Context: RCU read side, bottom halves off.
 */
void uvn_device_tell(const struct sock *sk, struct sk_buff *skb)
{
	const struct uvn_vrf *vrf;
	int ifindex;
	u8 family;

	if (likely(uvn_device_told(skb) != skb->skb_iif) || !skb->skb_iif ||
	    !uvn_is_inet(sk->sk_family))
		return;
	if (skb->protocol == htons(ETH_P_IP))
		family = AF_INET;
	else if (skb->protocol == htons(ETH_P_IPV6))
		family = AF_INET6;
	else
		return;
	rcu_read_lock();
	vrf = uvn_vrf_by_index(sock_net(sk), skb->skb_iif);
	ifindex = vrf ? uvn_nf_view_came_by(vrf->un, skb, family) : 0;
	rcu_read_unlock();
	if (ifindex)
		*(int *)skb->cb = ifindex;
}

/**
 * uvn_device_is_of_connection - does a connection belong to the network that it came by?
 * @sk: the socket, that listens
 * @skb: the packet that asks for it, or brings a SYN cookie back
 * @req: the request
 *
 * Context: RCU read side, softirq.
 * Return: false if uvn_device_of_connection() has something to do.
 */
bool uvn_device_is_of_connection(const struct sock *sk, const struct sk_buff *skb,
				 const struct request_sock *req)
{
	bool users;

	if (inet_rsk(req)->ir_iif == skb->skb_iif)
		return true;
	rcu_read_lock();
	users = uvn_vrf_by_index(sock_net(sk), skb->skb_iif);
	rcu_read_unlock();
	return !users;
}

/**
 * uvn_device_of_connection - have a connection belong to the user's network
 * @sk: the socket, that listens
 * @skb: the packet that asks for it, or brings a SYN cookie back
 * @req: the request
 *
 * A service that is bound to lo or to a device below would answer by that device.
 *
 * Context: RCU read side, softirq.
 */
void uvn_device_of_connection(const struct sock *sk, const struct sk_buff *skb,
			      struct request_sock *req)
{
	if (!uvn_device_is_of_connection(sk, skb, req))
		inet_rsk(req)->ir_iif = skb->skb_iif;
}

/**
 * uvn_device_of_accepted - name the device by which a connection came
 * @sk: the socket that is being accepted
 *
 * IPv4 notes it for who asks by IP_PKTOPTIONS, as dnsmasq does.
 *
 * Context: task context.
 */
void uvn_device_of_accepted(struct sock *sk)
{
	union nf_inet_addr addr = {};
	int bound = READ_ONCE(sk->sk_bound_dev_if), ifindex = 0;
	const struct uvn_vrf *vrf;

	if (!bound || !uvn_is_inet(sk->sk_family) ||
	    READ_ONCE(inet_sk(sk)->mc_index) != bound)
		return;
	addr.ip = inet_sk(sk)->inet_rcv_saddr;
	rcu_read_lock();
	vrf = uvn_vrf_by_index(sock_net(sk), bound);
	if (vrf)
		ifindex = uvn_nf_view_receives(vrf->un, AF_INET, &addr);
	rcu_read_unlock();
	if (ifindex)
		WRITE_ONCE(inet_sk(sk)->mc_index, ifindex);
}

/* Does the device belong to no user's network? */
static bool uvn_device_is_systems(const struct net_device *dev)
{
	const struct net_device *master = l3mdev_master_dev_rcu(dev);

	return !uvn_vrf_of(master ?: dev);
}

/**
 * uvn_device_named - the device that a program means by one that it names
 * @sk: a socket of the program's
 * @ifindex: what it names; 0 for none
 *
 * As programs know lo and the devices below only, a user's program means its own
 * network by each of them. Where in it a packet goes its addresses say.
 *
 * Context: any.
 * Return: the ifindex of the user's VRF; @ifindex for sockets of others, and where it
 * names a network of somebody's, or nothing.
 */
int uvn_device_named(const struct sock *sk, int ifindex)
{
	struct net *net = sock_net(sk);
	const struct net_device *dev;
	struct uvn_owner owner;

	if (!ifindex || !uvn_is_inet(sk->sk_family) || sk->sk_kern_sock ||
	    !READ_ONCE(uvn_netns(net)->enabled))
		return ifindex;
	rcu_read_lock();
	owner = uvn_owner(sk);
	if (owner.kind == UVN_OWNER_USER &&
	    READ_ONCE(sk->sk_bound_dev_if) == owner.vrf) {
		dev = dev_get_by_index_rcu(net, ifindex);
		if (dev && uvn_device_is_systems(dev))
			ifindex = owner.vrf;
	}
	rcu_read_unlock();
	return ifindex;
}

/**
 * uvn_device_in_scope - the same of the scope of an address
 * @sk: the socket, which is to be bound or connected to it
 * @addr: the address, of any family, in the kernel's memory
 * @len: its length in bytes
 *
 * Context: task context.
 */
void uvn_device_in_scope(struct sock *sk, struct sockaddr *addr, int len)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)addr;
	int own;

	if (sk->sk_family != AF_INET6 || len < (int)sizeof(*sin6) ||
	    sin6->sin6_family != AF_INET6)
		return;
	own = uvn_device_named(sk, sin6->sin6_scope_id);
	if (own == sin6->sin6_scope_id)
		return;
	uvn_named_bind_scope(sk, addr, len);
	sin6->sin6_scope_id = own;
}

/* Is the message of IPv6 for a group? */
static bool uvn_device_is_to_many(const struct sock *sk, const struct msghdr *msg)
{
	const struct sockaddr_in6 *sin6 = msg->msg_name;

	if (sin6 && msg->msg_namelen >= SIN6_LEN_RFC2133 && sin6->sin6_family == AF_INET6)
		return ipv6_addr_is_multicast(&sin6->sin6_addr);
	return ipv6_addr_is_multicast(&sk->sk_v6_daddr);
}

/* By its source it leaves by the device that is named. */
static void uvn_device_cast_from(const struct sock *sk, struct in6_pktinfo *info)
{
	const union nf_inet_addr *addr;
	const struct uvn_lower *lower;

	rcu_read_lock();
	lower = uvn_lower_find(uvn_netns(sock_net(sk)), info->ipi6_ifindex);
	addr = lower ? uvn_vrf_cast_addr(lower, AF_INET6, true) : NULL;
	if (addr)
		info->ipi6_addr = addr->in6;
	rcu_read_unlock();
}

/**
 * uvn_device_in_messages - the same of what IPV6_PKTINFO names for a packet
 * @sk: the socket
 * @msg: the message, whose ancillary data is in the kernel's memory
 *
 * Context: task context.
 */
void uvn_device_in_messages(const struct sock *sk, struct msghdr *msg)
{
	struct in6_pktinfo *info;
	struct cmsghdr *cmsg;
	int own;

	for_each_cmsghdr(cmsg, msg) {
		if (!CMSG_OK(msg, cmsg))
			return;
		if (cmsg->cmsg_level != SOL_IPV6 ||
		    (cmsg->cmsg_type != IPV6_PKTINFO &&
		     cmsg->cmsg_type != IPV6_2292PKTINFO) ||
		    cmsg->cmsg_len < CMSG_LEN(sizeof(*info)))
			continue;
		info = CMSG_DATA(cmsg);
		own = uvn_device_named(sk, info->ipi6_ifindex);
		if (own == info->ipi6_ifindex)
			continue;
		if (ipv6_addr_any(&info->ipi6_addr) && uvn_device_is_to_many(sk, msg))
			uvn_device_cast_from(sk, info);
		info->ipi6_ifindex = own;
	}
}

/**
 * uvn_device_of_message - the device by which what IP_PKTINFO says has a packet sent
 * @sk: the socket
 * @msg: the message
 * @ifindex: what it names, or 0
 *
 * Multicast is routed by the device that is named, and so has its address as source; the
 * guard leads it into the user's network.
 *
 * Context: task context.
 * Return: the ifindex to route by.
 */
int uvn_device_of_message(const struct sock *sk, const struct msghdr *msg, int ifindex)
{
	const struct sockaddr_in *sin = msg->msg_name;
	int own = uvn_device_named(sk, ifindex);
	__be32 to = inet_sk(sk)->inet_daddr;

	if (likely(own == ifindex))
		return own;
	if (sin && msg->msg_namelen >= (int)sizeof(*sin) && sin->sin_family == AF_INET)
		to = sin->sin_addr.s_addr;
	return ipv4_is_multicast(to) ? ifindex : own;
}

/* An option that names a device by its ifindex, alone or behind an address. That of
 * IP_MULTICAST_IF is uvn_bind_casts_by()'s.
 */
static bool uvn_device_is_index(int level, int optname)
{
	return uvn_device_is_option(level, optname) &&
	       (level != SOL_IP || optname != IP_MULTICAST_IF);
}

/* Where the ifindex is in the value, which is in the byte order of the network or not. */
static void uvn_device_place(int level, int optname, unsigned int *offset, bool *swapped)
{
	*offset = level == SOL_IPV6 && optname == IPV6_PKTINFO ?
		  offsetof(struct in6_pktinfo, ipi6_ifindex) : 0;
	*swapped = optname == (level == SOL_IP ? IP_UNICAST_IF : IPV6_UNICAST_IF);
}

/* Does the kernel refuse to have a socket that is bound to a device name another? With
 * this option it does so for any that is in no VRF.
 */
static bool uvn_device_may_name(const struct sock *sk, int ifindex, bool swapped)
{
	int bound = uvn_named(sk);

	return !bound || (!swapped && bound == ifindex);
}

/**
 * uvn_device_in_option - the same of a socket's option
 * @sk: the socket
 * @level: as in setsockopt(2)
 * @optname: likewise
 * @optval: likewise; may become @value
 * @optlen: likewise
 * @value: room for it
 * @named: set to the device that the program names, if it is another that it means;
 *	else to 0
 *
 * Context: task context, may sleep.
 * Return: 0; -EFAULT; -EINVAL if the program has bound the socket to another device.
 */
int uvn_device_in_option(const struct sock *sk, int level, int optname,
			 sockptr_t *optval, unsigned int optlen,
			 struct in6_pktinfo *value, int *named)
{
	unsigned int offset, size;
	int ifindex, own;
	bool swapped;
	__be32 *place;

	*named = 0;
	if (likely(!uvn_device_is_index(level, optname)))
		return 0;
	uvn_device_place(level, optname, &offset, &swapped);
	size = offset ? sizeof(*value) : sizeof(*place);
	if (optlen < size || sockptr_is_null(*optval))
		return 0;
	if (copy_from_sockptr(value, *optval, size))
		return -EFAULT;
	place = (void *)value + offset;
	ifindex = swapped ? ntohl(*place) : (__force int)*place;
	own = uvn_device_named(sk, ifindex);
	if (own != ifindex) {
		if (!uvn_device_may_name(sk, ifindex, swapped))
			return -EINVAL;
		*named = ifindex;
		/* IPv6 takes none for a socket that is bound to a device at all. */
		if (swapped && level == SOL_IPV6)
			own = 0;
	}
	*place = swapped ? htonl(own) : (__force __be32)own;
	*optval = KERNEL_SOCKPTR(value);
	return 0;
}

/**
 * uvn_device_keep - the kernel has taken what uvn_device_in_option() made of an option
 * @sk: the socket
 * @level: as in setsockopt(2)
 * @optname: likewise
 * @named: as that has set it
 *
 * What the program named is kept where the kernel would have it: so who asks is told, and
 * uvn_named_casts_by() finds it. For a socket that is bound to a VRF the kernel does not
 * look there.
 *
 * Context: task context; the socket is held.
 */
void uvn_device_keep(struct sock *sk, int level, int optname, int named)
{
	struct ipv6_pinfo *np = inet6_sk(sk);

	if (likely(!named))
		return;
	if (level == SOL_IP)
		WRITE_ONCE(inet_sk(sk)->uc_index, named);
	else if (!np)
		return;
	else if (optname == IPV6_UNICAST_IF)
		WRITE_ONCE(np->ucast_oif, named);
	else if (optname == IPV6_MULTICAST_IF)
		WRITE_ONCE(np->mcast_oif, named);
	else
		np->sticky_pktinfo.ipi6_ifindex = named;
}

/* The device that SO_BINDTODEVICE or SO_BINDTOIFINDEX names, or 0. */
static int uvn_device_of_option(struct net *net, int optname, sockptr_t optval,
				unsigned int optlen)
{
	char name[IFNAMSIZ] = {};
	struct net_device *dev;
	int ifindex = 0;

	if (optname == SO_BINDTOIFINDEX)
		return optlen >= sizeof(ifindex) &&
		       !copy_from_sockptr(&ifindex, optval, sizeof(ifindex)) ?
		       ifindex : 0;
	if (copy_from_sockptr(name, optval, min_t(unsigned int, optlen,
						  sizeof(name) - 1)))
		return 0;
	rcu_read_lock();
	dev = dev_get_by_name_rcu(net, name);
	if (dev)
		ifindex = dev->ifindex;
	rcu_read_unlock();
	return ifindex;
}

/**
 * uvn_device_to_bind - the device that an option binds a user's socket to
 * @sk: the socket
 * @level: as in setsockopt(2)
 * @optname: likewise
 * @optval: likewise
 * @optlen: likewise
 *
 * A user's socket that is to be bound to lo or to a device below stays in the user's
 * network, from which packets take no other way.
 *
 * Context: task context, may sleep.
 * Return: its ifindex; 0 if that is the kernel's to do, or to refuse.
 */
int uvn_device_to_bind(const struct sock *sk, int level, int optname,
		       sockptr_t optval, unsigned int optlen)
{
	int ifindex;

	if (likely(!uvn_device_is_binding(level, optname)) ||
	    !uvn_is_inet(sk->sk_family))
		return 0;
	ifindex = uvn_device_of_option(sock_net(sk), optname, optval, optlen);
	return ifindex && uvn_device_named(sk, ifindex) != ifindex ? ifindex : 0;
}
