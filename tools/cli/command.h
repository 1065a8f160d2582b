/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CLI_COMMAND_H
#define UVNADM_CLI_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

struct item;
struct part;

/**
 * struct command - a row of the command table
 * @noun: first word
 * @verb: second word; NULL where the noun alone is the command
 * @args: syntax of what follows, see args.c
 * @help: one line
 * @run: carries the command out; @val has the values of @args in their order,
 *	NULL for those left out
 * @nlcmd: UVN_CMD_* for a @run that serves several commands
 * @part: the part of the configuration that it is about
 * @item: turns the values into a piece of configuration, or reports why not
 * @hint: prints what the first value may be, for completion
 * @hint_more: prints what the next value may be; @val has those before it
 * @judges: it says whether all is well, see health.c: what it cannot find out is
 *	unknown, and not a failure
 *
 * Usage, dispatch, completion and the commands of a configuration file all
 * come from the one table of these in main.c.
 */
struct command {
	const char *noun;
	const char *verb;
	const char *args;
	const char *help;
	int (*run)(const struct command *cmd, const char *const *val);
	uint8_t nlcmd;
	const struct part *part;
	int (*item)(const char *const *val, struct item *item);
	void (*hint)(const struct command *cmd);
	void (*hint_more)(const char *const *val);
	bool judges;
};

/* As main.c has them, terminated by a row without a noun. */
extern const struct command *commands;

int command_find(int argc, char *const *argv, const struct command **cmd);

#endif /* UVNADM_CLI_COMMAND_H */
