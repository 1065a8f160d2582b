// SPDX-License-Identifier: GPL-2.0
/*
 * Finding commands in the table, and running them.
 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/fail.h"

const struct command *commands;

static bool same_noun(const struct command *cmd, const char *noun)
{
	return !strcmp(cmd->noun, noun);
}

/* All verbs of a noun, as "add, del or list". */
static void list_verbs(const struct command *cmd, char *text, size_t size)
{
	const char *noun = cmd->noun;
	size_t n = 0;

	for (; cmd->noun && same_noun(cmd, noun) && n < size; cmd++) {
		bool last = !cmd[1].noun || !same_noun(&cmd[1], noun);

		n += snprintf(text + n, size - n, "%s%s", !n ? "" : last ? " or " : ", ",
			      cmd->verb);
	}
}

/**
 * command_find - find the command that words begin with, or report there is none
 * @argc: number of words, at least one
 * @argv: words
 * @found: set to the command
 *
 * Words have to be exact: a prefix that is clear today is not when the next
 * command is added. Return: exit status.
 */
int command_find(int argc, char *const *argv, const struct command **found)
{
	const struct command *cmd, *first;
	char verbs[256];

	for (cmd = commands; cmd->noun && !same_noun(cmd, argv[0]); cmd++)
		;
	if (!cmd->noun)
		return misuse("\"%s\": unknown command", argv[0]);

	first = cmd;
	for (; cmd->noun && same_noun(cmd, argv[0]); cmd++) {
		if (!cmd->verb || (argc > 1 && !strcmp(cmd->verb, argv[1]))) {
			*found = cmd;
			return EXIT_OK;
		}
	}

	list_verbs(first, verbs, sizeof(verbs));
	if (argc < 2)
		return misuse("%s: expected %s", argv[0], verbs);
	return misuse("%s: \"%s\": expected %s", argv[0], argv[1], verbs);
}

