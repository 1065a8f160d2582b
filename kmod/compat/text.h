/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's text.
 */
#ifndef _UVN_TEXT_H
#define _UVN_TEXT_H

#include <linux/types.h>

/**
 * struct uvn_text - a function of the kernel's
 * @name: its name
 * @place: where kprobes and ftrace come in, behind any ENDBR; 0 if there is no such
 *	function
 * @entry: where it begins
 * @end: behind it
 */
struct uvn_text {
	const char *name;
	unsigned long place;
	unsigned long entry;
	unsigned long end;
};

int uvn_text_find(struct uvn_text *fns, unsigned int n);
bool uvn_text_calls(const struct uvn_text *fn, const struct uvn_text *callee);
bool uvn_text_is_call(unsigned long addr);

#endif /* _UVN_TEXT_H */
