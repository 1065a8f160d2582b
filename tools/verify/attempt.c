// SPDX-License-Identifier: GPL-2.0
/*
 * Attempts to reach somebody, each with an id of its own. For each role a process,
 * the sender, makes those that are the role's.
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
 * How long a sender waits for its connections, and for them to be read: longer
 * than the first retransmission, for one packet may be lost.
 */
#define ATTEMPT_CONNECT	5000

/* How long all senders may take. */
#define ATTEMPT_PATIENCE	60000

/**
 * struct outcome - what a sender says of an attempt
 * @attempt: its number
 * @err: errno, 0 if nothing was refused
 */
struct outcome {
	uint32_t attempt;
	int32_t err;
};

/**
 * struct stream - a connection of a sender
 * @attempt: number of the attempt
 * @sent: the id was sent
 */
struct stream {
	uint32_t attempt;
	bool sent;
};

/**
 * struct sender - what a sender has to do
 * @attempts: all attempts
 * @out: where outcomes go
 * @fds: connections
 * @streams: what they are for
 * @n: number of them
 * @given: datagram sockets of both families that the system has made, as what starts a
 *	user's program may leave open
 */
struct sender {
	const struct attempts *attempts;
	int out;
	struct pollfd *fds;
	struct stream *streams;
	size_t n;
	int given[2];
};

/**
 * attempts_add - add one
 * @attempts: attempts
 *
 * Return: the new one, zeroed, until another is added.
 */
struct attempt *attempts_add(struct attempts *attempts)
{
	if (attempts->n == attempts->room) {
		attempts->room = attempts->room ? attempts->room * 2 : 64;
		attempts->attempt = reallocarray(attempts->attempt, attempts->room,
						 sizeof(*attempts->attempt));
		if (!attempts->attempt)
			die_oom();
	}
	memset(&attempts->attempt[attempts->n], 0, sizeof(*attempts->attempt));
	return &attempts->attempt[attempts->n++];
}

static void tell(struct sender *s, uint32_t attempt, int err)
{
	struct outcome o = { .attempt = attempt, .err = err };

	/* Less than PIPE_BUF: senders share the pipe. */
	if (write(s->out, &o, sizeof(o)) != sizeof(o))
		_exit(EXIT_FAILED);
}

static struct attempt_id id_of(const struct sender *s, uint32_t attempt)
{
	struct attempt_id id = { .attempt = htonl(attempt) };

	memcpy(id.run, s->attempts->run, sizeof(id.run));
	return id;
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

static int prepare(int fd, const struct attempt *attempt)
{
	int one = 1;

	if (attempt->family != AF_UNIX && attempt->type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	switch (attempt->how) {
	case HOW_DEVICE:
		return name_device(fd, attempt->ifindex);
	case HOW_UNSPEC:
		return forget_device(fd);
	case HOW_UNSPEC_DEVICE:
		return forget_device(fd) ? -1 : name_device(fd, attempt->ifindex);
	default:
		return 0;
	}
}

static void put_pktinfo(struct msghdr *msg, const struct attempt *attempt)
{
	struct in6_pktinfo info6 = { .ipi6_ifindex = attempt->ifindex };
	struct in_pktinfo info = { .ipi_ifindex = attempt->ifindex };
	bool v4 = attempt->family == AF_INET;
	size_t len = v4 ? sizeof(info) : sizeof(info6);
	struct cmsghdr *cmsg = msg->msg_control;

	cmsg->cmsg_level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	cmsg->cmsg_type = v4 ? IP_PKTINFO : IPV6_PKTINFO;
	cmsg->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(cmsg), v4 ? (void *)&info : (void *)&info6, len);
	msg->msg_controllen = CMSG_SPACE(len);
}

static int send_datagram(int fd, const struct attempt *attempt, const struct attempt_id *id)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = {};
	struct sockaddr_storage addr = attempt->addr;
	struct iovec iov = { .iov_base = (void *)id, .iov_len = sizeof(*id) };
	uint8_t packet[256];
	struct msghdr msg = {
		.msg_name = &addr,
		.msg_namelen = attempt->addr_len,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
	};

	if (attempt->vxlan) {
		iov.iov_base = packet;
		iov.iov_len = vxlan_packet(packet, sizeof(packet), attempt, id);
	}
	if (attempt->how == HOW_PKTINFO)
		put_pktinfo(&msg, attempt);
	if (attempt->how == HOW_SCOPE)
		((struct sockaddr_in6 *)&addr)->sin6_scope_id = attempt->ifindex;
	return sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

static void hang_up(struct sender *s, size_t i, int err)
{
	struct linger now = { .l_onoff = 1 };

	tell(s, s->streams[i].attempt, err);
	/* Nothing is to be left of it, be it in TIME_WAIT. */
	setsockopt(s->fds[i].fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(s->fds[i].fd);
	s->fds[i].fd = -1;
}

static void begin_stream(struct sender *s, int fd, uint32_t number)
{
	s->fds = reallocarray(s->fds, s->n + 1, sizeof(*s->fds));
	s->streams = reallocarray(s->streams, s->n + 1, sizeof(*s->streams));
	if (!s->fds || !s->streams)
		die_oom();
	s->fds[s->n] = (struct pollfd){ .fd = fd, .events = POLLOUT };
	s->streams[s->n] = (struct stream){ .attempt = number };
	s->n++;
}

/* The other side resets it when it has read the id. */
static void go_on_stream(struct sender *s, size_t i)
{
	uint32_t number = s->streams[i].attempt;
	struct attempt_id id = id_of(s, number);
	socklen_t len = sizeof(int);
	int err = 0;

	if (s->streams[i].sent) {
		hang_up(s, i, 0);
		return;
	}
	getsockopt(s->fds[i].fd, SOL_SOCKET, SO_ERROR, &err, &len);
	if (!err && s->attempts->attempt[number].how != HOW_CONNECT) {
		if (send(s->fds[i].fd, &id, sizeof(id), MSG_NOSIGNAL) < 0)
			err = errno;
		s->streams[i].sent = !err;
		s->fds[i].events = POLLIN;
	}
	if (!s->streams[i].sent)
		hang_up(s, i, err);
}

static void go_on_streams(struct sender *s)
{
	int64_t deadline = clock_ms() + ATTEMPT_CONNECT, left;
	size_t i, open = s->n;

	while (open && (left = deadline - clock_ms()) > 0) {
		if (poll(s->fds, s->n, left) < 0)
			break;
		open = 0;
		for (i = 0; i < s->n; i++) {
			if (s->fds[i].fd >= 0 && s->fds[i].revents)
				go_on_stream(s, i);
			open += s->fds[i].fd >= 0;
		}
	}
	for (i = 0; i < s->n; i++)
		if (s->fds[i].fd >= 0)
			hang_up(s, i, s->streams[i].sent ? 0 : ETIMEDOUT);
}

static int socket_of(const struct sender *s, const struct attempt *attempt)
{
	if (attempt->how == HOW_GIVEN)
		return dup(s->given[attempt->family == AF_INET6]);
	return socket(attempt->family, attempt->type | SOCK_NONBLOCK | SOCK_CLOEXEC,
		      attempt->protocol);
}

static void make(struct sender *s, uint32_t number)
{
	const struct attempt *attempt = &s->attempts->attempt[number];
	struct attempt_id id = id_of(s, number);
	int fd, err = 0;

	fd = socket_of(s, attempt);
	if (fd < 0 || (attempt->how != HOW_SOCKET && prepare(fd, attempt))) {
		err = errno;
	} else if (attempt->how != HOW_SOCKET && attempt->type == SOCK_DGRAM) {
		err = send_datagram(fd, attempt, &id);
	} else if (attempt->how != HOW_SOCKET) {
		if (!connect(fd, (const struct sockaddr *)&attempt->addr,
			     attempt->addr_len) || errno == EINPROGRESS) {
			begin_stream(s, fd, number);
			return;
		}
		err = errno;
	}
	tell(s, number, err);
	if (fd >= 0)
		close(fd);
}

/*
 * What is to arrive is sent last: when it has arrived by the same way, so would
 * the others have.
 */
static void sender_work(struct sender *s, enum party role,
			bool (*wanted)(const struct attempts *attempts, size_t i,
				       void *arg), void *arg)
{
	const struct attempts *attempts = s->attempts;
	int last;
	size_t i;

	for (last = 0; last < 2; last++)
		for (i = 0; i < attempts->n; i++)
			if (attempts->attempt[i].from == role &&
			    attempts->attempt[i].arrives == last &&
			    wanted(attempts, i, arg))
				make(s, i);
	go_on_streams(s);
	_exit(EXIT_OK);
}

/* A kernel without IPv6 has no socket of it, and there is no attempt by it. */
static bool make_given(void *arg)
{
	struct sender *s = arg;

	s->given[0] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	s->given[1] = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return s->given[0] >= 0;
}

/* Until all senders have closed the pipe. */
static bool take_outcomes(struct attempts *attempts, int fd)
{
	int64_t deadline = clock_ms() + ATTEMPT_PATIENCE, left;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct outcome o;

	while ((left = deadline - clock_ms()) > 0) {
		if (poll(&p, 1, left) <= 0)
			break;
		if (read(fd, &o, sizeof(o)) != sizeof(o))
			return true;
		if (o.attempt < attempts->n)
			attempts->attempt[o.attempt].err = o.err;
	}
	return false;
}

/**
 * attempts_make - make attempts, and learn what was refused
 * @attempts: attempts
 * @wanted: whether one is to be made
 * @arg: passed to it
 *
 * Return: true unless processes could not be had, or did not end.
 */
bool attempts_make(struct attempts *attempts,
		   bool (*wanted)(const struct attempts *attempts, size_t i, void *arg),
		   void *arg)
{
	pid_t pids[ROLES] = {};
	int pipe_fds[2];
	bool ok = true;
	int i;

	if (pipe2(pipe_fds, O_CLOEXEC))
		return false;
	for (i = 0; i < ROLES; i++) {
		struct sender s = { .attempts = attempts, .out = pipe_fds[1] };

		pids[i] = task_fork(i, attempts->uids, pipe_fds[1], make_given, &s);
		if (!pids[i])
			sender_work(&s, i, wanted, arg);
		ok &= pids[i] > 0;
	}
	close(pipe_fds[1]);
	ok &= take_outcomes(attempts, pipe_fds[0]);
	close(pipe_fds[0]);
	for (i = 0; i < ROLES; i++)
		task_end(pids[i], ok ? clock_ms() + ATTEMPT_PATIENCE : 0);
	return ok;
}
