/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_TARGET_H
#define UVNADM_VERIFY_TARGET_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/prefix.h"
#include "verify/task.h"

struct node;

/**
 * struct target - an address of a network, and the link that has it
 * @addr: the address
 * @len: number of bits of its subnet
 * @link: the link, as in "user show"; NULL if none has it
 */
struct target {
	struct address addr;
	unsigned int len;
	json_t *link;
};

bool target_parse(const char *text, struct target *target);
bool target_is_near(const struct target *target, const struct address *addr);
json_t *target_links(const struct node *node, enum party role);
bool target_source(const struct node *here, const struct target *there,
		   struct address *source);

#endif /* UVNADM_VERIFY_TARGET_H */
