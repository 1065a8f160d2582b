/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_CMD_SAVE_H
#define UVNADM_CMD_CMD_SAVE_H

struct command;

int cmd_save(const struct command *cmd, const char *const *val);

#endif /* UVNADM_CMD_CMD_SAVE_H */
