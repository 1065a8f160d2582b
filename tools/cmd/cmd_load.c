// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration file: commands, one a line, that become one message, so that
 * the kernel takes all of them or none.
 */
#include <errno.h>
#include <linux/uvn.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/fail.h"
#include "cli/out.h"
#include "cmd/cmd_load.h"
#include "cmd/cmd_permit.h"
#include "cmd/cmd_range.h"
#include "cmd/cmd_set.h"
#include "cmd/cmd_subuid.h"
#include "cmd/diff.h"
#include "lib/config.h"
#include "lib/decode.h"
#include "lib/failure.h"
#include "lib/nl.h"
#include "lib/subuid.h"

/* More than any item needs: a nest of five attributes, two of 16 bytes. */
#define ITEM_ROOM	96

/**
 * struct line - a command of the file
 * @item: what it configures
 * @cmd: the command
 * @number: its line
 * @start: offset of its attribute in the message
 * @end: offset of what follows that
 */
struct line {
	struct item item;
	const struct command *cmd;
	unsigned long number;
	uint32_t start;
	uint32_t end;
};

/**
 * struct lines - all commands of the file
 * @line: array of them, in the order of the file
 * @n: number of them
 * @room: number that the array has room for
 * @check: the module is only asked whether it would take them
 * @each: gets each line as it stands, and what it configures, or NULL; may be NULL
 * @arg: passed to it
 */
struct lines {
	struct line *line;
	size_t n;
	size_t room;
	bool check;
	void (*each)(const char *text, const struct item *item, void *arg);
	void *arg;
};

static struct line *lines_add(struct lines *lines)
{
	if (lines->n == lines->room) {
		lines->room = lines->room ? lines->room * 2 : 64;
		lines->line = reallocarray(lines->line, lines->room,
					   sizeof(*lines->line));
		if (!lines->line)
			die_oom();
	}
	return memset(&lines->line[lines->n++], 0, sizeof(*lines->line));
}

static bool is_permit(const struct item *item)
{
	return item->part == &family_part || item->part == &protocol_part;
}

static bool sets_same(const struct item *a, const struct item *b)
{
	if (a->part != b->part)
		return false;
	return is_permit(a) ? a->permit.number == b->permit.number :
			      a->setting.attr == b->setting.attr;
}

/* A second one would win silently; whoever wrote the first would wonder. */
static int check_set(const struct lines *lines, const struct item *item)
{
	size_t i;

	if (item->part != &settings_part && !is_permit(item))
		return EXIT_OK;
	for (i = 0; i < lines->n; i++)
		if (sets_same(&lines->line[i].item, item))
			return misuse("already set in line %lu", lines->line[i].number);
	return EXIT_OK;
}

/* Split a line into words, in place; a word that begins with "#" ends it. */
static int split(char *text, char **word, int max)
{
	char *save = NULL, *w;
	int n = 0;

	for (w = strtok_r(text, " \t\n", &save); w && *w != '#';
	     w = strtok_r(NULL, " \t\n", &save)) {
		if (n == max)
			return -1;
		word[n++] = w;
	}
	return n;
}

static int read_line(struct lines *lines, char *text, size_t len)
{
	/* Two more than the longest command, to see and report the surplus. */
	char *word[2 + 2 * ARGS_MAX + 2];
	const char *val[ARGS_MAX];
	const struct command *cmd;
	struct line *line;
	struct item item;
	int ret, n, used;
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' && text[i] != '\t' && text[i] != '\n')
			return text[i] == '\r' ?
			       misuse("ends with a carriage return: save it with Unix line ends") :
			       misuse("control character 0x%02x", text[i]);

	n = split(text, word, sizeof(word) / sizeof(*word));
	if (n < 0)
		return misuse("too many words");
	if (!n)
		return EXIT_OK;

	ret = command_find(n, word, &cmd);
	if (ret)
		return ret;
	where.line_cmd = cmd;
	if (!cmd->item || cmd->nlcmd != UVN_CMD_CONFIG_ADD)
		return misuse("not allowed in a file: it does not add to the configuration");

	used = cmd->verb ? 2 : 1;
	ret = args_match(cmd, n - used, word + used, val);
	if (!ret)
		ret = item_make(cmd, val, &item);
	if (!ret)
		ret = check_set(lines, &item);
	if (ret)
		return ret;

	line = lines_add(lines);
	line->item = item;
	line->cmd = cmd;
	line->number = where.line;
	return EXIT_OK;
}

static void add_subuids(struct lines *lines, const struct line *sync,
			const struct subuids *all)
{
	unsigned long at = sync->number;
	const struct command *cmd = sync->cmd;
	struct line *line;
	size_t i;

	/* From here on @sync may have moved. */
	for (i = 0; i < all->n; i++) {
		line = lines_add(lines);
		subuid_item(&all->a[i], &line->item);
		line->cmd = cmd;
		line->number = at;
	}
}

/* Put what a file of subordinate UIDs says in place of the line that names it. */
static int expand(struct lines *lines, size_t at, const char *root)
{
	struct line *sync = &lines->line[at];
	struct subuids all = {};
	char *path;
	size_t i;
	int ret;

	if (asprintf(&path, "%s%s", root, sync->item.subuid.from) < 0)
		die_oom();
	where.line = sync->number;
	where.line_cmd = sync->cmd;
	ret = subuids_read(path, sync->item.subuid.optional, &all);
	for (i = 0; i < lines->n; i++)
		if (lines->line[i].item.part == &range_part)
			subuids_spare(&all, path,
				      lines->line[i].item.range.uid_first,
				      lines->line[i].item.range.uid_last);
	if (!ret)
		add_subuids(lines, sync, &all);
	where.line_cmd = NULL;
	subuids_free(&all);
	free(path);
	return ret;
}

/* Only now that all ranges are known, wherever they stand in the file. */
static int expand_all(struct lines *lines, const char *root)
{
	size_t i, n = lines->n, left = 0;
	int ret = EXIT_OK;

	for (i = 0; i < n && !ret; i++)
		if (subuid_is_sync(&lines->line[i].item))
			ret = expand(lines, i, root);
	for (i = 0; i < lines->n; i++) {
		if (subuid_is_sync(&lines->line[i].item))
			free(lines->line[i].item.subuid.from);
		else
			lines->line[left++] = lines->line[i];
	}
	lines->n = left;
	return ret;
}

static int read_file(struct lines *lines, FILE *f, const char *root)
{
	char *text = NULL, *copy;
	size_t size = 0, n;
	ssize_t len;
	int ret = EXIT_OK;

	while (!ret && (len = getline(&text, &size, f)) >= 0) {
		where.line++;
		where.line_cmd = NULL;
		n = lines->n;
		copy = strdup(text);
		if (!copy)
			die_oom();
		ret = read_line(lines, text, len);
		if (!ret && lines->each)
			lines->each(copy, lines->n > n ? &lines->line[n].item : NULL,
				    lines->arg);
		free(copy);
	}
	free(text);
	where.line_cmd = NULL;
	if (!ret && !feof(f)) {
		where.line = 0;
		ret = fail_errno(errno, "%s", strerror(errno));
	}
	return ret ? ret : expand_all(lines, root);
}

static int put_line(struct nl_msg *msg, struct line *line,
		    int (*put)(struct nl_msg *msg, const struct item *item))
{
	int err;

	line->start = nlmsg_hdr(msg)->nlmsg_len;
	err = put(msg, &line->item);
	line->end = nlmsg_hdr(msg)->nlmsg_len;
	return err;
}

static int fill_lines(struct nl_msg *msg, void *arg)
{
	struct lines *lines = arg;
	struct nlattr *nest;
	int err = 0;
	size_t i;

	/* Settings have one nest together, wherever they stand in the file. */
	nest = nla_nest_start(msg, UVN_A_CONFIG_SETTINGS | NLA_F_NESTED);
	if (!nest)
		return -NLE_NOMEM;
	for (i = 0; i < lines->n && err >= 0; i++)
		if (lines->line[i].item.part == &settings_part)
			err = put_line(msg, &lines->line[i], settings_part.put);
	nla_nest_end(msg, nest);

	for (i = 0; i < lines->n && err >= 0; i++)
		if (lines->line[i].item.part != &settings_part)
			err = put_line(msg, &lines->line[i], item_put);
	if (err >= 0 && lines->check)
		err = nla_put_flag(msg, UVN_A_CONFIG_CHECK);
	return err;
}

static int send_lines(struct lines *lines)
{
	struct uvn_request req = {
		.cmd = UVN_CMD_CONFIG_REPLACE,
		.room = (lines->n + 1) * ITEM_ROOM,
		.fill = fill_lines,
		.arg = lines,
	};
	struct uvn_failure why;
	size_t i;

	where.line = 0;
	if (uvn_run(&req, &why))
		return EXIT_OK;

	for (i = 0; i < lines->n; i++) {
		const struct line *line = &lines->line[i];

		if (why.offset >= line->start && why.offset < line->end) {
			where.line = line->number;
			where.line_cmd = line->cmd;
			break;
		}
	}
	return fail_why(&why);
}

/**
 * item_object - what an item would configure, as the kernel would tell it
 * @item: the item
 *
 * Return: the object.
 */
json_t *item_object(const struct item *item)
{
	struct nl_msg *msg = nlmsg_alloc_size(NLMSG_HDRLEN + ITEM_ROOM);
	json_t *obj;

	if (!msg || !nlmsg_put(msg, 0, 0, 0, 0, 0) || item->part->put(msg, item))
		die_oom();
	obj = attr_decode(nlmsg_attrdata(nlmsg_hdr(msg), 0),
			  nlmsg_attrlen(nlmsg_hdr(msg), 0), item->part->fields);
	nlmsg_free(msg);
	if (item->part == &range_part && !item->range.vni_first)
		out_put(obj, "vni_first", json_integer(item->range.uid_first));
	return obj;
}

/**
 * item_is_default - is it a family or protocol as if nobody had set it?
 * @item: an item
 */
bool item_is_default(const struct item *item)
{
	return is_permit(item) && item->permit.verdict == permit_default(item);
}

static void add_line(json_t *config, const struct item *item)
{
	json_t *obj = item_object(item), *settings, *val;
	const char *key;

	if (item->part->single) {
		settings = json_object_get(config, item->part->key);
		json_object_foreach(obj, key, val)
			if (!json_is_null(val))
				out_put(settings, key, json_incref(val));
	} else if (!item_is_default(item)) {
		out_append(json_object_get(config, item->part->key),
			   json_incref(obj));
	}
	json_decref(obj);
}

/* What all lines configure, in the form of config_read(). */
static json_t *config_of(const struct lines *lines)
{
	const struct part *const *part;
	json_t *config = json_object();
	size_t i;

	for (part = parts; *part; part++)
		out_put(config, (*part)->key,
			(*part)->single ? settings_default() : json_array());
	for (i = 0; i < lines->n; i++)
		add_line(config, &lines->line[i].item);
	return config;
}

static void warn_lines(const struct lines *lines)
{
	size_t i;

	for (i = 0; i < lines->n; i++) {
		const struct line *line = &lines->line[i];

		where.line = line->number;
		where.line_cmd = line->cmd;
		if (line->item.part->warn)
			line->item.part->warn(&line->item);
	}
	where.line = 0;
	where.line_cmd = NULL;
}

/* What the lines would change. */
static int tell_changes(const struct lines *lines)
{
	json_t *now, *new, *gone, *come, *obj;
	int ret;

	ret = config_get(&now);
	if (ret)
		return ret;
	new = config_of(lines);
	gone = diff_less(now, new);
	come = diff_less(new, now);
	if (out_json) {
		obj = json_object();
		out_put(obj, "removed", json_incref(gone));
		out_put(obj, "added", json_incref(come));
		out_value(obj);
		json_decref(obj);
	} else {
		diff_print(gone, come);
	}
	json_decref(gone);
	json_decref(come);
	json_decref(new);
	json_decref(now);
	return EXIT_OK;
}

/**
 * cmd_load - load [--check] FILE
 * @cmd: not used
 * @val: values
 */
int cmd_load(const struct command *cmd, const char *const *val)
{
	struct lines lines = { .check = val[0] };
	bool is_stdin = !strcmp(val[1], "-");
	FILE *f;
	int ret;

	(void)cmd;
	where.file = is_stdin ? "<stdin>" : val[1];
	f = is_stdin ? stdin : fopen(val[1], "re");
	if (!f)
		return fail_errno(errno, "%s", strerror(errno));

	ret = read_file(&lines, f, "");
	if (!ret)
		ret = send_lines(&lines);
	if (!is_stdin)
		fclose(f);
	if (!ret)
		warn_lines(&lines);
	if (!ret && lines.check)
		ret = tell_changes(&lines);
	else if (!ret)
		ret = out_done();
	free(lines.line);
	return ret;
}

/**
 * config_file - read a configuration file without loading it
 * @f: the file
 * @name: its name, for reports
 * @root: where the files are that it names; empty for the machine's own
 * @config: set to what it configures, in the form of config_read(), unless it
 *	is wrong
 *
 * Return: exit status.
 */
int config_file(FILE *f, const char *name, const char *root, json_t **config)
{
	struct lines lines = {};
	int ret;

	where.file = name;
	where.line = 0;
	ret = read_file(&lines, f, root);
	where.file = NULL;
	if (!ret)
		*config = config_of(&lines);
	free(lines.line);
	return ret;
}

/**
 * config_lines - go through the lines of a configuration file
 * @f: the file
 * @name: its name, for reports
 * @line: gets each line as it stands, and what it configures, or NULL
 * @arg: passed to it
 *
 * Return: exit status; not all lines have been seen if the file is wrong.
 */
int config_lines(FILE *f, const char *name,
		 void (*line)(const char *text, const struct item *item, void *arg),
		 void *arg)
{
	struct lines lines = { .each = line, .arg = arg };
	int ret;

	where.file = name;
	where.line = 0;
	ret = read_file(&lines, f, "");
	where.file = NULL;
	free(lines.line);
	return ret;
}

/**
 * hint_file - tell the completion that a file name is wanted
 * @cmd: not used
 */
void hint_file(const struct command *cmd)
{
	(void)cmd;
	puts("<file>");
}
