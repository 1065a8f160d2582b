/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CLI_ARGS_H
#define UVNADM_CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>

struct command;

/* The most values that one command takes. */
#define ARGS_MAX	6

/**
 * struct args_stop - where matching words against a syntax came to an end
 * @want: the syntax word that the next word would have to match; NULL if none
 * @want_len: its length
 * @option: the keywords of optional groups that could begin here
 * @option_len: their lengths
 * @options: number of them
 * @word: number of words that were matched
 */
struct args_stop {
	const char *want;
	size_t want_len;
	const char *option[ARGS_MAX];
	size_t option_len[ARGS_MAX];
	int options;
	int word;
};

bool args_walk(const char *syntax, int argc, char *const *argv, const char **val,
	       struct args_stop *stop);
bool args_is_value(const char *word, size_t len);
int args_match(const struct command *cmd, int argc, char *const *argv,
	       const char **val);

#endif /* UVNADM_CLI_ARGS_H */
