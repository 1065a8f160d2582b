/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests by rtnetlink. The worker only.
 */
#ifndef _UVN_RTNL_H
#define _UVN_RTNL_H

#include <linux/netfilter.h>
#include <linux/types.h>

#include "rtnl/client.h"

struct sk_buff;
struct uvn_addr;
struct uvn_net;
struct uvn_prefix;

/* Metric of the route that ends each user's table: the largest that leaves
 * room for an administrator's own below "never".
 */
#define UVN_UNREACHABLE_METRIC	4278198272U

/* Length of a host's prefix. */
#define UVN_RTNL_HOST4	32
#define UVN_RTNL_HOST6	128

/* Room in a request for all that it has attributes for. */
#define UVN_RTNL_REQUEST	512

int uvn_rtnl_request(struct uvn_net *un, struct sk_buff *skb, int err);
size_t uvn_rtnl_addr_size(u8 family);
int uvn_rtnl_open(struct uvn_net *un);
void uvn_rtnl_close(struct uvn_net *un);
int uvn_rtnl_vrf_add(struct uvn_net *un, const char *name);
int uvn_rtnl_link_up(struct uvn_net *un, int ifindex);
int uvn_rtnl_addr_add(struct uvn_net *un, int vrf, u8 family,
		      const union nf_inet_addr *addr, bool last);
int uvn_rtnl_addr_del(struct uvn_net *un, int vrf, u8 family,
		      const union nf_inet_addr *addr);
int uvn_rtnl_host_set(struct uvn_net *un, u32 table, int ifindex, u8 kind,
		      __be32 ip, __be32 src);
int uvn_rtnl_host_del(struct uvn_net *un, u32 table, int ifindex, u8 kind, __be32 ip);
int uvn_rtnl_route_set(struct uvn_net *un, u32 table, int ifindex,
		       const struct uvn_addr *addr, unsigned int mtu);
int uvn_rtnl_route_del(struct uvn_net *un, u32 table, int ifindex,
		       const struct uvn_prefix *prefix);
int uvn_rtnl_routes(struct uvn_net *un, u8 family, u32 table,
		    uvn_client_fn *fn, void *arg);
int uvn_rtnl_loopback(struct uvn_net *un, u32 table, int vrf, bool add);
int uvn_rtnl_unreachable(struct uvn_net *un, int family, u32 table, bool add);
int uvn_rtnl_table_unused(struct uvn_net *un, u8 family, u32 table);

#endif /* _UVN_RTNL_H */
