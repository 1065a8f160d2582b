/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CMD_DIFF_H
#define UVNADM_CMD_DIFF_H

#include <jansson.h>
#include <stdbool.h>

bool diff_has(json_t *arr, json_t *obj);
json_t *diff_less(json_t *a, json_t *b);
void diff_print(json_t *gone, json_t *come);

#endif /* UVNADM_CMD_DIFF_H */
