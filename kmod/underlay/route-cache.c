// SPDX-License-Identifier: GPL-2.0
/*
 * The routes that outer packets take by a lower device, from a cache on each CPU.
 *
 * What a remote's route is, the kernel alone can say: a narrower route, a rule, a
 * path's MTU or a policy of IPsec may make it another one than its neighbour's has.
 * So each remote is looked up. But nearly all of them get the same route then, which
 * refers to no destination. So a remote is kept in eight bytes, as the number of a
 * route, and there is room for thousands; routes are few, and it is routes that
 * dst_check() knows to be old.
 */
#include <linux/hash.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include <net/dst.h>
#include <net/ip6_fib.h>

#include "underlay/addrs.h"
#include "underlay/route-cache.h"

/**
 * uvn_route_cache_open - make the caches of a lower device
 *
 * Context: may sleep.
 * Return: the caches, or NULL without memory.
 */
struct uvn_routes __percpu *uvn_route_cache_open(void)
{
	struct uvn_routes __percpu *routes = alloc_percpu(struct uvn_routes);
	int cpu;

	if (!routes)
		return NULL;
	for_each_possible_cpu(cpu)
		local_lock_init(&per_cpu_ptr(routes, cpu)->lock);
	return routes;
}

/**
 * uvn_route_cache_close - free them
 * @routes: the caches, which nobody uses any more
 */
void uvn_route_cache_close(struct uvn_routes __percpu *routes)
{
	int cpu, i;

	for_each_possible_cpu(cpu) {
		struct uvn_routes *r = per_cpu_ptr(routes, cpu);

		for (i = 0; i < ARRAY_SIZE(r->route); i++)
			dst_release(r->route[i].dst);
	}
	free_percpu(routes);
}

static struct uvn_route *uvn_route_cache_of(struct uvn_routes *cache, u32 tag)
{
	return &cache->route[tag % ARRAY_SIZE(cache->route)];
}

static __be32 uvn_route_cache_host(const struct uvn_route_key *key)
{
	return key->family == AF_INET ? key->remote->ip : key->remote->ip6[3];
}

static struct uvn_remotes *uvn_route_cache_set(struct uvn_routes *cache,
					       __be32 host)
{
	return &cache->remotes[hash_32(ntohl(host), UVN_REMOTES_BITS)];
}

/* Is it a route to that remote, from that source, to that port? */
static bool uvn_route_cache_fits(const struct uvn_route *route,
				 const struct uvn_route_key *key)
{
	return route->family == key->family && route->port == key->port &&
	       uvn_addr_same(key->family, &route->saddr, key->saddr) &&
	       (key->family == AF_INET ||
		!memcmp(route->net, key->remote->ip6, sizeof(route->net)));
}

/**
 * uvn_route_cache_find - the route to a remote, if it is in the cache
 * @routes: caches of the lower device
 * @key: what for
 *
 * Context: RCU read side, bottom halves off.
 * Return: a route that lives as long as this RCU section, with PREEMPT_RT with a
 * reference of the caller's; or NULL.
 */
struct dst_entry *uvn_route_cache_find(struct uvn_routes __percpu *routes,
				       const struct uvn_route_key *key)
{
	__be32 host = uvn_route_cache_host(key);
	const struct uvn_remotes *set;
	struct dst_entry *dst = NULL;
	struct uvn_routes *cache;
	struct uvn_route *route;
	int i;

	local_lock_nested_bh(&routes->lock);
	cache = this_cpu_ptr(routes);
	set = uvn_route_cache_set(cache, host);
	for (i = 0; i < UVN_REMOTES_WAYS; i++) {
		if (set->host[i] != host)
			continue;
		route = uvn_route_cache_of(cache, set->tag[i]);
		if (unlikely(!set->tag[i] || route->tag != set->tag[i] ||
			     !uvn_route_cache_fits(route, key)))
			continue;
		if (likely(dst_check(route->dst, route->cookie)))
			dst = route->dst;
		break;
	}
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && dst)
		dst_hold(dst);
	local_unlock_nested_bh(&routes->lock);
	return dst;
}

/* The number of a route. One that is not there is put in, with its reference, and in
 * its place there is the one that has gone.
 */
static u32 uvn_route_cache_number(struct uvn_routes *cache, struct uvn_route *new,
				  const struct uvn_route_key *key)
{
	struct uvn_route *route;
	u32 i, tag;

	/* The last one first, which nearly always it is. */
	for (i = 0; i < ARRAY_SIZE(cache->route); i++) {
		tag = cache->tag - i;
		route = uvn_route_cache_of(cache, tag);
		if (route->tag == tag && route->dst == new->dst &&
		    route->cookie == new->cookie &&
		    uvn_route_cache_fits(route, key))
			return tag;
	}
	/* After four thousand million routes the numbers begin anew. */
	if (unlikely(!++cache->tag)) {
		memset(cache->remotes, 0, sizeof(cache->remotes));
		cache->tag = ARRAY_SIZE(cache->route);
	}
	new->tag = cache->tag;
	swap(*uvn_route_cache_of(cache, new->tag), *new);
	return cache->tag;
}

/* Where a remote goes in its set: where it is already, or where nothing is that still
 * has a route, or where it is another's turn to go.
 */
static unsigned int uvn_route_cache_place(struct uvn_routes *cache,
					  const struct uvn_remotes *set,
					  const struct uvn_route_key *key)
{
	__be32 host = uvn_route_cache_host(key);
	const struct uvn_route *route;
	int i;

	for (i = 0; i < UVN_REMOTES_WAYS; i++) {
		route = uvn_route_cache_of(cache, set->tag[i]);
		if (!set->tag[i] || route->tag != set->tag[i] ||
		    (set->host[i] == host && uvn_route_cache_fits(route, key)))
			return i;
	}
	return cache->next++ % UVN_REMOTES_WAYS;
}

/**
 * uvn_route_cache_keep - put the route to a remote into the cache
 * @routes: caches of the lower device
 * @key: what for
 * @dst: the route; the caller's reference is the cache's from now on, and with
 *	PREEMPT_RT the caller has another one
 *
 * Context: RCU read side, bottom halves off; @dst lives as long.
 */
void uvn_route_cache_keep(struct uvn_routes __percpu *routes,
			  const struct uvn_route_key *key, struct dst_entry *dst)
{
	struct uvn_route new = {
		.saddr = *key->saddr,
		.dst = dst,
		.cookie = key->family == AF_INET ? 0 :
			  rt6_get_cookie((struct rt6_info *)dst),
		.port = key->port,
		.family = key->family,
	};
	struct uvn_remotes *set;
	struct uvn_routes *cache;
	unsigned int i;
	u32 tag;

	if (key->family == AF_INET6)
		memcpy(new.net, key->remote->ip6, sizeof(new.net));
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		dst_hold(dst);
	local_lock_nested_bh(&routes->lock);
	cache = this_cpu_ptr(routes);
	tag = uvn_route_cache_number(cache, &new, key);
	set = uvn_route_cache_set(cache, uvn_route_cache_host(key));
	i = uvn_route_cache_place(cache, set, key);
	set->host[i] = uvn_route_cache_host(key);
	set->tag[i] = tag;
	local_unlock_nested_bh(&routes->lock);
	dst_release(new.dst);
}
