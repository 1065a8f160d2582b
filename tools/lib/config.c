// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration: what it is made of, what is in force, and as commands.
 */
#include <linux/uvn.h>
#include <netlink/attr.h>
#include <string.h>

#include "cli/command.h"
#include "cli/fail.h"
#include "cli/out.h"
#include "lib/config.h"
#include "lib/decode.h"
#include "lib/failure.h"
#include "lib/nl.h"

const struct part *const *parts;

/**
 * item_make - turn the values of a command into a piece of configuration
 * @cmd: command
 * @val: values
 * @item: set to the piece
 *
 * Return: exit status.
 */
int item_make(const struct command *cmd, const char *const *val, struct item *item)
{
	memset(item, 0, sizeof(*item));
	item->part = cmd->part;
	return cmd->item(val, item);
}

/**
 * item_put - add a piece of configuration to a message
 * @msg: message
 * @item: the piece
 *
 * Return: 0 or a negative libnl error.
 */
int item_put(struct nl_msg *msg, const struct item *item)
{
	struct nlattr *nest;
	int err;

	nest = nla_nest_start(msg, item->part->attr | NLA_F_NESTED);
	if (!nest)
		return -NLE_NOMEM;
	err = item->part->put(msg, item);
	return err ? err : nla_nest_end(msg, nest);
}

/**
 * struct config - a configuration as it is received
 * @obj: what config_get() returns
 * @unknown: something came that this program does not know
 */
struct config {
	json_t *obj;
	bool unknown;
};

static void config_clear(void *arg)
{
	const struct part *const *part;
	struct config *config = arg;

	json_decref(config->obj);
	config->obj = json_object();
	for (part = parts; *part; part++)
		out_put(config->obj, (*part)->key,
			(*part)->single ? json_object() : json_array());
	config->unknown = false;
}

static void config_reply(struct nlattr *head, int len, void *arg)
{
	const struct part *const *part;
	struct config *config = arg;
	struct nlattr *attr;
	json_t *obj;
	int left;

	nla_for_each_attr(attr, head, len, left) {
		for (part = parts; *part && (*part)->attr != nla_type(attr); part++)
			;
		if (!*part) {
			config->unknown = true;
			continue;
		}
		obj = attr_decode(nla_data(attr), nla_len(attr), (*part)->fields);
		if ((*part)->single)
			out_put(config->obj, (*part)->key, obj);
		else
			out_append(json_object_get(config->obj, (*part)->key), obj);
	}
}

/**
 * config_read - ask for the configuration
 * @config: set to an object with the keys of all parts, unless it fails
 * @why: set if it fails
 *
 * Return: true if it is there.
 */
bool config_read(json_t **config, struct uvn_failure *why)
{
	struct config c = {};
	struct uvn_request req = {
		.cmd = UVN_CMD_CONFIG_GET,
		.dump = true,
		.reply = config_reply,
		.again = config_clear,
		.arg = &c,
	};
	bool ok;

	config_clear(&c);
	ok = uvn_run(&req, why);
	/* Else save would lose it, and the next load remove it, silently. */
	if (ok && c.unknown) {
		ok = uvn_failed(why, 0,
				"the configuration has parts that this uvnadm does not know");
	}
	if (ok)
		*config = c.obj;
	else
		json_decref(c.obj);
	return ok;
}

/**
 * config_get - config_read() that reports the failure
 * @config: likewise
 *
 * Return: exit status.
 */
int config_get(json_t **config)
{
	struct uvn_failure why;

	return config_read(config, &why) ? EXIT_OK : fail_why(&why);
}

static void print_part(const struct part *part, json_t *val)
{
	json_t *obj;
	size_t i;

	if (part->single) {
		part->save(part, val);
		return;
	}
	json_array_foreach(val, i, obj)
		part->save(part, obj);
}

/**
 * config_print - print a configuration as commands
 * @config: the configuration
 *
 * The text is canonical: the same configuration gives the same bytes.
 */
void config_print(json_t *config)
{
	const struct part *const *part;

	for (part = parts; *part; part++)
		print_part(*part, json_object_get(config, (*part)->key));
}
