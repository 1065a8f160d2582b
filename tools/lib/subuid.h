/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_SUBUID_H
#define UVNADM_LIB_SUBUID_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The owner of subordinate UIDs that nobody has. */
#define SUBUID_NOBODY	UINT32_MAX

/**
 * struct subuid - UIDs that are subordinate to another
 * @first: first UID
 * @last: last one
 * @owner: UID to whom they belong, or SUBUID_NOBODY
 * @line: of the file that they are from; 0 if they are from none
 * @start: offset of their attribute in a message
 */
struct subuid {
	uint32_t first;
	uint32_t last;
	uint32_t owner;
	unsigned long line;
	uint32_t start;
};

/**
 * struct subuids - all of them
 * @a: array of them
 * @n: number of them
 * @room: number that the array has room for
 */
struct subuids {
	struct subuid *a;
	size_t n;
	size_t room;
};

int subuids_read(const char *path, bool optional, struct subuids *all);
void subuids_of(json_t *config, struct subuids *all);
const struct subuid *subuids_find(const struct subuids *all, uint32_t first,
				  uint32_t last);
void subuids_spare(struct subuids *all, const char *path, uint32_t first,
		   uint32_t last);
void subuids_spare_ranges(struct subuids *all, const char *path, json_t *config);
void subuids_free(struct subuids *all);

#endif /* UVNADM_LIB_SUBUID_H */
