/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_VRF_H
#define UVNADM_DOCTOR_VRF_H

struct doctor;

void doctor_vrfs(struct doctor *d);

#endif /* UVNADM_DOCTOR_VRF_H */
