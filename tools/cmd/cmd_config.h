/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_CMD_CONFIG_H
#define UVNADM_CMD_CMD_CONFIG_H

struct command;

int cmd_config(const struct command *cmd, const char *const *val);
int cmd_config_list(const struct command *cmd, const char *const *val);
void hint_config(const struct command *cmd);

#endif /* UVNADM_CMD_CMD_CONFIG_H */
