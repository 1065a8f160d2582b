/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests by rtnetlink. The worker only.
 */
#ifndef _UVN_RTNL_H
#define _UVN_RTNL_H

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

/* Room in a request for all that it has attributes for. */
#define UVN_RTNL_REQUEST	512

int uvn_rtnl_request(struct uvn_net *un, struct sk_buff *skb, int err);
size_t uvn_rtnl_addr_size(u8 family);
struct sk_buff *uvn_rtnl_addr(struct uvn_net *un, int type, int flags,
			      int ifindex, const struct uvn_addr *addr,
			      u8 scope);
int uvn_rtnl_open(struct uvn_net *un);
void uvn_rtnl_close(struct uvn_net *un);
int uvn_rtnl_vrf_add(struct uvn_net *un, const char *name, u32 table);
int uvn_rtnl_link_add(struct uvn_net *un, const char *name, int lower, int vrf,
		      unsigned int mtu);
int uvn_rtnl_altname_add(struct uvn_net *un, int ifindex, const char *name);
int uvn_rtnl_link_up(struct uvn_net *un, int ifindex, unsigned int mtu);
int uvn_rtnl_link_del(struct uvn_net *un, int ifindex);
int uvn_rtnl_addr_add(struct uvn_net *un, int ifindex,
		      const struct uvn_addr *addr, u8 scope);
int uvn_rtnl_addr_del(struct uvn_net *un, int ifindex,
		      const struct uvn_addr *addr);
int uvn_rtnl_route_set(struct uvn_net *un, u32 table, int ifindex,
		       const struct uvn_addr *addr);
int uvn_rtnl_route_del(struct uvn_net *un, u32 table, int ifindex,
		       const struct uvn_prefix *prefix);
int uvn_rtnl_routes(struct uvn_net *un, u8 family, u32 table,
		    uvn_client_fn *fn, void *arg);
int uvn_rtnl_loopback(struct uvn_net *un, u32 table, int vrf);
int uvn_rtnl_unreachable(struct uvn_net *un, int family, u32 table, bool add);
int uvn_rtnl_table_unused(struct uvn_net *un, u8 family, u32 table);

#endif /* _UVN_RTNL_H */
