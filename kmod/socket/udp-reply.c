// SPDX-License-Identifier: GPL-2.0
/*
 * Answers of system services to users' datagrams.
 *
 * A UDP service is in the default VRF and hears every user (l3mdev_accept).
 * Unless it takes pains to answer by the device that the question came by, and
 * few do, its answer would be routed in the default VRF, where the user's
 * socket is not. So it is noted in which VRF a question to a socket without a
 * device came from, and the answer to it is routed there.
 *
 * Two users may ask from the same address and port, since each has ports of their
 * own. The service then sees one of them at another port: it is put into the
 * question before the service's socket gets it, and taken out of the answer.
 */
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/addrconf.h>
#include <net/checksum.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp_states.h>
#include <net/udp.h>

#include "config/config.h"
#include "core/denial.h"
#include "core/netns.h"
#include "external/reply-cache.h"
#include "overlay/vrf.h"
#include "socket/receive.h"
#include "socket/udp-reply.h"
#include "underlay/route.h"

/* A socket in a VRF answers there. A service that is bound to another device is not in
 * one for that, and hears users and the system like any other.
 */
static bool uvn_udp_reply_is_in_vrf(const struct sock *sk)
{
	int bound = READ_ONCE(sk->sk_bound_dev_if);

	return unlikely(bound) &&
	       l3mdev_master_ifindex_by_index(sock_net(sk), bound);
}

/* Where a datagram comes from, and what it asks. */
static void uvn_udp_reply_asker(const struct sk_buff *skb,
				struct uvn_reply_peer *asker)
{
	const struct udphdr *udp = udp_hdr(skb);

	if (skb->protocol == htons(ETH_P_IP))
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &asker->addr);
	else
		asker->addr = ipv6_hdr(skb)->saddr;
	asker->port = udp->source;
	asker->service = udp->dest;
}

static bool uvn_udp_reply_is_in_subnet(struct uvn_net *un,
				       const struct sk_buff *skb)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);
	union nf_inet_addr addr = {};

	if (skb->protocol == htons(ETH_P_IP)) {
		addr.ip = ip_hdr(skb)->saddr;
		return uvn_subnet_find(cfg, AF_INET, &addr);
	}
	addr.in6 = ipv6_hdr(skb)->saddr;
	return uvn_subnet_find(cfg, AF_INET6, &addr);
}

/* Could a user have asked from there, too? If not, it need not be known. */
static bool uvn_udp_reply_is_near(struct uvn_net *un, const struct sk_buff *skb)
{
	return skb->dev->flags & IFF_LOOPBACK || uvn_udp_reply_is_in_subnet(un, skb);
}

/* Is it to be noted who asks the socket? The kernel's sockets answer past the guard. */
static bool uvn_udp_reply_is_service(const struct uvn_net *un, const struct sock *sk)
{
	return !uvn_udp_reply_is_in_vrf(sk) && rcu_access_pointer(un->replies) &&
	       sk->sk_protocol == IPPROTO_UDP && !sk->sk_kern_sock;
}

/**
 * uvn_udp_reply_is_noted - a datagram came for a socket: is that all there is to it?
 * @sk: the socket
 * @skb: the datagram, data behind its UDP header
 *
 * It is where the system asks, and then it is noted.
 *
 * Context: RCU read side, bottom halves off.
 * Return: false if uvn_udp_reply_note() has to be called.
 */
bool uvn_udp_reply_is_noted(const struct sock *sk, const struct sk_buff *skb)
{
	struct uvn_net *un = uvn_netns(sock_net(sk));
	struct uvn_reply_peer asker;

	if (!uvn_udp_reply_is_service(un, sk))
		return true;
	if (uvn_vrf_uid(skb->dev))
		return false;
	if (!uvn_udp_reply_is_near(un, skb))
		return true;
	uvn_udp_reply_asker(skb, &asker);
	return uvn_reply_cache_system(un, &asker, false);
}

static int uvn_udp_reply_refuse(struct uvn_net *un, const struct sock *sk,
				const struct sk_buff *skb, u32 uid, int err)
{
	struct uvn_denial denial = {
		.uid = uid,
		.reason = UVN_REASON_ANSWER,
		.out = skb->dev,
	};

	uvn_receive_deny(un, sk, skb, &denial);
	return err;
}

/* The socket that hears what comes from another port: the service may have
 * connected one to it, or to the port that it is no more.
 */
static struct sock *uvn_udp_reply_socket(struct sock *sk,
					 const struct sk_buff *skb, __be16 port)
{
	const struct udphdr *udp = udp_hdr(skb);
	struct net *net = sock_net(sk);
	struct sock *other;

	if (skb->protocol == htons(ETH_P_IP))
		other = udp4_lib_lookup(net, ip_hdr(skb)->saddr, port,
					ip_hdr(skb)->daddr, udp->dest,
					skb->dev->ifindex);
	else
		other = udp6_lib_lookup(net, &ipv6_hdr(skb)->saddr, port,
					&ipv6_hdr(skb)->daddr, udp->dest,
					skb->dev->ifindex);
	if (!other)
		return NULL;
	/* It lives as long as this RCU section. */
	sock_put(other);
	if (other == sk)
		return sk;
	/* What a socket asks of a packet has been asked for the first one. */
	if (READ_ONCE(other->sk_bound_dev_if) || other->sk_kern_sock ||
	    rcu_access_pointer(other->sk_filter) ||
	    READ_ONCE(udp_sk(other)->encap_type) || skb_is_gso(skb))
		return NULL;
	return other;
}

/* The service sees another port. The checksum is not changed with it: what is left
 * of it to verify is in the packet's metadata.
 */
static int uvn_udp_reply_move(struct sock **sk, struct sk_buff *skb, __be16 port)
{
	struct sock *other = *sk;

	/* Of multicast each socket has a copy of its own. */
	if (skb->pkt_type == PACKET_HOST)
		other = uvn_udp_reply_socket(*sk, skb, port);
	else if (inet_sk(*sk)->inet_dport)
		return -ECONNREFUSED;
	if (!other)
		return -ECONNREFUSED;
	if (skb_shared(skb) || skb_unclone(skb, GFP_ATOMIC))
		return -ENOBUFS;
	udp_hdr(skb)->source = port;
	*sk = other;
	return 0;
}

/**
 * uvn_udp_reply_note - a datagram came for a socket
 * @sk: the socket; set to another one if that is to have it
 * @skb: the datagram, data behind its UDP header
 *
 * Context: RCU read side, bottom halves off.
 * Return: 0, or a negative errno if it must not be heard.
 */
int uvn_udp_reply_note(struct sock **sk, struct sk_buff *skb)
{
	struct uvn_net *un = uvn_netns(sock_net(*sk));
	const struct sock *first = *sk;
	struct uvn_reply_peer asker;
	__be16 seen;
	u32 uid;
	int err;

	if (!uvn_udp_reply_is_service(un, first))
		return 0;
	uvn_udp_reply_asker(skb, &asker);
	uid = uvn_vrf_uid(skb->dev);
	if (!uid) {
		if (uvn_udp_reply_is_near(un, skb))
			uvn_reply_cache_system(un, &asker, true);
		return 0;
	}
	err = uvn_reply_cache_note(un, uid, skb->dev->ifindex, &asker,
				   inet_sk(*sk)->inet_dport, &seen);
	if (!err && unlikely(seen != asker.port))
		err = uvn_udp_reply_move(sk, skb, seen);
	if (!err && unlikely(*sk != first))
		err = uvn_receive_may(*sk, skb);
	return likely(!err) ? 0 : uvn_udp_reply_refuse(un, *sk, skb, uid, err);
}

/* The asker has another port than the service sees. */
static bool uvn_udp_reply_return(struct sk_buff *skb, unsigned int offset,
				 __be16 port)
{
	struct udphdr *udp;

	if (skb_ensure_writable(skb, offset + sizeof(*udp)))
		return false;
	udp = (struct udphdr *)(skb->data + offset);
	if (udp->check && skb->ip_summed != CHECKSUM_PARTIAL) {
		inet_proto_csum_replace2(&udp->check, skb, udp->dest, port,
					 false);
		if (!udp->check)
			udp->check = CSUM_MANGLED_0;
	}
	udp->dest = port;
	return true;
}

/**
 * uvn_udp_reply_route - route a system service's datagram to who asked for it
 * @un: namespace
 * @sk: the service's socket
 * @skb: the datagram, of UDP, routed in the default VRF or where the service says
 * @family: of IP
 * @offset: of the UDP header
 *
 * Context: RCU read side; netfilter's output hook.
 * Return: true if it goes where it should, false if it must not go at all.
 */
bool uvn_udp_reply_route(struct uvn_net *un, const struct sock *sk,
			 struct sk_buff *skb, u8 family, unsigned int offset)
{
	struct uvn_reply_peer seen = {};
	const struct udphdr *udp;
	struct uvn_reply_target to;
	struct udphdr copy;
	int vrf;

	if (uvn_udp_reply_is_in_vrf(sk))
		return true;
	udp = skb_header_pointer(skb, offset, sizeof(copy), &copy);
	if (!udp)
		return true;
	if (family == AF_INET)
		ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, &seen.addr);
	else
		seen.addr = ipv6_hdr(skb)->daddr;
	seen.port = udp->dest;
	seen.service = udp->source;
	if (likely(!uvn_reply_cache_find(un, &seen, &to)))
		return true;
	vrf = l3mdev_master_ifindex_rcu(skb_dst(skb)->dev);
	/* It is no answer, or one that has been here before. */
	if (vrf && vrf != to.vrf)
		return true;
	if (!vrf && uvn_route_again(un->net, to.vrf, skb, family))
		return false;
	return seen.port == to.port || uvn_udp_reply_return(skb, offset, to.port);
}
