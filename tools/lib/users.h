/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_USERS_H
#define UVNADM_LIB_USERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct nlattr;
struct uvn_failure;

json_t *user_decode(struct nlattr *head, int len);
bool user_read(const uint32_t *uid, json_t **user, struct uvn_failure *why);
bool users_visible(void);
bool users_read(json_t *users, struct uvn_failure *why);
bool users_vrfs(json_t *vrfs, struct uvn_failure *why);

#endif /* UVNADM_LIB_USERS_H */
