/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Subordinate UIDs.
 */
#ifndef _UVN_SUBUID_H
#define _UVN_SUBUID_H

#include <linux/limits.h>
#include <linux/types.h>

struct netlink_ext_ack;
struct uvn_config;

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

void uvn_subuid_default(struct uvn_config *cfg);
const struct uvn_subuid *uvn_subuid_overlap(const struct uvn_config *cfg,
					    u32 first, u32 last);
const struct uvn_subuid *uvn_subuid_find(const struct uvn_config *cfg, u32 uid);
bool uvn_subuid_is_given_out(const struct uvn_config *cfg, u32 uid);
int uvn_subuid_add(struct uvn_config *cfg, const struct uvn_subuid *new,
		   struct netlink_ext_ack *extack);
int uvn_subuid_del(struct uvn_config *cfg, u32 first, u32 last,
		   struct netlink_ext_ack *extack);

#endif /* _UVN_SUBUID_H */
