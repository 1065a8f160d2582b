/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_FAILURE_H
#define UVNADM_LIB_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct uvn_failure - why a request failed
 * @offset: offset of the bad attribute in the request; 0 if not known
 * @error: errno; 0 if there is none
 * @absent: the module is not loaded
 * @text: one line for the user
 */
struct uvn_failure {
	uint32_t offset;
	int error;
	bool absent;
	char text[512];
};

bool uvn_failed(struct uvn_failure *why, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* UVNADM_LIB_FAILURE_H */
