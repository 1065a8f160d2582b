// SPDX-License-Identifier: GPL-2.0
/*
 * Which ports of nat-ports the source of a new flow may get. To one destination
 * (protocol, address and port) there are only as many flows as ports, for all
 * users of a node together; likewise echo requests and their identifiers.
 *
 *	nat-first ........ middle ................ nat-last
 *	 whoever comes       each user's own share
 *
 * The lower half is everybody's. Who finds none there gets one of a share of the
 * upper half, an eighth of it: which ports are in it depends on the user and the
 * destination, as by chance. So one user alone can never have more than nine
 * sixteenths, and however many ports some users have taken, of the share of
 * another they have on average no more than of the rest: of some 266 different ports
 * (61000-65535) eight such users leave 98, sixteen 36. Nothing needs to be kept for
 * that.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/netfilter/nf_nat.h>
#include <net/netfilter/nf_nat_masquerade.h>
#include <net/netns/hash.h>

#include "config/config.h"
#include "core/netns.h"
#include "core/user.h"
#include "external/cgnat.h"
#include "external/nat-ports.h"

/* Of fewer ports there are no shares. */
#define UVN_NAT_PORTS_MIN		64

/* The part of the upper half that a user has. */
#define UVN_NAT_PORTS_SHARE		8

/* How many ports of a share are tried. */
#define UVN_NAT_PORTS_TRIES		128

static unsigned int uvn_nat_ports_middle(const struct uvn_config *cfg)
{
	unsigned int n = cfg->nat_last - cfg->nat_first + 1;

	return n < UVN_NAT_PORTS_MIN ? cfg->nat_last + 1 : cfg->nat_first + n / 2;
}

/* Where an answer has the port. */
static __be16 *uvn_nat_ports_of(struct nf_conntrack_tuple *answer)
{
	if (answer->dst.protonum == IPPROTO_ICMP ||
	    answer->dst.protonum == IPPROTO_ICMPV6)
		return &answer->src.u.icmp.id;
	return &answer->dst.u.all;
}

static bool uvn_nat_ports_is_taken(struct net *net,
				   const struct nf_conntrack_tuple *answer)
{
	struct nf_conntrack_tuple_hash *h;

	h = nf_conntrack_find_get(net, &nf_ct_zone_dflt, answer);
	if (h)
		nf_ct_put(nf_ct_tuplehash_to_ctrack(h));
	return h;
}

/* A free port of the user's share, or 0. */
static unsigned int uvn_nat_ports_own(const struct uvn_user *user,
				      const struct uvn_config *cfg,
				      const struct nf_conntrack_tuple *tried)
{
	unsigned int first = uvn_nat_ports_middle(cfg);
	unsigned int n = cfg->nat_last + 1 - first;
	struct nf_conntrack_tuple answer = *tried;
	struct net *net = user->un->net;
	unsigned int i, at, port, share;
	__be16 *p = uvn_nat_ports_of(&answer);
	u32 seed;

	share = n / UVN_NAT_PORTS_SHARE;
	if (!share)
		return 0;
	/* The destination is where answers come from. */
	seed = jhash2(answer.src.u3.all, ARRAY_SIZE(answer.src.u3.all),
		      net_hash_mix(net));
	seed = jhash_3words(user->uid, answer.dst.protonum,
			    p == &answer.dst.u.all ?
			    (__force u16)answer.src.u.all : 0, seed);
	at = get_random_u32();
	for (i = 0; i < min_t(unsigned int, share, UVN_NAT_PORTS_TRIES); i++, at++) {
		port = first + reciprocal_scale(jhash_1word(at % share, seed), n);
		*p = htons(port);
		if (!uvn_nat_ports_is_taken(net, &answer))
			return port;
	}
	return 0;
}

/* Decide what the source of a new flow becomes, and that nobody else decides
 * where it goes.
 */
static bool uvn_nat_ports_setup(struct nf_conn *ct, struct sk_buff *skb,
				const struct nf_hook_state *state,
				const struct uvn_pool *pool,
				struct nf_nat_range2 *range)
{
	unsigned int verdict;

	if (!uvn_addr_is_none(&pool->snat)) {
		range->flags |= NF_NAT_RANGE_MAP_IPS;
		range->min_addr = pool->snat;
		range->max_addr = pool->snat;
		verdict = nf_nat_setup_info(ct, range, NF_NAT_MANIP_SRC);
	} else if (state->pf == NFPROTO_IPV4) {
		verdict = nf_nat_masquerade_ipv4(skb, NF_INET_POST_ROUTING,
						 range, state->out);
	} else {
		verdict = nf_nat_masquerade_ipv6(skb, range, state->out);
	}
	return verdict == NF_ACCEPT &&
	       nf_nat_alloc_null_binding(ct, NF_INET_LOCAL_OUT) == NF_ACCEPT;
}

/**
 * uvn_nat_ports_assign - translate the source of a new flow
 * @user: whose flow it is
 * @ct: the flow
 * @skb: its first packet
 * @state: of LOCAL_OUT
 * @pool: of the source
 * @try: zeroed at first; then as uvn_nat_ports_is_given() left it as the port was taken
 *
 * The port may be taken all the same: then the flow cannot be confirmed.
 *
 * Context: RCU read side, perhaps softirq.
 * Return: %UVN_REASON_NONE; %UVN_REASON_PORTS if none is left to the user;
 * %UVN_REASON_TRANSLATION if there is no address.
 */
u32 uvn_nat_ports_assign(const struct uvn_user *user, struct nf_conn *ct,
			 struct sk_buff *skb, const struct nf_hook_state *state,
			 const struct uvn_pool *pool,
			 struct uvn_nat_ports_try *try)
{
	const struct uvn_config *cfg = rcu_dereference(user->un->config);
	struct nf_nat_range2 range = { .flags = NF_NAT_RANGE_PROTO_SPECIFIED };
	unsigned int first = cfg->nat_first;
	unsigned int last = uvn_nat_ports_middle(cfg) - 1;

	if (try->last && last < cfg->nat_last) {
		first = uvn_nat_ports_own(user, cfg, &try->answer);
		if (!first)
			return UVN_REASON_PORTS;
		last = first;
	}
	try->first = first;
	try->last = last;
	range.min_proto.all = htons(first);
	range.max_proto.all = htons(last);
	return uvn_nat_ports_setup(ct, skb, state, pool, &range) ?
	       UVN_REASON_NONE : UVN_REASON_TRANSLATION;
}

/**
 * uvn_nat_ports_is_given - has a flow got a port of those that it was to have?
 * @try: as uvn_nat_ports_assign() left it
 * @ct: the flow
 *
 * Both ways of an echo have the same identifier. Where that is taken, the kernel
 * finds another one as it is told to leave the destination as it is, and that may
 * be any, also one of another user's share.
 */
bool uvn_nat_ports_is_given(struct uvn_nat_ports_try *try, const struct nf_conn *ct)
{
	unsigned int port;

	try->answer = ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	port = ntohs(*uvn_nat_ports_of(&try->answer));
	return port >= try->first && port <= try->last;
}
