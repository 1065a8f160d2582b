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
 * in the site's, where NAT finds a port for it that is free. The flow's own zone says
 * whose they are.
 */
#include <linux/err.h>
#include <linux/skbuff.h>
#include <linux/xarray.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "core/netns.h"
#include "core/user.h"
#include "core/zone.h"

/* The lowest of ours. */
#define UVN_ZONE_FIRST	32768
#define UVN_ZONE_LAST	65535
#define UVN_ZONES	(UVN_ZONE_LAST - UVN_ZONE_FIRST + 1)

/* Who has which, counted from the last: one table for all namespaces, as each has more
 * than it can use. A zone that was given back comes last again, as there may be flows in
 * it still.
 */
static DEFINE_XARRAY_FLAGS(uvn_zones, XA_FLAGS_ALLOC | XA_FLAGS_LOCK_BH);
static u32 uvn_zone_next;

static u32 uvn_zone_index(const struct nf_conn *ct)
{
	return UVN_ZONE_LAST - nf_ct_zone(ct)->id;
}

static void uvn_zone_put(struct nf_conn *template)
{
	xa_erase_bh(&uvn_zones, uvn_zone_index(template));
	nf_ct_put(template);
}

static noinline struct nf_conn *uvn_zone_make(struct uvn_user *user)
{
	struct nf_conn *template, *old;
	struct nf_conntrack_zone zone;
	int err;
	u32 n;

	err = xa_alloc_cyclic_bh(&uvn_zones, &n, user,
				 XA_LIMIT(0, UVN_ZONES - 1), &uvn_zone_next,
				 GFP_ATOMIC);
	if (err < 0)
		return ERR_PTR(err);
	nf_ct_zone_init(&zone, UVN_ZONE_LAST - n, NF_CT_DEFAULT_ZONE_DIR, 0);
	template = nf_ct_tmpl_alloc(user->un->net, &zone, GFP_ATOMIC);
	if (!template) {
		xa_erase_bh(&uvn_zones, n);
		return ERR_PTR(-ENOMEM);
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
 * Return: false without memory for the zone, and then the packet must not go on: it could
 * be taken for one of another user's flow.
 */
bool uvn_zone_give(struct uvn_user *user, struct sk_buff *skb)
{
	struct nf_conn *template;

	if (skb->_nfct)
		return true;
	template = READ_ONCE(user->zone.template);
	if (unlikely(!template))
		template = uvn_zone_make(user);
	/* None is left. */
	if (IS_ERR(template))
		return PTR_ERR(template) == -EBUSY;
	nf_conntrack_get(&template->ct_general);
	nf_ct_set(skb, template, IP_CT_NEW);
	return true;
}

/**
 * uvn_zone_owner - whose a flow is
 * @un: namespace
 * @ct: the flow
 *
 * Context: RCU read side; the result lives as long.
 * Return: the network in whose zone it began; NULL if in none.
 */
struct uvn_user *uvn_zone_owner(const struct uvn_net *un, const struct nf_conn *ct)
{
	struct uvn_user *user;

	if (likely(nf_ct_zone(ct)->id < UVN_ZONE_FIRST))
		return NULL;
	user = xa_load(&uvn_zones, uvn_zone_index(ct));
	return user && user->un == un ? user : NULL;
}

/**
 * uvn_zone_leave - a packet leaves by no user's VRF
 * @un: namespace
 * @skb: the packet
 *
 * If it begins a flow of a user's, which is in no table yet, its answers come from
 * outside the zone.
 *
 * Context: RCU read side.
 */
void uvn_zone_leave(const struct uvn_net *un, struct sk_buff *skb)
{
#ifdef CONFIG_NF_CONNTRACK_ZONES
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(skb, &ctinfo);
	struct uvn_user *user;

	if (likely(!ct || nf_ct_is_confirmed(ct) || nf_ct_is_template(ct)))
		return;
	user = uvn_zone_owner(un, ct);
	if (likely(!user))
		return;
	ct->zone.dir = NF_CT_ZONE_DIR_ORIG;
	if (!READ_ONCE(user->zone.left))
		WRITE_ONCE(user->zone.left, true);
#endif
}

/**
 * uvn_zone_led - whose is a packet that a site's rule leads out of a user's network?
 * @un: namespace
 * @skb: the packet, or an answer to it, or an error about either
 * @dir: set to the direction of its flow
 *
 * Context: RCU read side; the result lives as long.
 * Return: the network; NULL if it is no such packet.
 */
struct uvn_user *uvn_zone_led(const struct uvn_net *un, const struct sk_buff *skb,
			      enum ip_conntrack_dir *dir)
{
	enum ip_conntrack_info ctinfo;
	const struct nf_conn *ct = nf_ct_get(skb, &ctinfo);

	if (likely(!ct || !(READ_ONCE(ct->status) & IPS_DST_NAT)) ||
	    nf_ct_zone(ct)->dir != NF_CT_ZONE_DIR_ORIG)
		return NULL;
	*dir = CTINFO2DIR(ctinfo);
	return uvn_zone_owner(un, ct);
}

static int uvn_zone_is_led(struct nf_conn *ct, void *data)
{
	return nf_ct_zone(ct)->dir == NF_CT_ZONE_DIR_ORIG &&
	       nf_ct_zone(ct)->id == nf_ct_zone(data)->id;
}

/**
 * uvn_zone_end - end the flows that have left a user's network
 * @user: the user network, whose VRF is gone
 *
 * Their answers would be of whoever gets the zone next.
 *
 * Context: the worker; may sleep.
 */
void uvn_zone_end(struct uvn_user *user)
{
	struct nf_ct_iter_data data = {
		.net = user->un->net,
		.data = user->zone.template,
	};

	uvn_assert_worker(user->un);
	if (!READ_ONCE(user->zone.left))
		return;
	/* Before, so that one that leaves meanwhile is not forgotten. */
	WRITE_ONCE(user->zone.left, false);
	nf_ct_iterate_cleanup_net(uvn_zone_is_led, &data);
}

/**
 * uvn_zone_close - find a user by the zone no more
 * @user: the user network, whose VRF is gone and gives no zone any more
 *
 * Context: any but hard interrupts; before the grace period that ends @user.
 */
void uvn_zone_close(struct uvn_user *user)
{
	if (user->zone.template)
		xa_erase_bh(&uvn_zones, uvn_zone_index(user->zone.template));
}

/**
 * uvn_zone_free - give up what says in which zone a user's flows are
 * @user: the user network, which nobody sees any more
 *
 * Context: any.
 */
void uvn_zone_free(struct uvn_user *user)
{
	nf_ct_put(user->zone.template);
}
