/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A user's socket stays bound.
 */
#ifndef _UVN_BIND_H
#define _UVN_BIND_H

#include <linux/sockptr.h>
#include <linux/types.h>

struct ip_mreqn;
struct sock;
struct sockaddr;

bool uvn_bind_is_users(const struct sock *sk);
int uvn_bind_may_bind(struct sock *sk, const struct sockaddr *addr, int len);
int uvn_bind_may_listen(struct sock *sk);
int uvn_bind_may_connect(struct sock *sk, struct sockaddr *addr, int len);
int uvn_bind_may_autobind(struct sock *sk);
int uvn_bind_may_join(struct sock *sk, int *ifindex, __be32 addr);
void uvn_bind_joined(struct sock *sk, int *ifindex);
int uvn_bind_may_set(struct sock *sk, int level, int optname);
int uvn_bind_casts_by(struct sock *sk, int level, int optname,
		      sockptr_t *optval, unsigned int *optlen,
		      struct ip_mreqn *by, int *named);
void uvn_bind_casts(struct sock *sk, int named);
bool uvn_bind_disconnect(struct sock *sk);

#endif /* _UVN_BIND_H */
