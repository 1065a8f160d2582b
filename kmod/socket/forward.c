// SPDX-License-Identifier: GPL-2.0
/*
 * What passes through this node and is not its own: from network namespaces behind
 * a veth, virtual machines, hosts that it routes for. None of it speaks VXLAN to
 * others in a node's name, enters or leaves a user's VRF, or begins a flow to a
 * published port by an address of the node's.
 *
 *	FORWARD		before sources are translated: who sends, and by which device
 *			it came
 *	POST_ROUTING	as it leaves, whatever netfilter has made of it; from the first
 *			packet on for which that matters, as each packet of a user's
 *			pays for it
 *	bridges		frames that no IP stack of the node sees
 *	egress		of a device on which there are others of another stack (egress.c)
 *
 * The guard in LOCAL_OUT judges what sockets of this node send. What traffic control
 * redirects to a device's egress nobody sees: see "uvnadm doctor".
 */
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/udp.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/rtnetlink.h>
#include <net/sock.h>

#include "config/config.h"
#include "core/denial.h"
#include "core/netns.h"
#include "core/packet.h"
#include "external/user-mark.h"
#include "overlay/vrf.h"
#include "overlay/vxlan-rx.h"
#include "socket/forward.h"
#include "socket/owner.h"
#include "underlay/fast-output.h"
#include "underlay/lower.h"
#include "underlay/route.h"

/**
 * struct uvn_forward - a packet of IP that is not from this node
 * @family: AF_INET or AF_INET6
 * @saddr: its source
 * @daddr: its destination
 */
struct uvn_forward {
	u8 family;
	union nf_inet_addr saddr;
	union nf_inet_addr daddr;
};

static bool uvn_forward_is_port(const struct uvn_config *cfg,
				const struct sk_buff *skb, int offset)
{
	const struct udphdr *udp;
	struct udphdr copy;

	udp = skb_header_pointer(skb, offset, sizeof(copy), &copy);
	/* The first fragment of UDP with no port in it. */
	return !udp || uvn_subnet_is_port(cfg, udp->dest);
}

/* Is the packet of IPv4 at @offset one to a port of ours? Without its first
 * fragment the others are nothing.
 */
static bool uvn_forward_is_vxlan4(const struct uvn_config *cfg,
				  const struct sk_buff *skb, int offset,
				  struct uvn_forward *fw)
{
	const struct iphdr *iph;
	struct iphdr copy;

	iph = skb_header_pointer(skb, offset, sizeof(copy), &copy);
	if (!iph || iph->protocol != IPPROTO_UDP ||
	    iph->frag_off & htons(IP_OFFSET) ||
	    !uvn_forward_is_port(cfg, skb, offset + iph->ihl * 4))
		return false;
	fw->family = AF_INET;
	fw->saddr.ip = iph->saddr;
	fw->daddr.ip = iph->daddr;
	return true;
}

/* The same of IPv6. What has headers that cannot be passed over may be anything to a
 * node of a subnet.
 */
static bool uvn_forward_is_vxlan6(const struct uvn_config *cfg,
				  const struct sk_buff *skb, int offset,
				  struct uvn_forward *fw)
{
	const struct ipv6hdr *ip6;
	struct ipv6hdr copy;
	__be16 frag = 0;
	u8 nexthdr;

	ip6 = skb_header_pointer(skb, offset, sizeof(copy), &copy);
	if (!ip6)
		return false;
	nexthdr = ip6->nexthdr;
	offset += sizeof(*ip6);
	if (unlikely(ipv6_ext_hdr(nexthdr))) {
		if (nexthdr == NEXTHDR_NONE)
			return false;
		offset = ipv6_skip_exthdr(skb, offset, &nexthdr, &frag);
		if (frag & htons(IP6_OFFSET) || nexthdr == NEXTHDR_NONE)
			return false;
	}
	if (offset >= 0 && (nexthdr != IPPROTO_UDP ||
			    !uvn_forward_is_port(cfg, skb, offset)))
		return false;
	fw->family = AF_INET6;
	fw->saddr.in6 = ip6->saddr;
	fw->daddr.in6 = ip6->daddr;
	return offset >= 0 || uvn_subnet_find(cfg, AF_INET6, &fw->daddr);
}

/* Is what an Ethernet header with type @proto stands before, at @offset, a packet to
 * a port of ours? Tags may stand before IP: that of VLAN 0 is none to who receives.
 */
static bool uvn_forward_is_vxlan(const struct uvn_config *cfg,
				 const struct sk_buff *skb, __be16 proto,
				 int offset, struct uvn_forward *fw)
{
	const struct vlan_hdr *tag;
	struct vlan_hdr copy;

	while (unlikely(eth_type_vlan(proto))) {
		tag = skb_header_pointer(skb, offset, sizeof(copy), &copy);
		if (!tag)
			return false;
		proto = tag->h_vlan_encapsulated_proto;
		offset += sizeof(*tag);
	}
	if (proto == htons(ETH_P_IP))
		return uvn_forward_is_vxlan4(cfg, skb, offset, fw);
	return proto == htons(ETH_P_IPV6) &&
	       uvn_forward_is_vxlan6(cfg, skb, offset, fw);
}

static bool uvn_forward_is_own(struct net *net, u8 family,
			       const union nf_inet_addr *addr)
{
	if (family == AF_INET)
		return inet_addr_type(net, addr->ip) == RTN_LOCAL;
	return ipv6_chk_addr(net, &addr->in6, NULL, 0);
}

/* Does the way back to the source lead by the device that the packet came by? */
static bool uvn_forward_is_from(struct net *net, const struct uvn_forward *fw,
				const struct net_device *in)
{
	const union nf_inet_addr any = {};
	struct dst_entry *dst;
	bool same;

	dst = uvn_route_lookup(net, 0, fw->family, &fw->saddr, &any, 0);
	if (IS_ERR(dst))
		return false;
	same = dst->dev == in;
	dst_release(dst);
	return same;
}

/* A port of a bridge on which this node has somebody: a namespace, a machine. */
static bool uvn_forward_is_guest(const struct net_device *port)
{
	const struct rtnl_link_ops *ops = port->rtnl_link_ops;

	return ops && (!strcmp(ops->kind, "veth") || !strcmp(ops->kind, "tun"));
}

/* Does an administrator let it pass, as that of a node behind this one, or for it?
 * In this node's name nobody speaks but the node.
 */
static bool uvn_forward_is_transit(struct net *net,
				   const struct uvn_config *cfg,
				   const struct uvn_forward *fw,
				   const struct net_device *port)
{
	return unlikely(cfg->n_transits) &&
	       (uvn_config_transit(cfg, fw->family, &fw->saddr) ||
		(uvn_config_transit(cfg, fw->family, &fw->daddr) &&
		 !(port && uvn_forward_is_guest(port)))) &&
	       !uvn_forward_is_own(net, fw->family, &fw->saddr);
}

static unsigned int uvn_forward_deny(struct uvn_net *un, u32 reason,
				     const struct uvn_forward *fw,
				     u8 protocol, const struct sock *sk,
				     const struct net_device *in,
				     const struct net_device *out)
{
	struct uvn_owner owner = sk ? uvn_owner(sk) : (struct uvn_owner){};
	struct uvn_denial denial = {
		.uid = sk ? uvn_owner_uid(un, &owner, sk) : 0,
		.reason = reason,
		.operation = sk ? UVN_OPERATION_SEND : UVN_OPERATION_FORWARD,
		.error = sk && in_task() ? -EPERM : 0,
		.audit = rcu_dereference(un->config)->audit,
		.atomic = true,
		.detail = in ? in->name : NULL,
		.family = fw->family,
		.type = protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM,
		.protocol = protocol,
		.out = out,
		.addr_len = fw->family == AF_INET ? sizeof(struct in_addr) :
						    sizeof(struct in6_addr),
		.saddr = &fw->saddr,
		.daddr = &fw->daddr,
	};

	uvn_denial_report(un, &denial);
	return denial.audit ? NF_ACCEPT : NF_DROP;
}

static void uvn_forward_read(struct uvn_forward *fw, const struct sk_buff *skb,
			     u8 family)
{
	fw->family = family;
	uvn_packet_addrs(skb, family, &fw->saddr, &fw->daddr);
}

static bool uvn_forward_ip(const struct uvn_config *cfg,
			   const struct sk_buff *skb, u8 family,
			   struct uvn_forward *fw)
{
	return family == AF_INET ?
	       uvn_forward_is_vxlan4(cfg, skb, skb_network_offset(skb), fw) :
	       uvn_forward_is_vxlan6(cfg, skb, skb_network_offset(skb), fw);
}

/* A user's VRF, or a device in one. */
static bool uvn_forward_is_users(struct uvn_net *un,
				 const struct net_device *dev)
{
	const struct net_device *vrf;

	if (likely(!uvn_in_vrf(dev)))
		return false;
	vrf = netif_is_l3_master(dev) ? dev :
	      l3mdev_master_dev_rcu(dev);
	return vrf && uvn_vrf_uid(vrf);
}

/* Must it not leave before POST_ROUTING judges it? Translated, it might be
 * for a published port. It is lost, as on any wire; the hook is there in a moment.
 */
static bool uvn_forward_must_wait(const struct uvn_config *cfg,
				  const struct sk_buff *skb, u8 family)
{
	struct uvn_packet p;

	return cfg->n_publishes && uvn_packet_parse(skb, family, &p) &&
	       uvn_packet_has_ports(&p) &&
	       uvn_publish_is_port(cfg, p.protocol, ntohs(p.dport));
}

static void uvn_forward_want(struct uvn_net *un)
{
	if (READ_ONCE(un->forward.open))
		schedule_work(&un->forward.work);
}

/**
 * uvn_forward_is_ready - are packets judged as they leave, if need be?
 * @un: namespace
 * @family: of a packet in LOCAL_OUT
 *
 * There is need where somebody else has a hook there, which may translate it.
 *
 * Context: RCU read side.
 * Return: false if they will be in a moment.
 */
bool uvn_forward_is_ready(struct uvn_net *un, u8 family)
{
	struct nf_hook_entries __rcu *const *hooks =
		family == AF_INET ? un->net->nf.hooks_ipv4 :
				    un->net->nf.hooks_ipv6;
	const struct nf_hook_entries *out =
		rcu_dereference(hooks[NF_INET_LOCAL_OUT]);

	/* Pairs with uvn_forward_register(). */
	if (smp_load_acquire(&un->forward.out_on) || !out ||
	    out->num_hook_entries < 2)
		return true;
	uvn_forward_want(un);
	return false;
}

static unsigned int uvn_forward_pass(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	struct uvn_net *un = priv;
	const struct uvn_config *cfg = rcu_dereference(un->config);
	struct uvn_forward fw;
	bool ready;

	if (unlikely(uvn_forward_is_users(un, state->in) ||
		     uvn_forward_is_users(un, state->out))) {
		uvn_forward_read(&fw, skb, state->pf);
		return uvn_forward_deny(un, UVN_REASON_FORWARDED, &fw, 0, NULL,
					state->in, state->out);
	}
	/* Pairs with uvn_forward_register(). */
	ready = smp_load_acquire(&un->forward.out_on);
	if (unlikely(!ready))
		uvn_forward_want(un);
	if (likely(!uvn_forward_ip(cfg, skb, state->pf, &fw)))
		return likely(ready) ||
		       !uvn_forward_must_wait(cfg, skb, state->pf) ?
		       NF_ACCEPT : NF_DROP;
	if (uvn_forward_is_transit(un->net, cfg, &fw, NULL) &&
	    uvn_forward_is_from(un->net, &fw, state->in))
		return ready ? NF_ACCEPT : NF_DROP;
	return uvn_forward_deny(un, UVN_REASON_FORWARDED, &fw, IPPROTO_UDP,
				NULL, state->in, state->out);
}

/* May the socket's packet, which is for a port of ours by now, leave? */
static bool uvn_forward_may_sk(struct uvn_net *un, const struct sock *sk)
{
	if (!sk_fullsock(sk) || !net_eq(sock_net(sk), un->net))
		return false;
	if (sk->sk_kern_sock)
		return sk->sk_protocol == IPPROTO_UDP &&
		       READ_ONCE(udp_sk(sk)->encap_rcv) == uvn_vxlan_rx_rcv;
	return uvn_owner_acting(un, sk).kind != UVN_OWNER_USER &&
	       uid_eq(sk->sk_uid, GLOBAL_ROOT_UID);
}

/* Would it begin a flow? Of UDP only connection tracking tells an answer. */
static bool uvn_forward_begins(const struct sk_buff *skb, u8 family,
			       const struct uvn_packet *p)
{
	enum ip_conntrack_info ctinfo;

	if (p->protocol == IPPROTO_TCP)
		return uvn_user_mark_is_syn(skb, family, p);
	return !nf_ct_get(skb, &ctinfo) ||
	       CTINFO2DIR(ctinfo) != IP_CT_DIR_REPLY;
}

/* Would what came from elsewhere go to a published port, on another node, as this
 * node's system?
 */
static noinline unsigned int
uvn_forward_inbound(struct uvn_net *un, const struct uvn_config *cfg,
		    const struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct uvn_forward fw;
	struct uvn_packet p;

	if (!uvn_packet_parse(skb, state->pf, &p) ||
	    !uvn_packet_has_ports(&p) ||
	    !uvn_publish_is_port(cfg, p.protocol, ntohs(p.dport)) ||
	    !uvn_forward_begins(skb, state->pf, &p))
		return NF_ACCEPT;
	uvn_forward_read(&fw, skb, state->pf);
	if (!uvn_forward_is_own(un->net, state->pf, &fw.saddr))
		return NF_ACCEPT;
	return uvn_forward_deny(un, UVN_REASON_FORWARDED, &fw, p.protocol,
				NULL, NULL, state->out);
}

/**
 * uvn_forward_out - judge what leaves the IP stack
 * @priv: the namespace's struct uvn_net
 * @skb: a packet
 * @state: of POST_ROUTING, where every packet comes by that a user's socket sends;
 *	or of LOCAL_OUT, for one that has no socket, as an ipvlan device sends it
 *
 * Context: RCU read side, perhaps softirq.
 * Return: %NF_ACCEPT or %NF_DROP.
 */
unsigned int uvn_forward_out(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	const struct sock *sk = state->sk;
	struct uvn_net *un = priv;
	const struct uvn_config *cfg = rcu_dereference(un->config);
	struct uvn_forward fw;

	if (likely(!uvn_forward_ip(cfg, skb, state->pf, &fw)))
		return likely(sk || !cfg->n_publishes) ? NF_ACCEPT :
		       uvn_forward_inbound(un, cfg, skb, state);
	if (sk ? uvn_forward_may_sk(un, sk) :
		 uvn_forward_is_transit(un->net, cfg, &fw, NULL))
		return NF_ACCEPT;
	return uvn_forward_deny(un, sk ? UVN_REASON_VXLAN_PORT :
					 UVN_REASON_FORWARDED, &fw,
				IPPROTO_UDP,
				sk && sk_fullsock(sk) && !sk->sk_kern_sock ?
				sk : NULL, NULL, state->out);
}

/* From one port of a bridge to another. */
static unsigned int __maybe_unused
uvn_forward_bridge(void *priv, struct sk_buff *skb,
		   const struct nf_hook_state *state)
{
	struct uvn_net *un = priv;
	const struct uvn_config *cfg = rcu_dereference(un->config);
	struct uvn_forward fw;

	if (likely(!uvn_forward_is_vxlan(cfg, skb, skb->protocol, 0, &fw)) ||
	    uvn_forward_is_transit(un->net, cfg, &fw, state->in))
		return NF_ACCEPT;
	return uvn_forward_deny(un, UVN_REASON_FORWARDED, &fw, IPPROTO_UDP,
				NULL, state->in, state->out);
}

/* From a port of a bridge to the bridge, which may be a lower device: whoever is on
 * the wire is trusted, but not whom this node has at the bridge.
 */
static unsigned int __maybe_unused
uvn_forward_bridge_in(void *priv, struct sk_buff *skb,
		      const struct nf_hook_state *state)
{
	struct uvn_net *un = priv;
	const struct uvn_config *cfg = rcu_dereference(un->config);
	struct uvn_forward fw;

	if (likely(!uvn_forward_is_guest(state->in)) ||
	    !uvn_forward_is_vxlan(cfg, skb, skb->protocol, 0, &fw) ||
	    uvn_forward_is_transit(un->net, cfg, &fw, state->in))
		return NF_ACCEPT;
	return uvn_forward_deny(un, UVN_REASON_FORWARDED, &fw, IPPROTO_UDP,
				NULL, state->in, skb->dev);
}

/* A packet socket of this namespace's is root's. */
static bool uvn_forward_is_root(const struct net *net, const struct sock *sk)
{
	return sk && sk_fullsock(sk) && sk->sk_family == AF_PACKET &&
	       net_eq(sock_net(sk), net);
}

/**
 * uvn_forward_egress - judge what leaves by a device that others use
 * @priv: the namespace's struct uvn_net
 * @skb: a packet, data at its link-layer header
 * @state: of the device's egress
 *
 * What the IP stack of this namespace has routed has been judged there. The rest is
 * from macvlan and ipvlan devices, ports of a switch, or passed on by netfilter.
 *
 * Context: RCU read side, bottom halves off.
 * Return: %NF_ACCEPT or %NF_DROP.
 */
unsigned int uvn_forward_egress(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state)
{
	const struct dst_entry *dst = skb_dst(skb);
	const struct uvn_config *cfg;
	struct uvn_net *un = priv;
	const struct ethhdr *eth;
	struct uvn_forward fw;
	struct ethhdr copy;
	__be16 proto;
	int offset;

	if (likely(dst && dst->dev && net_eq(dev_net(dst->dev), un->net)))
		return NF_ACCEPT;
	cfg = rcu_dereference(un->config);
	proto = skb->protocol;
	offset = skb_network_offset(skb);
	if (likely(state->out->type == ARPHRD_ETHER)) {
		eth = skb_header_pointer(skb, 0, sizeof(copy), &copy);
		if (!eth)
			return NF_ACCEPT;
		proto = eth->h_proto;
		offset = sizeof(*eth);
	}
	if (likely(!uvn_forward_is_vxlan(cfg, skb, proto, offset, &fw)) ||
	    uvn_forward_is_root(un->net, skb->sk) ||
	    uvn_forward_is_transit(un->net, cfg, &fw, NULL))
		return NF_ACCEPT;
	return uvn_forward_deny(un, UVN_REASON_FORWARDED, &fw, IPPROTO_UDP,
				NULL, NULL, state->out);
}

static void uvn_forward_register(struct work_struct *work)
{
	static const struct nf_hook_ops ops[] = {
		{
			.hook = uvn_forward_out,
			.pf = NFPROTO_IPV4,
			.hooknum = NF_INET_POST_ROUTING,
			.priority = UVN_FORWARD_PRIORITY,
		}, {
			.hook = uvn_forward_out,
			.pf = NFPROTO_IPV6,
			.hooknum = NF_INET_POST_ROUTING,
			.priority = UVN_FORWARD_PRIORITY,
		},
	};
	struct uvn_net *un = container_of(work, struct uvn_net, forward.work);

	/* Without memory the next packet asks again. */
	if (un->forward.out_on ||
	    uvn_netns_hook(un, un->forward.out, ops, ARRAY_SIZE(ops)))
		return;
	/* Who sees it knows that packets are judged. */
	smp_store_release(&un->forward.out_on, true);
}

/**
 * uvn_forward_init - prepare a namespace
 * @un: namespace
 */
void uvn_forward_init(struct uvn_net *un)
{
	INIT_WORK(&un->forward.work, uvn_forward_register);
}

/**
 * uvn_forward_open - judge what passes through a namespace
 * @un: namespace; its lock is held
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int uvn_forward_open(struct uvn_net *un)
{
	static const struct nf_hook_ops ops[UVN_FORWARD_HOOKS] = {
		{
			.hook = uvn_forward_pass,
			.pf = NFPROTO_IPV4,
			.hooknum = NF_INET_FORWARD,
			.priority = UVN_FORWARD_PRIORITY,
		}, {
			.hook = uvn_forward_pass,
			.pf = NFPROTO_IPV6,
			.hooknum = NF_INET_FORWARD,
			.priority = UVN_FORWARD_PRIORITY,
		},
#ifdef CONFIG_NETFILTER_FAMILY_BRIDGE
		{
			.hook = uvn_forward_bridge,
			.pf = NFPROTO_BRIDGE,
			.hooknum = NF_BR_FORWARD,
			.priority = UVN_FORWARD_PRIORITY,
		}, {
			.hook = uvn_forward_bridge_in,
			.pf = NFPROTO_BRIDGE,
			.hooknum = NF_BR_LOCAL_IN,
			.priority = UVN_FORWARD_PRIORITY,
		},
#endif
	};
	int err = uvn_netns_hook(un, un->forward.ops, ops, ARRAY_SIZE(ops));

	if (!err)
		WRITE_ONCE(un->forward.open, true);
	return err;
}

/**
 * uvn_forward_close - judge it no more
 * @un: namespace, disarmed
 *
 * Context: may sleep.
 */
void uvn_forward_close(struct uvn_net *un)
{
	WRITE_ONCE(un->forward.open, false);
	nf_unregister_net_hooks(un->net, un->forward.ops, ARRAY_SIZE(un->forward.ops));
	/* Packets in these hooks, or in the guard, may want the others still. */
	synchronize_net();
	cancel_work_sync(&un->forward.work);
	if (un->forward.out_on)
		nf_unregister_net_hooks(un->net, un->forward.out,
					ARRAY_SIZE(un->forward.out));
	un->forward.out_on = false;
}
