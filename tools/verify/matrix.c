// SPDX-License-Identifier: GPL-2.0
/*
 * What is tried: rows, each a technique, and the attempts that it makes of who can
 * try it on whom, and where.
 */
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/out.h"
#include "cli/prefix.h"
#include "verify/attempt.h"
#include "verify/expect.h"
#include "verify/listener.h"
#include "verify/matrix.h"
#include "verify/node.h"
#include "verify/refused.h"
#include "verify/target.h"
#include "verify/task.h"

/* Where to: a listener's address. */
enum dst { DST_LOOP, DST_OTHER_LOOP, DST_NODE, DST_ALL, DST_CGNAT, DST_FOUND, DST_GROUP,
	DST_NAME };

/* Devices that may be named, of the network of whom it is for. */
enum dev { DEV_NONE, DEV_VRF, DEV_LOWER };

/*
 * From the first user, from the second, from the system, each to the same three: "+"
 * must arrive, "-" must not, "." is not tried. What users may not do root can,
 * as far as there is a "+", which shows that the attempt is one that arrives.
 */
#define ALL	"+-+ -++ --+"
#define REMOTE	"+-+ -++ --."
#define NAMES	"+-+ -++ +++"
#define USERS	"+-. -+. ..."
#define ROOT	"+-. -+. ++."
#define REBIND	".-. -.. ++."
#define FORGED	"--. --. ..."
#define WRAPPED	"--. --. ++."
#define SAME	"+.. .+. ..."
#define SHARED	"+.. .+. ..+"

/**
 * struct row - a technique
 * @name: what it is
 * @kind: which listener hears it
 * @dst: where to
 * @matrix: from whom to whom, see above
 * @how: what is done to the socket before, or said when sending
 * @dev: device that is named
 * @vxlan: sent in VXLAN made by hand
 * @peer: to the other node
 */
struct row {
	const char *name;
	enum listener_kind kind;
	enum dst dst;
	const char *matrix;
	enum attempt_how how;
	enum dev dev;
	bool vxlan;
	bool peer;
};

static const struct row rows[] = {
	{ "TCP, 127.0.0.1", LISTENER_TCP4, DST_LOOP, ALL,
	  .how = HOW_PLAIN },
	{ "UDP, 127.0.0.1", LISTENER_UDP4, DST_LOOP, ALL,
	  .how = HOW_PLAIN },
	{ "TCP, 127.83.86.78", LISTENER_TCP4, DST_OTHER_LOOP, ALL,
	  .how = HOW_PLAIN },
	{ "UDP, 127.83.86.78", LISTENER_UDP4, DST_OTHER_LOOP, ALL,
	  .how = HOW_PLAIN },
	{ "TCP, node's addresses", LISTENER_TCP4, DST_NODE, ALL,
	  .how = HOW_PLAIN },
	{ "UDP, node's addresses", LISTENER_UDP4, DST_NODE, ALL,
	  .how = HOW_PLAIN },
	{ "TCP, ::1", LISTENER_TCP6, DST_LOOP, ALL,
	  .how = HOW_PLAIN },
	{ "UDP, ::1", LISTENER_UDP6, DST_LOOP, ALL,
	  .how = HOW_PLAIN },
	{ "TCP, node's IPv6 addresses", LISTENER_TCP6, DST_NODE, ALL,
	  .how = HOW_PLAIN },
	{ "UDP, node's IPv6 addresses", LISTENER_UDP6, DST_NODE, ALL,
	  .how = HOW_PLAIN },
	{ "TCP, both at one port", LISTENER_TCP_SAME, DST_LOOP, SAME,
	  .how = HOW_PLAIN },
	{ "UDP, both at a port of the system's", LISTENER_UDP_SAME, DST_LOOP, SHARED,
	  .how = HOW_PLAIN },
	{ "TCP, user's CGNAT address", LISTENER_TCP4, DST_CGNAT, USERS,
	  .how = HOW_PLAIN },
	{ "UDP, user's CGNAT address", LISTENER_UDP4, DST_CGNAT, USERS,
	  .how = HOW_PLAIN },
	{ "TCP, address from getsockname()", LISTENER_TCP4, DST_FOUND, USERS,
	  .how = HOW_PLAIN },
	{ "TCP, IPv6 address from getsockname()", LISTENER_TCP6, DST_FOUND, USERS,
	  .how = HOW_PLAIN },
	{ "multicast", LISTENER_GROUP4, DST_GROUP, SAME, .how = HOW_PLAIN },
	{ "multicast over IPv6", LISTENER_GROUP6, DST_GROUP, SAME, .how = HOW_PLAIN },
	{ "Unix stream, abstract name", LISTENER_STREAM, DST_NAME, NAMES,
	  .how = HOW_PLAIN },
	{ "Unix datagram, abstract name", LISTENER_DGRAM, DST_NAME, NAMES,
	  .how = HOW_PLAIN },

	{ "IP_PKTINFO with VRF, 127.0.0.1", LISTENER_UDP4, DST_LOOP, ROOT,
	  .how = HOW_PKTINFO, .dev = DEV_VRF },
	{ "IP_PKTINFO with VRF, node", LISTENER_UDP4, DST_NODE, ROOT,
	  .how = HOW_PKTINFO, .dev = DEV_VRF },
	{ "UDP, 224.0.0.1", LISTENER_UDP4, DST_ALL, USERS, .how = HOW_PLAIN },
	{ "IPV6_PKTINFO with VRF, ::1", LISTENER_UDP6, DST_LOOP, ROOT,
	  .how = HOW_PKTINFO, .dev = DEV_VRF },
	{ "IPV6_PKTINFO with VRF, node", LISTENER_UDP6, DST_NODE, ROOT,
	  .how = HOW_PKTINFO, .dev = DEV_VRF },
	{ "scope id of VRF, ff02::1", LISTENER_UDP6, DST_ALL, ROOT,
	  .how = HOW_SCOPE, .dev = DEV_VRF },
	{ "SO_BINDTODEVICE to VRF, TCP", LISTENER_TCP4, DST_LOOP, REBIND,
	  .how = HOW_DEVICE, .dev = DEV_VRF },
	{ "SO_BINDTODEVICE to VRF, UDP", LISTENER_UDP4, DST_LOOP, REBIND,
	  .how = HOW_DEVICE, .dev = DEV_VRF },
	{ "undone connect(), 127.0.0.1", LISTENER_UDP4, DST_LOOP, USERS,
	  .how = HOW_UNSPEC },
	{ "undone connect(), node", LISTENER_UDP4, DST_NODE, USERS,
	  .how = HOW_UNSPEC },
	{ "undone connect(), SO_BINDTODEVICE", LISTENER_UDP4, DST_LOOP, REBIND,
	  .how = HOW_UNSPEC_DEVICE, .dev = DEV_VRF },
	{ "VXLAN by hand, 127.0.0.1", LISTENER_UDP4, DST_LOOP, FORGED,
	  .vxlan = true },
	{ "VXLAN by hand, node", LISTENER_UDP4, DST_NODE, FORGED, .vxlan = true },
	{ "VXLAN by hand, lower device, node", LISTENER_UDP4, DST_NODE, FORGED,
	  .how = HOW_PKTINFO, .dev = DEV_LOWER, .vxlan = true },
	{ "VXLAN by hand, ::1", LISTENER_UDP6, DST_LOOP, FORGED, .vxlan = true },
	{ "VXLAN by hand, node, IPv6", LISTENER_UDP6, DST_NODE, FORGED,
	  .vxlan = true },

	{ "TCP", LISTENER_TCP4, DST_NODE, REMOTE, .peer = true },
	{ "UDP", LISTENER_UDP4, DST_NODE, REMOTE, .peer = true },
	{ "TCP over IPv6", LISTENER_TCP6, DST_NODE, REMOTE, .peer = true },
	{ "UDP over IPv6", LISTENER_UDP6, DST_NODE, REMOTE, .peer = true },
	{ "TCP, address from getsockname()", LISTENER_TCP4, DST_FOUND, USERS, .peer = true },
	{ "TCP, IPv6 address from getsockname()", LISTENER_TCP6, DST_FOUND, USERS,
	  .peer = true },
	{ "multicast", LISTENER_GROUP4, DST_GROUP, SAME, .peer = true },
	{ "multicast over IPv6", LISTENER_GROUP6, DST_GROUP, SAME, .peer = true },
	{ "IP_PKTINFO with VRF", LISTENER_UDP4, DST_NODE, ROOT,
	  .how = HOW_PKTINFO, .dev = DEV_VRF, .peer = true },
	{ "IPV6_PKTINFO with VRF", LISTENER_UDP6, DST_NODE, ROOT,
	  .how = HOW_PKTINFO, .dev = DEV_VRF, .peer = true },
	{ "SO_BINDTODEVICE to VRF", LISTENER_TCP4, DST_NODE, REBIND,
	  .how = HOW_DEVICE, .dev = DEV_VRF, .peer = true },
	{ "VXLAN by hand", LISTENER_UDP4, DST_NODE, WRAPPED, .vxlan = true,
	  .peer = true },
	{ "VXLAN by hand, lower device", LISTENER_UDP4, DST_NODE, WRAPPED,
	  .how = HOW_PKTINFO, .dev = DEV_LOWER, .vxlan = true, .peer = true },
	{ "VXLAN by hand, IPv6", LISTENER_UDP6, DST_NODE, WRAPPED, .vxlan = true,
	  .peer = true },
	{ "VXLAN by hand, socket of the system's", LISTENER_UDP4, DST_NODE, WRAPPED,
	  .how = HOW_GIVEN, .vxlan = true, .peer = true },
	{ "VXLAN by hand, socket of the system's, IPv6", LISTENER_UDP6, DST_NODE, WRAPPED,
	  .how = HOW_GIVEN, .vxlan = true, .peer = true },
	{}
};

static json_t *network_of(const struct trial *t, enum party role)
{
	return json_array_get(t->nodes[0].networks, role);
}

static unsigned int number(json_t *obj, const char *key)
{
	return json_integer_value(json_object_get(obj, key));
}

/* The attempt that @model is, to a target. */
static void add_attempt(struct trial *t, const struct attempt *model,
			const struct target *to, uint16_t port)
{
	struct attempt *attempt = attempts_add(&t->attempts);
	struct sockaddr_in6 *in6 = (void *)&attempt->addr;
	struct sockaddr_in *in = (void *)&attempt->addr;

	*attempt = *model;
	if (to->addr.family == AF_INET) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, to->addr.bytes, sizeof(in->sin_addr));
		attempt->addr_len = sizeof(*in);
	} else {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		memcpy(&in6->sin6_addr, to->addr.bytes, sizeof(in6->sin6_addr));
		attempt->addr_len = sizeof(*in6);
	}
}

/*
 * To the ports of subnets' VXLAN: of the one that the target is in, or of all if
 * it is in none.
 */
static void add_vxlan(struct trial *t, struct attempt *model, const struct target *to)
{
	json_t *subnet;
	struct target net;
	size_t i;

	model->vni = number(network_of(t, model->to), "vni");
	model->source = to->addr;
	if (to->on_subnet && !target_source(&t->nodes[0], to, &model->source))
		return;
	json_array_foreach(json_object_get(t->config, "subnets"), i, subnet)
		if (target_parse(json_string_value(json_object_get(subnet, "prefix")),
				 &net) &&
		    net.addr.family == to->addr.family &&
		    (!to->on_subnet || target_is_near(&net, &to->addr)))
			add_attempt(t, model, to, number(subnet, "port"));
}

static void add_to(struct trial *t, const struct row *row, struct attempt *model,
		   const struct target *to)
{
	if (row->vxlan)
		add_vxlan(t, model, to);
	else
		add_attempt(t, model, to, model->port);
}

/* Has the node an address of the family in a subnet? */
static bool is_on_subnet(const struct trial *t, int family)
{
	struct target target;
	json_t *way, *text;
	size_t i, k;

	json_array_foreach(target_ways(&t->nodes[0], SYSTEM), i, way)
		json_array_foreach(json_object_get(way, "addresses"), k, text)
			if (target_parse(json_string_value(text), &target) &&
			    target.addr.family == family)
				return true;
	return false;
}

/* Names each of the lower devices that lead to the target. */
static void add_lowers(struct trial *t, const struct row *row, struct attempt *model,
		       const struct target *to)
{
	struct address source;
	json_t *way, *text;
	struct target near;
	const char *lower;
	size_t i, k;

	if (!target_source(&t->nodes[0], to, &source))
		return;
	json_array_foreach(target_ways(&t->nodes[0], model->to), i, way) {
		bool leads = false;

		json_array_foreach(json_object_get(way, "addresses"), k, text)
			leads |= target_parse(json_string_value(text), &near) &&
				 target_is_near(&near, &to->addr);
		lower = json_string_value(json_object_get(way, "lower"));
		model->ifindex = leads && lower ? if_nametoindex(lower) : 0;
		if (model->ifindex)
			add_to(t, row, model, to);
	}
}

static void add_devices(struct trial *t, const struct row *row, struct attempt *model,
			const struct target *to)
{
	switch (row->dev) {
	case DEV_NONE:
		add_to(t, row, model, to);
		break;
	case DEV_VRF:
		/* Where there is no address to send to a group from none arrives. */
		if (row->dst == DST_ALL && !is_on_subnet(t, model->family))
			break;
		model->ifindex = number(network_of(t, model->to), "vrf_ifindex");
		if (model->ifindex)
			add_to(t, row, model, to);
		break;
	case DEV_LOWER:
		add_lowers(t, row, model, to);
		break;
	}
}

static void add_text(struct trial *t, const struct row *row, struct attempt *model,
		     const char *text, bool on_subnet)
{
	struct target to;

	if (!target_parse(text, &to) || to.addr.family != model->family)
		return;
	to.on_subnet = on_subnet;
	add_devices(t, row, model, &to);
}

/* What a program of a role's on the node finds to be its address, or why it does not. */
static const char *found_by(const struct node *node, enum party role, int family)
{
	json_t *found = json_object_get(json_array_get(node->seen, role), "found");

	return json_string_value(json_array_get(found, family == AF_INET6)) ?: "";
}

/* To every address that there is of that sort. */
static void add_targets(struct trial *t, const struct row *row, struct attempt *model)
{
	const struct node *node = &t->nodes[row->peer];
	bool v4 = model->family == AF_INET;
	json_t *way, *text, *list;
	size_t i, k;

	switch (row->dst) {
	case DST_LOOP:
		add_text(t, row, model, v4 ? "127.0.0.1" : "::1", false);
		break;
	case DST_OTHER_LOOP:
		add_text(t, row, model, "127.83.86.78", false);
		break;
	case DST_ALL:
		add_text(t, row, model, v4 ? "224.0.0.1" : "ff02::1", false);
		break;
	case DST_CGNAT:
		list = json_object_get(json_array_get(node->networks, model->to),
				       "cgnat");
		json_array_foreach(list, i, text)
			add_text(t, row, model, json_string_value(text), false);
		break;
	case DST_FOUND:
		add_text(t, row, model, found_by(node, model->to, model->family), false);
		break;
	case DST_GROUP:
		add_text(t, row, model, listener_ways[row->kind].group, false);
		break;
	case DST_NODE:
		json_array_foreach(target_ways(node, model->to), i, way)
			json_array_foreach(json_object_get(way, "addresses"), k, text)
				add_text(t, row, model, json_string_value(text), true);
		break;
	case DST_NAME:
		*attempts_add(&t->attempts) = *model;
		break;
	}
}

/* Is the port that is to be the same for all published? */
static bool is_published(const struct trial *t, json_t *listeners, enum listener_kind kind)
{
	enum party role;

	for (role = 0; role < ROLES; role++) {
		json_t *port = json_array_get(json_array_get(listeners, role), kind);

		if (json_is_integer(port) &&
		    config_publishes(t->config, listener_ways[kind].type,
				     json_integer_value(port)))
			return true;
	}
	return false;
}

static void add_pair(struct trial *t, const struct row *row, struct trial_check *check,
		     enum party from, enum party to)
{
	const struct listener_way *way = &listener_ways[row->kind];
	char expected = row->matrix[from * (ROLES + 1) + to];
	json_t *listeners = t->nodes[row->peer].listeners;
	json_t *port = json_array_get(json_array_get(listeners, to), row->kind);
	json_t *system = json_array_get(json_array_get(listeners, SYSTEM), row->kind);
	struct attempt model = {
		.check = t->n_checks - 1,
		.from = from,
		.to = to,
		.node = row->peer,
		.arrives = expected == '+',
		.how = row->how,
		.family = way->family,
		.type = way->type,
		.vxlan = row->vxlan,
		.port = json_integer_value(port),
	};

	if (expected == '.')
		return;
	/* A published port is for the system to reach. */
	if (from == SYSTEM && expected == '-' &&
	    config_publishes(t->config, way->type, model.port))
		return;
	/* What the system has not either, the kernel has not. */
	if (json_is_string(port) && (to == SYSTEM || json_is_string(system))) {
		check->missing = json_string_value(port);
		return;
	}
	if (json_is_string(port) && way->same && is_published(t, listeners, row->kind)) {
		check->missing = "the configuration publishes the port: one user has it";
		return;
	}
	if (json_is_string(port)) {
		check->fault = json_string_value(port);
		check->deaf = to;
		return;
	}
	if (row->dst == DST_NAME)
		model.addr_len = listener_unix_name((void *)&model.addr,
						    t->attempts.run, to, row->kind);
	add_targets(t, row, &model);
}

static bool has_subnet(const struct trial *t, int family)
{
	struct target net;
	json_t *subnet;
	size_t i;

	json_array_foreach(json_object_get(t->config, "subnets"), i, subnet)
		if (target_parse(json_string_value(json_object_get(subnet, "prefix")),
				 &net) && net.addr.family == family)
			return true;
	return false;
}

/* Is the peer in the subnet that this node's multicast goes to? */
static bool is_cast_to_peer(const struct trial *t, int family)
{
	struct target from, to;
	json_t *way, *text;
	size_t i, k;

	if (!target_caster(&t->nodes[0], t->config, family, &from))
		return false;
	json_array_foreach(target_ways(&t->nodes[1], SYSTEM), i, way)
		json_array_foreach(json_object_get(way, "addresses"), k, text)
			if (target_parse(json_string_value(text), &to) &&
			    target_is_near(&from, &to.addr))
				return true;
	return false;
}

static const char *missing_of(const struct trial *t, const struct row *row)
{
	int family = listener_ways[row->kind].family;
	bool v4 = family == AF_INET;

	if (row->dst == DST_GROUP && is_on_subnet(t, family))
		return v4 ? "no subnet of IPv4 that both nodes are in has a group" :
			    "no subnet of IPv6 that both nodes are in has a group";
	if (row->dst == DST_FOUND && has_subnet(t, family))
		return found_by(&t->nodes[row->peer], FIRST, family);
	switch (row->dst) {
	case DST_CGNAT:
		return "no user has a CGNAT address of IPv4";
	case DST_NODE:
	case DST_ALL:
	case DST_GROUP:
		return v4 ? "no address of the node is in a subnet of IPv4" :
			    "no address of the node is in a subnet of IPv6";
	default:
		return v4 ? "there is no subnet of IPv4" :
			    "there is no subnet of IPv6";
	}
}

/* Is there anything that the row could show? */
static bool is_of_use(const struct trial *t, const struct row *row)
{
	int family = listener_ways[row->kind].family;

	if (row->dst == DST_FOUND)
		return has_subnet(t, family);
	if (row->dst == DST_GROUP)
		return row->peer ? is_cast_to_peer(t, family) : is_on_subnet(t, family);
	return true;
}

static void expand_row(struct trial *t, const struct row *row)
{
	struct trial_check *check = trial_add_check(t, row->name, row->peer);
	const struct listener_way *way = &listener_ways[row->kind];
	size_t before = t->attempts.n, i;

	if (config_refuses(t->config, way->family, way->type))
		check->missing = "the configuration refuses such sockets";
	else if (!is_of_use(t, row))
		check->missing = missing_of(t, row);
	for (i = 0; !check->missing && i < ROLES * ROLES; i++)
		add_pair(t, row, check, i / ROLES, i % ROLES);
	if (t->attempts.n == before && !check->missing && !check->fault)
		check->missing = missing_of(t, row);
}

static const char *address_of(const struct trial *t, enum party role, int family)
{
	struct target target;
	json_t *text;
	size_t i;

	json_array_foreach(json_object_get(network_of(t, role), "cgnat"), i, text)
		if (target_parse(json_string_value(text), &target) &&
		    target.addr.family == family)
			return json_string_value(text);
	return NULL;
}

/* Where there is a pool each has an address of its family. */
static void expand_cgnat(struct trial *t)
{
	struct trial_check *check = trial_add_check(t, "a CGNAT address each", false);
	const char *first, *second;
	struct target target;
	json_t *pool;
	size_t i;

	check->missing = "there is no CGNAT pool";
	json_array_foreach(json_object_get(t->config, "cgnat"), i, pool) {
		if (!target_parse(json_string_value(json_object_get(pool, "prefix")),
				  &target))
			continue;
		check->missing = NULL;
		first = address_of(t, FIRST, target.addr.family);
		second = address_of(t, SECOND, target.addr.family);
		if (!first || !second)
			check->fault = "a user has none, and there is a pool";
		else if (!strcmp(first, second))
			check->fault = "both have the same";
	}
}

/* A handshake has answers, and those come to who is translated alone. */
static void expand_outside(struct trial *t)
{
	struct trial_check *check = trial_add_check(t, "TCP to a host off the subnets", false);
	enum party role;

	check->by_errno = true;
	if (!t->outside_len)
		check->missing = "no --outside";
	for (role = 0; !check->missing && role < SYSTEM; role++)
		*attempts_add(&t->attempts) = (struct attempt){
			.check = t->n_checks - 1,
			.from = role,
			.to = role,
			.arrives = true,
			.how = HOW_CONNECT,
			.family = t->outside.ss_family,
			.type = SOCK_STREAM,
			.addr = t->outside,
			.addr_len = t->outside_len,
		};
}

/**
 * matrix_expand - have everything tried that can be
 * @trial: trial with its nodes
 */
void matrix_expand(struct trial *trial)
{
	const struct row *row;

	for (row = rows; row->name; row++)
		if (!row->peer)
			expand_row(trial, row);
	refused_expand(trial);
	expand_cgnat(trial);
	expand_outside(trial);
	if (!trial->peer && !trial->nodes[1].name)
		trial_add_check(trial, "between nodes", false)->missing = "no --peer";
	for (row = rows; trial->peer && row->name; row++)
		if (row->peer)
			expand_row(trial, row);
}
