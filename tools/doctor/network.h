/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_NETWORK_H
#define UVNADM_DOCTOR_NETWORK_H

struct doctor;

void doctor_l3mdev_accept(struct doctor *d);
void doctor_rules(struct doctor *d);
void doctor_rp_filter(struct doctor *d);
void doctor_tables(struct doctor *d);
void doctor_devices(struct doctor *d);

#endif /* UVNADM_DOCTOR_NETWORK_H */
