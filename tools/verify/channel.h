/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_CHANNEL_H
#define UVNADM_VERIFY_CHANNEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct line - lines of JSON to and from another process
 * @in: descriptor to read from
 * @out: descriptor to write to; may be the same
 * @buf: what was read and not used yet
 * @len: bytes of it
 */
struct line {
	int in;
	int out;
	char *buf;
	size_t len;
};

void line_init(struct line *line, int in, int out);
bool line_write(struct line *line, json_t *obj);
json_t *line_read(struct line *line, int64_t deadline);
void line_close(struct line *line);

#endif /* UVNADM_VERIFY_CHANNEL_H */
