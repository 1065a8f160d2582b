// SPDX-License-Identifier: GPL-2.0
/*
 * Completion: the words that may come next, one a line, for the shell's script
 * to choose from. Not in the table, as users have no use for it.
 */
#include <stdio.h>
#include <string.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/complete.h"
#include "cli/fail.h"
#include "cli/out.h"

/* Print the syntax word as what may be typed: "a|b" is two words. */
static void offer(const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		putchar(word[i] == '|' ? '\n' : word[i]);
	putchar('\n');
}

static void complete_args(const struct command *cmd, int argc, char *const *argv)
{
	const char *val[ARGS_MAX];
	struct args_stop stop;
	int i;

	args_walk(cmd->args, argc, argv, val, &stop);
	if (stop.word < argc)
		return;
	for (i = 0; i < stop.options; i++) {
		if (!args_is_value(stop.option[i], stop.option_len[i]))
			offer(stop.option[i], stop.option_len[i]);
		else if (!i && cmd->hint && !val[0])
			cmd->hint(cmd);
		else if (!i && cmd->hint_more && val[0])
			cmd->hint_more(val);
	}
	if (!stop.want)
		return;
	if (!args_is_value(stop.want, stop.want_len)) {
		offer(stop.want, stop.want_len);
		return;
	}
	/* A switch before it is not what the first value is about. */
	for (i = 0; i < ARGS_MAX && (!val[i] || *val[i] == '-'); i++)
		;
	if (i == ARGS_MAX && cmd->hint)
		cmd->hint(cmd);
	else if (cmd->hint_more)
		cmd->hint_more(val);
}

/**
 * complete - print what the last word may be
 * @argc: number of words
 * @argv: words of the command line so far; the last may be empty or unfinished,
 *	and is not looked at
 *
 * Return: exit status.
 */
int complete(int argc, char *const *argv)
{
	const struct command *cmd;

	/* Completion has nobody to tell of errors. */
	out_quiet = true;

	while (argc > 1 && **argv == '-') {
		argc--;
		argv++;
	}
	if (argc <= 1) {
		for (cmd = commands; cmd->noun; cmd++)
			if (cmd == commands || strcmp(cmd[-1].noun, cmd->noun))
				puts(cmd->noun);
		return EXIT_OK;
	}

	for (cmd = commands; cmd->noun; cmd++) {
		if (strcmp(cmd->noun, argv[0]))
			continue;
		if (!cmd->verb)
			complete_args(cmd, argc - 2, argv + 1);
		else if (argc == 2)
			puts(cmd->verb);
		else if (!strcmp(cmd->verb, argv[1]))
			complete_args(cmd, argc - 3, argv + 2);
	}
	return EXIT_OK;
}
