/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_CHANNEL_H
#define UVNADM_VERIFY_CHANNEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct channel - lines of JSON to and from another process
 * @in: descriptor to read from
 * @out: descriptor to write to; may be the same
 * @buf: what was read and not used yet
 * @len: bytes of it
 */
struct channel {
	int in;
	int out;
	char *buf;
	size_t len;
};

void channel_init(struct channel *channel, int in, int out);
bool channel_write(struct channel *channel, json_t *obj);
json_t *channel_read(struct channel *channel, int64_t deadline);
void channel_close(struct channel *channel);

#endif /* UVNADM_VERIFY_CHANNEL_H */
