// SPDX-License-Identifier: GPL-2.0
/*
 * UIDs that are system where no range holds them.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/uvn.h>

#include "config/system-uid.h"

/* The distributions' static and dynamic system users, those that systemd gives
 * to services with DynamicUser=, and nobody.
 */
static const struct {
	u32 first;
	u32 last;
} uvn_system_uids[] = {
	{ 0, UVN_SYSTEM_UID_LAST },
	{ UVN_DYNAMIC_UID_FIRST, UVN_DYNAMIC_UID_LAST },
	{ UVN_NOBODY_UID, UVN_NOBODY_UID },
};

/**
 * uvn_system_uid_next - the next UID that is system where no range
 *	holds it
 * @uid: UID in the initial user namespace, with which to begin
 * @next: set to it
 *
 * Return: true if there is one.
 */
bool uvn_system_uid_next(u32 uid, u32 *next)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(uvn_system_uids); i++) {
		if (uid > uvn_system_uids[i].last)
			continue;
		*next = max(uid, uvn_system_uids[i].first);
		return true;
	}
	return false;
}

/**
 * uvn_system_uid_is - is a UID system where no range holds it?
 * @uid: UID in the initial user namespace
 */
bool uvn_system_uid_is(u32 uid)
{
	u32 next;

	return uvn_system_uid_next(uid, &next) && next == uid;
}
