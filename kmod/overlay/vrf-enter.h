/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entering a user's VRF from another device.
 */
#ifndef _UVN_VRF_ENTER_H
#define _UVN_VRF_ENTER_H

#include <linux/compiler.h>
#include <linux/socket.h>
#include <linux/types.h>
#include <net/dst.h>
#include <net/ip6_fib.h>
#include <net/net_namespace.h>
#include <net/route.h>

struct sk_buff;
struct uvn_user;

/* The route into a VRF does not depend on any table: a change of one does not make it
 * stale, for which each socket would let go of it and take it again with every packet.
 */
static inline void uvn_vrf_enter_renew(struct net *net, struct dst_entry *dst, u8 family)
{
	struct rt6_info *rt6 = (struct rt6_info *)dst;
	struct rtable *rt = (struct rtable *)dst;

	if (family == AF_INET) {
		if (unlikely(READ_ONCE(rt->rt_genid) != rt_genid_ipv4(net)))
			WRITE_ONCE(rt->rt_genid, rt_genid_ipv4(net));
	} else if (unlikely(READ_ONCE(rt6->sernum) != rt_genid_ipv6(net))) {
		WRITE_ONCE(rt6->sernum, rt_genid_ipv6(net));
	}
}

bool uvn_vrf_enter(struct uvn_user *user, struct sk_buff *skb, u8 family);

#endif /* _UVN_VRF_ENTER_H */
