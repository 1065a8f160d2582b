/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marks around what is measured, for the model of a CPU in bench/uvn_cost.c: long nops that
 * nobody else has. Without the model they cost one instruction.
 */
#ifndef _UVN_MARK_H
#define _UVN_MARK_H

static inline void mark_begin(void)
{
	asm volatile(".byte 0x0f, 0x1f, 0x84, 0x00, 0x01, 0x00, 0x76, 0x75" ::: "memory");
}

static inline void mark_end(void)
{
	asm volatile(".byte 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x76, 0x75" ::: "memory");
}

#endif /* _UVN_MARK_H */
