// SPDX-License-Identifier: GPL-2.0
/*
 * free_uid() for kernels that have it but do not export it. It cannot be written anew:
 * the last reference is given up under a lock of kernel/user.c.
 */
#include <linux/static_call.h>
#include <linux/sched/user.h>

#include "compat/text.h"

static void uvn_free_uid_unknown(struct user_struct *account)
{
	WARN_ON_ONCE(1);
}

DEFINE_STATIC_CALL(uvn_free_uid_found, uvn_free_uid_unknown);

/**
 * uvn_free_uid_find - look where free_uid() is
 *
 * Context: may sleep; before anybody calls uvn_free_uid().
 * Return: 0 or a negative errno.
 */
int uvn_free_uid_find(void)
{
	struct uvn_text fn = { .name = "free_uid" };
	int err;

	err = uvn_text_find(&fn, 1);
	if (err)
		return err;
	if (!fn.place)
		return -ENOENT;
	static_call_update(uvn_free_uid_found, (void *)fn.entry);
	return 0;
}

/**
 * uvn_free_uid - give up a reference to a user's account
 * @account: the account
 *
 * Context: any.
 */
void uvn_free_uid(struct user_struct *account)
{
	static_call(uvn_free_uid_found)(account);
}
