/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_VERIFY_H
#define UVNADM_VERIFY_VERIFY_H

struct command;

int cmd_verify(const struct command *cmd, const char *const *val);

#endif /* UVNADM_VERIFY_VERIFY_H */
