/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_CMD_RANGE_H
#define UVNADM_CMD_CMD_RANGE_H

#include "lib/config.h"

extern const struct part range_part;
int item_range(const char *const *val, struct item *item);
int item_range_add(const char *const *val, struct item *item);

#endif /* UVNADM_CMD_CMD_RANGE_H */
