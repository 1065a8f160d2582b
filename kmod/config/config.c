// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration: subnets, ranges, CGNAT pools, direct prefixes, settings.
 * What has a file of its own (publish.c, permit.c, subuid.c) is edited there.
 *
 * A configuration is edited as a private copy, checked item by item as it is
 * edited, and published whole (uvn_net_configure()); so no reader ever sees
 * half of a change, and a refused change needs no undoing.
 */
#include <linux/bitmap.h>
#include <linux/inetdevice.h>
#include <linux/netlink.h>
#include <linux/slab.h>

#include "uvn.h"

#define UVN_PORTS	65536

/* Above what Linux takes by itself for connections of the system's. */
#define UVN_NAT_FIRST	61000
#define UVN_NAT_LAST	65535

/* In seconds. */
#define UVN_IDLE_TIMEOUT	600

#define UVN_NAT_FLOWS	8192

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
		cfg->table_base = UVN_TABLE_BASE_DEFAULT;
		cfg->nat_first = UVN_NAT_FIRST;
		cfg->nat_last = UVN_NAT_LAST;
		cfg->idle_timeout = UVN_IDLE_TIMEOUT;
		cfg->child_netns = UVN_VERDICT_ALLOW;
		cfg->nat_flows = UVN_NAT_FLOWS;
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

/* A copy of @n items of @size at @items with room for one more at @at. */
static void *uvn_config_array(const void *items, unsigned int n, size_t size,
			      unsigned int at)
{
	char *copy = kvmalloc_array(n + 1, size, GFP_KERNEL);

	if (!copy)
		return NULL;
	if (n) {
		memcpy(copy, items, at * size);
		memcpy(copy + (at + 1) * size,
		       (const char *)items + at * size, (n - at) * size);
	}
	return copy;
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
	struct uvn_config *cfg = uvn_config_new();

	if (!cfg)
		return NULL;
	cfg->unmatched = old->unmatched;
	cfg->table_base = old->table_base;
	cfg->audit = old->audit;
	cfg->nat_first = old->nat_first;
	cfg->nat_last = old->nat_last;
	cfg->idle_timeout = old->idle_timeout;
	cfg->child_netns = old->child_netns;
	cfg->subuid_first = old->subuid_first;
	cfg->subuid_last = old->subuid_last;
	cfg->nat_flows = old->nat_flows;
	bitmap_copy(cfg->families, old->families, UVN_FAMILIES);
	bitmap_copy(cfg->protocols, old->protocols, UVN_PROTOCOLS);
	if (old->ports) {
		cfg->ports = bitmap_alloc(UVN_PORTS, GFP_KERNEL);
		if (!cfg->ports)
			goto err;
		bitmap_copy(cfg->ports, old->ports, UVN_PORTS);
	}
	cfg->subnets = uvn_config_array(old->subnets, old->n_subnets,
					sizeof(*cfg->subnets), old->n_subnets);
	cfg->ranges = uvn_config_array(old->ranges, old->n_ranges,
				       sizeof(*cfg->ranges), old->n_ranges);
	cfg->pools = uvn_config_array(old->pools, old->n_pools,
				      sizeof(*cfg->pools), old->n_pools);
	cfg->directs = uvn_config_array(old->directs, old->n_directs,
					sizeof(*cfg->directs), old->n_directs);
	cfg->publishes = uvn_config_array(old->publishes, old->n_publishes,
					  sizeof(*cfg->publishes),
					  old->n_publishes);
	cfg->transits = uvn_config_array(old->transits, old->n_transits,
					 sizeof(*cfg->transits),
					 old->n_transits);
	cfg->subuids = uvn_config_array(old->subuids, old->n_subuids,
					sizeof(*cfg->subuids), old->n_subuids);
	if (!cfg->subnets || !cfg->ranges || !cfg->pools || !cfg->directs ||
	    !cfg->publishes || !cfg->transits || !cfg->subuids)
		goto err;
	cfg->n_subnets = old->n_subnets;
	cfg->n_ranges = old->n_ranges;
	cfg->n_pools = old->n_pools;
	cfg->n_directs = old->n_directs;
	cfg->n_publishes = old->n_publishes;
	cfg->n_transits = old->n_transits;
	cfg->n_subuids = old->n_subuids;
	return cfg;
err:
	uvn_config_free(cfg);
	return NULL;
}

static int uvn_config_check_subnet(const struct uvn_subnet *s,
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
	if (nf_inet_addr_cmp(group, &(union nf_inet_addr){}))
		return 0;
	if (s->prefix.family == AF_INET ? !ipv4_is_multicast(group->ip) :
					  !ipv6_addr_is_multicast(&group->in6)) {
		NL_SET_ERR_MSG(extack, "group is not a multicast address");
		return -EINVAL;
	}
	return 0;
}

/* Of other kinds than its own: a pool's addresses exist on this host only and
 * are no node's; a subnet that is direct as a whole is none.
 */
static int uvn_config_check_apart(const struct uvn_config *cfg,
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

/* Where among @n items, each with its prefix first, a new prefix goes; or
 * -EEXIST if it overlaps one.
 */
static int uvn_config_place(const void *items, unsigned int n, size_t size,
			    const struct uvn_prefix *new, const char *what,
			    struct netlink_ext_ack *extack)
{
	char text[UVN_PREFIX_TEXT];
	unsigned int i, at = 0;

	for (i = 0; i < n; i++) {
		const struct uvn_prefix *p = items + i * size;

		if (uvn_prefix_same(p, new)) {
			NL_SET_ERR_MSG_FMT(extack, "%s exists already", what);
			return -EEXIST;
		}
		if (uvn_prefix_overlap(p, new)) {
			NL_SET_ERR_MSG_FMT(extack, "overlaps %s %s", what,
					   uvn_prefix_print(text, p));
			return -EEXIST;
		}
		if (uvn_prefix_before(p, new))
			at = i + 1;
	}
	return at;
}

/**
 * uvn_config_insert - put an item among others
 * @items: pointer to the array, which is replaced
 * @n: how many there are; becomes one more
 * @size: of each, in bytes
 * @at: where it goes
 * @new: the item
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int uvn_config_insert(void *items, unsigned int *n, size_t size,
		      unsigned int at, const void *new)
{
	void **array = items;
	char *copy = uvn_config_array(*array, *n, size, at);

	if (!copy)
		return -ENOMEM;
	memcpy(copy + at * size, new, size);
	kvfree(*array);
	*array = copy;
	++*n;
	return 0;
}

/* Take the item with a prefix out of @*n items. */
static int uvn_config_take(void *items, unsigned int *n, size_t size,
			   const struct uvn_prefix *prefix, const char *what,
			   struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < *n; i++) {
		void *item = items + i * size;

		if (!uvn_prefix_same(item, prefix))
			continue;
		--*n;
		memmove(item, item + size, (*n - i) * size);
		return 0;
	}
	NL_SET_ERR_MSG_FMT(extack, "no such %s", what);
	return -ENOENT;
}

/**
 * uvn_config_add_subnet - add a subnet
 * @cfg: private copy
 * @new: the subnet
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0; -EINVAL, -EEXIST or -ENOMEM, and @cfg is of no more use.
 */
int uvn_config_add_subnet(struct uvn_config *cfg, const struct uvn_subnet *new,
			  struct netlink_ext_ack *extack)
{
	char text[UVN_PREFIX_TEXT];
	unsigned int i;
	int at, err;

	err = uvn_config_check_subnet(new, extack);
	if (err)
		return err;
	at = uvn_config_place(cfg->subnets, cfg->n_subnets, sizeof(*new),
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
	err = uvn_config_insert(&cfg->subnets, &cfg->n_subnets, sizeof(*new),
				at, new);
	if (err)
		return err;
	set_bit(ntohs(new->port), cfg->ports);
	return uvn_config_check_apart(cfg, extack);
}

/**
 * uvn_config_del_subnet - remove a subnet
 * @cfg: private copy
 * @p: its prefix
 * @extack: says why not
 *
 * Return: 0, or -ENOENT.
 */
int uvn_config_del_subnet(struct uvn_config *cfg, const struct uvn_prefix *p,
			  struct netlink_ext_ack *extack)
{
	const struct uvn_subnet *s = uvn_config_subnet(cfg, p->family,
						       &p->addr);

	if (s && uvn_prefix_same(&s->prefix, p))
		clear_bit(ntohs(s->port), cfg->ports);
	return uvn_config_take(cfg->subnets, &cfg->n_subnets,
			       sizeof(*cfg->subnets), p, "subnet", extack);
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
	if (!nf_inet_addr_cmp(&new->snat, &(union nf_inet_addr){})) {
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
	at = uvn_config_place(cfg->pools, cfg->n_pools, sizeof(*new),
			      &new->prefix, "pool", extack);
	if (at < 0)
		return at;
	err = uvn_config_insert(&cfg->pools, &cfg->n_pools, sizeof(*new), at,
				new);
	return err ?: uvn_config_check_apart(cfg, extack);
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
	return uvn_config_take(cfg->pools, &cfg->n_pools, sizeof(*cfg->pools),
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
	at = uvn_config_place(cfg->directs, cfg->n_directs, sizeof(*new),
			      new, "direct prefix", extack);
	if (at < 0)
		return at;
	err = uvn_config_insert(&cfg->directs, &cfg->n_directs, sizeof(*new),
				at, new);
	return err ?: uvn_config_check_apart(cfg, extack);
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
	return uvn_config_take(cfg->directs, &cfg->n_directs,
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
	at = uvn_config_place(cfg->transits, cfg->n_transits, sizeof(*new),
			      new, "transit prefix", extack);
	if (at < 0)
		return at;
	return uvn_config_insert(&cfg->transits, &cfg->n_transits,
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
	return uvn_config_take(cfg->transits, &cfg->n_transits,
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

static int uvn_config_check_range(const struct uvn_range *r,
				  struct netlink_ext_ack *extack)
{
	if (!r->first) {
		NL_SET_ERR_MSG(extack, "UID 0 can never be managed");
		return -EINVAL;
	}
	if (r->last == U32_MAX) {
		NL_SET_ERR_MSG(extack, "UID 4294967295 does not exist");
		return -EINVAL;
	}
	if (r->first > r->last) {
		NL_SET_ERR_MSG(extack, "first UID is above the last");
		return -EINVAL;
	}
	if (!r->vni || r->vni > UVN_VNI_MAX ||
	    r->last - r->first > UVN_VNI_MAX - r->vni) {
		NL_SET_ERR_MSG_FMT(extack, "VNIs are not within 1 to %u",
				   UVN_VNI_MAX);
		return -EINVAL;
	}
	return 0;
}

/**
 * uvn_config_add_range - add a range of managed UIDs
 * @cfg: private copy
 * @new: the range
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0; -EINVAL, -EEXIST or -ENOMEM, and @cfg is unchanged.
 */
int uvn_config_add_range(struct uvn_config *cfg, const struct uvn_range *new,
			 struct netlink_ext_ack *extack)
{
	u32 new_end = new->vni + (new->last - new->first);
	const struct uvn_subuid *sub;
	unsigned int i, at = 0;
	int err;

	err = uvn_config_check_range(new, extack);
	if (err)
		return err;

	for (i = 0; i < cfg->n_ranges; i++) {
		const struct uvn_range *r = &cfg->ranges[i];
		u32 end = r->vni + (r->last - r->first);

		if (r->first <= new->last && new->first <= r->last) {
			NL_SET_ERR_MSG_FMT(extack, "overlaps range uid %u-%u",
					   r->first, r->last);
			return -EEXIST;
		}
		if (r->vni <= new_end && new->vni <= end) {
			NL_SET_ERR_MSG_FMT(extack,
					   "VNIs overlap range uid %u-%u (vni %u-%u)",
					   r->first, r->last, r->vni, end);
			return -EEXIST;
		}
		if (r->first < new->first)
			at = i + 1;
	}

	/* They would be somebody's and somebody by themselves. */
	sub = uvn_subuid_overlap(cfg, new->first, new->last);
	if (sub) {
		NL_SET_ERR_MSG_FMT(extack, "overlaps subordinate UIDs %u-%u",
				   sub->first, sub->last);
		return -EEXIST;
	}

	return uvn_config_insert(&cfg->ranges, &cfg->n_ranges, sizeof(*new),
				 at, new);
}

/**
 * uvn_config_del_range - remove a range
 * @cfg: private copy
 * @first: its first UID
 * @last: its last UID
 * @extack: says why not
 *
 * Return: 0, or -ENOENT.
 */
int uvn_config_del_range(struct uvn_config *cfg, u32 first, u32 last,
			 struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < cfg->n_ranges; i++) {
		struct uvn_range *r = &cfg->ranges[i];

		if (r->first != first || r->last != last)
			continue;
		cfg->n_ranges--;
		memmove(r, r + 1, (cfg->n_ranges - i) * sizeof(*r));
		return 0;
	}
	NL_SET_ERR_MSG(extack, "no such range");
	return -ENOENT;
}

/**
 * uvn_config_subnet - the subnet in which an address lies
 * @cfg: the configuration
 * @family: of the address
 * @addr: the address
 *
 * Return: the subnet, or NULL.
 */
const struct uvn_subnet *uvn_config_subnet(const struct uvn_config *cfg,
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
 * uvn_config_port - does a subnet's VXLAN use a port?
 * @cfg: the configuration
 * @port: UDP port
 */
bool uvn_config_port(const struct uvn_config *cfg, __be16 port)
{
	return cfg->ports && test_bit(ntohs(port), cfg->ports);
}

/**
 * uvn_config_vni - the VNI of a UID
 * @cfg: the configuration
 * @uid: UID in the initial user namespace
 *
 * Return: the VNI, or 0 if no range holds the UID.
 */
u32 uvn_config_vni(const struct uvn_config *cfg, u32 uid)
{
	unsigned int low = 0, high = cfg->n_ranges;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;
		const struct uvn_range *r = &cfg->ranges[mid];

		if (uid < r->first)
			high = mid;
		else if (uid > r->last)
			low = mid + 1;
		else
			return r->vni + (uid - r->first);
	}
	return 0;
}

/**
 * uvn_config_uid - the UID of a VNI
 * @cfg: the configuration
 * @vni: VXLAN network identifier
 *
 * Return: the UID, or 0 if the VNI belongs to no range.
 */
u32 uvn_config_uid(const struct uvn_config *cfg, u32 vni)
{
	unsigned int i;

	for (i = 0; i < cfg->n_ranges; i++) {
		const struct uvn_range *r = &cfg->ranges[i];

		if (vni >= r->vni && vni - r->vni <= r->last - r->first)
			return r->first + (vni - r->vni);
	}
	return 0;
}
