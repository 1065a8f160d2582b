/* SPDX-License-Identifier: GPL-2.0 */
/* udp_tunnel_xmit_skb() and udp_tunnel6_xmit_skb() have taken flags for IPCB()
 * since 6.17; the latter's addresses are const since 6.12. encap_err_rcv was
 * told less before 6.2. The functions below take a struct sock in 7.2; before,
 * it was the socket.
 */
#ifndef _UVN_COMPAT_NET_UDP_TUNNEL_H
#define _UVN_COMPAT_NET_UDP_TUNNEL_H

#include <linux/version.h>
#include_next <net/udp_tunnel.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define udp_tunnel_xmit_skb(rt, sk, skb, src, dst, tos, ttl, df, sport,	\
			    dport, xnet, nocheck, ipcb_flags)		\
	udp_tunnel_xmit_skb(rt, sk, skb, src, dst, tos, ttl, df, sport,	\
			    dport, xnet, nocheck)
#define udp_tunnel6_xmit_skb(dst, sk, skb, dev, saddr, daddr, tos, ttl,	\
			     label, sport, dport, nocheck, ip6cb_flags)	\
	udp_tunnel6_xmit_skb(dst, sk, skb, dev,				\
			     (struct in6_addr *)(saddr),		\
			     (struct in6_addr *)(daddr), tos, ttl,	\
			     label, sport, dport, nocheck)
#endif

/* Defines @name for .encap_err_rcv around @fn(sk, skb). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define UDP_TUNNEL_ERR_RCV(name, fn)					\
static void name(struct sock *sk, struct sk_buff *skb,			\
		 unsigned int udp_offset)				\
{									\
	fn(sk, skb);							\
}
#else
#define UDP_TUNNEL_ERR_RCV(name, fn)					\
static void name(struct sock *sk, struct sk_buff *skb, int err,		\
		 __be16 port, u32 info, u8 *payload)			\
{									\
	fn(sk, skb);							\
}
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
#define setup_udp_tunnel_sock(net, sk, cfg) \
	setup_udp_tunnel_sock(net, (sk)->sk_socket, cfg)
#define udp_tunnel_push_rx_port(dev, sk, type) \
	udp_tunnel_push_rx_port(dev, (sk)->sk_socket, type)
#define udp_tunnel_drop_rx_port(dev, sk, type) \
	udp_tunnel_drop_rx_port(dev, (sk)->sk_socket, type)
#define udp_tunnel_notify_add_rx_port(sk, type) \
	udp_tunnel_notify_add_rx_port((sk)->sk_socket, type)
#define udp_tunnel_notify_del_rx_port(sk, type) \
	udp_tunnel_notify_del_rx_port((sk)->sk_socket, type)
#define udp_tunnel_sock_release(sk) \
	udp_tunnel_sock_release((sk)->sk_socket)
#endif

#endif
