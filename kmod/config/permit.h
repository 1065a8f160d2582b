/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Families and protocols that users get.
 */
#ifndef _UVN_PERMIT_H
#define _UVN_PERMIT_H

#include <linux/types.h>

struct sock;
struct uvn_config;

void uvn_permit_default(unsigned long *families, unsigned long *protocols);
bool uvn_permit_family(const struct uvn_config *cfg, int family);
bool uvn_permit_number(const struct uvn_config *cfg, int protocol);
bool uvn_permit_netlink(const struct sock *sk);
bool uvn_permit_protocol(const struct uvn_config *cfg, const struct sock *sk,
			 int type, int protocol);

#endif /* _UVN_PERMIT_H */
