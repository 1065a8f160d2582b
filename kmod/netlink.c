// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: requests are translated and checked here, and decided by
 * the file of the noun they are about.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <linux/sizes.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "netlink-gen.h"
#include "uvn.h"

static struct uvn_net *uvn_netlink_net(struct genl_info *info)
{
	return uvn_net(genl_info_net(info));
}

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
	struct nlattr *tb[UVN_A_SETTINGS_TABLE_BASE + 1];
	int err;

	err = nla_parse_nested(tb, UVN_A_SETTINGS_TABLE_BASE, nest,
			       uvn_settings_nl_policy, extack);
	if (err)
		return err;
	if (tb[UVN_A_SETTINGS_UNMATCHED])
		cfg->unmatched = nla_get_u32(tb[UVN_A_SETTINGS_UNMATCHED]);
	if (tb[UVN_A_SETTINGS_TABLE_BASE])
		cfg->table_base = nla_get_u32(tb[UVN_A_SETTINGS_TABLE_BASE]);
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
	default:
		err = 0;
	}
	if (err && !extack->bad_attr)
		NL_SET_BAD_ATTR(extack, attr);
	return err;
}

static int uvn_netlink_configure(struct genl_info *info, bool fresh, bool add)
{
	struct uvn_net *un = uvn_netlink_net(info);
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
	    nla_put_u32(skb, UVN_A_SETTINGS_TABLE_BASE, cfg->table_base))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
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
	return -ENOENT;
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

/**
 * uvn_netlink_put_status - put the state of a namespace into a message
 * @skb: the message
 * @un: namespace
 *
 * Return: 0 or -EMSGSIZE.
 */
int uvn_netlink_put_status(struct sk_buff *skb, struct uvn_net *un)
{
	const struct uvn_config *cfg;
	u32 subnets, ranges;

	rcu_read_lock();
	cfg = rcu_dereference(un->config);
	subnets = cfg->n_subnets;
	ranges = cfg->n_ranges;
	rcu_read_unlock();

	return nla_put_u8(skb, UVN_A_STATUS_ENABLED, READ_ONCE(un->enabled)) ?:
	       nla_put_string(skb, UVN_A_STATUS_VERSION, UVN_VERSION) ?:
	       nla_put_string(skb, UVN_A_STATUS_HOOK, uvn_hook_name()) ?:
	       nla_put_u32(skb, UVN_A_STATUS_USERS,
			   atomic_read(&un->n_users)) ?:
	       nla_put_u32(skb, UVN_A_STATUS_SUBNETS, subnets) ?:
	       nla_put_u32(skb, UVN_A_STATUS_RANGES, ranges) ?:
	       nla_put_u64_64bit(skb, UVN_A_STATUS_DENIED,
				 atomic64_read(&un->denied),
				 UVN_A_STATUS_PAD) ?:
	       nla_put_u64_64bit(skb, UVN_A_STATUS_RX_DROPPED,
				 atomic64_read(&un->rx_dropped),
				 UVN_A_STATUS_PAD);
}

static struct sk_buff *uvn_netlink_reply(struct genl_info *info, u8 cmd,
					 size_t size, void **hdr)
{
	struct sk_buff *msg = genlmsg_new(size, GFP_KERNEL);

	if (!msg)
		return NULL;
	*hdr = genlmsg_put_reply(msg, info, &uvn_nl_family, 0, cmd);
	if (!*hdr) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

int uvn_nl_status_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	void *hdr;
	int err;

	msg = uvn_netlink_reply(info, UVN_CMD_STATUS_GET, GENLMSG_DEFAULT_SIZE,
				&hdr);
	if (!msg)
		return -ENOMEM;
	err = uvn_netlink_put_status(msg, uvn_netlink_net(info));
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int uvn_nl_enable_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct uvn_net *un = uvn_netlink_net(info);
	int err;

	mutex_lock(&un->lock);
	err = uvn_net_enable(un, info->extack);
	mutex_unlock(&un->lock);
	if (!err)
		uvn_event_config(un);
	return err;
}

int uvn_nl_disable_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct uvn_net *un = uvn_netlink_net(info);
	int err;

	mutex_lock(&un->lock);
	err = uvn_net_disable(un, info->extack);
	mutex_unlock(&un->lock);
	if (!err)
		uvn_event_config(un);
	return err;
}

static int uvn_netlink_put_addrs(struct sk_buff *skb,
				 const struct net_device *dev)
{
	const struct in_device *in_dev = __in_dev_get_rtnl(dev);
	const struct in_ifaddr *ifa;
	struct nlattr *nest;

	if (!in_dev)
		return 0;
	in_dev_for_each_ifa_rtnl(ifa, in_dev) {
		nest = nla_nest_start(skb, UVN_A_LINK_ADDRESS);
		if (!nest ||
		    nla_put_in_addr(skb, UVN_A_ADDRESS_ADDRESS,
				    ifa->ifa_local) ||
		    nla_put_u8(skb, UVN_A_ADDRESS_PREFIX_LEN,
			       ifa->ifa_prefixlen))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int uvn_netlink_put_links(struct sk_buff *skb, struct uvn_user *user)
{
	const struct uvn_link *link;
	struct nlattr *nest;

	ASSERT_RTNL();
	list_for_each_entry(link, &user->links, list) {
		nest = nla_nest_start(skb, UVN_A_USER_LINK);
		if (!nest ||
		    nla_put_u32(skb, UVN_A_LINK_IFINDEX, link->dev->ifindex) ||
		    nla_put_string(skb, UVN_A_LINK_NAME, link->dev->name) ||
		    nla_put_u32(skb, UVN_A_LINK_LOWER_IFINDEX,
				link->lower->ifindex) ||
		    (link->lower->dev &&
		     nla_put_string(skb, UVN_A_LINK_LOWER,
				    link->lower->dev->name)) ||
		    nla_put_u32(skb, UVN_A_LINK_MTU, link->dev->mtu) ||
		    uvn_netlink_put_addrs(skb, link->dev))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

/**
 * uvn_netlink_put_user - put a user network into a message, without its links
 * @skb: the message
 * @user: the network
 *
 * Return: 0 or -EMSGSIZE.
 */
int uvn_netlink_put_user(struct sk_buff *skb, struct uvn_user *user)
{
	char vrf[IFNAMSIZ];

	uvn_network_vrf_name(vrf, user->uid);
	return nla_put_u32(skb, UVN_A_USER_UID, user->uid) ?:
	       nla_put_u32(skb, UVN_A_USER_VNI, user->vni) ?:
	       nla_put_string(skb, UVN_A_USER_VRF, vrf) ?:
	       nla_put_u32(skb, UVN_A_USER_VRF_IFINDEX,
			   READ_ONCE(user->vrf_ifindex)) ?:
	       nla_put_u32(skb, UVN_A_USER_TABLE, user->table) ?:
	       nla_put_u32(skb, UVN_A_USER_STATE, READ_ONCE(user->state)) ?:
	       nla_put_u64_64bit(skb, UVN_A_USER_SOCKETS_CREATED,
				 atomic64_read(&user->sockets),
				 UVN_A_USER_PAD) ?:
	       nla_put_u64_64bit(skb, UVN_A_USER_DENIED,
				 atomic64_read(&user->denied),
				 UVN_A_USER_PAD);
}

int uvn_nl_user_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct uvn_net *un = uvn_netlink_net(info);
	size_t size = GENLMSG_DEFAULT_SIZE;
	struct uvn_user *user;
	struct sk_buff *msg;
	void *hdr;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, UVN_A_USER_UID))
		return -EINVAL;
	user = uvn_user_get(un, nla_get_u32(info->attrs[UVN_A_USER_UID]));
	if (!user) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[UVN_A_USER_UID],
				    "user has no network here");
		return -ENOENT;
	}
	do {
		/* As large as its links' addresses make it. */
		msg = uvn_netlink_reply(info, UVN_CMD_USER_GET, size, &hdr);
		if (!msg) {
			err = -ENOMEM;
			break;
		}
		rtnl_lock();
		err = uvn_netlink_put_user(msg, user) ?:
		      uvn_netlink_put_links(msg, user);
		rtnl_unlock();
		if (err)
			nlmsg_free(msg);
		size *= 2;
	} while (err == -EMSGSIZE && size <= SZ_1M);
	uvn_user_put(user);
	if (err)
		return err;
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int uvn_nl_user_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct uvn_net *un = uvn_net(sock_net(skb->sk));
	struct uvn_user *user;
	u32 uid = cb->args[0];
	int err = 0;
	void *hdr;

	/* The links' names and addresses. */
	rtnl_lock();
	for (; (user = uvn_user_next(un, &uid)); uid++) {
		err = -EMSGSIZE;
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &uvn_nl_family,
				  NLM_F_MULTI, UVN_CMD_USER_GET);
		if (hdr)
			err = uvn_netlink_put_user(skb, user) ?:
			      uvn_netlink_put_links(skb, user);
		uvn_user_put(user);
		if (err) {
			if (hdr)
				genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	rtnl_unlock();
	cb->args[0] = uid;
	return err && !skb->len ? err : skb->len;
}

int uvn_nl_user_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct uvn_net *un = uvn_netlink_net(info);
	struct uvn_user *user;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, UVN_A_USER_UID))
		return -EINVAL;
	mutex_lock(&un->lock);
	if (!un->enabled) {
		NL_SET_ERR_MSG(info->extack, "uvn is not enabled");
		err = -ENETDOWN;
		goto out;
	}
	user = uvn_user_make(un, nla_get_u32(info->attrs[UVN_A_USER_UID]),
			     GFP_KERNEL);
	if (IS_ERR(user)) {
		err = PTR_ERR(user);
		if (err == -EACCES)
			NL_SET_ERR_MSG_ATTR(info->extack,
					    info->attrs[UVN_A_USER_UID],
					    "UID is in no range");
		goto out;
	}
	err = uvn_user_wait(user);
	if (err && err != -EINTR)
		NL_SET_ERR_MSG_FMT(info->extack, "network not made: %s (%d)",
				   user->detail, -err);
	uvn_user_put(user);
out:
	mutex_unlock(&un->lock);
	return err;
}

int uvn_nl_user_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct uvn_net *un = uvn_netlink_net(info);
	int err;

	if (GENL_REQ_ATTR_CHECK(info, UVN_A_USER_UID))
		return -EINVAL;
	mutex_lock(&un->lock);
	err = uvn_user_remove(un, nla_get_u32(info->attrs[UVN_A_USER_UID]),
			      info->extack);
	mutex_unlock(&un->lock);
	return err;
}

/**
 * uvn_netlink_init - register the family
 *
 * Return: 0 or a negative errno.
 */
int uvn_netlink_init(void)
{
	return genl_register_family(&uvn_nl_family);
}

/**
 * uvn_netlink_exit - unregister the family
 */
void uvn_netlink_exit(void)
{
	genl_unregister_family(&uvn_nl_family);
}
