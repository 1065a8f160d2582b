/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_USERS_H
#define UVNADM_DOCTOR_USERS_H

struct doctor;

void doctor_config(struct doctor *d);
void doctor_ranges(struct doctor *d);
void doctor_accounts(struct doctor *d);
void doctor_processes(struct doctor *d);
void doctor_audit(struct doctor *d);
void doctor_pre_enable(struct doctor *d);
void doctor_denials(struct doctor *d);

#endif /* UVNADM_DOCTOR_USERS_H */
