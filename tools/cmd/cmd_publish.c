// SPDX-License-Identifier: GPL-2.0
/*
 * Published ports: users' ports that hosts outside may connect to.
 */
#include <linux/uvn.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>

#include "cli/out.h"
#include "cli/parse.h"
#include "cli/prefix.h"
#include "cmd/cmd_publish.h"
#include "lib/config.h"
#include "lib/decode.h"

/**
 * item_publish - tcp|udp PORTS from PREFIX
 * @val: values
 * @item: set to what they say
 */
int item_publish(const char *const *val, struct item *item)
{
	uint32_t first = 0, last = 0;
	int ret;

	ret = parse_port_or_ports(val[1], &first, &last);
	if (ret)
		return ret;
	item->publish.protocol = strcmp(val[0], "tcp") ? IPPROTO_UDP : IPPROTO_TCP;
	item->publish.first = first;
	item->publish.last = last;
	return parse_prefix(val[2], &item->prefix);
}

static int put_publish(struct nl_msg *msg, const struct item *item)
{
	int err;

	err = prefix_put(msg, item);
	if (!err)
		err = nla_put_u8(msg, UVN_A_PUBLISH_PROTOCOL, item->publish.protocol);
	if (!err)
		err = nla_put_u16(msg, UVN_A_PUBLISH_PORT_FIRST, item->publish.first);
	return err ? err : nla_put_u16(msg, UVN_A_PUBLISH_PORT_LAST, item->publish.last);
}

static json_t *get_protocol(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	if (nla_len(attr) != 1)
		return json_null();
	switch (nla_get_u8(attr)) {
	case IPPROTO_TCP:
		return out_string("tcp");
	case IPPROTO_UDP:
		return out_string("udp");
	}
	return json_integer(nla_get_u8(attr));
}

static json_t *get_ports(struct nlattr *attr, struct nlattr *head, int len)
{
	struct nlattr *last = nla_find(head, len, UVN_A_PUBLISH_PORT_LAST);
	char text[sizeof("65535-65535")];

	if (nla_len(attr) != 2 || !last || nla_len(last) != 2)
		return json_null();
	snprintf(text, sizeof(text), "%u-%u", nla_get_u16(attr), nla_get_u16(last));
	return out_string(text);
}

static void save_publish(const struct part *part, json_t *obj)
{
	fputs(part->words, stdout);
	out_word(json_object_get(obj, "protocol"));
	out_word(json_object_get(obj, "ports"));
	fputs(" from", stdout);
	out_word(json_object_get(obj, "from"));
	putchar('\n');
}

static const struct attr_field fields[] = {
	{ "protocol", UVN_A_PUBLISH_PROTOCOL, false, get_protocol },
	{ "ports", UVN_A_PUBLISH_PORT_FIRST, false, get_ports },
	{ "from", UVN_A_PUBLISH_PREFIX, false, prefix_get },
	{}
};

static const struct out_col cols[] = {
	{ "PROTOCOL", "protocol", NULL },
	{ "PORTS", "ports", NULL },
	{ "FROM", "from", NULL },
	{}
};

const struct part publish_part = {
	.key = "publish",
	.words = "publish add",
	.attr = UVN_A_CONFIG_PUBLISH,
	.fields = fields,
	.cols = cols,
	.put = put_publish,
	.save = save_publish,
};

/* Is the member this word, where the word is given? */
static bool is(json_t *obj, const char *key, const char *word)
{
	const char *have = json_string_value(json_object_get(obj, key));

	return !word || (have && !strcmp(have, word));
}

/**
 * hint_publish - print the ports published by a protocol, or to whom they are
 * @val: the protocol, and the ports if they are there already
 */
void hint_publish(const char *const *val)
{
	json_t *config, *obj;
	size_t i;

	if (config_get(&config))
		return;
	json_array_foreach(json_object_get(config, publish_part.key), i, obj)
		if (is(obj, "protocol", val[0]) && is(obj, "ports", val[1]))
			puts(json_string_value(json_object_get(obj, val[1] ? "from" :
							       "ports")) ?: "");
	json_decref(config);
}
