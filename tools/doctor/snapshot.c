// SPDX-License-Identifier: GPL-2.0
/*
 * What users' networks have now: their devices, with addresses, and their tables.
 *
 * There may be thousands of networks, and the kernel tells of all devices, addresses
 * and routes at once: what is not users' is left out as it comes.
 */
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/out.h"
#include "cli/parse.h"
#include "doctor/finding.h"
#include "doctor/snapshot.h"
#include "doctor/state.h"
#include "lib/ask.h"
#include "lib/decode.h"
#include "lib/failure.h"
#include "lib/users.h"

static void set_add(json_t *set, uint32_t num)
{
	char key[16];

	snprintf(key, sizeof(key), "%u", num);
	out_put(set, key, json_true());
}

static json_t *set_find(json_t *set, uint32_t num)
{
	char key[16];

	snprintf(key, sizeof(key), "%u", num);
	return json_object_get(set, key);
}

static void *make_room(void *array, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return array;
	*room = *room ? *room * 2 : 64;
	array = reallocarray(array, *room, size);
	if (!array)
		die_oom();
	return array;
}

static bool take_users(struct doctor *d, struct snapshot *s)
{
	struct uvn_failure why;
	json_t *user;
	size_t i;

	if (!users_read(s->users, &why)) {
		cannot_tell(d, "%s", why.text);
		return false;
	}
	json_array_foreach(s->users, i, user) {
		set_add(s->vrfs, get_number(user, "vrf_ifindex"));
		set_add(s->tables, get_number(user, "table"));
	}
	return true;
}

static void add_device(struct nlmsghdr *nlh, void *arg)
{
	static const struct attr_field fields[] = {
		{ "name", IFLA_IFNAME, false, attr_get_string },
		{}
	};
	struct ifinfomsg *ifi = nlmsg_data(nlh);
	struct snapshot *s = arg;
	char key[16];
	json_t *dev;

	if (nlh->nlmsg_type != RTM_NEWLINK || !set_find(s->vrfs, ifi->ifi_index))
		return;
	dev = attr_decode(nlmsg_attrdata(nlh, sizeof(*ifi)),
			  nlmsg_attrlen(nlh, sizeof(*ifi)), fields);
	out_put(dev, "up", json_boolean(ifi->ifi_flags & IFF_UP));
	snprintf(key, sizeof(key), "%u", ifi->ifi_index);
	out_put(s->devices, key, dev);
}

static void clear_devices(void *arg)
{
	struct snapshot *s = arg;

	json_object_clear(s->devices);
}

/* IPv4 has its own address in the one, IPv6 in the other. */
static void add_address(struct nlmsghdr *nlh, void *arg)
{
	struct ifaddrmsg *ifa = nlmsg_data(nlh);
	struct nlattr *head = nlmsg_attrdata(nlh, sizeof(*ifa)), *attr;
	int len = nlmsg_attrlen(nlh, sizeof(*ifa));
	struct snap_address *addr;
	struct snapshot *s = arg;

	if (nlh->nlmsg_type != RTM_NEWADDR || !set_find(s->vrfs, ifa->ifa_index))
		return;
	attr = nla_find(head, len, IFA_LOCAL) ?: nla_find(head, len, IFA_ADDRESS);
	if (!attr || nla_len(attr) != (int)addr_size(ifa->ifa_family))
		return;
	s->addrs = make_room(s->addrs, s->n_addrs, &s->addr_room, sizeof(*s->addrs));
	addr = &s->addrs[s->n_addrs++];
	memset(addr, 0, sizeof(*addr));
	addr->ifindex = ifa->ifa_index;
	addr->prefix.net.family = ifa->ifa_family;
	addr->prefix.len = ifa->ifa_prefixlen;
	memcpy(addr->prefix.net.bytes, nla_data(attr), nla_len(attr));
}

static void clear_addresses(void *arg)
{
	struct snapshot *s = arg;

	s->n_addrs = 0;
}

static uint32_t number_of(struct nlattr *head, int len, int type, uint32_t otherwise)
{
	struct nlattr *attr = nla_find(head, len, type);

	return attr && nla_len(attr) == sizeof(uint32_t) ? nla_get_u32(attr) : otherwise;
}

/* Users' tables have the system's routes off the subnets, too, which nobody asks for. */
static bool is_wanted(const struct snapshot *s, const struct snap_route *route)
{
	if (!set_find(s->tables, route->table))
		return false;
	return route->protocol != RTPROT_KERNEL || route->type != RTN_UNICAST ||
	       set_find(s->vrfs, route->oif);
}

static void add_route(struct nlmsghdr *nlh, void *arg)
{
	struct rtmsg *rtm = nlmsg_data(nlh);
	struct nlattr *head = nlmsg_attrdata(nlh, sizeof(*rtm)), *dst, *metrics;
	int len = nlmsg_attrlen(nlh, sizeof(*rtm));
	struct snapshot *s = arg;
	struct snap_route route = {
		.type = rtm->rtm_type,
		.protocol = rtm->rtm_protocol,
		.dst.len = rtm->rtm_dst_len,
		.dst.net.family = rtm->rtm_family,
	};

	if (nlh->nlmsg_type != RTM_NEWROUTE || rtm->rtm_flags & RTM_F_CLONED)
		return;
	route.table = number_of(head, len, RTA_TABLE, rtm->rtm_table);
	route.oif = number_of(head, len, RTA_OIF, 0);
	if (!is_wanted(s, &route))
		return;
	dst = nla_find(head, len, RTA_DST);
	if (dst && nla_len(dst) == (int)addr_size(rtm->rtm_family))
		memcpy(route.dst.net.bytes, nla_data(dst), nla_len(dst));
	metrics = nla_find(head, len, RTA_METRICS);
	if (metrics)
		route.mtu = number_of(nla_data(metrics), nla_len(metrics), RTAX_MTU, 0);
	s->routes = make_room(s->routes, s->n_routes, &s->route_room,
			      sizeof(*s->routes));
	s->routes[s->n_routes++] = route;
}

/**
 * struct family - the routes of a family, behind those of another
 * @s: where they go
 * @before: number of those of the other
 */
struct family {
	struct snapshot *s;
	size_t before;
};

static void add_family(struct nlmsghdr *nlh, void *arg)
{
	add_route(nlh, ((struct family *)arg)->s);
}

static void clear_family(void *arg)
{
	struct family *family = arg;

	family->s->n_routes = family->before;
}

static void take_routes(struct doctor *d, struct snapshot *s, int af)
{
	struct family family = { .s = s, .before = s->n_routes };
	struct rtmsg rtm = { .rtm_family = af };

	state_asked(d, ask_rtnetlink(RTM_GETROUTE, &rtm, sizeof(rtm), add_family,
				     clear_family, &family));
}

static int compare(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int by_ifindex(const void *a, const void *b)
{
	return compare(((const struct snap_address *)a)->ifindex,
		       ((const struct snap_address *)b)->ifindex);
}

static int by_table(const void *a, const void *b)
{
	return compare(((const struct snap_route *)a)->table,
		       ((const struct snap_route *)b)->table);
}

/**
 * snapshot_take - see what users' networks have
 * @d: diagnosis
 * @s: set; to be freed, also if it fails
 *
 * Networks come and go meanwhile, so that one alone proves nothing.
 *
 * Return: true if all could be seen.
 */
bool snapshot_take(struct doctor *d, struct snapshot *s)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct ifaddrmsg ifa = { .ifa_family = AF_UNSPEC };

	memset(s, 0, sizeof(*s));
	s->users = json_array();
	s->vrfs = json_object();
	s->tables = json_object();
	s->devices = json_object();
	if (!take_users(d, s))
		return false;
	if (!json_array_size(s->users))
		return true;
	state_asked(d, ask_rtnetlink(RTM_GETLINK, &ifi, sizeof(ifi), add_device,
				     clear_devices, s));
	state_asked(d, ask_rtnetlink(RTM_GETADDR, &ifa, sizeof(ifa), add_address,
				     clear_addresses, s));
	take_routes(d, s, AF_INET);
	take_routes(d, s, AF_INET6);
	if (s->n_addrs)
		qsort(s->addrs, s->n_addrs, sizeof(*s->addrs), by_ifindex);
	if (s->n_routes)
		qsort(s->routes, s->n_routes, sizeof(*s->routes), by_table);
	return is_told(d);
}

/**
 * snapshot_device - a user's device
 * @s: snapshot
 * @ifindex: of the device
 *
 * Return: its object, or NULL.
 */
json_t *snapshot_device(const struct snapshot *s, uint32_t ifindex)
{
	return set_find(s->devices, ifindex);
}

/* All elements that are equal to one in an array that is sorted. */
static const void *equal_range(const void *one, const char *array, size_t all, size_t size,
			       int (*cmp)(const void *a, const void *b), size_t *n)
{
	const char *found = all ? bsearch(one, array, all, size, cmp) : NULL;
	const char *first = found, *last = found;

	*n = 0;
	if (!found)
		return NULL;
	while (first > array && !cmp(one, first - size))
		first -= size;
	while (last < array + all * size && !cmp(one, last))
		last += size;
	*n = (last - first) / size;
	return first;
}

/**
 * snapshot_addresses - the addresses of a user's device
 * @s: snapshot
 * @ifindex: of the device
 * @n: set to the number of them
 *
 * Return: the first.
 */
const struct snap_address *snapshot_addresses(const struct snapshot *s, uint32_t ifindex,
					      size_t *n)
{
	struct snap_address one = { .ifindex = ifindex };

	return equal_range(&one, (void *)s->addrs, s->n_addrs, sizeof(one), by_ifindex, n);
}

/**
 * snapshot_routes - the routes in a table
 * @s: snapshot
 * @table: number of a user's table
 * @n: set to the number of them
 *
 * Return: the first.
 */
const struct snap_route *snapshot_routes(const struct snapshot *s, uint32_t table,
					 size_t *n)
{
	struct snap_route one = { .table = table };

	return equal_range(&one, (void *)s->routes, s->n_routes, sizeof(one), by_table, n);
}

/**
 * snapshot_free - forget it
 * @s: snapshot
 */
void snapshot_free(struct snapshot *s)
{
	json_decref(s->users);
	json_decref(s->vrfs);
	json_decref(s->tables);
	json_decref(s->devices);
	free(s->addrs);
	free(s->routes);
}
