// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: changes of the configuration. Requests are translated here, and
 * checked by the file of the noun they are about.
 */
#include <linux/bitmap.h>
#include <linux/inetdevice.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "config/config.h"
#include "core/netns.h"
#include "net.h"
#include "netlink/netlink-gen.h"
#include "netlink/netlink.h"
#include "underlay/tunnel.h"

static int uvn_netlink_missing(const struct nlattr *nest, const char *what,
			       struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG_FMT(extack, "%s is missing", what);
	NL_SET_BAD_ATTR(extack, nest);
	return -EINVAL;
}

static int uvn_netlink_parse_addr(const struct nlattr *attr,
				  union nf_inet_addr *addr, u8 *family,
				  struct netlink_ext_ack *extack)
{
	switch (nla_len(attr)) {
	case sizeof(addr->ip):
		*family = AF_INET;
		addr->ip = nla_get_in_addr(attr);
		return 0;
	case sizeof(addr->in6):
		*family = AF_INET6;
		addr->in6 = nla_get_in6_addr(attr);
		return 0;
	}
	NL_SET_ERR_MSG_ATTR(extack, attr, "address is not of 4 or 16 bytes");
	return -EINVAL;
}

/* An address that goes with a prefix. */
static int uvn_netlink_parse_same(const struct nlattr *attr,
				  const struct uvn_prefix *prefix,
				  union nf_inet_addr *addr,
				  struct netlink_ext_ack *extack)
{
	u8 family;
	int err;

	if (!attr)
		return 0;
	err = uvn_netlink_parse_addr(attr, addr, &family, extack);
	if (!err && family != prefix->family) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "address is not of the prefix's family");
		err = -EINVAL;
	}
	return err;
}

static int uvn_netlink_parse_prefix(const struct nlattr *nest,
				    const struct nlattr *addr,
				    const struct nlattr *len,
				    struct uvn_prefix *prefix,
				    struct netlink_ext_ack *extack)
{
	if (!addr || !len)
		return uvn_netlink_missing(nest, "prefix", extack);
	prefix->len = nla_get_u8(len);
	return uvn_netlink_parse_addr(addr, &prefix->addr, &prefix->family,
				      extack);
}

static int uvn_netlink_parse_subnet(const struct nlattr *nest, bool whole,
				    struct uvn_subnet *subnet,
				    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[UVN_A_SUBNET_MAX + 1];
	int err;

	err = nla_parse_nested(tb, UVN_A_SUBNET_MAX, nest,
			       uvn_subnet_nl_policy, extack) ?:
	      uvn_netlink_parse_prefix(nest, tb[UVN_A_SUBNET_PREFIX],
				       tb[UVN_A_SUBNET_PREFIX_LEN],
				       &subnet->prefix, extack);
	if (err || !whole)
		return err;
	if (!tb[UVN_A_SUBNET_PORT])
		return uvn_netlink_missing(nest, "port", extack);
	subnet->port = htons(nla_get_u16(tb[UVN_A_SUBNET_PORT]));
	subnet->unprivileged = nla_get_flag(tb[UVN_A_SUBNET_UNPRIVILEGED]);
	return uvn_netlink_parse_same(tb[UVN_A_SUBNET_GROUP], &subnet->prefix,
				      &subnet->group, extack);
}

static int uvn_netlink_parse_pool(const struct nlattr *nest,
				  struct uvn_pool *pool,
				  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[UVN_A_CGNAT_MAX + 1];

	return nla_parse_nested(tb, UVN_A_CGNAT_MAX, nest,
				uvn_cgnat_nl_policy, extack) ?:
	       uvn_netlink_parse_prefix(nest, tb[UVN_A_CGNAT_PREFIX],
					tb[UVN_A_CGNAT_PREFIX_LEN],
					&pool->prefix, extack) ?:
	       uvn_netlink_parse_same(tb[UVN_A_CGNAT_SNAT], &pool->prefix,
				      &pool->snat, extack);
}

static int uvn_netlink_parse_direct(const struct nlattr *nest,
				    struct uvn_prefix *prefix,
				    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[UVN_A_DIRECT_MAX + 1];

	return nla_parse_nested(tb, UVN_A_DIRECT_MAX, nest,
				uvn_direct_nl_policy, extack) ?:
	       uvn_netlink_parse_prefix(nest, tb[UVN_A_DIRECT_PREFIX],
					tb[UVN_A_DIRECT_PREFIX_LEN], prefix,
					extack);
}

static int uvn_netlink_parse_publish(const struct nlattr *nest,
				     struct uvn_publish *publish,
				     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[UVN_A_PUBLISH_MAX + 1];
	int err;

	err = nla_parse_nested(tb, UVN_A_PUBLISH_MAX, nest,
			       uvn_publish_nl_policy, extack) ?:
	      uvn_netlink_parse_prefix(nest, tb[UVN_A_PUBLISH_PREFIX],
				       tb[UVN_A_PUBLISH_PREFIX_LEN],
				       &publish->from, extack);
	if (err)
		return err;
	if (!tb[UVN_A_PUBLISH_PROTOCOL] || !tb[UVN_A_PUBLISH_PORT_FIRST] ||
	    !tb[UVN_A_PUBLISH_PORT_LAST])
		return uvn_netlink_missing(nest, "protocol or port", extack);
	publish->protocol = nla_get_u8(tb[UVN_A_PUBLISH_PROTOCOL]);
	publish->first = nla_get_u16(tb[UVN_A_PUBLISH_PORT_FIRST]);
	publish->last = nla_get_u16(tb[UVN_A_PUBLISH_PORT_LAST]);
	return 0;
}

static int uvn_netlink_parse_range(const struct nlattr *nest,
				   struct uvn_range *range,
				   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[UVN_A_RANGE_MAX + 1];
	int err;

	err = nla_parse_nested(tb, UVN_A_RANGE_MAX, nest,
			       uvn_range_nl_policy, extack);
	if (err)
		return err;
	if (!tb[UVN_A_RANGE_UID_FIRST] || !tb[UVN_A_RANGE_UID_LAST])
		return uvn_netlink_missing(nest, "UID", extack);
	range->first = nla_get_u32(tb[UVN_A_RANGE_UID_FIRST]);
	range->last = nla_get_u32(tb[UVN_A_RANGE_UID_LAST]);
	range->vni = range->first;
	if (tb[UVN_A_RANGE_VNI_FIRST])
		range->vni = nla_get_u32(tb[UVN_A_RANGE_VNI_FIRST]);
	return 0;
}

static int uvn_netlink_parse_subuid(const struct nlattr *nest,
				    struct uvn_subuid *subuid,
				    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[UVN_A_SUBUID_MAX + 1];
	int err;

	err = nla_parse_nested(tb, UVN_A_SUBUID_MAX, nest,
			       uvn_subuid_nl_policy, extack);
	if (err)
		return err;
	if (!tb[UVN_A_SUBUID_UID_FIRST] || !tb[UVN_A_SUBUID_UID_LAST])
		return uvn_netlink_missing(nest, "UID", extack);
	subuid->first = nla_get_u32(tb[UVN_A_SUBUID_UID_FIRST]);
	subuid->last = nla_get_u32(tb[UVN_A_SUBUID_UID_LAST]);
	subuid->owner = UVN_SUBUID_NOBODY;
	if (tb[UVN_A_SUBUID_OWNER])
		subuid->owner = nla_get_u32(tb[UVN_A_SUBUID_OWNER]);
	return 0;
}

static int uvn_netlink_set(struct uvn_config *cfg, const struct nlattr *nest,
			   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[UVN_A_SETTINGS_MAX + 1];
	int err;

	err = nla_parse_nested(tb, UVN_A_SETTINGS_MAX, nest,
			       uvn_settings_nl_policy, extack);
	if (err)
		return err;
	if (tb[UVN_A_SETTINGS_UNMATCHED])
		cfg->unmatched = nla_get_u32(tb[UVN_A_SETTINGS_UNMATCHED]);
	if (tb[UVN_A_SETTINGS_TABLE_BASE])
		cfg->table_base = nla_get_u32(tb[UVN_A_SETTINGS_TABLE_BASE]);
	if (tb[UVN_A_SETTINGS_AUDIT])
		cfg->audit = nla_get_u32(tb[UVN_A_SETTINGS_AUDIT]);
	if (tb[UVN_A_SETTINGS_NAT_PORT_FIRST])
		cfg->nat_first = nla_get_u16(tb[UVN_A_SETTINGS_NAT_PORT_FIRST]);
	if (tb[UVN_A_SETTINGS_NAT_PORT_LAST])
		cfg->nat_last = nla_get_u16(tb[UVN_A_SETTINGS_NAT_PORT_LAST]);
	if (tb[UVN_A_SETTINGS_IDLE_TIMEOUT])
		cfg->idle_timeout = nla_get_u32(tb[UVN_A_SETTINGS_IDLE_TIMEOUT]);
	if (tb[UVN_A_SETTINGS_CHILD_NETNS])
		cfg->child_netns = nla_get_u32(tb[UVN_A_SETTINGS_CHILD_NETNS]);
	if (tb[UVN_A_SETTINGS_VIEW])
		cfg->view = nla_get_u32(tb[UVN_A_SETTINGS_VIEW]);
	if (tb[UVN_A_SETTINGS_VIEW_SOCKETS])
		cfg->view_sockets =
			nla_get_u32(tb[UVN_A_SETTINGS_VIEW_SOCKETS]);
	if (tb[UVN_A_SETTINGS_SUBORDINATE_FIRST])
		cfg->subuid_first =
			nla_get_u32(tb[UVN_A_SETTINGS_SUBORDINATE_FIRST]);
	if (tb[UVN_A_SETTINGS_SUBORDINATE_LAST])
		cfg->subuid_last =
			nla_get_u32(tb[UVN_A_SETTINGS_SUBORDINATE_LAST]);
	if (tb[UVN_A_SETTINGS_OUTER_NETFILTER])
		cfg->outer_netfilter =
			nla_get_u32(tb[UVN_A_SETTINGS_OUTER_NETFILTER]);
	if (tb[UVN_A_SETTINGS_FIREWALL_VRF])
		cfg->firewall_vrf =
			nla_get_u32(tb[UVN_A_SETTINGS_FIREWALL_VRF]);
	if (tb[UVN_A_SETTINGS_NAT_FLOWS_PER_USER])
		cfg->nat_flows =
			nla_get_u32(tb[UVN_A_SETTINGS_NAT_FLOWS_PER_USER]);
	if (cfg->nat_first > cfg->nat_last) {
		NL_SET_ERR_MSG(extack, "first NAT port is above the last");
		return -EINVAL;
	}
	if (cfg->subuid_first > cfg->subuid_last) {
		NL_SET_ERR_MSG(extack,
			       "first subordinate UID is above the last");
		return -EINVAL;
	}
	return 0;
}

static int uvn_netlink_permit(unsigned long *map, u32 size,
			      const struct nlattr *nest,
			      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[UVN_A_PERMIT_MAX + 1];
	u32 number;
	int err;

	err = nla_parse_nested(tb, UVN_A_PERMIT_MAX, nest,
			       uvn_permit_nl_policy, extack);
	if (err)
		return err;
	if (!tb[UVN_A_PERMIT_NUMBER] || !tb[UVN_A_PERMIT_VERDICT])
		return uvn_netlink_missing(nest, "number or verdict", extack);
	number = nla_get_u32(tb[UVN_A_PERMIT_NUMBER]);
	if (number >= size) {
		NL_SET_ERR_MSG_FMT(extack, "number is not below %u", size);
		return -EINVAL;
	}
	__assign_bit(number, map, nla_get_u32(tb[UVN_A_PERMIT_VERDICT]) ==
				  UVN_VERDICT_ALLOW);
	return 0;
}

/* Edit @cfg by one item of the request. */
static int uvn_netlink_edit(struct net *net, struct uvn_config *cfg,
			    const struct nlattr *attr, bool add,
			    struct netlink_ext_ack *extack)
{
	struct uvn_publish publish = {};
	struct uvn_prefix transit = {};
	struct uvn_prefix direct = {};
	struct uvn_subnet subnet = {};
	struct uvn_subuid subuid = {};
	struct uvn_range range = {};
	struct uvn_pool pool = {};
	int err;

	switch (nla_type(attr)) {
	case UVN_A_CONFIG_SETTINGS:
		return uvn_netlink_set(cfg, attr, extack);
	case UVN_A_CONFIG_SUBNET:
		err = uvn_netlink_parse_subnet(attr, add, &subnet, extack);
		if (!err)
			err = add ? uvn_subnet_add(cfg, &subnet, extack) ?:
				    uvn_tunnel_check_port(net, &subnet, extack) :
				    uvn_subnet_del(cfg, &subnet.prefix,
						   extack);
		break;
	case UVN_A_CONFIG_CGNAT:
		err = uvn_netlink_parse_pool(attr, &pool, extack);
		if (!err)
			err = add ? uvn_config_add_pool(cfg, &pool, extack) :
				    uvn_config_del_pool(cfg, &pool.prefix,
							extack);
		break;
	case UVN_A_CONFIG_DIRECT:
		err = uvn_netlink_parse_direct(attr, &direct, extack);
		if (!err)
			err = add ? uvn_config_add_direct(cfg, &direct, extack) :
				    uvn_config_del_direct(cfg, &direct, extack);
		break;
	case UVN_A_CONFIG_TRANSIT:
		err = uvn_netlink_parse_direct(attr, &transit, extack);
		if (!err)
			err = add ? uvn_config_add_transit(cfg, &transit, extack) :
				    uvn_config_del_transit(cfg, &transit, extack);
		break;
	case UVN_A_CONFIG_PUBLISH:
		err = uvn_netlink_parse_publish(attr, &publish, extack);
		if (!err)
			err = add ? uvn_publish_add(cfg, &publish, extack) :
				    uvn_publish_del(cfg, &publish, extack);
		break;
	case UVN_A_CONFIG_RANGE:
		err = uvn_netlink_parse_range(attr, &range, extack);
		if (!err)
			err = add ? uvn_range_add(cfg, &range, extack) :
				    uvn_range_del(cfg, range.first,
						  range.last, extack);
		break;
	case UVN_A_CONFIG_SUBUID_FLUSH:
		cfg->n_subuids = 0;
		return 0;
	case UVN_A_CONFIG_SUBUID:
		err = uvn_netlink_parse_subuid(attr, &subuid, extack);
		if (!err)
			err = add ? uvn_subuid_add(cfg, &subuid, extack) :
				    uvn_subuid_del(cfg, subuid.first,
						   subuid.last, extack);
		break;
	case UVN_A_CONFIG_FAMILY:
		err = uvn_netlink_permit(cfg->families, UVN_FAMILIES, attr,
					 extack);
		break;
	case UVN_A_CONFIG_PROTOCOL:
		err = uvn_netlink_permit(cfg->protocols, UVN_PROTOCOLS, attr,
					 extack);
		break;
	default:
		err = 0;
	}
	if (err && !extack->bad_attr)
		NL_SET_BAD_ATTR(extack, attr);
	return err;
}

static int uvn_netlink_configure(struct genl_info *info, bool fresh, bool add)
{
	struct uvn_net *un = uvn_netns(genl_info_net(info));
	const struct nlattr *attr;
	struct uvn_config *cfg;
	int rem, err = 0;
	bool check;

	mutex_lock(&un->lock);
	cfg = fresh ? uvn_config_new() : uvn_config_clone(uvn_netns_config(un));
	if (!cfg) {
		err = -ENOMEM;
		goto out;
	}
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		err = uvn_netlink_edit(un->net, cfg, attr, add, info->extack);
		if (err)
			break;
	}
	check = info->attrs[UVN_A_CONFIG_CHECK];
	if (!err)
		err = check ? uvn_net_check(un, cfg, info->extack) :
			      uvn_net_configure(un, cfg, info->extack);
	if (err || check)
		uvn_config_free(cfg);
	else
		uvn_netlink_notify_config(un);
out:
	mutex_unlock(&un->lock);
	return err;
}

int uvn_nl_config_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	return uvn_netlink_configure(info, false, true);
}

int uvn_nl_config_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return uvn_netlink_configure(info, false, false);
}

int uvn_nl_config_replace_doit(struct sk_buff *skb, struct genl_info *info)
{
	return uvn_netlink_configure(info, true, true);
}
