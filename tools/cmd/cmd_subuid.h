/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_CMD_SUBUID_H
#define UVNADM_CMD_CMD_SUBUID_H

#include <stdbool.h>

#include "lib/config.h"

struct command;
struct subuid;

extern const struct part subuid_part;
int item_subuid(const char *const *val, struct item *item);
bool subuid_is_sync(const struct item *item);
int item_subuid_sync(const char *const *val, struct item *item);
void subuid_item(const struct subuid *s, struct item *item);
int cmd_subuid_sync(const struct command *cmd, const char *const *val);

#endif /* UVNADM_CMD_CMD_SUBUID_H */
