/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What users see of sockets.
 */
#ifndef _UVN_SOCKETS_H
#define _UVN_SOCKETS_H

#include <linux/types.h>

struct net;
struct sock;

bool uvn_sockets_are_own(const struct net *net);
bool uvn_sockets_hides(const struct sock *sk);
bool uvn_sockets_hears(const struct sock *sk, int ifindex);

#endif /* _UVN_SOCKETS_H */
