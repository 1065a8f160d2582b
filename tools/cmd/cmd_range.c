// SPDX-License-Identifier: GPL-2.0
/*
 * Ranges: which UIDs are managed, and the VNIs of their networks.
 */
#include <linux/uvn.h>
#include <netlink/attr.h>
#include <stdio.h>

#include "cli/fail.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "cmd/cmd_range.h"
#include "lib/config.h"
#include "lib/decode.h"

/**
 * item_range - uid FIRST-LAST [vni FIRST]
 * @val: values
 * @item: set to the range
 */
int item_range(const char *const *val, struct item *item)
{
	uint32_t first, last, vni = 0;
	int ret;

	ret = parse_uids(val[0], &first, &last);
	if (ret)
		return ret;
	if (val[1]) {
		ret = parse_number(val[1], "the VNI", 1, UVN_VNI_MAX, &vni);
		if (ret)
			return ret;
	}

	item->range.uid_first = first;
	item->range.uid_last = last;
	item->range.vni_first = vni;
	return EXIT_OK;
}

/**
 * item_range_add - item_range() of which the VNIs are checked, too
 * @val: values
 * @item: set to the range
 */
int item_range_add(const char *const *val, struct item *item)
{
	uint64_t vni, end;
	int ret;

	ret = item_range(val, item);
	if (ret)
		return ret;

	vni = item->range.vni_first ? item->range.vni_first : item->range.uid_first;
	end = vni + (item->range.uid_last - item->range.uid_first);
	if (end <= UVN_VNI_MAX)
		return EXIT_OK;
	if (val[1])
		return misuse("\"%s\": the last VNI would be %llu, above %u", val[1],
			      (unsigned long long)end, UVN_VNI_MAX);
	return misuse("\"%s\": the last VNI would be %llu, above %u: give a lower first one with \"vni N\"",
		      val[0], (unsigned long long)end, UVN_VNI_MAX);
}

static int put_range(struct nl_msg *msg, const struct item *item)
{
	int err;

	err = nla_put_u32(msg, UVN_A_RANGE_UID_FIRST, item->range.uid_first);
	if (!err)
		err = nla_put_u32(msg, UVN_A_RANGE_UID_LAST, item->range.uid_last);
	if (!err && item->range.vni_first)
		err = nla_put_u32(msg, UVN_A_RANGE_VNI_FIRST, item->range.vni_first);
	return err;
}

static void print_uids(json_t *range)
{
	printf("%" JSON_INTEGER_FORMAT "-%" JSON_INTEGER_FORMAT,
	       json_integer_value(json_object_get(range, "uid_first")),
	       json_integer_value(json_object_get(range, "uid_last")));
}

static void name_range(json_t *range)
{
	print_uids(range);
	putchar('\n');
}

static void save_range(const struct part *part, json_t *range)
{
	printf("%s uid ", part->words);
	print_uids(range);
	fputs(" vni", stdout);
	out_word(json_object_get(range, "vni_first"));
	putchar('\n');
}

static const struct attr_field fields[] = {
	{ "uid_first", UVN_A_RANGE_UID_FIRST, false, attr_get_uint },
	{ "uid_last", UVN_A_RANGE_UID_LAST, false, attr_get_uint },
	{ "vni_first", UVN_A_RANGE_VNI_FIRST, false, attr_get_uint },
	{}
};

static const struct out_col cols[] = {
	{ "UID_FIRST", "uid_first", NULL },
	{ "UID_LAST", "uid_last", NULL },
	{ "VNI_FIRST", "vni_first", NULL },
	{}
};

const struct part range_part = {
	.key = "ranges",
	.words = "range add",
	.attr = UVN_A_CONFIG_RANGE,
	.fields = fields,
	.cols = cols,
	.put = put_range,
	.save = save_range,
	.name = name_range,
};
