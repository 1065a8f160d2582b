/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_CMD_SHOW_H
#define UVNADM_CMD_CMD_SHOW_H

struct command;

int cmd_show(const struct command *cmd, const char *const *val);

#endif /* UVNADM_CMD_CMD_SHOW_H */
