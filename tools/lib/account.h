/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_ACCOUNT_H
#define UVNADM_LIB_ACCOUNT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

bool user_is_none(int error);
json_t *user_name(uint32_t uid);

#endif /* UVNADM_LIB_ACCOUNT_H */
