/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CLI_HELP_H
#define UVNADM_CLI_HELP_H

#include <stdbool.h>

struct command;

bool help_wanted(int argc, char *const *argv);
int help_words(const char *noun, const char *verb);
int cmd_help(const struct command *cmd, const char *const *val);
void hint_help(const struct command *cmd);
void hint_help_verb(const char *const *val);

#endif /* UVNADM_CLI_HELP_H */
