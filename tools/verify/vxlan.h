/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_VXLAN_H
#define UVNADM_VERIFY_VXLAN_H

#include <stddef.h>
#include <stdint.h>

struct shot;
struct token;

size_t packet_vxlan(uint8_t *buf, size_t room, const struct shot *shot,
		    const struct token *token);

#endif /* UVNADM_VERIFY_VXLAN_H */
