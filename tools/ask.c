// SPDX-License-Identifier: GPL-2.0
/*
 * Asking the kernel by netlink what is none of the module's: sock_diag(7),
 * rtnetlink(7).
 */
#include <netlink/netlink.h>
#include <string.h>

#include <linux/netlink.h>

#include "uvnadm.h"

/**
 * struct answer - what the kernel says to one request
 * @got: gets each message
 * @arg: passed to it
 * @error: errno of the kernel, positive; 0 if it did not refuse
 * @done: the acknowledgment or the end of the dump has come
 */
struct answer {
	void (*got)(struct nlmsghdr *nlh, void *arg);
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

	if (a->got)
		a->got(nlmsg_hdr(msg), a->arg);
	return NL_OK;
}

/**
 * ask_open - a socket to ask by
 * @protocol: NETLINK_*
 * @err: set to 0, or a negative libnl error
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
 * ask - send a request and take the answer
 * @sock: from ask_open()
 * @msg: the request, with NLM_F_ACK or NLM_F_DUMP; freed
 * @got: gets each message; may be NULL
 * @arg: passed to it
 * @error: set to the kernel's errno, positive, or 0
 *
 * Return: 0, or a negative libnl error if there was no answer.
 */
int ask(struct nl_sock *sock, struct nl_msg *msg,
	void (*got)(struct nlmsghdr *nlh, void *arg), void *arg, int *error)
{
	struct answer a = { .got = got, .arg = arg };
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
	nlmsg_free(msg);
	while (err >= 0 && !a.done)
		err = nl_recvmsgs(sock, cb);
	nl_cb_put(cb);
	*error = a.error;
	/* The library takes a refusal for a failure of its own. */
	return a.done ? 0 : err;
}
