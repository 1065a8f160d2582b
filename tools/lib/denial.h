/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_DENIAL_H
#define UVNADM_LIB_DENIAL_H

#include <jansson.h>

struct nlattr;

json_t *denial_operation(struct nlattr *attr, struct nlattr *head, int len);
json_t *denial_reason(struct nlattr *attr, struct nlattr *head, int len);
json_t *denial_counts(struct nlattr *head, int len, int type);
json_t *denial_drops(struct nlattr *head, int len, int type);

#endif /* UVNADM_LIB_DENIAL_H */
