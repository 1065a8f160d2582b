/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_FIREWALL_H
#define UVNADM_DOCTOR_FIREWALL_H

struct doctor;

void doctor_firewall_out(struct doctor *d);
void doctor_firewall_in(struct doctor *d);

#endif /* UVNADM_DOCTOR_FIREWALL_H */
