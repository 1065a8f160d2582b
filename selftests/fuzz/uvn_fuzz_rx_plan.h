/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a frame shall be, before it is made.
 */
#ifndef _UVN_FUZZ_RX_PLAN_H
#define _UVN_FUZZ_RX_PLAN_H

#include "uvn_fuzz_rx.h"

struct plan {
	int fam;
	uint32_t index;
	uint32_t vni;
	uint32_t vx_flags;
	uint8_t vx_low;
	uint16_t in_type;
	unsigned char osrc[16], odst[16], isrc[16], idst[16];
	uint16_t oport;
	uint8_t otos, itos, ottl, ittl;
	unsigned int o_options, i_options;	/* in words, IPv4 */
	uint8_t o_version, i_version;
	int o_len, i_len, u_len;		/* added to what is right */
	int o_sum, i_sum, u_sum;		/* 0 right, 1 wrong, 2 none */
	int l4_sum;
	bool i_frag;
	uint8_t half;
	uint8_t ext[4];				/* inner extension headers */
	unsigned int n_ext;
	uint8_t l4;
	uint16_t dport;
	uint8_t icmp_type;
	unsigned int size;			/* of the payload */
	bool poison;
};

/* uvn_fuzz_rx_frame.c */
extern uint64_t r;		/* state of the numbers */

/* uvn_fuzz_rx_plan.c */
uint32_t any_vni(void);
void any_address(unsigned char *a, int fam);
void plan_good(struct plan *p, uint32_t index);
void spoil(struct plan *p);

#endif
