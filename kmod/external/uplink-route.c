// SPDX-License-Identifier: GPL-2.0
/*
 * A way off the subnets as a request by rtnetlink.
 */
#include <linux/if_addr.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>

#include "config/prefix.h"
#include "core/netns.h"
#include "core/user.h"
#include "external/uplink.h"
#include "rtnl/client.h"
#include "rtnl/rtnl.h"
#include "underlay/addrs.h"

/* An address of the node that is the VRF's too. IPv6 chooses a source among a
 * device's addresses, so it must be one; deprecated, it is chosen only for what
 * goes to itself.
 */
static int uvn_uplink_local6(struct uvn_user *user, const struct uvn_uplink *u,
			     bool add)
{
	int err;

	if (add)
		return uvn_rtnl_addr_add(user->un, user->vrf, AF_INET6,
					 &u->prefix.addr, true);
	err = uvn_rtnl_addr_del(user->un, user->vrf, AF_INET6, &u->prefix.addr);
	return err == -EADDRNOTAVAIL || err == -ENODEV ? -ESRCH : err;
}

/**
 * uvn_uplink_route - add a way off the subnets to a user's table, or remove it
 * @user: whose table; the VRF is there
 * @u: the way
 * @add: which of the two
 *
 * IPv6 takes no source address that is not the leaving device's; it chooses
 * the VRF's by itself.
 *
 * Context: the worker.
 * Return: 0, -EEXIST, -ESRCH or another negative errno.
 */
int uvn_uplink_route(struct uvn_user *user, const struct uvn_uplink *u, bool add)
{
	const struct uvn_prefix *p = &u->prefix;
	struct rtmsg rtm = {
		.rtm_family = p->family,
		.rtm_dst_len = p->len,
		.rtm_tos = u->tos,
		.rtm_protocol = RTPROT_KERNEL,
		.rtm_scope = u->scope,
		.rtm_type = u->type,
		.rtm_flags = u->flags,
	};
	struct sk_buff *skb;
	int type, err;

	uvn_assert_worker(user->un);
	if (u->type == RTN_LOCAL && p->family == AF_INET6)
		return uvn_uplink_local6(user, u, add);
	type = add ? RTM_NEWROUTE : RTM_DELROUTE;
	skb = uvn_client_new(&user->un->rtnl,
			     UVN_RTNL_REQUEST + u->len, type,
			     NLM_F_ACK |
			     (add ? NLM_F_CREATE | NLM_F_APPEND : 0), &rtm,
			     sizeof(rtm));
	if (!skb)
		return -ENOMEM;
	err = nla_put_u32(skb, RTA_TABLE, user->table);
	if (!err && p->len)
		err = nla_put(skb, RTA_DST, uvn_rtnl_addr_size(p->family),
			      &p->addr);
	skb_put_data(skb, u->data, u->len);
	if (!err && u->type == RTN_LOCAL)
		err = nla_put_u32(skb, RTA_OIF, user->vrf);
	else if (!err && u->type == RTN_UNICAST && p->family == AF_INET && add)
		err = nla_put_in_addr(skb, RTA_PREFSRC,
				      user->cgnat.addr[0].ip);
	return uvn_rtnl_request(user->un, skb, err);
}
