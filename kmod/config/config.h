/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an administrator configures.
 */
#ifndef _UVN_CONFIG_H
#define _UVN_CONFIG_H

#include <linux/bitmap.h>
#include <linux/in.h>
#include <linux/netfilter.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/uvn.h>

#include "config/prefix.h"
#include "config/publish.h"
#include "config/range.h"
#include "config/subnet.h"
#include "config/subuid.h"

struct netlink_ext_ack;

/**
 * struct uvn_pool - a block of source addresses that exist on this host only
 * @prefix: the addresses
 * @snat: what they are translated to, or 0 for the leaving interface's
 */
struct uvn_pool {
	struct uvn_prefix prefix;
	union nf_inet_addr snat;
};

/**
 * struct uvn_config - a configuration, never changed once it is published
 * @rcu: for freeing it after the last reader
 * @unmatched: enum uvn_verdict
 * @table_base: routing table of a user network is this plus its VNI
 * @audit: would-be denials are let pass, and reported
 * @nat_first: first port to which sources are translated
 * @nat_last: last one
 * @idle_timeout: seconds that a network lasts without use; 0 is for ever
 * @subuid_first: first of the UIDs that are never system, as they may be
 *	subordinate ones
 * @subuid_last: last one
 * @nat_flows: flows off the subnets that a user may have; 0 is no number
 * @families: AF_* of which managed users get sockets
 * @protocols: IPPROTO_* of which they do
 * @ports: UDP ports of the subnets; NULL before the first one
 * @n_subnets: length of @subnets
 * @n_ranges: length of @ranges
 * @n_pools: length of @pools
 * @n_directs: length of @directs
 * @n_publishes: length of @publishes
 * @n_transits: length of @transits
 * @n_subuids: length of @subuids
 * @subnets: sorted by prefix, no two overlap, no two have the same port
 * @ranges: sorted by UID, no two overlap, neither in UIDs nor in VNIs
 * @pools: sorted by prefix, no two overlap, and none a subnet
 * @directs: hosts that do not run uvn; sorted by prefix, no two overlap
 * @publishes: published ports; sorted by protocol and first port, all different
 * @transits: nodes whose VXLAN passes through this one; sorted by prefix, no two
 *	overlap
 * @outer_netfilter: netfilter judges outer packets on their way out
 * @firewall_vrf: netfilter sees users' VRFs, and not the devices below
 * @child_netns: enum uvn_verdict, for users' sockets in other namespaces
 * @view: enum uvn_view
 * @view_sockets: enum uvn_view_sockets
 * @subuids: sorted by UID, no two overlap, none a range, no owner lies in one
 */
struct uvn_config {
	struct rcu_head rcu;
	u32 unmatched;
	u32 table_base;
	bool audit;
	bool outer_netfilter;
	bool firewall_vrf;
	u16 nat_first;
	u16 nat_last;
	u32 idle_timeout;
	u32 subuid_first;
	u32 subuid_last;
	u32 nat_flows;
	DECLARE_BITMAP(families, UVN_FAMILIES);
	DECLARE_BITMAP(protocols, UVN_PROTOCOLS);
	unsigned long *ports;
	unsigned int n_subnets;
	unsigned int n_ranges;
	unsigned int n_pools;
	unsigned int n_directs;
	unsigned int n_publishes;
	unsigned int n_transits;
	unsigned int n_subuids;
	struct uvn_subnet *subnets;
	struct uvn_range *ranges;
	struct uvn_pool *pools;
	struct uvn_prefix *directs;
	struct uvn_publish *publishes;
	struct uvn_prefix *transits;
	u32 child_netns;
	u32 view;
	u32 view_sockets;
	struct uvn_subuid *subuids;
};

struct uvn_config *uvn_config_new(void);
struct uvn_config *uvn_config_clone(const struct uvn_config *old);
void uvn_config_free(struct uvn_config *cfg);
void uvn_config_free_rcu(struct uvn_config *cfg);
int uvn_config_add_pool(struct uvn_config *cfg, const struct uvn_pool *new,
			struct netlink_ext_ack *extack);
int uvn_config_del_pool(struct uvn_config *cfg, const struct uvn_prefix *p,
			struct netlink_ext_ack *extack);
int uvn_config_add_direct(struct uvn_config *cfg, const struct uvn_prefix *new,
			  struct netlink_ext_ack *extack);
int uvn_config_del_direct(struct uvn_config *cfg, const struct uvn_prefix *p,
			  struct netlink_ext_ack *extack);
int uvn_config_add_transit(struct uvn_config *cfg,
			   const struct uvn_prefix *new,
			   struct netlink_ext_ack *extack);
int uvn_config_del_transit(struct uvn_config *cfg, const struct uvn_prefix *p,
			   struct netlink_ext_ack *extack);
bool uvn_config_transit(const struct uvn_config *cfg, u8 family,
			const union nf_inet_addr *addr);

/**
 * uvn_config_pool - the CGNAT pool in which an address lies
 * @cfg: the configuration
 * @family: of the address
 * @addr: the address; of IPv4 no more than four bytes are read
 *
 * Asked of every packet in and out of the default VRF.
 *
 * Return: the pool, or NULL.
 */
static inline const struct uvn_pool *
uvn_config_pool(const struct uvn_config *cfg, u8 family,
		const union nf_inet_addr *addr)
{
	unsigned int i;

	for (i = 0; i < cfg->n_pools; i++) {
		const struct uvn_pool *pool = &cfg->pools[i];

		if (pool->prefix.family == family &&
		    uvn_prefix_has(&pool->prefix, addr))
			return pool;
	}
	return NULL;
}

static inline bool uvn_config_has_pool(const struct uvn_config *cfg, u8 family)
{
	unsigned int i;

	for (i = 0; i < cfg->n_pools; i++)
		if (cfg->pools[i].prefix.family == family)
			return true;
	return false;
}

/* Is it one of the ports to which sources are translated? */
static inline bool uvn_config_is_nat(const struct uvn_config *cfg, __be16 port)
{
	return ntohs(port) >= cfg->nat_first && ntohs(port) <= cfg->nat_last;
}

#endif /* _UVN_CONFIG_H */
