// SPDX-License-Identifier: GPL-2.0
/*
 * Real sockets for the suites.
 *
 *	uvn_probe serve PROTOCOL ADDRESS PORT [TEXT]
 *		answers everybody with TEXT and the peer's address, for ever;
 *		prints "ready", then a line for each who came
 *	uvn_probe ask PROTOCOL ADDRESS PORT [TEXT]
 *		prints the answer; with TEXT the answer must begin with it
 *	uvn_probe bound [FAMILY]
 *		prints the ifindex that a new socket is bound to
 *	uvn_probe crowd N
 *		N processes call socket() at the same moment; prints how many
 *		got one, and each ifindex that they are bound to, once
 *	uvn_probe sink PORT [ADDRESS]
 *	uvn_probe source ADDRESS PORT MEBIBYTES
 *		sends so much to the sink; succeeds if the sink's count and
 *		checksum are the same
 *	uvn_probe echo PORT [ADDRESS]
 *	uvn_probe bounce ADDRESS PORT SIZE...
 *		a datagram of each size to the echo; succeeds if each comes back
 *		as it was
 *	uvn_probe cast ADDRESS PORT TEXT [DEVICE]
 *		sends a datagram to a broadcast address or a group, by DEVICE
 *	uvn_probe hear GROUP PORT [DEVICE]
 *		prints "ready", then each datagram; with DEVICE joins the group
 *	uvn_probe say PORT ADDRESS PORT
 *		prints "ready", then sends each line that it reads by UDP, from a
 *		port
 *
 *	uvn_probe make FAMILY TYPE PROTOCOL
 *		tries socket() with these numbers
 *	uvn_probe by DEVICE ADDRESS PORT [COUNT]
 *		sends datagrams that name the device by IP_PKTINFO
 *	uvn_probe device PROTOCOL DEVICE ADDRESS PORT TEXT
 *		asks from a socket that is to be bound to DEVICE, by its name
 *		or its number; the answer must begin with TEXT
 *	uvn_probe forge PROTOCOL SOURCE ADDRESS PORT
 *		asks from an address that is not its own (IP_FREEBIND)
 *	uvn_probe from PORT ADDRESS PORT TEXT
 *		asks by UDP from a port; the answer must begin with TEXT
 *	uvn_probe disconnect PORT
 *		prints the ifindex that a UDP socket is bound to that was bound
 *		to the port, connected, and disconnected
 *
 * PROTOCOL is tcp, udp, lite (UDP-Lite), mapped (TCP by an IPv6 socket and
 * ::ffff:ADDRESS), or info (UDP whose answers leave the way that the question came,
 * IP_PKTINFO); only6 and info6 are tcp and info where "::" is IPv6's alone.
 * ADDRESS is of either family, one of IPv6 perhaps with %DEVICE behind it; "::"
 * is every address of both.
 * Whoever waits for an answer gives up after $UVN_PATIENCE seconds, or 3.
 * Exit status: 0; 1 refused; 2 unreachable; 3 no answer in time; 4 socket()
 * failed; 5 another answer; 6 anything else.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "uvn_probe.h"

#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif

static int timeout_ms = 3000;

int fail(const char *what)
{
	int err = errno;

	printf("%s: %s (%d)\n", what, strerror(err), err);
	switch (err) {
	case ECONNREFUSED:
	case ECONNRESET:
		return REFUSED;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case ENODEV:
	case ENOENT:
		return UNREACHABLE;
	case ETIMEDOUT:
	case EAGAIN:
		return TIMEOUT;
	default:
		return OTHER;
	}
}

static int parse6(struct target *t, const char *address, const char *port)
{
	char plain[64], *scope;

	snprintf(plain, sizeof(plain), "%s", address);
	scope = strchr(plain, '%');
	if (scope) {
		*scope = '\0';
		t->addr.in6.sin6_scope_id = if_nametoindex(scope + 1);
	}
	t->family = AF_INET6;
	t->len = sizeof(t->addr.in6);
	t->addr.in6.sin6_port = htons(atoi(port));
	return inet_pton(AF_INET6, plain, &t->addr.in6.sin6_addr) == 1 ? 0 : -1;
}

int parse(struct target *t, char **arg)
{
	const char *protocol = arg[0], *address = arg[1];
	char mapped[64];
	int err = 0;

	memset(t, 0, sizeof(*t));
	t->protocol = strcmp(protocol, "lite") ? 0 : IPPROTO_UDPLITE;
	t->type = t->protocol || !strcmp(protocol, "udp") ||
		  !strncmp(protocol, "info", 4) ? SOCK_DGRAM : SOCK_STREAM;
	t->only6 = !strcmp(protocol, "only6") || !strcmp(protocol, "info6");
	if (!strcmp(protocol, "mapped")) {
		snprintf(mapped, sizeof(mapped), "::ffff:%s", address);
		err = parse6(t, mapped, arg[2]);
	} else if (strchr(address, ':')) {
		err = parse6(t, address, arg[2]);
	} else {
		t->family = AF_INET;
		t->len = sizeof(t->addr.in);
		t->addr.in.sin_port = htons(atoi(arg[2]));
		if (inet_pton(AF_INET, address, &t->addr.in.sin_addr) != 1)
			err = -1;
	}
	t->addr.sa.sa_family = t->family;
	return err;
}

/* A socket that is bound there, and listens; -1 if there is no socket, -2 if it
 * is not bound.
 */
static int bound_socket(const struct target *t)
{
	int fd = socket(t->family, t->type, t->protocol), one = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (t->only6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, &t->addr.sa, t->len) ||
	    (t->type == SOCK_STREAM && listen(fd, 64))) {
		one = errno;
		close(fd);
		errno = one;
		return -2;
	}
	return fd;
}

static void answer_text(char *buf, size_t size, const char *text,
			const struct sockaddr *sa)
{
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_in *in = (const void *)sa;
	char peer[64] = "?";

	if (sa->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &in6->sin6_addr, peer, sizeof(peer));
	else
		inet_ntop(AF_INET, &in->sin_addr, peer, sizeof(peer));
	snprintf(buf, size, "%s %s\n", text, peer);
}

/* One question, answered with the addresses turned round. */
static void answer_info(int fd, const char *text)
{
	char buf[2048], reply[256], control[256];
	struct sockaddr_in6 peer;
	struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };
	struct msghdr msg = {
		.msg_name = &peer,
		.msg_namelen = sizeof(peer),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	if (recvmsg(fd, &msg, 0) < 0)
		return;
	answer_text(reply, sizeof(reply), text, (struct sockaddr *)&peer);
	iov.iov_base = reply;
	iov.iov_len = strlen(reply);
	sendmsg(fd, &msg, 0);
	printf("%s", reply);
	fflush(stdout);
}

static int serve(char **arg)
{
	const char *text = arg[3] ? arg[3] : "hello";
	char buf[65536], reply[256];
	struct target t;
	int one = 1, fd;

	if (parse(&t, arg))
		return OTHER;
	fd = bound_socket(&t);
	if (fd == -1) {
		fail("socket");
		return NO_SOCKET;
	}
	if (fd < 0)
		return fail("bind");
	printf("ready\n");
	fflush(stdout);
	if (!strncmp(arg[0], "info", 4)) {
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one,
			   sizeof(one));
		for (;;)
			answer_info(fd, text);
	}
	for (;;) {
		struct sockaddr_in6 peer;
		socklen_t len = sizeof(peer);
		ssize_t n;
		int conn;

		if (t.type == SOCK_DGRAM) {
			n = recvfrom(fd, buf, sizeof(buf), 0,
				     (struct sockaddr *)&peer, &len);
			if (n < 0)
				continue;
			answer_text(reply, sizeof(reply), text,
				    (struct sockaddr *)&peer);
			sendto(fd, reply, strlen(reply), 0,
			       (struct sockaddr *)&peer, len);
		} else {
			conn = accept(fd, (struct sockaddr *)&peer, &len);
			if (conn < 0)
				continue;
			answer_text(reply, sizeof(reply), text,
				    (struct sockaddr *)&peer);
			send(conn, reply, strlen(reply), MSG_NOSIGNAL);
			close(conn);
		}
		printf("%s", reply);
		fflush(stdout);
	}
}

int wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n = poll(&p, 1, timeout_ms);

	if (!n)
		errno = ETIMEDOUT;
	return n == 1 ? 0 : -1;
}

static int ask(char **arg)
{
	socklen_t len = sizeof(int);
	char buf[65536];
	struct target t;
	int fd, err;
	ssize_t n;

	if (parse(&t, arg))
		return OTHER;
	fd = socket(t.family, t.type | SOCK_NONBLOCK, t.protocol);
	if (fd < 0) {
		fail("socket");
		return NO_SOCKET;
	}
	if (connect(fd, &t.addr.sa, t.len)) {
		if (errno != EINPROGRESS)
			return fail("connect");
		if (wait_for(fd, POLLOUT))
			return fail("connect");
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
		errno = err;
		if (err)
			return fail("connect");
	}
	if (t.type == SOCK_DGRAM && send(fd, "ask", 3, 0) < 0)
		return fail("send");
	if (wait_for(fd, POLLIN))
		return fail("receive");
	n = recv(fd, buf, sizeof(buf) - 1, 0);
	if (n < 0)
		return fail("receive");
	buf[n] = 0;
	printf("%s", buf);
	if (arg[3] && strncmp(buf, arg[3], strlen(arg[3])))
		return WRONG;
	return 0;
}

int open_socket(struct target *t, const char *protocol,
		const char *address, const char *port)
{
	char *arg[3] = { (char *)protocol, (char *)address, (char *)port };
	struct timeval patience = { .tv_sec = 60 };
	int one = 1, fd;

	if (parse(t, arg))
		return -1;
	fd = socket(t->family, t->type, t->protocol);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

int listen_at(const char *protocol, const char *address,
	      const char *port)
{
	char *arg[3] = { (char *)protocol, (char *)address, (char *)port };
	struct target t;
	int fd = parse(&t, arg) ? -1 : bound_socket(&t);

	if (fd < 0)
		return -1;
	printf("ready\n");
	fflush(stdout);
	return fd;
}

static int bound_to(int fd)
{
	socklen_t len = sizeof(int);
	int ifindex = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex, &len))
		return -1;
	return ifindex;
}

static int bound(const char *family)
{
	int fd = socket(family && !strcmp(family, "inet6") ? AF_INET6 : AF_INET,
			SOCK_STREAM, 0);

	if (fd < 0) {
		fail("socket");
		return NO_SOCKET;
	}
	printf("%d\n", bound_to(fd));
	return 0;
}

static int make(char **arg)
{
	if (socket(atoi(arg[0]), atoi(arg[1]), atoi(arg[2])) >= 0)
		return 0;
	fail("socket");
	return NO_SOCKET;
}

static int by(char **arg)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = { 0 };
	struct in6_pktinfo *info6 = (void *)CMSG_DATA(&control.head);
	struct in_pktinfo *info = (void *)CMSG_DATA(&control.head);
	struct iovec iov = { .iov_base = "by", .iov_len = 2 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
	};
	int n = arg[3] ? atoi(arg[3]) : 1;
	struct target t;
	int fd;

	fd = open_socket(&t, "udp", arg[1], arg[2]);
	if (fd < 0)
		return fail("socket");
	msg.msg_name = &t.addr;
	msg.msg_namelen = t.len;
	if (t.family == AF_INET) {
		control.head.cmsg_level = IPPROTO_IP;
		control.head.cmsg_type = IP_PKTINFO;
		control.head.cmsg_len = CMSG_LEN(sizeof(*info));
		info->ipi_ifindex = if_nametoindex(arg[0]);
	} else {
		control.head.cmsg_level = IPPROTO_IPV6;
		control.head.cmsg_type = IPV6_PKTINFO;
		control.head.cmsg_len = CMSG_LEN(sizeof(*info6));
		info6->ipi6_ifindex = if_nametoindex(arg[0]);
	}
	msg.msg_controllen = CMSG_ALIGN(control.head.cmsg_len);
	while (n--)
		if (sendmsg(fd, &msg, 0) < 0 && !n)
			return fail("send");
	return 0;
}

/* Something to say, whether it has to be connected for that or not. */
static int speak(int fd, const struct target *t)
{
	char buf[256];

	if (connect(fd, &t->addr.sa, t->len))
		return fail("connect");
	if (send(fd, "forged", 6, MSG_NOSIGNAL) < 0)
		return fail("send");
	if (wait_for(fd, POLLIN) || recv(fd, buf, sizeof(buf), 0) <= 0)
		return fail("receive");
	return 0;
}

static int forge(char **arg)
{
	char *source[3] = { arg[0], arg[1], "0" };
	struct timeval limit = { .tv_sec = timeout_ms / 1000 };
	struct target t, own;
	int one = 1, fd;

	fd = open_socket(&t, arg[0], arg[2], arg[3]);
	if (fd < 0 || parse(&own, source))
		return fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &one, sizeof(one)) ||
	    bind(fd, &own.addr.sa, own.len))
		return fail("bind");
	return speak(fd, &t);
}

/* A datagram is answered with one that begins with a text. */
static int answers(int fd, const struct target *t, const char *text)
{
	struct timeval limit = { .tv_sec = timeout_ms / 1000 };
	char buf[256] = "";

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, &t->addr.sa, t->len) || send(fd, "?", 1, 0) != 1 ||
	    recv(fd, buf, sizeof(buf) - 1, 0) < 0)
		return fail("ask");
	return strncmp(buf, text, strlen(text)) ? WRONG : 0;
}

static int from(char **arg)
{
	char *own[3] = { "udp", strchr(arg[1], ':') ? "::" : "0.0.0.0", arg[0] };
	struct target t, sa;
	int fd;

	fd = open_socket(&t, "udp", arg[1], arg[2]);
	if (fd < 0 || parse(&sa, own))
		return fail("socket");
	if (bind(fd, &sa.addr.sa, sa.len))
		return fail("ask");
	return answers(fd, &t, arg[3]);
}

static int device(char **arg)
{
	int ifindex = atoi(arg[1]), err, fd;
	struct target t;

	fd = open_socket(&t, arg[0], arg[2], arg[3]);
	if (fd < 0) {
		fail("socket");
		return NO_SOCKET;
	}
	if (ifindex)
		err = setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex,
				 sizeof(ifindex));
	else
		err = setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, arg[1],
				 strlen(arg[1]));
	return err ? fail("device") : answers(fd, &t, arg[4]);
}

static int disconnect(const char *port)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int fd = listen_at("udp", "0.0.0.0", port);
	struct target t;
	char *peer[3] = { "udp", "127.0.0.1", (char *)port };

	if (fd < 0)
		return fail("bind");
	if (parse(&t, peer) || connect(fd, &t.addr.sa, t.len) ||
	    connect(fd, &none, sizeof(none)))
		return fail("connect");
	printf("%d\n", bound_to(fd));
	return 0;
}

static int crowd(int n)
{
	int *seen, gate[2], i, k, got = 0;
	char c;

	seen = mmap(NULL, n * sizeof(*seen), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED || pipe(gate))
		return OTHER;
	for (i = 0; i < n; i++) {
		pid_t pid = fork();
		int fd;

		if (pid < 0)
			return fail("fork");
		if (pid)
			continue;
		close(gate[1]);
		if (read(gate[0], &c, 1) < 0)
			_exit(OTHER);
		fd = socket(AF_INET, SOCK_STREAM, 0);
		seen[i] = fd < 0 ? -errno : bound_to(fd);
		_exit(0);
	}
	close(gate[0]);
	close(gate[1]);
	while (wait(NULL) > 0)
		;
	for (i = 0; i < n; i++)
		got += seen[i] > 0;
	printf("%d", got);
	for (i = 0; i < n; i++) {
		for (k = 0; k < i; k++)
			if (seen[k] == seen[i])
				break;
		if (k == i)
			printf(" %d", seen[i]);
	}
	printf("\n");
	return 0;
}

int main(int argc, char **argv)
{
	if (getenv("UVN_PATIENCE"))
		timeout_ms = 1000 * atoi(getenv("UVN_PATIENCE"));
	if (argc >= 5 && !strcmp(argv[1], "serve"))
		return serve(argv + 2);
	if (argc >= 5 && !strcmp(argv[1], "ask"))
		return ask(argv + 2);
	if (argc >= 2 && !strcmp(argv[1], "bound"))
		return bound(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "crowd"))
		return crowd(atoi(argv[2]));
	if (argc >= 3 && !strcmp(argv[1], "sink"))
		return sink(argv[2], argc > 3 ? argv[3] : "0.0.0.0");
	if (argc == 5 && !strcmp(argv[1], "source"))
		return source(argv[2], argv[3], atoi(argv[4]));
	if (argc >= 3 && !strcmp(argv[1], "echo"))
		return echo(argv[2], argc > 3 ? argv[3] : "0.0.0.0");
	if (argc >= 5 && !strcmp(argv[1], "bounce"))
		return bounce(argv + 2);
	if (argc >= 5 && !strcmp(argv[1], "cast"))
		return cast(argv + 2);
	if (argc >= 4 && !strcmp(argv[1], "hear"))
		return hear(argv + 2);
	if (argc == 5 && !strcmp(argv[1], "say"))
		return say(argv + 2);
	if (argc == 5 && !strcmp(argv[1], "make"))
		return make(argv + 2);
	if (argc >= 5 && !strcmp(argv[1], "by"))
		return by(argv + 2);
	if (argc == 6 && !strcmp(argv[1], "forge"))
		return forge(argv + 2);
	if (argc == 6 && !strcmp(argv[1], "from"))
		return from(argv + 2);
	if (argc == 7 && !strcmp(argv[1], "device"))
		return device(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "disconnect"))
		return disconnect(argv[2]);
	fprintf(stderr, "see the comment at the top of uvn_probe.c\n");
	return OTHER;
}
