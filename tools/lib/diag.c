// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's list of internet sockets, and destroying them: sock_diag(7).
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <string.h>

#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "cli/out.h"
#include "lib/ask.h"
#include "lib/diag.h"
#include "lib/failure.h"

/* States that no header for programs has. */
#define DIAG_NEW_SYN_RECV	12
#define DIAG_BOUND_INACTIVE	13

/*
 * The first two are not sockets that anybody has. The third, of newer kernels,
 * is a TCP socket that only has a port, as a destroyed one does, too: if it is
 * a pre-enable socket, the module does not let it listen.
 */
#define DIAG_STATES	(~(1U << TCP_TIME_WAIT | 1U << DIAG_NEW_SYN_RECV | \
			   1U << DIAG_BOUND_INACTIVE))

/**
 * struct listing - a list of sockets that is read
 * @protocol: IPPROTO_* that was asked for
 * @found: gets each socket
 * @arg: passed to it
 */
struct listing {
	uint8_t protocol;
	void (*found)(const struct diag_sock *sk, void *arg);
	void *arg;
};

static void on_socket(struct nlmsghdr *nlh, void *arg)
{
	struct listing *l = arg;
	struct diag_sock sk = { .protocol = l->protocol };

	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    nlmsg_datalen(nlh) < (int)sizeof(sk.msg))
		return;
	memcpy(&sk.msg, nlmsg_data(nlh), sizeof(sk.msg));
	l->found(&sk, l->arg);
}

/* As ask() returns. */
static int diag_ask(struct nl_sock *sock, int type, int flags,
		    struct inet_diag_req_v2 *req, struct listing *l)
{
	struct question q = { .found = l ? on_socket : NULL, .arg = l };
	int err;

	q.msg = nlmsg_alloc_simple(type, flags);
	if (!q.msg || nlmsg_append(q.msg, req, sizeof(*req), NLMSG_ALIGNTO))
		die_oom();
	err = ask(sock, &q);
	nlmsg_free(q.msg);
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
	int err, refused = 0;

	sock = ask_open(NETLINK_SOCK_DIAG, &err);
	for (f = 0; sock && f < sizeof(families); f++) {
		for (p = 0; p < sizeof(protocols) && err >= 0; p++) {
			struct inet_diag_req_v2 req = {
				.sdiag_family = families[f],
				.sdiag_protocol = protocols[p],
				.idiag_states = DIAG_STATES,
			};
			struct listing l = {
				.protocol = protocols[p],
				.found = found,
				.arg = arg,
			};

			/* Where sdiag_raw_protocol is. */
			if (protocols[p] == IPPROTO_RAW)
				req.pad = IPPROTO_RAW;
			err = diag_ask(sock, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &req,
				       &l);
			ok |= !err;
			if (err == EPERM || err == EACCES)
				refused = err;
		}
	}
	nl_socket_free(sock);

	/* Tables that the kernel does not have are empty; what it keeps is not. */
	if (refused)
		return uvn_failed(why, refused, "cannot list sockets: %s",
				  strerror(refused));
	if (err < 0 || !ok)
		return uvn_failed(why, 0, "cannot list sockets: %s", err < 0 ?
				  nl_geterror(err) : "the kernel has no inet_diag");
	return true;
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
	struct nl_sock *sock;
	int err;

	/*
	 * Of raw sockets the kernel destroys the first with such addresses, not
	 * looking at the cookie: it may be a daemon's.
	 */
	if (sk->protocol == IPPROTO_RAW)
		return -ENOENT;

	sock = ask_open(NETLINK_SOCK_DIAG, &err);
	if (sock)
		err = diag_ask(sock, SOCK_DESTROY, NLM_F_ACK, &req, NULL);
	nl_socket_free(sock);
	return err < 0 ? -EIO : -err;
}
