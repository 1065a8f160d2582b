/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages of sock_diag(7).
 */
#ifndef _UVN_SOCKDIAG_H
#define _UVN_SOCKDIAG_H

#include <linux/types.h>

struct sk_buff;
struct sock;

void uvn_sockdiag_mark(u32 *cookie);
bool uvn_sockdiag_answers(const struct sock *sk, struct sk_buff *skb);
void uvn_sockdiag_dumps(const struct sock *sk, struct sk_buff *skb);
struct sk_buff *uvn_sockdiag_tells(struct sock *sk, struct sk_buff *skb);

#endif /* _UVN_SOCKDIAG_H */
