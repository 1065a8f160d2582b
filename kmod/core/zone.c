// SPDX-License-Identifier: GPL-2.0
/*
 * A zone of connection tracking for each user network. Two users may have flows with
 * the same addresses and ports, on the node and between nodes, which one table could
 * not tell apart: the second one would be taken for a part of the first.
 *
 * Zones are given from 65535 downwards, as a site's own begin at the other end, and only
 * where somebody has connection tracking on. A packet that a site's rule has given a
 * zone, or does not want to be tracked, keeps that. Without a zone left a user's
 * flows are in the site's, as they were.
 *
 * What leaves a user's network, because a site's rule has given it another destination,
 * is answered by somebody who knows no zone. So of such a flow the answers are
 * in the site's, where NAT finds a port for it that is free.
 */
#include <linux/idr.h>
#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "core/netns.h"
#include "core/user.h"
#include "core/zone.h"

/* The lowest of ours. */
#define UVN_ZONE_FIRST	32768
#define UVN_ZONE_LAST	65535
#define UVN_ZONES	(UVN_ZONE_LAST - UVN_ZONE_FIRST + 1)

/* One for all namespaces: each has more than it can use. A zone that was given back comes
 * last again, as there may be flows in it still.
 */
static DEFINE_IDA(uvn_zone_ida);
static unsigned int uvn_zone_next;

static void uvn_zone_put(struct nf_conn *template)
{
	ida_free(&uvn_zone_ida, UVN_ZONE_LAST - nf_ct_zone(template)->id);
	nf_ct_put(template);
}

static noinline struct nf_conn *uvn_zone_make(struct uvn_user *user)
{
	struct nf_conn *template, *old;
	struct nf_conntrack_zone zone;
	int n;

	n = ida_alloc_range(&uvn_zone_ida, READ_ONCE(uvn_zone_next), UVN_ZONES - 1,
			    GFP_ATOMIC);
	if (n < 0)
		n = ida_alloc_max(&uvn_zone_ida, UVN_ZONES - 1, GFP_ATOMIC);
	if (n < 0)
		return NULL;
	WRITE_ONCE(uvn_zone_next, (n + 1) % UVN_ZONES);
	nf_ct_zone_init(&zone, UVN_ZONE_LAST - n, NF_CT_DEFAULT_ZONE_DIR, 0);
	template = nf_ct_tmpl_alloc(user->un->net, &zone, GFP_ATOMIC);
	if (!template) {
		ida_free(&uvn_zone_ida, n);
		return NULL;
	}
	__set_bit(IPS_CONFIRMED_BIT, &template->status);
	old = cmpxchg(&user->zone.template, NULL, template);
	if (!old)
		return template;
	uvn_zone_put(template);
	return old;
}

/**
 * uvn_zone_give - say in which zone a packet is tracked
 * @user: whose network it is in
 * @skb: the packet, before connection tracking has seen it
 *
 * Context: RCU read side, perhaps softirq.
 */
void uvn_zone_give(struct uvn_user *user, struct sk_buff *skb)
{
	struct nf_conn *template;

	if (skb->_nfct)
		return;
	template = READ_ONCE(user->zone.template);
	if (unlikely(!template))
		template = uvn_zone_make(user);
	if (unlikely(!template))
		return;
	nf_conntrack_get(&template->ct_general);
	nf_ct_set(skb, template, IP_CT_NEW);
}

/**
 * uvn_zone_left - a packet leaves by no user's VRF
 * @skb: the packet, in POST_ROUTING before anybody else
 *
 * If it begins a flow of a user's, which is in no table yet, its answers come from
 * outside the zone.
 *
 * Context: RCU read side.
 */
void uvn_zone_left(struct sk_buff *skb)
{
#ifdef CONFIG_NF_CONNTRACK_ZONES
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (unlikely(ct && !nf_ct_is_confirmed(ct) && !nf_ct_is_template(ct) &&
		     ct->zone.id >= UVN_ZONE_FIRST))
		ct->zone.dir = NF_CT_ZONE_DIR_ORIG;
#endif
}

/**
 * uvn_zone_free - give a user's zone back
 * @user: the user network, which nobody sees any more
 *
 * Context: any.
 */
void uvn_zone_free(struct uvn_user *user)
{
	if (user->zone.template)
		uvn_zone_put(user->zone.template);
}
