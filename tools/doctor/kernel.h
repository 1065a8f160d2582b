/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_KERNEL_H
#define UVNADM_DOCTOR_KERNEL_H

struct doctor;

void doctor_privilege(struct doctor *d);
void doctor_kernel_options(struct doctor *d);
void doctor_modules(struct doctor *d);
void doctor_module(struct doctor *d);
void doctor_version(struct doctor *d);
void doctor_secure_boot(struct doctor *d);

#endif /* UVNADM_DOCTOR_KERNEL_H */
