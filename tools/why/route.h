/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_WHY_ROUTE_H
#define UVNADM_WHY_ROUTE_H

struct why;

int why_system(struct why *w, const char *reason);
int why_user(struct why *w);

#endif /* UVNADM_WHY_ROUTE_H */
