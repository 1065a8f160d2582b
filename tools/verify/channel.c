// SPDX-License-Identifier: GPL-2.0
/*
 * Lines of JSON between the processes of verify, on one node or two. None is
 * waited for without end.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/out.h"
#include "lib/clock.h"
#include "verify/channel.h"

/* More than a line has that is not broken. */
#define CHANNEL_MAX_BYTES	1000000
#define CHANNEL_STEP	4096

/**
 * channel_init - begin to speak
 * @channel: set
 * @in: descriptor to read from; taken
 * @out: descriptor to write to; taken
 */
void channel_init(struct channel *channel, int in, int out)
{
	memset(channel, 0, sizeof(*channel));
	channel->in = in;
	channel->out = out;
}

/**
 * channel_write - send an object
 * @channel: to whom
 * @obj: object; the reference is taken
 *
 * Return: true if it was sent.
 */
bool channel_write(struct channel *channel, json_t *obj)
{
	char *text = json_dumps(obj, JSON_COMPACT);
	size_t len, done = 0;
	ssize_t n = 0;

	if (!text)
		die_oom();
	json_decref(obj);
	len = strlen(text);
	text[len++] = '\n';
	while (done < len && n >= 0) {
		n = write(channel->out, text + done, len - done);
		if (n > 0)
			done += n;
	}
	free(text);
	return done == len;
}

/* Read what there is; false at the end, or if nothing comes in time. */
static bool fill(struct channel *channel, int64_t deadline)
{
	struct pollfd p = { .fd = channel->in, .events = POLLIN };
	int64_t left = deadline - clock_ms();
	ssize_t n;

	if (left < 0 || channel->len >= CHANNEL_MAX_BYTES)
		return false;
	if (poll(&p, 1, left) < 0)
		return errno == EINTR;
	if (!p.revents)
		return false;
	channel->buf = realloc(channel->buf, channel->len + CHANNEL_STEP);
	if (!channel->buf)
		die_oom();
	n = read(channel->in, channel->buf + channel->len, CHANNEL_STEP);
	if (n > 0)
		channel->len += n;
	return n > 0;
}

/**
 * channel_read - receive an object
 * @channel: from whom
 * @deadline: when to give up, by clock_ms()
 *
 * Return: the object, or NULL if none came.
 */
json_t *channel_read(struct channel *channel, int64_t deadline)
{
	json_t *obj;
	size_t len;
	char *end;

	while (!channel->len || !(end = memchr(channel->buf, '\n', channel->len)))
		if (!fill(channel, deadline))
			return NULL;
	len = end - channel->buf;
	obj = json_loadb(channel->buf, len, 0, NULL);
	channel->len -= len + 1;
	memmove(channel->buf, end + 1, channel->len);
	if (json_is_object(obj))
		return obj;
	json_decref(obj);
	return NULL;
}

/**
 * channel_close - speak no longer
 * @channel: to whom
 */
void channel_close(struct channel *channel)
{
	if (channel->in == channel->out)
		channel->in = -1;
	if (channel->in >= 0)
		close(channel->in);
	if (channel->out >= 0)
		close(channel->out);
	free(channel->buf);
	channel_init(channel, -1, -1);
}
