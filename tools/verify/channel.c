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
#define LINE_MAX_BYTES	1000000
#define LINE_STEP	4096

/**
 * line_init - begin to speak
 * @line: set
 * @in: descriptor to read from; taken
 * @out: descriptor to write to; taken
 */
void line_init(struct line *line, int in, int out)
{
	memset(line, 0, sizeof(*line));
	line->in = in;
	line->out = out;
}

/**
 * line_write - send an object
 * @line: to whom
 * @obj: object; the reference is taken
 *
 * Return: true if it was sent.
 */
bool line_write(struct line *line, json_t *obj)
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
		n = write(line->out, text + done, len - done);
		if (n > 0)
			done += n;
	}
	free(text);
	return done == len;
}

/* Read what there is; false at the end, or if nothing comes in time. */
static bool fill(struct line *line, int64_t deadline)
{
	struct pollfd p = { .fd = line->in, .events = POLLIN };
	int64_t left = deadline - clock_ms();
	ssize_t n;

	if (left < 0 || line->len >= LINE_MAX_BYTES)
		return false;
	if (poll(&p, 1, left) < 0)
		return errno == EINTR;
	if (!p.revents)
		return false;
	line->buf = realloc(line->buf, line->len + LINE_STEP);
	if (!line->buf)
		die_oom();
	n = read(line->in, line->buf + line->len, LINE_STEP);
	if (n > 0)
		line->len += n;
	return n > 0;
}

/**
 * line_read - receive an object
 * @line: from whom
 * @deadline: when to give up, by clock_ms()
 *
 * Return: the object, or NULL if none came.
 */
json_t *line_read(struct line *line, int64_t deadline)
{
	json_t *obj;
	size_t len;
	char *end;

	while (!line->len || !(end = memchr(line->buf, '\n', line->len)))
		if (!fill(line, deadline))
			return NULL;
	len = end - line->buf;
	obj = json_loadb(line->buf, len, 0, NULL);
	line->len -= len + 1;
	memmove(line->buf, end + 1, line->len);
	if (json_is_object(obj))
		return obj;
	json_decref(obj);
	return NULL;
}

/**
 * line_close - speak no longer
 * @line: to whom
 */
void line_close(struct line *line)
{
	if (line->in == line->out)
		line->in = -1;
	if (line->in >= 0)
		close(line->in);
	if (line->out >= 0)
		close(line->out);
	free(line->buf);
	line_init(line, -1, -1);
}
