/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_INTERFACES_H
#define UVNADM_VERIFY_INTERFACES_H

#include <jansson.h>
#include <stdbool.h>

struct node;
struct trial;
struct uvn_failure;

bool interfaces_look(const struct trial *trial, struct node *node,
		     struct uvn_failure *why);
void interfaces_report(const struct trial *trial, const struct node *node,
		       json_t *report);

#endif /* UVNADM_VERIFY_INTERFACES_H */
