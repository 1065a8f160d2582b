/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Published ports, as they are configured.
 */
#ifndef _UVN_PUBLISH_H
#define _UVN_PUBLISH_H

#include <linux/netfilter.h>
#include <linux/types.h>

#include "config/prefix.h"

struct netlink_ext_ack;
struct uvn_config;

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

bool uvn_publish_is_port(const struct uvn_config *cfg, u8 protocol, u16 port);
bool uvn_publish_is_open(const struct uvn_config *cfg, u8 protocol, __be16 port,
			 u8 family, const union nf_inet_addr *addr);
int uvn_publish_add(struct uvn_config *cfg, const struct uvn_publish *new,
		    struct netlink_ext_ack *extack);
int uvn_publish_del(struct uvn_config *cfg, const struct uvn_publish *old,
		    struct netlink_ext_ack *extack);
int uvn_publish_check(const struct uvn_config *cfg,
		      struct netlink_ext_ack *extack);

#endif /* _UVN_PUBLISH_H */
