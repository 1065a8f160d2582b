/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_FILE_H
#define UVNADM_DOCTOR_FILE_H

#include <stdbool.h>
#include <stdio.h>

struct doctor;

FILE *file_open(struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
char *file_line(struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
bool file_number(struct doctor *d, long *num, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool file_is(struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
char *file_path(struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* UVNADM_DOCTOR_FILE_H */
