// SPDX-License-Identifier: GPL-2.0
/*
 * In-kernel netlink client: what programs ask the kernel for is asked for here
 * from the namespace's worker.
 *
 * The worker alone uses a client, one request at a time, and with the
 * credentials of a kernel thread. Requests are answered before sendmsg
 * returns, so nothing here waits for an answer.
 */
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "rtnl/client.h"

#define UVN_CLIENT_REPLY	512
/* As large as the kernel makes a part of a dump. */
#define UVN_CLIENT_DUMP		8192

/**
 * uvn_client_option - switch on a socket option of netlink
 * @client: the client
 * @option: NETLINK_*
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_client_option(struct uvn_client *client, int option)
{
	int one = 1;

	return client->sock->ops->setsockopt(client->sock, SOL_NETLINK, option,
					     KERNEL_SOCKPTR(&one), sizeof(one));
}

/**
 * uvn_client_open - open a client's socket
 * @client: the client
 * @net: namespace
 * @protocol: NETLINK_*
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_client_open(struct uvn_client *client, struct net *net, int protocol)
{
	int err;

	err = sock_create_kern(net, PF_NETLINK, SOCK_RAW, protocol,
			       &client->sock);
	if (err) {
		client->sock = NULL;
		return err;
	}
	err = uvn_client_option(client, NETLINK_EXT_ACK) ?:
	      uvn_client_option(client, NETLINK_CAP_ACK);
	if (err)
		uvn_client_close(client);
	return err;
}

/**
 * uvn_client_close - close a client's socket, if it is open
 * @client: the client
 */
void uvn_client_close(struct uvn_client *client)
{
	if (client->sock)
		sock_release(client->sock);
	client->sock = NULL;
}

/**
 * uvn_client_new - begin a request
 * @client: the client
 * @size: room for the whole of it in bytes
 * @type: of the message
 * @flags: NLM_F_*
 * @hdr: the header that messages of that type have
 * @len: its length in bytes
 *
 * Return: the message, to be continued and sent; NULL without memory.
 */
struct sk_buff *uvn_client_new(struct uvn_client *client, size_t size, int type,
			       int flags, const void *hdr, size_t len)
{
	struct sk_buff *skb = nlmsg_new(size, GFP_KERNEL);
	struct nlmsghdr *nlh;

	if (!skb)
		return NULL;
	nlh = nlmsg_put(skb, 0, ++client->seq, type, len,
			NLM_F_REQUEST | flags);
	memcpy(nlmsg_data(nlh), hdr, len);
	return skb;
}

static int uvn_client_send(struct uvn_client *client, struct sk_buff *skb)
{
	/* The address tells netlink that the sender is this socket and not
	 * some process, whose file it would look at.
	 */
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct msghdr msg = {
		.msg_name = &kernel,
		.msg_namelen = sizeof(kernel),
	};
	struct kvec vec;
	int err;

	nlmsg_end(skb, nlmsg_hdr(skb));
	vec.iov_base = skb->data;
	vec.iov_len = skb->len;
	err = kernel_sendmsg(client->sock, &msg, &vec, 1, skb->len);
	nlmsg_free(skb);
	return err < 0 ? err : 0;
}

/* The status in the answer to the last request; @fn is called for each object
 * of a dump, if not NULL, and ends it with another value than 0. An answer
 * without objects may be cut: only its head matters.
 */
static int uvn_client_answer(struct uvn_client *client, void *buf, size_t size,
			     uvn_client_fn *fn, void *arg)
{
	for (;;) {
		struct kvec vec = { .iov_base = buf, .iov_len = size };
		struct nlmsghdr *nlh = buf;
		struct msghdr msg = {};
		int len, err;

		len = kernel_recvmsg(client->sock, &msg, &vec, 1, size,
				     MSG_DONTWAIT);
		if (len < 0) /* no answer at all is no success */
			return len == -EAGAIN ? -EIO : len;
		if (fn && msg.msg_flags & MSG_TRUNC)
			return -EMSGSIZE;
		for (; nlmsg_ok(nlh, len); nlh = nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_seq != client->seq)
				continue;
			if (nlh->nlmsg_type == NLMSG_ERROR ||
			    nlh->nlmsg_type == NLMSG_DONE)
				return *(int *)nlmsg_data(nlh);
			err = fn ? fn(nlh, arg) : 0;
			if (err)
				return err;
		}
	}
}

/* Leftovers of a request whose answer could not be read to its end. */
static void uvn_client_drain(struct uvn_client *client)
{
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&client->sock->sk->sk_receive_queue)))
		kfree_skb(skb);
}

/**
 * uvn_client_request - send a request and take its acknowledgment
 * @client: the client
 * @skb: the request, with NLM_F_ACK; consumed
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_client_request(struct uvn_client *client, struct sk_buff *skb)
{
	u32 buf[UVN_CLIENT_REPLY / sizeof(u32)];
	int err;

	uvn_client_drain(client);
	err = uvn_client_send(client, skb);
	if (err)
		return err;
	return uvn_client_answer(client, buf, sizeof(buf), NULL, NULL);
}

/**
 * uvn_client_dump - send a request and look at each object of the answer
 * @client: the client
 * @skb: the request, with NLM_F_DUMP; consumed
 * @fn: called for each; ends it with another value than 0
 * @arg: given to @fn
 *
 * Context: the worker; @fn may not send requests by the same client.
 * Return: 0, what @fn returned, or another negative errno.
 */
int uvn_client_dump(struct uvn_client *client, struct sk_buff *skb,
		    uvn_client_fn *fn, void *arg)
{
	void *buf = kmalloc(UVN_CLIENT_DUMP, GFP_KERNEL);
	int err;

	if (!buf) {
		nlmsg_free(skb);
		return -ENOMEM;
	}
	uvn_client_drain(client);
	err = uvn_client_send(client, skb);
	if (!err)
		err = uvn_client_answer(client, buf, UVN_CLIENT_DUMP, fn, arg);
	kfree(buf);
	return err;
}
