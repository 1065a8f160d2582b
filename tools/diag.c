// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's list of internet sockets, and destroying them: sock_diag(7).
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <string.h>

#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "uvnadm.h"

/* States that no header for programs has. */
#define DIAG_NEW_SYN_RECV	12
#define DIAG_BOUND_INACTIVE	13

/*
 * The first two are not sockets that anybody has. The third, of newer kernels,
 * is a TCP socket that only has a port, as a destroyed one does, too: if it is
 * a stray, the module does not let it listen.
 */
#define DIAG_STATES	(~(1U << TCP_TIME_WAIT | 1U << DIAG_NEW_SYN_RECV | \
			   1U << DIAG_BOUND_INACTIVE))

/**
 * struct answer - what the kernel says to one request
 * @protocol: IPPROTO_* that was asked for
 * @found: gets each socket
 * @arg: passed to it
 * @error: errno of the kernel, positive; 0 if it did not refuse
 * @done: the acknowledgment or the end of the dump has come
 */
struct answer {
	uint8_t protocol;
	void (*found)(const struct diag_sock *sk, void *arg);
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

static int on_socket(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct answer *a = arg;
	struct diag_sock sk = { .protocol = a->protocol };

	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    nlmsg_datalen(nlh) < (int)sizeof(sk.msg) || !a->found)
		return NL_SKIP;
	memcpy(&sk.msg, nlmsg_data(nlh), sizeof(sk.msg));
	a->found(&sk, a->arg);
	return NL_OK;
}

static struct nl_sock *diag_open(int *err)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (!sock)
		die_oom();
	*err = nl_connect(sock, NETLINK_SOCK_DIAG);
	if (!*err)
		return sock;
	nl_socket_free(sock);
	return NULL;
}

/* Ask, and take the answer. A negative libnl error if there is none. */
static int diag_ask(struct nl_sock *sock, int type, int flags,
		    struct inet_diag_req_v2 *req, struct answer *a)
{
	struct nl_cb *cb;
	int err;

	cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!cb)
		die_oom();
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, a);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, a);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, a);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_socket, a);

	err = nl_send_simple(sock, type, flags, req, sizeof(*req));
	while (err >= 0 && !a->done)
		err = nl_recvmsgs(sock, cb);
	nl_cb_put(cb);
	return err;
}

/**
 * diag_dump - list the sockets of TCP, UDP, UDP-Lite and raw IP
 * @found: gets each of them
 * @arg: passed to it
 * @why: set if it fails
 *
 * What the kernel cannot list is left out.
 *
 * Return: true unless that is all.
 */
bool diag_dump(void (*found)(const struct diag_sock *sk, void *arg), void *arg,
	       struct uvn_failure *why)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	static const uint8_t protocols[] = {
		IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE, IPPROTO_RAW,
	};
	struct nl_sock *sock;
	bool ok = false;
	size_t f, p;
	int err;

	sock = diag_open(&err);
	for (f = 0; sock && f < sizeof(families); f++) {
		for (p = 0; p < sizeof(protocols) && err >= 0; p++) {
			struct inet_diag_req_v2 req = {
				.sdiag_family = families[f],
				.sdiag_protocol = protocols[p],
				.idiag_states = DIAG_STATES,
			};
			struct answer a = {
				.protocol = protocols[p],
				.found = found,
				.arg = arg,
			};

			/* Where sdiag_raw_protocol is. */
			if (protocols[p] == IPPROTO_RAW)
				req.pad = IPPROTO_RAW;
			err = diag_ask(sock, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &req,
				       &a);
			ok |= err >= 0 && !a.error;
		}
	}
	nl_socket_free(sock);

	if (err < 0 || !ok)
		snprintf(why->text, sizeof(why->text), "cannot list sockets: %s",
			 err < 0 ? nl_geterror(err) : "the kernel has no inet_diag");
	return err >= 0 && ok;
}

/**
 * diag_destroy - destroy a socket, as far as its program has no say
 * @sk: socket
 *
 * Return: 0 or a negative errno; -ENOENT if it is not found.
 */
int diag_destroy(const struct diag_sock *sk)
{
	struct inet_diag_req_v2 req = {
		.sdiag_family = sk->msg.idiag_family,
		.sdiag_protocol = sk->protocol,
		.idiag_states = DIAG_STATES,
		.id = sk->msg.id,
	};
	struct answer a = {};
	struct nl_sock *sock;
	int err;

	/*
	 * Of raw sockets the kernel destroys the first with such addresses, not
	 * looking at the cookie: it may be a daemon's.
	 */
	if (sk->protocol == IPPROTO_RAW)
		return -ENOENT;

	sock = diag_open(&err);
	if (sock)
		err = diag_ask(sock, SOCK_DESTROY, NLM_F_ACK, &req, &a);
	nl_socket_free(sock);
	return err < 0 ? -EIO : -a.error;
}
