// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: the configuration as it is, item by item.
 */
#include <linux/bitmap.h>
#include <linux/inetdevice.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "config/config.h"
#include "config/permit.h"
#include "core/netns.h"
#include "core/put.h"
#include "netlink/netlink-gen.h"

static int uvn_netlink_put_subnet(struct sk_buff *skb,
				  const struct uvn_subnet *s)
{
	struct nlattr *nest = nla_nest_start(skb, UVN_A_CONFIG_SUBNET);
	const struct uvn_prefix *p = &s->prefix;

	if (!nest ||
	    uvn_put_addr(skb, UVN_A_SUBNET_PREFIX, p->family,
			 &p->addr) ||
	    nla_put_u8(skb, UVN_A_SUBNET_PREFIX_LEN, p->len) ||
	    nla_put_u16(skb, UVN_A_SUBNET_PORT, ntohs(s->port)) ||
	    uvn_put_addr(skb, UVN_A_SUBNET_GROUP, p->family, &s->group) ||
	    (s->unprivileged && nla_put_flag(skb, UVN_A_SUBNET_UNPRIVILEGED)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int uvn_netlink_put_pool(struct sk_buff *skb,
				const struct uvn_pool *pool)
{
	struct nlattr *nest = nla_nest_start(skb, UVN_A_CONFIG_CGNAT);
	const struct uvn_prefix *p = &pool->prefix;

	if (!nest ||
	    uvn_put_addr(skb, UVN_A_CGNAT_PREFIX, p->family,
			 &p->addr) ||
	    nla_put_u8(skb, UVN_A_CGNAT_PREFIX_LEN, p->len) ||
	    uvn_put_addr(skb, UVN_A_CGNAT_SNAT, p->family, &pool->snat))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Of direct prefixes and of transit. */
static int uvn_netlink_put_prefix(struct sk_buff *skb, int attrtype,
				  const struct uvn_prefix *p)
{
	struct nlattr *nest = nla_nest_start(skb, attrtype);

	if (!nest ||
	    uvn_put_addr(skb, UVN_A_DIRECT_PREFIX, p->family,
			 &p->addr) ||
	    nla_put_u8(skb, UVN_A_DIRECT_PREFIX_LEN, p->len))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int uvn_netlink_put_publish(struct sk_buff *skb,
				   const struct uvn_publish *publish)
{
	struct nlattr *nest = nla_nest_start(skb, UVN_A_CONFIG_PUBLISH);
	const struct uvn_prefix *p = &publish->from;

	if (!nest ||
	    uvn_put_addr(skb, UVN_A_PUBLISH_PREFIX, p->family,
			 &p->addr) ||
	    nla_put_u8(skb, UVN_A_PUBLISH_PREFIX_LEN, p->len) ||
	    nla_put_u8(skb, UVN_A_PUBLISH_PROTOCOL, publish->protocol) ||
	    nla_put_u16(skb, UVN_A_PUBLISH_PORT_FIRST, publish->first) ||
	    nla_put_u16(skb, UVN_A_PUBLISH_PORT_LAST, publish->last))
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

static int uvn_netlink_put_subuid(struct sk_buff *skb,
				  const struct uvn_subuid *s)
{
	struct nlattr *nest = nla_nest_start(skb, UVN_A_CONFIG_SUBUID);

	if (!nest ||
	    nla_put_u32(skb, UVN_A_SUBUID_UID_FIRST, s->first) ||
	    nla_put_u32(skb, UVN_A_SUBUID_UID_LAST, s->last) ||
	    (s->owner != UVN_SUBUID_NOBODY &&
	     nla_put_u32(skb, UVN_A_SUBUID_OWNER, s->owner)))
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
	    nla_put_u32(skb, UVN_A_SETTINGS_AUDIT, cfg->audit) ||
	    nla_put_u16(skb, UVN_A_SETTINGS_NAT_PORT_FIRST, cfg->nat_first) ||
	    nla_put_u16(skb, UVN_A_SETTINGS_NAT_PORT_LAST, cfg->nat_last) ||
	    nla_put_u32(skb, UVN_A_SETTINGS_IDLE_TIMEOUT, cfg->idle_timeout) ||
	    nla_put_u32(skb, UVN_A_SETTINGS_CHILD_NETNS, cfg->child_netns) ||
	    nla_put_u32(skb, UVN_A_SETTINGS_SUBORDINATE_FIRST,
			cfg->subuid_first) ||
	    nla_put_u32(skb, UVN_A_SETTINGS_SUBORDINATE_LAST,
			cfg->subuid_last) ||
	    nla_put_u32(skb, UVN_A_SETTINGS_NAT_FLOWS_PER_USER,
			cfg->nat_flows) ||
	    nla_put_u32(skb, UVN_A_SETTINGS_OUTER_NETFILTER,
			cfg->outer_netfilter) ||
	    nla_put_u32(skb, UVN_A_SETTINGS_FIREWALL_VRF, cfg->firewall_vrf) ||
	    nla_put_u32(skb, UVN_A_SETTINGS_VIEW, cfg->view) ||
	    nla_put_u32(skb, UVN_A_SETTINGS_VIEW_SOCKETS, cfg->view_sockets))
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
	i -= cfg->n_ranges;
	if (i < cfg->n_subuids)
		return uvn_netlink_put_subuid(skb, &cfg->subuids[i]);
	i -= cfg->n_subuids;
	if (i < cfg->n_directs)
		return uvn_netlink_put_prefix(skb, UVN_A_CONFIG_DIRECT,
					      &cfg->directs[i]);
	i -= cfg->n_directs;
	if (i < cfg->n_pools)
		return uvn_netlink_put_pool(skb, &cfg->pools[i]);
	i -= cfg->n_pools;
	if (i < cfg->n_publishes)
		return uvn_netlink_put_publish(skb, &cfg->publishes[i]);
	i -= cfg->n_publishes;
	if (i < cfg->n_transits)
		return uvn_netlink_put_prefix(skb, UVN_A_CONFIG_TRANSIT,
					      &cfg->transits[i]);
	return uvn_netlink_put_permits(skb, cfg, i - cfg->n_transits);
}

int uvn_nl_config_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct uvn_net *un = uvn_netns(sock_net(skb->sk));
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
