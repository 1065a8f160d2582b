// SPDX-License-Identifier: GPL-2.0
/*
 * Questions to the kernel by netlink: the one place that sends them and takes the
 * answers.
 */
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <string.h>

#include <linux/netlink.h>

#include "cli/out.h"
#include "lib/ask.h"
#include "lib/failure.h"

/* How often a dump is repeated that changes interrupt. */
#define ASK_TRIES	20

/**
 * struct answer - what the kernel says to one question
 * @question: the question
 * @error: errno of the kernel, positive; 0 if it did not refuse
 * @done: the acknowledgment or the end of the dump has come
 */
struct answer {
	const struct question *question;
	int error;
	bool done;
};

/* Take what the kernel says about an error besides its number. */
static void read_extack(struct uvn_failure *why, struct nlattr *head, int len)
{
	struct nlattr *attr;
	int left;

	if (!why)
		return;
	nla_for_each_attr(attr, head, len, left) {
		if (nla_type(attr) == NLMSGERR_ATTR_MSG)
			snprintf(why->text, sizeof(why->text), "%.*s", nla_len(attr),
				 (const char *)nla_data(attr));
		else if (nla_type(attr) == NLMSGERR_ATTR_OFFS && nla_len(attr) == 4)
			why->offset = nla_get_u32(attr);
	}
}

static int on_error(struct sockaddr_nl *addr, struct nlmsgerr *err, void *arg)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)((char *)err - NLMSG_HDRLEN);
	int skip = NLMSG_ALIGN(sizeof(*err));
	struct answer *a = arg;

	(void)addr;
	a->done = true;
	a->error = -err->error;
	/* Capped: the request, which may be large, is not quoted before them. */
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS && nlh->nlmsg_flags & NLM_F_CAPPED)
		read_extack(a->question->why, (struct nlattr *)((char *)err + skip),
			    nlmsg_datalen(nlh) - skip);
	return NL_STOP;
}

/* The end of a dump has its error, if any, as an int before the attributes. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	int skip = NLMSG_ALIGN(sizeof(int));
	struct answer *a = arg;
	int err = 0;

	a->done = true;
	if (nlmsg_datalen(nlh) >= (int)sizeof(err))
		memcpy(&err, nlmsg_data(nlh), sizeof(err));
	if (err < 0) {
		a->error = -err;
		if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
			read_extack(a->question->why,
				    (struct nlattr *)((char *)nlmsg_data(nlh) + skip),
				    nlmsg_datalen(nlh) - skip);
	}
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
	const struct answer *a = arg;

	if (a->question->found)
		a->question->found(nlmsg_hdr(msg), a->question->arg);
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

static int ask_once(struct nl_sock *sock, const struct question *q)
{
	struct answer a = { .question = q };
	struct nl_cb *cb;
	int err;

	cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!cb)
		die_oom();
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &a);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, &a);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &a);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_message, &a);

	err = nl_send_auto(sock, q->msg);
	while (err >= 0 && !a.done)
		err = nl_recvmsgs(sock, cb);
	nl_cb_put(cb);
	/* The library takes a refusal for a failure of its own. */
	if (a.error)
		return a.error;
	return err < 0 ? err : 0;
}

/**
 * ask - ask, and take the answer
 * @sock: socket to ask by
 * @q: the question; one that is repeated gets another number
 *
 * Return: 0, a positive errno of the kernel, or a negative libnl error.
 */
int ask(struct nl_sock *sock, const struct question *q)
{
	int tries = 0, err;

	while ((err = ask_once(sock, q)) == -NLE_DUMP_INTR && q->again &&
	       ++tries < ASK_TRIES) {
		q->again(q->arg);
		nlmsg_hdr(q->msg)->nlmsg_seq = NL_AUTO_SEQ;
	}
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
 * Return: as of ask().
 */
int ask_rtnetlink(int type, const void *hdr, size_t len,
		  void (*found)(struct nlmsghdr *nlh, void *arg),
		  void (*again)(void *arg), void *arg)
{
	struct question q = { .found = found, .again = again, .arg = arg };
	struct nl_sock *sock;
	int err;

	sock = ask_open(NETLINK_ROUTE, &err);
	if (!sock)
		return err;
	nl_socket_enable_msg_peek(sock);
	q.msg = nlmsg_alloc_simple(type, NLM_F_DUMP);
	if (!q.msg || nlmsg_append(q.msg, (void *)hdr, len, NLMSG_ALIGNTO))
		die_oom();
	err = ask(sock, &q);
	nlmsg_free(q.msg);
	nl_socket_free(sock);
	return err;
}
