// SPDX-License-Identifier: GPL-2.0
/*
 * CGNAT pools: the source addresses of what leaves the subnets, of this host
 * only.
 */
#include <linux/uvn.h>

#include "uvnadm.h"

/**
 * item_cgnat - PREFIX [snat ADDR]
 * @val: values
 * @item: set to the pool
 */
int item_cgnat(const char *const *val, struct item *item)
{
	int ret;

	ret = item_prefix(val, item);
	if (ret || !val[1])
		return ret;
	return parse_address(val[1], "snat", item->prefix.net.family,
			     &item->cgnat.snat);
}

static int put_cgnat(struct nl_msg *msg, const struct item *item)
{
	int err;

	err = prefix_put(msg, item);
	return err ? err : address_put(msg, UVN_A_CGNAT_SNAT, &item->cgnat.snat);
}

static const struct attr_field fields[] = {
	{ "prefix", UVN_A_CGNAT_PREFIX, false, prefix_get },
	{ "snat", UVN_A_CGNAT_SNAT, false, attr_get_address },
	{}
};

static const struct out_col cols[] = {
	{ "PREFIX", "prefix", NULL },
	{ "SNAT", "snat", NULL },
	{}
};

const struct part cgnat_part = {
	.key = "cgnat",
	.words = "cgnat add",
	.attr = UVN_A_CONFIG_CGNAT,
	.fields = fields,
	.optional = "snat",
	.cols = cols,
	.put = put_cgnat,
	.save = prefix_save,
	.name = prefix_name,
};
