// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin for QEMU's emulator: what a CPU would feel of the guest's instructions, beside
 * their number. It counts between the marks of lib/uvn_mark.h, on one CPU:
 *
 *	locked operations	an instruction with LOCK, or XCHG with memory
 *	returns			those that a stack of RETURNS return addresses would predict wrong
 *	indirect branches	those that do not go where they went the last time
 *	L1I, L1D, L2		lines that are not in a cache of that size, by age
 *
 * It is a model, and a simple one: no prefetching, no speculation, addresses are virtual,
 * and what the emulator does for the guest's interrupts costs nothing. performance.rst says
 * how cycles are estimated of it.
 *
 * After each pair of marks it appends a line to the file that the argument out= names:
 * instructions, locked, returns, branches, L1I, L1D, L2.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "uvn_qemu.h"

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

#define LINE_BITS	6
#define RETURNS		32
#define MARK		0x75760000u	/* and 1 where it begins; see uvn_mark.h */

/* 32 KiB with 8 ways, twice, and 1 MiB with 16. */
#define L1_SETS		64
#define L1_WAYS		8
#define L2_SETS		1024
#define L2_WAYS		16

struct cache {
	unsigned int sets;
	unsigned int ways;
	uint64_t *line;		/* of each set the youngest first */
};

static uint64_t l1i_lines[L1_SETS * L1_WAYS], l1d_lines[L1_SETS * L1_WAYS];
static uint64_t l2_lines[L2_SETS * L2_WAYS];
static struct cache l1i = { L1_SETS, L1_WAYS, l1i_lines };
static struct cache l1d = { L1_SETS, L1_WAYS, l1d_lines };
static struct cache l2 = { L2_SETS, L2_WAYS, l2_lines };

static struct {
	unsigned long long instructions;
	unsigned long long locked;
	unsigned long long returns;
	unsigned long long branches;
	unsigned long long l1i;
	unsigned long long l1d;
	unsigned long long l2;
} seen;

/* A block of instructions that the emulator has translated. */
struct block {
	uint64_t first;		/* lines of code */
	uint64_t last;
	uint64_t addr;
	unsigned int instructions;
};

/* An indirect branch, and where it went. */
struct branch {
	uint64_t target;
};

static FILE *out;
static bool counting;
static uint64_t returns[RETURNS];
static unsigned int depth;
static bool after_return;
static uint64_t expected;
static struct branch *after_branch;

/* Is the line missing? Then it is there now, in place of the oldest of its set. */
static bool misses(struct cache *c, uint64_t line)
{
	uint64_t *set = c->line + line % c->sets * c->ways;
	uint64_t tag = line + 1;	/* 0 is none */
	unsigned int i;
	bool miss;

	for (i = 0; i < c->ways - 1 && set[i] != tag; i++)
		;
	miss = set[i] != tag;
	memmove(set + 1, set, i * sizeof(*set));
	set[0] = tag;
	return miss;
}

static void on_block(unsigned int cpu, void *data)
{
	const struct block *b = data;
	uint64_t line;

	if (after_return && counting)
		seen.returns += expected != b->addr;
	after_return = false;
	if (after_branch) {
		if (counting)
			seen.branches += after_branch->target != b->addr;
		after_branch->target = b->addr;
		after_branch = NULL;
	}
	if (!counting)
		return;
	seen.instructions += b->instructions;
	for (line = b->first; line <= b->last; line++)
		if (misses(&l1i, line)) {
			seen.l1i++;
			seen.l2 += misses(&l2, line);
		}
}

static void on_memory(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t addr,
		      void *data)
{
	if (!counting || !misses(&l1d, addr >> LINE_BITS))
		return;
	seen.l1d++;
	seen.l2 += misses(&l2, addr >> LINE_BITS);
}

static void on_call(unsigned int cpu, void *data)
{
	returns[depth++ % RETURNS] = (uintptr_t)data;
}

static void on_return(unsigned int cpu, void *data)
{
	expected = returns[--depth % RETURNS];
	after_return = true;
}

static void on_branch(unsigned int cpu, void *data)
{
	after_branch = data;
}

static void on_locked(unsigned int cpu, void *data)
{
	seen.locked += counting;
}

static void on_begin(unsigned int cpu, void *data)
{
	memset(&seen, 0, sizeof(seen));
	counting = true;
}

static void on_end(unsigned int cpu, void *data)
{
	if (!counting)
		return;
	counting = false;
	fprintf(out, "%llu %llu %llu %llu %llu %llu %llu\n", seen.instructions, seen.locked,
		seen.returns, seen.branches, seen.l1i, seen.l1d, seen.l2);
	fflush(out);
}

static bool is_prefix(uint8_t byte)
{
	switch (byte) {
	case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65:
	case 0x66: case 0x67: case 0xf0: case 0xf2: case 0xf3:
		return true;
	}
	return false;
}

/* What an instruction of x86-64 is, as far as that matters here. */
static void look(struct qemu_plugin_insn *insn)
{
	const uint8_t *byte = qemu_plugin_insn_data(insn);
	size_t size = qemu_plugin_insn_size(insn), at = 0;
	uint64_t next = qemu_plugin_insn_vaddr(insn) + size;
	bool locked = false;
	exec_cb on_mark;
	uint32_t mark;
	uint8_t mode;

	for (; at < size && is_prefix(byte[at]); at++)
		locked |= byte[at] == 0xf0;
	if (at < size && (byte[at] & 0xf0) == 0x40)
		at++;
	if (at == size)
		return;
	mode = at + 1 < size ? byte[at + 1] : 0;
	if (size - at == 8 && !memcmp(byte + at, "\x0f\x1f\x84\x00", 4)) {
		memcpy(&mark, byte + at + 4, sizeof(mark));
		on_mark = mark & 1 ? on_begin : on_end;
		if ((mark & ~1u) == MARK)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark,
							       NO_REGISTERS, NULL);
	}
	if ((byte[at] == 0x86 || byte[at] == 0x87) && mode >> 6 != 3)
		locked = true;
	if (locked)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_locked, NO_REGISTERS, NULL);
	if (byte[at] == 0xe8 || (byte[at] == 0xff && (mode >> 3 & 7) == 2))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_call, NO_REGISTERS,
						       (void *)(uintptr_t)next);
	if (byte[at] == 0xc2 || byte[at] == 0xc3)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_return, NO_REGISTERS, NULL);
	if (byte[at] == 0xff && ((mode >> 3 & 7) == 2 || (mode >> 3 & 7) == 4))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_branch, NO_REGISTERS,
						       calloc(1, sizeof(struct branch)));
	qemu_plugin_register_vcpu_mem_cb(insn, on_memory, NO_REGISTERS, READ_AND_WRITE, NULL);
}

/* The emulator keeps a block for as long as it likes, and does not tell when it does not. */
static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb), i;
	struct block *b = calloc(1, sizeof(*b));
	const struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(tb, n - 1);

	b->addr = qemu_plugin_tb_vaddr(tb);
	b->first = b->addr >> LINE_BITS;
	b->last = (qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last) - 1) >> LINE_BITS;
	b->instructions = n;
	for (i = 0; i < n; i++)
		look(qemu_plugin_tb_get_insn(tb, i));
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, NO_REGISTERS, b);
}

__attribute__((visibility("default")))
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc,
			char **argv)
{
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "uvn_cost: out=FILE is missing\n");
		return 1;
	}
	out = fopen(argv[0] + 4, "a");
	if (!out) {
		perror(argv[0] + 4);
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	return 0;
}
