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
#include "overlay/vrf.h"
#include "socket/device.h"
#include "socket/owner.h"
#include "socket/sock.h"

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
	if (likely(inet_rsk(req)->ir_iif == skb->skb_iif))
		return;
	rcu_read_lock();
	if (uvn_vrf_by_index(sock_net(sk), skb->skb_iif))
		inet_rsk(req)->ir_iif = skb->skb_iif;
	rcu_read_unlock();
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
 * @sk: the socket
 * @addr: the address, of any family, in the kernel's memory
 * @len: its length in bytes
 *
 * Context: task context.
 */
void uvn_device_in_scope(const struct sock *sk, struct sockaddr *addr, int len)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)addr;

	if (sk->sk_family == AF_INET6 && len >= (int)sizeof(*sin6) &&
	    sin6->sin6_family == AF_INET6)
		sin6->sin6_scope_id = uvn_device_named(sk, sin6->sin6_scope_id);
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

	for_each_cmsghdr(cmsg, msg) {
		if (!CMSG_OK(msg, cmsg))
			return;
		if (cmsg->cmsg_level != SOL_IPV6 ||
		    (cmsg->cmsg_type != IPV6_PKTINFO &&
		     cmsg->cmsg_type != IPV6_2292PKTINFO) ||
		    cmsg->cmsg_len < CMSG_LEN(sizeof(*info)))
			continue;
		info = CMSG_DATA(cmsg);
		info->ipi6_ifindex = uvn_device_named(sk, info->ipi6_ifindex);
	}
}

/* An option whose value is an ifindex, in the byte order of the network or not. */
static bool uvn_device_is_option(int level, int optname, bool *swapped)
{
	*swapped = (level == SOL_IP && optname == IP_UNICAST_IF) ||
		   (level == SOL_IPV6 && optname == IPV6_UNICAST_IF);
	return *swapped || (level == SOL_IPV6 && optname == IPV6_MULTICAST_IF);
}

/**
 * uvn_device_in_option - the same of a socket's option
 * @sk: the socket
 * @level: as in setsockopt(2)
 * @optname: likewise
 * @optval: likewise; may become @value
 * @optlen: likewise
 * @value: room for it
 *
 * Context: task context, may sleep.
 * Return: 0 or -EFAULT.
 */
int uvn_device_in_option(const struct sock *sk, int level, int optname,
			 sockptr_t *optval, unsigned int optlen, __be32 *value)
{
	bool swapped;
	int ifindex;

	if (likely(!uvn_device_is_option(level, optname, &swapped)) ||
	    optlen < sizeof(*value))
		return 0;
	if (copy_from_sockptr(value, *optval, sizeof(*value)))
		return -EFAULT;
	ifindex = swapped ? ntohl(*value) : (__force int)*value;
	ifindex = uvn_device_named(sk, ifindex);
	*value = swapped ? htonl(ifindex) : (__force __be32)ifindex;
	*optval = KERNEL_SOCKPTR(value);
	return 0;
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
 * uvn_device_is_bound - is a socket bound already as an option asks for?
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
 */
bool uvn_device_is_bound(const struct sock *sk, int level, int optname,
			 sockptr_t optval, unsigned int optlen)
{
	int ifindex;

	if (likely(level != SOL_SOCKET || (optname != SO_BINDTODEVICE &&
					   optname != SO_BINDTOIFINDEX)) ||
	    !uvn_is_inet(sk->sk_family))
		return false;
	ifindex = uvn_device_of_option(sock_net(sk), optname, optval, optlen);
	return ifindex && uvn_device_named(sk, ifindex) != ifindex;
}
