/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose network the current task uses.
 */
#ifndef _UVN_IDENTITY_H
#define _UVN_IDENTITY_H

#include <linux/types.h>

#include "config/system-uid.h"

struct uvn_config;

enum uvn_identity uvn_identity_of(const struct uvn_config *cfg, u32 *uid,
				  u32 *vni);
u32 uvn_identity_reason(const struct uvn_config *cfg, u32 uid);
enum uvn_identity uvn_identity(const struct uvn_config *cfg, u32 *uid,
			       u32 *vni);

#endif /* _UVN_IDENTITY_H */
