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
 * place_parse - take an address, and how many of its bits are the subnet's
 * @text: ADDRESS or ADDRESS/LENGTH, as the module has it
 * @place: set, but for the link
 *
 * Return: true if it is one.
 */
bool place_parse(const char *text, struct place *place)
{
	char copy[INET6_ADDRSTRLEN + 4], *slash;

	memset(place, 0, sizeof(*place));
	if (!text || snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return false;
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	place->addr.family = strchr(copy, ':') ? AF_INET6 : AF_INET;
	place->len = addr_size(place->addr.family) * 8;
	if (slash && strspn(slash, "0123456789") == strlen(slash))
		place->len = strtoul(slash, NULL, 10);
	return inet_pton(place->addr.family, copy, place->addr.bytes) == 1;
}

/**
 * place_is_near - is an address in the same subnet?
 * @place: the place whose subnet it is
 * @addr: the address
 */
bool place_is_near(const struct place *place, const struct address *addr)
{
	size_t size = addr_size(place->addr.family), i;

	if (place->addr.family != addr->family)
		return false;
	for (i = 0; i < size * 8 && i < place->len; i++)
		if ((place->addr.bytes[i / 8] ^ addr->bytes[i / 8]) &
		    0x80 >> i % 8)
			return false;
	return true;
}

/**
 * place_links - the links of a role's network
 * @site: where
 * @role: role; the system has none, and shares the addresses of users'
 *
 * Return: an array, without a reference.
 */
json_t *place_links(const struct site *site, enum party role)
{
	json_t *network = json_array_get(site->networks, role == SYSTEM ? FIRST : role);

	return json_object_get(network, "links");
}

/**
 * place_source - the source address of packets to a place
 * @here: this node
 * @there: the place, here or on another node
 * @source: set to it
 *
 * Return: true if there is one.
 */
bool place_source(const struct site *here, const struct place *there,
		  struct address *source)
{
	json_t *link, *text;
	struct place place;
	size_t i, k;

	json_array_foreach(place_links(here, SYSTEM), i, link) {
		json_array_foreach(json_object_get(link, "addresses"), k, text) {
			if (!place_parse(json_string_value(text), &place) ||
			    !place_is_near(&place, &there->addr))
				continue;
			*source = place.addr;
			return true;
		}
	}
	return false;
}
