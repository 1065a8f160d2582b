/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_TARGET_H
#define UVNADM_VERIFY_TARGET_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/prefix.h"
#include "verify/task.h"

struct node;

/**
 * struct target - an address of a network
 * @addr: the address
 * @len: number of bits of its subnet
 * @on_subnet: it is an address of a node's in a subnet
 */
struct target {
	struct address addr;
	unsigned int len;
	bool on_subnet;
};

bool target_parse(const char *text, struct target *target);
bool target_is_near(const struct target *target, const struct address *addr);
json_t *target_ways(const struct node *node, enum party role);
json_t *target_way(const struct node *here, const struct address *addr,
		   struct target *own);
json_t *target_subnet(json_t *config, const struct address *addr);
bool target_source(const struct node *here, const struct target *there,
		   struct address *source);
bool target_caster(const struct node *node, json_t *config, int family,
		   struct target *from);

#endif /* UVNADM_VERIFY_TARGET_H */
