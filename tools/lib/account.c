// SPDX-License-Identifier: GPL-2.0
/*
 * Accounts of users, as far as the system knows them.
 */
#include <errno.h>
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
