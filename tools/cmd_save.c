// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration as commands that load takes.
 */
#include <stdio.h>
#include <string.h>

#include "uvnadm.h"

static void print_setting(const char *key, json_t *val)
{
	fputs("set ", stdout);
	for (; *key; key++)
		putchar(*key == '_' ? '-' : *key);
	if (json_is_string(val))
		printf(" %s\n", json_string_value(val));
	else
		printf(" %" JSON_INTEGER_FORMAT "\n", json_integer_value(val));
}

static json_int_t number(json_t *obj, const char *key)
{
	return json_integer_value(json_object_get(obj, key));
}

static void print_subnet(json_t *subnet)
{
	const char *group = json_string_value(json_object_get(subnet, "group"));

	printf("subnet add %s port %" JSON_INTEGER_FORMAT,
	       json_string_value(json_object_get(subnet, "prefix")),
	       number(subnet, "port"));
	if (group)
		printf(" group %s", group);
	putchar('\n');
}

static void print_range(json_t *range)
{
	printf("range add uid %" JSON_INTEGER_FORMAT "-%" JSON_INTEGER_FORMAT
	       " vni %" JSON_INTEGER_FORMAT "\n",
	       number(range, "uid_first"), number(range, "uid_last"),
	       number(range, "vni_first"));
}

/* Members that are null were not in the kernel's message. */
static bool is_whole(json_t *obj, const char *may_lack)
{
	const char *key;
	json_t *val;

	json_object_foreach(obj, key, val)
		if (json_is_null(val) && strcmp(key, may_lack))
			return false;
	return json_object_size(obj);
}

static bool is_complete(json_t *settings, json_t *subnets, json_t *ranges)
{
	json_t *obj;
	size_t i;

	json_array_foreach(subnets, i, obj)
		if (!is_whole(obj, "group"))
			return false;
	json_array_foreach(ranges, i, obj)
		if (!is_whole(obj, ""))
			return false;
	return is_whole(settings, "");
}

/**
 * cmd_save - save
 * @cmd: not used
 * @val: not used
 *
 * The text is canonical: the same configuration gives the same bytes.
 */
int cmd_save(const struct command *cmd, const char *const *val)
{
	json_t *config, *settings, *subnets, *ranges, *one;
	const char *key;
	size_t i;
	int ret;

	(void)cmd;
	(void)val;
	ret = config_get(&config);
	if (ret)
		return ret;
	settings = json_object_get(config, "settings");
	subnets = json_object_get(config, "subnets");
	ranges = json_object_get(config, "ranges");

	/* A file with a hole in it would be worse than none. */
	if (!is_complete(settings, subnets, ranges)) {
		ret = fail("the module did not tell all of the configuration");
	} else if (out_json) {
		out_value(config);
	} else {
		json_object_foreach(settings, key, one)
			print_setting(key, one);
		json_array_foreach(subnets, i, one)
			print_subnet(one);
		json_array_foreach(ranges, i, one)
			print_range(one);
	}
	json_decref(config);
	return ret;
}
