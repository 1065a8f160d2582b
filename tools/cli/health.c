// SPDX-License-Identifier: GPL-2.0
/*
 * How all is, as commands that judge tell it: to people and programs by the exit
 * status, to monitoring by one line and a status as its plugins have them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/fail.h"
#include "cli/health.h"
#include "cli/out.h"

/* The line of a plugin is asked for; what was told last. */
bool health_nagios;
enum health health_told = HEALTH_UNKNOWN;

/**
 * health_name - the word for it in JSON
 * @health: how all is
 */
const char *health_name(enum health health)
{
	static const char *const names[] = {
		[HEALTH_OK] = "ok",
		[HEALTH_DEGRADED] = "degraded",
		[HEALTH_NOT_ISOLATED] = "not-isolated",
		[HEALTH_UNKNOWN] = "unknown",
	};

	return names[health];
}

/**
 * health_exit - the exit status that says it
 * @health: how all is
 */
int health_exit(enum health health)
{
	health_told = health;
	if (health == HEALTH_UNKNOWN)
		return EXIT_UNKNOWN;
	return health == HEALTH_OK ? EXIT_OK : EXIT_FAILED;
}

/**
 * health_line - print the one line of a plugin
 * @health: how all is
 * @fmt: what is to be said of it; what is behind "\n|" are numbers for plotting
 *
 * Return: exit status of a command that is no plugin.
 */
int health_line(enum health health, const char *fmt, ...)
{
	static const char *const words[] = {
		[HEALTH_OK] = "OK",
		[HEALTH_DEGRADED] = "WARNING",
		[HEALTH_NOT_ISOLATED] = "CRITICAL",
		[HEALTH_UNKNOWN] = "UNKNOWN",
	};
	char *text, *line, *s;
	bool data = false;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		die_oom();
	/* Readers take what is behind a bar for numbers. */
	for (s = text; *s; s++) {
		if (*s == '|' && !data)
			*s = '/';
		if (*s == '\n' && s[1] == '|') {
			*s++ = ' ';
			data = true;
		}
	}
	if (asprintf(&line, "UVN %s - %s", words[health], text) < 0)
		die_oom();
	out_text(line);
	free(line);
	free(text);
	return health_exit(health);
}
