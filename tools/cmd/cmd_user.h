/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_CMD_USER_H
#define UVNADM_CMD_CMD_USER_H

#include <stdbool.h>
#include <stdint.h>

struct command;
struct uvn_failure;

bool user_remove(uint32_t uid, bool force, struct uvn_failure *why);
int cmd_user(const struct command *cmd, const char *const *val);
int cmd_user_list(const struct command *cmd, const char *const *val);
int cmd_user_show(const struct command *cmd, const char *const *val);
void hint_user(const struct command *cmd);

#endif /* UVNADM_CMD_CMD_USER_H */
