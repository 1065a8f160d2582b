// SPDX-License-Identifier: GPL-2.0
/*
 * Inbound flows: those from outside to published ports.
 *
 *	in	PRE_ROUTING, behind everybody: a packet for a port that a user has
 *		goes into that user's VRF, without routing
 *	out	LOCAL_OUT, from the guard: an answer to such a flow is routed in the
 *		default VRF, and goes as the system's own packets do
 *
 * Connection tracking knows which flows are inbound, in a zone of its own: in the
 * user's network there may be another flow with the same addresses.
 *
 * No managed user begins one. To a node's address on a subnet a user's packets go in
 * the user's own network; to others what is translated has ports that no inbound flow
 * may come from, and all else says that it is a user's (user-mark.c). And what a user
 * may send as an answer begins none on another node: by TCP a flow begins with a SYN,
 * which answers nothing; by UDP an inbound flow does not come from a published port, as
 * answers do.
 */
#include <linux/icmp.h>
#include <linux/inetdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/netfilter/nf_nat.h>

#include "config/config.h"
#include "core/denial.h"
#include "core/event.h"
#include "core/flows.h"
#include "core/netns.h"
#include "core/packet.h"
#include "core/traffic.h"
#include "core/user.h"
#include "external/claim.h"
#include "external/inbound.h"
#include "external/nat.h"
#include "external/port-claim.h"
#include "external/user-mark.h"
#include "overlay/vrf-rx.h"
#include "underlay/lower.h"
#include "underlay/route.h"

/* Of connection tracking; any that nobody else on the host uses. */
#define UVN_INBOUND_ZONE	30302

static void uvn_inbound_init_zone(struct nf_conntrack_zone *zone)
{
	nf_ct_zone_init(zone, UVN_INBOUND_ZONE, NF_CT_DEFAULT_ZONE_DIR, 0);
}

/* Whose the published flow is that a packet with @tuple belongs to in direction
 * @dir.
 */
static struct uvn_user *uvn_inbound_host(struct uvn_net *un,
					 const struct nf_conntrack_tuple *tuple,
					 enum ip_conntrack_dir dir)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_zone zone;
	struct uvn_user *user = NULL;
	struct nf_conn *ct;

	uvn_inbound_init_zone(&zone);
	h = nf_conntrack_find_get(un->net, &zone, tuple);
	if (!h)
		return NULL;
	ct = nf_ct_tuplehash_to_ctrack(h);
	if (NF_CT_DIRECTION(h) == dir)
		user = uvn_flows_user(un, ct, UVN_FLOWS_PUBLISHED);
	nf_ct_put(ct);
	return user;
}

/* Track the packet in our zone, whatever it was tracked as before. */
static struct nf_conn *uvn_inbound_track(struct uvn_net *un,
					 struct sk_buff *skb,
					 const struct nf_hook_state *state,
					 enum ip_conntrack_info *ctinfo)
{
	struct nf_conn *ct;

	nf_reset_ct(skb);
	nf_conntrack_get(&un->inbound.template->ct_general);
	nf_ct_set(skb, un->inbound.template, IP_CT_NEW);
	if (nf_conntrack_in(skb, state) != NF_ACCEPT)
		return NULL;
	ct = nf_ct_get(skb, ctinfo);
	return ct && !nf_ct_is_template(ct) ? ct : NULL;
}

/* The answer by UDP of a socket that hears at all addresses has the source of its
 * route. Off the subnets that is the CGNAT address, so a question to another
 * address is made to be for that one.
 */
static bool uvn_inbound_redirect(const struct uvn_user *user,
				 struct nf_conn *ct, u8 family)
{
	struct nf_nat_range2 range = { .flags = NF_NAT_RANGE_MAP_IPS };
	const struct nf_conntrack_tuple *tuple =
		&ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;

	if (uvn_route_source(user->un->net, READ_ONCE(user->vrf), family,
			     &tuple->src.u3, &range.min_addr) ||
	    nf_inet_addr_cmp(&range.min_addr, &tuple->dst.u3))
		return true;
	range.max_addr = range.min_addr;
	return nf_nat_setup_info(ct, &range, NF_NAT_MANIP_DST) == NF_ACCEPT;
}

/* May a user have sent it, as something else than an inbound flow? */
static bool uvn_inbound_is_users(const struct uvn_config *cfg,
				 const struct sk_buff *skb, u8 family,
				 const struct uvn_packet *p)
{
	return uvn_config_is_nat(cfg, p->sport) ||
	       (p->protocol == IPPROTO_UDP ?
		uvn_publish_is_port(cfg, IPPROTO_UDP, ntohs(p->sport)) :
		uvn_user_mark_has(skb, family, p));
}

/* Is it for an address that this node has, and others know? */
static bool uvn_inbound_is_here(struct uvn_net *un, const struct sk_buff *skb,
				u8 family)
{
	const struct ipv6hdr *ip6 = ipv6_hdr(skb);
	const struct iphdr *iph = ip_hdr(skb);
	int from, to;

	if (family == AF_INET)
		return !ipv4_is_loopback(iph->daddr) &&
		       !ipv4_is_loopback(iph->saddr) &&
		       inet_addr_type_table(un->net, iph->daddr,
					    RT_TABLE_LOCAL) == RTN_LOCAL;
	from = ipv6_addr_type(&ip6->saddr);
	to = ipv6_addr_type(&ip6->daddr);
	return from & IPV6_ADDR_UNICAST &&
	       !((from | to) & (IPV6_ADDR_LOOPBACK | IPV6_ADDR_LINKLOCAL)) &&
	       ipv6_chk_addr(un->net, &ip6->daddr, NULL, 0);
}

static void uvn_inbound_begun(struct uvn_user *user, const struct sk_buff *skb,
			      const struct uvn_packet *p, u8 family)
{
	struct uvn_net *un = user->un;

	atomic64_inc(&user->published);
	if (__ratelimit(&un->inbound.events))
		uvn_event_published(user, skb, p, family,
				    atomic_xchg(&un->inbound.suppressed, 0));
	else
		atomic_inc(&un->inbound.suppressed);
}

/* The user has as many inbound flows as may be. */
static bool uvn_inbound_refuse(struct uvn_user *user, const struct sk_buff *skb,
			       const struct nf_hook_state *state,
			       const struct uvn_packet *p, u32 reason)
{
	struct uvn_net *un = user->un;
	struct uvn_denial denial = {
		.uid = user->uid,
		.reason = reason,
		.audit = rcu_dereference(un->config)->audit,
		.atomic = true,
		.family = state->pf,
		.type = p->protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM,
		.protocol = p->protocol,
		.out = state->in,
		.addr_len = state->pf == NFPROTO_IPV4 ?
			    sizeof(struct in_addr) : sizeof(struct in6_addr),
		.saddr = uvn_packet_saddr(skb, state->pf),
		.daddr = uvn_packet_daddr(skb, state->pf),
	};

	uvn_denial_report(un, &denial);
	return !denial.audit;
}

/* A flow of another's, who had the port before, is over as another begins. */
static struct nf_conn *uvn_inbound_track_for(struct uvn_user *user,
					     struct sk_buff *skb,
					     const struct nf_hook_state *state,
					     enum ip_conntrack_info *ctinfo)
{
	struct uvn_net *un = user->un;
	struct nf_conn *ct = uvn_inbound_track(un, skb, state, ctinfo);

	if (!ct || !nf_ct_is_confirmed(ct) ||
	    uvn_flows_user(un, ct, UVN_FLOWS_PUBLISHED) == user)
		return ct;
	nf_ct_kill(ct);
	return uvn_inbound_track(un, skb, state, ctinfo);
}

/* A packet from outside goes to the user, and may be the first of its flow,
 * @known if that is there already; the socket hears at all addresses if @any.
 */
static bool uvn_inbound_deliver(struct uvn_user *user, struct sk_buff *skb,
				const struct nf_hook_state *state,
				const struct uvn_packet *p, bool known, bool any)
{
	enum ip_conntrack_info ctinfo;
	u32 reason = UVN_REASON_NONE;
	struct nf_conn *ct;
	bool fresh;

	if (!known && uvn_flows_is_full(user, UVN_FLOWS_PUBLISHED) &&
	    uvn_inbound_refuse(user, skb, state, p, UVN_REASON_FLOWS))
		return false;
	ct = uvn_inbound_track_for(user, skb, state, &ctinfo);
	if (!ct)
		return false;
	fresh = !nf_ct_is_confirmed(ct) && !p->error;
	if (fresh)
		reason = uvn_flows_take(user, UVN_FLOWS_PUBLISHED, ct,
					rcu_dereference(user->un->config)->audit);
	if (reason && (uvn_inbound_refuse(user, skb, state, p, reason) ||
		       reason != UVN_REASON_FLOWS))
		return false;
	if (fresh && any && p->protocol == IPPROTO_UDP &&
	    !uvn_inbound_redirect(user, ct, state->pf))
		return false;
	if (nf_conntrack_confirm(skb) != NF_ACCEPT)
		return false;
	if (fresh)
		uvn_inbound_begun(user, skb, p, state->pf);
	/* Another packet of the flow may have been faster. */
	ct = nf_ct_get(skb, &ctinfo);
	return ct &&
	       uvn_flows_user(user->un, ct, UVN_FLOWS_PUBLISHED) == user &&
	       uvn_nat_mangle(skb, ct, ctinfo, NF_INET_PRE_ROUTING,
			      state->pf) &&
	       uvn_vrf_rx_deliver(user, skb, state->pf);
}

/* An error about a packet of a published flow is for who sent that. */
static unsigned int uvn_inbound_error(struct uvn_net *un, struct sk_buff *skb,
				      const struct nf_hook_state *state,
				      const struct uvn_packet *p)
{
	struct nf_conntrack_tuple quoted, tuple;
	struct uvn_user *user;

	/* What left had the addresses of the other way. */
	if (!nf_ct_get_tuplepr(skb, p->offset + sizeof(struct icmphdr),
			       state->pf, un->net, &quoted) ||
	    !nf_ct_invert_tuple(&tuple, &quoted))
		return NF_ACCEPT;
	user = uvn_inbound_host(un, &tuple, IP_CT_DIR_ORIGINAL);
	if (!user)
		return NF_ACCEPT;
	return uvn_inbound_deliver(user, skb, state, p, true, false) ?
	       NF_STOLEN : NF_DROP;
}

static unsigned int uvn_inbound_decide(struct uvn_net *un, struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);
	struct nf_conntrack_tuple tuple;
	struct uvn_user *user, *host;
	struct uvn_packet p;
	bool any = false;

	if (!uvn_packet_parse(skb, state->pf, &p))
		return NF_ACCEPT;
	if (unlikely(p.error))
		return uvn_inbound_error(un, skb, state, &p);
	if (!uvn_packet_has_ports(&p) ||
	    !uvn_publish_is_open(cfg, p.protocol, p.dport, state->pf,
				 uvn_packet_saddr(skb, state->pf)) ||
	    uvn_inbound_is_users(cfg, skb, state->pf, &p) ||
	    !uvn_inbound_is_here(un, skb, state->pf) ||
	    !nf_ct_get_tuplepr(skb, skb_network_offset(skb), state->pf,
			       un->net, &tuple))
		return NF_ACCEPT;
	host = uvn_inbound_host(un, &tuple, IP_CT_DIR_ORIGINAL);
	user = host;
	/* One of a flow's may be marked by chance, and then is lost, as any may be. */
	if (p.protocol == IPPROTO_UDP && unlikely(uvn_user_mark_has(skb, state->pf, &p)))
		return host ? NF_DROP : NF_ACCEPT;
	/* A user has asked from there before the port was published. */
	if (p.protocol == IPPROTO_UDP && !host &&
	    unlikely(uvn_claim_of_packet(un, skb, state->pf, &p)))
		return NF_ACCEPT;
	/* By UDP nothing says that a flow has ended, and another has the port. */
	if (uvn_user_mark_is_syn(skb, state->pf, &p) ||
	    (p.protocol == IPPROTO_UDP &&
	     (!host || host != uvn_port_claim_owner(un, p.protocol,
						    ntohs(p.dport)))))
		user = uvn_port_claim_find(un, skb, &p, state, &any);
	if (!user)
		return NF_ACCEPT;
	return uvn_inbound_deliver(user, skb, state, &p, user == host, any) ?
	       NF_STOLEN : NF_DROP;
}

/* What came from outside all user networks, for this host. */
static bool uvn_inbound_concerns(const struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	return skb->pkt_type == PACKET_HOST && !uvn_in_vrf(skb->dev);
}

static unsigned int uvn_inbound_in(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	struct uvn_net *un = priv;
	unsigned int verdict;

	if (!uvn_inbound_concerns(skb, state))
		return NF_ACCEPT;
	verdict = uvn_packet_defrag(un, skb, state->pf);
	return verdict == NF_ACCEPT ? uvn_inbound_decide(un, skb, state) : verdict;
}

/**
 * uvn_inbound_replies - does a user's packet belong to a published flow?
 * @un: namespace
 * @vrf: ifindex of the VRF that sends it, or 0 for a packet of the kernel's own
 *	that has left it, as what stands for a socket in the making sends
 * @skb: the packet
 * @family: of it
 *
 * Context: RCU read side, perhaps softirq.
 */
struct uvn_user *uvn_inbound_replies(struct uvn_net *un, int vrf,
				     const struct sk_buff *skb, u8 family)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);
	struct nf_conntrack_tuple tuple;
	struct uvn_user *user;
	struct uvn_packet p;

	if (!uvn_packet_parse(skb, family, &p) ||
	    !uvn_packet_has_ports(&p) ||
	    !uvn_publish_is_open(cfg, p.protocol, p.sport, family,
				 uvn_packet_daddr(skb, family)) ||
	    uvn_user_mark_is_syn(skb, family, &p) ||
	    !nf_ct_get_tuplepr(skb, skb_network_offset(skb), family, un->net,
			       &tuple))
		return NULL;
	user = uvn_inbound_host(un, &tuple, IP_CT_DIR_REPLY);
	return user && (!vrf || READ_ONCE(user->vrf) == vrf) ? user : NULL;
}

/**
 * uvn_inbound_out - send a packet of a published flow by the default VRF
 * @user: whose it is
 * @skb: the packet; its route becomes another one
 * @state: of LOCAL_OUT
 *
 * Context: RCU read side, perhaps softirq.
 * Return: true if it may go, false if it must not go at all.
 */
bool uvn_inbound_out(struct uvn_user *user, struct sk_buff *skb,
		     const struct nf_hook_state *state)
{
	struct uvn_net *un = user->un;
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct;

	ct = uvn_inbound_track(un, skb, state, &ctinfo);
	if (!ct || CTINFO2DIR(ctinfo) != IP_CT_DIR_REPLY ||
	    !uvn_nat_mangle(skb, ct, ctinfo, NF_INET_POST_ROUTING, state->pf) ||
	    uvn_route_again(un->net, 0, skb, state->pf))
		return false;
	/* The node's own system may have the other end tracked as its own. */
	if (skb_dst(skb)->dev->flags & IFF_LOOPBACK)
		nf_reset_ct(skb);
	uvn_traffic_count(READ_ONCE(user->traffic.cpu), UVN_TRAFFIC_OFF_TX,
			  skb->len);
	return true;
}

static int uvn_inbound_is_ours(struct nf_conn *ct, void *data)
{
	return nf_ct_zone_id(nf_ct_zone(ct), NF_CT_ZONE_DIR_ORIG) ==
	       UVN_INBOUND_ZONE;
}

/**
 * uvn_inbound_open - take in flows to published ports
 * @un: namespace; its lock is held
 * @cfg: the configuration, published or about to be
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int uvn_inbound_open(struct uvn_net *un, const struct uvn_config *cfg,
		     struct netlink_ext_ack *extack)
{
	static const struct nf_hook_ops ops[] = {
		{
			.hook = uvn_inbound_in,
			.pf = NFPROTO_IPV4,
			.hooknum = NF_INET_PRE_ROUTING,
			.priority = NF_IP_PRI_LAST - 1,
		}, {
			.hook = uvn_inbound_in,
			.pf = NFPROTO_IPV6,
			.hooknum = NF_INET_PRE_ROUTING,
			.priority = NF_IP6_PRI_LAST - 1,
		},
	};
	struct nf_conntrack_zone zone;
	int err;

	lockdep_assert_held(&un->lock);
	if (!cfg->n_publishes || un->inbound.on)
		return 0;
	uvn_inbound_init_zone(&zone);
	un->inbound.template = nf_ct_tmpl_alloc(un->net, &zone, GFP_KERNEL);
	if (!un->inbound.template)
		return -ENOMEM;
	__set_bit(IPS_CONFIRMED_BIT, &un->inbound.template->status);
	err = uvn_netns_hook(un, un->inbound.ops, ops, ARRAY_SIZE(ops));
	if (err) {
		NL_SET_ERR_MSG(extack, "netfilter hooks cannot be registered");
		nf_ct_put(un->inbound.template);
		return err;
	}
	/* Whoever sees it may use the template. */
	smp_store_release(&un->inbound.on, true);
	return 0;
}

/**
 * uvn_inbound_close - take them in no more
 * @un: namespace; its lock is held, or it is going away
 * @keep: configuration that may still want it, or NULL
 *
 * Context: may sleep.
 */
void uvn_inbound_close(struct uvn_net *un, const struct uvn_config *keep)
{
	struct nf_ct_iter_data data = { .net = un->net };

	if (!un->inbound.on || (keep && keep->n_publishes))
		return;
	WRITE_ONCE(un->inbound.on, false);
	nf_unregister_net_hooks(un->net, un->inbound.ops,
				ARRAY_SIZE(un->inbound.ops));
	/* Packets that are in a hook still. */
	synchronize_net();
	nf_ct_put(un->inbound.template);
	nf_ct_iterate_cleanup_net(uvn_inbound_is_ours, &data);
	xa_destroy(&un->port_claims);
}
