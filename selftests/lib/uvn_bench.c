// SPDX-License-Identifier: GPL-2.0
/*
 * What traffic, connections and sockets cost. In a guest that counts
 * instructions (vm.sh -i) a nanosecond is one of them.
 *
 *	uvn_bench [-d DEVICE] serve PORT [::]
 *		the far end of all below, for ever, of IPv4 or IPv6; prints "ready"
 *	uvn_bench [-d DEVICE] icmp ADDRESS N
 *	uvn_bench [-d DEVICE] udp ADDRESS PORT N
 *		a round trip of one byte
 *	uvn_bench [-d DEVICE] rr ADDRESS PORT N SIZE
 *		a TCP request of SIZE bytes, and a response of as many
 *	uvn_bench [-d DEVICE] stream ADDRESS PORT N CONNECTIONS
 *		a KiB of N MiB that go by TCP connections
 *	uvn_bench [-d DEVICE] send ADDRESS PORT N
 *	uvn_bench [-d DEVICE] receive ADDRESS PORT N
 *		a datagram of one byte; each BURST of them has one to the other
 *		side, so that none is lost
 *	uvn_bench [-d DEVICE] spread ADDRESS PORT N REMOTES
 *		a datagram of one byte, to each of REMOTES addresses of IPv4 in
 *		turn, of which ADDRESS is the first; nobody answers
 *	uvn_bench [-d DEVICE] connect ADDRESS PORT N
 *		a TCP connection: connect, accept, both close
 *	uvn_bench socket N
 *		socket() and close(), but for what is freed later
 *	uvn_bench unix N [NAME]
 *		a datagram of one byte from one Unix socket to another of the same
 *		process, which has the abstract name NAME or none
 *	uvn_bench loop N
 *		a datagram of one byte from a UDP socket to itself, by 127.0.0.1
 *	uvn_bench option N
 *		setsockopt() of what has nothing to do with devices
 *	uvn_bench users FIRST N
 *		as root: the first socket of each of N users; nanoseconds in which
 *		the CPU was busy
 *
 * Each prints the nanoseconds of one. N are done in parts, of which the median
 * counts, after one that makes networks and fills caches: now and then the kernel
 * has something else to do. Sockets are bound to DEVICE.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/membarrier.h>

#include "uvn_mark.h"

#define BURST	64
#define PARTS	9
#define CHUNK	65536

/* What a datagram asks for. */
enum { ECHO = 'e', NOTHING = 'n', MANY = 'm' };

static const char *device;
static char buf[CHUNK];

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void must(int ok, const char *what)
{
	if (!ok)
		die(what);
}

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static int family_of(const char *addr)
{
	return strchr(addr, ':') ? AF_INET6 : AF_INET;
}

static union address address(const char *addr, const char *port)
{
	union address a = { .sa.sa_family = family_of(addr) };

	/* The port is at the same place in both. */
	a.in.sin_port = htons(atoi(port));
	must(inet_pton(a.sa.sa_family, addr, a.sa.sa_family == AF_INET ?
		       (void *)&a.in.sin_addr : &a.in6.sin6_addr) == 1, addr);
	return a;
}

static int bare_socket(int family, int type, int protocol)
{
	int fd = socket(family, type, protocol);

	must(fd >= 0, "socket");
	must(!device || !setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
				    strlen(device) + 1), device);
	return fd;
}

static int new_socket(int family, int type, int protocol)
{
	int fd = bare_socket(family, type, protocol), on = 1;
	struct timeval limit = { .tv_sec = 30 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static int connected(int type, const char *addr, const char *port)
{
	int fd = new_socket(family_of(addr), type,
			    type == SOCK_DGRAM && !port ? IPPROTO_ICMP : 0);
	union address a = address(addr, port ? port : "0");

	must(!connect(fd, &a.sa, sizeof(a)), "connect");
	return fd;
}

static void put(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		must(n > 0, "send");
		p += n;
		len -= n;
	}
}

static void get(int fd, size_t len)
{
	while (len) {
		ssize_t n = recv(fd, buf, len < CHUNK ? len : CHUNK, 0);

		must(n > 0, "receive");
		len -= n;
	}
}

/*
 * The far end
 */

/* A connection begins with the size of its requests; 0 if it has none. */
struct conn {
	int fd;
	uint32_t size;
	uint32_t got;	/* of the size, then of a request */
	int sized;
};

static void watch(int ep, int fd, void *ptr)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = ptr };

	must(!epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev), "epoll");
}

static void serve_datagram(int fd)
{
	union address peer;
	socklen_t len = sizeof(peer);
	ssize_t n = recvfrom(fd, buf, CHUNK, 0, &peer.sa, &len);
	int i;

	if (n < 1 || buf[0] == NOTHING)
		return;
	for (i = buf[0] == MANY ? BURST : 1; i; i--)
		sendto(fd, buf, 1, 0, &peer.sa, len);
}

static void serve_stream(struct conn *c)
{
	ssize_t n;

	if (!c->sized)
		n = recv(c->fd, (char *)&c->size + c->got,
			 sizeof(c->size) - c->got, 0);
	else
		n = recv(c->fd, buf, CHUNK, 0);
	if (n <= 0) {
		close(c->fd);
		free(c);
		return;
	}
	c->got += n;
	if (!c->sized) {
		c->sized = c->got == sizeof(c->size);
		c->got = c->sized ? 0 : c->got;
	} else if (c->size && c->got >= c->size) {
		c->got -= c->size;
		put(c->fd, buf, c->size);
	}
}

static void serve(const char *addr, const char *port)
{
	int udp = new_socket(family_of(addr), SOCK_DGRAM, 0);
	int tcp = new_socket(family_of(addr), SOCK_STREAM, 0);
	union address a = address(addr, port);
	int ep = epoll_create1(0), on = 1;
	struct epoll_event ev;
	struct conn *c;

	setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	must(!bind(udp, &a.sa, sizeof(a)) && !bind(tcp, &a.sa, sizeof(a)) &&
	     !listen(tcp, 128), "listen");
	watch(ep, udp, &udp);
	watch(ep, tcp, &tcp);
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (epoll_wait(ep, &ev, 1, -1) != 1)
			continue;
		if (ev.data.ptr == &udp) {
			serve_datagram(udp);
		} else if (ev.data.ptr == &tcp) {
			c = calloc(1, sizeof(*c));
			must(!!c, "memory");
			c->fd = accept(tcp, NULL, NULL);
			must(c->fd >= 0, "accept");
			setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on,
				   sizeof(on));
			watch(ep, c->fd, c);
		} else {
			serve_stream(ev.data.ptr);
		}
	}
}

/*
 * The near end: each of these is done again and again
 */

struct near {
	int fd;
	int peer;	/* which gets what is sent by @fd, in the same process */
	const char *addr;
	const char *port;
	uint32_t size;
};

static void one_ping(struct near *a)
{
	struct icmphdr h = { .type = ICMP_ECHO };

	put(a->fd, &h, sizeof(h));
	must(recv(a->fd, buf, CHUNK, 0) >= (ssize_t)sizeof(h), "receive");
}

static void one_datagram(struct near *a)
{
	char c = ECHO;

	put(a->fd, &c, 1);
	get(a->fd, 1);
}

static void one_request(struct near *a)
{
	put(a->fd, buf, a->size);
	get(a->fd, a->size);
}

static void one_burst_out(struct near *a)
{
	char c = NOTHING;
	int i;

	for (i = 0; i < BURST - 1; i++)
		put(a->fd, &c, 1);
	one_datagram(a);
}

static void one_burst_in(struct near *a)
{
	char c = MANY;
	int i;

	put(a->fd, &c, 1);
	for (i = 0; i < BURST; i++)
		get(a->fd, 1);
}

/* Nothing more comes from here, and what has come is all. */
static void finish(int fd)
{
	shutdown(fd, SHUT_WR);
	must(recv(fd, buf, CHUNK, 0) == 0, "end of a connection");
	close(fd);
}

static void one_connection(struct near *a)
{
	finish(connected(SOCK_STREAM, a->addr, a->port));
}

/* To as many addresses as there are, one after the other. */
static union address first;

static void one_round_out(struct near *a)
{
	union address to = first;
	char c = NOTHING;
	uint32_t i;

	for (i = 0; i < a->size; i++) {
		to.in.sin_addr.s_addr = htonl(ntohl(first.in.sin_addr.s_addr) + i);
		must(sendto(a->fd, &c, 1, 0, &to.sa, sizeof(to)) == 1, "send");
	}
}

static void one_to_peer(struct near *a)
{
	char c = NOTHING;

	put(a->fd, &c, 1);
	get(a->peer, 1);
}

static void one_option(struct near *a)
{
	int priority = 0;

	must(!setsockopt(a->fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority)),
	     "setsockopt");
}

static void unix_pair(struct near *a, const char *name)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + 1;
	int fds[2];

	must(!socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), "socketpair");
	a->fd = fds[0];
	a->peer = fds[1];
	if (!name)
		return;
	/* The first byte of the path is zero. */
	len += snprintf(un.sun_path + 1, sizeof(un.sun_path) - 1, "%s", name);
	a->peer = bare_socket(AF_UNIX, SOCK_DGRAM, 0);
	must(!bind(a->peer, (struct sockaddr *)&un, len), name);
	a->fd = bare_socket(AF_UNIX, SOCK_DGRAM, 0);
	must(!connect(a->fd, (struct sockaddr *)&un, len), name);
}

static void udp_loop(struct near *a)
{
	union address self = address("127.0.0.1", "0");
	socklen_t len = sizeof(self);

	a->fd = new_socket(AF_INET, SOCK_DGRAM, 0);
	a->peer = a->fd;
	must(!bind(a->fd, &self.sa, sizeof(self.in)) &&
	     !getsockname(a->fd, &self.sa, &len) &&
	     !connect(a->fd, &self.sa, len), "127.0.0.1");
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void repeat(void (*one)(struct near *a), struct near *a, int n, int each)
{
	int i, k, times = n / each / PARTS + 1;
	int64_t took[PARTS];

	for (k = -1; k < PARTS; k++) {
		int64_t start = now();

		if (!k)
			mark_begin();
		for (i = 0; i < times; i++)
			one(a);
		if (k >= 0)
			took[k] = now() - start;
	}
	mark_end();
	qsort(took, PARTS, sizeof(*took), compare);
	printf("%lld\n", (long long)took[PARTS / 2] / times / each);
}

/* Short parts, each after a grace period: what the kernel frees later is the same in
 * each set-up, but comes when it will, and would be most of the difference. So would
 * be the parts in which its allocator takes a longer way: those below are counted.
 */
static void sockets(int n)
{
	int parts = n / BURST + 1, i, k;
	int64_t took[parts], start;

	for (k = -1; k < parts; k++) {
		must(!syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0), "membarrier");
		start = now();
		/* The last of them is what counts here. */
		mark_begin();
		for (i = 0; i < BURST; i++)
			close(bare_socket(AF_INET, SOCK_DGRAM, 0));
		if (k >= 0)
			took[k] = now() - start;
		mark_end();
	}
	qsort(took, parts, sizeof(*took), compare);
	printf("%lld\n", (long long)took[parts / 4] / BURST);
}

static void stream(const char *addr, const char *port, int mib, int n)
{
	int64_t start = 0;
	uint32_t size = 0;
	int fd[n], i, k;

	for (i = 0; i < n; i++) {
		fd[i] = connected(SOCK_STREAM, addr, port);
		put(fd[i], &size, sizeof(size));
	}
	for (i = -(mib << 20) / CHUNK / n / 10; i < (mib << 20) / CHUNK / n; i++) {
		if (!i) {
			start = now();
			mark_begin();
		}
		for (k = 0; k < n; k++)
			put(fd[k], buf, CHUNK);
	}
	for (i = 0; i < n; i++)
		finish(fd[i]);
	mark_end();
	printf("%lld\n", (long long)(now() - start) / (mib << 10));
}

/* For how long the first CPU has been running something. */
static int64_t busy(void)
{
	FILE *f = fopen("/proc/schedstat", "r");
	long long ns = -1;
	char line[512];

	must(!!f, "/proc/schedstat");
	while (ns < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "cpu0 %*u %*u %*u %*u %*u %*u %lld", &ns);
	fclose(f);
	must(ns >= 0, "/proc/schedstat");
	return ns;
}

static void users(unsigned int first, int n)
{
	int64_t start = busy();
	int i, status;

	mark_begin();
	for (i = 0; i < n; i++) {
		pid_t pid = fork();

		if (!pid) {
			gid_t id = first + i;

			_exit(setgroups(0, NULL) || setresgid(id, id, id) ||
			      setresuid(id, id, id) ||
			      socket(AF_INET, SOCK_DGRAM, 0) < 0);
		}
		must(pid > 0 && waitpid(pid, &status, 0) == pid && !status,
		     "a user's socket");
	}
	mark_end();
	printf("%lld\n", (long long)(busy() - start) / n);
}

int main(int argc, char **argv)
{
	struct near a = {};
	const char *what;
	int n;

	if (argc > 3 && !strcmp(argv[1], "-d")) {
		device = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (argc < 3)
		goto usage;
	what = argv[1];
	if (!strcmp(what, "serve")) {
		serve(argc > 3 ? argv[3] : "0.0.0.0", argv[2]);
	} else if (!strcmp(what, "socket")) {
		sockets(atoi(argv[2]));
	} else if (!strcmp(what, "unix")) {
		unix_pair(&a, argc > 3 ? argv[3] : NULL);
		repeat(one_to_peer, &a, atoi(argv[2]), 1);
	} else if (!strcmp(what, "loop")) {
		udp_loop(&a);
		repeat(one_to_peer, &a, atoi(argv[2]), 1);
	} else if (!strcmp(what, "option")) {
		a.fd = new_socket(AF_INET, SOCK_DGRAM, 0);
		repeat(one_option, &a, atoi(argv[2]), 1);
	} else if (argc == 4 && !strcmp(what, "users")) {
		users(atoi(argv[2]), atoi(argv[3]));
	} else if (argc == 4 && !strcmp(what, "icmp")) {
		a.fd = connected(SOCK_DGRAM, argv[2], NULL);
		repeat(one_ping, &a, atoi(argv[3]), 1);
	} else if (argc >= 5) {
		a.addr = argv[2];
		a.port = argv[3];
		n = atoi(argv[4]);
		if (argc == 6 && !strcmp(what, "rr")) {
			a.size = atoi(argv[5]);
			must(a.size && a.size <= CHUNK, argv[5]);
			a.fd = connected(SOCK_STREAM, a.addr, a.port);
			put(a.fd, &a.size, sizeof(a.size));
			repeat(one_request, &a, n, 1);
		} else if (argc == 6 && !strcmp(what, "spread")) {
			a.size = atoi(argv[5]);
			first = address(a.addr, a.port);
			a.fd = new_socket(AF_INET, SOCK_DGRAM, 0);
			repeat(one_round_out, &a, n, a.size);
		} else if (argc == 6 && !strcmp(what, "stream")) {
			stream(a.addr, a.port, n, atoi(argv[5]));
		} else if (!strcmp(what, "connect")) {
			repeat(one_connection, &a, n, 1);
		} else {
			a.fd = connected(SOCK_DGRAM, a.addr, a.port);
			if (!strcmp(what, "udp"))
				repeat(one_datagram, &a, n, 1);
			else if (!strcmp(what, "send"))
				repeat(one_burst_out, &a, n, BURST);
			else if (!strcmp(what, "receive"))
				repeat(one_burst_in, &a, n, BURST);
			else
				goto usage;
		}
	} else {
		goto usage;
	}
	return 0;
usage:
	fprintf(stderr, "see the comment at the top of uvn_bench.c\n");
	return 2;
}
