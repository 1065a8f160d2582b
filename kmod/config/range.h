/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ranges of managed UIDs.
 */
#ifndef _UVN_RANGE_H
#define _UVN_RANGE_H

#include <linux/types.h>

struct netlink_ext_ack;
struct uvn_config;

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

int uvn_range_add(struct uvn_config *cfg, const struct uvn_range *new,
		  struct netlink_ext_ack *extack);
int uvn_range_del(struct uvn_config *cfg, u32 first, u32 last,
		  struct netlink_ext_ack *extack);
u32 uvn_range_vni(const struct uvn_config *cfg, u32 uid);
u32 uvn_range_uid(const struct uvn_config *cfg, u32 vni);

#endif /* _UVN_RANGE_H */
