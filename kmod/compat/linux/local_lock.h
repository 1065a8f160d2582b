/* SPDX-License-Identifier: GPL-2.0 */
/* local_lock_nested_bh() came with 6.11. Before, bottom halves that are off exclude
 * everybody else on the CPU, with PREEMPT_RT too.
 */
#ifndef _UVN_COMPAT_LINUX_LOCAL_LOCK_H
#define _UVN_COMPAT_LINUX_LOCAL_LOCK_H

#include_next <linux/local_lock.h>

#ifndef local_lock_nested_bh
#define local_lock_nested_bh(lock) ((void)(lock))
#define local_unlock_nested_bh(lock) ((void)(lock))
#endif

#endif
