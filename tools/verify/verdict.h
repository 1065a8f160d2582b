/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_VERDICT_H
#define UVNADM_VERIFY_VERDICT_H

#include <jansson.h>
#include <stdbool.h>

struct trial;
struct uvn_failure;

/* What comes of a check. */
#define RESULT_OK		"ok"
#define RESULT_FAILED		"failed"
#define RESULT_NOT_TRIED	"not tried"

void report_add(json_t *report, const char *check, const char *node,
		const char *result, const char *detail, const char *remedy);
bool verdict_run(struct trial *trial, struct uvn_failure *why);
void verdict_report(const struct trial *trial, json_t *report);

#endif /* UVNADM_VERIFY_VERDICT_H */
