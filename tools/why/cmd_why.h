/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_WHY_CMD_WHY_H
#define UVNADM_WHY_CMD_WHY_H

struct command;

int cmd_why(const struct command *cmd, const char *const *val);

#endif /* UVNADM_WHY_CMD_WHY_H */
