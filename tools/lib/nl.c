// SPDX-License-Identifier: GPL-2.0
/*
 * Talking to the module.
 */
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/uvn.h>

#include "cli/fail.h"
#include "cli/out.h"
#include "lib/ask.h"
#include "lib/failure.h"
#include "lib/nl.h"

/* A message without fill(), or with an attribute or two. */
#define NL_ROOM		256

static struct nl_sock *sock;
static int family;

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

static void on_reply(struct nlmsghdr *nlh, void *arg)
{
	const struct uvn_request *req = arg;
	struct genlmsghdr *hdr;

	if (!req->reply || nlh->nlmsg_type != family || !genlmsg_valid_hdr(nlh, 0))
		return;
	hdr = genlmsg_hdr(nlh);
	req->reply(genlmsg_attrdata(hdr, 0), genlmsg_attrlen(hdr, 0), req->arg);
}

static void on_again(void *arg)
{
	const struct uvn_request *req = arg;

	if (req->again)
		req->again(req->arg);
}

/* As ask() returns. */
static int run(const struct uvn_request *req, struct uvn_failure *why)
{
	size_t room = req->room ? req->room : NL_ROOM;
	struct question q = {
		.found = on_reply,
		.again = on_again,
		.arg = (void *)req,
		.why = why,
	};
	int err = 0, size;

	q.msg = nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + room);
	if (!q.msg || !genlmsg_put(q.msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0,
				   req->dump ? NLM_F_DUMP : NLM_F_ACK, req->cmd,
				   UVN_FAMILY_VERSION))
		die_oom();

	if (req->fill)
		err = req->fill(q.msg, req->arg);
	/*
	 * A message has to fit the send buffer as a whole. Large ones configure:
	 * who may not exceed the limit of the buffer, may not do that either.
	 */
	size = nlmsg_hdr(q.msg)->nlmsg_len;
	if (err >= 0 && size > NL_ROOM &&
	    setsockopt(nl_socket_get_fd(sock), SOL_SOCKET, SO_SNDBUFFORCE, &size,
		       sizeof(size)))
		err = errno;
	else if (err >= 0)
		err = ask(sock, &q);
	nlmsg_free(q.msg);
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
	int err;

	memset(why, 0, sizeof(*why));
	if (!uvn_open(why))
		return false;

	err = run(req, why);
	if (err < 0)
		return uvn_failed(why, 0, "%s", err == -NLE_DUMP_INTR ?
				  "the answer kept changing while it was read" :
				  nl_geterror(err));
	why->error = err;
	if (err && !*why->text) {
		switch (err) {
		case EPERM:
			return uvn_failed(why, err,
				"needs CAP_NET_ADMIN in the initial user namespace");
		case EOPNOTSUPP:
			return uvn_failed(why, err,
				"the loaded uvn module does not know this command");
		}
		return uvn_failed(why, err, "%s", strerror(err));
	}
	return !err;
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
