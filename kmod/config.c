// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration: subnets, ranges, settings.
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
		uvn_permit_default(cfg->families, cfg->protocols);
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
	if (!cfg->subnets || !cfg->ranges)
		goto err;
	cfg->n_subnets = old->n_subnets;
	cfg->n_ranges = old->n_ranges;
	return cfg;
err:
	uvn_config_free(cfg);
	return NULL;
}

static bool uvn_config_overlap(const struct uvn_subnet *a,
			       const struct uvn_subnet *b)
{
	__be32 mask = a->len < b->len ? a->mask : b->mask;

	return !((a->prefix ^ b->prefix) & mask);
}

static int uvn_config_check_subnet(const struct uvn_subnet *s,
				   struct netlink_ext_ack *extack)
{
	if (!s->len || s->len > 32) {
		NL_SET_ERR_MSG(extack, "prefix length is not 1 to 32");
		return -EINVAL;
	}
	if (s->prefix & ~s->mask) {
		NL_SET_ERR_MSG(extack, "prefix has host bits set");
		return -EINVAL;
	}
	if (ipv4_is_zeronet(s->prefix) || ipv4_is_loopback(s->prefix) ||
	    ipv4_is_multicast(s->prefix) || ipv4_is_lbcast(s->prefix)) {
		NL_SET_ERR_MSG(extack, "prefix is not one of unicast addresses");
		return -EINVAL;
	}
	if (!s->port) {
		NL_SET_ERR_MSG(extack, "port is not 1 to 65535");
		return -EINVAL;
	}
	if (s->group && !ipv4_is_multicast(s->group)) {
		NL_SET_ERR_MSG(extack, "group is not a multicast address");
		return -EINVAL;
	}
	return 0;
}

/**
 * uvn_config_add_subnet - add a subnet
 * @cfg: private copy
 * @new: the subnet
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0; -EINVAL, -EEXIST or -ENOMEM, and @cfg is unchanged.
 */
int uvn_config_add_subnet(struct uvn_config *cfg, const struct uvn_subnet *new,
			  struct netlink_ext_ack *extack)
{
	struct uvn_subnet *subnets;
	unsigned int i, at = 0;
	int err;

	err = uvn_config_check_subnet(new, extack);
	if (err)
		return err;

	for (i = 0; i < cfg->n_subnets; i++) {
		const struct uvn_subnet *s = &cfg->subnets[i];

		if (s->prefix == new->prefix && s->len == new->len) {
			NL_SET_ERR_MSG(extack, "subnet exists already");
			return -EEXIST;
		}
		if (uvn_config_overlap(s, new)) {
			NL_SET_ERR_MSG_FMT(extack, "overlaps subnet %pI4/%u",
					   &s->prefix, s->len);
			return -EEXIST;
		}
		if (s->port == new->port) {
			NL_SET_ERR_MSG_FMT(extack, "port %u is subnet %pI4/%u's",
					   ntohs(s->port), &s->prefix, s->len);
			return -EEXIST;
		}
		if (ntohl(s->prefix) < ntohl(new->prefix))
			at = i + 1;
	}

	if (!cfg->ports)
		cfg->ports = bitmap_zalloc(UVN_PORTS, GFP_KERNEL);
	if (!cfg->ports)
		return -ENOMEM;
	subnets = uvn_config_array(cfg->subnets, cfg->n_subnets,
				   sizeof(*subnets), at);
	if (!subnets)
		return -ENOMEM;
	set_bit(ntohs(new->port), cfg->ports);
	subnets[at] = *new;
	kvfree(cfg->subnets);
	cfg->subnets = subnets;
	cfg->n_subnets++;
	return 0;
}

/**
 * uvn_config_del_subnet - remove a subnet
 * @cfg: private copy
 * @prefix: its network address
 * @len: its prefix length
 * @extack: says why not
 *
 * Return: 0, or -ENOENT.
 */
int uvn_config_del_subnet(struct uvn_config *cfg, __be32 prefix, u8 len,
			  struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < cfg->n_subnets; i++) {
		struct uvn_subnet *s = &cfg->subnets[i];

		if (s->prefix != prefix || s->len != len)
			continue;
		clear_bit(ntohs(s->port), cfg->ports);
		cfg->n_subnets--;
		memmove(s, s + 1, (cfg->n_subnets - i) * sizeof(*s));
		return 0;
	}
	NL_SET_ERR_MSG(extack, "no such subnet");
	return -ENOENT;
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
	struct uvn_range *ranges;
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

	ranges = uvn_config_array(cfg->ranges, cfg->n_ranges, sizeof(*ranges),
				  at);
	if (!ranges)
		return -ENOMEM;
	ranges[at] = *new;
	kvfree(cfg->ranges);
	cfg->ranges = ranges;
	cfg->n_ranges++;
	return 0;
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
 * @addr: the address
 *
 * Return: the subnet, or NULL.
 */
const struct uvn_subnet *uvn_config_subnet(const struct uvn_config *cfg,
					   __be32 addr)
{
	unsigned int i;

	for (i = 0; i < cfg->n_subnets; i++) {
		const struct uvn_subnet *s = &cfg->subnets[i];

		if (!((addr ^ s->prefix) & s->mask))
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
