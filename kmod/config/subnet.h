/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Subnets: prefixes in which every node runs uvn.
 */
#ifndef _UVN_SUBNET_H
#define _UVN_SUBNET_H

#include <linux/netfilter.h>
#include <linux/types.h>

#include "config/prefix.h"

struct netlink_ext_ack;
struct uvn_config;

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

/* UDP has so many. */
#define UVN_PORTS	65536

int uvn_subnet_check_apart(const struct uvn_config *cfg,
			   struct netlink_ext_ack *extack);
int uvn_subnet_add(struct uvn_config *cfg, const struct uvn_subnet *new,
		   struct netlink_ext_ack *extack);
int uvn_subnet_del(struct uvn_config *cfg, const struct uvn_prefix *p,
		   struct netlink_ext_ack *extack);
const struct uvn_subnet *uvn_subnet_find(const struct uvn_config *cfg,
					 u8 family,
					 const union nf_inet_addr *addr);
bool uvn_subnet_is_port(const struct uvn_config *cfg, __be16 port);

#endif /* _UVN_SUBNET_H */
