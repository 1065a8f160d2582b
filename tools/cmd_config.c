// SPDX-License-Identifier: GPL-2.0
/*
 * What all configuration commands share.
 */
#include <linux/uvn.h>
#include <stdio.h>

#include "uvnadm.h"

static int put_nest(struct nl_msg *msg, int type, const struct item *item,
		    int (*put)(struct nl_msg *msg, const struct item *item))
{
	struct nlattr *nest;
	int err;

	nest = nla_nest_start(msg, type | NLA_F_NESTED);
	if (!nest)
		return -NLE_NOMEM;
	err = put(msg, item);
	return err ? err : nla_nest_end(msg, nest);
}

/**
 * item_put - add a piece of configuration to a message
 * @msg: message; for a setting, inside the settings nest
 * @item: the piece
 *
 * Return: 0 or a negative libnl error.
 */
int item_put(struct nl_msg *msg, const struct item *item)
{
	switch (item->kind) {
	case ITEM_SUBNET:
		return put_nest(msg, UVN_A_CONFIG_SUBNET, item, subnet_put);
	case ITEM_RANGE:
		return put_nest(msg, UVN_A_CONFIG_RANGE, item, range_put);
	case ITEM_PERMIT:
		return put_nest(msg, item->permit.attr, item, permit_put);
	default:
		return nla_put_u32(msg, item->setting.attr, item->setting.value);
	}
}

static int fill_one(struct nl_msg *msg, void *arg)
{
	const struct item *item = arg;

	if (item->kind != ITEM_SETTING)
		return item_put(msg, item);
	return put_nest(msg, UVN_A_CONFIG_SETTINGS, item, item_put);
}

/**
 * cmd_config - run a command that sends no or one piece of configuration
 * @cmd: command
 * @val: values
 */
int cmd_config(const struct command *cmd, const char *const *val)
{
	struct uvn_request req = { .cmd = cmd->nlcmd };
	struct item item = {};
	int ret;

	if (cmd->item) {
		ret = cmd->item(val, &item);
		if (ret)
			return ret;
		req.fill = fill_one;
		req.arg = &item;
	}
	ret = uvn_do(&req);
	return ret ? ret : out_done();
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
	struct config *config = arg;

	json_decref(config->obj);
	config->obj = json_object();
	out_put(config->obj, "settings", json_object());
	out_put(config->obj, "subnets", json_array());
	out_put(config->obj, "ranges", json_array());
	out_put(config->obj, "families", json_array());
	out_put(config->obj, "protocols", json_array());
	config->unknown = false;
}

static void config_reply(struct nlattr *head, int len, void *arg)
{
	struct config *config = arg;
	struct nlattr *attr;
	int left;

	nla_for_each_attr(attr, head, len, left) {
		struct nlattr *in = nla_data(attr);
		int size = nla_len(attr);

		switch (nla_type(attr)) {
		case UVN_A_CONFIG_SETTINGS:
			out_put(config->obj, "settings", settings_decode(in, size));
			break;
		case UVN_A_CONFIG_SUBNET:
			out_append(json_object_get(config->obj, "subnets"),
				   subnet_decode(in, size));
			break;
		case UVN_A_CONFIG_RANGE:
			out_append(json_object_get(config->obj, "ranges"),
				   range_decode(in, size));
			break;
		case UVN_A_CONFIG_FAMILY:
			out_append(json_object_get(config->obj, "families"),
				   family_decode(in, size));
			break;
		case UVN_A_CONFIG_PROTOCOL:
			out_append(json_object_get(config->obj, "protocols"),
				   protocol_decode(in, size));
			break;
		default:
			config->unknown = true;
		}
	}
}

/**
 * config_read - ask for the configuration
 * @config: set to an object with settings, subnets, ranges, families and
 *	protocols, unless it fails
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
		snprintf(why->text, sizeof(why->text),
			 "the configuration has parts that this uvnadm does not know");
		ok = false;
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

	return config_read(config, &why) ? EXIT_OK : fail("%s", why.text);
}

/**
 * config_list - print one array of the configuration
 * @key: which
 * @cols: columns of the text form
 *
 * Return: exit status.
 */
int config_list(const char *key, const struct out_col *cols)
{
	json_t *config;
	int ret;

	ret = config_get(&config);
	if (ret)
		return ret;
	ret = out_table(json_object_get(config, key), cols);
	json_decref(config);
	return ret;
}

/**
 * config_hint - print what each object of an array of the configuration is
 *	called, for completion
 * @key: which array
 * @print: prints one
 */
void config_hint(const char *key, void (*print)(json_t *obj))
{
	json_t *config, *obj;
	size_t i;

	if (config_get(&config))
		return;
	json_array_foreach(json_object_get(config, key), i, obj)
		print(obj);
	json_decref(config);
}
