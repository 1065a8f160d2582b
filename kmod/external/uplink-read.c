// SPDX-License-Identifier: GPL-2.0
/*
 * Routes of the kernel's as ways off the subnets: which can be mirrored into users'
 * tables, and what of each is the same for all users.
 */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/rtnh.h>

#include "config/prefix.h"
#include "core/netns.h"
#include "external/uplink.h"
#include "underlay/lower.h"

/* May users' packets leave by the device? Not into somebody's VRF. */
static bool uvn_uplink_dev(struct net *net, int ifindex)
{
	const struct net_device *dev;
	bool ok;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, ifindex);
	ok = dev && !(dev->flags & IFF_LOOPBACK) && !uvn_in_vrf(dev);
	rcu_read_unlock();
	return ok;
}

static bool uvn_uplink_nexthops(struct net *net, const struct nlattr *attr)
{
	const struct rtnexthop *nh = nla_data(attr);
	int rem = nla_len(attr);
	bool alive = false;

	for (; rtnh_ok(nh, rem); nh = rtnh_next(nh, &rem)) {
		if (!uvn_uplink_dev(net, nh->rtnh_ifindex))
			return false;
		alive |= !(nh->rtnh_flags & RTNH_F_DEAD);
	}
	return alive;
}

static void uvn_uplink_copy(struct uvn_uplink *u, const struct nlattr *attr)
{
	if (!attr)
		return;
	memcpy(u->data + u->len, attr, attr->nla_len);
	u->len += nla_total_size(nla_len(attr));
}

static bool uvn_uplink_has_gateway(const struct rtnexthop *nh)
{
	int len = rtnh_attrlen(nh);
	struct nlattr *attrs = rtnh_attrs(nh);

	return nla_find(attrs, len, RTA_GATEWAY) ||
	       nla_find(attrs, len, RTA_VIA);
}

/* The nexthops that are alive, for no others are taken. A gateway counts as
 * on-link, since it may itself be in a subnet.
 */
static void uvn_uplink_copy_nexthops(struct uvn_uplink *u,
				     const struct nlattr *attr)
{
	const struct rtnexthop *nh = nla_data(attr);
	struct nlattr *to = (struct nlattr *)(u->data + u->len);
	int rem = nla_len(attr);

	to->nla_type = RTA_MULTIPATH;
	to->nla_len = NLA_HDRLEN;
	for (; rtnh_ok(nh, rem); nh = rtnh_next(nh, &rem)) {
		struct rtnexthop *copy = (void *)to + to->nla_len;

		if (nh->rtnh_flags & RTNH_F_DEAD)
			continue;
		memcpy(copy, nh, nh->rtnh_len);
		copy->rtnh_flags = uvn_uplink_has_gateway(nh) ?
				   RTNH_F_ONLINK : 0;
		to->nla_len += NLA_ALIGN(nh->rtnh_len);
	}
	u->len += to->nla_len;
}

/* The route of the message, without what is not a user's: the source. */
static struct uvn_uplink *uvn_uplink_new(const struct nlmsghdr *nlh,
					 struct nlattr **tb)
{
	static const int kept[] = {
		RTA_PRIORITY, RTA_METRICS, RTA_PREF, RTA_ENCAP_TYPE, RTA_ENCAP,
	};
	static const int nexthop[] = { RTA_OIF, RTA_GATEWAY, RTA_VIA };
	const struct rtmsg *rtm = nlmsg_data(nlh);
	struct uvn_uplink *u;
	int i;

	u = kzalloc(struct_size(u, data, nlmsg_len(nlh)), GFP_KERNEL);
	if (!u)
		return NULL;
	u->prefix.family = rtm->rtm_family;
	u->prefix.len = rtm->rtm_dst_len;
	if (tb[RTA_DST])
		nla_memcpy(&u->prefix.addr, tb[RTA_DST],
			   sizeof(u->prefix.addr));
	u->type = rtm->rtm_type;
	u->scope = rtm->rtm_scope;
	u->tos = rtm->rtm_tos;
	for (i = 0; i < ARRAY_SIZE(kept); i++)
		uvn_uplink_copy(u, tb[kept[i]]);
	if (u->type != RTN_UNICAST)
		return u;
	if (tb[RTA_NH_ID]) {
		uvn_uplink_copy(u, tb[RTA_NH_ID]);
		return u;
	}
	for (i = 0; i < ARRAY_SIZE(nexthop); i++)
		uvn_uplink_copy(u, tb[nexthop[i]]);
	if (tb[RTA_MULTIPATH])
		uvn_uplink_copy_nexthops(u, tb[RTA_MULTIPATH]);
	if (tb[RTA_GATEWAY] || tb[RTA_VIA])
		u->flags = RTNH_F_ONLINK;
	return u;
}

/* A route that could be mirrored, whatever the subnets are. */
static bool uvn_uplink_possible(const struct uvn_uplink_read *read,
				const struct rtmsg *rtm, struct nlattr **tb)
{
	u8 host = rtm->rtm_family == AF_INET ? 32 : 128;
	u32 table = tb[RTA_TABLE] ? nla_get_u32(tb[RTA_TABLE]) : rtm->rtm_table;

	if (table != read->table || rtm->rtm_src_len ||
	    rtm->rtm_flags & (RTM_F_CLONED | RTNH_F_DEAD))
		return false;
	if (table == RT_TABLE_LOCAL)
		return rtm->rtm_type == RTN_LOCAL && rtm->rtm_dst_len == host;
	switch (rtm->rtm_type) {
	case RTN_BLACKHOLE:
	case RTN_UNREACHABLE:
	case RTN_PROHIBIT:
		return true;
	case RTN_UNICAST:
		return (!tb[RTA_OIF] ||
			uvn_uplink_dev(read->un->net,
				       nla_get_u32(tb[RTA_OIF]))) &&
		       (!tb[RTA_MULTIPATH] ||
			uvn_uplink_nexthops(read->un->net, tb[RTA_MULTIPATH]));
	}
	return false;
}

/* Neither of this host alone nor of the link alone, nor multicast. */
static bool uvn_uplink_is_global(const struct uvn_prefix *p)
{
	if (!p->len)
		return true;
	if (p->family == AF_INET)
		return !ipv4_is_loopback(p->addr.ip) &&
		       !ipv4_is_multicast(p->addr.ip) &&
		       !ipv4_is_lbcast(p->addr.ip);
	return !(ipv6_addr_type(&p->addr.in6) &
		 (IPV6_ADDR_LOOPBACK | IPV6_ADDR_LINKLOCAL |
		  IPV6_ADDR_MULTICAST));
}

/**
 * uvn_uplink_read - take a route into a set if it can be mirrored
 * @nlh: the route, as rtnetlink shows it
 * @arg: struct uvn_uplink_read
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_uplink_read(const struct nlmsghdr *nlh, void *arg)
{
	const struct rtmsg *rtm = nlmsg_data(nlh);
	struct uvn_uplink_read *read = arg;
	struct nlattr *tb[RTA_MAX + 1];
	struct uvn_uplink *u;
	int err;

	uvn_assert_worker(read->un);
	err = nlmsg_parse_deprecated(nlh, sizeof(*rtm), tb, RTA_MAX, NULL,
				     NULL);
	if (err || !uvn_uplink_possible(read, rtm, tb))
		return err;
	u = uvn_uplink_new(nlh, tb);
	if (!u)
		return -ENOMEM;
	if (uvn_uplink_is_global(&u->prefix))
		list_add_tail(&u->list, &read->set->list);
	else
		kfree(u);
	return 0;
}
