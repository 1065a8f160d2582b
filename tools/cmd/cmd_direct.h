/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_CMD_DIRECT_H
#define UVNADM_CMD_CMD_DIRECT_H

#include "lib/config.h"

extern const struct part direct_part;
extern const struct part transit_part;

#endif /* UVNADM_CMD_CMD_DIRECT_H */
