/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_NAMES_H
#define UVNADM_LIB_NAMES_H

#include <jansson.h>
#include <stdint.h>

struct nlattr;

/**
 * struct name - what a family or protocol is called
 * @number: AF_* or IPPROTO_*
 * @name: the word; NULL ends a list
 */
struct name {
	uint32_t number;
	const char *name;
};

extern const struct name family_names[];
extern const struct name protocol_names[];

const char *name_of(const struct name *n, uint32_t number);
const struct name *name_find(const struct name *n, const char *word);
void names_print(const struct name *n);
json_t *attr_get_family(struct nlattr *attr, struct nlattr *head, int len);
json_t *attr_get_protocol(struct nlattr *attr, struct nlattr *head, int len);

#endif /* UVNADM_LIB_NAMES_H */
