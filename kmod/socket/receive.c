// SPDX-License-Identifier: GPL-2.0
/*
 * What sockets hear that are in no VRF.
 *
 * So that the system's services serve every user, a socket without a device
 * hears all VRFs (l3mdev_accept). But such a socket may be a user's: it is
 * older than enable, and in the system's network for that. What comes by a
 * user's VRF is for the system's sockets and for that user's, and for nobody
 * else's.
 *
 * Sockets in a VRF, nearly all that users have, are not asked about: the
 * kernel finds them for packets of their VRF alone.
 */
#include <linux/icmp.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/l3mdev.h>
#include <net/mptcp.h>
#include <net/request_sock.h>
#include <net/sock.h>

#include "config/config.h"
#include "core/denial.h"
#include "core/netns.h"
#include "overlay/vrf.h"
#include "socket/device.h"
#include "socket/named.h"
#include "socket/owner.h"
#include "socket/receive.h"
#include "socket/sock.h"

/* The VRF that a packet came by, whose stage of reception may have taken its
 * device already.
 */
static struct net_device *uvn_receive_vrf(const struct sock *sk,
					  const struct sk_buff *skb)
{
	struct net_device *dev;

	dev = dev_get_by_index_rcu(sock_net(sk), skb->skb_iif);
	if (!dev || netif_is_l3_master(dev))
		return dev;
	return l3mdev_master_dev_rcu(dev);
}

/* A socket of the kernel's own serves nobody in particular, but that of MPTCP, which
 * is somebody's who has another.
 */
static bool uvn_receive_is_kernel(const struct sock *sk)
{
	return sk->sk_kern_sock &&
	       !(sk->sk_protocol == IPPROTO_TCP && sk_is_mptcp(sk));
}

/* Is the socket the system's, or of user @uid? Who is older than enable is known
 * by the UID; if such sockets have been evicted, they hear no user.
 */
static bool uvn_receive_is_for(struct uvn_net *un, const struct sock *sk,
			       const struct uvn_owner *owner, u32 uid)
{
	if (owner->kind == UVN_OWNER_USER)
		return owner->uid == uid;
	if (owner->kind == UVN_OWNER_SYSTEM || !uvn_owner_is_stray(un, sk))
		return true;
	return !READ_ONCE(un->evict) && uvn_owner_uid(un, owner, sk) == uid;
}

/**
 * uvn_receive_deny - tell that a socket does not hear a packet
 * @un: namespace
 * @sk: the socket
 * @skb: the packet
 * @denial: who is told of, why, and by which device; the rest is filled in
 *
 * Context: RCU read side; softirq or task.
 */
void uvn_receive_deny(struct uvn_net *un, const struct sock *sk,
		      const struct sk_buff *skb, struct uvn_denial *denial)
{
	bool ip6 = skb->protocol == htons(ETH_P_IPV6);

	denial->operation = UVN_OPERATION_RECEIVE;
	denial->atomic = true;
	denial->family = ip6 ? AF_INET6 : AF_INET;
	denial->type = sk->sk_type;
	denial->protocol = sk->sk_protocol;
	if (ip6) {
		denial->addr_len = sizeof(struct in6_addr);
		denial->saddr = &ipv6_hdr(skb)->saddr;
		denial->daddr = &ipv6_hdr(skb)->daddr;
	} else if (skb->protocol == htons(ETH_P_IP)) {
		denial->addr_len = sizeof(struct in_addr);
		denial->saddr = &ip_hdr(skb)->saddr;
		denial->daddr = &ip_hdr(skb)->daddr;
	}
	uvn_denial_report(un, denial);
}

static int uvn_receive_stray(struct uvn_net *un, const struct sock *sk,
			     const struct sk_buff *skb,
			     const struct uvn_owner *owner,
			     const struct net_device *vrf)
{
	struct uvn_denial denial = {
		.uid = uvn_owner_uid(un, owner, sk),
		.reason = UVN_REASON_STRAY,
		.audit = rcu_dereference(un->config)->audit,
		.out = vrf,
	};

	uvn_receive_deny(un, sk, skb, &denial);
	return denial.audit ? 0 : -EPERM;
}

/* Is the packet for all who want to hear it? */
static bool uvn_receive_is_cast(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IPV6))
		return ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr);
	return skb->protocol == htons(ETH_P_IP) &&
	       (skb->pkt_type == PACKET_BROADCAST ||
		ipv4_is_multicast(ip_hdr(skb)->daddr));
}

/* What a packet is to a socket. */
enum uvn_receive_verdict {
	UVN_RECEIVE_HEARD,
	UVN_RECEIVE_CAST,	/* of a user's, to all of the user's own network */
	UVN_RECEIVE_STRAY,	/* of a network that is not the socket's */
};

/* Sockets that are in their packets' network; those of other families; the kernel's. */
static bool uvn_receive_is_sure(const struct sock *sk, const struct sk_buff *skb)
{
	return READ_ONCE(sk->sk_bound_dev_if) == skb->skb_iif ||
	       !uvn_is_inet(sk->sk_family) || uvn_receive_is_kernel(sk);
}

/* Of others. Where it is not heard, @owner and @vrf are set. RCU read side. */
static enum uvn_receive_verdict
uvn_receive_judge(const struct sock *sk, const struct sk_buff *skb,
		  struct uvn_owner *owner, struct net_device **vrf)
{
	struct uvn_net *un;
	u32 uid;

	*owner = uvn_owner(sk);
	if (likely(owner->kind == UVN_OWNER_SYSTEM && !uvn_receive_is_cast(skb)))
		return UVN_RECEIVE_HEARD;
	un = uvn_netns(sock_net(sk));
	if (!READ_ONCE(un->enabled))
		return UVN_RECEIVE_HEARD;
	*vrf = uvn_receive_vrf(sk, skb);
	uid = *vrf ? uvn_vrf_uid(*vrf) : 0;
	if (!uid)
		return UVN_RECEIVE_HEARD;
	if (owner->kind == UVN_OWNER_SYSTEM)
		return UVN_RECEIVE_CAST;
	return uvn_receive_is_for(un, sk, owner, uid) ? UVN_RECEIVE_HEARD :
							UVN_RECEIVE_STRAY;
}

/**
 * uvn_receive_is_heard - does a socket hear a packet, without further ado?
 * @sk: the socket, of any family
 * @skb: as for uvn_receive_may(), which would find nothing to say
 *
 * Context: any.
 */
bool uvn_receive_is_heard(const struct sock *sk, const struct sk_buff *skb)
{
	enum uvn_receive_verdict verdict;
	struct uvn_owner owner;
	struct net_device *vrf;

	if (uvn_receive_is_sure(sk, skb))
		return true;
	rcu_read_lock();
	verdict = uvn_receive_judge(sk, skb, &owner, &vrf);
	rcu_read_unlock();
	return verdict == UVN_RECEIVE_HEARD;
}

/**
 * uvn_receive_may - may a socket have a packet that has come for it?
 * @sk: the socket, of any family
 * @skb: the packet, or an error about one that the socket may have sent
 *
 * A socket's own filter has not seen the packet, but for one of UDP. What a user sends
 * to all is for the user's own network, and the system's services do not hear it.
 *
 * Context: any.
 * Return: 0, or -EPERM if the packet is of a network that is not the socket's.
 */
int uvn_receive_may(const struct sock *sk, const struct sk_buff *skb)
{
	struct uvn_owner owner;
	struct net_device *vrf;
	int err = 0;

	if (likely(uvn_receive_is_sure(sk, skb)))
		return 0;
	rcu_read_lock();
	switch (uvn_receive_judge(sk, skb, &owner, &vrf)) {
	case UVN_RECEIVE_HEARD:
		break;
	case UVN_RECEIVE_CAST:
		err = -EPERM;
		break;
	case UVN_RECEIVE_STRAY:
		err = uvn_receive_stray(uvn_netns(sock_net(sk)), sk, skb, &owner,
					vrf);
		break;
	}
	rcu_read_unlock();
	return err;
}

/**
 * uvn_receive_connection - may a socket be connected to?
 * @sk: the socket, that listens
 * @skb: the packet that asks for it, or brings a SYN cookie back
 * @req: the request
 *
 * If not, it is as if nobody listened: who asks shall not wait for a timeout.
 *
 * Context: softirq.
 * Return: 0 or -EPERM.
 */
int uvn_receive_connection(const struct sock *sk, struct sk_buff *skb,
			   struct request_sock *req)
{
	int err = uvn_receive_may(sk, skb) ?: uvn_named_hears(sk, skb);

	if (unlikely(err))
		reqsk_send_reset(req, skb);
	else
		uvn_device_of_connection(sk, skb, req);
	return err;
}

/**
 * uvn_receive_is_connected - is there nothing to say on a request for a connection?
 * @sk: the socket, that listens
 * @skb: the packet, as for uvn_receive_connection()
 * @req: the request
 *
 * Context: RCU read side, softirq.
 */
bool uvn_receive_is_connected(const struct sock *sk, const struct sk_buff *skb,
			      const struct request_sock *req)
{
	return !uvn_named_is_choosy(sk) && uvn_receive_is_heard(sk, skb) &&
	       uvn_device_is_of_connection(sk, skb, req);
}
