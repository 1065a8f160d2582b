// SPDX-License-Identifier: GPL-2.0
/*
 * Users' packets that the site's own rules lead out of their network, and the answers. A
 * service in a container is published so: what comes for an address of the node is
 * given another destination (DNAT), of which no user's network knows.
 *
 *	out	Of a packet from another node, PRE_ROUTING of the user's VRF has changed the
 *		destination. It goes on as if the lower device had received it: routed,
 *		forwarded and judged as it would be without uvn. What a user's socket on
 *		the node sends is routed anew as its destination is changed, in LOCAL_OUT.
 *	back	An answer is routed and judged as it would be without uvn, too. Where it is
 *		about to be received (LOCAL_IN), or to leave for another node
 *		(POST_ROUTING), it goes into the user's VRF instead.
 *
 * Whose a flow is says its zone of connection tracking (zone.c), which is given to what
 * is in a user's VRF and to nothing else. Who gives packets another destination is the
 * site alone, so that nobody goes this way without a rule of the site's.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/rtnetlink.h>
#include <net/dst.h>
#include <net/inet_dscp.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_nat.h>
#include <net/route.h>

#include "config/config.h"
#include "config/publish.h"
#include "config/subnet.h"
#include "core/denial.h"
#include "core/netns.h"
#include "core/packet.h"
#include "core/traffic.h"
#include "core/user.h"
#include "core/zone.h"
#include "overlay/led.h"
#include "overlay/vrf-enter.h"
#include "underlay/lower.h"
#include "underlay/route.h"

/* To where the packet is forwarded, had @in received it. */
static bool uvn_led_route4(struct sk_buff *skb, struct net_device *in)
{
	const struct iphdr *iph = ip_hdr(skb);

	return !ip_route_input(skb, iph->daddr, iph->saddr,
			       inet_dsfield_to_dscp(iph->tos), in) &&
	       skb_rtable(skb)->rt_type == RTN_UNICAST;
}

static bool uvn_led_route6(struct net *net, struct sk_buff *skb, struct net_device *in)
{
	const struct ipv6hdr *ip6 = ipv6_hdr(skb);
	struct flowi6 fl6 = {
		.flowi6_iif = in->ifindex,
		.flowi6_mark = skb->mark,
		.flowi6_proto = ip6->nexthdr,
		.flowlabel = ip6_flowinfo(ip6),
		.daddr = ip6->daddr,
		.saddr = ip6->saddr,
	};
	struct dst_entry *dst;

	dst = ip6_route_input_lookup(net, in, &fl6, skb, RT6_LOOKUP_F_HAS_SADDR);
	skb_dst_set(skb, dst);
	return !dst->error && !(((struct rt6_info *)dst)->rt6i_flags &
				(RTF_LOCAL | RTF_ANYCAST));
}

/* No flowtable takes the flow past the hooks: it passes by what has a helper, or place
 * for one.
 */
static void uvn_led_keep(const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (!nf_ct_is_confirmed(ct))
		nf_ct_helper_ext_add(ct, GFP_ATOMIC);
}

/**
 * uvn_led_out - have a packet go on as if the lower device had received it
 * @user: whose VRF has received it
 * @skb: the packet, to which PRE_ROUTING has given a destination that is not in the VRF
 * @family: of it
 * @in: the lower device by which it came
 *
 * Context: RCU read side.
 * Return: true if it has a route; false if it must not go on.
 */
bool uvn_led_out(struct uvn_user *user, struct sk_buff *skb, u8 family,
		 struct net_device *in)
{
	struct uvn_net *un = user->un;
	enum ip_conntrack_dir dir;

	uvn_zone_leave(un, skb);
	if (uvn_zone_led(un, skb, &dir) != user || dir != IP_CT_DIR_ORIGINAL)
		return false;
	uvn_led_keep(skb);
	skb->dev = in;
	skb->skb_iif = in->ifindex;
	if (family == AF_INET) {
		IPCB(skb)->iif = in->ifindex;
		return uvn_led_route4(skb, in);
	}
	IP6CB(skb)->iif = in->ifindex;
	return uvn_led_route6(un->net, skb, in);
}

/* Whose packet is it, if it is of a user's flow and goes there? */
static struct uvn_user *uvn_led_owner(const struct uvn_net *un, const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	return ct && CTINFO2DIR(ctinfo) == IP_CT_DIR_ORIGINAL ?
	       uvn_zone_owner(un, ct) : NULL;
}

/* May it be given another destination? Not any more, of a flow that goes on without. */
static bool uvn_led_may_be(const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	return ct && (!nf_nat_initialized(ct, NF_NAT_MANIP_DST) ||
		      READ_ONCE(ct->status) & IPS_DST_NAT);
}

static bool uvn_led_is_unicast(const struct sk_buff *skb, u8 family)
{
	return family == AF_INET ?
	       !(skb_rtable(skb)->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)) :
	       !ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr);
}

/* The state is const to hooks, but a variable of whoever calls them (nf-view.c). */
static void uvn_led_show_sk(const struct nf_hook_state *state, struct sock *sk)
{
	((struct nf_hook_state *)state)->sk = sk;
}

/**
 * uvn_led_before - a user's packet is about to be given another destination
 * @priv: the namespace's struct uvn_net
 * @skb: a packet
 * @state: of LOCAL_OUT, right before translation
 *
 * Translation routes what it changes in the VRF to which the socket is bound, or which
 * the packet's route is of. Where that has no routes off the subnets, which come with a
 * pool, it is shown a packet without such a socket, and with a route by lo.
 *
 * Context: RCU read side.
 * Return: %NF_ACCEPT
 */
unsigned int uvn_led_before(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	static const union nf_inet_addr lo[2] = {
		{ .ip = htonl(INADDR_LOOPBACK) }, { .in6 = IN6ADDR_LOOPBACK_INIT },
	};
	int i = state->pf == NFPROTO_IPV6;
	struct uvn_net *un = priv;
	struct dst_entry *dst;

	if (!uvn_in_vrf(skb_dst(skb)->dev) || !state->sk || state->sk != skb->sk ||
	    !uvn_led_may_be(skb) ||
	    uvn_config_has_pool(rcu_dereference(un->config), state->pf) ||
	    !uvn_led_is_unicast(skb, state->pf) || !uvn_led_owner(un, skb))
		return NF_ACCEPT;
	dst = uvn_route_lookup(un->net, 0, state->pf, &lo[i], &lo[i], 0);
	if (IS_ERR(dst))
		return NF_ACCEPT;
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	uvn_led_show_sk(state, NULL);
	return NF_ACCEPT;
}

/* A route in the VRF, if that is the way. */
static bool uvn_led_stays(const struct uvn_user *user, struct sk_buff *skb, u8 family)
{
	int vrf = READ_ONCE(user->vrf);

	return vrf && uvn_route_into(user->un->net, vrf, skb, family);
}

/**
 * uvn_led_behind - a user's packet may have been given another destination
 * @priv: the namespace's struct uvn_net
 * @skb: a packet
 * @state: of LOCAL_OUT, right behind translation
 *
 * What uvn_led_before() has changed is as it was. What the VRF has a way for stays
 * there, and what would enter the node's own network by lo goes nowhere.
 *
 * Context: RCU read side.
 * Return: %NF_ACCEPT or %NF_DROP.
 */
unsigned int uvn_led_behind(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	struct uvn_user *user;

	if (likely(state->sk || !skb->sk))
		return NF_ACCEPT;
	user = uvn_led_owner(priv, skb);
	if (!user)
		return NF_ACCEPT;
	uvn_led_show_sk(state, skb->sk);
	return uvn_led_stays(user, skb, state->pf) ||
	       !(skb_dst(skb)->dev->flags & IFF_LOOPBACK) ? NF_ACCEPT : NF_DROP;
}

/**
 * uvn_led_in - hand an answer that another device has received to the user's VRF
 * @priv: the namespace's struct uvn_net
 * @skb: a packet for the node
 * @state: of LOCAL_IN
 *
 * Context: RCU read side, bottom halves off.
 * Return: %NF_ACCEPT, or %NF_DROP if the VRF is not there.
 */
unsigned int uvn_led_in(void *priv, struct sk_buff *skb,
			const struct nf_hook_state *state)
{
	enum ip_conntrack_dir dir;
	struct uvn_user *user = uvn_zone_led(priv, skb, &dir);

	if (likely(!user) || dir != IP_CT_DIR_REPLY || uvn_in_vrf(skb->dev))
		return NF_ACCEPT;
	/* It may have been taken for another socket's. */
	skb_orphan(skb);
	return uvn_vrf_enter(user, skb, state->pf) ? NF_ACCEPT : NF_DROP;
}

/* An answer for another node leaves by the user's VRF. It may be larger than that lets
 * through, and so may be the fragments that it came in: whoever sent it knows nothing of
 * VXLAN, and need not learn of it.
 */
static unsigned int uvn_led_back(struct uvn_user *user, struct sk_buff *skb, u8 family)
{
	if (!uvn_led_stays(user, skb, family))
		return NF_DROP;
	skb->dev = skb_dst(skb)->dev;
	skb->ignore_df = 1;
	if (family == AF_INET)
		IPCB(skb)->frag_max_size = 0;
	else
		IP6CB(skb)->frag_max_size = 0;
	return NF_ACCEPT;
}

/* Where no rule of the site's leads a user: VXLAN of other nodes, and users' ports there
 * that are published to whom it would seem to come from. Addresses of a pool leave no
 * node; and what is neither TCP, UDP nor ICMP is not for users.
 */
static u32 uvn_led_reason(const struct uvn_config *cfg, const struct sk_buff *skb,
			  u8 family, const struct uvn_packet *p)
{
	if (uvn_config_pool(cfg, family, uvn_packet_saddr(skb, family)) ||
	    uvn_config_pool(cfg, family, uvn_packet_daddr(skb, family)))
		return UVN_REASON_TRANSLATION;
	if (!uvn_packet_has_ports(p))
		return p->protocol ? UVN_REASON_NONE : UVN_REASON_NETWORK;
	if (p->protocol == IPPROTO_UDP && uvn_subnet_is_port(cfg, p->dport))
		return UVN_REASON_VXLAN_PORT;
	return uvn_publish_is_open(cfg, p->protocol, p->dport, family,
				   uvn_packet_saddr(skb, family)) ?
	       UVN_REASON_NETWORK : UVN_REASON_NONE;
}

static unsigned int uvn_led_judge(struct uvn_user *user, const struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	struct uvn_net *un = user->un;
	const struct uvn_config *cfg = rcu_dereference(un->config);
	struct uvn_denial denial = {
		.uid = user->uid,
		.operation = UVN_OPERATION_FORWARD,
		.audit = cfg->audit,
		.atomic = true,
		.family = state->pf,
		.out = state->out,
		.addr_len = state->pf == NFPROTO_IPV4 ?
			    sizeof(struct in_addr) : sizeof(struct in6_addr),
		.saddr = uvn_packet_saddr(skb, state->pf),
		.daddr = uvn_packet_daddr(skb, state->pf),
	};
	struct uvn_packet p;

	if (!uvn_packet_parse(skb, state->pf, &p))
		p = (struct uvn_packet){};
	denial.reason = uvn_led_reason(cfg, skb, state->pf, &p);
	if (likely(denial.reason == UVN_REASON_NONE))
		return NF_ACCEPT;
	denial.protocol = p.protocol;
	denial.type = p.protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
	uvn_denial_report(un, &denial);
	return denial.audit ? NF_ACCEPT : NF_DROP;
}

/**
 * uvn_led_post - a packet leaves; is it one that is led, or an answer to one?
 * @priv: the namespace's struct uvn_net
 * @skb: a packet, translated
 * @state: of POST_ROUTING
 *
 * What goes by lo comes to LOCAL_IN.
 *
 * Context: RCU read side.
 * Return: %NF_ACCEPT or %NF_DROP.
 */
unsigned int uvn_led_post(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	enum ip_conntrack_dir dir;
	struct uvn_user *user = uvn_zone_led(priv, skb, &dir);

	if (likely(!user) || uvn_in_vrf(skb_dst(skb)->dev))
		return NF_ACCEPT;
	if (dir == IP_CT_DIR_ORIGINAL) {
		/* What came from another node the VRF has counted. */
		if (!state->in)
			uvn_traffic_count(READ_ONCE(user->traffic.cpu),
					  UVN_TRAFFIC_OFF_TX, skb->len);
		return uvn_led_judge(user, skb, state);
	}
	return state->out->flags & IFF_LOOPBACK ? NF_ACCEPT :
	       uvn_led_back(user, skb, state->pf);
}
