/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_EXPECT_H
#define UVNADM_VERIFY_EXPECT_H

#include <jansson.h>
#include <stdbool.h>

bool config_says(json_t *config, const char *part, int number, const char *verdict);
bool config_refuses(json_t *config, int family, int type);
bool config_publishes(json_t *config, int type, unsigned int port);

#endif /* UVNADM_VERIFY_EXPECT_H */
