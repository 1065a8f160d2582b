/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_MANAGER_H
#define UVNADM_DOCTOR_MANAGER_H

struct doctor;

void doctor_managers(struct doctor *d);

#endif /* UVNADM_DOCTOR_MANAGER_H */
