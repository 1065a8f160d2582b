/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_CMD_ADOPT_H
#define UVNADM_CMD_CMD_ADOPT_H

struct command;

int cmd_adopt(const struct command *cmd, const char *const *val);
int cmd_adopt_list(const struct command *cmd, const char *const *val);
void hint_adopt(const char *const *val);

#endif /* UVNADM_CMD_CMD_ADOPT_H */
