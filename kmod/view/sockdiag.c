// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of sock_diag(7), as users see them: without users' VRFs and, if so configured,
 * without others' sockets.
 *
 * Whose a socket is a message does not say. But whichever module of the kernel's makes
 * one has the socket's cookie written into it, and there is the socket. So one that is
 * not to be seen gets a cookie there that no socket has, and its message is taken out
 * when the whole is about to be queued.
 */
#include <linux/inet_diag.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/netlink_diag.h>
#include <linux/packet_diag.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/unix_diag.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "core/netns.h"
#include "socket/sock.h"
#include "view/message.h"
#include "view/sockdiag.h"
#include "view/sockets.h"
#include "view/view.h"

/**
 * struct uvn_sockdiag_kind - where messages of a family have the cookie
 * @len: bytes of their header, which begins with the family; 0 if that is not known
 * @cookie: offset of the cookie in it
 */
struct uvn_sockdiag_kind {
	u8 len;
	u8 cookie;
};

#define UVN_SOCKDIAG_KIND(type, member) \
	{ .len = sizeof(type), .cookie = offsetof(type, member) }

static const struct uvn_sockdiag_kind uvn_sockdiag_kinds[] = {
	[AF_UNIX] = UVN_SOCKDIAG_KIND(struct unix_diag_msg, udiag_cookie),
	[AF_INET] = UVN_SOCKDIAG_KIND(struct inet_diag_msg, id.idiag_cookie),
	[AF_INET6] = UVN_SOCKDIAG_KIND(struct inet_diag_msg, id.idiag_cookie),
	[AF_NETLINK] = UVN_SOCKDIAG_KIND(struct netlink_diag_msg, ndiag_cookie),
	[AF_PACKET] = UVN_SOCKDIAG_KIND(struct packet_diag_msg, pdiag_cookie),
};

/**
 * uvn_sockdiag_mark - have a message not be seen
 * @cookie: where the socket's cookie stands in it
 *
 * These are counted from 1 on, and in requests this is none.
 *
 * Context: any.
 */
void uvn_sockdiag_mark(u32 *cookie)
{
	cookie[0] = INET_DIAG_NOCOOKIE;
	cookie[1] = INET_DIAG_NOCOOKIE;
}

static u8 uvn_sockdiag_family(const struct nlmsghdr *nlh)
{
	return nlmsg_len(nlh) > 0 ? *(u8 *)nlmsg_data(nlh) : AF_UNSPEC;
}

/* A message of an unknown kind is about a socket that nobody has judged. */
static bool uvn_sockdiag_is_hidden(const struct net *net, const struct nlmsghdr *nlh)
{
	const struct uvn_sockdiag_kind *kind = NULL;
	u8 family = uvn_sockdiag_family(nlh);
	const u32 *cookie;

	if (nlh->nlmsg_type < NLMSG_MIN_TYPE)
		return false;
	if (family < ARRAY_SIZE(uvn_sockdiag_kinds))
		kind = &uvn_sockdiag_kinds[family];
	if (!kind || !kind->len || nlmsg_len(nlh) < kind->len)
		return uvn_sockets_are_own(net);
	cookie = nlmsg_data(nlh) + kind->cookie;
	return cookie[0] == INET_DIAG_NOCOOKIE && cookie[1] == INET_DIAG_NOCOOKIE;
}

/* The device that a message names, or NULL. */
static u32 *uvn_sockdiag_device(const struct nlmsghdr *nlh)
{
	struct inet_diag_msg *msg = nlmsg_data(nlh);

	if (nlh->nlmsg_type < NLMSG_MIN_TYPE ||
	    !uvn_is_inet(uvn_sockdiag_family(nlh)) ||
	    nlmsg_len(nlh) < (int)sizeof(*msg))
		return NULL;
	return &msg->id.idiag_if;
}

/* Is it one of users' devices, or one that has gone, as those do when uvn is disabled? */
static bool uvn_sockdiag_hides(const struct net *net, int ifindex)
{
	const struct net_device *dev;
	bool hides;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(uvn_netns(net)->net, ifindex);
	hides = !dev || uvn_view_hides(dev);
	rcu_read_unlock();
	return hides;
}

/* A socket in a user's network is one without a device, as far as users know. */
static void uvn_sockdiag_cover(const struct net *net, struct sk_buff *skb)
{
	struct nlmsghdr *nlh;
	int rem = skb->len;

	nlmsg_for_each_msg(nlh, (struct nlmsghdr *)skb->data, skb->len, rem) {
		u32 *ifindex = uvn_sockdiag_device(nlh);

		if (ifindex && uvn_sockdiag_hides(net, *ifindex))
			*ifindex = 0;
	}
}

/**
 * uvn_sockdiag_answers - may the current task be told of a single socket?
 * @sk: who tells, the kernel's socket
 * @skb: the answer, made so that it may be
 *
 * Context: task context.
 */
bool uvn_sockdiag_answers(const struct sock *sk, struct sk_buff *skb)
{
	const struct nlmsghdr *nlh = (struct nlmsghdr *)skb->data;
	const struct net *net = sock_net(sk);

	if (!nlmsg_ok(nlh, skb->len))
		return true;
	if (uvn_sockdiag_is_hidden(net, nlh))
		return false;
	if (uvn_view_is_users(net))
		uvn_sockdiag_cover(net, skb);
	return true;
}

/**
 * uvn_sockdiag_dumps - take out of a part of a dump what the current task does not see
 * @sk: whose it is going to be
 * @skb: the part
 *
 * A datagram without a message would be the end to programs, and without a datagram
 * nobody would read on. So if nothing is left there is a message that says nothing; it is
 * from nobody, since some programs look at that before they look at what it is.
 *
 * Context: task context.
 */
void uvn_sockdiag_dumps(const struct sock *sk, struct sk_buff *skb)
{
	const struct nlmsghdr *nlh = (struct nlmsghdr *)skb->data;
	const struct net *net = sock_net(sk);
	u32 seq;

	if (!nlmsg_ok(nlh, skb->len))
		return;
	seq = nlh->nlmsg_seq;
	if (uvn_view_is_users(net))
		uvn_sockdiag_cover(net, skb);
	if (uvn_message_thin(skb, 0, uvn_sockdiag_is_hidden))
		nlmsg_put(skb, 0, seq, NLMSG_NOOP, 0, NLM_F_MULTI);
}

/* With contents of its own: others hear it as it is. */
static struct sk_buff *uvn_sockdiag_covered(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff *copy = skb_copy(skb, GFP_ATOMIC);

	consume_skb(skb);
	if (!copy)
		return NULL;
	uvn_sockdiag_cover(sock_net(sk), copy);
	skb_set_owner_r(copy, sk);
	return copy;
}

/**
 * uvn_sockdiag_tells - the event that a socket has gone, as a listener hears it
 * @sk: the listener
 * @skb: the event; consumed unless it is returned
 *
 * Context: any.
 * Return: the event, or NULL if it is not heard.
 */
struct sk_buff *uvn_sockdiag_tells(struct sock *sk, struct sk_buff *skb)
{
	const struct nlmsghdr *nlh = (struct nlmsghdr *)skb->data;
	const u32 *ifindex = NULL;

	if (nlmsg_ok(nlh, skb->len))
		ifindex = uvn_sockdiag_device(nlh);
	if (!uvn_sockets_hears(sk, ifindex ? *ifindex : 0)) {
		consume_skb(skb);
		return NULL;
	}
	return ifindex && uvn_view_is_users_socket(sk) &&
	       uvn_sockdiag_hides(sock_net(sk), *ifindex) ?
	       uvn_sockdiag_covered(sk, skb) : skb;
}
