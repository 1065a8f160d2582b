/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_DOCTOR_H
#define UVNADM_DOCTOR_DOCTOR_H

#include <jansson.h>

struct command;

json_t *doctor_enable(void);
int cmd_doctor(const struct command *cmd, const char *const *val);

#endif /* UVNADM_DOCTOR_DOCTOR_H */
