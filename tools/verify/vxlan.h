/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_VXLAN_H
#define UVNADM_VERIFY_VXLAN_H

#include <stddef.h>
#include <stdint.h>

struct attempt;
struct attempt_id;

size_t vxlan_packet(uint8_t *buf, size_t room, const struct attempt *attempt,
		    const struct attempt_id *id);

#endif /* UVNADM_VERIFY_VXLAN_H */
