/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_CMD_CGNAT_H
#define UVNADM_CMD_CMD_CGNAT_H

#include "lib/config.h"

extern const struct part cgnat_part;
int item_cgnat(const char *const *val, struct item *item);

#endif /* UVNADM_CMD_CMD_CGNAT_H */
