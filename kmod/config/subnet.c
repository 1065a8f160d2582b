// SPDX-License-Identifier: GPL-2.0
/*
 * Subnets: prefixes in which every node runs uvn.
 */
#include <linux/bitmap.h>
#include <linux/inetdevice.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "config/config.h"
#include "config/items.h"
#include "config/subnet.h"

static int uvn_subnet_check(const struct uvn_subnet *s,
			    struct netlink_ext_ack *extack)
{
	const union nf_inet_addr *group = &s->group;
	int err;

	err = uvn_prefix_check(&s->prefix, extack);
	if (err)
		return err;
	if (!s->port) {
		NL_SET_ERR_MSG(extack, "port is not 1 to 65535");
		return -EINVAL;
	}
	if (uvn_addr_is_none(group))
		return 0;
	if (s->prefix.family == AF_INET ? !ipv4_is_multicast(group->ip) :
					  !ipv6_addr_is_multicast(&group->in6)) {
		NL_SET_ERR_MSG(extack, "group is not a multicast address");
		return -EINVAL;
	}
	return 0;
}

/**
 * uvn_subnet_check_apart - do subnets go with what else a configuration has?
 * @cfg: the configuration
 * @extack: says why not
 *
 * A pool's addresses exist on this host only and are no node's; a subnet that is
 * direct as a whole is none.
 *
 * Return: 0 or -EEXIST.
 */
int uvn_subnet_check_apart(const struct uvn_config *cfg,
			   struct netlink_ext_ack *extack)
{
	char other[UVN_PREFIX_TEXT], subnet[UVN_PREFIX_TEXT];
	unsigned int i, k;

	for (i = 0; i < cfg->n_subnets; i++) {
		const struct uvn_prefix *s = &cfg->subnets[i].prefix;

		uvn_prefix_print(subnet, s);
		for (k = 0; k < cfg->n_pools; k++) {
			const struct uvn_prefix *p = &cfg->pools[k].prefix;

			if (!uvn_prefix_overlap(p, s))
				continue;
			NL_SET_ERR_MSG_FMT(extack, "pool %s overlaps subnet %s",
					   uvn_prefix_print(other, p), subnet);
			return -EEXIST;
		}
		for (k = 0; k < cfg->n_directs; k++) {
			const struct uvn_prefix *p = &cfg->directs[k];

			if (!uvn_prefix_covers(p, s))
				continue;
			NL_SET_ERR_MSG_FMT(extack,
					   "direct prefix %s holds all of subnet %s",
					   uvn_prefix_print(other, p), subnet);
			return -EEXIST;
		}
	}
	return 0;
}

/**
 * uvn_subnet_add - add a subnet
 * @cfg: private copy
 * @new: the subnet
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0; -EINVAL, -EEXIST or -ENOMEM, and @cfg is of no more use.
 */
int uvn_subnet_add(struct uvn_config *cfg, const struct uvn_subnet *new,
		   struct netlink_ext_ack *extack)
{
	char text[UVN_PREFIX_TEXT];
	unsigned int i;
	int at, err;

	err = uvn_subnet_check(new, extack);
	if (err)
		return err;
	at = uvn_items_place(cfg->subnets, cfg->n_subnets, sizeof(*new),
			     &new->prefix, "subnet", extack);
	if (at < 0)
		return at;
	for (i = 0; i < cfg->n_subnets; i++) {
		const struct uvn_subnet *s = &cfg->subnets[i];

		if (s->port == new->port) {
			NL_SET_ERR_MSG_FMT(extack, "port %u is subnet %s's",
					   ntohs(s->port),
					   uvn_prefix_print(text, &s->prefix));
			return -EEXIST;
		}
	}

	if (!cfg->ports)
		cfg->ports = bitmap_zalloc(UVN_PORTS, GFP_KERNEL);
	if (!cfg->ports)
		return -ENOMEM;
	err = uvn_items_insert(&cfg->subnets, &cfg->n_subnets, sizeof(*new),
			       at, new);
	if (err)
		return err;
	set_bit(ntohs(new->port), cfg->ports);
	return uvn_subnet_check_apart(cfg, extack);
}

/**
 * uvn_subnet_del - remove a subnet
 * @cfg: private copy
 * @p: its prefix
 * @extack: says why not
 *
 * Return: 0, or -ENOENT.
 */
int uvn_subnet_del(struct uvn_config *cfg, const struct uvn_prefix *p,
		   struct netlink_ext_ack *extack)
{
	const struct uvn_subnet *s = uvn_subnet_find(cfg, p->family,
						     &p->addr);

	if (s && uvn_prefix_same(&s->prefix, p))
		clear_bit(ntohs(s->port), cfg->ports);
	return uvn_items_take(cfg->subnets, &cfg->n_subnets,
			      sizeof(*cfg->subnets), p, "subnet", extack);
}

/**
 * uvn_subnet_find - the subnet in which an address lies
 * @cfg: the configuration
 * @family: of the address
 * @addr: the address
 *
 * Return: the subnet, or NULL.
 */
const struct uvn_subnet *uvn_subnet_find(const struct uvn_config *cfg,
					 u8 family,
					 const union nf_inet_addr *addr)
{
	unsigned int i;

	for (i = 0; i < cfg->n_subnets; i++) {
		const struct uvn_subnet *s = &cfg->subnets[i];

		if (s->prefix.family == family &&
		    uvn_prefix_has(&s->prefix, addr))
			return s;
	}
	return NULL;
}

/**
 * uvn_subnet_is_port - does a subnet's VXLAN use a port?
 * @cfg: the configuration
 * @port: UDP port
 */
bool uvn_subnet_is_port(const struct uvn_config *cfg, __be16 port)
{
	return cfg->ports && test_bit(ntohs(port), cfg->ports);
}
