/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_DEVICE_H
#define UVNADM_DOCTOR_DEVICE_H

#include <jansson.h>

struct doctor;

json_int_t mtu_lost(int family);
json_int_t mtu_needed(int family);
void doctor_mtu(struct doctor *d);
void doctor_tx_segmentation(struct doctor *d);
void doctor_rx_hash(struct doctor *d);
void doctor_vxlan_ports(struct doctor *d);

#endif /* UVNADM_DOCTOR_DEVICE_H */
