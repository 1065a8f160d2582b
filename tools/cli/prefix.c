// SPDX-License-Identifier: GPL-2.0
/*
 * What subnets, CGNAT pools and the like share: a prefix names them.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <linux/uvn.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/out.h"
#include "cli/parse.h"
#include "cli/prefix.h"
#include "lib/config.h"
#include "lib/decode.h"

enum { /* in the sets of all of them */
	PREFIX = UVN_A_SUBNET_PREFIX,
	PREFIX_LEN = UVN_A_SUBNET_PREFIX_LEN,
};

static_assert(PREFIX == (int)UVN_A_CGNAT_PREFIX &&
	      PREFIX == (int)UVN_A_DIRECT_PREFIX &&
	      PREFIX == (int)UVN_A_PUBLISH_PREFIX &&
	      PREFIX_LEN == (int)UVN_A_CGNAT_PREFIX_LEN &&
	      PREFIX_LEN == (int)UVN_A_PUBLISH_PREFIX_LEN &&
	      PREFIX_LEN == (int)UVN_A_DIRECT_PREFIX_LEN,
	      "their attributes do not begin alike");

/**
 * item_prefix - PREFIX
 * @val: values
 * @item: set to what it names
 */
int item_prefix(const char *const *val, struct item *item)
{
	return parse_prefix(val[0], &item->prefix);
}

/**
 * prefix_overlap - have two prefixes an address in common?
 * @a: prefix
 * @b: other one
 */
bool prefix_overlap(const struct prefix *a, const struct prefix *b)
{
	int len = a->len < b->len ? a->len : b->len, i;

	if (a->net.family != b->net.family)
		return false;
	for (i = 0; i < len; i++)
		if ((a->net.bytes[i / 8] ^ b->net.bytes[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

/**
 * prefix_take - take an address with or without the length of its prefix
 * @text: ADDRESS or ADDRESS/LENGTH, as the module has it; may be NULL
 * @prefix: set to it, with all the address's bits
 *
 * Return: true if it is one; nothing is reported.
 */
bool prefix_take(const char *text, struct prefix *prefix)
{
	char copy[INET6_ADDRSTRLEN + 4], *slash;

	memset(prefix, 0, sizeof(*prefix));
	if (!text || snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return false;
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	prefix->net.family = strchr(copy, ':') ? AF_INET6 : AF_INET;
	prefix->len = addr_size(prefix->net.family) * 8;
	if (slash && strspn(slash, "0123456789") == strlen(slash))
		prefix->len = strtoul(slash, NULL, 10);
	return inet_pton(prefix->net.family, copy, prefix->net.bytes) == 1;
}

/**
 * prefix_has - is an address in a prefix?
 * @prefix: the prefix, whatever its host bits are
 * @addr: the address
 */
bool prefix_has(const struct prefix *prefix, const struct address *addr)
{
	struct prefix host = { .net = *addr, .len = addr_size(addr->family) * 8 };

	return prefix_overlap(prefix, &host);
}

/**
 * address_same - are two addresses the same?
 * @a: an address
 * @b: another
 */
bool address_same(const struct address *a, const struct address *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, addr_size(a->family));
}

/**
 * address_put - add an address to a message, if there is one
 * @msg: message
 * @type: attribute type
 * @addr: address
 *
 * Return: 0 or a negative libnl error.
 */
int address_put(struct nl_msg *msg, int type, const struct address *addr)
{
	if (!addr->family)
		return 0;
	return nla_put(msg, type, addr_size(addr->family), addr->bytes);
}

/**
 * prefix_put - add the attributes of a prefix to a message
 * @msg: message
 * @item: what it names
 *
 * Return: 0 or a negative libnl error.
 */
int prefix_put(struct nl_msg *msg, const struct item *item)
{
	int err;

	err = address_put(msg, PREFIX, &item->prefix.net);
	return err ? err : nla_put_u8(msg, PREFIX_LEN, item->prefix.len);
}

/**
 * prefix_get - prefix of a message
 * @attr: its address
 * @head: first attribute of the nest
 * @len: bytes of attributes
 */
json_t *prefix_get(struct nlattr *attr, struct nlattr *head, int len)
{
	return attr_get_prefix(attr, nla_find(head, len, PREFIX_LEN));
}

/**
 * prefix_save - print the command that makes an object with a prefix
 * @part: its part; beside the prefix, members are called as in the command
 * @obj: object
 */
void prefix_save(const struct part *part, json_t *obj)
{
	const char *key;
	json_t *val;

	fputs(part->words, stdout);
	out_word(json_object_get(obj, "prefix"));
	json_object_foreach(obj, key, val) {
		if (json_is_null(val) || json_is_false(val) || !strcmp(key, "prefix"))
			continue;
		printf(" %s", key);
		if (!json_is_true(val))
			out_word(val);
	}
	putchar('\n');
}

/**
 * prefix_name - print the prefix of an object
 * @obj: object
 */
void prefix_name(json_t *obj)
{
	puts(json_string_value(json_object_get(obj, "prefix")) ?: "");
}
