/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CLI_PREFIX_H
#define UVNADM_CLI_PREFIX_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct item;
struct nl_msg;
struct nlattr;
struct part;

/**
 * struct address - an IP address
 * @family: AF_INET or AF_INET6; 0 where none was given
 * @bytes: the address in network byte order, 4 or 16 bytes
 */
struct address {
	int family;
	uint8_t bytes[16];
};

/**
 * struct prefix - an address and how many of its bits count
 * @net: the address
 * @len: number of network bits
 */
struct prefix {
	struct address net;
	uint8_t len;
};

bool prefix_take(const char *text, struct prefix *prefix);
bool prefix_has(const struct prefix *prefix, const struct address *addr);
int item_prefix(const char *const *val, struct item *item);
bool address_same(const struct address *a, const struct address *b);
int address_put(struct nl_msg *msg, int type, const struct address *addr);
int prefix_put(struct nl_msg *msg, const struct item *item);
bool prefix_overlap(const struct prefix *a, const struct prefix *b);
json_t *prefix_get(struct nlattr *attr, struct nlattr *head, int len);
void prefix_save(const struct part *part, json_t *obj);
void prefix_name(json_t *obj);

#endif /* UVNADM_CLI_PREFIX_H */
