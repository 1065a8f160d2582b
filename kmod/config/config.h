/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an administrator configures, grouped by the .c that has it.
 */
#ifndef _UVN_CONFIG_H
#define _UVN_CONFIG_H

#include <linux/bitmap.h>
#include <linux/inetdevice.h>
#include <linux/netfilter.h>
#include <linux/rcupdate.h>
#include <linux/socket.h>
#include <linux/types.h>
#include <net/ipv6.h>

#include <linux/uvn.h>

struct netlink_ext_ack;
struct uvn_net;

/* prefix.c */

/* Addresses of IPv4 compare as the four bytes that they are. */
static inline bool uvn_addr_same(u8 family, const union nf_inet_addr *a,
				 const union nf_inet_addr *b)
{
	return family == AF_INET ? a->ip == b->ip :
				   ipv6_addr_equal(&a->in6, &b->in6);
}

/* "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff/128" */
#define UVN_PREFIX_TEXT	48

/**
 * struct uvn_prefix - addresses that begin with the same bits
 * @addr: network address
 * @family: AF_INET or AF_INET6
 * @len: prefix length, 0 to 32 or 128
 */
struct uvn_prefix {
	union nf_inet_addr addr;
	u8 family;
	u8 len;
};

static inline bool uvn_prefix_has4(const struct uvn_prefix *p, __be32 addr)
{
	return !((p->addr.ip ^ addr) & inet_make_mask(p->len));
}

static inline bool uvn_prefix_has6(const struct uvn_prefix *p,
				   const struct in6_addr *addr)
{
	return ipv6_prefix_equal(&p->addr.in6, addr, p->len);
}

static inline bool uvn_prefix_has(const struct uvn_prefix *p,
				  const union nf_inet_addr *addr)
{
	return p->family == AF_INET ? uvn_prefix_has4(p, addr->ip) :
				      uvn_prefix_has6(p, &addr->in6);
}

int uvn_prefix_check(const struct uvn_prefix *p,
		     struct netlink_ext_ack *extack);
bool uvn_prefix_same(const struct uvn_prefix *a, const struct uvn_prefix *b);
bool uvn_prefix_covers(const struct uvn_prefix *a, const struct uvn_prefix *b);
bool uvn_prefix_overlap(const struct uvn_prefix *a, const struct uvn_prefix *b);
bool uvn_prefix_before(const struct uvn_prefix *a, const struct uvn_prefix *b);
const char *uvn_prefix_print(char *text, const struct uvn_prefix *p);

/* config.c */

/**
 * struct uvn_subnet - a prefix in which every node runs uvn
 * @prefix: the prefix
 * @group: multicast group for inner broadcast and multicast, or 0
 * @port: UDP destination port of its VXLAN
 * @unprivileged: any program may have the port, as the administrator knows
 */
struct uvn_subnet {
	struct uvn_prefix prefix;
	union nf_inet_addr group;
	__be16 port;
	bool unprivileged;
};

/**
 * struct uvn_range - a block of managed UIDs and the VNIs it maps to
 * @first: first UID (initial user namespace)
 * @last: last UID
 * @vni: VNI of @first; the others follow in order
 */
struct uvn_range {
	u32 first;
	u32 last;
	u32 vni;
};

/* The owner of subordinate UIDs that nobody has. */
#define UVN_SUBUID_NOBODY	U32_MAX

/**
 * struct uvn_subuid - UIDs that are subordinate to another
 * @first: first UID (initial user namespace)
 * @last: last UID
 * @owner: UID to whom they belong, or %UVN_SUBUID_NOBODY
 */
struct uvn_subuid {
	u32 first;
	u32 last;
	u32 owner;
};

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
 * struct uvn_publish - ports of users' that hosts outside may connect to
 * @from: the hosts
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @first: first port
 * @last: last one
 */
struct uvn_publish {
	struct uvn_prefix from;
	u8 protocol;
	u16 first;
	u16 last;
};

static inline bool uvn_publish_same(const struct uvn_publish *a,
				    const struct uvn_publish *b)
{
	return a->protocol == b->protocol && a->first == b->first &&
	       a->last == b->last && uvn_prefix_same(&a->from, &b->from);
}

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
 * @child_netns: enum uvn_verdict, for users' sockets in other namespaces
 * @subuids: sorted by UID, no two overlap, none a range, no owner lies in one
 */
struct uvn_config {
	struct rcu_head rcu;
	u32 unmatched;
	u32 table_base;
	bool audit;
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
	struct uvn_subuid *subuids;
};

/* UDP has so many. */
#define UVN_PORTS	65536

struct uvn_config *uvn_config_new(void);
struct uvn_config *uvn_config_clone(const struct uvn_config *old);
void uvn_config_free(struct uvn_config *cfg);
void uvn_config_free_rcu(struct uvn_config *cfg);
void *uvn_items_copy(const void *items, unsigned int n, size_t size,
		     unsigned int at);
int uvn_items_place(const void *items, unsigned int n, size_t size,
		    const struct uvn_prefix *new, const char *what,
		    struct netlink_ext_ack *extack);
int uvn_items_take(void *items, unsigned int *n, size_t size,
		   const struct uvn_prefix *prefix, const char *what,
		   struct netlink_ext_ack *extack);
int uvn_subnet_check_apart(const struct uvn_config *cfg,
			   struct netlink_ext_ack *extack);
int uvn_items_insert(void *items, unsigned int *n, size_t size,
		     unsigned int at, const void *new);
int uvn_subnet_add(struct uvn_config *cfg, const struct uvn_subnet *new,
		   struct netlink_ext_ack *extack);
int uvn_subnet_del(struct uvn_config *cfg, const struct uvn_prefix *p,
		   struct netlink_ext_ack *extack);
int uvn_range_add(struct uvn_config *cfg, const struct uvn_range *new,
		  struct netlink_ext_ack *extack);
int uvn_range_del(struct uvn_config *cfg, u32 first, u32 last,
		  struct netlink_ext_ack *extack);
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
const struct uvn_subnet *uvn_subnet_find(const struct uvn_config *cfg,
					 u8 family,
					 const union nf_inet_addr *addr);
bool uvn_subnet_is_port(const struct uvn_config *cfg, __be16 port);
u32 uvn_range_vni(const struct uvn_config *cfg, u32 uid);
u32 uvn_range_uid(const struct uvn_config *cfg, u32 vni);

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

/* Is it one of the ports to which sources are translated? */
static inline bool uvn_config_is_nat(const struct uvn_config *cfg, __be16 port)
{
	return ntohs(port) >= cfg->nat_first && ntohs(port) <= cfg->nat_last;
}

/* publish.c */
bool uvn_publish_is_port(const struct uvn_config *cfg, u8 protocol, u16 port);
bool uvn_publish_is_open(const struct uvn_config *cfg, u8 protocol, __be16 port,
			 u8 family, const union nf_inet_addr *addr);
int uvn_publish_add(struct uvn_config *cfg, const struct uvn_publish *new,
		    struct netlink_ext_ack *extack);
int uvn_publish_del(struct uvn_config *cfg, const struct uvn_publish *old,
		    struct netlink_ext_ack *extack);
int uvn_publish_check(const struct uvn_config *cfg,
		      struct netlink_ext_ack *extack);

/* subuid.c */
void uvn_subuid_default(struct uvn_config *cfg);
const struct uvn_subuid *uvn_subuid_overlap(const struct uvn_config *cfg,
					    u32 first, u32 last);
const struct uvn_subuid *uvn_subuid_find(const struct uvn_config *cfg, u32 uid);
bool uvn_subuid_is_given_out(const struct uvn_config *cfg, u32 uid);
int uvn_subuid_add(struct uvn_config *cfg, const struct uvn_subuid *new,
		   struct netlink_ext_ack *extack);
int uvn_subuid_del(struct uvn_config *cfg, u32 first, u32 last,
		   struct netlink_ext_ack *extack);

/* permit.c */
struct sock;

void uvn_permit_default(unsigned long *families, unsigned long *protocols);
bool uvn_permit_family(const struct uvn_config *cfg, int family);
bool uvn_permit_number(const struct uvn_config *cfg, int protocol);
bool uvn_permit_netlink(const struct sock *sk);
bool uvn_permit_protocol(const struct uvn_config *cfg, const struct sock *sk,
			 int type, int protocol);

#endif /* _UVN_CONFIG_H */
