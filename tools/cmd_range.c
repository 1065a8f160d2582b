// SPDX-License-Identifier: GPL-2.0
/*
 * Ranges: which UIDs are managed, and the VNIs of their networks.
 */
#include <linux/uvn.h>
#include <stdio.h>

#include "uvnadm.h"

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

	item->kind = ITEM_RANGE;
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

/**
 * range_put - add the attributes of a range to a message
 * @msg: message
 * @item: range
 *
 * Return: 0 or a negative libnl error.
 */
int range_put(struct nl_msg *msg, const struct item *item)
{
	int err;

	err = nla_put_u32(msg, UVN_A_RANGE_UID_FIRST, item->range.uid_first);
	if (!err)
		err = nla_put_u32(msg, UVN_A_RANGE_UID_LAST, item->range.uid_last);
	if (!err && item->range.vni_first)
		err = nla_put_u32(msg, UVN_A_RANGE_VNI_FIRST, item->range.vni_first);
	return err;
}

/**
 * range_decode - range of a message
 * @head: first attribute of the nest
 * @len: bytes of attributes
 */
json_t *range_decode(struct nlattr *head, int len)
{
	static const struct attr_field fields[] = {
		{ "uid_first", UVN_A_RANGE_UID_FIRST, false, attr_get_uint },
		{ "uid_last", UVN_A_RANGE_UID_LAST, false, attr_get_uint },
		{ "vni_first", UVN_A_RANGE_VNI_FIRST, false, attr_get_uint },
		{}
	};

	return attr_decode(head, len, fields);
}

/**
 * cmd_range_list - range list
 * @cmd: not used
 * @val: not used
 */
int cmd_range_list(const struct command *cmd, const char *const *val)
{
	static const struct out_col cols[] = {
		{ "UID_FIRST", "uid_first", NULL },
		{ "UID_LAST", "uid_last", NULL },
		{ "VNI_FIRST", "vni_first", NULL },
		{}
	};

	(void)cmd;
	(void)val;
	return config_list("ranges", cols);
}

static void print_uids(json_t *range)
{
	printf("%" JSON_INTEGER_FORMAT "-%" JSON_INTEGER_FORMAT "\n",
	       json_integer_value(json_object_get(range, "uid_first")),
	       json_integer_value(json_object_get(range, "uid_last")));
}

/**
 * hint_range - print FIRST-LAST of all ranges
 */
void hint_range(void)
{
	config_hint("ranges", print_uids);
}
