// SPDX-License-Identifier: GPL-2.0
/*
 * Questions to a UDP service, and its answers.
 *
 *	uvn_question serve ADDRESS PORT [HOW]
 *		answers for ever; prints "ready". HOW is info (IP_PKTINFO),
 *		connect (a connected socket for each peer), reuseport (four
 *		sockets), or segment (UDP_SEGMENT, of UNIT bytes)
 *	uvn_question ask ADDRESS PORT FROM TOKEN [DELAY [SIZE [LINGER [ROUNDS]]]]
 *		asks from port FROM for an answer that is late by DELAY ms and has
 *		SIZE bytes, ROUNDS times, and waits LINGER ms for others; prints the
 *		port that the service has seen. FROM may be SOURCE:PORT (IPv4)
 *	uvn_question many ADDRESS PORT COUNT [TOKEN]
 *		asks from so many sockets; prints how many got their answer
 *	uvn_question whose ADDRESS PORT
 *		tells everybody, by TCP, which device the connection is bound to
 *	uvn_question tell ADDRESS PORT FROM [LINGER]
 *		prints that, for one from port FROM, and keeps it for LINGER ms
 *	uvn_question flood ADDRESS PORT FIRST LAST [SOURCE]
 *		one datagram from each port, which nobody answers; prints how many
 *		could be sent
 *
 * Each UNIT of an answer begins with the token of who asked and the port that the
 * service sees. An asker fails (5) if it gets anything else, and the service says
 * "mixed" if two tokens come to one connected socket. Whoever waits for an answer
 * gives up (3) after DELAY and $UVN_PATIENCE seconds, or 3.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#define UNIT	1000
#define TOKEN	32
#define SOCKETS	256
#define FLOOD	"-"

enum { REFUSED = 1, TIMEOUT = 3, WRONG = 5, OTHER = 6 };

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct answer {
	struct answer *next;
	long long when;
	int fd;
	union address peer;
	char control[256];
	size_t control_len;
	char token[TOKEN];
	int size;
};

static struct answer *answers;
static struct pollfd polled[SOCKETS];
static char owner[SOCKETS][TOKEN];
static int n_sockets;
static int patience = 3000;

static int fail(const char *what)
{
	int err = errno;

	printf("%s: %s (%d)\n", what, strerror(err), err);
	if (err == ECONNREFUSED)
		return REFUSED;
	return err == EAGAIN || err == ETIMEDOUT ? TIMEOUT : OTHER;
}

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static socklen_t parse(union address *a, const char *address, const char *port)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, address, &a->in.sin_addr) == 1) {
		a->sa.sa_family = AF_INET;
		a->in.sin_port = htons(atoi(port));
		return sizeof(a->in);
	}
	if (inet_pton(AF_INET6, address, &a->in6.sin6_addr) != 1) {
		fprintf(stderr, "%s is no address\n", address);
		exit(OTHER);
	}
	a->sa.sa_family = AF_INET6;
	a->in6.sin6_port = htons(atoi(port));
	return sizeof(a->in6);
}

/* A socket that is bound there. */
static int bound_to(int type, const union address *a, socklen_t len)
{
	int fd = socket(a->sa.sa_family, type, 0), one = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	if (a->sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, &a->sa, len)) {
		one = errno;
		close(fd);
		errno = one;
		return -1;
	}
	return fd;
}

static int bound(const union address *a, socklen_t len)
{
	return bound_to(SOCK_DGRAM, a, len);
}

/*
 * The service
 */

static int serve_at(int fd)
{
	if (n_sockets == SOCKETS)
		exit(OTHER);
	polled[n_sockets].fd = fd;
	polled[n_sockets].events = POLLIN;
	return n_sockets++;
}

static void reply(const struct answer *a)
{
	static char buf[65536];
	struct iovec iov = { .iov_base = buf };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = a->control_len ? (void *)a->control : NULL,
		.msg_controllen = a->control_len,
	};
	char head[64];
	int i, n;

	n = snprintf(head, sizeof(head), "%s %d ", a->token,
		     ntohs(a->peer.in.sin_port));
	for (i = 0; i < a->size; i++)
		buf[i] = i % UNIT < n ? head[i % UNIT] : 'a' + i % UNIT % 26;
	iov.iov_len = a->size < n ? n : a->size;
	if (a->size < n)
		memcpy(buf, head, n);
	msg.msg_name = (void *)&a->peer;
	msg.msg_namelen = a->peer.sa.sa_family == AF_INET ?
			  sizeof(a->peer.in) : sizeof(a->peer.in6);
	if (sendmsg(a->fd, &msg, 0) < 0)
		printf("answer to %s: %s\n", a->token, strerror(errno));
}

static void later(struct answer *new)
{
	struct answer **at = &answers;

	while (*at && (*at)->when <= new->when)
		at = &(*at)->next;
	new->next = *at;
	*at = new;
}

/* From now on the peer has a socket of its own. */
static int session(const union address *own, const union address *peer,
		   socklen_t len)
{
	int fd = bound(own, len);

	if (fd < 0 || connect(fd, &peer->sa, len)) {
		perror("session");
		exit(OTHER);
	}
	return serve_at(fd);
}

static void hear(int at, const char *how, const union address *own,
		 socklen_t len)
{
	struct answer *a = calloc(1, sizeof(*a));
	char buf[65536];
	struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) - 1 };
	struct msghdr msg = {
		.msg_name = &a->peer,
		.msg_namelen = sizeof(a->peer),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = a->control,
		.msg_controllen = sizeof(a->control),
	};
	int delay = 0;
	ssize_t n;

	n = recvmsg(polled[at].fd, &msg, MSG_DONTWAIT);
	if (n >= 0)
		buf[n] = 0;
	if (n < 0 || sscanf(buf, "%31s %d %d", a->token, &delay, &a->size) < 1 ||
	    !strcmp(a->token, FLOOD)) {
		free(a);
		return;
	}
	if (!strcmp(how, "connect") && !at)
		at = session(own, &a->peer, len);
	if (!strcmp(how, "connect")) {
		if (!owner[at][0])
			memcpy(owner[at], a->token, TOKEN);
		else if (strcmp(owner[at], a->token))
			printf("mixed: %s and %s\n", owner[at], a->token);
	}
	a->control_len = msg.msg_controllen;
	if (!strcmp(how, "segment")) {
		struct cmsghdr *c = (void *)a->control;

		c->cmsg_level = IPPROTO_UDP;
		c->cmsg_type = UDP_SEGMENT;
		c->cmsg_len = CMSG_LEN(sizeof(uint16_t));
		*(uint16_t *)CMSG_DATA(c) = UNIT;
		a->control_len = CMSG_SPACE(sizeof(uint16_t));
	}
	a->fd = polled[at].fd;
	a->when = now() + delay;
	later(a);
}

static int serve(char **arg)
{
	const char *how = arg[2] ? arg[2] : "";
	int i, n = strcmp(how, "reuseport") ? 1 : 4, one = 1;
	union address own;
	socklen_t len = parse(&own, arg[0], arg[1]);

	setvbuf(stdout, NULL, _IOLBF, 0);
	while (n--) {
		int fd = bound(&own, len);

		if (fd < 0)
			return fail("bind");
		if (!strcmp(how, "info")) {
			setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one,
				   sizeof(one));
			setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one,
				   sizeof(one));
		}
		/* A flood is to be heard by those who ask, not the buffer. */
		i = 16 << 20;
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &i, sizeof(i));
		serve_at(fd);
	}
	printf("ready\n");
	for (;;) {
		long long wait = answers ? answers->when - now() : 60000;

		n = poll(polled, n_sockets, wait < 0 ? 0 : wait);
		for (i = 0; n > 0 && i < n_sockets; i++)
			if (polled[i].revents)
				hear(i, how, &own, len);
		while (answers && answers->when <= now()) {
			struct answer *a = answers;

			answers = a->next;
			reply(a);
			free(a);
		}
	}
}

/*
 * Those who ask
 */

static int wait_for(int fd, long long end)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	long long left = end - now();

	return poll(&p, 1, left < 0 ? 0 : left);
}

/* One answer, perhaps in several datagrams. */
static int collect(int fd, const char *token, int size, long long end)
{
	static char buf[65536];
	char head[64];
	int got = 0;
	ssize_t n;

	snprintf(head, sizeof(head), "%s ", token);
	while (!got || got < size) {
		if (!wait_for(fd, end)) {
			printf("no answer, %d of %d bytes\n", got, size);
			return TIMEOUT;
		}
		n = recv(fd, buf, sizeof(buf) - 1, 0);
		if (n < 0)
			return fail("receive");
		buf[n] = 0;
		if (strncmp(buf, head, strlen(head))) {
			printf("not mine: %.40s\n", buf);
			return WRONG;
		}
		if (!got)
			printf("%d\n", atoi(buf + strlen(head)));
		got += n;
	}
	return 0;
}

static int from(int type, const char *source, const union address *to,
		socklen_t len)
{
	char any[64], *port = any;
	union address own;

	snprintf(any, sizeof(any), "%s", source);
	if (strchr(any, ':')) {
		port = strchr(any, ':');
		*port++ = 0;
		parse(&own, any, port);
	} else {
		parse(&own, to->sa.sa_family == AF_INET ? "0.0.0.0" : "::", port);
	}
	return bound_to(type, &own, len);
}

static int ask(char **arg, int n)
{
	int delay = n > 4 ? atoi(arg[4]) : 0, size = n > 5 ? atoi(arg[5]) : 0;
	int linger = n > 6 ? atoi(arg[6]) : 0, rounds = n > 7 ? atoi(arg[7]) : 1;
	char question[128], stray[64] = "";
	union address to;
	socklen_t len = parse(&to, arg[0], arg[1]);
	int fd = from(SOCK_DGRAM, arg[2], &to, len), err;

	if (fd < 0)
		return fail("bind");
	n = snprintf(question, sizeof(question), "%s %d %d", arg[3], delay, size);
	while (rounds--) {
		if (sendto(fd, question, n, 0, &to.sa, len) < 0)
			return fail("send");
		err = collect(fd, arg[3], size, now() + delay + patience);
		if (err)
			return err;
	}
	if (wait_for(fd, now() + linger) &&
	    recv(fd, stray, sizeof(stray) - 1, 0) >= 0) {
		printf("not asked for: %s\n", stray);
		return WRONG;
	}
	return 0;
}

static int many(char **arg)
{
	const char *token = arg[3] ? arg[3] : "many";
	int i, count = atoi(arg[2]), got = 0, *fd;
	long long end = now() + patience;
	union address to;
	socklen_t len = parse(&to, arg[0], arg[1]);
	char buf[256], head[64];

	fd = calloc(count, sizeof(*fd));
	snprintf(head, sizeof(head), "%s ", token);
	for (i = 0; i < count; i++) {
		fd[i] = socket(to.sa.sa_family, SOCK_DGRAM, 0);
		if (fd[i] < 0 || sendto(fd[i], head, strlen(head), 0, &to.sa, len) < 0)
			return fail("send");
	}
	for (i = 0; i < count; i++) {
		memset(buf, 0, sizeof(buf));
		if (!wait_for(fd[i], end) || recv(fd[i], buf, sizeof(buf) - 1, 0) < 0)
			continue;
		if (strncmp(buf, head, strlen(head))) {
			printf("not mine: %s\n", buf);
			return WRONG;
		}
		got++;
	}
	printf("%d\n", got);
	return 0;
}

static int flood(char **arg)
{
	int port, sent = 0, last = atoi(arg[3]);
	union address to;
	socklen_t len = parse(&to, arg[0], arg[1]);

	for (port = atoi(arg[2]); port <= last; port++) {
		char source[64];
		int fd;

		if (arg[4])
			snprintf(source, sizeof(source), "%s:%d", arg[4], port);
		else
			snprintf(source, sizeof(source), "%d", port);
		fd = from(SOCK_DGRAM, source, &to, len);
		if (fd < 0)
			continue;
		sent += sendto(fd, FLOOD, strlen(FLOOD), 0, &to.sa, len) > 0;
		close(fd);
	}
	printf("%d\n", sent);
	return 0;
}

/*
 * TCP: whose is a connection?
 */

static int whose(char **arg)
{
	union address own;
	socklen_t len = parse(&own, arg[0], arg[1]);
	int fd = bound_to(SOCK_STREAM, &own, len), conn;

	if (fd < 0 || listen(fd, 64))
		return fail("listen");
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	for (;;) {
		char device[IFNAMSIZ] = "";

		conn = accept(fd, NULL, NULL);
		if (conn < 0)
			continue;
		len = sizeof(device);
		getsockopt(conn, SOL_SOCKET, SO_BINDTODEVICE, device, &len);
		len = strlen(device);
		device[len] = '\n';
		if (send(conn, device, len + 1, MSG_NOSIGNAL) < 0)
			perror("send");
		/* It is the other end's to close it. */
	}
}

static int tell(char **arg)
{
	char device[64] = "";
	union address to;
	socklen_t len = parse(&to, arg[0], arg[1]);
	int fd = from(SOCK_STREAM, arg[2], &to, len);

	if (fd < 0 || connect(fd, &to.sa, len))
		return fail("connect");
	if (!wait_for(fd, now() + patience) ||
	    recv(fd, device, sizeof(device) - 1, 0) <= 0)
		return fail("receive");
	printf("%s", device);
	fflush(stdout);
	if (arg[3])
		poll(NULL, 0, atoi(arg[3]));
	return 0;
}

int main(int argc, char **argv)
{
	if (getenv("UVN_PATIENCE"))
		patience = 1000 * atoi(getenv("UVN_PATIENCE"));
	if (argc >= 4 && !strcmp(argv[1], "serve"))
		return serve(argv + 2);
	if (argc >= 6 && !strcmp(argv[1], "ask"))
		return ask(argv + 2, argc - 2);
	if (argc >= 5 && !strcmp(argv[1], "many"))
		return many(argv + 2);
	if (argc >= 4 && !strcmp(argv[1], "whose"))
		return whose(argv + 2);
	if (argc >= 5 && !strcmp(argv[1], "tell"))
		return tell(argv + 2);
	if (argc >= 6 && !strcmp(argv[1], "flood"))
		return flood(argv + 2);
	fprintf(stderr, "see the comment at the top of uvn_question.c\n");
	return OTHER;
}
