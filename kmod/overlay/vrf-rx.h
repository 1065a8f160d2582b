/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way into a user's VRF.
 */
#ifndef _UVN_VRF_RX_H
#define _UVN_VRF_RX_H

#include <linux/bits.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <net/ip.h>

struct dst_entry;
struct uvn_user;
struct uvn_vrf;

/**
 * struct uvn_user_vrf_rx - the way into a user's VRF
 * @dst: route of packets into it (IPv4, IPv6); RTNL
 */
struct uvn_user_vrf_rx {
	struct dst_entry __rcu *dst[2];
};

/* It came by a VRF: sockets that are bound to no device get it where the sysctls for
 * l3mdev say so.
 */
static inline void uvn_vrf_rx_mark(struct sk_buff *skb, u8 family)
{
	if (family == AF_INET)
		IPCB(skb)->flags |= IPSKB_L3SLAVE;
	else
		IP6CB(skb)->flags |= IP6SKB_L3SLAVE;
}

/* A flag beside the kernel's own, between PRE_ROUTING and LOCAL_IN. */
#define UVN_VRF_RX_LATER	BIT(15)

/* It has the destination still with which it came, and gets that of the user's socket
 * behind LOCAL_IN, so that netfilter sees what it would see without uvn.
 */
static inline void uvn_vrf_rx_set_later(struct sk_buff *skb, u8 family)
{
	if (family == AF_INET)
		IPCB(skb)->flags |= UVN_VRF_RX_LATER;
	else
		IP6CB(skb)->flags |= UVN_VRF_RX_LATER;
}

static inline bool uvn_vrf_rx_take_later(struct sk_buff *skb, u8 family)
{
	u16 *flags = family == AF_INET ? &IPCB(skb)->flags : &IP6CB(skb)->flags;

	if (likely(!(*flags & UVN_VRF_RX_LATER)))
		return false;
	*flags &= ~UVN_VRF_RX_LATER;
	return true;
}

int uvn_vrf_rx_open(struct uvn_user *user);
void uvn_vrf_rx_close(struct uvn_user *user);
void uvn_vrf_rx_receive(struct uvn_user *user, struct sk_buff *skb, u8 family,
			int iif);
bool uvn_vrf_rx_redirected(struct uvn_vrf *vrf, struct sk_buff *skb, u8 family);
bool uvn_vrf_rx_deliver(struct uvn_user *user, struct sk_buff *skb, u8 family);

#endif /* _UVN_VRF_RX_H */
