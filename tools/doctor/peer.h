/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_PEER_H
#define UVNADM_DOCTOR_PEER_H

#include <jansson.h>

struct doctor;

json_t *probe_results(struct doctor *d);
void doctor_peers(struct doctor *d);

#endif /* UVNADM_DOCTOR_PEER_H */
