/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_CMD_LOAD_H
#define UVNADM_CMD_CMD_LOAD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct command;
struct item;

json_t *item_object(const struct item *item);
bool item_is_default(const struct item *item);
int config_file(FILE *f, const char *name, const char *root, json_t **config);
int config_lines(FILE *f, const char *name,
		 void (*line)(const char *text, const struct item *item, void *arg),
		 void *arg);
int cmd_load(const struct command *cmd, const char *const *val);
void hint_file(const struct command *cmd);

#endif /* UVNADM_CMD_CMD_LOAD_H */
