/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ICMP errors about outer packets.
 */
#ifndef _UVN_ICMP_H
#define _UVN_ICMP_H

struct sk_buff;
struct sock;

int uvn_icmp_lookup(struct sock *sk, struct sk_buff *skb);
void uvn_icmp_rcv(struct sock *sk, struct sk_buff *skb);

#endif /* _UVN_ICMP_H */
