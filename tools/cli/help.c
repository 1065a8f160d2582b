// SPDX-License-Identifier: GPL-2.0
/*
 * How commands are written, from their table: all, those of a noun, or one.
 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/fail.h"
#include "cli/help.h"
#include "cli/out.h"

/* No line is longer, and what a command does stands below it, further right. */
#define HELP_WIDTH	80
#define HELP_INDENT	8

/* Print words as lines that are not too long, the first one from @at on. */
static void print_wrapped(const char *text, int indent, int more)
{
	int column = indent;
	size_t len;

	printf("%*s", indent, "");
	while (*text) {
		len = strcspn(text, " ");
		/* What is optional is not cut. */
		if (*text == '[')
			len = strcspn(text, "]") + 1;
		if (column > indent && column + 1 + (int)len > HELP_WIDTH) {
			printf("\n%*s", more, "");
			column = more;
			indent = more;
		} else if (column > indent) {
			putchar(' ');
			column++;
		}
		printf("%.*s", (int)len, text);
		column += len;
		text += len;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void words_of(const struct command *cmd, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s%s%s", cmd->noun, cmd->verb ? " " : "",
		 cmd->verb ? cmd->verb : "", *cmd->args ? " " : "", cmd->args);
}

static bool is_meant(const struct command *cmd, const char *noun, const char *verb)
{
	return (!noun || !strcmp(cmd->noun, noun)) &&
	       (!verb || (cmd->verb && !strcmp(cmd->verb, verb)));
}

static void print_text(const char *noun, const char *verb)
{
	const struct command *cmd;
	char text[256];

	puts(noun ? "usage: uvnadm [-j] COMMAND, which is one of these:\n" :
		    "usage: uvnadm [-j] COMMAND\n"
		    "       uvnadm -h | -V\n"
		    "\n"
		    "  -j, --json     print JSON, also for errors\n"
		    "  -h, --help     print this; behind a command, how that is written\n"
		    "  -V, --version  print versions\n");
	for (cmd = commands; cmd->noun; cmd++) {
		if (!is_meant(cmd, noun, verb))
			continue;
		words_of(cmd, text, sizeof(text));
		print_wrapped(text, 2, HELP_INDENT + 4);
		print_wrapped(cmd->help, HELP_INDENT, HELP_INDENT);
	}
	if (noun)
		puts("\nuvnadm(8) has more.");
}

static void print_json(const char *noun, const char *verb)
{
	json_t *arr = json_array(), *obj;
	const struct command *cmd;
	char text[256];

	for (cmd = commands; cmd->noun; cmd++) {
		if (!is_meant(cmd, noun, verb))
			continue;
		words_of(cmd, text, sizeof(text));
		obj = json_object();
		out_put(obj, "command", out_string(text));
		out_put(obj, "help", out_string(cmd->help));
		out_append(arr, obj);
	}
	out_value(arr);
	json_decref(arr);
}

/**
 * help_wanted - do words ask how a command is written?
 * @argc: number of words
 * @argv: words: "subnet help", or any that end with --help or -h
 */
bool help_wanted(int argc, char *const *argv)
{
	const char *last = argv[argc - 1];
	const struct command *cmd = commands;

	if (argc < 2)
		return false;
	if (!strcmp(last, "--help") || !strcmp(last, "-h"))
		return true;
	/* Not where the word may be a value. */
	while (cmd->noun && strcmp(cmd->noun, argv[0]))
		cmd++;
	return argc == 2 && cmd->noun && cmd->verb && !strcmp(last, "help");
}

/**
 * help_words - print how commands are written
 * @noun: their first word; NULL for all of them
 * @verb: the second; what is no verb of @noun is not looked at
 *
 * Return: exit status.
 */
int help_words(const char *noun, const char *verb)
{
	const struct command *cmd;
	bool known = !noun, has_verb = false;

	for (cmd = commands; cmd->noun; cmd++) {
		known |= is_meant(cmd, noun, NULL);
		has_verb |= verb && is_meant(cmd, noun, verb);
	}
	if (!known)
		return misuse("\"%s\": unknown command", noun);
	if (!has_verb)
		verb = NULL;
	if (out_json)
		print_json(noun, verb);
	else
		print_text(noun, verb);
	return EXIT_OK;
}

/**
 * cmd_help - help [COMMAND] [VERB]
 * @cmd: not used
 * @val: values
 */
int cmd_help(const struct command *cmd, const char *const *val)
{
	char *const words[] = { (char *)val[0], (char *)val[1] };

	(void)cmd;
	/* A wrong verb is told from none here. */
	if (val[1] && command_find(2, words, &cmd))
		return EXIT_USAGE;
	if (val[1] && !cmd->verb)
		return misuse("\"%s\": unexpected word", val[1]);
	return help_words(val[0], val[1]);
}

/**
 * hint_help - print the first words of all commands
 * @cmd: not used
 */
void hint_help(const struct command *cmd)
{
	for (cmd = commands; cmd->noun; cmd++)
		if (cmd == commands || strcmp(cmd[-1].noun, cmd->noun))
			puts(cmd->noun);
}

/**
 * hint_help_verb - print the second words of the commands of a noun
 * @val: the noun
 */
void hint_help_verb(const char *const *val)
{
	const struct command *cmd;

	for (cmd = commands; cmd->noun; cmd++)
		if (is_meant(cmd, val[0], NULL) && cmd->verb)
			puts(cmd->verb);
}
