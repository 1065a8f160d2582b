/* SPDX-License-Identifier: GPL-2.0 */
/*
 * To which device users are told that a socket is bound.
 */
#ifndef _UVN_BOUND_H
#define _UVN_BOUND_H

#include <linux/sockptr.h>
#include <linux/types.h>

struct sock;

bool uvn_bound_is_hidden(const struct sock *sk, int level, int optname);
int uvn_bound_tell(const struct sock *sk, int optname, sockptr_t optval,
		   sockptr_t optlen);

#endif /* _UVN_BOUND_H */
