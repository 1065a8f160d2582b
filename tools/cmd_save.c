// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration as commands that load takes.
 */
#include <stdio.h>
#include <string.h>

#include "uvnadm.h"

static void print_value(json_t *val)
{
	if (json_is_string(val))
		printf(" %s", json_string_value(val));
	else
		printf(" %" JSON_INTEGER_FORMAT, json_integer_value(val));
}

static void print_setting(const char *key, json_t *val)
{
	fputs("set ", stdout);
	for (; *key; key++)
		putchar(*key == '_' ? '-' : *key);
	print_value(val);
	putchar('\n');
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

static void print_permit(const char *what, json_t *permit)
{
	json_t *name = json_object_get(permit, "name");

	printf("set %s", what);
	print_value(json_is_string(name) ? name : json_object_get(permit, "number"));
	print_value(json_object_get(permit, "verdict"));
	putchar('\n');
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

static bool are_whole(json_t *arr, const char *may_lack)
{
	json_t *obj;
	size_t i;

	json_array_foreach(arr, i, obj)
		if (!is_whole(obj, may_lack))
			return false;
	return true;
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
	json_t *config, *settings, *subnets, *ranges, *families, *protocols, *one;
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
	families = json_object_get(config, "families");
	protocols = json_object_get(config, "protocols");

	/* A file with a hole in it would be worse than none. */
	if (!is_whole(settings, "") || !are_whole(subnets, "group") ||
	    !are_whole(ranges, "") || !are_whole(families, "name") ||
	    !are_whole(protocols, "name")) {
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
		json_array_foreach(families, i, one)
			print_permit("family", one);
		json_array_foreach(protocols, i, one)
			print_permit("protocol", one);
	}
	json_decref(config);
	return ret;
}
