// SPDX-License-Identifier: GPL-2.0
/*
 * Subnets: the prefixes in which every node runs uvn.
 */
#include <linux/uvn.h>

#include "uvnadm.h"

/**
 * item_subnet - PREFIX port PORT [group ADDR] [unprivileged]
 * @val: values
 * @item: set to the subnet
 */
int item_subnet(const char *const *val, struct item *item)
{
	uint32_t port;
	int ret;

	ret = item_prefix(val, item);
	if (!ret)
		ret = parse_number(val[1], "the port", 1, UINT16_MAX, &port);
	if (ret)
		return ret;
	item->subnet.port = port;
	item->subnet.unprivileged = val[3];
	if (!val[2])
		return EXIT_OK;
	return parse_group(val[2], item->prefix.net.family, &item->subnet.group);
}

static int put_subnet(struct nl_msg *msg, const struct item *item)
{
	int err;

	err = prefix_put(msg, item);
	if (!err && item->subnet.port)
		err = nla_put_u16(msg, UVN_A_SUBNET_PORT, item->subnet.port);
	if (!err && item->subnet.unprivileged)
		err = nla_put_flag(msg, UVN_A_SUBNET_UNPRIVILEGED);
	return err ? err : address_put(msg, UVN_A_SUBNET_GROUP, &item->subnet.group);
}

static json_t *get_unprivileged(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)attr;
	return json_boolean(nla_find(head, len, UVN_A_SUBNET_UNPRIVILEGED));
}

static const struct attr_field fields[] = {
	{ "prefix", UVN_A_SUBNET_PREFIX, false, prefix_get },
	{ "port", UVN_A_SUBNET_PORT, false, attr_get_uint },
	{ "group", UVN_A_SUBNET_GROUP, false, attr_get_address },
	{ "unprivileged", 0, false, get_unprivileged },
	{}
};

static const struct out_col cols[] = {
	{ "PREFIX", "prefix", NULL },
	{ "PORT", "port", NULL },
	{ "GROUP", "group", NULL },
	{ "UNPRIVILEGED", "unprivileged", NULL },
	{}
};

const struct part subnet_part = {
	.key = "subnets",
	.words = "subnet add",
	.attr = UVN_A_CONFIG_SUBNET,
	.fields = fields,
	.optional = "group",
	.cols = cols,
	.put = put_subnet,
	.save = prefix_save,
	.name = prefix_name,
};
