// SPDX-License-Identifier: GPL-2.0
/*
 * What all configuration commands share.
 */
#include <linux/uvn.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/fail.h"
#include "cli/out.h"
#include "cmd/cmd_config.h"
#include "lib/config.h"
#include "lib/nl.h"

static int fill_one(struct nl_msg *msg, void *arg)
{
	return item_put(msg, arg);
}

/**
 * cmd_config - run a command that sends no or one piece of configuration
 * @cmd: command
 * @val: values
 */
int cmd_config(const struct command *cmd, const char *const *val)
{
	struct uvn_request req = { .cmd = cmd->nlcmd };
	struct item item;
	int ret;

	if (cmd->item) {
		ret = item_make(cmd, val, &item);
		if (ret)
			return ret;
		req.fill = fill_one;
		req.arg = &item;
	}
	ret = uvn_do(&req);
	if (ret)
		return ret;
	if (cmd->item && cmd->nlcmd == UVN_CMD_CONFIG_ADD && item.part->warn)
		item.part->warn(&item);
	return out_done();
}

/**
 * cmd_config_list - print a part of the configuration
 * @cmd: command
 * @val: not used
 */
int cmd_config_list(const struct command *cmd, const char *const *val)
{
	json_t *config;
	int ret;

	(void)val;
	ret = config_get(&config);
	if (ret)
		return ret;
	ret = out_table(json_object_get(config, cmd->part->key), cmd->part->cols);
	json_decref(config);
	return ret;
}

/**
 * hint_config - print what each object of a part is called
 * @cmd: command
 */
void hint_config(const struct command *cmd)
{
	json_t *config, *obj;
	size_t i;

	if (config_get(&config))
		return;
	json_array_foreach(json_object_get(config, cmd->part->key), i, obj)
		cmd->part->name(obj);
	json_decref(config);
}
