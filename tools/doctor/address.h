/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_ADDRESS_H
#define UVNADM_DOCTOR_ADDRESS_H

struct doctor;

void doctor_subnets(struct doctor *d);
void doctor_unused_subnets(struct doctor *d);
void doctor_pools(struct doctor *d);
void doctor_ports(struct doctor *d);
void doctor_nat_ports(struct doctor *d);
void doctor_conntrack(struct doctor *d);

#endif /* UVNADM_DOCTOR_ADDRESS_H */
