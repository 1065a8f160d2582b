// SPDX-License-Identifier: GPL-2.0
/*
 * Listening to the module's events.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <linux/sock_diag.h>
#include <linux/uvn.h>

#include "cli/out.h"
#include "lib/failure.h"
#include "lib/listen.h"
#include "lib/nl.h"

/* Room for what comes while nobody reads; some thousand events. */
#define LISTEN_ROOM	1048576

/* That a family is gone says the kernel's own family. */
static void on_family(struct event_listener *l, struct nlmsghdr *nlh)
{
	struct genlmsghdr *hdr = genlmsg_hdr(nlh);
	struct nlattr *name;

	name = nla_find(genlmsg_attrdata(hdr, 0), genlmsg_attrlen(hdr, 0),
			CTRL_ATTR_FAMILY_NAME);
	if (hdr->cmd == CTRL_CMD_DELFAMILY && name && !nla_strcmp(name, UVN_FAMILY_NAME))
		l->gone = true;
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct event_listener *l = arg;
	struct genlmsghdr *hdr;

	if (!genlmsg_valid_hdr(nlh, 0))
		return NL_SKIP;
	hdr = genlmsg_hdr(nlh);
	if (nlh->nlmsg_type == GENL_ID_CTRL)
		on_family(l, nlh);
	else if (nlh->nlmsg_type == l->family)
		l->event(hdr->cmd, genlmsg_attrdata(hdr, 0), genlmsg_attrlen(hdr, 0));
	return NL_OK;
}

static bool join(struct event_listener *l, struct uvn_failure *why)
{
	int size = LISTEN_ROOM, fd = nl_socket_get_fd(l->sock), group, err;

	/* Who may not exceed the limit gets as much as that allows. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));

	/* First this: else the module could go unnoticed. */
	group = uvn_group("nlctrl", "notify", why);
	if (group < 0)
		return false;
	err = nl_socket_add_membership(l->sock, group);
	if (err)
		return uvn_failed(why, 0, "%s", nl_geterror(err));

	l->family = uvn_family(why);
	group = l->family < 0 ? -1 : uvn_group(UVN_FAMILY_NAME, "events", why);
	if (group < 0)
		return false;
	err = nl_socket_add_membership(l->sock, group);
	if (err)
		return uvn_failed(why, err == -NLE_PERM ? EPERM : 0, "%s",
				  err == -NLE_PERM ?
				  "needs CAP_NET_ADMIN over the network namespace" :
				  nl_geterror(err));
	return true;
}

/**
 * listen_open - begin to listen
 * @l: listener with an event(); the rest is set
 * @why: set if it fails
 *
 * Return: true if every event from now on will come, or be counted as lost.
 */
bool listen_open(struct event_listener *l, struct uvn_failure *why)
{
	int err;

	l->gone = false;
	l->lost = 0;
	l->sock = nl_socket_alloc();
	if (!l->sock)
		die_oom();
	nl_socket_disable_seq_check(l->sock);
	nl_socket_modify_cb(l->sock, NL_CB_VALID, NL_CB_CUSTOM, on_event, l);
	err = genl_connect(l->sock);
	if (!err)
		err = nl_socket_set_nonblocking(l->sock);
	if (err)
		uvn_failed(why, 0, "%s", nl_geterror(err));
	if (!err && join(l, why))
		return true;
	listen_close(l);
	return false;
}

/**
 * listen_close - listen no more
 * @l: listener
 */
void listen_close(struct event_listener *l)
{
	nl_socket_free(l->sock);
	l->sock = NULL;
}

/**
 * listen_fd - what can be read when an event has come
 * @l: listener
 */
int listen_fd(const struct event_listener *l)
{
	return nl_socket_get_fd(l->sock);
}

/**
 * listen_take - take one message of those that have come
 * @l: listener
 * @why: set if it fails
 *
 * Return: true unless there will never be another.
 */
bool listen_take(struct event_listener *l, struct uvn_failure *why)
{
	int err = nl_recvmsgs_default(l->sock);

	/* That some were lost is an error, too (ENOBUFS); see listen_lost(). */
	if (err < 0 && err != -NLE_AGAIN && err != -NLE_NOMEM && err != -NLE_INTR)
		return uvn_failed(why, 0, "%s", nl_geterror(err));
	return true;
}

/**
 * listen_lost - how many events were lost since it was asked last
 * @l: listener
 */
uint32_t listen_lost(struct event_listener *l)
{
	uint32_t info[SK_MEMINFO_VARS] = {}, lost;
	socklen_t size = sizeof(info);

	if (getsockopt(listen_fd(l), SOL_SOCKET, SO_MEMINFO, info, &size))
		return 0;
	lost = info[SK_MEMINFO_DROPS] - l->lost;
	l->lost = info[SK_MEMINFO_DROPS];
	return lost;
}
