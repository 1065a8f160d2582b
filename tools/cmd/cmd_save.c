// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration as commands that load takes.
 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/fail.h"
#include "cli/out.h"
#include "cmd/cmd_save.h"
#include "cmd/save_file.h"
#include "lib/config.h"

/* Members that are null were not in the kernel's message. */
static bool is_whole(const struct part *part, json_t *obj)
{
	const char *key;
	json_t *val;

	json_object_foreach(obj, key, val)
		if (json_is_null(val) && (!part->optional || strcmp(key, part->optional)))
			return false;
	return json_object_size(obj);
}

static bool are_whole(const struct part *part, json_t *arr)
{
	json_t *obj;
	size_t i;

	json_array_foreach(arr, i, obj)
		if (!is_whole(part, obj))
			return false;
	return true;
}

/* A file with a hole in it would be worse than none. */
static bool all_whole(json_t *config)
{
	const struct part *const *part;
	json_t *val;

	for (part = parts; *part; part++) {
		val = json_object_get(config, (*part)->key);
		if ((*part)->single ? !is_whole(*part, val) :
				      !are_whole(*part, val))
			return false;
	}
	return true;
}

/**
 * cmd_save - save [FILE]
 * @cmd: not used
 * @val: values
 */
int cmd_save(const struct command *cmd, const char *const *val)
{
	json_t *config;
	int ret;

	(void)cmd;
	ret = config_get(&config);
	if (ret)
		return ret;
	if (!all_whole(config))
		ret = fail("the module did not tell all of the configuration");
	else if (val[0])
		ret = save_file(val[0], config);
	else if (out_json)
		out_value(config);
	else
		config_print(config);
	json_decref(config);
	return ret;
}
