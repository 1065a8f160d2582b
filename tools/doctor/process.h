/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_PROCESS_H
#define UVNADM_DOCTOR_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct doctor;

bool process_uid(struct doctor *d, const char *pid, uint32_t *uid);

#endif /* UVNADM_DOCTOR_PROCESS_H */
