// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses and ports: subnets, pools, and what clashes with them.
 */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "cli/parse.h"
#include "cli/prefix.h"
#include "doctor/address.h"
#include "doctor/file.h"
#include "doctor/finding.h"
#include "doctor/state.h"
#include "lib/ask.h"
#include "lib/diag.h"
#include "lib/failure.h"

/* What a few hundred users take easily. */
#define CONNTRACK_MIN	32768

/**
 * struct table_route - a route that leads somewhere
 * @dst: to where
 * @table: its table
 * @oif: by which device; 0 if by several
 */
struct table_route {
	struct prefix dst;
	uint32_t table;
	uint32_t oif;
};

static bool parse_route(struct nlmsghdr *nlh, struct table_route *route)
{
	struct rtmsg *rtm = nlmsg_data(nlh);
	struct nlattr *head = nlmsg_attrdata(nlh, sizeof(*rtm)), *attr;
	int len = nlmsg_attrlen(nlh, sizeof(*rtm));

	if (nlh->nlmsg_type != RTM_NEWROUTE || rtm->rtm_flags & RTM_F_CLONED ||
	    (rtm->rtm_type != RTN_UNICAST && rtm->rtm_type != RTN_LOCAL))
		return false;
	attr = nla_find(head, len, RTA_DST);
	if (!rtm->rtm_dst_len || !attr || nla_len(attr) != (int)addr_size(rtm->rtm_family))
		return false;
	memset(route, 0, sizeof(*route));
	route->dst.net.family = rtm->rtm_family;
	route->dst.len = rtm->rtm_dst_len;
	memcpy(route->dst.net.bytes, nla_data(attr), nla_len(attr));
	attr = nla_find(head, len, RTA_TABLE);
	route->table = attr ? nla_get_u32(attr) : rtm->rtm_table;
	attr = nla_find(head, len, RTA_OIF);
	route->oif = attr ? nla_get_u32(attr) : 0;
	return true;
}

/**
 * struct overlap - the first route that a prefix has something to do with
 * @d: diagnosis
 * @prefix: the prefix
 * @with: the route
 * @found: there is one
 */
struct overlap {
	struct doctor *d;
	struct prefix prefix;
	struct table_route with;
	bool found;
};

static void overlap_clear(void *arg)
{
	struct overlap *o = arg;

	o->found = false;
}

static void find_route(struct doctor *d, json_t *obj, struct overlap *o,
		       void (*match)(struct nlmsghdr *nlh, void *arg))
{
	struct rtmsg rtm = {};

	memset(o, 0, sizeof(*o));
	o->d = d;
	if (!get_prefix(obj, "prefix", &o->prefix))
		return;
	rtm.rtm_family = o->prefix.net.family;
	state_asked(d, ask_rtnetlink(RTM_GETROUTE, &rtm, sizeof(rtm), match, overlap_clear,
				     o));
}

static const char *print_prefix(char *text, size_t size, const struct prefix *prefix)
{
	char net[INET6_ADDRSTRLEN];

	inet_ntop(prefix->net.family, prefix->net.bytes, net, sizeof(net));
	snprintf(text, size, "%s/%u", net, prefix->len);
	return text;
}

/* Does a device have an address in a subnet? */
static bool is_lower(struct doctor *d, uint32_t ifindex, const struct prefix *subnet)
{
	struct prefix prefix;
	json_t *lower;
	size_t i;

	json_array_foreach(d->lowers, i, lower)
		if (get_number(lower, "ifindex") == ifindex &&
		    get_prefix(lower, "subnet", &prefix) &&
		    prefix_overlap(&prefix, subnet))
			return true;
	return false;
}

/* Hosts of the subnet for which the system goes another way than users. */
static void match_inside(struct nlmsghdr *nlh, void *arg)
{
	struct overlap *o = arg;
	struct table_route route;

	if (o->found || !parse_route(nlh, &route) || route.table != RT_TABLE_MAIN ||
	    route.dst.len <= o->prefix.len || !prefix_overlap(&route.dst, &o->prefix) ||
	    !route.oif || is_lower(o->d, route.oif, &o->prefix) ||
	    state_is_direct(o->d, &route.dst))
		return;
	o->with = route;
	o->found = true;
}

static void judge_subnet(struct doctor *d, json_t *subnet)
{
	const char *word = get_string(subnet, "prefix"), *dev = "", *other;
	char with[INET6_ADDRSTRLEN + 4];
	struct overlap o;
	json_t *lower;
	size_t i;

	json_array_foreach(d->lowers, i, lower) {
		other = get_string(lower, "dev");
		if (strcmp(get_string(lower, "subnet"), word))
			continue;
		if (*dev && strcmp(dev, other)) {
			found(d, NOTE, word,
			      "%s and %s both have an address in %s: users send by one of them alone",
			      dev, other, word);
			remedy(d, "a subnet for each, or a bond of both");
		}
		dev = other;
	}
	find_route(d, subnet, &o, match_inside);
	if (!*dev || !o.found)
		return;
	found(d, WARNING, word,
	      "the route %s by %s is to a part of the subnet %s: users look for those hosts by %s",
	      print_prefix(with, sizeof(with), &o.with.dst),
	      get_string(state_link(d, o.with.oif), "name"), word, dev);
	remedy(d, "a direct prefix, if they do not run uvn; else no such route");
}

/**
 * doctor_subnets - is this node in a subnet, and in one place?
 * @d: diagnosis
 */
void doctor_subnets(struct doctor *d)
{
	json_t *subnet;
	size_t i;

	json_array_foreach(state_part(d, "subnets"), i, subnet)
		judge_subnet(d, subnet);
	if (!d->config || json_array_size(d->lowers))
		return;
	if (!json_array_size(state_part(d, "subnets"))) {
		found(d, WARNING, NULL, "there is no subnet: users reach no other node");
		remedy(d, "uvnadm subnet add PREFIX port PORT");
		return;
	}
	found(d, WARNING, NULL,
	      "no interface has an address in a subnet: users reach no other node");
	remedy(d, "compare \"uvnadm subnet list\" and \"ip addr\"");
}

/**
 * doctor_unused_subnets - in which subnets is this node not?
 * @d: diagnosis
 *
 * One configuration serves a cluster, so that this is worth a word only when uvn is
 * enabled, when the interface may have been meant to be there.
 */
void doctor_unused_subnets(struct doctor *d)
{
	const char *prefix;
	json_t *subnet, *lower;
	size_t i, k;
	bool used;

	json_array_foreach(state_part(d, "subnets"), i, subnet) {
		prefix = get_string(subnet, "prefix");
		used = false;
		json_array_foreach(d->lowers, k, lower)
			used |= !strcmp(get_string(lower, "subnet"), prefix);
		if (used)
			continue;
		found(d, NOTE, prefix,
		      "no interface has an address in the subnet %s: users reach no node by it",
		      prefix);
		remedy(d, "none if this node is not in it; its network follows as soon as it is");
	}
}

/* As the module has it when a pool is added. */
static void match_overlap(struct nlmsghdr *nlh, void *arg)
{
	struct overlap *o = arg;
	struct table_route route;

	if (o->found || !parse_route(nlh, &route) ||
	    (route.table != RT_TABLE_MAIN && route.table != RT_TABLE_LOCAL) ||
	    !prefix_overlap(&route.dst, &o->prefix))
		return;
	o->with = route;
	o->found = true;
}

static void judge_pool(struct doctor *d, json_t *pool)
{
	const char *word = get_string(pool, "prefix");
	char with[INET6_ADDRSTRLEN + 4];
	struct overlap o;

	find_route(d, pool, &o, match_overlap);
	if (!o.found)
		return;
	found(d, WARNING, word,
	      "the pool %s overlaps the route or address %s: one hides the other, and uvn will not load it again",
	      word, print_prefix(with, sizeof(with), &o.with.dst));
	remedy(d, "another pool: addresses that this node has nowhere else");
}

/* How many users a pool is enough for, as far as that matters: nobody gets the
 * first and the last where there are others.
 */
static uint64_t pool_size(json_t *pool, int family)
{
	struct prefix prefix;
	int bits;

	if (!get_prefix(pool, "prefix", &prefix) || prefix.net.family != family)
		return 0;
	bits = addr_size(family) * 8 - prefix.len;
	return (1ULL << (bits > 32 ? 32 : bits)) - (bits > 1 ? 2 : 0);
}

static bool has_family(json_t *user, int family)
{
	bool is_ipv6 = family == AF_INET6, has;
	json_t *addr;
	size_t i;

	json_array_foreach(json_object_get(user, "cgnat"), i, addr) {
		has = strchr(json_string_value(addr) ?: "", ':');
		if (has == is_ipv6)
			return true;
	}
	return false;
}

static void judge_fill(struct doctor *d, int family)
{
	uint64_t size = 0, used = 0;
	json_t *pool, *user;
	size_t i;

	json_array_foreach(state_part(d, "cgnat"), i, pool)
		size += pool_size(pool, family);
	if (size && d->users_why)
		cannot_tell(d, "%s", d->users_why);
	json_array_foreach(d->users, i, user)
		used += has_family(user, family);
	if (!size || used * 10 < size * 9)
		return;
	found(d, WARNING, NULL,
	      "%llu of the %llu addresses in the %s pools are taken: the next users get no sockets",
	      (unsigned long long)used, (unsigned long long)size,
	      family == AF_INET ? "IPv4" : "IPv6");
	remedy(d, "uvnadm cgnat add: one more pool");
}

/**
 * doctor_pools - are pools the users' own, and large enough?
 * @d: diagnosis
 */
void doctor_pools(struct doctor *d)
{
	json_t *pool;
	size_t i;

	json_array_foreach(state_part(d, "cgnat"), i, pool)
		judge_pool(d, pool);
	judge_fill(d, AF_INET);
	judge_fill(d, AF_INET6);
}

static bool local_ports(struct doctor *d, unsigned int *first, unsigned int *last)
{
	FILE *f = file_open(d, "/proc/sys/net/ipv4/ip_local_port_range");
	bool ok;

	if (!f)
		return false;
	ok = fscanf(f, "%u %u", first, last) == 2;
	fclose(f);
	return ok;
}

/**
 * struct taken - whether a UDP port is taken
 * @port: the port
 * @is: it is
 */
struct taken {
	uint16_t port;
	bool is;
};

static void match_socket(const struct diag_sock *sk, void *arg)
{
	struct taken *t = arg;

	t->is |= sk->protocol == IPPROTO_UDP && ntohs(sk->msg.id.idiag_sport) == t->port;
}

static void judge_port(struct doctor *d, json_t *subnet)
{
	unsigned int first, last;
	struct uvn_failure why;
	struct taken t = { .port = get_number(subnet, "port") };
	long start;

	if (!d->enabled && !diag_dump(match_socket, &t, &why)) {
		cannot_tell(d, "%s", why.text);
	} else if (t.is) {
		found(d, ERROR, get_string(subnet, "prefix"),
		      "UDP port %u of the subnet %s is taken: uvn cannot be enabled",
		      t.port, get_string(subnet, "prefix"));
		remedy(d, "end who has it (ss -lunp 'sport = %u'), or choose another port on all nodes",
		       t.port);
	}
	if (!json_is_true(json_object_get(subnet, "unprivileged")) &&
	    file_number(d, &start, "/proc/sys/net/ipv4/ip_unprivileged_port_start") &&
	    t.port >= start) {
		found(d, ERROR, get_string(subnet, "prefix"),
		      "UDP port %u of the subnet %s is not below net.ipv4.ip_unprivileged_port_start, %ld: any program may take it, and uvn cannot be enabled",
		      t.port, get_string(subnet, "prefix"), start);
		remedy(d, "a port below %ld, the same on all nodes; or the word \"unprivileged\"",
		       start);
	}
	if (local_ports(d, &first, &last) && t.port >= first && t.port <= last) {
		found(d, WARNING, get_string(subnet, "prefix"),
		      "UDP port %u of the subnet %s is in net.ipv4.ip_local_port_range: any program may get it first",
		      t.port, get_string(subnet, "prefix"));
		remedy(d, "a port below 1024 that is free, the same on all nodes");
	}
}

/**
 * doctor_ports - are the subnets' ports free?
 * @d: diagnosis
 */
void doctor_ports(struct doctor *d)
{
	json_t *subnet;
	size_t i;

	json_array_foreach(state_part(d, "subnets"), i, subnet)
		judge_port(d, subnet);
}

/**
 * doctor_nat_ports - do the system's connections take ports of nat-ports?
 * @d: diagnosis
 */
void doctor_nat_ports(struct doctor *d)
{
	const char *ports = get_string(state_part(d, "settings"), "nat_ports");
	unsigned int low, high;
	uint32_t first, last;

	if (!json_array_size(state_part(d, "cgnat")) || !*ports ||
	    parse_ports(ports, &first, &last) || !local_ports(d, &low, &high) ||
	    low > last || high < first)
		return;
	found(d, WARNING, NULL,
	      "nat-ports (%s) overlap net.ipv4.ip_local_port_range (%u-%u): the system's connections and users' may get the same port",
	      ports, low, high);
	remedy(d, "sysctl -w net.ipv4.ip_local_port_range=\"32768 60999\", or other nat-ports on all nodes");
}

/**
 * doctor_conntrack - is there room for users' flows?
 * @d: diagnosis
 */
void doctor_conntrack(struct doctor *d)
{
	long max, n;

	if ((!json_array_size(state_part(d, "cgnat")) &&
	     !json_array_size(state_part(d, "publish"))) ||
	    !file_number(d, &max, "/proc/sys/net/netfilter/nf_conntrack_max"))
		return;
	if (max < CONNTRACK_MIN) {
		found(d, WARNING, NULL,
		      "net.netfilter.nf_conntrack_max is %ld: few flows for all users together",
		      max);
		remedy(d, "sysctl -w net.netfilter.nf_conntrack_max=262144");
	} else if (file_number(d, &n, "/proc/sys/net/netfilter/nf_conntrack_count") &&
		   n >= max / 4 * 3) {
		found(d, WARNING, NULL,
		      "%ld of %ld entries for connection tracking are taken: soon users get no flows off the subnets",
		      n, max);
		remedy(d, "sysctl -w net.netfilter.nf_conntrack_max=%ld", max * 4);
	}
}
