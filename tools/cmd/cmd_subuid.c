// SPDX-License-Identifier: GPL-2.0
/*
 * Subordinate UIDs: whose they are, wherever they turn up.
 */
#include <linux/uvn.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/fail.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "cmd/cmd_subuid.h"
#include "lib/config.h"
#include "lib/decode.h"
#include "lib/failure.h"
#include "lib/nl.h"
#include "lib/subuid.h"

#define SUBUID_FILE	"/etc/subuid"

/* A nest of three attributes. */
#define ENTRY_ROOM	32

/**
 * item_subuid - FIRST-LAST [uid OWNER]
 * @val: values
 * @item: set to the subordinate UIDs
 */
int item_subuid(const char *const *val, struct item *item)
{
	uint32_t first, last, owner = SUBUID_NOBODY;
	int ret;

	ret = parse_uids(val[0], &first, &last);
	if (!ret && val[1])
		ret = parse_number(val[1], "the owner's UID", 0, SUBUID_NOBODY - 1,
				   &owner);
	item->subuid.uid_first = first;
	item->subuid.uid_last = last;
	item->subuid.owner = owner;
	return ret;
}

/**
 * item_subuid_sync - sync [FILE], in a file
 * @val: values
 * @item: set to where they are to be read from
 */
int item_subuid_sync(const char *const *val, struct item *item)
{
	item->subuid.optional = !val[0];
	item->subuid.from = strdup(val[0] ? val[0] : SUBUID_FILE);
	if (!item->subuid.from)
		die_oom();
	return EXIT_OK;
}

/**
 * subuid_is_sync - does a line name a file of subordinate UIDs?
 * @item: the line's item
 */
bool subuid_is_sync(const struct item *item)
{
	return item->part == &subuid_part && item->subuid.from;
}

static int put_subuid(struct nl_msg *msg, const struct item *item)
{
	int err;

	err = nla_put_u32(msg, UVN_A_SUBUID_UID_FIRST, item->subuid.uid_first);
	if (!err)
		err = nla_put_u32(msg, UVN_A_SUBUID_UID_LAST, item->subuid.uid_last);
	if (!err && item->subuid.owner != SUBUID_NOBODY)
		err = nla_put_u32(msg, UVN_A_SUBUID_OWNER, item->subuid.owner);
	return err;
}

static void print_uids(json_t *obj)
{
	printf("%" JSON_INTEGER_FORMAT "-%" JSON_INTEGER_FORMAT,
	       json_integer_value(json_object_get(obj, "uid_first")),
	       json_integer_value(json_object_get(obj, "uid_last")));
}

static void name_subuid(json_t *obj)
{
	print_uids(obj);
	putchar('\n');
}

static void save_subuid(const struct part *part, json_t *obj)
{
	json_t *owner = json_object_get(obj, "owner");

	printf("%s ", part->words);
	print_uids(obj);
	if (!json_is_null(owner)) {
		fputs(" uid", stdout);
		out_word(owner);
	}
	putchar('\n');
}

static const struct attr_field fields[] = {
	{ "uid_first", UVN_A_SUBUID_UID_FIRST, false, attr_get_uint },
	{ "uid_last", UVN_A_SUBUID_UID_LAST, false, attr_get_uint },
	{ "owner", UVN_A_SUBUID_OWNER, false, attr_get_uint },
	{}
};

static const struct out_col cols[] = {
	{ "UID_FIRST", "uid_first", NULL },
	{ "UID_LAST", "uid_last", NULL },
	{ "OWNER", "owner", NULL },
	{}
};

const struct part subuid_part = {
	.key = "subuids",
	.words = "subuid add",
	.attr = UVN_A_CONFIG_SUBUID,
	.fields = fields,
	.optional = "owner",
	.cols = cols,
	.put = put_subuid,
	.save = save_subuid,
	.name = name_subuid,
};

/**
 * subuid_item - an entry as a piece of configuration
 * @s: the entry
 * @item: set to it
 */
void subuid_item(const struct subuid *s, struct item *item)
{
	memset(item, 0, sizeof(*item));
	item->part = &subuid_part;
	item->subuid.uid_first = s->first;
	item->subuid.uid_last = s->last;
	item->subuid.owner = s->owner;
}

static int fill_all(struct nl_msg *msg, void *arg)
{
	struct subuids *all = arg;
	struct item item;
	size_t i;
	int err;

	err = nla_put_flag(msg, UVN_A_CONFIG_SUBUID_FLUSH);
	for (i = 0; i < all->n && err >= 0; i++) {
		all->a[i].start = nlmsg_hdr(msg)->nlmsg_len;
		subuid_item(&all->a[i], &item);
		err = item_put(msg, &item);
	}
	return err;
}

static int send_all(struct subuids *all, const char *path)
{
	struct uvn_request req = {
		.cmd = UVN_CMD_CONFIG_ADD,
		.room = (all->n + 1) * ENTRY_ROOM,
		.fill = fill_all,
		.arg = all,
	};
	struct uvn_failure why;
	size_t i;

	if (uvn_run(&req, &why))
		return EXIT_OK;
	for (i = 0; i < all->n; i++)
		if (why.offset >= all->a[i].start &&
		    why.offset < all->a[i].start + ENTRY_ROOM)
			return fail("%s:%lu: %s", path, all->a[i].line, why.text);
	return fail("%s", why.text);
}

/**
 * cmd_subuid_sync - subuid sync [FILE]
 * @cmd: not used
 * @val: values
 */
int cmd_subuid_sync(const struct command *cmd, const char *const *val)
{
	const char *path = val[0] ? val[0] : SUBUID_FILE;
	struct subuids all = {};
	json_t *config;
	int ret;

	(void)cmd;
	ret = config_get(&config);
	if (ret)
		return ret;
	ret = subuids_read(path, !val[0], &all);
	subuids_spare_ranges(&all, path, config);
	if (!ret)
		ret = send_all(&all, path);
	subuids_free(&all);
	json_decref(config);
	return ret ? ret : out_done();
}
