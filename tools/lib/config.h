/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_CONFIG_H
#define UVNADM_LIB_CONFIG_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/prefix.h"

struct attr_field;
struct command;
struct nl_msg;
struct out_col;
struct uvn_failure;

/**
 * struct item - one piece of configuration, as given in words
 * @part: which part it belongs to, and so what else counts
 * @prefix: of a subnet, pool or direct prefix
 * @setting: first attribute of the settings nest, and its value; the last one
 *	where the value is the first of two
 * @subnet: port 0 and no group where only the prefix was given
 * @range: vni_first 0 where it was not given
 * @cgnat: source address off the cluster
 * @permit: AF_* or IPPROTO_*, UVN_VERDICT_*
 * @publish: ports and their protocol; the prefix is who may connect
 * @subuid: owner SUBUID_NOBODY where none was given; or the file in which they
 *	stand, to be freed, which may be missing if it is optional
 */
struct item {
	const struct part *part;
	struct prefix prefix;
	union {
		struct {
			uint16_t attr;
			uint32_t value;
			uint32_t last;
		} setting;
		struct {
			uint16_t port;
			struct address group;
			bool unprivileged;
		} subnet;
		struct {
			uint32_t uid_first;
			uint32_t uid_last;
			uint32_t vni_first;
		} range;
		struct {
			struct address snat;
		} cgnat;
		struct {
			uint32_t number;
			uint32_t verdict;
		} permit;
		struct {
			uint8_t protocol;
			uint16_t first;
			uint16_t last;
		} publish;
		struct {
			uint32_t uid_first;
			uint32_t uid_last;
			uint32_t owner;
			char *from;
			bool optional;
		} subuid;
	};
};

/**
 * struct part - a part of the configuration: all items that are alike
 * @key: member of the configuration in JSON: an array, or one object if @single
 * @words: what the commands that add to it begin with
 * @attr: UVN_A_CONFIG_*
 * @single: its items go into one nest together, and make one object
 * @fields: members of an object
 * @optional: member that may be null; NULL if none
 * @cols: columns of the list; NULL if there is no list
 * @warn: says what is odd about an item that is to be added, but may be meant;
 *	NULL if nothing can be
 * @put: adds the attributes of an item to a message
 * @save: prints the commands that make an object
 * @name: prints by what del knows an object, for completion
 */
struct part {
	const char *key;
	const char *words;
	uint16_t attr;
	bool single;
	const struct attr_field *fields;
	const char *optional;
	const struct out_col *cols;
	void (*warn)(const struct item *item);
	int (*put)(struct nl_msg *msg, const struct item *item);
	void (*save)(const struct part *part, json_t *obj);
	void (*name)(json_t *obj);
};

/* The parts as main.c has them, terminated by NULL. */
extern const struct part *const *parts;

int item_make(const struct command *cmd, const char *const *val, struct item *item);
int item_put(struct nl_msg *msg, const struct item *item);
bool config_read(json_t **config, struct uvn_failure *why);
int config_get(json_t **config);
void config_print(json_t *config);

#endif /* UVNADM_LIB_CONFIG_H */
