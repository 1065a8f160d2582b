/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_CMD_STATUS_H
#define UVNADM_CMD_CMD_STATUS_H

struct command;

int cmd_status(const struct command *cmd, const char *const *val);
int cmd_version(const struct command *cmd, const char *const *val);

#endif /* UVNADM_CMD_CMD_STATUS_H */
