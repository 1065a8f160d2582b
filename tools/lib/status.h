/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_STATUS_H
#define UVNADM_LIB_STATUS_H

#include <jansson.h>

struct nlattr;
struct uvn_failure;

json_t *status_decode(struct nlattr *head, int len);
json_t *status_read(struct uvn_failure *why);

#endif /* UVNADM_LIB_STATUS_H */
