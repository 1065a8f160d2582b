/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_TARGET_H
#define UVNADM_VERIFY_TARGET_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/prefix.h"
#include "verify/task.h"

struct site;

/**
 * struct place - an address of a network, and the link that has it
 * @addr: the address
 * @len: number of bits of its subnet
 * @link: the link, as in "user show"; NULL if none has it
 */
struct place {
	struct address addr;
	unsigned int len;
	json_t *link;
};

bool place_parse(const char *text, struct place *place);
bool place_is_near(const struct place *place, const struct address *addr);
json_t *place_links(const struct site *site, enum party role);
bool place_source(const struct site *here, const struct place *there,
		  struct address *source);

#endif /* UVNADM_VERIFY_TARGET_H */
