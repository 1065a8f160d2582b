/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_CMD_PUBLISH_H
#define UVNADM_CMD_CMD_PUBLISH_H

#include "lib/config.h"

extern const struct part publish_part;
int item_publish(const char *const *val, struct item *item);
void hint_publish(const char *const *val);

#endif /* UVNADM_CMD_CMD_PUBLISH_H */
