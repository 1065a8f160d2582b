// SPDX-License-Identifier: GPL-2.0
/*
 * Where somebody can be reached: the addresses of links.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/parse.h"
#include "cli/prefix.h"
#include "verify/node.h"
#include "verify/target.h"
#include "verify/task.h"

/**
 * target_parse - take an address, and how many of its bits are the subnet's
 * @text: ADDRESS or ADDRESS/LENGTH, as the module has it
 * @target: set, but for the link
 *
 * Return: true if it is one.
 */
bool target_parse(const char *text, struct target *target)
{
	char copy[INET6_ADDRSTRLEN + 4], *slash;

	memset(target, 0, sizeof(*target));
	if (!text || snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return false;
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	target->addr.family = strchr(copy, ':') ? AF_INET6 : AF_INET;
	target->len = addr_size(target->addr.family) * 8;
	if (slash && strspn(slash, "0123456789") == strlen(slash))
		target->len = strtoul(slash, NULL, 10);
	return inet_pton(target->addr.family, copy, target->addr.bytes) == 1;
}

/**
 * target_is_near - is an address in the same subnet?
 * @target: the target whose subnet it is
 * @addr: the address
 */
bool target_is_near(const struct target *target, const struct address *addr)
{
	size_t size = addr_size(target->addr.family), i;

	if (target->addr.family != addr->family)
		return false;
	for (i = 0; i < size * 8 && i < target->len; i++)
		if ((target->addr.bytes[i / 8] ^ addr->bytes[i / 8]) &
		    0x80 >> i % 8)
			return false;
	return true;
}

/**
 * target_links - the links of a role's network
 * @node: where
 * @role: role; the system has none, and shares the addresses of users'
 *
 * Return: an array, without a reference.
 */
json_t *target_links(const struct node *node, enum party role)
{
	json_t *network = json_array_get(node->networks, role == SYSTEM ? FIRST : role);

	return json_object_get(network, "links");
}

/**
 * target_source - the source address of packets to a target
 * @here: this node
 * @there: the target, here or on another node
 * @source: set to it
 *
 * Return: true if there is one.
 */
bool target_source(const struct node *here, const struct target *there,
		   struct address *source)
{
	json_t *link, *text;
	struct target target;
	size_t i, k;

	json_array_foreach(target_links(here, SYSTEM), i, link) {
		json_array_foreach(json_object_get(link, "addresses"), k, text) {
			if (!target_parse(json_string_value(text), &target) ||
			    !target_is_near(&target, &there->addr))
				continue;
			*source = target.addr;
			return true;
		}
	}
	return false;
}
