// SPDX-License-Identifier: GPL-2.0
/*
 * What all configuration commands share.
 */
#include <linux/uvn.h>

#include "uvnadm.h"

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
		return subnet_put(msg, item);
	case ITEM_RANGE:
		return range_put(msg, item);
	default:
		return nla_put_u32(msg, item->setting.attr, item->setting.value);
	}
}

static int fill_one(struct nl_msg *msg, void *arg)
{
	const struct item *item = arg;
	struct nlattr *nest;
	int err;

	if (item->kind != ITEM_SETTING)
		return item_put(msg, item);

	nest = nla_nest_start(msg, UVN_A_CONFIG_SETTINGS | NLA_F_NESTED);
	if (!nest)
		return -NLE_NOMEM;
	err = item_put(msg, item);
	return err ? err : nla_nest_end(msg, nest);
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
		default:
			config->unknown = true;
		}
	}
}

/**
 * config_get - ask for the configuration
 * @config: set to an object with settings, subnets and ranges, unless it fails
 *
 * Return: exit status.
 */
int config_get(json_t **config)
{
	struct config c = {};
	struct uvn_request req = {
		.cmd = UVN_CMD_CONFIG_GET,
		.dump = true,
		.reply = config_reply,
		.again = config_clear,
		.arg = &c,
	};
	int ret;

	config_clear(&c);
	ret = uvn_do(&req);
	/* Else save would lose it, and the next load remove it, silently. */
	if (!ret && c.unknown)
		ret = fail("the configuration has parts that this uvnadm does not know");
	if (ret)
		json_decref(c.obj);
	else
		*config = c.obj;
	return ret;
}
