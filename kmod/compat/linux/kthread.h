/* SPDX-License-Identifier: GPL-2.0 */
/* Since 6.14 kthread_create_worker() leaves the thread stopped. */
#ifndef _UVN_COMPAT_LINUX_KTHREAD_H
#define _UVN_COMPAT_LINUX_KTHREAD_H

#include <linux/version.h>
#include_next <linux/kthread.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define kthread_run_worker kthread_create_worker
#endif

#endif
