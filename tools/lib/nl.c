// SPDX-License-Identifier: GPL-2.0
/*
 * Talking to the module: the one place that sends and receives.
 */
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/uvn.h>

#include "uvnadm.h"

/* How often a dump is repeated that changes interrupt. */
#define NL_TRIES	20

/* A message without fill(), or with an attribute or two. */
#define NL_ROOM		256

/**
 * struct exchange - one request under way
 * @req: the request
 * @why: where to say why it failed
 * @error: errno of the module, positive; 0 if it did not refuse
 * @done: the acknowledgment or the end of the dump has come
 */
struct exchange {
	const struct uvn_request *req;
	struct uvn_failure *why;
	int error;
	bool done;
};

static struct nl_sock *sock;
static int family;

/**
 * uvn_failed - say why something failed
 * @why: set to it
 * @error: errno; 0 if there is none
 * @fmt: one line, without a newline
 *
 * Return: false.
 */
bool uvn_failed(struct uvn_failure *why, int error, const char *fmt, ...)
{
	va_list ap;

	memset(why, 0, sizeof(*why));
	why->error = error;
	va_start(ap, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return false;
}

static bool uvn_open(struct uvn_failure *why)
{
	int one = 1, fd, err;

	if (sock)
		return true;

	sock = nl_socket_alloc();
	if (!sock)
		die_oom();

	err = genl_connect(sock);
	if (err) {
		uvn_failed(why, 0, "%s", nl_geterror(err));
		goto err_close;
	}

	/* Without these two, errors are still errors, only with less to say. */
	fd = nl_socket_get_fd(sock);
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));

	family = genl_ctrl_resolve(sock, UVN_FAMILY_NAME);
	if (family < 0) {
		if (family == -NLE_OBJ_NOTFOUND)
			uvn_failed(why, ENOENT,
				   "the uvn module is not loaded (modprobe uvn)");
		else
			uvn_failed(why, 0, "%s", nl_geterror(family));
		why->absent = family == -NLE_OBJ_NOTFOUND;
		goto err_close;
	}
	return true;

err_close:
	uvn_close();
	return false;
}

/**
 * uvn_family - number of the module's family
 * @why: set if it fails
 *
 * Return: the number, or -1.
 */
int uvn_family(struct uvn_failure *why)
{
	return uvn_open(why) ? family : -1;
}

/**
 * uvn_group - number of a multicast group
 * @owner: name of its family
 * @name: of the group
 * @why: set if it fails
 *
 * Return: the number, or -1.
 */
int uvn_group(const char *owner, const char *name, struct uvn_failure *why)
{
	int group;

	if (!uvn_open(why))
		return -1;
	group = genl_ctrl_resolve_grp(sock, owner, name);
	if (group >= 0)
		return group;
	uvn_failed(why, 0, "%s", nl_geterror(group));
	return -1;
}

/**
 * uvn_close - close the connection to the module, if there is one
 */
void uvn_close(void)
{
	nl_socket_free(sock);
	sock = NULL;
}

/* Take what the kernel says about an error besides its number. */
static void read_extack(struct uvn_failure *why, struct nlattr *head, int len)
{
	struct nlattr *attr;
	int left;

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
	struct exchange *s = arg;

	(void)addr;
	s->done = true;
	s->error = -err->error;
	/* Capped: the request, which may be large, is not quoted before them. */
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS && nlh->nlmsg_flags & NLM_F_CAPPED)
		read_extack(s->why, (struct nlattr *)((char *)err + skip),
			    nlmsg_datalen(nlh) - skip);
	return NL_STOP;
}

/* The end of a dump has its error, if any, as an int before the attributes. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	int skip = NLMSG_ALIGN(sizeof(int));
	struct exchange *s = arg;
	int err = 0;

	s->done = true;
	if (nlmsg_datalen(nlh) >= (int)sizeof(err))
		memcpy(&err, nlmsg_data(nlh), sizeof(err));
	if (err < 0) {
		s->error = -err;
		if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
			read_extack(s->why, (struct nlattr *)((char *)nlmsg_data(nlh) + skip),
				    nlmsg_datalen(nlh) - skip);
	}
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct exchange *s = arg;

	(void)msg;
	s->done = true;
	return NL_STOP;
}

static int on_reply(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct exchange *s = arg;
	struct genlmsghdr *hdr;

	if (nlh->nlmsg_type != family || !genlmsg_valid_hdr(nlh, 0))
		return NL_SKIP;
	hdr = genlmsg_hdr(nlh);
	if (s->req->reply)
		s->req->reply(genlmsg_attrdata(hdr, 0), genlmsg_attrlen(hdr, 0),
			      s->req->arg);
	return NL_OK;
}

static int send_request(struct exchange *s)
{
	const struct uvn_request *req = s->req;
	size_t room = req->room ? req->room : NL_ROOM;
	struct nl_msg *msg;
	int err = 0, size;

	msg = nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + room);
	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0,
				 req->dump ? NLM_F_DUMP : NLM_F_ACK, req->cmd,
				 UVN_FAMILY_VERSION))
		die_oom();

	if (req->fill)
		err = req->fill(msg, req->arg);
	if (err < 0)
		goto out;

	/*
	 * A message has to fit the send buffer as a whole. Large ones configure:
	 * who may not exceed the limit of the buffer, may not do that either.
	 */
	size = nlmsg_hdr(msg)->nlmsg_len;
	if (size > NL_ROOM && setsockopt(nl_socket_get_fd(sock), SOL_SOCKET,
					 SO_SNDBUFFORCE, &size, sizeof(size))) {
		s->error = errno;
		s->done = true;
		goto out;
	}
	err = nl_send_auto(sock, msg);
out:
	nlmsg_free(msg);
	return err < 0 ? err : 0;
}

static int run_once(struct exchange *s)
{
	struct nl_cb *cb;
	int err;

	cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!cb)
		die_oom();
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, s);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, s);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, s);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_reply, s);

	s->done = false;
	s->error = 0;
	err = send_request(s);
	while (err >= 0 && !s->done)
		err = nl_recvmsgs(sock, cb);
	nl_cb_put(cb);
	return err;
}

/**
 * uvn_run - send a request and take the replies
 * @req: request
 * @why: set if it fails
 *
 * Return: true if the module did what was asked.
 */
bool uvn_run(const struct uvn_request *req, struct uvn_failure *why)
{
	struct exchange s = { .req = req, .why = why };
	int err, tries = 0;

	memset(why, 0, sizeof(*why));
	if (!uvn_open(why))
		return false;

	while ((err = run_once(&s)) == -NLE_DUMP_INTR && ++tries < NL_TRIES)
		if (req->again)
			req->again(req->arg);

	why->error = s.error;
	if (s.error && !*why->text) {
		switch (s.error) {
		case EPERM:
			return uvn_failed(why, s.error,
				"needs CAP_NET_ADMIN in the initial user namespace");
		case EOPNOTSUPP:
			return uvn_failed(why, s.error,
				"the loaded uvn module does not know this command");
		}
		return uvn_failed(why, s.error, "%s", strerror(s.error));
	}
	if (!s.error && err < 0)
		return uvn_failed(why, 0, "%s", err == -NLE_DUMP_INTR ?
				  "the answer kept changing while it was read" :
				  nl_geterror(err));
	return !s.error;
}

/**
 * uvn_do - uvn_run() that reports the failure
 * @req: request
 *
 * Return: exit status.
 */
int uvn_do(const struct uvn_request *req)
{
	struct uvn_failure why;

	return uvn_run(req, &why) ? EXIT_OK : fail_why(&why);
}
