// SPDX-License-Identifier: GPL-2.0
/*
 * What messages say of a user network and of addresses, to whoever is told: the
 * asker, or the multicast group "events".
 */
#include <linux/if.h>
#include <net/netlink.h>

#include "config/prefix.h"
#include "core/flows.h"
#include "core/put.h"
#include "core/traffic.h"
#include "core/user.h"

/**
 * uvn_put_addr - put an address into a message
 * @skb: the message
 * @attrtype: of the attribute
 * @family: of the address
 * @addr: the address; if it is zero, and so absent, nothing is put
 *
 * Return: 0 or -EMSGSIZE.
 */
int uvn_put_addr(struct sk_buff *skb, int attrtype, u8 family,
		 const union nf_inet_addr *addr)
{
	if (uvn_addr_is_none(addr))
		return 0;
	return family == AF_INET ? nla_put_in_addr(skb, attrtype, addr->ip) :
				   nla_put_in6_addr(skb, attrtype, &addr->in6);
}

/* The nests "denial" and "drop" are alike, but for the enum of the reason. */
static_assert((int)UVN_A_DENIAL_REASON == (int)UVN_A_DROP_REASON &&
	      (int)UVN_A_DENIAL_COUNT == (int)UVN_A_DROP_COUNT &&
	      (int)UVN_A_DENIAL_PAD == (int)UVN_A_DROP_PAD);

/**
 * uvn_put_counts - put what was refused or dropped into a message
 * @skb: the message
 * @total_type: type of the attribute for the sum
 * @type: type of the attribute for each reason that there is something of
 * @pad: type of the attribute that pads
 * @counts: how often, by reason
 * @max: the last reason
 *
 * Return: 0 or -EMSGSIZE.
 */
int uvn_put_counts(struct sk_buff *skb, int total_type, int type, int pad,
		   const u64 *counts, u32 max)
{
	u64 total = 0, n;
	u32 reason;

	for (reason = 0; reason <= max; reason++) {
		struct nlattr *nest;

		n = counts[reason];
		total += n;
		if (!n)
			continue;
		nest = nla_nest_start(skb, type);
		if (!nest ||
		    nla_put_u32(skb, UVN_A_DENIAL_REASON, reason) ||
		    nla_put_u64_64bit(skb, UVN_A_DENIAL_COUNT, n,
				      UVN_A_DENIAL_PAD))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return nla_put_u64_64bit(skb, total_type, total, pad);
}

static int uvn_put_cgnat(struct sk_buff *skb,
			 const struct uvn_user *user)
{
	const union nf_inet_addr *addr = user->cgnat.addr;

	if (!uvn_addr_is_none(&addr[0]) &&
	    nla_put_in_addr(skb, UVN_A_USER_CGNAT, addr[0].ip))
		return -EMSGSIZE;
	if (!uvn_addr_is_none(&addr[1]) &&
	    nla_put_in6_addr(skb, UVN_A_USER_CGNAT, &addr[1].in6))
		return -EMSGSIZE;
	return 0;
}

static int uvn_put_way(struct sk_buff *skb, int type,
		       const struct uvn_traffic_count *tx,
		       const struct uvn_traffic_count *rx)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest ||
	    nla_put_u64_64bit(skb, UVN_A_TRAFFIC_TX_PACKETS, tx->packets,
			      UVN_A_TRAFFIC_PAD) ||
	    nla_put_u64_64bit(skb, UVN_A_TRAFFIC_TX_BYTES, tx->bytes,
			      UVN_A_TRAFFIC_PAD))
		return -EMSGSIZE;
	if (rx && (nla_put_u64_64bit(skb, UVN_A_TRAFFIC_RX_PACKETS,
				     rx->packets, UVN_A_TRAFFIC_PAD) ||
		   nla_put_u64_64bit(skb, UVN_A_TRAFFIC_RX_BYTES, rx->bytes,
				     UVN_A_TRAFFIC_PAD)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int uvn_put_traffic(struct sk_buff *skb,
			   const struct uvn_user *user)
{
	struct uvn_traffic_sum subnets, off;
	struct uvn_traffic_count local;

	uvn_traffic_subnets(user, &subnets);
	uvn_traffic_others(user, &local, &off);
	return uvn_put_way(skb, UVN_A_USER_LOCALHOST, &local, NULL) ?:
	       uvn_put_way(skb, UVN_A_USER_ON_SUBNET, &subnets.tx,
			   &subnets.rx) ?:
	       uvn_put_way(skb, UVN_A_USER_OFF_SUBNET, &off.tx,
			   &off.rx);
}

/**
 * uvn_put_user - put a user network into a message, without what it has by its lower
 *	devices
 * @skb: the message
 * @user: the network
 *
 * Context: RTNL.
 * Return: 0 or -EMSGSIZE.
 */
int uvn_put_user(struct sk_buff *skb, struct uvn_user *user)
{
	u64 denied[UVN_REASON_MAX + 1];
	char vrf[IFNAMSIZ];

	uvn_denial_counts(user->denial.count, denied);
	uvn_user_vrf_name(vrf, user->uid);
	return nla_put_u32(skb, UVN_A_USER_UID, user->uid) ?:
	       nla_put_u32(skb, UVN_A_USER_VNI, user->vni) ?:
	       nla_put_string(skb, UVN_A_USER_VRF, vrf) ?:
	       nla_put_u32(skb, UVN_A_USER_VRF_IFINDEX,
			   READ_ONCE(user->vrf)) ?:
	       nla_put_u32(skb, UVN_A_USER_TABLE, user->table) ?:
	       nla_put_u32(skb, UVN_A_USER_STATE, READ_ONCE(user->state)) ?:
	       nla_put_u64_64bit(skb, UVN_A_USER_SOCKETS_CREATED,
				 uvn_traffic_sockets(user),
				 UVN_A_USER_PAD) ?:
	       uvn_put_counts(skb, UVN_A_USER_DENIED, UVN_A_USER_DENIAL,
			      UVN_A_USER_PAD, denied, UVN_REASON_MAX) ?:
	       nla_put_u64_64bit(skb, UVN_A_USER_PUBLISHED,
				 atomic64_read(&user->published),
				 UVN_A_USER_PAD) ?:
	       nla_put_u32(skb, UVN_A_USER_NAT_FLOWS,
			   uvn_flows_count(user, UVN_FLOWS_TRANSLATED)) ?:
	       nla_put_u32(skb, UVN_A_USER_PUBLISHED_FLOWS,
			   uvn_flows_count(user, UVN_FLOWS_PUBLISHED)) ?:
	       uvn_put_cgnat(skb, user) ?:
	       uvn_put_traffic(skb, user);
}
