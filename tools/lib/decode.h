/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_DECODE_H
#define UVNADM_LIB_DECODE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nlattr;

/**
 * struct attr_field - how one attribute becomes one member of a JSON object
 * @key: name of the member
 * @attr: attribute type; 0 if the member comes from elsewhere
 * @multi: the attribute may repeat: the member is an array
 * @get: makes the value; @head and @len are all the attributes beside @attr
 */
struct attr_field {
	const char *key;
	uint16_t attr;
	bool multi;
	json_t *(*get)(struct nlattr *attr, struct nlattr *head, int len);
};

json_t *attr_decode(struct nlattr *head, int len, const struct attr_field *fields);
json_t *attr_get_uint(struct nlattr *attr, struct nlattr *head, int len);
json_t *attr_get_bool(struct nlattr *attr, struct nlattr *head, int len);
json_t *attr_get_string(struct nlattr *attr, struct nlattr *head, int len);
json_t *attr_get_address(struct nlattr *attr, struct nlattr *head, int len);
json_t *attr_get_user(struct nlattr *attr, struct nlattr *head, int len);
json_t *attr_get_prefix(struct nlattr *addr, struct nlattr *plen);
json_t *attr_get_enum(struct nlattr *attr, const char *const *names, size_t n);

#endif /* UVNADM_LIB_DECODE_H */
