// SPDX-License-Identifier: GPL-2.0
/*
 * What went wrong, or may be meant otherwise, and whether all went well.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/fail.h"
#include "cli/health.h"
#include "cli/out.h"
#include "lib/failure.h"

struct where where;
char **out_held;

/* What warn() was told, in JSON. */
static json_t *warnings;

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
		out_clean(text);
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
		out_clean(text);
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
