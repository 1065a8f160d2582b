/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Abstract Unix sockets.
 */
#ifndef _UVN_UNIX_H
#define _UVN_UNIX_H

#include <linux/types.h>

struct sock;

bool uvn_unix_is_refused(const struct sock *sk, const struct sock *other);
int uvn_unix_may_reach(const struct sock *sk, const struct sock *other);

#endif /* _UVN_UNIX_H */
