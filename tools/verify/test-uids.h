/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_TEST_UIDS_H
#define UVNADM_VERIFY_TEST_UIDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

bool test_uids_in_use(uint32_t uid);
int test_uids_find(json_t *config, uint32_t *uids);
int test_uids_check(json_t *config, const uint32_t *uids);

#endif /* UVNADM_VERIFY_TEST_UIDS_H */
