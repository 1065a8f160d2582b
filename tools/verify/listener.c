// SPDX-License-Identifier: GPL-2.0
/*
 * Listeners: processes that listen in every way, and tell which attempts they heard. A
 * listener is asked by an empty object, or by one with "look" for what it sees, and ends
 * when nobody can ask it any more.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/out.h"
#include "lib/clock.h"
#include "verify/channel.h"
#include "verify/listener.h"
#include "verify/look.h"
#include "verify/task.h"

/* How long a listener may take to answer. */
#define LISTENER_PATIENCE	60000

const struct listener_way listener_ways[LISTENER_KINDS] = {
	[LISTENER_TCP4] = { "TCP", AF_INET, SOCK_STREAM },
	[LISTENER_UDP4] = { "UDP", AF_INET, SOCK_DGRAM },
	[LISTENER_TCP6] = { "TCP over IPv6", AF_INET6, SOCK_STREAM },
	[LISTENER_UDP6] = { "UDP over IPv6", AF_INET6, SOCK_DGRAM },
	[LISTENER_TCP_SAME] = { "TCP", AF_INET, SOCK_STREAM, .same = true },
	[LISTENER_UDP_SAME] = { "UDP", AF_INET, SOCK_DGRAM, .same = true },
	[LISTENER_GROUP4] = { "UDP", AF_INET, SOCK_DGRAM, .same = true,
			      .group = LISTENER_GROUP4_ADDR },
	[LISTENER_GROUP6] = { "UDP over IPv6", AF_INET6, SOCK_DGRAM, .same = true,
			      .group = LISTENER_GROUP6_ADDR },
	[LISTENER_STREAM] = { "Unix stream", AF_UNIX, SOCK_STREAM },
	[LISTENER_DGRAM] = { "Unix datagrams", AF_UNIX, SOCK_DGRAM },
};

enum listener_sort { DATAGRAMS, LISTENER, CONNECTION };

/**
 * struct hearing - what a listener has of its sockets
 * @fds: sockets; the first is how it is spoken to
 * @sorts: what each of them is
 * @n: number of them
 * @run: what tells this run from others
 * @heard: numbers of the attempts that came
 */
struct hearing {
	struct pollfd *fds;
	enum listener_sort *sorts;
	size_t n;
	const char *run;
	json_t *heard;
};

/**
 * listener_unix_name - the abstract name that a listener has
 * @un: set to it
 * @run: what tells this run from others
 * @role: whose listener
 * @kind: LISTENER_STREAM or LISTENER_DGRAM
 *
 * Return: its length.
 */
socklen_t listener_unix_name(struct sockaddr_un *un, const char *run, enum party role,
			     enum listener_kind kind)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	return offsetof(struct sockaddr_un, sun_path) + 1 +
	       snprintf(un->sun_path + 1, sizeof(un->sun_path) - 1,
			"uvnadm-verify-%s-%d-%d", run, role, kind);
}

static void add(struct hearing *h, int fd, enum listener_sort sort)
{
	h->fds = reallocarray(h->fds, h->n + 1, sizeof(*h->fds));
	h->sorts = reallocarray(h->sorts, h->n + 1, sizeof(*h->sorts));
	if (!h->fds || !h->sorts)
		die_oom();
	h->fds[h->n] = (struct pollfd){ .fd = fd, .events = POLLIN };
	h->sorts[h->n++] = sort;
}

static void hear(struct hearing *h, const void *data, ssize_t len)
{
	struct attempt_id id;
	char number[16];

	if (len != sizeof(id))
		return;
	memcpy(&id, data, sizeof(id));
	if (memcmp(id.run, h->run, sizeof(id.run)))
		return;
	snprintf(number, sizeof(number), "%u", ntohl(id.attempt));
	out_put(h->heard, number, json_true());
}

/*
 * A connection has one id and is reset then: nothing is to be left of it,
 * be it in TIME_WAIT.
 */
static void hang_up(struct pollfd *p)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(p->fd);
	p->fd = -1;
}

/* All that there is to be heard. */
static void listen_to(struct hearing *h, size_t i)
{
	char buf[sizeof(struct attempt_id) + 1];
	int fd = h->fds[i].fd;
	ssize_t len;

	if (h->sorts[i] == LISTENER) {
		while ((fd = accept4(h->fds[i].fd, NULL, NULL,
				     SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
			add(h, fd, CONNECTION);
		return;
	}
	errno = 0;
	while ((len = recv(fd, buf, sizeof(buf), 0)) > 0) {
		hear(h, buf, len);
		if (h->sorts[i] == CONNECTION)
			break;
	}
	if (h->sorts[i] == CONNECTION && errno != EAGAIN)
		hang_up(&h->fds[i]);
}

static void listen_to_all(struct hearing *h, int timeout)
{
	size_t i, before;

	if (poll(h->fds, h->n, timeout) <= 0)
		return;
	do {
		before = h->n;
		for (i = 1; i < h->n; i++)
			if (h->fds[i].fd >= 0)
				listen_to(h, i);
	} while (h->n != before);
}

static socklen_t listener_address(struct sockaddr_storage *ss, const char *run,
				  enum party role, enum listener_kind kind, uint16_t port)
{
	struct sockaddr_in6 *in6 = (void *)ss;
	struct sockaddr_in *in = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	switch (listener_ways[kind].family) {
	case AF_INET:
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		return sizeof(*in);
	case AF_INET6:
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		return sizeof(*in6);
	}
	return listener_unix_name((void *)ss, run, role, kind);
}

/* As a program does that names no device. */
static int listener_join(int fd, const struct listener_way *way)
{
	struct ipv6_mreq mreq6 = {};
	struct ip_mreqn mreq = {};

	if (way->family == AF_INET) {
		inet_pton(AF_INET, way->group, &mreq.imr_multiaddr);
		return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq));
	}
	inet_pton(AF_INET6, way->group, &mreq6.ipv6mr_multiaddr);
	return setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &mreq6, sizeof(mreq6));
}

/* The port, or a message; null where nobody is to listen. */
static json_t *listener_open(struct hearing *h, enum party role, enum listener_kind kind,
			     json_t *wish)
{
	const struct listener_way *way = &listener_ways[kind];
	struct sockaddr_storage ss;
	int fd, one = 1;
	uint16_t port;
	socklen_t len;

	port = way->same ? json_integer_value(json_array_get(wish, kind)) : 0;
	/* The system's socket would keep users from the same port of TCP. */
	if (kind == LISTENER_TCP_SAME && role == SYSTEM)
		return json_null();
	fd = socket(way->family, way->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return out_string(strerror(errno));
	if (way->family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (way->same && way->type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	len = listener_address(&ss, h->run, role, kind, port);
	/* The system may have no route to a group, and is not to hear anything of it. */
	if (bind(fd, (struct sockaddr *)&ss, len) ||
	    (way->group && listener_join(fd, way) && role != SYSTEM) ||
	    (way->type == SOCK_STREAM && listen(fd, SOMAXCONN)) ||
	    getsockname(fd, (struct sockaddr *)&ss, &len)) {
		close(fd);
		return out_string(strerror(errno));
	}
	add(h, fd, way->type == SOCK_STREAM ? LISTENER : DATAGRAMS);
	if (way->family == AF_UNIX)
		return json_true();
	/* At the same place for both families. */
	return json_integer(ntohs(((struct sockaddr_in *)&ss)->sin_port));
}

static void listener_work(int fd, enum party role, const char *run, json_t *wish)
{
	struct hearing h = { .run = run, .heard = json_object() };
	json_t *ports = json_array(), *ask, *look;
	enum listener_kind kind;
	struct channel channel;

	channel_init(&channel, fd, fd);
	add(&h, fd, DATAGRAMS);
	for (kind = 0; kind < LISTENER_KINDS; kind++)
		out_append(ports, listener_open(&h, role, kind, wish));
	channel_write(&channel, json_pack("{so}", "ports", ports));

	for (;;) {
		listen_to_all(&h, -1);
		if (!h.fds[0].revents)
			continue;
		ask = channel_read(&channel, clock_ms() + LISTENER_PATIENCE);
		if (!ask)
			_exit(EXIT_OK);
		look = json_object_get(ask, "look");
		/* What came before the question is in the answer. */
		listen_to_all(&h, 0);
		channel_write(&channel,
			      look ? look_around(json_is_object(look) ? look : NULL) :
				     json_pack("{sO}", "heard", h.heard));
		json_decref(ask);
	}
}

/**
 * listener_start - have a role listen
 * @listener: set
 * @role: role
 * @uids: UIDs of the users' roles
 * @run: what tells this run from others
 * @wish: ports of another listener, to take those that are to be the same; or NULL
 *
 * Return: for each way to listen the port, or why there is none; NULL if there is
 * no such process.
 */
json_t *listener_start(struct listener *listener, enum party role, const uint32_t *uids,
		       const char *run, json_t *wish)
{
	json_t *obj, *ports;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return NULL;
	listener->pid = task_fork(role, uids, pair[1], NULL, NULL);
	if (!listener->pid)
		listener_work(pair[1], role, run, wish);
	close(pair[1]);
	channel_init(&listener->channel, pair[0], pair[0]);
	obj = channel_read(&listener->channel, clock_ms() + LISTENER_PATIENCE);
	ports = json_incref(json_object_get(obj, "ports"));
	json_decref(obj);
	return ports;
}

/**
 * listener_heard - what has it heard?
 * @listener: listener
 *
 * Return: an object with the numbers of the attempts, or NULL if it does not answer.
 */
json_t *listener_heard(struct listener *listener)
{
	json_t *obj, *heard;

	if (!channel_write(&listener->channel, json_object()))
		return NULL;
	obj = channel_read(&listener->channel, clock_ms() + LISTENER_PATIENCE);
	heard = json_incref(json_object_get(obj, "heard"));
	json_decref(obj);
	return heard;
}

/**
 * listener_look - what does it see around?
 * @listener: listener
 * @lists: as of look_around()
 *
 * Return: what look_around() returned there, or NULL if it does not answer.
 */
json_t *listener_look(struct listener *listener, json_t *lists)
{
	json_t *ask = lists ? json_pack("{sO}", "look", lists) :
			      json_pack("{sb}", "look", 1);

	if (!channel_write(&listener->channel, ask))
		return NULL;
	return channel_read(&listener->channel, clock_ms() + LISTENER_PATIENCE);
}

/**
 * listener_stop - have it end
 * @listener: listener; nothing happens if it was not started
 */
void listener_stop(struct listener *listener)
{
	if (!listener->pid)
		return;
	channel_close(&listener->channel);
	task_end(listener->pid, clock_ms() + LISTENER_PATIENCE);
	listener->pid = 0;
}
