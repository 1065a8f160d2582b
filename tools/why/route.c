// SPDX-License-Identifier: GPL-2.0
/*
 * Why does a packet go where it goes, or not? Its way is within the node, in VXLAN by
 * a lower device, or off the subnets. Where the network is there, its routes say which.
 * Where it is not, or the asker may not see its routes, they follow from the
 * configuration, the node's addresses and the node's routes.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/out.h"
#include "cli/parse.h"
#include "cli/prefix.h"
#include "lib/rtnl.h"
#include "lib/users.h"
#include "why/answer.h"
#include "why/external.h"
#include "why/route.h"

/* What is before an inner packet: IP, UDP, VXLAN and Ethernet headers. */
#define HEADERS4	50
#define HEADERS6	70

/* A device with less than this has no room for IPv6. */
#define MTU6_MIN	1350

static const char *failure_of(const struct route *route)
{
	switch (route->type) {
	case RTN_UNREACHABLE:
		return strerror(EHOSTUNREACH);
	case RTN_PROHIBIT:
		return strerror(EACCES);
	case RTN_BLACKHOLE:
		return strerror(EINVAL);
	}
	return route->error ? strerror(route->error) : NULL;
}

static int no_route(struct why *w, const struct route *route)
{
	return why_lost(w, "no-route", "there is no route to %s: %s", why_dst(w),
			failure_of(route));
}

/**
 * why_system - the way of what the system sends
 * @w: question
 * @reason: why it is the system's
 *
 * Return: exit status.
 */
int why_system(struct why *w, const char *reason)
{
	struct route_query query = {
		.dst = w->dst,
		.uid = w->uid,
		.protocol = w->protocol,
		.port = w->port,
	};
	struct device dev = {};
	struct route route;
	int ret;

	ret = route_get(&query, &route);
	if (ret)
		return ret;
	why_note(w, "network", out_string("default"));
	if (failure_of(&route))
		return no_route(w, &route);
	ret = device_get(route.oif, &dev);
	if (ret)
		return ret;
	why_note_address(w, "source", &route.source);
	why_note_address(w, "gateway", &route.gateway);
	why_note(w, "device", out_string(dev.name));
	why_note(w, "mtu", json_integer(route.mtu ? route.mtu : dev.mtu));
	return why_sent(w, "system", "%s: it goes by %s as without uvn", reason, dev.name);
}

static bool is_everybody(const struct address *addr)
{
	return addr->family == AF_INET &&
	       !memcmp(addr->bytes, "\xff\xff\xff\xff", addr_size(AF_INET));
}

/* Is it for whoever wants to hear it? The system's sockets do not. */
static bool is_cast(const struct why *w)
{
	return why_is_group(&w->dst) || is_everybody(&w->dst);
}

static int stays(struct why *w, const struct address *src)
{
	why_note_address(w, "source", src);
	return why_sent(w, "localhost", "it stays on the node: the user's own sockets%s hear it",
			is_cast(w) ? "" : " and the system's");
}

/* Is it for all of a subnet, by broadcast, a group or the subnet's own address? */
static bool is_for_all(const struct why *w, const struct prefix *subnet, int type)
{
	struct prefix own = { .net = w->dst, .len = subnet->len };

	return type == RTN_BROADCAST || type == RTN_MULTICAST ||
	       (w->dst.family == AF_INET && subnet->len < 31 && !prefix_clear(&own));
}

/**
 * struct by_lower - a way by a lower device
 * @lower: name of the device
 * @src: source
 * @type: RTN_* of the route
 * @mtu: of the route; 0 if it has none
 */
struct by_lower {
	const char *lower;
	struct address src;
	int type;
	uint32_t mtu;
};

/* An inner packet has the addresses of the outer one, and so its family, too. */
static uint32_t headers_of(const struct why *w)
{
	return w->dst.family == AF_INET6 ? HEADERS6 : HEADERS4;
}

static int by_lower(struct why *w, const struct by_lower *way)
{
	json_t *subnet = why_covers(w, "subnets", &way->src);
	struct route_query query = {
		.dst = w->dst,
		.src = way->src,
		.oif = if_nametoindex(way->lower),
		.protocol = IPPROTO_UDP,
	};
	struct prefix prefix;
	struct device dev;
	struct route outer;
	const char *group;
	int ret;

	ret = device_get(query.oif, &dev);
	if (ret)
		return ret;
	why_note(w, "lower", out_string(way->lower));
	why_note_address(w, "source", &way->src);
	why_note(w, "mtu", json_integer(way->mtu ? way->mtu : dev.mtu - headers_of(w)));
	if (!subnet || parse_prefix(json_string_value(json_object_get(subnet, "prefix")),
				    &prefix))
		return why_lost(w, "no-route", "its source is in no subnet: uvn drops it");
	query.port = json_integer_value(json_object_get(subnet, "port"));
	why_note(w, "udp_port", json_integer(query.port));
	if (is_for_all(w, &prefix, way->type)) {
		group = json_string_value(json_object_get(subnet, "group"));
		if (!group)
			return why_lost(w, "no-group",
					"the subnet has no group, so that nobody on other nodes hears it");
		parse_any_address(group, group, &query.dst);
	} else if (!prefix_has(&prefix, &w->dst)) {
		return why_lost(w, "no-route",
				"it is not in the subnet of its source: uvn drops it");
	}
	ret = route_get(&query, &outer);
	if (ret)
		return ret;
	if (failure_of(&outer) || outer.oif != query.oif)
		return why_lost(w, "no-route", "there is no way to it by %s: %s", way->lower,
				failure_of(&outer) ?: "another device has the route");
	why_note_address(w, "remote", &query.dst);
	why_note_address(w, "gateway", &outer.gateway);
	return why_sent(w, "on-subnet", "it goes by %s in the user's VXLAN%s", way->lower,
			is_for_all(w, &prefix, way->type) ?
			", to the subnet's group: the user's own sockets on all nodes hear it" : "");
}

/* What a network has by the lower device that has an address; NULL if none has. */
static json_t *way_from(json_t *user, const struct address *addr)
{
	json_t *way, *text;
	struct prefix own;
	size_t i, k;

	json_array_foreach(json_object_get(user, "links"), i, way)
		json_array_foreach(json_object_get(way, "addresses"), k, text)
			if (prefix_take(json_string_value(text), &own) &&
			    address_same(&own.net, addr))
				return way;
	return NULL;
}

/* The user's CGNAT address of the destination's family. */
static void cgnat_of(const struct why *w, struct address *addr)
{
	const char *text;
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(w->user, "cgnat"), i, one) {
		text = json_string_value(one);
		if (!parse_any_address(text, text, addr) && addr->family == w->dst.family)
			return;
	}
	memset(addr, 0, sizeof(*addr));
}

/* The system may have a route, which users without a pool do not get. */
static int no_route_off(struct why *w, const struct route *route)
{
	struct route_query query = { .dst = w->dst };
	struct route other;
	int ret;

	if (why_any_pool(w))
		return no_route(w, route);
	ret = route_get(&query, &other);
	if (ret)
		return ret;
	if (failure_of(&other))
		return no_route(w, route);
	return why_no_pool(w);
}

/* By the routes of the network that is there. */
static int by_route(struct why *w)
{
	struct route_query query = {
		.dst = w->dst,
		.uid = w->uid,
		.oif = json_integer_value(json_object_get(w->user, "vrf_ifindex")),
		.protocol = w->protocol,
		.port = w->port,
	};
	struct by_lower way = {};
	struct route route;
	json_t *found;
	int ret;

	ret = route_get(&query, &route);
	if (ret)
		return ret;
	if (failure_of(&route))
		return no_route_off(w, &route);
	if (route.type == RTN_LOCAL)
		return stays(w, &route.source);
	if (route.oif != query.oif) {
		/* Sockets of IPv6 take it from the VRF, whatever the route says. */
		if (w->dst.family == AF_INET6)
			cgnat_of(w, &route.source);
		return why_off(w, &route, &route.source);
	}
	/* All ways to the subnets are by the VRF, and the source tells them apart. */
	found = way_from(w->user, &route.source);
	if (!found)
		return stays(w, &route.source);
	way.lower = json_string_value(json_object_get(found, "lower")) ?: "";
	way.src = route.source;
	way.type = route.type;
	way.mtu = route.mtu;
	return by_lower(w, &way);
}

/* The address from which a network would reach the destination in VXLAN. Where several
 * devices are in the subnet, the last one has the route.
 */
static const struct local *source_of(const struct why *w, const struct addresses *all)
{
	json_t *subnet = why_covers(w, "subnets", &w->dst);
	const struct local *l, *best = NULL;

	if (!subnet || why_covers(w, "direct", &w->dst))
		return NULL;
	for (l = all->a; l < all->a + all->n; l++)
		if (why_covers(w, "subnets", &l->prefix.net) == subnet &&
		    (!best || l->ifindex > best->ifindex) && !device_is_users(l->ifindex))
			best = l;
	return best;
}

static int by_local(struct why *w, const struct local *l, int type)
{
	struct by_lower way = { .src = l->prefix.net, .type = type };
	struct device dev;
	int ret;

	ret = device_get(l->ifindex, &dev);
	if (ret)
		return ret;
	if (w->dst.family == AF_INET6 && dev.mtu < MTU6_MIN)
		return why_lost(w, "no-route", "%s has no room for IPv6: its MTU is %u",
				dev.name, dev.mtu);
	way.lower = dev.name;
	return by_lower(w, &way);
}

static bool is_loopback(const struct address *addr)
{
	return addr->family == AF_INET ? addr->bytes[0] == 127 :
	       !memcmp(addr->bytes, in6addr_loopback.s6_addr, sizeof(in6addr_loopback));
}

/* What leaves the subnets has the CGNAT address that the network has, or would get. */
static int by_pool(struct why *w, const struct route *route)
{
	struct address src = {};

	if (w->user)
		cgnat_of(w, &src);
	if (w->user && !src.family && why_any_pool(w))
		return why_lost(w, "no-route",
				"the network has no CGNAT address of its family");
	return why_off(w, route, &src);
}

/* By the routes that a network gets. */
static int by_configuration(struct why *w)
{
	const struct address none = {};
	struct route_query query = { .dst = w->dst };
	const struct local *l;
	struct addresses all;
	struct route route;
	int ret;

	ret = route_get(&query, &route);
	if (ret)
		return ret;
	/* Users' own addresses in pools are local to the system, and to no other user. */
	if (!failure_of(&route) && why_covers(w, "cgnat", &w->dst))
		return why_to_pool(w);
	if (is_loopback(&w->dst) || (!failure_of(&route) && route.type == RTN_LOCAL))
		return stays(w, &none);
	if (w->user && is_cast(w))
		return why_unknown(w, "unseen", "multicast needs the network's own routes");
	if (is_cast(w))
		return why_unknown(w, "no-network",
				   "the user has no network now, and multicast needs to be asked of one: see user add");
	ret = addresses_get(&all);
	if (ret)
		return ret;
	l = source_of(w, &all);
	if (l)
		ret = by_local(w, l, route.type);
	else if (failure_of(&route))
		ret = no_route(w, &route);
	else
		ret = by_pool(w, &route);
	free(all.a);
	return ret;
}

/**
 * why_user - the way of what a user sends
 * @w: question
 *
 * An administrator's question is answered by the network's own routes. Others need not
 * see the device that these are asked by.
 *
 * Return: exit status.
 */
int why_user(struct why *w)
{
	w->unseen = w->user && !users_visible();
	return w->user && !w->unseen ? by_route(w) : by_configuration(w);
}
