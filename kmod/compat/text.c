// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's text: where its functions are, and whom they call.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/text-patching.h>

#include "compat/text.h"

/* "name+0x4/0x110", perhaps with a module behind it. */
static bool uvn_text_bounds(struct uvn_text *fn)
{
	char text[KSYM_SYMBOL_LEN];
	unsigned long offset, size;
	const char *plus;

	sprint_symbol(text, fn->place);
	plus = strrchr(text, '+');
	if (!plus || sscanf(plus, "+%lx/%lx", &offset, &size) != 2)
		return false;
	fn->entry = fn->place - offset;
	fn->end = fn->entry + size;
	return true;
}

/**
 * uvn_text_find - find functions by their names
 * @fns: the functions; all is set but @name
 * @n: how many
 *
 * A kprobe that is never armed tells the address. One grace period serves for all of
 * them.
 *
 * Context: may sleep.
 * Return: 0, also if some were not found, or -ENOMEM.
 */
int uvn_text_find(struct uvn_text *fns, unsigned int n)
{
	struct kprobe *kps = kcalloc(n, sizeof(*kps), GFP_KERNEL);
	struct kprobe **found = kcalloc(n, sizeof(*found), GFP_KERNEL);
	unsigned int i, n_found = 0;
	int err = 0;

	if (!kps || !found) {
		err = -ENOMEM;
		goto out;
	}
	for (i = 0; i < n && err != -ENOMEM; i++) {
		kps[i].symbol_name = fns[i].name;
		kps[i].flags = KPROBE_FLAG_DISABLED;
		fns[i].place = 0;
		err = register_kprobe(&kps[i]);
		if (err)
			continue;
		found[n_found++] = &kps[i];
		fns[i].place = (unsigned long)kps[i].addr;
		if (!uvn_text_bounds(&fns[i]))
			fns[i].place = 0;
	}
	if (err != -ENOMEM)
		err = 0;
	if (n_found)
		unregister_kprobes(found, n_found);
out:
	kfree(found);
	kfree(kps);
	return err;
}

/* Is it where one comes in who calls the function? That is its entry; the place behind
 * the ENDBR, which a direct call may spare itself; or, where the kernel counts calls,
 * what stands before the entry, room that the compiler left for it.
 */
static bool uvn_text_is_entry(const struct uvn_text *fn, unsigned long addr)
{
	if (addr == fn->entry || addr == fn->place)
		return true;
#ifdef CONFIG_CALL_PADDING
	return addr < fn->entry &&
	       fn->entry - addr <= CONFIG_FUNCTION_PADDING_BYTES;
#else
	return false;
#endif
}

/**
 * uvn_text_calls - does a function call another one?
 * @fn: the function
 * @callee: the other one
 *
 * By a call or jump with the address in it; what is called by a pointer is not seen.
 * The bytes are looked at from each of them on, as though it began an instruction.
 * That some which do not begin one look like a call of just this function is as good
 * as impossible: four of them must have one of its few values.
 *
 * Context: may sleep.
 * Return: true if it does.
 */
bool uvn_text_calls(const struct uvn_text *fn, const struct uvn_text *callee)
{
	unsigned long at;

	for (at = fn->entry; at + CALL_INSN_SIZE <= fn->end; at++) {
		struct {
			u8 op;
			s32 distance;
		} __packed insn;

		if (copy_from_kernel_nofault(&insn, (void *)at, sizeof(insn)))
			return false;
		if ((insn.op == CALL_INSN_OPCODE ||
		     insn.op == JMP32_INSN_OPCODE) &&
		    uvn_text_is_entry(callee, at + sizeof(insn) + insn.distance))
			return true;
	}
	return false;
}

/**
 * uvn_text_is_call - is there a call?
 * @addr: where
 *
 * Context: any.
 * Return: true if there is.
 */
bool uvn_text_is_call(unsigned long addr)
{
	u8 op;

	return !copy_from_kernel_nofault(&op, (void *)addr, sizeof(op)) &&
	       op == CALL_INSN_OPCODE;
}
