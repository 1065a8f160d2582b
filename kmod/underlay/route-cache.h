/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cache of the routes that outer packets take by a lower device.
 */
#ifndef _UVN_ROUTE_CACHE_H
#define _UVN_ROUTE_CACHE_H

#include <linux/bits.h>
#include <linux/local_lock.h>
#include <linux/netfilter.h>
#include <linux/types.h>

struct dst_entry;

#define UVN_ROUTES_BITS		6
#define UVN_REMOTES_BITS	8
#define UVN_REMOTES_WAYS	8

/**
 * struct uvn_route_key - what a route is wanted for
 * @remote: outer (and inner) destination
 * @saddr: outer (and inner) source
 * @port: UDP destination port
 * @family: AF_INET or AF_INET6
 */
struct uvn_route_key {
	const union nf_inet_addr *remote;
	const union nf_inet_addr *saddr;
	__be16 port;
	u8 family;
};

/**
 * struct uvn_route - an outer route, which may be that of many remotes
 * @net: of their addresses, of IPv6, all but the last 32 bits
 * @saddr: as in the key
 * @dst: the route, or NULL
 * @tag: the remotes that have this one have it by this route
 * @cookie: says with IPv6 whether the route is still the same
 * @port: as in the key
 * @family: as in the key
 */
struct uvn_route {
	__be32 net[3];
	union nf_inet_addr saddr;
	struct dst_entry *dst;
	u32 tag;
	u32 cookie;
	__be16 port;
	u8 family;
};

/**
 * struct uvn_remotes - remotes with the same hash, in a cache line
 * @host: the last 32 bits of the address
 * @tag: of the route; 0 for none
 */
struct uvn_remotes {
	__be32 host[UVN_REMOTES_WAYS];
	u32 tag[UVN_REMOTES_WAYS];
};

/**
 * struct uvn_routes - a CPU's cache of outer routes
 * @lock: protects the rest from who preempts, with PREEMPT_RT; else bottom halves
 *	that are off do, and it is nothing
 * @tag: of the route that was put in last, in @route[@tag % ARRAY_SIZE(@route)]
 * @next: the remote of a full set that is replaced next
 * @route: the routes
 * @remotes: by a hash of the remote
 *
 * Only touched with bottom halves off on its own CPU. A route or remote that is
 * replaced costs one look-up of a route.
 */
struct uvn_routes {
	local_lock_t lock;
	u32 tag;
	u32 next;
	struct uvn_route route[BIT(UVN_ROUTES_BITS)];
	struct uvn_remotes remotes[BIT(UVN_REMOTES_BITS)];
};

struct uvn_routes __percpu *uvn_route_cache_open(void);
void uvn_route_cache_close(struct uvn_routes __percpu *routes);
struct dst_entry *uvn_route_cache_find(struct uvn_routes __percpu *routes,
				       const struct uvn_route_key *key);
void uvn_route_cache_keep(struct uvn_routes __percpu *routes,
			  const struct uvn_route_key *key, struct dst_entry *dst);

#endif /* _UVN_ROUTE_CACHE_H */
