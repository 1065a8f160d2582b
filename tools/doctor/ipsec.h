/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_IPSEC_H
#define UVNADM_DOCTOR_IPSEC_H

struct doctor;

void doctor_ipsec(struct doctor *d);

#endif /* UVNADM_DOCTOR_IPSEC_H */
