/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose UIDs may be, and which are system where no range holds them.
 */
#ifndef _UVN_SYSTEM_UID_H
#define _UVN_SYSTEM_UID_H

#include <linux/types.h>

/* Whose a UID is. */
enum uvn_identity {
	UVN_IDENTITY_SYSTEM,
	UVN_IDENTITY_USER,
	UVN_IDENTITY_NOBODY,
};

bool uvn_system_uid_next(u32 uid, u32 *next);
bool uvn_system_uid_is(u32 uid);

#endif /* _UVN_SYSTEM_UID_H */
