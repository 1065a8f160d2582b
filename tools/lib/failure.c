// SPDX-License-Identifier: GPL-2.0
/*
 * Why something failed, for who asked for it to report.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/failure.h"

/**
 * uvn_failed - say why something failed
 * @why: set to it
 * @error: errno; 0 if there is none
 * @fmt: one line, without a newline
 *
 * Return: false.
 */
bool uvn_failed(struct uvn_failure *why, int error, const char *fmt, ...)
{
	va_list ap;

	memset(why, 0, sizeof(*why));
	why->error = error;
	va_start(ap, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return false;
}
