// SPDX-License-Identifier: GPL-2.0
/*
 * What comes from off the subnets for users' flows that have claims: it gets the
 * socket's address and goes into the user's VRF. If no socket wants it there, the kernel
 * says so by an error that leaves as from the node.
 */
#include <linux/icmp.h>
#include <linux/netfilter.h>
#include <net/netfilter/nf_conntrack.h>

#include "core/netns.h"
#include "core/packet.h"
#include "core/readdress.h"
#include "core/user.h"
#include "external/claim-in.h"
#include "external/claim.h"
#include "external/tcp-claim.h"
#include "external/udp-claim.h"
#include "overlay/nf-place.h"
#include "overlay/vrf-rx.h"
#include "overlay/vrf.h"
#include "underlay/addrs.h"

/**
 * uvn_claim_in - take in what belongs to a user's flow
 * @un: namespace
 * @skb: a packet from outside, for this host
 * @state: of PRE_ROUTING
 * @p: what it is
 *
 * Context: RCU read side, softirq.
 * Return: %NF_STOLEN if it is a user's; %NF_DROP if it is, but cannot be had;
 * %NF_ACCEPT if it belongs to no claim.
 */
unsigned int uvn_claim_in(struct uvn_net *un, struct sk_buff *skb,
			  const struct nf_hook_state *state,
			  const struct uvn_packet *p)
{
	struct uvn_claim *claim;
	const struct uvn_vrf *vrf;

	claim = uvn_claim_of_packet(un, skb, state->pf, p);
	if (likely(!claim))
		return NF_ACCEPT;
	if (claim->key.protocol == IPPROTO_UDP ?
	    unlikely(!uvn_udp_claim_hears(un, claim, p->error)) :
	    unlikely(!uvn_tcp_claim_hears(un, claim, skb, state->pf, p)))
		return NF_ACCEPT;
	/* The network may have gone. A claim of UDP keeps others away all the same. */
	vrf = uvn_vrf_by_index(un->net, claim->vrf);
	if (unlikely(!vrf)) {
		if (claim->key.protocol == IPPROTO_TCP)
			uvn_claim_end(un, claim);
		return NF_ACCEPT;
	}
	if (uvn_nf_place_has(&un->nf_place, state->pf, UVN_NF_PLACE_BACK))
		uvn_vrf_rx_set_later(skb, state->pf);
	else if (!uvn_readdress_to(skb, state->pf, p, &claim->own))
		return NF_DROP;
	return uvn_vrf_rx_deliver(vrf->user, skb, state->pf) ? NF_STOLEN : NF_DROP;
}

/**
 * uvn_claim_in_back - give a packet of a flow the socket's address, behind LOCAL_IN
 * @un: namespace
 * @skb: the packet
 * @family: of it
 * @p: what it is
 *
 * Context: RCU read side, perhaps softirq.
 * Return: false if it has none, and no flow with a claim.
 */
bool uvn_claim_in_back(struct uvn_net *un, struct sk_buff *skb, u8 family,
		       const struct uvn_packet *p)
{
	struct uvn_claim *claim = uvn_claim_of_packet(un, skb, family, p);

	return claim && claim->vrf == skb->dev->ifindex &&
	       uvn_readdress_to(skb, family, p, &claim->own);
}

/**
 * uvn_claim_in_refused - let the kernel say that a user has no socket for what came
 * @user: whose it is
 * @skb: an error about a packet that came for the user
 * @family: of it
 * @p: what it is
 *
 * Context: RCU read side, perhaps softirq.
 * Return: true if it leaves as from the node now; false if it is about no flow that has
 * a claim.
 */
bool uvn_claim_in_refused(const struct uvn_user *user, struct sk_buff *skb, u8 family,
			  const struct uvn_packet *p)
{
	struct nf_conntrack_tuple quoted;
	struct uvn_claim *claim;
	struct uvn_packet sent;

	if (!p->error ||
	    !nf_ct_get_tuplepr(skb, p->offset + sizeof(struct icmphdr), family,
			       user->un->net, &quoted) ||
	    !uvn_addr_same(family, &quoted.dst.u3, uvn_packet_saddr(skb, family)) ||
	    !uvn_addr_same(family, &quoted.src.u3, uvn_packet_daddr(skb, family)))
		return false;
	/* The flow's own packets have the addresses of the error. */
	sent.protocol = quoted.dst.protonum;
	sent.sport = quoted.dst.u.all;
	sent.dport = quoted.src.u.all;
	claim = uvn_claim_of_sender(user, skb, family, &sent, 0);
	return claim && READ_ONCE(claim->good) &&
	       uvn_readdress_from(skb, family, p, &claim->addr);
}
