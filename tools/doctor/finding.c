// SPDX-License-Identifier: GPL-2.0
/*
 * What a check finds, and that it cannot tell.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/out.h"
#include "doctor/finding.h"
#include "doctor/state.h"

const char *const severity_names[] = {
	[NOTE] = "note",
	[WARNING] = "warning",
	[ERROR] = "error",
	[UNKNOWN] = "unknown",
};

/**
 * finding_text - words as a string of JSON
 * @fmt: the words
 * @ap: what they are about
 */
json_t *finding_text(const char *fmt, va_list ap)
{
	json_t *val;
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		die_oom();
	val = out_string(text);
	free(text);
	return val;
}

/**
 * found - note a finding
 * @d: diagnosis
 * @level: how bad it is
 * @subject: what it is about, as the name of a device; NULL if nothing in
 *	particular
 * @fmt: what is wrong, one line
 */
void found(struct doctor *d, enum severity level, const char *subject,
	   const char *fmt, ...)
{
	json_t *finding = json_object();
	va_list ap;

	va_start(ap, fmt);
	out_put(finding, "check", out_string(d->check));
	out_put(finding, "severity", out_string(severity_names[level]));
	out_put(finding, "text", finding_text(fmt, ap));
	out_put(finding, "remedy", json_null());
	out_put(finding, "subject", subject ? out_string(subject) : json_null());
	out_append(d->findings, finding);
	va_end(ap);
}

/**
 * remedy - say what helps against the last finding
 * @d: diagnosis
 * @fmt: one line
 */
void remedy(struct doctor *d, const char *fmt, ...)
{
	size_t n = json_array_size(d->findings);
	va_list ap;

	va_start(ap, fmt);
	out_put(json_array_get(d->findings, n - 1), "remedy", finding_text(fmt, ap));
	va_end(ap);
}

/**
 * cannot_tell - say why the check that runs cannot tell
 * @d: diagnosis
 * @fmt: the reason, one line; the first one counts
 *
 * A question that is refused has no answer, and least of all "none".
 */
void cannot_tell(struct doctor *d, const char *fmt, ...)
{
	va_list ap;

	if (d->untold)
		return;
	va_start(ap, fmt);
	if (vasprintf(&d->untold, fmt, ap) < 0)
		die_oom();
	va_end(ap);
}

/**
 * is_told - could the check that runs see all so far?
 * @d: diagnosis
 */
bool is_told(struct doctor *d)
{
	return !d->untold;
}

/**
 * told - what could not be seen does not matter after all
 * @d: diagnosis
 */
void told(struct doctor *d)
{
	free(d->untold);
	d->untold = NULL;
}
