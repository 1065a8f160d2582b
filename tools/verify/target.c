// SPDX-License-Identifier: GPL-2.0
/*
 * Where somebody can be reached: the addresses that networks have in subnets.
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
 * @target: set, but for @on_subnet
 *
 * Return: true if it is one.
 */
bool target_parse(const char *text, struct target *target)
{
	struct prefix prefix;
	bool ok = prefix_take(text, &prefix);

	*target = (struct target){ .addr = prefix.net, .len = prefix.len };
	return ok;
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
 * target_ways - by what lower devices a role's network leads, with which addresses
 * @node: where
 * @role: role; the system has none, and shares the addresses of users'
 *
 * Return: an array, without a reference.
 */
json_t *target_ways(const struct node *node, enum party role)
{
	json_t *network = json_array_get(node->networks, role == SYSTEM ? FIRST : role);

	return json_object_get(network, "links");
}

/**
 * target_way - the way to an address by the subnet that it is in
 * @here: from where
 * @addr: the address
 * @own: set to the own address in that subnet
 *
 * Return: the way, as of target_ways(), or NULL.
 */
json_t *target_way(const struct node *here, const struct address *addr,
		   struct target *own)
{
	json_t *way, *text;
	size_t i, k;

	json_array_foreach(target_ways(here, SYSTEM), i, way)
		json_array_foreach(json_object_get(way, "addresses"), k, text)
			if (target_parse(json_string_value(text), own) &&
			    target_is_near(own, addr))
				return way;
	return NULL;
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
	struct target own;

	if (!target_way(here, &there->addr, &own))
		return false;
	*source = own.addr;
	return true;
}

/**
 * target_subnet - the subnet that an address is in
 * @config: the configuration
 * @addr: the address
 *
 * Return: the subnet as the configuration has it, or NULL.
 */
json_t *target_subnet(json_t *config, const struct address *addr)
{
	struct target subnet;
	json_t *obj;
	size_t i;

	json_array_foreach(json_object_get(config, "subnets"), i, obj)
		if (target_parse(json_string_value(json_object_get(obj, "prefix")),
				 &subnet) &&
		    target_is_near(&subnet, addr))
			return obj;
	return NULL;
}

static bool has_group(json_t *config, const struct address *addr)
{
	return json_is_string(json_object_get(target_subnet(config, addr), "group"));
}

/**
 * target_caster - the address that multicast without a device is sent from
 * @node: where
 * @config: the configuration
 * @family: of the address
 * @from: set to it
 *
 * Return: true if other nodes of its subnet hear it: the first in a subnet that has
 * a group, as the module has it.
 */
bool target_caster(const struct node *node, json_t *config, int family,
		   struct target *from)
{
	json_t *way, *text;
	size_t i, k;

	json_array_foreach(target_ways(node, SYSTEM), i, way)
		json_array_foreach(json_object_get(way, "addresses"), k, text)
			if (target_parse(json_string_value(text), from) &&
			    from->addr.family == family && has_group(config, &from->addr))
				return true;
	return false;
}
