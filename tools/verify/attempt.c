// SPDX-License-Identifier: GPL-2.0
/*
 * Shots: tries to reach somebody, each with a token of its own. For each role a
 * process, a mouth, fires those that are the role's.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/out.h"
#include "lib/clock.h"
#include "verify/attempt.h"
#include "verify/listener.h"
#include "verify/task.h"
#include "verify/vxlan.h"

/*
 * How long a mouth waits for its connections, and for them to be read: longer
 * than the first retransmission, for one packet may be lost.
 */
#define SHOT_CONNECT	5000

/* How long all mouths may take. */
#define SHOT_PATIENCE	60000

/**
 * struct outcome - what a mouth says of a shot
 * @shot: its number
 * @err: errno, 0 if nothing was refused
 */
struct outcome {
	uint32_t shot;
	int32_t err;
};

/**
 * struct stream - a connection of a mouth
 * @shot: number of the shot
 * @sent: the token was sent
 */
struct stream {
	uint32_t shot;
	bool sent;
};

/**
 * struct mouth - what a mouth has to do
 * @shots: all shots
 * @out: where outcomes go
 * @fds: connections
 * @streams: what they are for
 * @n: number of them
 */
struct mouth {
	const struct shots *shots;
	int out;
	struct pollfd *fds;
	struct stream *streams;
	size_t n;
};

/**
 * shots_add - add one
 * @shots: shots
 *
 * Return: the new one, zeroed, until another is added.
 */
struct shot *shots_add(struct shots *shots)
{
	if (shots->n == shots->room) {
		shots->room = shots->room ? shots->room * 2 : 64;
		shots->shot = reallocarray(shots->shot, shots->room,
					   sizeof(*shots->shot));
		if (!shots->shot)
			die_oom();
	}
	memset(&shots->shot[shots->n], 0, sizeof(*shots->shot));
	return &shots->shot[shots->n++];
}

static void tell(struct mouth *m, uint32_t shot, int err)
{
	struct outcome o = { .shot = shot, .err = err };

	/* Less than PIPE_BUF: mouths share the pipe. */
	if (write(m->out, &o, sizeof(o)) != sizeof(o))
		_exit(EXIT_FAILED);
}

static struct token token_of(const struct mouth *m, uint32_t shot)
{
	struct token token = { .shot = htonl(shot) };

	memcpy(token.run, m->shots->run, sizeof(token.run));
	return token;
}

/* Takes a datagram socket out of its VRF, if the kernel does as it used to. */
static int forget_device(int fd)
{
	struct sockaddr sa = { .sa_family = AF_UNSPEC };

	return connect(fd, &sa, sizeof(sa));
}

static int name_device(int fd, unsigned int ifindex)
{
	char name[IF_NAMESIZE];

	if (!if_indextoname(ifindex, name))
		return -1;
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, strlen(name));
}

static int prepare(int fd, const struct shot *shot)
{
	int one = 1;

	if (shot->family != AF_UNIX && shot->type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	switch (shot->how) {
	case HOW_DEVICE:
		return name_device(fd, shot->ifindex);
	case HOW_UNSPEC:
		return forget_device(fd);
	case HOW_UNSPEC_DEVICE:
		return forget_device(fd) ? -1 : name_device(fd, shot->ifindex);
	default:
		return 0;
	}
}

static void put_pktinfo(struct msghdr *msg, const struct shot *shot)
{
	struct in6_pktinfo info6 = { .ipi6_ifindex = shot->ifindex };
	struct in_pktinfo info = { .ipi_ifindex = shot->ifindex };
	bool v4 = shot->family == AF_INET;
	size_t len = v4 ? sizeof(info) : sizeof(info6);
	struct cmsghdr *cmsg = msg->msg_control;

	cmsg->cmsg_level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	cmsg->cmsg_type = v4 ? IP_PKTINFO : IPV6_PKTINFO;
	cmsg->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(cmsg), v4 ? (void *)&info : (void *)&info6, len);
	msg->msg_controllen = CMSG_SPACE(len);
}

static int send_datagram(int fd, const struct shot *shot, const struct token *token)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = {};
	struct sockaddr_storage addr = shot->addr;
	struct iovec iov = { .iov_base = (void *)token, .iov_len = sizeof(*token) };
	uint8_t packet[256];
	struct msghdr msg = {
		.msg_name = &addr,
		.msg_namelen = shot->addr_len,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
	};

	if (shot->vxlan) {
		iov.iov_base = packet;
		iov.iov_len = packet_vxlan(packet, sizeof(packet), shot, token);
	}
	if (shot->how == HOW_PKTINFO)
		put_pktinfo(&msg, shot);
	if (shot->how == HOW_SCOPE)
		((struct sockaddr_in6 *)&addr)->sin6_scope_id = shot->ifindex;
	return sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

static void hang_up(struct mouth *m, size_t i, int err)
{
	struct linger now = { .l_onoff = 1 };

	tell(m, m->streams[i].shot, err);
	/* Nothing is to be left of it, be it in TIME_WAIT. */
	setsockopt(m->fds[i].fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(m->fds[i].fd);
	m->fds[i].fd = -1;
}

static void begin_stream(struct mouth *m, int fd, uint32_t number)
{
	m->fds = reallocarray(m->fds, m->n + 1, sizeof(*m->fds));
	m->streams = reallocarray(m->streams, m->n + 1, sizeof(*m->streams));
	if (!m->fds || !m->streams)
		die_oom();
	m->fds[m->n] = (struct pollfd){ .fd = fd, .events = POLLOUT };
	m->streams[m->n] = (struct stream){ .shot = number };
	m->n++;
}

/* The other side resets it when it has read the token. */
static void go_on_stream(struct mouth *m, size_t i)
{
	uint32_t number = m->streams[i].shot;
	struct token token = token_of(m, number);
	socklen_t len = sizeof(int);
	int err = 0;

	if (m->streams[i].sent) {
		hang_up(m, i, 0);
		return;
	}
	getsockopt(m->fds[i].fd, SOL_SOCKET, SO_ERROR, &err, &len);
	if (!err && m->shots->shot[number].how != HOW_CONNECT) {
		if (send(m->fds[i].fd, &token, sizeof(token), MSG_NOSIGNAL) < 0)
			err = errno;
		m->streams[i].sent = !err;
		m->fds[i].events = POLLIN;
	}
	if (!m->streams[i].sent)
		hang_up(m, i, err);
}

static void go_on_streams(struct mouth *m)
{
	int64_t deadline = clock_ms() + SHOT_CONNECT, left;
	size_t i, open = m->n;

	while (open && (left = deadline - clock_ms()) > 0) {
		if (poll(m->fds, m->n, left) < 0)
			break;
		open = 0;
		for (i = 0; i < m->n; i++) {
			if (m->fds[i].fd >= 0 && m->fds[i].revents)
				go_on_stream(m, i);
			open += m->fds[i].fd >= 0;
		}
	}
	for (i = 0; i < m->n; i++)
		if (m->fds[i].fd >= 0)
			hang_up(m, i, m->streams[i].sent ? 0 : ETIMEDOUT);
}

static void fire(struct mouth *m, uint32_t number)
{
	const struct shot *shot = &m->shots->shot[number];
	struct token token = token_of(m, number);
	int fd, err = 0;

	fd = socket(shot->family, shot->type | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    shot->protocol);
	if (fd < 0 || (shot->how != HOW_SOCKET && prepare(fd, shot))) {
		err = errno;
	} else if (shot->how != HOW_SOCKET && shot->type == SOCK_DGRAM) {
		err = send_datagram(fd, shot, &token);
	} else if (shot->how != HOW_SOCKET) {
		if (!connect(fd, (const struct sockaddr *)&shot->addr,
			     shot->addr_len) || errno == EINPROGRESS) {
			begin_stream(m, fd, number);
			return;
		}
		err = errno;
	}
	tell(m, number, err);
	if (fd >= 0)
		close(fd);
}

/*
 * What is to arrive is fired last: when it has arrived by the same way, so would
 * the others have.
 */
static void mouth_work(struct mouth *m, enum party role,
		       bool (*wanted)(const struct shots *shots, size_t i, void *arg),
		       void *arg)
{
	const struct shots *shots = m->shots;
	int last;
	size_t i;

	for (last = 0; last < 2; last++)
		for (i = 0; i < shots->n; i++)
			if (shots->shot[i].from == role &&
			    shots->shot[i].arrives == last && wanted(shots, i, arg))
				fire(m, i);
	go_on_streams(m);
	_exit(EXIT_OK);
}

/* Until all mouths have closed the pipe. */
static bool take_outcomes(struct shots *shots, int fd)
{
	int64_t deadline = clock_ms() + SHOT_PATIENCE, left;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct outcome o;

	while ((left = deadline - clock_ms()) > 0) {
		if (poll(&p, 1, left) <= 0)
			break;
		if (read(fd, &o, sizeof(o)) != sizeof(o))
			return true;
		if (o.shot < shots->n)
			shots->shot[o.shot].err = o.err;
	}
	return false;
}

/**
 * shots_fire - fire shots, and learn what was refused
 * @shots: shots
 * @wanted: whether one is to be fired
 * @arg: passed to it
 *
 * Return: true unless processes could not be had, or did not end.
 */
bool shots_fire(struct shots *shots, bool (*wanted)(const struct shots *shots,
						    size_t i, void *arg),
		void *arg)
{
	pid_t pids[ROLES] = {};
	int pipe_fds[2];
	bool ok = true;
	int i;

	if (pipe2(pipe_fds, O_CLOEXEC))
		return false;
	for (i = 0; i < ROLES; i++) {
		pids[i] = task_fork(i, shots->uids, pipe_fds[1]);
		if (!pids[i]) {
			struct mouth m = { .shots = shots, .out = pipe_fds[1] };

			mouth_work(&m, i, wanted, arg);
		}
		ok &= pids[i] > 0;
	}
	close(pipe_fds[1]);
	ok &= take_outcomes(shots, pipe_fds[0]);
	close(pipe_fds[0]);
	for (i = 0; i < ROLES; i++)
		task_end(pids[i], ok ? clock_ms() + SHOT_PATIENCE : 0);
	return ok;
}
