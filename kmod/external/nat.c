// SPDX-License-Identifier: GPL-2.0
/*
 * Off the subnets: packets of users are translated as they leave, and answers
 * are translated back and handed to the VRF of whose they are. TCP and UDP are not, but
 * for what two networks would have alike, and some of UDP: see claim.c.
 *
 * Connection tracking and translation are the kernel's, but called from here
 * and for users' packets alone: its own hooks are not registered, so that
 * nothing else is tracked. Where somebody else has them registered both ways
 * of a flow pass them as already tracked and translated.
 *
 *	out	LOCAL_OUT, from the guard: source CGNAT address -> outside
 *	in	PRE_ROUTING, behind everybody: an answer to a flow of ours goes
 *		into the VRF of the CGNAT address it is for, without routing
 *
 * Sources get ports of a range of their own (nat-ports), above those that the
 * system's connections get: the system's are not tracked. What the system sends
 * from a port of that range all the same, or as an echo with such an identifier,
 * is tracked, so that no answer to it can look like one to a user. Two users of two
 * nodes could meet through the translations of both: so users may not send there by
 * UDP, and a SYN is no answer; udp-claim.c has how they do not meet through claims.
 */
#include <linux/icmp.h>
#include <linux/inetdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/tcp.h>
#include <net/addrconf.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/netfilter/nf_nat.h>
#include <net/netfilter/nf_nat_masquerade.h>
#include <net/route.h>
#include <net/tcp_states.h>

#include "config/config.h"
#include "core/drop.h"
#include "core/flows.h"
#include "core/netns.h"
#include "core/packet.h"
#include "core/traffic.h"
#include "core/user.h"
#include "external/cgnat.h"
#include "external/claim-in.h"
#include "external/claim.h"
#include "external/nat-ports.h"
#include "external/nat.h"
#include "external/tcp-claim.h"
#include "external/udp-claim.h"
#include "overlay/vrf-rx.h"
#include "overlay/vrf.h"
#include "underlay/addrs.h"
#include "underlay/lower.h"

/* How often a flow that lost its port to another tries for a new one. */
#define UVN_NAT_TRIES	3

/**
 * uvn_nat_mangle - translate a packet of a flow
 * @skb: the packet
 * @ct: the flow
 * @ctinfo: which way the packet goes
 * @hook: PRE_ROUTING or POST_ROUTING, as which part of it is to be changed
 * @family: of the packet
 *
 * In an error about another packet that is changed too.
 *
 * Context: RCU read side, perhaps softirq.
 * Return: true if it is as it should be now.
 */
bool uvn_nat_mangle(struct sk_buff *skb, struct nf_conn *ct,
		    enum ip_conntrack_info ctinfo, unsigned int hook, u8 family)
{
	struct uvn_packet t;

	if (ctinfo != IP_CT_RELATED && ctinfo != IP_CT_RELATED_REPLY)
		return nf_nat_packet(ct, ctinfo, hook, skb) == NF_ACCEPT;
	if (!uvn_packet_parse(skb, family, &t))
		return false;
	if (!t.error)
		return nf_nat_packet(ct, ctinfo, hook, skb) == NF_ACCEPT;
	if (family == AF_INET)
		return nf_nat_icmp_reply_translation(skb, ct, ctinfo, hook);
	return nf_nat_icmpv6_reply_translation(skb, ct, ctinfo, hook, t.offset);
}

/**
 * uvn_nat_track - track a packet, if it has not been
 * @skb: the packet
 * @state: of the hook
 * @ctinfo: set to what it is in its flow
 *
 * Context: RCU read side, perhaps softirq.
 * Return: the flow, or NULL.
 */
struct nf_conn *uvn_nat_track(struct sk_buff *skb, const struct nf_hook_state *state,
			      enum ip_conntrack_info *ctinfo)
{
	struct nf_conn *ct = nf_ct_get(skb, ctinfo);

	if (ct && !nf_ct_is_template(ct))
		return ct;
	nf_reset_ct(skb);
	if (nf_conntrack_in(skb, state) != NF_ACCEPT)
		return NULL;
	ct = nf_ct_get(skb, ctinfo);
	return ct && !nf_ct_is_template(ct) ? ct : NULL;
}

/* A flow that was translated to the address of another interface is over; its
 * packets begin one that the far side does not know, and says so.
 */
static struct nf_conn *uvn_nat_moved(struct sk_buff *skb, struct nf_conn *ct,
				     const struct nf_hook_state *state,
				     enum ip_conntrack_info *ctinfo)
{
	struct nf_conn_nat *nat = nfct_nat(ct);

	if (!nat || !nf_nat_oif_changed(NF_INET_POST_ROUTING, *ctinfo, nat,
					state->out))
		return ct;
	nf_ct_kill(ct);
	nf_reset_ct(skb);
	return uvn_nat_track(skb, state, ctinfo);
}

/* Neither an address of this node nor a broadcast: users' tables do not know
 * all of those.
 */
static bool uvn_nat_is_elsewhere(struct uvn_net *un, const struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	if (state->pf == NFPROTO_IPV6)
		return !ipv6_chk_addr(un->net, &ipv6_hdr(skb)->daddr, NULL, 0);
	return inet_addr_type_table(un->net, ip_hdr(skb)->daddr,
				    RT_TABLE_LOCAL) == RTN_UNICAST;
}

/* Is the flow of a packet known? */
static bool uvn_nat_is_known(struct uvn_net *un, const struct sk_buff *skb,
			     u8 family)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_tuple tuple;

	if (!nf_ct_get_tuplepr(skb, skb_network_offset(skb), family, un->net,
			       &tuple))
		return false;
	h = nf_conntrack_find_get(un->net, &nf_ct_zone_dflt, &tuple);
	if (h)
		nf_ct_put(nf_ct_tuplehash_to_ctrack(h));
	return h;
}

/* In audit mode nobody is refused for having too many. */
static bool uvn_nat_is_refused(const struct uvn_config *cfg, u32 reason)
{
	return reason && !(cfg->audit && reason == UVN_REASON_FLOWS);
}

/* Have a new flow counted, translated and known: which fails if another flow has
 * its port, or has just got it. In audit mode also of who is over the limit.
 */
static u32 uvn_nat_begin(struct uvn_user *user, struct sk_buff *skb,
			 const struct nf_hook_state *state,
			 const struct uvn_pool *pool)
{
	struct uvn_net *un = user->un;
	const struct uvn_config *cfg = rcu_dereference(un->config);
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	u32 over = UVN_REASON_NONE, reason;
	struct uvn_nat_ports_try try = {};
	unsigned int tries;

	for (tries = 0; !nf_ct_is_confirmed(ct); tries++) {
		over = uvn_flows_take(user, UVN_FLOWS_TRANSLATED, ct,
				      cfg->audit);
		if (uvn_nat_is_refused(cfg, over))
			return over;
		if (tries > UVN_NAT_TRIES)
			return UVN_REASON_PORTS;
		reason = uvn_nat_ports_assign(user, ct, skb, state, pool, &try);
		if (reason)
			return reason;
		if (uvn_nat_ports_is_given(&try, ct) &&
		    nf_conntrack_confirm(skb) == NF_ACCEPT)
			break;
		nf_reset_ct(skb);
		ct = uvn_nat_track(skb, state, &ctinfo);
		if (!ct || CTINFO2DIR(ctinfo) != IP_CT_DIR_ORIGINAL)
			return UVN_REASON_TRANSLATION;
	}
	uvn_cgnat_note(&user->cgnat);
	return over;
}

static u32 uvn_nat_translate(struct uvn_net *un, struct uvn_user *user,
			     struct sk_buff *skb,
			     const struct nf_hook_state *state, bool may_begin)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);
	const struct uvn_pool *pool;
	enum ip_conntrack_info ctinfo;
	u32 over = UVN_REASON_NONE;
	struct nf_conn *ct;

	if (may_begin && uvn_flows_is_full(user, UVN_FLOWS_TRANSLATED) &&
	    !uvn_nat_is_known(un, skb, state->pf))
		return UVN_REASON_FLOWS;
	ct = uvn_nat_track(skb, state, &ctinfo);
	if (ct)
		ct = uvn_nat_moved(skb, ct, state, &ctinfo);
	if (!ct || CTINFO2DIR(ctinfo) != IP_CT_DIR_ORIGINAL)
		return UVN_REASON_TRANSLATION;
	if (!nf_ct_is_confirmed(ct) &&
	    !nf_nat_initialized(ct, NF_NAT_MANIP_SRC)) {
		if (!uvn_nat_is_elsewhere(un, skb, state))
			return UVN_REASON_TRANSLATION;
		pool = uvn_config_pool(cfg, state->pf,
				       uvn_packet_saddr(skb, state->pf));
		if (!pool || !may_begin)
			return UVN_REASON_TRANSLATION;
		/* The flow would keep another interface's address. */
		if (state->pf == NFPROTO_IPV6 &&
		    uvn_addr_is_none(&pool->snat) &&
		    uvn_addrs_is_soon(state->out))
			return UVN_NAT_LOST;
		over = uvn_nat_begin(user, skb, state, pool);
		if (uvn_nat_is_refused(cfg, over))
			return over;
		/* Perhaps the one that another packet of the flow began. */
		ct = nf_ct_get(skb, &ctinfo);
	}
	/* Somebody else's, from before: not ours to send. */
	if (!ct || !(ct->status & IPS_SRC_NAT) ||
	    !uvn_nat_mangle(skb, ct, ctinfo, NF_INET_POST_ROUTING, state->pf) ||
	    nf_conntrack_confirm(skb) != NF_ACCEPT)
		return UVN_REASON_TRANSLATION;
	uvn_traffic_count(READ_ONCE(user->traffic.cpu), UVN_TRAFFIC_OFF_TX,
			  skb->len);
	return over;
}

static bool uvn_nat_is_unicast(const struct sk_buff *skb, u8 family)
{
	if (family == AF_INET)
		return skb_rtable(skb)->rt_type == RTN_UNICAST;
	return !ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr) &&
	       !ipv6_unicast_destination(skb) &&
	       !(ipv6_addr_type(&ipv6_hdr(skb)->daddr) & IPV6_ADDR_LINKLOCAL);
}

/**
 * uvn_nat_is_source - is a packet's source an address of a pool?
 * @un: namespace
 * @skb: the packet
 * @family: of the packet
 *
 * Context: RCU read side.
 */
bool uvn_nat_is_source(struct uvn_net *un, const struct sk_buff *skb, u8 family)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);

	return uvn_config_pool(cfg, family, uvn_packet_saddr(skb, family));
}

/**
 * uvn_nat_is_nodes - may a packet of a user's leave with an address of the node's?
 * @un: namespace
 * @skb: the packet, of TCP or UDP, of a socket that is in a user's VRF
 * @family: of it
 *
 * It may if the user gets off the subnets at all: there is a pool.
 *
 * Context: RCU read side.
 */
bool uvn_nat_is_nodes(struct uvn_net *un, const struct sk_buff *skb, u8 family)
{
	const union nf_inet_addr *saddr = uvn_packet_saddr(skb, family);

	return uvn_config_has_pool(rcu_dereference(un->config), family) &&
	       !(family == AF_INET ? ipv4_is_loopback(saddr->ip) :
				     ipv6_addr_loopback(&saddr->in6)) &&
	       uvn_addrs_is_nodes(un->net, family, saddr);
}

/* Has somebody the hooks of connection tracking registered? Its own count of
 * users is not for modules, but where they stand is no secret.
 */
static bool uvn_nat_others_track(struct net *net, u8 family)
{
	const struct nf_hook_entries *e;
	struct nf_hook_ops **ops;
	unsigned int i;

	if (family == AF_INET)
		e = rcu_dereference(net->nf.hooks_ipv4[NF_INET_LOCAL_OUT]);
	else
		e = rcu_dereference(net->nf.hooks_ipv6[NF_INET_LOCAL_OUT]);
	if (!e)
		return false;
	ops = nf_hook_entries_get_hook_ops(e);
	for (i = 0; i < e->num_hook_entries; i++)
		if (ops[i]->priority == NF_IP_PRI_CONNTRACK)
			return true;
	return false;
}

/* Where all is tracked anyway, a connection is one of the user's in the table. */
static u32 uvn_nat_count(struct uvn_user *user, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	const struct uvn_config *cfg = rcu_dereference(user->un->config);
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct;

	if (!uvn_nat_others_track(user->un->net, state->pf))
		return UVN_REASON_NONE;
	if (uvn_flows_is_full(user, UVN_FLOWS_TRANSLATED))
		return UVN_REASON_FLOWS;
	ct = uvn_nat_track(skb, state, &ctinfo);
	if (!ct)
		return UVN_REASON_TRANSLATION;
	if (nf_ct_is_confirmed(ct))
		return UVN_REASON_NONE;
	uvn_cgnat_note(&user->cgnat);
	return uvn_flows_take(user, UVN_FLOWS_TRANSLATED, ct, cfg->audit);
}

/* Does it begin a connection? */
static bool uvn_nat_is_connect(const struct sock *sk)
{
	return sk && sk_fullsock(sk) && sk->sk_protocol == IPPROTO_TCP &&
	       sk->sk_state == TCP_SYN_SENT;
}

/* Can it begin a flow that has the port of its socket? A raw socket may name any. */
static bool uvn_nat_is_datagram(const struct sock *sk, const struct uvn_packet *t)
{
	return sk && sk_fullsock(sk) && sk->sk_protocol == IPPROTO_UDP &&
	       sk->sk_type == SOCK_DGRAM && inet_sk(sk)->inet_sport == t->sport;
}

/* Claim addresses and ports for a flow that begins, if it is not translated already. */
static bool uvn_nat_claim(struct uvn_user *user, int vrf, struct sk_buff *skb,
			  const struct nf_hook_state *state,
			  const struct uvn_packet *t)
{
	bool udp = t->protocol == IPPROTO_UDP;
	struct uvn_net *un = user->un;
	const struct uvn_pool *pool;

	if (!vrf || !(udp ? uvn_nat_is_datagram(state->sk, t) :
			    uvn_nat_is_connect(state->sk)))
		return false;
	pool = uvn_config_pool(rcu_dereference(un->config), state->pf,
			       uvn_packet_saddr(skb, state->pf));
	if ((udp && !uvn_udp_claim_is_fit(user, skb, state, t, pool)) ||
	    !uvn_nat_is_elsewhere(un, skb, state) ||
	    (pool && READ_ONCE(user->cgnat.translated) &&
	     uvn_nat_is_known(un, skb, state->pf)))
		return false;
	return udp ? uvn_udp_claim_may(user, skb, state, t, pool) :
		     uvn_tcp_claim_may(user, skb, state, t, pool);
}

/* A flow that is refused has no claim, so that its next packet is refused, too. */
static void uvn_nat_claim_not(struct uvn_net *un, const struct sk_buff *skb, u8 family,
			      const struct uvn_packet *t)
{
	struct uvn_claim *claim =
		uvn_claim_of(un, family, t->protocol, uvn_packet_saddr(skb, family),
			     uvn_packet_daddr(skb, family), t->dport, t->sport);

	if (claim)
		uvn_claim_end(un, claim);
}

/* A packet of TCP or UDP goes from the node's address, if it can; *@reason: if it may. */
static bool uvn_nat_claimed(struct uvn_user *user, int vrf, struct sk_buff *skb,
			    const struct nf_hook_state *state,
			    const struct uvn_packet *t, u32 *reason)
{
	struct uvn_net *un = user->un;

	*reason = UVN_REASON_NONE;
	if (unlikely(!(t->protocol == IPPROTO_UDP ?
		       uvn_udp_claim_out(user, skb, state, t) :
		       uvn_tcp_claim_out(user, skb, state, t)))) {
		if (!uvn_nat_claim(user, vrf, skb, state, t))
			return false;
		*reason = uvn_nat_count(user, skb, state);
		if (unlikely(uvn_nat_is_refused(rcu_dereference(un->config), *reason))) {
			uvn_nat_claim_not(un, skb, state->pf, t);
			return true;
		}
	}
	uvn_traffic_count(READ_ONCE(user->traffic.cpu), UVN_TRAFFIC_OFF_TX, skb->len);
	return true;
}

/**
 * uvn_nat_out - translate a packet that leaves by no network of a user
 * @un: namespace
 * @vrf: ifindex of the VRF that the socket is bound to; 0 for the kernel's own
 *	answers, which only go on with flows that there are
 * @skb: the packet
 * @state: of LOCAL_OUT
 *
 * Context: RCU read side, perhaps softirq.
 * Return: %UVN_REASON_NONE if it may leave, now translated; %UVN_NAT_LOST if this
 * packet may not, but a later one will; else why not. In audit mode it may be
 * translated although a limit says no.
 */
u32 uvn_nat_out(struct uvn_net *un, int vrf, struct sk_buff *skb,
		const struct nf_hook_state *state)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);
	const struct uvn_vrf *from = NULL;
	struct uvn_packet t;
	struct uvn_user *user;
	u32 reason;

	user = uvn_cgnat_owner(un, state->pf, uvn_packet_saddr(skb, state->pf));
	if (!user && vrf) {
		from = uvn_vrf_by_index(un->net, vrf);
		user = from ? from->user : NULL;
	}
	if (!user || (vrf && READ_ONCE(user->vrf) != vrf) ||
	    uvn_config_pool(cfg, state->pf, uvn_packet_daddr(skb, state->pf)) ||
	    state->out->flags & IFF_LOOPBACK)
		return UVN_REASON_NETWORK;
	if (!uvn_nat_is_unicast(skb, state->pf) ||
	    !uvn_packet_parse(skb, state->pf, &t) ||
	    (t.protocol == IPPROTO_UDP && uvn_config_is_nat(cfg, t.dport)))
		return UVN_REASON_TRANSLATION;
	if (uvn_packet_has_ports(&t) &&
	    uvn_nat_claimed(user, vrf, skb, state, &t, &reason))
		return reason;
	/* An address of the node's is for what has a claim alone. */
	if (from)
		return UVN_REASON_NETWORK;
	if (unlikely(t.error) && uvn_claim_in_refused(user, skb, state->pf, &t))
		return UVN_REASON_NONE;
	return uvn_nat_translate(un, user, skb, state, vrf);
}

/**
 * uvn_nat_is_pools - does a flow come from a pool?
 * @cfg: the configuration with the pools
 * @ct: the flow
 * @family: of it
 *
 * Context: any.
 */
bool uvn_nat_is_pools(const struct uvn_config *cfg, const struct nf_conn *ct,
		      u8 family)
{
	return uvn_config_pool(cfg, family,
			       &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.src.u3);
}

/**
 * uvn_nat_flow - the flow from a pool that an answer belongs to
 * @un: namespace
 * @tuple: of the answer
 *
 * Context: RCU read side, perhaps softirq.
 * Return: the flow with a reference, or NULL.
 */
struct nf_conn *uvn_nat_flow(struct uvn_net *un,
			     const struct nf_conntrack_tuple *tuple)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);
	const struct nf_conntrack_tuple_hash *h;
	struct nf_conn *ct;

	h = nf_conntrack_find_get(un->net, &nf_ct_zone_dflt, tuple);
	if (!h)
		return NULL;
	ct = nf_ct_tuplehash_to_ctrack(h);
	if (NF_CT_DIRECTION(h) == IP_CT_DIR_REPLY &&
	    uvn_nat_is_pools(cfg, ct, tuple->src.l3num))
		return ct;
	nf_ct_put(ct);
	return NULL;
}

/* Can the packet have a port of the translation's? One of TCP's has its socket's. */
static bool uvn_nat_may_have_port(const struct uvn_config *cfg,
				  const struct sock *sk)
{
	return !sk || !sk_fullsock(sk) || sk->sk_type != SOCK_STREAM ||
	       sk->sk_protocol != IPPROTO_TCP ||
	       uvn_config_is_nat(cfg, inet_sk(sk)->inet_sport);
}

/**
 * uvn_nat_reserve - keep the answers to a packet of the system's from users
 * @un: namespace
 * @skb: the packet, which leaves by no VRF
 * @state: of LOCAL_OUT
 *
 * The system comes first: a user's flow that has the port is over.
 *
 * Context: RCU read side, perhaps softirq.
 */
void uvn_nat_reserve(struct uvn_net *un, struct sk_buff *skb,
		     const struct nf_hook_state *state)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);
	struct nf_conntrack_tuple tuple, answer;
	enum ip_conntrack_info ctinfo;
	struct uvn_packet t;
	struct nf_conn *ct;

	if (likely(!cfg->n_pools))
		return;
	if (unlikely(uvn_nat_is_connect(state->sk)) && !uvn_in_vrf(state->out))
		uvn_tcp_claim_yield(un, skb, state);
	if (!uvn_nat_may_have_port(cfg, state->sk) ||
	    state->out->flags & IFF_LOOPBACK || uvn_in_vrf(state->out) ||
	    !uvn_packet_parse(skb, state->pf, &t) || t.error)
		return;
	if (t.protocol == IPPROTO_UDP)
		uvn_udp_claim_yield(un, skb, state->pf, &t);
	if (likely(!uvn_config_is_nat(cfg, t.sport)))
		return;
	if (!nf_ct_get_tuplepr(skb, skb_network_offset(skb), state->pf,
			       un->net, &tuple) ||
	    !nf_ct_invert_tuple(&answer, &tuple))
		return;
	ct = uvn_nat_flow(un, &answer);
	if (ct) {
		nf_ct_kill(ct);
		nf_ct_put(ct);
	}
	if (nf_ct_get(skb, &ctinfo) || uvn_nat_others_track(un->net, state->pf))
		return;
	if (nf_conntrack_in(skb, state) != NF_ACCEPT ||
	    nf_conntrack_confirm(skb) != NF_ACCEPT)
		nf_reset_ct(skb);
}

static int uvn_nat_is_of_pools(struct nf_conn *ct, void *data)
{
	return uvn_nat_is_pools(data, ct, nf_ct_l3num(ct));
}

/**
 * uvn_nat_forget_all - forget all flows from pools, as other ports are for translation now
 * @un: namespace; its lock is held
 * @cfg: the configuration with the pools, until now
 *
 * Claims from these ports go, too: they would have the answers of others.
 *
 * Context: may sleep.
 */
void uvn_nat_forget_all(struct uvn_net *un, struct uvn_config *cfg)
{
	struct nf_ct_iter_data data = { .net = un->net, .data = cfg };
	const struct uvn_config *now = uvn_netns_config(un);

	synchronize_net();
	uvn_claim_forget(un, now->nat_first, now->nat_last);
	nf_ct_iterate_cleanup_net(uvn_nat_is_of_pools, &data);
}

/**
 * uvn_nat_init - have flows forgotten whose source address goes away
 *
 * For as long as the module is there: while a namespace dies the notifiers
 * could not be unregistered.
 *
 * Return: 0 or a negative errno.
 */
int uvn_nat_init(void)
{
	return nf_nat_masquerade_inet_register_notifiers();
}

/**
 * uvn_nat_exit - undo uvn_nat_init()
 */
void uvn_nat_exit(void)
{
	nf_nat_masquerade_inet_unregister_notifiers();
}
