// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: the configuration. Requests are translated here, and
 * checked by the file of the noun they are about.
 */
#include <linux/bitmap.h>
#include <linux/inetdevice.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "netlink-gen.h"
#include "uvn.h"

static int uvn_netlink_parse_addr(const struct nlattr *attr, __be32 *addr,
				  struct netlink_ext_ack *extack)
{
	if (nla_len(attr) == sizeof(struct in6_addr)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "IPv6 subnets are not supported");
		return -EAFNOSUPPORT;
	}
	if (nla_len(attr) != sizeof(*addr)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "address is not of 4 or 16 bytes");
		return -EINVAL;
	}
	*addr = nla_get_in_addr(attr);
	return 0;
}

static int uvn_netlink_missing(const struct nlattr *nest, const char *what,
			       struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG_FMT(extack, "%s is missing", what);
	NL_SET_BAD_ATTR(extack, nest);
	return -EINVAL;
}

static int uvn_netlink_parse_subnet(const struct nlattr *nest, bool whole,
				    struct uvn_subnet *subnet,
				    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[UVN_A_SUBNET_GROUP + 1];
	int err;

	err = nla_parse_nested(tb, UVN_A_SUBNET_GROUP, nest,
			       uvn_subnet_nl_policy, extack);
	if (err)
		return err;
	if (!tb[UVN_A_SUBNET_PREFIX] || !tb[UVN_A_SUBNET_PREFIX_LEN])
		return uvn_netlink_missing(nest, "prefix", extack);
	err = uvn_netlink_parse_addr(tb[UVN_A_SUBNET_PREFIX], &subnet->prefix,
				     extack);
	if (err)
		return err;
	subnet->len = nla_get_u8(tb[UVN_A_SUBNET_PREFIX_LEN]);
	subnet->mask = inet_make_mask(min_t(u8, subnet->len, 32));
	if (!whole)
		return 0;
	if (!tb[UVN_A_SUBNET_PORT])
		return uvn_netlink_missing(nest, "port", extack);
	subnet->port = htons(nla_get_u16(tb[UVN_A_SUBNET_PORT]));
	if (tb[UVN_A_SUBNET_GROUP])
		err = uvn_netlink_parse_addr(tb[UVN_A_SUBNET_GROUP],
					     &subnet->group, extack);
	return err;
}

static int uvn_netlink_parse_range(const struct nlattr *nest,
				   struct uvn_range *range,
				   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[UVN_A_RANGE_VNI_FIRST + 1];
	int err;

	err = nla_parse_nested(tb, UVN_A_RANGE_VNI_FIRST, nest,
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
static int uvn_netlink_edit(struct uvn_config *cfg, const struct nlattr *attr,
			    bool add, struct netlink_ext_ack *extack)
{
	struct uvn_subnet subnet = {};
	struct uvn_range range = {};
	int err;

	switch (nla_type(attr)) {
	case UVN_A_CONFIG_SETTINGS:
		return uvn_netlink_set(cfg, attr, extack);
	case UVN_A_CONFIG_SUBNET:
		err = uvn_netlink_parse_subnet(attr, add, &subnet, extack);
		if (!err)
			err = add ? uvn_config_add_subnet(cfg, &subnet, extack) :
				    uvn_config_del_subnet(cfg, subnet.prefix,
							  subnet.len, extack);
		break;
	case UVN_A_CONFIG_RANGE:
		err = uvn_netlink_parse_range(attr, &range, extack);
		if (!err)
			err = add ? uvn_config_add_range(cfg, &range, extack) :
				    uvn_config_del_range(cfg, range.first,
							 range.last, extack);
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
	struct uvn_net *un = uvn_net(genl_info_net(info));
	const struct nlattr *attr;
	struct uvn_config *cfg;
	int rem, err = 0;

	mutex_lock(&un->lock);
	cfg = fresh ? uvn_config_new() : uvn_config_clone(uvn_net_config(un));
	if (!cfg) {
		err = -ENOMEM;
		goto out;
	}
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		err = uvn_netlink_edit(cfg, attr, add, info->extack);
		if (err)
			break;
	}
	if (!err)
		err = uvn_net_configure(un, cfg, info->extack);
	if (err)
		uvn_config_free(cfg);
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

static int uvn_netlink_put_subnet(struct sk_buff *skb,
				  const struct uvn_subnet *s)
{
	struct nlattr *nest = nla_nest_start(skb, UVN_A_CONFIG_SUBNET);

	if (!nest ||
	    nla_put_in_addr(skb, UVN_A_SUBNET_PREFIX, s->prefix) ||
	    nla_put_u8(skb, UVN_A_SUBNET_PREFIX_LEN, s->len) ||
	    nla_put_u16(skb, UVN_A_SUBNET_PORT, ntohs(s->port)) ||
	    (s->group &&
	     nla_put_in_addr(skb, UVN_A_SUBNET_GROUP, s->group)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int uvn_netlink_put_range(struct sk_buff *skb, const struct uvn_range *r)
{
	struct nlattr *nest = nla_nest_start(skb, UVN_A_CONFIG_RANGE);

	if (!nest ||
	    nla_put_u32(skb, UVN_A_RANGE_UID_FIRST, r->first) ||
	    nla_put_u32(skb, UVN_A_RANGE_UID_LAST, r->last) ||
	    nla_put_u32(skb, UVN_A_RANGE_VNI_FIRST, r->vni))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int uvn_netlink_put_settings(struct sk_buff *skb,
				    const struct uvn_config *cfg)
{
	struct nlattr *nest = nla_nest_start(skb, UVN_A_CONFIG_SETTINGS);

	if (!nest ||
	    nla_put_u32(skb, UVN_A_SETTINGS_UNMATCHED, cfg->unmatched) ||
	    nla_put_u32(skb, UVN_A_SETTINGS_TABLE_BASE, cfg->table_base) ||
	    nla_put_u32(skb, UVN_A_SETTINGS_AUDIT, cfg->audit))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int uvn_netlink_put_permit(struct sk_buff *skb, int attrtype,
				  const unsigned long *map, u32 number)
{
	struct nlattr *nest = nla_nest_start(skb, attrtype);

	if (!nest ||
	    nla_put_u32(skb, UVN_A_PERMIT_NUMBER, number) ||
	    nla_put_u32(skb, UVN_A_PERMIT_VERDICT, test_bit(number, map) ?
			UVN_VERDICT_ALLOW : UVN_VERDICT_DENY))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* The @i-th number for which a map differs from what it is by default, or
 * @size, and then @i is what is left of it.
 */
static u32 uvn_netlink_unusual(const unsigned long *map,
			       const unsigned long *usual, u32 size,
			       unsigned long *i)
{
	u32 n;

	for (n = 0; n < size; n++)
		if (test_bit(n, map) != test_bit(n, usual) && !(*i)--)
			break;
	return n;
}

static int uvn_netlink_put_permits(struct sk_buff *skb,
				   const struct uvn_config *cfg,
				   unsigned long i)
{
	DECLARE_BITMAP(families, UVN_FAMILIES) = {};
	DECLARE_BITMAP(protocols, UVN_PROTOCOLS) = {};
	u32 n;

	uvn_permit_default(families, protocols);
	n = uvn_netlink_unusual(cfg->families, families, UVN_FAMILIES, &i);
	if (n < UVN_FAMILIES)
		return uvn_netlink_put_permit(skb, UVN_A_CONFIG_FAMILY,
					      cfg->families, n);
	n = uvn_netlink_unusual(cfg->protocols, protocols, UVN_PROTOCOLS, &i);
	if (n < UVN_PROTOCOLS)
		return uvn_netlink_put_permit(skb, UVN_A_CONFIG_PROTOCOL,
					      cfg->protocols, n);
	return -ENOENT;
}

/* Item @i of the configuration, in the order of `uvnadm save`. Returns
 * -ENOENT behind the last.
 */
static int uvn_netlink_put_item(struct sk_buff *skb,
				const struct uvn_config *cfg, unsigned long i)
{
	if (!i--)
		return uvn_netlink_put_settings(skb, cfg);
	if (i < cfg->n_subnets)
		return uvn_netlink_put_subnet(skb, &cfg->subnets[i]);
	i -= cfg->n_subnets;
	if (i < cfg->n_ranges)
		return uvn_netlink_put_range(skb, &cfg->ranges[i]);
	return uvn_netlink_put_permits(skb, cfg, i - cfg->n_ranges);
}

int uvn_nl_config_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct uvn_net *un = uvn_net(sock_net(skb->sk));
	const struct uvn_config *cfg;
	int err = 0;
	void *hdr;

	rcu_read_lock();
	cb->seq = READ_ONCE(un->config_seq) + 1;
	cfg = rcu_dereference(un->config);
	while (!err) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &uvn_nl_family,
				  NLM_F_MULTI, UVN_CMD_CONFIG_GET);
		if (!hdr) {
			err = -EMSGSIZE;
			break;
		}
		genl_dump_check_consistent(cb, hdr);
		err = uvn_netlink_put_item(skb, cfg, cb->args[0]);
		if (err) {
			genlmsg_cancel(skb, hdr);
		} else {
			genlmsg_end(skb, hdr);
			cb->args[0]++;
		}
	}
	rcu_read_unlock();
	return err == -ENOENT ? 0 : skb->len;
}
