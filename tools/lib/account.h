/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_ACCOUNT_H
#define UVNADM_LIB_ACCOUNT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct uids - UIDs that follow each other
 * @first: the first
 * @last: the last
 */
struct uids {
	uint32_t first;
	uint32_t last;
};

#define N_SYSTEM_UIDS	3

/* UIDs that are the system's unless a range holds them. */
extern const struct uids system_uids[N_SYSTEM_UIDS];

bool user_is_none(int error);
json_t *user_name(uint32_t uid);
bool is_system_uid(uint32_t uid);

#endif /* UVNADM_LIB_ACCOUNT_H */
