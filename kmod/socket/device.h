/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices that programs are told of, and that they name.
 */
#ifndef _UVN_DEVICE_H
#define _UVN_DEVICE_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/sockptr.h>
#include <linux/types.h>

struct in6_pktinfo;
struct msghdr;
struct request_sock;
struct sock;
struct sockaddr;

/* The ifindex that a program is told, which stands first in the control block of IP,
 * and in what is made of it for IP_PKTINFO.
 */
static inline int uvn_device_told(const struct sk_buff *skb)
{
	return *(const int *)skb->cb;
}

/* Does an option bind a socket to a device? */
static inline bool uvn_device_is_binding(int level, int optname)
{
	return level == SOL_SOCKET &&
	       (optname == SO_BINDTODEVICE || optname == SO_BINDTOIFINDEX);
}

/* Does it name one to send by, or an address that stands for one? */
static inline bool uvn_device_is_option(int level, int optname)
{
	if (level == SOL_IP)
		return optname == IP_UNICAST_IF || optname == IP_MULTICAST_IF;
	return level == SOL_IPV6 && (optname == IPV6_UNICAST_IF ||
				     optname == IPV6_MULTICAST_IF ||
				     optname == IPV6_PKTINFO);
}

void uvn_device_tell(const struct sock *sk, struct sk_buff *skb);
bool uvn_device_is_of_connection(const struct sock *sk, const struct sk_buff *skb,
				 const struct request_sock *req);
void uvn_device_of_connection(const struct sock *sk, const struct sk_buff *skb,
			      struct request_sock *req);
void uvn_device_of_accepted(struct sock *sk);
int uvn_device_named(const struct sock *sk, int ifindex);
void uvn_device_in_scope(struct sock *sk, struct sockaddr *addr, int len);
void uvn_device_in_messages(const struct sock *sk, struct msghdr *msg);
int uvn_device_of_message(const struct sock *sk, const struct msghdr *msg, int ifindex);
int uvn_device_in_option(const struct sock *sk, int level, int optname,
			 sockptr_t *optval, unsigned int optlen,
			 struct in6_pktinfo *value, int *named);
void uvn_device_keep(struct sock *sk, int level, int optname, int named);
int uvn_device_to_bind(const struct sock *sk, int level, int optname,
		       sockptr_t optval, unsigned int optlen);

#endif /* _UVN_DEVICE_H */
