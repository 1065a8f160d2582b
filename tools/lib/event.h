/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_EVENT_H
#define UVNADM_LIB_EVENT_H

#include <jansson.h>
#include <stdint.h>

struct nlattr;

json_t *event_new(json_t *kind, json_t *more);
json_t *event_decode(uint8_t cmd, struct nlattr *head, int len);

#endif /* UVNADM_LIB_EVENT_H */
