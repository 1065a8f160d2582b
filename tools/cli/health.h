/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_CLI_HEALTH_H
#define UVNADM_CLI_HEALTH_H

#include <stdbool.h>

/* How all is; the numbers are those that monitoring plugins exit with. */
enum health {
	HEALTH_OK,
	HEALTH_DEGRADED,
	HEALTH_NOT_ISOLATED,
	HEALTH_UNKNOWN,
};

extern bool health_nagios;
extern enum health health_told;

const char *health_name(enum health health);
int health_exit(enum health health);
int health_line(enum health health, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* UVNADM_CLI_HEALTH_H */
