/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CLI_PARSE_H
#define UVNADM_CLI_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address;
struct prefix;

int parse_number(const char *word, const char *what, uint32_t min, uint32_t max,
		 uint32_t *num);
int parse_uid(const char *word, uint32_t *uid);
int parse_any_uid(const char *word, uint32_t *uid);
int parse_uids(const char *word, uint32_t *first, uint32_t *last);
int parse_two_uids(const char *word, uint32_t *uids);
int parse_ports(const char *word, uint32_t *first, uint32_t *last);
int parse_port_or_ports(const char *word, uint32_t *first, uint32_t *last);
int parse_prefix(const char *word, struct prefix *prefix);
int parse_any_address(const char *word, const char *text, struct address *addr);
bool prefix_clear(struct prefix *prefix);
int parse_address(const char *word, const char *what, int family,
		  struct address *addr);
int parse_group(const char *word, int family, struct address *addr);
size_t addr_size(int family);

#endif /* UVNADM_CLI_PARSE_H */
