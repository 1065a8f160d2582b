/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_FINDING_H
#define UVNADM_DOCTOR_FINDING_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>

struct doctor;

/* How bad it is. */
enum severity {
	NOTE,		/* of no consequence by itself */
	WARNING,	/* something does not work, or will not */
	ERROR,		/* users are not isolated, or have no network */
	UNKNOWN,	/* whether anything is wrong cannot be told from here */
};

extern const char *const severity_names[];

json_t *finding_text(const char *fmt, va_list ap)
	__attribute__((format(printf, 1, 0)));
void found(struct doctor *d, enum severity level, const char *subject,
	   const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void remedy(struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void cannot_tell(struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
bool is_told(struct doctor *d);
void told(struct doctor *d);

#endif /* UVNADM_DOCTOR_FINDING_H */
