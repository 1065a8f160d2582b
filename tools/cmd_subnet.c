// SPDX-License-Identifier: GPL-2.0
/*
 * Subnets: the prefixes in which every node runs uvn.
 */
#include <linux/uvn.h>
#include <stdio.h>

#include "uvnadm.h"

/**
 * item_subnet - PREFIX port PORT [group ADDR]; only PREFIX to remove it
 * @val: values
 * @item: set to the subnet
 */
int item_subnet(const char *const *val, struct item *item)
{
	uint32_t port;
	int ret;

	item->kind = ITEM_SUBNET;
	ret = parse_prefix(val[0], &item->subnet.prefix);
	if (ret)
		return ret;
	if (val[1]) {
		ret = parse_number(val[1], "the port", 1, UINT16_MAX, &port);
		if (ret)
			return ret;
		item->subnet.port = port;
	}
	if (val[2]) {
		item->subnet.has_group = true;
		return parse_group(val[2], item->subnet.prefix.family,
				   item->subnet.group);
	}
	return EXIT_OK;
}

/**
 * subnet_put - add the attributes of a subnet to a message
 * @msg: message
 * @item: subnet
 *
 * Return: 0 or a negative libnl error.
 */
int subnet_put(struct nl_msg *msg, const struct item *item)
{
	const struct prefix *prefix = &item->subnet.prefix;
	size_t size = addr_size(prefix->family);
	int err;

	err = nla_put(msg, UVN_A_SUBNET_PREFIX, size, prefix->addr);
	if (!err)
		err = nla_put_u8(msg, UVN_A_SUBNET_PREFIX_LEN, prefix->len);
	if (!err && item->subnet.port)
		err = nla_put_u16(msg, UVN_A_SUBNET_PORT, item->subnet.port);
	if (!err && item->subnet.has_group)
		err = nla_put(msg, UVN_A_SUBNET_GROUP, size, item->subnet.group);
	return err;
}

static json_t *get_prefix(struct nlattr *attr, struct nlattr *head, int len)
{
	return attr_get_prefix(attr, nla_find(head, len, UVN_A_SUBNET_PREFIX_LEN));
}

/**
 * subnet_decode - subnet of a message
 * @head: first attribute of the nest
 * @len: bytes of attributes
 */
json_t *subnet_decode(struct nlattr *head, int len)
{
	static const struct attr_field fields[] = {
		{ "prefix", UVN_A_SUBNET_PREFIX, false, get_prefix },
		{ "port", UVN_A_SUBNET_PORT, false, attr_get_uint },
		{ "group", UVN_A_SUBNET_GROUP, false, attr_get_address },
		{}
	};

	return attr_decode(head, len, fields);
}

/**
 * cmd_subnet_list - subnet list
 * @cmd: not used
 * @val: not used
 */
int cmd_subnet_list(const struct command *cmd, const char *const *val)
{
	static const struct out_col cols[] = {
		{ "PREFIX", "prefix", NULL },
		{ "PORT", "port", NULL },
		{ "GROUP", "group", NULL },
		{}
	};

	(void)cmd;
	(void)val;
	return config_list("subnets", cols);
}

static void print_prefix(json_t *subnet)
{
	puts(json_string_value(json_object_get(subnet, "prefix")) ?: "");
}

/**
 * hint_subnet - print the prefixes of all subnets
 */
void hint_subnet(void)
{
	config_hint("subnets", print_prefix);
}
