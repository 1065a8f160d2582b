// SPDX-License-Identifier: GPL-2.0
/*
 * The machine's files, and the kernel's that have no other form.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/out.h"
#include "doctor/file.h"
#include "doctor/finding.h"
#include "doctor/state.h"

static char *path_of(struct doctor *d, const char *fmt, va_list ap)
{
	char *name, *path;

	if (vasprintf(&name, fmt, ap) < 0 || asprintf(&path, "%s%s", d->root, name) < 0)
		die_oom();
	free(name);
	return path;
}

/**
 * file_path - the path of a file of the machine's
 * @d: diagnosis
 * @fmt: the path on the machine itself
 *
 * Return: the path, to be freed.
 */
char *file_path(struct doctor *d, const char *fmt, ...)
{
	va_list ap;
	char *path;

	va_start(ap, fmt);
	path = path_of(d, fmt, ap);
	va_end(ap);
	return path;
}

/* That a file may not be read is another thing than that there is none. */
static FILE *open_path(struct doctor *d, char *path)
{
	FILE *f = fopen(path, "re");

	if (!f && (errno == EACCES || errno == EPERM))
		cannot_tell(d, "%s: %s", path, strerror(errno));
	free(path);
	return f;
}

/**
 * file_open - open a file to read
 * @d: diagnosis
 * @fmt: its path
 *
 * Return: the file, or NULL.
 */
FILE *file_open(struct doctor *d, const char *fmt, ...)
{
	va_list ap;
	FILE *f;

	va_start(ap, fmt);
	f = open_path(d, path_of(d, fmt, ap));
	va_end(ap);
	return f;
}

/* The first line without its end, to be freed, or NULL. */
static char *first_line(FILE *f)
{
	char *text = NULL;
	size_t size = 0;

	if (!f)
		return NULL;
	if (getline(&text, &size, f) < 0) {
		free(text);
		text = NULL;
	} else {
		text[strcspn(text, "\n")] = '\0';
	}
	fclose(f);
	return text;
}

/**
 * file_line - the first line of a file
 * @d: diagnosis
 * @fmt: its path
 *
 * Return: the line without its end, to be freed; NULL if there is none.
 */
char *file_line(struct doctor *d, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = first_line(open_path(d, path_of(d, fmt, ap)));
	va_end(ap);
	return text;
}

/**
 * file_number - the number that a file has
 * @d: diagnosis
 * @num: set to it
 * @fmt: its path
 *
 * Return: true if there is one.
 */
bool file_number(struct doctor *d, long *num, const char *fmt, ...)
{
	char *text, *end;
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	text = first_line(open_path(d, path_of(d, fmt, ap)));
	va_end(ap);
	if (!text)
		return false;
	errno = 0;
	*num = strtol(text, &end, 10);
	ok = end != text && !errno;
	free(text);
	return ok;
}

/**
 * file_is - is there such a file?
 * @d: diagnosis
 * @fmt: its path
 *
 * Return: true also if it cannot be told.
 */
bool file_is(struct doctor *d, const char *fmt, ...)
{
	va_list ap;
	char *path;
	bool is;

	va_start(ap, fmt);
	path = path_of(d, fmt, ap);
	va_end(ap);
	is = !access(path, F_OK);
	if (!is && errno == EACCES) {
		cannot_tell(d, "%s: %s", path, strerror(errno));
		is = true;
	}
	free(path);
	return is;
}
