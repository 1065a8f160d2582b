/* SPDX-License-Identifier: GPL-2.0 */
/* ftrace_regs accessors as of 6.3, for kernels before. */
#ifndef _UVN_COMPAT_LINUX_FTRACE_H
#define _UVN_COMPAT_LINUX_FTRACE_H

#include <linux/version.h>
#include_next <linux/ftrace.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define ftrace_regs_set_instruction_pointer(fregs, ip) \
	ftrace_instruction_pointer_set(fregs, ip)
#define ftrace_regs_get_argument(fregs, n) \
	regs_get_kernel_argument(&(fregs)->regs, n)
#endif

#endif
