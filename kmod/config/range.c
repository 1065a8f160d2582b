// SPDX-License-Identifier: GPL-2.0
/*
 * Ranges: which UIDs are managed, and the VNI of each.
 */
#include <linux/netlink.h>
#include <linux/string.h>

#include "config/config.h"
#include "config/items.h"
#include "config/range.h"

static int uvn_range_check(const struct uvn_range *r,
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
 * uvn_range_add - add a range of managed UIDs
 * @cfg: private copy
 * @new: the range
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0; -EINVAL, -EEXIST or -ENOMEM, and @cfg is unchanged.
 */
int uvn_range_add(struct uvn_config *cfg, const struct uvn_range *new,
		  struct netlink_ext_ack *extack)
{
	u32 new_end = new->vni + (new->last - new->first);
	const struct uvn_subuid *sub;
	unsigned int i, at = 0;
	int err;

	err = uvn_range_check(new, extack);
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

	return uvn_items_insert(&cfg->ranges, &cfg->n_ranges, sizeof(*new),
				at, new);
}

/**
 * uvn_range_del - remove a range
 * @cfg: private copy
 * @first: its first UID
 * @last: its last UID
 * @extack: says why not
 *
 * Return: 0, or -ENOENT.
 */
int uvn_range_del(struct uvn_config *cfg, u32 first, u32 last,
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
 * uvn_range_vni - the VNI of a UID
 * @cfg: the configuration
 * @uid: UID in the initial user namespace
 *
 * Return: the VNI, or 0 if no range holds the UID.
 */
u32 uvn_range_vni(const struct uvn_config *cfg, u32 uid)
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
 * uvn_range_uid - the UID of a VNI
 * @cfg: the configuration
 * @vni: VXLAN network identifier
 *
 * Return: the UID, or 0 if the VNI belongs to no range.
 */
u32 uvn_range_uid(const struct uvn_config *cfg, u32 vni)
{
	unsigned int i;

	for (i = 0; i < cfg->n_ranges; i++) {
		const struct uvn_range *r = &cfg->ranges[i];

		if (vni >= r->vni && vni - r->vni <= r->last - r->first)
			return r->first + (vni - r->vni);
	}
	return 0;
}
