// SPDX-License-Identifier: GPL-2.0
/*
 * The guard at the output: a socket's packets leave by the network that the
 * socket was put into, whatever an ancillary message, a scope or a rebound
 * socket says, and VXLAN is spoken by the kernel and root alone.
 *
 * What a packet leaves by is known once it is routed, so the guard stands at
 * netfilter's LOCAL_OUT, before any other hook. Packets of the kernel's own
 * sockets (the tunnels', ICMP, TCP's answers for no socket) are not a user's.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/udp.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "config/config.h"
#include "core/denial.h"
#include "core/netns.h"
#include "core/packet.h"
#include "core/user.h"
#include "external/inbound.h"
#include "external/nat.h"
#include "overlay/nf-view.h"
#include "overlay/vrf-cast.h"
#include "socket/forward.h"
#include "socket/guard.h"
#include "socket/named.h"
#include "socket/owner.h"
#include "socket/udp-reply.h"
#include "underlay/addrs.h"
#include "underlay/lower.h"
#include "underlay/route.h"

/* Closed, or not accepted yet: it goes on in the network that it is bound to,
 * and nobody can turn it elsewhere. Else it is older than enable: a user's may
 * go on in the system's network, unless that was evicted, but not enter
 * another user's.
 */
static u32 uvn_guard_unknown(struct uvn_net *un, const struct sock *sk,
			     const struct net_device *out)
{
	struct net *net = sock_net(sk);
	int master = l3mdev_master_ifindex_rcu(out);
	int bound = READ_ONCE(sk->sk_bound_dev_if);

	if (!READ_ONCE(sk->sk_socket)) {
		if (bound)
			bound = l3mdev_master_ifindex_by_index(net, bound);
		return bound == master ? UVN_REASON_NONE : UVN_REASON_NETWORK;
	}
	return (master || READ_ONCE(un->evict)) && uvn_owner_is_stray(un, sk) ?
	       UVN_REASON_NETWORK : UVN_REASON_NONE;
}

/* Does the packet begin a connection, for which the program waits? */
static bool uvn_guard_is_connect(const struct sock *sk)
{
	return sk->sk_type == SOCK_STREAM && sk->sk_state == TCP_SYN_SENT;
}

/* Who answers for the packet. A connection that the system's program made is
 * what a user's task may have from it, and goes on; to make another or to send
 * a datagram is the task's own doing.
 */
static struct uvn_owner uvn_guard_owner(struct uvn_net *un,
					const struct sock *sk)
{
	if (sk->sk_type == SOCK_STREAM && !uvn_guard_is_connect(sk))
		return uvn_owner(sk);
	return uvn_owner_acting(un, sk);
}

/* The device that the packet leaves by. A user who names lo or a device below means the
 * user's own network by it, where the packet is routed then; so it is with 0.0.0.0, of
 * which the kernel makes an address of the VRF's, or 127.0.0.1, by lo. What would leave
 * that network is not for it.
 */
static const struct net_device *uvn_guard_out(struct uvn_net *un,
					      const struct uvn_owner *owner,
					      struct sk_buff *skb,
					      const struct nf_hook_state *state)
{
	if (likely(uvn_in_vrf(state->out)) || owner->kind != UVN_OWNER_USER ||
	    owner->acting || unlikely(uvn_nat_is_source(un, skb, state->pf)))
		return state->out;
	return uvn_route_into(un->net, owner->vrf, skb, state->pf) ?
	       skb_dst(skb)->dev : state->out;
}

/* What is for many leaves by the device that the program has named. */
static void uvn_guard_cast(struct sk_buff *skb, const struct nf_hook_state *state)
{
	int named = uvn_named_casts_by(skb, state);

	uvn_vrf_cast(skb, state->pf, named,
		     named && state->sk->sk_userlocks & SOCK_BINDADDR_LOCK);
}

/* May the socket's packet leave by the device? */
static u32 uvn_guard_device(struct uvn_net *un, const struct sock *sk,
			    const struct uvn_owner *owner,
			    const struct net_device *out)
{
	if (likely(owner->kind == UVN_OWNER_USER)) {
		if (out->ifindex == owner->vrf ||
		    l3mdev_master_ifindex_rcu(out) == owner->vrf)
			return UVN_REASON_NONE;
		return UVN_REASON_NETWORK;
	}
	if (owner->kind == UVN_OWNER_SYSTEM)
		return UVN_REASON_NONE;
	return uvn_guard_unknown(un, sk, out);
}

/* Is the datagram at @offset for a port of ours, and its sender not root? */
static bool uvn_guard_vxlan(struct uvn_net *un, const struct sock *sk,
			    const struct uvn_owner *owner,
			    const struct sk_buff *skb, unsigned int offset)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);
	const struct udphdr *udp;
	struct udphdr copy;

	udp = skb_header_pointer(skb, offset, sizeof(copy), &copy);
	if (udp ? !uvn_subnet_is_port(cfg, udp->dest) :
		  owner->kind != UVN_OWNER_USER)
		return false;
	/* As a user's the UID of a setuid program counts for nothing. */
	return owner->kind == UVN_OWNER_USER ||
	       !uid_eq(sk->sk_uid, GLOBAL_ROOT_UID);
}

/* What the program is told when its packet is refused. connect() fails at once for
 * this errno alone, else after minutes.
 */
static int uvn_guard_errno(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP ? -ECONNREFUSED : -EPERM;
}

/* The addresses are as long as the family of @state has them. */
static unsigned int uvn_guard_deny(struct uvn_net *un,
				   const struct nf_hook_state *state,
				   const struct uvn_owner *owner, u32 reason,
				   const void *saddr, const void *daddr)
{
	const struct sock *sk = state->sk;
	struct uvn_denial denial = {
		.uid = uvn_owner_uid(un, owner, sk),
		.reason = reason,
		.operation = uvn_guard_is_connect(sk) ? UVN_OPERATION_CONNECT :
							UVN_OPERATION_SEND,
		.error = uvn_guard_errno(sk),
		.audit = rcu_dereference(un->config)->audit,
		.atomic = true,
		.task = in_task(),
		.family = state->pf,
		.type = sk->sk_type,
		.protocol = sk->sk_protocol,
		.out = state->out,
		.addr_len = state->pf == NFPROTO_IPV4 ?
			    sizeof(struct in_addr) : sizeof(struct in6_addr),
		.saddr = saddr,
		.daddr = daddr,
	};

	/* What TCP has taken to send it sends in vain, and tells nobody. */
	if (!denial.task ||
	    (sk->sk_type == SOCK_STREAM && !uvn_guard_is_connect(sk)))
		denial.error = 0;
	uvn_denial_report(un, &denial);
	return denial.audit ? NF_ACCEPT : NF_DROP_ERR(uvn_guard_errno(sk));
}

/* Does the packet leave all VRFs with the source of one? By TCP and UDP that may be an
 * address of the node's that the socket is bound to.
 */
static bool uvn_guard_is_off(struct uvn_net *un, const struct uvn_owner *owner,
			     const struct sock *sk, const struct sk_buff *skb,
			     const struct net_device *out, u8 family)
{
	if (likely(uvn_in_vrf(out)))
		return false;
	return unlikely(uvn_nat_is_source(un, skb, family)) ||
	       unlikely(owner->kind == UVN_OWNER_USER &&
			(sk->sk_protocol == IPPROTO_TCP ||
			 sk->sk_protocol == IPPROTO_UDP) &&
			READ_ONCE(sk->sk_bound_dev_if) == owner->vrf &&
			uvn_nat_is_nodes(un, skb, family));
}

/* As a packet that is lost on the way: who sends it is not told. */
static unsigned int uvn_guard_lose(struct uvn_net *un, struct sk_buff *skb,
				   u32 reason)
{
	atomic64_inc(&un->denial.count[reason]);
	kfree_skb(skb);
	return NF_STOLEN;
}

/* What is left to send by a closed socket may go on too. */
static int uvn_guard_vrf(const struct uvn_owner *owner, const struct sock *sk)
{
	if (owner->kind == UVN_OWNER_UNKNOWN && !READ_ONCE(sk->sk_socket))
		return READ_ONCE(sk->sk_bound_dev_if);
	return owner->vrf;
}

/* A packet that leaves its VRF: translated, or not at all. */
static u32 uvn_guard_off(struct uvn_net *un, const struct uvn_owner *owner,
			 struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	int vrf = uvn_guard_vrf(owner, state->sk);

	/* Rules of the site's may send it to a port of VXLAN. */
	if (state->sk->sk_protocol == IPPROTO_UDP &&
	    !uvn_forward_is_ready(un, state->pf))
		return UVN_NAT_LOST;
	return vrf ? uvn_nat_out(un, vrf, skb, state) : UVN_REASON_NETWORK;
}

/* Would a user's socket that is older than enable begin an inbound flow, on this
 * node or another? Where it is nothing else tells it from the system's.
 */
static noinline bool uvn_guard_begins_inbound(struct uvn_net *un,
					      const struct sk_buff *skb,
					      const struct nf_hook_state *state)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);
	const struct sock *sk = state->sk;
	struct uvn_packet p;

	return READ_ONCE(sk->sk_socket) && uvn_owner_is_stray(un, sk) &&
	       (sk->sk_type != SOCK_STREAM || uvn_guard_is_connect(sk)) &&
	       uvn_packet_parse(skb, state->pf, &p) &&
	       uvn_packet_has_ports(&p) &&
	       uvn_publish_is_port(cfg, p.protocol, ntohs(p.dport));
}

/* Whose published port does it come from, as the answer to a flow from outside? */
static struct uvn_user *uvn_guard_host(struct uvn_net *un,
				       const struct uvn_owner *owner,
				       const struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	int vrf;

	/* Pairs with uvn_inbound_open(). */
	if (likely(!smp_load_acquire(&un->inbound.on)))
		return NULL;
	vrf = uvn_guard_vrf(owner, state->sk);
	return vrf ? uvn_inbound_replies(un, vrf, skb, state->pf) : NULL;
}

/* The same of a packet of the kernel's own. */
static struct uvn_user *uvn_guard_kernel_host(struct uvn_net *un,
					      const struct sk_buff *skb,
					      const struct nf_hook_state *state)
{
	/* Pairs with uvn_inbound_open(). */
	if (likely(!smp_load_acquire(&un->inbound.on)) ||
	    skb_dst(skb)->dev != state->out)
		return NULL;
	return uvn_inbound_replies(un, l3mdev_master_ifindex_rcu(state->out),
				   skb, state->pf);
}

/* Such an answer leaves as the system's packets do. */
static unsigned int uvn_guard_inbound(struct uvn_user *host, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	return uvn_inbound_out(host, skb, state) ? NF_ACCEPT :
	       uvn_guard_lose(host->un, skb, UVN_REASON_NETWORK);
}

/* The kernel's own answers for users' sockets leave translated too. */
static unsigned int uvn_guard_kernel(struct uvn_net *un, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	struct uvn_user *host = uvn_guard_kernel_host(un, skb, state);

	/* Of another namespace, by ipvlan, or sent on by netfilter. */
	if (unlikely(!state->sk)) {
		uvn_forward_is_ready(un, state->pf);
		if (uvn_forward_out(un, skb, state) != NF_ACCEPT)
			return NF_DROP;
	}
	if (unlikely(host))
		return uvn_guard_inbound(host, skb, state);
	if (likely(uvn_in_vrf(state->out)))
		return NF_ACCEPT;
	if (likely(!uvn_nat_is_source(un, skb, state->pf))) {
		uvn_nat_reserve(un, skb, state);
		return NF_ACCEPT;
	}
	if (uvn_nat_out(un, 0, skb, state) == UVN_REASON_NONE)
		return NF_ACCEPT;
	atomic64_inc(&un->denial.count[UVN_REASON_TRANSLATION]);
	return NF_DROP;
}

/* Sockets that send for somebody: not the kernel's, nor what stands for one.
 * What the system sends in a VRF of the site's passes twice, first with the VRF as
 * its device; a refusal then would be lost on the way to the sender, so it waits for
 * the second time.
 */
static bool uvn_guard_concerns(const struct sock *sk,
			       const struct sk_buff *skb,
			       const struct net_device *out)
{
	return sk && sk_fullsock(sk) && !sk->sk_kern_sock &&
	       skb_dst(skb)->dev == out;
}

/* Does it speak for a service of the system's? A user's socket that is older than
 * enable does not: nobody has asked it.
 */
static bool uvn_guard_is_service(struct uvn_net *un,
				 const struct uvn_owner *owner,
				 const struct sock *sk)
{
	return owner->kind == UVN_OWNER_SYSTEM ||
	       (owner->kind == UVN_OWNER_UNKNOWN && !uvn_owner_is_stray(un, sk));
}

/* A datagram of the system's goes to who asked for it. */
static unsigned int uvn_guard_answer(struct uvn_net *un,
				     const struct nf_hook_state *state,
				     struct sk_buff *skb, unsigned int offset)
{
	uvn_forward_is_ready(un, state->pf);
	if (uvn_udp_reply_route(un, state->sk, skb, state->pf, offset)) {
		if (skb_dst(skb)->dev == state->out)
			uvn_nat_reserve(un, skb, state);
		return NF_ACCEPT;
	}
	/* It is not the service's fault. */
	return uvn_guard_lose(un, skb, UVN_REASON_ANSWER);
}

static unsigned int uvn_guard_judge4(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	const struct iphdr *iph = ip_hdr(skb);
	const struct sock *sk = state->sk;
	const struct net_device *out;
	struct uvn_net *un = priv;
	struct uvn_owner owner;
	struct uvn_user *host;
	bool off;
	u32 reason;

	if (!uvn_guard_concerns(sk, skb, state->out))
		return uvn_guard_kernel(un, skb, state);
	owner = uvn_guard_owner(un, sk);
	out = uvn_guard_out(un, &owner, skb, state);
	reason = uvn_guard_device(un, sk, &owner, out);
	off = uvn_guard_is_off(un, &owner, sk, skb, out, AF_INET);
	host = uvn_guard_host(un, &owner, skb, state);
	if (unlikely(off || host))
		reason = UVN_REASON_NONE;
	if (!reason && unlikely(owner.kind == UVN_OWNER_UNKNOWN) &&
	    uvn_guard_begins_inbound(un, skb, state))
		reason = UVN_REASON_NETWORK;
	/* Only a raw socket sends fragments before it is asked to. */
	if (!reason && owner.kind == UVN_OWNER_USER &&
	    unlikely(iph->ihl != 5 || ip_is_fragment(iph)))
		reason = UVN_REASON_OPTIONS;
	if (!reason && iph->protocol == IPPROTO_UDP &&
	    !(iph->frag_off & htons(IP_OFFSET)) &&
	    uvn_guard_vxlan(un, sk, &owner, skb,
			    skb_network_offset(skb) + ip_hdrlen(skb)))
		reason = UVN_REASON_VXLAN_PORT;
	if (unlikely(host) && !reason)
		return uvn_guard_inbound(host, skb, state);
	if (unlikely(off) && !reason)
		reason = uvn_guard_off(un, &owner, skb, state);
	if (unlikely(reason == UVN_NAT_LOST))
		return uvn_guard_lose(un, skb, UVN_REASON_TRANSLATION);
	iph = ip_hdr(skb);
	if (unlikely(reason))
		return uvn_guard_deny(un, state, &owner, reason, &iph->saddr,
				      &iph->daddr);
	if (iph->protocol == IPPROTO_UDP && uvn_guard_is_service(un, &owner, sk))
		return uvn_guard_answer(un, state, skb,
					skb_network_offset(skb) +
					ip_hdrlen(skb));
	if (owner.kind != UVN_OWNER_USER)
		uvn_nat_reserve(un, skb, state);
	return NF_ACCEPT;
}

/* Go to what is behind the extension headers. A user's packet has no routing
 * header and is no fragment yet.
 */
static u32 uvn_guard_headers6(const struct sk_buff *skb,
			      const struct uvn_owner *owner, u8 *nexthdr,
			      int *offset)
{
	while (unlikely(ipv6_ext_hdr(*nexthdr) && *nexthdr != NEXTHDR_NONE)) {
		const struct ipv6_opt_hdr *hdr;
		struct ipv6_opt_hdr copy;

		if (owner->kind == UVN_OWNER_USER &&
		    (*nexthdr == NEXTHDR_ROUTING ||
		     *nexthdr == NEXTHDR_FRAGMENT))
			return UVN_REASON_OPTIONS;
		/* What follows in a fragment may be anything. */
		hdr = *nexthdr == NEXTHDR_FRAGMENT ? NULL :
		      skb_header_pointer(skb, *offset, sizeof(copy), &copy);
		if (!hdr) {
			*nexthdr = NEXTHDR_NONE;
			return owner->kind == UVN_OWNER_USER ?
			       UVN_REASON_OPTIONS : UVN_REASON_NONE;
		}
		*offset += *nexthdr == NEXTHDR_AUTH ? ipv6_authlen(hdr) :
						      ipv6_optlen(hdr);
		*nexthdr = hdr->nexthdr;
	}
	return UVN_REASON_NONE;
}

/* Is it an address of the device's? The kernel's own look-up goes through all of the
 * host's with this hash, of which every user's VRF has one.
 */
static bool uvn_guard_has_addr6(const struct net_device *dev,
				const struct in6_addr *addr)
{
	struct inet6_dev *in6_dev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifa;

	if (!in6_dev)
		return false;
	list_for_each_entry_rcu(ifa, &in6_dev->addr_list, if_list)
		if (ipv6_addr_equal(&ifa->addr, addr))
			return !(READ_ONCE(ifa->flags) & IFA_F_TENTATIVE);
	return false;
}

/* With IPV6_FREEBIND a socket takes whatever source, and the kernel's routing
 * does not ask whose it is, as that of IPv4 does. What is local to the VRF may
 * be an address of the host's, on no device of the VRF.
 */
static u32 uvn_guard_source6(struct uvn_net *un, const struct uvn_owner *owner,
			     const struct in6_addr *saddr,
			     const struct net_device *out)
{
	if (owner->kind != UVN_OWNER_USER ||
	    likely(uvn_guard_has_addr6(out, saddr)) ||
	    uvn_addrs_is_local6(un->net, owner->vrf, saddr))
		return UVN_REASON_NONE;
	return UVN_REASON_NETWORK;
}

static unsigned int uvn_guard_judge6(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	const struct ipv6hdr *ip6 = ipv6_hdr(skb);
	int offset = skb_network_offset(skb) + sizeof(*ip6);
	const struct sock *sk = state->sk;
	struct uvn_net *un = priv;
	struct uvn_owner owner;
	struct uvn_user *host;
	const struct net_device *out;
	bool off;
	u8 nexthdr;
	u32 reason;

	if (!uvn_guard_concerns(sk, skb, state->out))
		return uvn_guard_kernel(un, skb, state);
	owner = uvn_guard_owner(un, sk);
	out = uvn_guard_out(un, &owner, skb, state);
	if (unlikely(ipv6_addr_is_multicast(&ip6->daddr))) {
		uvn_guard_cast(skb, state);
		ip6 = ipv6_hdr(skb);
	}
	nexthdr = ip6->nexthdr;
	reason = uvn_guard_device(un, sk, &owner, out);
	off = uvn_guard_is_off(un, &owner, sk, skb, out, AF_INET6);
	host = uvn_guard_host(un, &owner, skb, state);
	if (unlikely(off || host))
		reason = UVN_REASON_NONE;
	else if (!reason && unlikely(owner.kind == UVN_OWNER_UNKNOWN) &&
		 uvn_guard_begins_inbound(un, skb, state))
		reason = UVN_REASON_NETWORK;
	else if (!reason)
		reason = uvn_guard_source6(un, &owner, &ip6->saddr, out);
	if (!reason)
		reason = uvn_guard_headers6(skb, &owner, &nexthdr, &offset);
	if (!reason && nexthdr == IPPROTO_UDP &&
	    uvn_guard_vxlan(un, sk, &owner, skb, offset))
		reason = UVN_REASON_VXLAN_PORT;
	if (unlikely(host) && !reason)
		return uvn_guard_inbound(host, skb, state);
	if (unlikely(off) && !reason)
		reason = uvn_guard_off(un, &owner, skb, state);
	if (unlikely(reason == UVN_NAT_LOST))
		return uvn_guard_lose(un, skb, UVN_REASON_TRANSLATION);
	ip6 = ipv6_hdr(skb);
	if (unlikely(reason))
		return uvn_guard_deny(un, state, &owner, reason, &ip6->saddr,
				      &ip6->daddr);
	if (nexthdr == IPPROTO_UDP && uvn_guard_is_service(un, &owner, sk))
		return uvn_guard_answer(un, state, skb, offset);
	if (owner.kind != UVN_OWNER_USER)
		uvn_nat_reserve(un, skb, state);
	return NF_ACCEPT;
}

/* Who comes after the guard is shown the devices that it knows. */
static unsigned int uvn_guard_out4(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	unsigned int verdict = uvn_guard_judge4(priv, skb, state);
	__be32 to;

	if (unlikely(verdict != NF_ACCEPT))
		return verdict;
	to = ip_hdr(skb)->daddr;
	if (unlikely(ipv4_is_multicast(to) || ipv4_is_lbcast(to)))
		uvn_guard_cast(skb, state);
	uvn_nf_view_out(priv, skb, state);
	return verdict;
}

static unsigned int uvn_guard_out6(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	unsigned int verdict = uvn_guard_judge6(priv, skb, state);

	if (likely(verdict == NF_ACCEPT))
		uvn_nf_view_out(priv, skb, state);
	return verdict;
}

/**
 * uvn_guard_open - guard a namespace's output
 * @un: namespace; its lock is held
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int uvn_guard_open(struct uvn_net *un)
{
	static const struct nf_hook_ops ops[] = {
		{
			.hook = uvn_guard_out4,
			.pf = NFPROTO_IPV4,
			.hooknum = NF_INET_LOCAL_OUT,
			.priority = NF_IP_PRI_FIRST,
		}, {
			.hook = uvn_guard_out6,
			.pf = NFPROTO_IPV6,
			.hooknum = NF_INET_LOCAL_OUT,
			.priority = NF_IP6_PRI_FIRST,
		},
	};

	return uvn_netns_hook(un, un->guard, ops, ARRAY_SIZE(ops));
}

/**
 * uvn_guard_close - guard it no more
 * @un: namespace, disarmed
 *
 * Context: may sleep.
 */
void uvn_guard_close(struct uvn_net *un)
{
	nf_unregister_net_hooks(un->net, un->guard, ARRAY_SIZE(un->guard));
}
