/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_HOOK_H
#define UVNADM_DOCTOR_HOOK_H

struct doctor;

void doctor_symbols(struct doctor *d);
void doctor_ftrace(struct doctor *d);
void doctor_hook(struct doctor *d);
void doctor_view(struct doctor *d);
void doctor_livepatch(struct doctor *d);

#endif /* UVNADM_DOCTOR_HOOK_H */
