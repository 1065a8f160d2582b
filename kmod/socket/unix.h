/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Abstract Unix sockets.
 */
#ifndef _UVN_UNIX_H
#define _UVN_UNIX_H

struct sock;

int uvn_unix_may_reach(const struct sock *sk, const struct sock *other);

#endif /* _UVN_UNIX_H */
