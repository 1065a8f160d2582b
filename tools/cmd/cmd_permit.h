/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_CMD_PERMIT_H
#define UVNADM_CMD_CMD_PERMIT_H

#include <stdint.h>

#include "lib/config.h"

struct command;

extern const struct part family_part;
extern const struct part protocol_part;
uint32_t permit_default(const struct item *item);
int item_family(const char *const *val, struct item *item);
int item_protocol(const char *const *val, struct item *item);
void hint_family(const struct command *cmd);
void hint_protocol(const struct command *cmd);

#endif /* UVNADM_CMD_CMD_PERMIT_H */
