// SPDX-License-Identifier: GPL-2.0
/*
 * What comes from off the subnets: answers to users' flows go back to the users, and
 * nothing else does.
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/lockdep.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/netlink.h>
#include <net/net_namespace.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>

#include "config/config.h"
#include "core/drop.h"
#include "core/netns.h"
#include "core/packet.h"
#include "core/user.h"
#include "external/cgnat.h"
#include "external/claim-in.h"
#include "external/claim.h"
#include "external/nat.h"
#include "external/udp-claim.h"
#include "external/user-mark.h"
#include "overlay/nf-place.h"
#include "overlay/vrf-rx.h"
#include "underlay/addrs.h"
#include "underlay/lower.h"

/* Is it an answer, or an error about a packet, of a flow from a pool? */
static bool uvn_nat_is_answer(struct uvn_net *un, const struct sk_buff *skb,
			      u8 family, const struct uvn_packet *t)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);
	struct nf_conntrack_tuple tuple, quoted;
	struct nf_conn *ct;

	if (t->error) {
		if (!nf_ct_get_tuplepr(skb, t->offset + sizeof(struct icmphdr),
				       family, un->net, &quoted) ||
		    !nf_ct_invert_tuple(&tuple, &quoted))
			return false;
	} else if (!uvn_config_is_nat(cfg, t->dport) ||
		   !nf_ct_get_tuplepr(skb, skb_network_offset(skb), family,
				      un->net, &tuple)) {
		return false;
	}
	ct = uvn_nat_flow(un, &tuple);
	if (ct)
		nf_ct_put(ct);
	return ct;
}

/* Whose flow it is that an answer is to. */
static struct uvn_user *uvn_nat_asker(struct uvn_net *un, const struct nf_conn *ct,
				      enum ip_conntrack_info ctinfo, u8 family)
{
	return ct && CTINFO2DIR(ctinfo) == IP_CT_DIR_REPLY ?
	       uvn_cgnat_owner(un, family,
			       &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple.src.u3) :
	       NULL;
}

/* Give an answer to a user's flow the destination that the flow has as its source. */
static bool uvn_nat_readdress(struct sk_buff *skb, struct nf_conn *ct,
			      enum ip_conntrack_info ctinfo, u8 family)
{
	const struct nf_conntrack_tuple *flow =
		&ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;

	return uvn_nat_mangle(skb, ct, ctinfo, NF_INET_PRE_ROUTING, family) &&
	       uvn_addr_same(family, uvn_packet_daddr(skb, family), &flow->src.u3);
}

/* An answer to a user's flow: back to the user. The far end begins no connection with the
 * addresses and ports of one.
 */
static bool uvn_nat_return(struct uvn_net *un, struct sk_buff *skb,
			   const struct nf_hook_state *state,
			   const struct uvn_packet *t)
{
	enum ip_conntrack_info ctinfo;
	struct uvn_user *user;
	struct nf_conn *ct;

	ct = uvn_nat_track(skb, state, &ctinfo);
	user = uvn_nat_asker(un, ct, ctinfo, state->pf);
	if (!user || (t && uvn_user_mark_is_syn(skb, state->pf, t)))
		return false;
	if (uvn_nf_place_has(&un->nf_place, state->pf, UVN_NF_PLACE_BACK))
		uvn_vrf_rx_set_later(skb, state->pf);
	else if (!uvn_nat_readdress(skb, ct, ctinfo, state->pf))
		return false;
	return uvn_vrf_rx_deliver(user, skb, state->pf);
}

/**
 * uvn_nat_back - translate back, behind LOCAL_IN, what it was to see as it came
 * @priv: the namespace's struct uvn_net
 * @skb: a packet
 * @state: of LOCAL_IN
 *
 * Context: RCU read side, perhaps softirq.
 * Return: %NF_ACCEPT or %NF_DROP.
 */
unsigned int uvn_nat_back(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	enum ip_conntrack_info ctinfo;
	struct uvn_net *un = priv;
	struct uvn_packet t;
	struct nf_conn *ct;

	if (likely(!uvn_vrf_rx_take_later(skb, state->pf)))
		return NF_ACCEPT;
	if (uvn_packet_parse(skb, state->pf, &t) &&
	    uvn_claim_in_back(un, skb, state->pf, &t))
		return NF_ACCEPT;
	ct = nf_ct_get(skb, &ctinfo);
	if (uvn_nat_asker(un, ct, ctinfo, state->pf) &&
	    uvn_nat_readdress(skb, ct, ctinfo, state->pf))
		return NF_ACCEPT;
	uvn_drop_count(un, skb, UVN_DROP_CGNAT);
	return NF_DROP;
}

/* Does a flow that somebody else has tracked come from a pool? */
static bool uvn_nat_is_tracked(const struct uvn_config *cfg,
			       const struct sk_buff *skb, u8 family)
{
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	return ct && !nf_ct_is_template(ct) &&
	       CTINFO2DIR(ctinfo) == IP_CT_DIR_REPLY &&
	       uvn_nat_is_pools(cfg, ct, family);
}

/* The addresses of a pool exist on this host: from the wire they are forged. */
static bool uvn_nat_is_forged(const struct uvn_config *cfg,
			      const struct sk_buff *skb, u8 family)
{
	return uvn_config_pool(cfg, family, uvn_packet_saddr(skb, family)) ||
	       uvn_config_pool(cfg, family, uvn_packet_daddr(skb, family));
}

static unsigned int uvn_nat_decide(struct uvn_net *un, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);
	unsigned int verdict = NF_ACCEPT;
	struct uvn_packet t;
	bool known;

	known = uvn_packet_parse(skb, state->pf, &t);
	if (known)
		verdict = uvn_claim_in(un, skb, state, &t);
	if (unlikely(verdict == NF_STOLEN))
		return verdict;
	if (unlikely(verdict == NF_DROP)) {
		uvn_drop_count(un, skb, UVN_DROP_CGNAT);
		return verdict;
	}
	if (uvn_nat_is_tracked(cfg, skb, state->pf) ||
	    (known && uvn_nat_is_answer(un, skb, state->pf, &t))) {
		if (uvn_nat_return(un, skb, state, known ? &t : NULL))
			return NF_STOLEN;
	} else if (likely(!uvn_nat_is_forged(cfg, skb, state->pf))) {
		return NF_ACCEPT;
	}
	uvn_drop_count(un, skb, UVN_DROP_CGNAT);
	return NF_DROP;
}

/* What came from outside the node, and for this host. */
static bool uvn_nat_concerns(const struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	return skb->pkt_type == PACKET_HOST &&
	       !(state->in->flags & IFF_LOOPBACK) &&
	       !uvn_in_vrf(skb->dev);
}

static unsigned int uvn_nat_in(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	struct uvn_net *un = priv;
	unsigned int verdict;

	if (!uvn_nat_concerns(skb, state))
		return NF_ACCEPT;
	verdict = uvn_packet_defrag(un, skb, state->pf);
	return verdict == NF_ACCEPT ? uvn_nat_decide(un, skb, state) : verdict;
}

/**
 * uvn_nat_open - take in answers from off the subnets
 * @un: namespace; its lock is held
 * @cfg: the configuration, published or about to be
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int uvn_nat_open(struct uvn_net *un, const struct uvn_config *cfg,
		 struct netlink_ext_ack *extack)
{
	static const struct nf_hook_ops ops[] = {
		{
			.hook = uvn_nat_in,
			.pf = NFPROTO_IPV4,
			.hooknum = NF_INET_PRE_ROUTING,
			.priority = NF_IP_PRI_LAST,
		}, {
			.hook = uvn_nat_in,
			.pf = NFPROTO_IPV6,
			.hooknum = NF_INET_PRE_ROUTING,
			.priority = NF_IP6_PRI_LAST,
		},
	};
	int err;

	lockdep_assert_held(&un->lock);
	if (!cfg->n_pools || un->nat.on)
		return 0;
	err = uvn_udp_claim_open(un);
	if (err)
		return err;
	err = uvn_netns_hook(un, un->nat.ops, ops, ARRAY_SIZE(ops));
	if (err) {
		NL_SET_ERR_MSG(extack, "netfilter hooks cannot be registered");
		uvn_udp_claim_close(un);
		return err;
	}
	un->nat.on = true;
	return 0;
}

/**
 * uvn_nat_close - take them in no more
 * @un: namespace; its lock is held, or it is going away
 * @keep: configuration that may still want it, or NULL
 *
 * Context: may sleep.
 */
void uvn_nat_close(struct uvn_net *un, const struct uvn_config *keep)
{
	if (!un->nat.on || (keep && keep->n_pools))
		return;
	un->nat.on = false;
	nf_unregister_net_hooks(un->net, un->nat.ops, ARRAY_SIZE(un->nat.ops));
	/* It waits for who saw a pool still and may be making a claim. */
	uvn_udp_claim_close(un);
	uvn_claim_forget(un, 0, U16_MAX);
}
