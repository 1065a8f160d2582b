// SPDX-License-Identifier: GPL-2.0
/*
 * What helps where an attempt came out as it must not. Nobody tells who has dropped a
 * packet; but where uvn lets it pass it is a packet filter mostly, and what that is
 * shown of it is known.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/prefix.h"
#include "verify/attempt.h"
#include "verify/matrix.h"
#include "verify/node.h"
#include "verify/remedy.h"
#include "verify/target.h"
#include "verify/task.h"

#define LIST_RULES	"(nft list ruleset, iptables-save)"

static bool is_audited(const struct trial *t)
{
	return json_is_true(json_object_get(t->nodes[0].status, "audit")) ||
	       (t->peer && json_is_true(json_object_get(t->nodes[1].status, "audit")));
}

/* Where the attempt went, as an address and a port. */
static uint16_t take_target(const struct attempt *attempt, struct target *target)
{
	const struct sockaddr_in6 *in6 = (const void *)&attempt->addr;
	const struct sockaddr_in *in = (const void *)&attempt->addr;
	bool v4 = attempt->addr.ss_family == AF_INET;

	memset(target, 0, sizeof(*target));
	target->addr.family = attempt->addr.ss_family;
	if (v4)
		memcpy(target->addr.bytes, &in->sin_addr, sizeof(in->sin_addr));
	else
		memcpy(target->addr.bytes, &in6->sin6_addr, sizeof(in6->sin6_addr));
	/* At the same place for both families. */
	return ntohs(in->sin_port);
}

static bool is_group(const struct address *addr)
{
	return addr->family == AF_INET ? IN_MULTICAST((uint32_t)addr->bytes[0] << 24) :
					 addr->bytes[0] == 0xff;
}

/* Is it an address that the peer's users have in a subnet? */
static bool is_peers(const struct trial *t, const struct address *addr)
{
	struct target own;
	json_t *way, *text;
	size_t i, k;

	json_array_foreach(target_ways(&t->nodes[1], FIRST), i, way)
		json_array_foreach(json_object_get(way, "addresses"), k, text)
			if (target_parse(json_string_value(text), &own) &&
			    address_same(&own.addr, addr))
				return true;
	return false;
}

/* The devices that netfilter is shown: @dev, or those of users. */
static void print_devices(FILE *f, const struct trial *t, const struct attempt *attempt,
			  const char *dev)
{
	json_t *settings = json_object_get(t->config, "settings");
	enum party role = attempt->from != SYSTEM ? attempt->from : attempt->to;
	json_t *network = json_array_get(t->nodes[0].networks, role);
	const char *vrf = json_string_value(json_object_get(network, "vrf"));

	if (role == SYSTEM || !vrf ||
	    !json_is_true(json_object_get(settings, "firewall_vrf")))
		fprintf(f, "what they see come and go by %s", dev);
	else
		fprintf(f, "what they see come and go by %s, and not by %s, as firewall-vrf is on",
			vrf, dev);
}

static void print_here(FILE *f, const struct trial *t, const struct attempt *attempt)
{
	fputs("have packet filters of this node accept ", f);
	print_devices(f, t, attempt, "lo");
	fputs(" " LIST_RULES "; if there are none, " REMEDY_DOCTOR, f);
}

static void print_between(FILE *f, const struct trial *t, const struct attempt *attempt,
			  const struct address *to)
{
	struct target own;
	json_t *way = target_way(&t->nodes[0], to, &own);
	json_t *subnet = target_subnet(t->config, to);
	const char *lower = json_string_value(json_object_get(way, "lower"));

	if (!lower || !is_peers(t, to)) {
		fputs("have both nodes in one subnet, with the same configuration (uvnadm subnet list): the peer's programs tell others the address from which the peer itself sends, or else its first in a subnet",
		      f);
		return;
	}
	fputs("have packet filters of both nodes accept ", f);
	print_devices(f, t, attempt, lower);
	fprintf(f, " " LIST_RULES ", and those in between UDP to port %lld; if there are none, "
		REMEDY_DOCTOR, json_integer_value(json_object_get(subnet, "port")));
}

/* Off the subnets. */
static void print_outside(FILE *f, const struct trial *t, const struct attempt *attempt,
			  const struct address *to, uint16_t port)
{
	bool v4 = to->family == AF_INET;
	char text[INET6_ADDRSTRLEN];

	inet_ntop(to->family, to->bytes, text, sizeof(text));
	fprintf(f, "uvnadm why %u %s%s%s:%u says which way it goes; see that it is let through there, and that somebody listens",
		t->attempts.uids[attempt->from], v4 ? "" : "[", text, v4 ? "" : "]", port);
}

/**
 * remedy_print - print what helps against a fault
 * @f: where to
 * @trial: trial
 * @attempt: the attempt that came out wrong
 * @lacking: it was to arrive, and did not
 */
void remedy_print(FILE *f, const struct trial *trial, const struct attempt *attempt,
		  bool lacking)
{
	struct target to;
	uint16_t port = take_target(attempt, &to);

	if (is_audited(trial))
		fputs("uvnadm set audit off", f);
	else if (!lacking)
		fputs("report it, and have users wait: what uvn promises does not hold; "
		      REMEDY_DOCTOR, f);
	else if (attempt->how == HOW_CONNECT)
		print_outside(f, trial, attempt, &to.addr, port);
	else if (attempt->family == AF_UNIX)
		fputs(REMEDY_DOCTOR, f);
	else if (is_group(&to.addr) && attempt->node)
		fputs("have both nodes have the same group for the subnet (uvnadm subnet list), and switches, routers and packet filters let VXLAN to it through",
		      f);
	else if (is_group(&to.addr))
		fputs("have packet filters of this node accept users' multicast " LIST_RULES
		      "; if there are none, " REMEDY_DOCTOR, f);
	else if (attempt->node)
		print_between(f, trial, attempt, &to.addr);
	else
		print_here(f, trial, attempt);
}
