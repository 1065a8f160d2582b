// SPDX-License-Identifier: GPL-2.0
/*
 * Questions to the kernel by netlink, other than to the module.
 */
#include <netlink/netlink.h>
#include <string.h>

#include <linux/netlink.h>

#include "uvnadm.h"

/* How often a dump is repeated that changes interrupt. */
#define ASK_TRIES	20

/**
 * struct answer - what the kernel says to one question
 * @found: gets each message; may be NULL
 * @arg: passed to it
 * @error: errno of the kernel, positive; 0 if it did not refuse
 * @done: the acknowledgment or the end of the dump has come
 */
struct answer {
	void (*found)(struct nlmsghdr *nlh, void *arg);
	void *arg;
	int error;
	bool done;
};

static int on_error(struct sockaddr_nl *addr, struct nlmsgerr *err, void *arg)
{
	struct answer *a = arg;

	(void)addr;
	a->done = true;
	a->error = -err->error;
	return NL_STOP;
}

/* The end of a dump has its error, if any, as an int. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct answer *a = arg;
	int err = 0;

	if (nlmsg_datalen(nlh) >= (int)sizeof(err))
		memcpy(&err, nlmsg_data(nlh), sizeof(err));
	a->done = true;
	a->error = -err;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct answer *a = arg;

	(void)msg;
	a->done = true;
	return NL_STOP;
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct answer *a = arg;

	if (a->found)
		a->found(nlmsg_hdr(msg), a->arg);
	return NL_OK;
}

/**
 * ask_open - open a socket to ask by
 * @protocol: NETLINK_*
 * @err: set to a negative libnl error, or 0
 *
 * Return: the socket, or NULL.
 */
struct nl_sock *ask_open(int protocol, int *err)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (!sock)
		die_oom();
	*err = nl_connect(sock, protocol);
	if (!*err)
		return sock;
	nl_socket_free(sock);
	return NULL;
}

/**
 * ask - ask, and take the answer
 * @sock: socket of ask_open()
 * @msg: the question
 * @found: gets each message of the answer; may be NULL
 * @arg: passed to it
 *
 * Return: 0, a positive errno of the kernel, or a negative libnl error.
 */
int ask(struct nl_sock *sock, struct nl_msg *msg,
	void (*found)(struct nlmsghdr *nlh, void *arg), void *arg)
{
	struct answer a = { .found = found, .arg = arg };
	struct nl_cb *cb;
	int err;

	cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!cb)
		die_oom();
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &a);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, &a);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &a);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_message, &a);

	err = nl_send_auto(sock, msg);
	while (err >= 0 && !a.done)
		err = nl_recvmsgs(sock, cb);
	nl_cb_put(cb);
	/* The library takes a refusal for a failure of its own. */
	return a.done ? a.error : err;
}

/* In a socket of its own: what an interrupted dump leaves is gone with it. */
static int dump_once(int type, const void *hdr, size_t len,
		     void (*found)(struct nlmsghdr *nlh, void *arg), void *arg)
{
	struct nl_sock *sock;
	struct nl_msg *msg;
	int err;

	sock = ask_open(NETLINK_ROUTE, &err);
	if (!sock)
		return err;
	nl_socket_enable_msg_peek(sock);
	msg = nlmsg_alloc_simple(type, NLM_F_DUMP);
	if (!msg || nlmsg_append(msg, (void *)hdr, len, NLMSG_ALIGNTO))
		die_oom();
	err = ask(sock, msg, found, arg);
	nlmsg_free(msg);
	nl_socket_free(sock);
	return err;
}

/**
 * ask_rtnetlink - have rtnetlink list something
 * @type: RTM_GET*
 * @hdr: the header of that type
 * @len: its length
 * @found: gets each message
 * @again: forgets those so far, as the dump has to be repeated
 * @arg: passed to both
 *
 * Return: 0, a positive errno of the kernel, or a negative libnl error.
 */
int ask_rtnetlink(int type, const void *hdr, size_t len,
		  void (*found)(struct nlmsghdr *nlh, void *arg),
		  void (*again)(void *arg), void *arg)
{
	int tries = 0, err;

	while ((err = dump_once(type, hdr, len, found, arg)) == -NLE_DUMP_INTR &&
	       ++tries < ASK_TRIES)
		again(arg);
	return err;
}
