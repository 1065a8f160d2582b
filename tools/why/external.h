/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_WHY_EXTERNAL_H
#define UVNADM_WHY_EXTERNAL_H

#include <jansson.h>
#include <stdbool.h>

struct address;
struct route;
struct why;

bool why_is_group(const struct address *addr);
json_t *why_any_pool(const struct why *w);
int why_no_pool(struct why *w);
int why_to_pool(struct why *w);
int why_off(struct why *w, const struct route *route, const struct address *src);

#endif /* UVNADM_WHY_EXTERNAL_H */
