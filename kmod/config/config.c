// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration: CGNAT pools, direct prefixes, transit, settings. What has a file
 * of its own (subnet.c, range.c, publish.c, permit.c, subuid.c) is edited there.
 *
 * A configuration is edited as a private copy, checked item by item as it is
 * edited, and published whole (uvn_net_configure()); so no reader ever sees
 * half of a change, and a refused change needs no undoing.
 */
#include <linux/bitmap.h>
#include <linux/inetdevice.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "config/config.h"
#include "config/items.h"
#include "config/permit.h"

/**
 * uvn_config_new - an empty configuration with default settings
 *
 * Context: may sleep.
 * Return: the configuration, or NULL without memory.
 */
struct uvn_config *uvn_config_new(void)
{
	struct uvn_config *cfg = kzalloc(sizeof(*cfg), GFP_KERNEL);

	if (cfg) {
		cfg->unmatched = UVN_VERDICT_DENY;
		cfg->table_base = UVN_DEFAULT_TABLE_BASE;
		/* Above what Linux takes by itself for connections. */
		cfg->nat_first = UVN_DEFAULT_NAT_PORT_FIRST;
		cfg->nat_last = UVN_DEFAULT_NAT_PORT_LAST;
		cfg->idle_timeout = UVN_DEFAULT_IDLE_TIMEOUT;
		cfg->child_netns = UVN_VERDICT_ALLOW;
		cfg->view = UVN_VIEW_USERS;
		cfg->view_sockets = UVN_VIEW_SOCKETS_ALL;
		cfg->nat_flows = UVN_DEFAULT_NAT_FLOWS;
		uvn_permit_default(cfg->families, cfg->protocols);
		uvn_subuid_default(cfg);
	}
	return cfg;
}

/**
 * uvn_config_free - free a configuration that nobody else can see
 * @cfg: the configuration, or NULL
 */
void uvn_config_free(struct uvn_config *cfg)
{
	if (!cfg)
		return;
	bitmap_free(cfg->ports);
	kvfree(cfg->subnets);
	kvfree(cfg->ranges);
	kvfree(cfg->pools);
	kvfree(cfg->directs);
	kvfree(cfg->publishes);
	kvfree(cfg->transits);
	kvfree(cfg->subuids);
	kfree(cfg);
}

static void uvn_config_free_cb(struct rcu_head *rcu)
{
	uvn_config_free(container_of(rcu, struct uvn_config, rcu));
}

/**
 * uvn_config_free_rcu - free a configuration once its last reader is done
 * @cfg: the configuration
 */
void uvn_config_free_rcu(struct uvn_config *cfg)
{
	call_rcu(&cfg->rcu, uvn_config_free_cb);
}

/**
 * uvn_config_clone - copy a configuration in order to edit it
 * @old: the configuration
 *
 * Context: may sleep; the caller keeps @old from being freed.
 * Return: the copy, or NULL without memory.
 */
struct uvn_config *uvn_config_clone(const struct uvn_config *old)
{
	struct uvn_config *cfg = kmemdup(old, sizeof(*old), GFP_KERNEL);

	if (!cfg)
		return NULL;
	/* All settings are the same; what pointers lead to is the copy's own. */
	cfg->ports = old->ports ? bitmap_alloc(UVN_PORTS, GFP_KERNEL) : NULL;
	cfg->subnets = uvn_items_copy(old->subnets, old->n_subnets,
				      sizeof(*cfg->subnets), old->n_subnets);
	cfg->ranges = uvn_items_copy(old->ranges, old->n_ranges,
				     sizeof(*cfg->ranges), old->n_ranges);
	cfg->pools = uvn_items_copy(old->pools, old->n_pools,
				    sizeof(*cfg->pools), old->n_pools);
	cfg->directs = uvn_items_copy(old->directs, old->n_directs,
				      sizeof(*cfg->directs), old->n_directs);
	cfg->publishes = uvn_items_copy(old->publishes, old->n_publishes,
					sizeof(*cfg->publishes),
					old->n_publishes);
	cfg->transits = uvn_items_copy(old->transits, old->n_transits,
				       sizeof(*cfg->transits),
				       old->n_transits);
	cfg->subuids = uvn_items_copy(old->subuids, old->n_subuids,
				      sizeof(*cfg->subuids), old->n_subuids);
	if (!cfg->subnets || !cfg->ranges || !cfg->pools || !cfg->directs ||
	    !cfg->publishes || !cfg->transits || !cfg->subuids ||
	    (old->ports && !cfg->ports)) {
		uvn_config_free(cfg);
		return NULL;
	}
	if (old->ports)
		bitmap_copy(cfg->ports, old->ports, UVN_PORTS);
	return cfg;
}

/**
 * uvn_config_add_pool - add a CGNAT pool
 * @cfg: private copy
 * @new: the pool
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0; -EINVAL, -EEXIST or -ENOMEM, and @cfg is of no more use.
 */
int uvn_config_add_pool(struct uvn_config *cfg, const struct uvn_pool *new,
			struct netlink_ext_ack *extack)
{
	struct uvn_prefix snat = {
		.addr = new->snat,
		.family = new->prefix.family,
		.len = new->prefix.family == AF_INET ? 32 : 128,
	};
	unsigned int i;
	int at, err;

	err = uvn_prefix_check(&new->prefix, extack);
	if (err)
		return err;
	/* Addresses are told apart by their last 32 bits. */
	if (new->prefix.family == AF_INET6 && new->prefix.len < 64) {
		NL_SET_ERR_MSG(extack, "prefix length of an IPv6 pool is not 64 to 128");
		return -EINVAL;
	}
	if (!uvn_addr_is_none(&new->snat)) {
		err = uvn_prefix_check(&snat, extack);
		if (err)
			return err;
		if (uvn_config_pool(cfg, snat.family, &snat.addr) ||
		    uvn_prefix_overlap(&new->prefix, &snat)) {
			NL_SET_ERR_MSG(extack, "snat is an address of a pool");
			return -EINVAL;
		}
	}
	for (i = 0; i < cfg->n_pools; i++) {
		snat.addr = cfg->pools[i].snat;
		if (snat.family == cfg->pools[i].prefix.family &&
		    uvn_prefix_overlap(&new->prefix, &snat)) {
			NL_SET_ERR_MSG(extack, "pool has the snat of another");
			return -EINVAL;
		}
	}
	at = uvn_items_place(cfg->pools, cfg->n_pools, sizeof(*new),
			     &new->prefix, "pool", extack);
	if (at < 0)
		return at;
	err = uvn_items_insert(&cfg->pools, &cfg->n_pools, sizeof(*new), at,
			       new);
	return err ?: uvn_subnet_check_apart(cfg, extack);
}

/**
 * uvn_config_del_pool - remove a CGNAT pool
 * @cfg: private copy
 * @p: its prefix
 * @extack: says why not
 *
 * Return: 0, or -ENOENT.
 */
int uvn_config_del_pool(struct uvn_config *cfg, const struct uvn_prefix *p,
			struct netlink_ext_ack *extack)
{
	return uvn_items_take(cfg->pools, &cfg->n_pools, sizeof(*cfg->pools),
			      p, "pool", extack);
}

/**
 * uvn_config_add_direct - add a direct prefix
 * @cfg: private copy
 * @new: the prefix
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0; -EINVAL, -EEXIST or -ENOMEM, and @cfg is of no more use.
 */
int uvn_config_add_direct(struct uvn_config *cfg, const struct uvn_prefix *new,
			  struct netlink_ext_ack *extack)
{
	int at, err;

	err = uvn_prefix_check(new, extack);
	if (err)
		return err;
	at = uvn_items_place(cfg->directs, cfg->n_directs, sizeof(*new),
			     new, "direct prefix", extack);
	if (at < 0)
		return at;
	err = uvn_items_insert(&cfg->directs, &cfg->n_directs, sizeof(*new),
			       at, new);
	return err ?: uvn_subnet_check_apart(cfg, extack);
}

/**
 * uvn_config_del_direct - remove a direct prefix
 * @cfg: private copy
 * @p: the prefix
 * @extack: says why not
 *
 * Return: 0, or -ENOENT.
 */
int uvn_config_del_direct(struct uvn_config *cfg, const struct uvn_prefix *p,
			  struct netlink_ext_ack *extack)
{
	return uvn_items_take(cfg->directs, &cfg->n_directs,
			      sizeof(*cfg->directs), p, "direct prefix",
			      extack);
}

/**
 * uvn_config_add_transit - let VXLAN of nodes behind this one pass
 * @cfg: private copy
 * @new: the nodes
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0; -EINVAL, -EEXIST or -ENOMEM, and @cfg is unchanged.
 */
int uvn_config_add_transit(struct uvn_config *cfg,
			   const struct uvn_prefix *new,
			   struct netlink_ext_ack *extack)
{
	int at, err;

	err = uvn_prefix_check(new, extack);
	if (err)
		return err;
	at = uvn_items_place(cfg->transits, cfg->n_transits, sizeof(*new),
			     new, "transit prefix", extack);
	if (at < 0)
		return at;
	return uvn_items_insert(&cfg->transits, &cfg->n_transits,
				sizeof(*new), at, new);
}

/**
 * uvn_config_del_transit - let it pass no more
 * @cfg: private copy
 * @p: the nodes
 * @extack: says why not
 *
 * Return: 0, or -ENOENT.
 */
int uvn_config_del_transit(struct uvn_config *cfg, const struct uvn_prefix *p,
			   struct netlink_ext_ack *extack)
{
	return uvn_items_take(cfg->transits, &cfg->n_transits,
			      sizeof(*cfg->transits), p, "transit prefix",
			      extack);
}

/**
 * uvn_config_transit - is an address one of nodes behind this one?
 * @cfg: the configuration
 * @family: of the address
 * @addr: the address
 */
bool uvn_config_transit(const struct uvn_config *cfg, u8 family,
			const union nf_inet_addr *addr)
{
	unsigned int i;

	for (i = 0; i < cfg->n_transits; i++)
		if (cfg->transits[i].family == family &&
		    uvn_prefix_has(&cfg->transits[i], addr))
			return true;
	return false;
}
