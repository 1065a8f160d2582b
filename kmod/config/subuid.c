// SPDX-License-Identifier: GPL-2.0
/*
 * Subordinate UIDs: those that a user has besides the own one, as /etc/subuid
 * gives them out for user namespaces.
 *
 * They do not stay there. A set-user-ID file that is owned by one makes whoever
 * runs it that UID, and every user can make such a file of each UID that is
 * subordinate to him. So such a UID is its owner's wherever it turns up; and
 * where nobody says whose it is, it is no one's.
 */
#include <linux/netlink.h>
#include <linux/string.h>

#include "config/config.h"
#include "config/items.h"
#include "config/subuid.h"
#include "config/system-uid.h"

/* The owners that files have in systemd's images: no process is to have one. */
#define UVN_SUBUID_FOREIGN_FIRST	2147352576U
#define UVN_SUBUID_FOREIGN_LAST		2147418111U

/**
 * uvn_subuid_default - the UIDs that distributions give out as subordinate
 * @cfg: private copy, in which they are set
 */
void uvn_subuid_default(struct uvn_config *cfg)
{
	/* What shadow gives out begins there (SUB_UID_MIN), and what systemd takes
	 * for containers ends there, behind shadow's SUB_UID_MAX, 600100000.
	 */
	cfg->subuid_first = UVN_DEFAULT_SUBORDINATE_FIRST;
	cfg->subuid_last = UVN_DEFAULT_SUBORDINATE_LAST;
}

/* Where the first entry is that ends at @uid or behind it. */
static unsigned int uvn_subuid_place(const struct uvn_config *cfg, u32 uid)
{
	unsigned int low = 0, high = cfg->n_subuids;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (cfg->subuids[mid].last < uid)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/**
 * uvn_subuid_overlap - the first entry that has one of some UIDs
 * @cfg: the configuration
 * @first: first of them
 * @last: last of them
 *
 * Return: the entry, or NULL.
 */
const struct uvn_subuid *uvn_subuid_overlap(const struct uvn_config *cfg,
					    u32 first, u32 last)
{
	unsigned int at = uvn_subuid_place(cfg, first);

	return at < cfg->n_subuids && cfg->subuids[at].first <= last ?
	       &cfg->subuids[at] : NULL;
}

/**
 * uvn_subuid_find - the entry that a UID lies in
 * @cfg: the configuration
 * @uid: UID in the initial user namespace
 *
 * Return: the entry, or NULL.
 */
const struct uvn_subuid *uvn_subuid_find(const struct uvn_config *cfg, u32 uid)
{
	return uvn_subuid_overlap(cfg, uid, uid);
}

/**
 * uvn_subuid_is_given_out - may a UID that no range holds be somebody's
 *	subordinate one?
 * @cfg: the configuration
 * @uid: UID in the initial user namespace
 */
bool uvn_subuid_is_given_out(const struct uvn_config *cfg, u32 uid)
{
	return (uid >= cfg->subuid_first && uid <= cfg->subuid_last) ||
	       (uid >= UVN_SUBUID_FOREIGN_FIRST &&
		uid <= UVN_SUBUID_FOREIGN_LAST) ||
	       uvn_subuid_find(cfg, uid);
}

static bool uvn_subuid_has(const struct uvn_subuid *s, u32 uid)
{
	return uid >= s->first && uid <= s->last;
}

/* An owner who is somebody's subordinate would be looked up in vain. */
static int uvn_subuid_check_owners(const struct uvn_config *cfg,
				   const struct uvn_subuid *new,
				   struct netlink_ext_ack *extack)
{
	const struct uvn_subuid *other;
	unsigned int i;

	if (new->owner == UVN_SUBUID_NOBODY)
		return 0;
	other = uvn_subuid_find(cfg, new->owner);
	if (uvn_subuid_has(new, new->owner))
		other = new;
	for (i = 0; !other && i < cfg->n_subuids; i++)
		if (uvn_subuid_has(new, cfg->subuids[i].owner))
			other = &cfg->subuids[i];
	if (!other)
		return 0;
	NL_SET_ERR_MSG_FMT(extack,
			   "the owner, UID %u, is a subordinate UID itself",
			   uvn_subuid_has(new, other->owner) ? other->owner :
							       new->owner);
	return -EINVAL;
}

static int uvn_subuid_check(const struct uvn_config *cfg,
			    const struct uvn_subuid *new,
			    struct netlink_ext_ack *extack)
{
	unsigned int i;
	u32 uid;

	if (!new->first || new->last == U32_MAX || new->first > new->last) {
		NL_SET_ERR_MSG(extack, "not UIDs 1 to 4294967294, the lower one first");
		return -EINVAL;
	}
	if (uvn_system_uid_next(new->first, &uid) && uid <= new->last) {
		NL_SET_ERR_MSG_FMT(extack, "UID %u is the system's", uid);
		return -EINVAL;
	}
	for (i = 0; i < cfg->n_ranges; i++) {
		const struct uvn_range *r = &cfg->ranges[i];

		if (r->first > new->last || r->last < new->first)
			continue;
		NL_SET_ERR_MSG_FMT(extack, "overlaps range uid %u-%u",
				   r->first, r->last);
		return -EEXIST;
	}
	return uvn_subuid_check_owners(cfg, new, extack);
}

/**
 * uvn_subuid_add - say whose some UIDs are
 * @cfg: private copy
 * @new: the UIDs and their owner
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0; -EINVAL, -EEXIST or -ENOMEM, and @cfg is unchanged.
 */
int uvn_subuid_add(struct uvn_config *cfg, const struct uvn_subuid *new,
		   struct netlink_ext_ack *extack)
{
	const struct uvn_subuid *other;
	int err;

	err = uvn_subuid_check(cfg, new, extack);
	if (err)
		return err;
	other = uvn_subuid_overlap(cfg, new->first, new->last);
	if (other) {
		NL_SET_ERR_MSG_FMT(extack, "overlaps subordinate UIDs %u-%u",
				   other->first, other->last);
		return -EEXIST;
	}
	return uvn_items_insert(&cfg->subuids, &cfg->n_subuids, sizeof(*new),
				uvn_subuid_place(cfg, new->first), new);
}

/**
 * uvn_subuid_del - say no longer whose some UIDs are
 * @cfg: private copy
 * @first: first of them
 * @last: last of them
 * @extack: says why not
 *
 * Return: 0, or -ENOENT.
 */
int uvn_subuid_del(struct uvn_config *cfg, u32 first, u32 last,
		   struct netlink_ext_ack *extack)
{
	unsigned int at = uvn_subuid_place(cfg, first);
	struct uvn_subuid *s = &cfg->subuids[at];

	if (at == cfg->n_subuids || s->first != first || s->last != last) {
		NL_SET_ERR_MSG(extack, "no such subordinate UIDs");
		return -ENOENT;
	}
	cfg->n_subuids--;
	memmove(s, s + 1, (cfg->n_subuids - at) * sizeof(*s));
	return 0;
}
