/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The address that a program learns of its own socket.
 */
#ifndef _UVN_SOCKNAME_H
#define _UVN_SOCKNAME_H

struct sock;
struct sockaddr;

void uvn_sockname_tell(const struct sock *sk, struct sockaddr *addr);

#endif /* _UVN_SOCKNAME_H */
