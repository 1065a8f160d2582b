// SPDX-License-Identifier: GPL-2.0
/*
 * Users' VRFs: has each the device, the addresses and the routes that the module made,
 * and nothing else?
 */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/out.h"
#include "cli/parse.h"
#include "cli/prefix.h"
#include "doctor/device.h"
#include "doctor/file.h"
#include "doctor/finding.h"
#include "doctor/snapshot.h"
#include "doctor/state.h"
#include "doctor/vrf.h"

/* In which the module has followed whatever changes. */
#define PAUSE_MS		500

/* Metric of the route that ends a table, as the module has it. */
#define UNREACHABLE_METRIC	4278198272U

/**
 * struct look - a look at all users' VRFs
 * @d: diagnosis
 * @s: what they have
 * @faults: from the words for what is wrong to an object with severity, subject
 *	and remedy
 */
struct look {
	struct doctor *d;
	struct snapshot s;
	json_t *faults;
};

/**
 * struct vrf - one of them
 * @look: the look
 * @user: the user network
 * @uid: whose
 * @table: its table
 * @dev: name of its device
 * @addrs: addresses of its device
 * @n_addrs: number of them
 * @routes: routes in its table
 * @n_routes: number of them
 */
struct vrf {
	struct look *look;
	json_t *user;
	uint32_t uid;
	uint32_t table;
	const char *dev;
	const struct snap_address *addrs;
	size_t n_addrs;
	const struct snap_route *routes;
	size_t n_routes;
};

/**
 * struct words - an address or prefix in words
 * @text: the words
 */
struct words {
	char text[INET6_ADDRSTRLEN + 4];
};

/* Without the length if that is all of it, as ip has it. */
static struct words words_of(const struct prefix *prefix)
{
	char net[INET6_ADDRSTRLEN] = "";
	struct words w;

	inet_ntop(prefix->net.family, prefix->net.bytes, net, sizeof(net));
	if (prefix->len == addr_size(prefix->net.family) * 8)
		snprintf(w.text, sizeof(w.text), "%s", net);
	else if (prefix->len)
		snprintf(w.text, sizeof(w.text), "%s/%u", net, prefix->len);
	else
		snprintf(w.text, sizeof(w.text), "default");
	return w;
}

/* The option that ip needs for a family. */
static const char *option_of(const struct prefix *prefix)
{
	return prefix->net.family == AF_INET6 ? "-6 " : "";
}

/* Something is wrong; @...: in words. */
__attribute__((format(printf, 3, 4)))
static json_t *fault(const struct vrf *vrf, enum severity severity, const char *fmt, ...)
{
	json_t *obj = json_object(), *text;
	va_list ap;

	va_start(ap, fmt);
	text = finding_text(fmt, ap);
	va_end(ap);
	out_put(obj, "severity", json_integer(severity));
	out_put(obj, "subject", out_string(vrf->dev));
	out_put(vrf->look->faults, json_string_value(text), obj);
	json_decref(text);
	return obj;
}

/* What helps against it. */
__attribute__((format(printf, 2, 3)))
static void helps(json_t *obj, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	out_put(obj, "remedy", finding_text(fmt, ap));
	va_end(ap);
}

static bool same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->len == b->len && address_same(&a->net, &b->net);
}

static bool has_route(const struct snap_route *routes, size_t n, int type,
		      const struct prefix *dst)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (routes[i].type == type && same_prefix(&routes[i].dst, dst))
			return true;
	return false;
}

static bool has_address(const struct vrf *vrf, const struct prefix *addr)
{
	size_t i;

	for (i = 0; i < vrf->n_addrs; i++)
		if (address_same(&vrf->addrs[i].prefix.net, &addr->net))
			return true;
	return false;
}

/* An address or prefix that is the user's own; @last of those that IPv6 sends from. */
static void judge_local(const struct vrf *vrf, const struct prefix *own, bool last)
{
	struct words w = words_of(own);
	const char *word = w.text;

	if (own->net.family == AF_INET6 && !has_address(vrf, own)) {
		helps(fault(vrf, WARNING, "%s lacks the address %s, which makes it UID %u's own",
			    vrf->dev, word, vrf->uid),
		      "ip addr add %s/128 dev %s nodad noprefixroute%s", word, vrf->dev,
		      last ? " preferred_lft 0" : "");
		return;
	}
	if (has_route(vrf->routes, vrf->n_routes, RTN_LOCAL, own))
		return;
	helps(fault(vrf, WARNING,
		    "the routing table %u lacks the route \"local %s\", which makes it UID %u's own",
		    vrf->table, word, vrf->uid),
	      "ip %sroute add local %s dev %s table %u proto kernel scope host",
	      option_of(own), word, vrf->dev, vrf->table);
}

/* Off the subnets the kernel sends from an address of the device alone. */
static void judge_cgnat(const struct vrf *vrf, const struct prefix *own)
{
	struct words w = words_of(own);

	if (own->net.family == AF_INET && !has_address(vrf, own))
		helps(fault(vrf, WARNING,
			    "%s lacks the address %s: UID %u sends nothing off the subnets",
			    vrf->dev, w.text, vrf->uid),
		      "ip addr add %s/32 dev %s scope link noprefixroute", w.text, vrf->dev);
	else
		judge_local(vrf, own, false);
}

/* Is it one of the user's off the subnets? */
static bool is_cgnat(const struct vrf *vrf, const struct prefix *addr)
{
	struct prefix own;
	json_t *text;
	size_t i;

	json_array_foreach(json_object_get(vrf->user, "cgnat"), i, text)
		if (prefix_take(json_string_value(text), &own) &&
		    address_same(&own.net, &addr->net))
			return true;
	return false;
}

/* The MTU of the lower device with a name; 0 if there is none. */
static json_int_t mtu_of(const struct vrf *vrf, const char *name)
{
	json_t *lower;
	size_t i;

	json_array_foreach(vrf->look->d->lowers, i, lower)
		if (!strcmp(get_string(lower, "dev"), name))
			return get_number(lower, "mtu");
	return 0;
}

/* The subnet that an address is in. */
static bool subnet_of(const struct vrf *vrf, const struct address *addr,
		      struct prefix *subnet)
{
	json_t *obj;
	size_t i;

	json_array_foreach(state_part(vrf->look->d, "subnets"), i, obj)
		if (get_prefix(obj, "prefix", subnet) && prefix_has(subnet, addr))
			return true;
	return false;
}

/* Does a route into a subnet fit one of the devices that lead there? */
static bool fits(const struct vrf *vrf, const struct snap_route *route)
{
	json_t *way, *text;
	json_int_t mtu;
	struct prefix own;
	size_t i, k;

	json_array_foreach(json_object_get(vrf->user, "links"), i, way)
		json_array_foreach(json_object_get(way, "addresses"), k, text) {
			if (!prefix_take(json_string_value(text), &own) ||
			    !prefix_has(&route->dst, &own.net))
				continue;
			/* One that has gone meanwhile, or has no room: another finding. */
			mtu = mtu_of(vrf, get_string(way, "lower"));
			if (mtu < mtu_needed(own.net.family) ||
			    route->mtu == mtu - mtu_lost(own.net.family))
				return true;
		}
	return false;
}

static void judge_subnet(const struct vrf *vrf, const char *lower, const struct prefix *own)
{
	const struct snap_route *route = NULL;
	struct prefix subnet;
	json_int_t mtu = mtu_of(vrf, lower) - mtu_lost(own->net.family);
	struct words to, from;
	json_t *obj;
	size_t i;

	if (!subnet_of(vrf, &own->net, &subnet))
		return;
	for (i = 0; !route && i < vrf->n_routes; i++)
		if (vrf->routes[i].type == RTN_UNICAST &&
		    same_prefix(&vrf->routes[i].dst, &subnet))
			route = &vrf->routes[i];
	if (route && fits(vrf, route))
		return;
	to = words_of(&subnet);
	from = words_of(own);
	from.text[strcspn(from.text, "/")] = '\0';
	if (route)
		obj = fault(vrf, WARNING,
			    "the route %s in the routing table %u has the MTU %u, and %s leaves %lld: UID %u's packets are too large, or smaller than they need be",
			    to.text, vrf->table, route->mtu, lower, mtu, vrf->uid);
	else
		obj = fault(vrf, WARNING,
			    "the routing table %u lacks the route %s: UID %u reaches no other node by %s",
			    vrf->table, to.text, vrf->uid, lower);
	helps(obj, "ip %sroute %s %s dev %s src %s mtu %lld table %u proto kernel%s",
	      option_of(own), route ? "replace" : "add", to.text, vrf->dev, from.text, mtu,
	      vrf->table, own->net.family == AF_INET ? " scope link" : "");
}

/* The last resort: what has no route goes by no table of the system's. */
static void judge_end(const struct vrf *vrf, int family)
{
	struct prefix all = { .net.family = family };

	if (has_route(vrf->routes, vrf->n_routes, RTN_UNREACHABLE, &all))
		return;
	helps(fault(vrf, WARNING,
		    "the routing table %u lacks the route \"unreachable default\" of %s: the system's routes lead UID %u's packets, which are dropped then",
		    vrf->table, family == AF_INET ? "IPv4" : "IPv6", vrf->uid),
	      "ip %sroute add unreachable default metric %u table %u proto kernel",
	      option_of(&all), UNREACHABLE_METRIC, vrf->table);
}

/* Nobody but uvn puts an address of IPv4 on a user's device: its routes say what is
 * local.
 */
static void judge_foreign(const struct vrf *vrf)
{
	static const char *const types[] = {
		[RTN_LOCAL] = "local ", [RTN_BROADCAST] = "broadcast ",
		[RTN_ANYCAST] = "anycast ", [RTN_MULTICAST] = "multicast ",
		[RTN_BLACKHOLE] = "blackhole ", [RTN_UNREACHABLE] = "unreachable ",
		[RTN_PROHIBIT] = "prohibit ", [RTN_THROW] = "throw ",
	};
	const char *type;
	struct words w;
	size_t i;

	for (i = 0; i < vrf->n_addrs; i++) {
		if (vrf->addrs[i].prefix.net.family != AF_INET ||
		    is_cgnat(vrf, &vrf->addrs[i].prefix))
			continue;
		w = words_of(&vrf->addrs[i].prefix);
		helps(fault(vrf, WARNING,
			    "%s has the IPv4 address %s, which is not uvn's: UID %u may send from it, and reach nobody",
			    vrf->dev, w.text, vrf->uid),
		      "ip addr del %s dev %s, and run doctor again: with the last address of a device the kernel takes its routes",
		      w.text, vrf->dev);
	}
	for (i = 0; i < vrf->n_routes; i++) {
		const struct snap_route *route = &vrf->routes[i];

		if (route->protocol == RTPROT_KERNEL)
			continue;
		type = route->type < sizeof(types) / sizeof(*types) ? types[route->type] :
								     NULL;
		w = words_of(&route->dst);
		helps(fault(vrf, WARNING,
			    "the routing table %u has the route \"%s%s\", which is not uvn's: it leads UID %u's packets",
			    vrf->table, type ?: "", w.text, vrf->uid),
		      "ip %sroute del %s%s table %u", option_of(&route->dst), type ?: "",
		      w.text, vrf->table);
	}
}

static bool has_ipv6(const struct vrf *vrf)
{
	long off;

	return file_number(vrf->look->d, &off, "/proc/sys/net/ipv6/conf/%s/disable_ipv6",
			   vrf->dev) && !off;
}

static void judge_network(const struct vrf *vrf)
{
	static const char *const loopback[] = { "127.0.0.0/8", "::1" };
	bool ipv6 = has_ipv6(vrf);
	json_t *way, *text;
	struct prefix own;
	size_t i, k;

	for (i = 0; i < sizeof(loopback) / sizeof(*loopback); i++)
		if (prefix_take(loopback[i], &own) && (own.net.family == AF_INET || ipv6))
			judge_local(vrf, &own, false);
	json_array_foreach(json_object_get(vrf->user, "links"), i, way)
		json_array_foreach(json_object_get(way, "addresses"), k, text) {
			if (!prefix_take(json_string_value(text), &own) ||
			    (own.net.family == AF_INET6 && !ipv6))
				continue;
			own.len = addr_size(own.net.family) * 8;
			judge_local(vrf, &own, true);
			judge_subnet(vrf, get_string(way, "lower"), &own);
		}
	json_array_foreach(json_object_get(vrf->user, "cgnat"), i, text)
		if (prefix_take(json_string_value(text), &own) &&
		    (own.net.family == AF_INET || ipv6))
			judge_cgnat(vrf, &own);
	judge_end(vrf, AF_INET);
	if (ipv6)
		judge_end(vrf, AF_INET6);
	judge_foreign(vrf);
}

static void judge_user(struct look *look, json_t *user)
{
	uint32_t ifindex = get_number(user, "vrf_ifindex");
	json_t *dev = snapshot_device(&look->s, ifindex);
	struct vrf vrf = {
		.look = look,
		.user = user,
		.uid = get_number(user, "uid"),
		.table = get_number(user, "table"),
		.dev = get_string(dev ?: user, dev ? "name" : "vrf"),
	};

	if (!dev) {
		helps(fault(&vrf, ERROR, "the device %s is missing: UID %u reaches nothing",
			    vrf.dev, vrf.uid),
		      "uvnadm user del %u --force: the next socket makes the network anew",
		      vrf.uid);
		return;
	}
	if (!json_is_true(json_object_get(dev, "up"))) {
		/* The kernel takes the routes of a device that is down. */
		helps(fault(&vrf, ERROR, "%s is down: UID %u reaches nothing", vrf.dev,
			    vrf.uid),
		      "ip link set %s up", vrf.dev);
		return;
	}
	vrf.addrs = snapshot_addresses(&look->s, ifindex, &vrf.n_addrs);
	vrf.routes = snapshot_routes(&look->s, vrf.table, &vrf.n_routes);
	judge_network(&vrf);
}

/* One that is on its way in or out has not all that it should have. */
static bool look_at_all(struct look *look)
{
	json_t *user;
	bool seen;
	size_t i;

	look->faults = json_object();
	seen = snapshot_take(look->d, &look->s);
	if (seen) {
		json_array_foreach(look->s.users, i, user)
			if (!strcmp(get_string(user, "state"), "ready"))
				judge_user(look, user);
	}
	snapshot_free(&look->s);
	return seen;
}

/**
 * doctor_vrfs - have users' VRFs what the module made, and nothing else?
 * @d: diagnosis
 *
 * The module follows what changes: what was wrong is looked at again, and what is
 * still wrong then stays so.
 */
void doctor_vrfs(struct doctor *d)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000 };
	struct look first = { .d = d }, second = { .d = d };
	const char *text;
	json_t *obj;

	if (d->enabled && look_at_all(&first) && json_object_size(first.faults)) {
		nanosleep(&pause, NULL);
		look_at_all(&second);
	}
	json_object_foreach(second.faults, text, obj) {
		if (!json_object_get(first.faults, text))
			continue;
		found(d, get_number(obj, "severity"), get_string(obj, "subject"), "%s", text);
		remedy(d, "%s", get_string(obj, "remedy"));
	}
	json_decref(first.faults);
	json_decref(second.faults);
}
