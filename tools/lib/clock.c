// SPDX-License-Identifier: GPL-2.0
/*
 * The clock that deadlines go by.
 */
#include <time.h>

#include "lib/clock.h"

/**
 * clock_ms - milliseconds since some time ago
 */
int64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}
