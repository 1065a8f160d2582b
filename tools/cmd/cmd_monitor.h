/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_CMD_MONITOR_H
#define UVNADM_CMD_CMD_MONITOR_H

struct command;

int cmd_monitor(const struct command *cmd, const char *const *val);

#endif /* UVNADM_CMD_CMD_MONITOR_H */
