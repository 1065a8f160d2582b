// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that is printed: commands hand over JSON values, and they come out
 * as JSON or as text.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "uvnadm.h"

struct where where;
/* what is asked for; print nothing; each JSON value is a line */
bool out_json;
bool out_quiet;
bool out_lines;
char **out_held;

/* What warn() was told, in JSON. */
static json_t *warnings;

/* Nothing that names or messages hold may steer a terminal or end a line. */
static void clean(char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

/**
 * die_oom - give up for want of memory
 */
void die_oom(void)
{
	fputs("uvnadm: out of memory\n", stderr);
	exit(EXIT_FAILED);
}

/**
 * out_string - JSON string of any bytes
 * @s: the bytes
 *
 * Return: the string; bytes that are not UTF-8 are replaced by question marks.
 */
json_t *out_string(const char *s)
{
	json_t *val = json_string(s);
	char *copy;

	if (val)
		return val;

	copy = strdup(s);
	if (!copy)
		die_oom();
	clean(copy);
	val = json_string(copy);
	free(copy);
	return val;
}

/**
 * out_put - set a member of an object
 * @obj: object
 * @key: name
 * @val: value; the reference is taken
 */
void out_put(json_t *obj, const char *key, json_t *val)
{
	if (json_object_set_new(obj, key, val))
		die_oom();
}

/**
 * out_append - append to an array
 * @arr: array
 * @val: value; the reference is taken
 */
void out_append(json_t *arr, json_t *val)
{
	if (json_array_append_new(arr, val))
		die_oom();
}

static void print_command(FILE *f, const struct command *cmd)
{
	fprintf(f, cmd->verb ? "%s %s: " : "%s: ", cmd->noun, cmd->verb);
}

/* What programs go by, beside the text. */
static json_t *error_object(const char *text, int status, int error)
{
	json_t *obj = json_object();
	const char *name = error ? strerrorname_np(error) : NULL;

	out_put(obj, "error", out_string(text));
	out_put(obj, "exit", json_integer(status));
	if (error)
		out_put(obj, "code", name ? out_string(name) : json_integer(error));
	if (where.file)
		out_put(obj, "file", out_string(where.file));
	if (where.file && where.line)
		out_put(obj, "line", json_integer(where.line));
	return obj;
}

/* What is said about the command and line that are being carried out, to be freed. */
static char *compose(const char *fmt, va_list ap)
{
	char *text = NULL;
	size_t size;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		die_oom();
	if (where.cmd)
		print_command(f, where.cmd);
	if (where.file)
		fprintf(f, "%s:", where.file);
	if (where.file && where.line)
		fprintf(f, "%lu:", where.line);
	if (where.file)
		fputc(' ', f);
	if (where.line_cmd)
		print_command(f, where.line_cmd);
	vfprintf(f, fmt, ap);
	if (fclose(f))
		die_oom();
	return text;
}

static void report(int status, int error, const char *fmt, va_list ap)
{
	json_t *obj;
	char *text;

	if (out_quiet)
		return;
	text = compose(fmt, ap);
	if (out_held) {
		free(*out_held);
		*out_held = text;
		return;
	}
	if (out_json) {
		obj = error_object(text, status, error);
		out_value(obj);
		json_decref(obj);
		health_told = status == EXIT_FAILED ? HEALTH_NOT_ISOLATED : HEALTH_UNKNOWN;
	} else if (health_nagios) {
		health_line(status == EXIT_FAILED ? HEALTH_NOT_ISOLATED : HEALTH_UNKNOWN,
			    "%s", text);
	} else {
		clean(text);
		fprintf(stderr, "uvnadm: %s\n", text);
	}
	free(text);
}

/* Who judges and cannot go on knows nothing. */
static int failure(void)
{
	return where.cmd && where.cmd->judges ? EXIT_UNKNOWN : EXIT_FAILED;
}

/**
 * warn - say something beside what a command was asked for
 * @fmt: one line, without a newline
 *
 * In JSON it stands in what out_done() prints.
 */
void warn(const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (out_quiet || out_held)
		return;
	va_start(ap, fmt);
	text = compose(fmt, ap);
	va_end(ap);
	if (out_json) {
		if (!warnings)
			warnings = json_array();
		out_append(warnings, out_string(text));
	} else {
		clean(text);
		fprintf(stderr, "uvnadm: warning: %s\n", text);
	}
	free(text);
}

/**
 * fail - report that a command failed
 * @fmt: one line, without a newline
 *
 * Return: EXIT_FAILED; EXIT_UNKNOWN of a command that judges.
 */
int fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(failure(), 0, fmt, ap);
	va_end(ap);
	return failure();
}

/**
 * fail_as - report a failure that has a meaning of its own
 * @status: exit status
 * @error: errno; 0 if there is none
 * @fmt: one line, without a newline
 *
 * Return: @status.
 */
int fail_as(int status, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(status, error, fmt, ap);
	va_end(ap);
	return status;
}

/**
 * fail_errno - fail(), and say which errno it was
 * @error: the errno
 * @fmt: one line, without a newline
 *
 * Return: likewise.
 */
int fail_errno(int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(failure(), error, fmt, ap);
	va_end(ap);
	return failure();
}

/**
 * fail_why - fail() for what a request to the module failed for
 * @why: that
 *
 * Return: likewise.
 */
int fail_why(const struct uvn_failure *why)
{
	return fail_errno(why->error, "%s", why->text);
}

/**
 * misuse - report that the words of a command are wrong
 * @fmt: one line, without a newline
 *
 * Return: EXIT_USAGE; EXIT_FAILED for words in a file, as the command line that
 * named the file was right.
 */
int misuse(const char *fmt, ...)
{
	int status = where.file ? EXIT_FAILED : EXIT_USAGE;
	va_list ap;

	va_start(ap, fmt);
	report(status, 0, fmt, ap);
	va_end(ap);
	return status;
}

/**
 * out_text - print a line of text
 * @text: the line; changed where it would steer a terminal
 */
void out_text(char *text)
{
	clean(text);
	puts(text);
}

/**
 * out_value - print a value as JSON
 * @val: value
 */
void out_value(json_t *val)
{
	/* What could not be written shows in ferror(), which main() looks at. */
	json_dumpf(val, stdout, out_lines ? JSON_COMPACT : JSON_INDENT(2));
	putchar('\n');
}

/**
 * out_done - finish a command that has nothing to tell
 *
 * With -j there is always one JSON value on stdout, so that readers need no
 * special case.
 *
 * Return: EXIT_OK.
 */
int out_done(void)
{
	json_t *obj;

	if (!out_json)
		return EXIT_OK;
	obj = json_object();
	if (warnings)
		out_put(obj, "warnings", warnings);
	warnings = NULL;
	out_value(obj);
	json_decref(obj);
	return EXIT_OK;
}

static void render(FILE *f, json_t *val)
{
	const char *key;
	char *copy;
	json_t *one;
	size_t i;

	switch (json_typeof(val)) {
	case JSON_STRING:
		copy = strdup(json_string_value(val));
		if (!copy)
			die_oom();
		clean(copy);
		fputs(*copy ? copy : "-", f);
		free(copy);
		break;
	case JSON_INTEGER:
		fprintf(f, "%" JSON_INTEGER_FORMAT, json_integer_value(val));
		break;
	case JSON_TRUE:
		fputs("yes", f);
		break;
	case JSON_FALSE:
		fputs("no", f);
		break;
	case JSON_ARRAY:
		if (!json_array_size(val))
			fputc('-', f);
		json_array_foreach(val, i, one) {
			if (i)
				fputc(',', f);
			render(f, one);
		}
		break;
	case JSON_OBJECT:
		if (!json_object_size(val))
			fputc('-', f);
		i = 0;
		json_object_foreach(val, key, one) {
			fprintf(f, i++ ? " %s " : "%s ", key);
			render(f, one);
		}
		break;
	default:
		fputc('-', f);
	}
}

/* The text of one cell, to be freed. */
static char *cell(json_t *obj, const struct out_col *col)
{
	json_t *val = json_object_get(obj, col->key);
	char *text = NULL;
	json_t *subs, *one;
	size_t size, i;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		die_oom();
	if (col->sub) {
		subs = json_array();
		json_array_foreach(val, i, one)
			out_append(subs, json_incref(json_object_get(one, col->sub)));
		render(f, subs);
		json_decref(subs);
	} else if (val) {
		render(f, val);
	}
	if (fclose(f))
		die_oom();
	return text;
}

/**
 * out_object - print an object
 * @obj: object; in text every member is a line, as is every object of an array
 *
 * Return: EXIT_OK.
 */
int out_object(json_t *obj)
{
	json_t *val, *one;
	const char *key;
	int width = 0;
	size_t i;

	if (out_json) {
		out_value(obj);
		return EXIT_OK;
	}

	json_object_foreach(obj, key, val)
		if ((int)strlen(key) > width)
			width = strlen(key);

	json_object_foreach(obj, key, val) {
		if (json_is_array(val) && json_array_size(val)) {
			json_array_foreach(val, i, one) {
				printf("%-*s  ", width, key);
				render(stdout, one);
				putchar('\n');
			}
			continue;
		}
		printf("%-*s  ", width, key);
		render(stdout, val);
		putchar('\n');
	}
	return EXIT_OK;
}

/**
 * out_table - print an array of objects
 * @arr: array
 * @cols: columns of the text form, terminated by one without a heading
 *
 * Return: EXIT_OK.
 */
int out_table(json_t *arr, const struct out_col *cols)
{
	const struct out_col *col;
	json_t *obj;
	size_t i, n;
	int *width;
	char *text;

	if (out_json) {
		out_value(arr);
		return EXIT_OK;
	}

	for (n = 0; cols[n].head; n++)
		;
	width = calloc(n + 1, sizeof(*width));
	if (!width)
		die_oom();

	/* The last column is not padded: no blanks at the end of a line. */
	for (n = 0; cols[n + 1].head; n++) {
		width[n] = strlen(cols[n].head);
		json_array_foreach(arr, i, obj) {
			text = cell(obj, &cols[n]);
			if ((int)strlen(text) > width[n])
				width[n] = strlen(text);
			free(text);
		}
	}

	for (col = cols; col->head; col++)
		printf("%s%-*s", col == cols ? "" : "  ", width[col - cols], col->head);
	putchar('\n');

	json_array_foreach(arr, i, obj) {
		for (col = cols; col->head; col++) {
			text = cell(obj, col);
			printf("%s%-*s", col == cols ? "" : "  ", width[col - cols], text);
			free(text);
		}
		putchar('\n');
	}

	free(width);
	return EXIT_OK;
}

/* A string as a word: in quotes if it would not be one otherwise. */
static void put_word(json_t *val)
{
	const char *s = json_string_value(val), *c;

	for (c = s; *c > ' ' && *c <= '~' && !strchr("\"\\=,", *c); c++)
		;
	if (*s && !*c)
		fputs(s, stdout);
	else
		json_dumpf(val, stdout, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
}

/* Of an object its first member. */
static void put_one(json_t *val)
{
	if (json_is_object(val))
		val = json_object_iter_value(json_object_iter(val));
	if (json_is_string(val))
		put_word(val);
	else if (val)
		render(stdout, val);
}

/* As KEY=VALUE, the member of an object as KEY.MEMBER=VALUE; nothing if there is
 * nothing to say.
 */
static void put_member(const char *key, json_t *val)
{
	const char *sub;
	json_t *one;
	size_t i;

	if (json_is_object(val)) {
		json_object_foreach(val, sub, one) {
			printf(" %s.%s=", key, sub);
			put_one(one);
		}
	} else if (json_is_array(val) && json_array_size(val)) {
		printf(" %s=", key);
		json_array_foreach(val, i, one) {
			if (i)
				putchar(',');
			put_one(one);
		}
	} else if (!json_is_array(val) && !json_is_null(val)) {
		printf(" %s=", key);
		put_one(val);
	}
}

/**
 * out_line - print an object in one line, at once
 * @obj: object; in text the first two members have no key
 */
void out_line(json_t *obj)
{
	const char *key;
	json_t *val;
	size_t i = 0;

	if (out_json) {
		out_value(obj);
	} else {
		json_object_foreach(obj, key, val) {
			if (i >= 2) {
				put_member(key, val);
				continue;
			}
			if (i++)
				putchar(' ');
			put_one(val);
		}
		putchar('\n');
	}
	fflush(stdout);
}
