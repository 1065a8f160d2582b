// SPDX-License-Identifier: GPL-2.0
/*
 * Why does a packet leave the subnets, or not? As the module's guard and its
 * translation judge it.
 */
#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fail.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "cli/prefix.h"
#include "lib/rtnl.h"
#include "why/answer.h"
#include "why/external.h"

/* The address that masquerading gives to what leaves by a device for @next: the
 * first in one network with that, or the first of all.
 */
static int masquerade4(int ifindex, const struct address *next, struct address *to)
{
	const struct local *l, *first = NULL;
	struct addresses all;
	int ret;

	ret = addresses_get(&all);
	for (l = all.a; !ret && l < all.a + all.n; l++) {
		if (l->ifindex != ifindex || l->prefix.net.family != AF_INET ||
		    l->flags & IFA_F_SECONDARY || l->scope != RT_SCOPE_UNIVERSE)
			continue;
		if (!first || prefix_has(&l->prefix, next))
			first = l;
		if (prefix_has(&l->prefix, next))
			break;
	}
	if (!ret && first)
		*to = first->prefix.net;
	free(all.a);
	return ret;
}

/* With IPv6, TCP and UDP it is the one that the system's own packets would have. */
static int system_source(const struct why *w, int ifindex, struct address *to)
{
	struct route_query query = { .dst = w->dst, .oif = ifindex };
	struct route route;
	int ret;

	ret = route_get(&query, &route);
	*to = route.source;
	return ret;
}

static int note_translation(struct why *w, const struct route *route, json_t *pool)
{
	const char *snat = json_string_value(json_object_get(pool, "snat"));
	struct address to = {};
	int ret = EXIT_OK;

	if (snat) {
		why_note(w, "translated_to", out_string(snat));
		return EXIT_OK;
	}
	if (w->dst.family == AF_INET && !w->protocol)
		ret = masquerade4(route->oif, route->gateway.family == AF_INET ?
				  &route->gateway : &w->dst, &to);
	else
		ret = system_source(w, route->oif, &to);
	why_note_address(w, "translated_to", &to);
	return ret;
}

static bool is_nat_port(const struct why *w)
{
	const char *ports;
	uint32_t first, last;

	ports = json_string_value(json_object_get(json_object_get(w->config, "settings"),
						  "nat_ports"));
	return w->protocol == IPPROTO_UDP && w->port && ports &&
	       !parse_ports(ports, &first, &last) && w->port >= first && w->port <= last;
}

/**
 * why_is_group - is it a multicast address?
 * @addr: the address
 */
bool why_is_group(const struct address *addr)
{
	return addr->family == AF_INET ? (addr->bytes[0] & 0xf0) == 0xe0 :
					 addr->bytes[0] == 0xff;
}

static bool is_link_local6(const struct address *addr)
{
	return addr->family == AF_INET6 && addr->bytes[0] == 0xfe &&
	       (addr->bytes[1] & 0xc0) == 0x80;
}

/* To an address of the node, or a broadcast address, nothing is translated. */
static int is_elsewhere(const struct why *w, bool *elsewhere)
{
	struct route_query query = { .dst = w->dst };
	struct route route;
	int ret;

	ret = route_get(&query, &route);
	*elsewhere = route.error || (route.type != RTN_LOCAL &&
				     route.type != RTN_BROADCAST &&
				     route.type != RTN_ANYCAST);
	return ret;
}

/**
 * why_any_pool - a pool of the destination's family
 * @w: question
 *
 * Return: the first, or NULL.
 */
json_t *why_any_pool(const struct why *w)
{
	struct prefix prefix;
	json_t *pool;
	size_t i;

	json_array_foreach(json_object_get(w->config, "cgnat"), i, pool)
		if (!parse_prefix(json_string_value(json_object_get(pool, "prefix")),
				  &prefix) &&
		    prefix.net.family == w->dst.family)
			return pool;
	return NULL;
}

static int refuse_untranslated(struct why *w, const char *what)
{
	return why_refused(w, "translation", "%s is not translated", what);
}

/**
 * why_no_pool - conclude that there is no pool for the destination
 * @w: question
 *
 * Return: exit status.
 */
int why_no_pool(struct why *w)
{
	return why_lost(w, "no-pool",
			"users reach nothing off the subnets without a CGNAT pool of its family");
}

/**
 * why_to_pool - conclude that the destination is in a CGNAT pool
 * @w: question
 *
 * Return: exit status.
 */
int why_to_pool(struct why *w)
{
	return why_refused(w, "network",
			   "%s is in a CGNAT pool: nobody is reached by such an address",
			   why_dst(w));
}

/**
 * why_off - the way off the subnets
 * @w: question
 * @route: the route that leads there
 * @src: the source of the packet; no address if there is no network yet
 *
 * Return: exit status.
 */
int why_off(struct why *w, const struct route *route, const struct address *src)
{
	json_t *pool = src->family ? why_covers(w, "cgnat", src) : why_any_pool(w);
	struct device dev;
	bool elsewhere;
	int ret;

	if (!pool && !src->family)
		return why_no_pool(w);
	if (why_covers(w, "cgnat", &w->dst) || address_same(&w->dst, src))
		return why_to_pool(w);
	ret = device_get(route->oif, &dev);
	if (ret)
		return ret;
	why_note(w, "device", out_string(dev.name));
	why_note_address(w, "source", src);
	if (!pool)
		return why_refused(w, "network",
				   "it would leave the user's network by %s, and not from a CGNAT address",
				   dev.name);
	if (why_is_group(&w->dst) || is_link_local6(&w->dst))
		return refuse_untranslated(w, "what goes to one link alone or to a group");
	if (is_nat_port(w))
		return why_refused(w, "translation",
				   "port %u is one of nat-ports, to which users may not send by UDP off the subnets",
				   w->port);
	ret = is_elsewhere(w, &elsewhere);
	if (ret)
		return ret;
	if (!elsewhere)
		return refuse_untranslated(w, "what goes to this node or to all of a network");

	ret = note_translation(w, route, pool);
	if (ret)
		return ret;
	why_note_address(w, "gateway", &route->gateway);
	/* TCP keeps the port of its socket, if nobody else has it there. UDP does only if it
	 * is above the destination's.
	 */
	if (w->protocol == IPPROTO_UDP)
		why_note(w, "nat_ports",
			 json_incref(json_object_get(json_object_get(w->config, "settings"),
						     "nat_ports")));
	why_note(w, "mtu", json_integer(route->mtu ? route->mtu : dev.mtu));
	return why_sent(w, "off-subnet",
			"it leaves the subnets by %s, translated", dev.name);
}
