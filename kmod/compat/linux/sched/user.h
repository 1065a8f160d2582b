/* SPDX-License-Identifier: GPL-2.0 */
/* Some kernels do not export free_uid(); Kbuild looks whether this one does. */
#ifndef _UVN_COMPAT_LINUX_SCHED_USER_H
#define _UVN_COMPAT_LINUX_SCHED_USER_H

#include_next <linux/sched/user.h>

#ifdef UVN_NO_FREE_UID
int uvn_free_uid_find(void);
void uvn_free_uid(struct user_struct *account);
#define free_uid uvn_free_uid
#else
static inline int uvn_free_uid_find(void)
{
	return 0;
}
#endif

#endif
