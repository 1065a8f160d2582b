/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_CMD_SUBNET_H
#define UVNADM_CMD_CMD_SUBNET_H

#include "lib/config.h"

extern const struct part subnet_part;
int item_subnet(const char *const *val, struct item *item);

#endif /* UVNADM_CMD_CMD_SUBNET_H */
