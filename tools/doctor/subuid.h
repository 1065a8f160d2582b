/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_SUBUID_H
#define UVNADM_DOCTOR_SUBUID_H

struct doctor;

void doctor_subuids(struct doctor *d);

#endif /* UVNADM_DOCTOR_SUBUID_H */
