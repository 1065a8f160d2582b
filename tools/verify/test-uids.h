/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_TEST_UIDS_H
#define UVNADM_VERIFY_TEST_UIDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

bool spare_has_process(uint32_t uid);
int spare_find(json_t *config, uint32_t *uids);
int spare_check(json_t *config, const uint32_t *uids);

#endif /* UVNADM_VERIFY_TEST_UIDS_H */
