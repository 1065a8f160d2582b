/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_DEVICE_H
#define UVNADM_DOCTOR_DEVICE_H

struct doctor;

void doctor_mtu(struct doctor *d);
void doctor_tx_segmentation(struct doctor *d);
void doctor_rx_hash(struct doctor *d);
void doctor_vxlan_ports(struct doctor *d);

#endif /* UVNADM_DOCTOR_DEVICE_H */
