/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_RULE_NAMES_H
#define UVNADM_DOCTOR_RULE_NAMES_H

struct doctor;

void doctor_rule_names(struct doctor *d);

#endif /* UVNADM_DOCTOR_RULE_NAMES_H */
