/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_REDIRECT_H
#define UVNADM_DOCTOR_REDIRECT_H

struct doctor;

void doctor_redirects(struct doctor *d);

#endif /* UVNADM_DOCTOR_REDIRECT_H */
