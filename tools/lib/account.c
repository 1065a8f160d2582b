// SPDX-License-Identifier: GPL-2.0
/*
 * Accounts of users, as far as the system knows them, and UIDs of its own.
 */
#include <errno.h>
#include <linux/uvn.h>
#include <pwd.h>

#include "cli/out.h"
#include "lib/account.h"

/**
 * user_is_none - does an errno of getpwnam() or getpwuid() say that there is none?
 * @error: the errno
 *
 * Any other says that nobody could tell.
 */
bool user_is_none(int error)
{
	return !error || error == ENOENT || error == ESRCH || error == EBADF ||
	       error == EPERM;
}

/**
 * user_name - name of the user of a UID, or null
 * @uid: the UID
 */
json_t *user_name(uint32_t uid)
{
	struct passwd *pw = getpwuid(uid);

	return pw ? out_string(pw->pw_name) : json_null();
}

const struct uids system_uids[N_SYSTEM_UIDS] = {
	{ 0, UVN_SYSTEM_UID_LAST },
	{ UVN_DYNAMIC_UID_FIRST, UVN_DYNAMIC_UID_LAST },
	{ UVN_NOBODY_UID, UVN_NOBODY_UID },
};

/**
 * is_system_uid - is a UID the system's unless a range holds it?
 * @uid: the UID
 */
bool is_system_uid(uint32_t uid)
{
	size_t i;

	for (i = 0; i < N_SYSTEM_UIDS; i++)
		if (uid >= system_uids[i].first && uid <= system_uids[i].last)
			return true;
	return false;
}
