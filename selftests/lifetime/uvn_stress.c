// SPDX-License-Identifier: GPL-2.0
/*
 * Users make sockets of all kinds and talk, by many processes at the same time, while
 * somebody else changes everything around them; to be run as root:
 *
 *	uvn_stress SECONDS OUTSIDE NODE... -- ADDRESS...
 *
 * OUTSIDE and NODE are paths of network namespaces. Off the nodes there is an echo;
 * on each node each user has a server, who asks at each ADDRESS, and who makes sockets
 * and closes them. On the first node there are new users all the time. Every message
 * says whose it is, and to whom it goes; servers end now and then, so that most
 * sockets see their network go.
 *
 * The last line says: SOCKETS sockets, ANSWERS answers, OUTSIDE from outside, LEAKS
 * leaks, ERRORS errors. A leak is what a bound socket got from another user, or from
 * a socket that was made while uvn was disabled.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../lib/uvn_enter.h"
#include "uvn_impatient.h"

#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE 136
#endif

#define PORT 7000
#define MAX_ADDRESSES 16
#define MAX_NODES 4
/* A server's socket lives about so long. */
#define LIFE_MS 700
/* New users, at most, so that the guest's memory is enough. */
#define FIRST_NEW 20000
#define NEW_USERS 400

static const unsigned int users[] = { 1234, 9876, 70001, 0 };

struct shared {
	int stop;
	int sockets;
	int answers;
	int outside;
	int leaks;
	int errors;
};

enum { SYSTEM = 0, OUTSIDE = 1 };

/* What who speaks says: whose it is, whether its socket is bound, and whom it is for,
 * which is 0 where that can be anybody.
 */
struct word {
	unsigned int from;
	unsigned int to;
	int bound;
	unsigned int number;
};

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct target {
	union address a;
	socklen_t len;
};

static struct shared *shared;
static struct target targets[MAX_ADDRESSES];
static int n_targets;

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000;
}

static void add(int *counter, int n)
{
	__atomic_add_fetch(counter, n, __ATOMIC_RELAXED);
}

static int stopping(void)
{
	return __atomic_load_n(&shared->stop, __ATOMIC_RELAXED);
}

static void tell_leak(const char *who, unsigned int uid, const struct word *w)
{
	printf("leak: %u's %s got from %u (%sbound), for %u\n", uid, who, w->from,
	       w->bound ? "" : "un", w->to);
	add(&shared->leaks, 1);
}

/* While the network goes or uvn is disabled, socket() may fail in these ways. */
static int expected(int err)
{
	return err == ENETDOWN || err == ENODEV || err == EACCES || err == ENETUNREACH ||
	       err == ENOBUFS || err == EINTR;
}

static int user_socket(int family, int type, int protocol, int *bound)
{
	int fd;

	*bound = 0;
	fd = socket(family, type, protocol);
	if (fd < 0) {
		if (!expected(errno)) {
			printf("socket %d %d %d: %s\n", family, type, protocol,
			       strerror(errno));
			add(&shared->errors, 1);
		}
		return -1;
	}
	*bound = impatient(fd);
	add(&shared->sockets, 1);
	return fd;
}

static int readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

/*
 * Servers
 */

static void answer(int fd, unsigned int uid, int bound, const struct target *to,
		   const struct word *w)
{
	struct word mine = { .from = uid, .to = w->from, .bound = bound,
			     .number = w->number };

	/* What is bound hears the own user's bound sockets, and nobody else. */
	if (bound && uid != OUTSIDE && (w->from != uid || !w->bound))
		tell_leak("server", uid, w);
	sendto(fd, &mine, sizeof(mine), MSG_NOSIGNAL | MSG_DONTWAIT,
	       to ? &to->a.sa : NULL, to ? to->len : 0);
}

static int listen_to(int type, int *bound)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	int fd = user_socket(AF_INET6, type, 0, bound);

	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) ||
	    (type == SOCK_STREAM && listen(fd, 16))) {
		close(fd);	/* one that was made while uvn was disabled has it */
		usleep(20000);
		return -1;
	}
	return fd;
}

static void serve(unsigned int uid)
{
	while (!stopping()) {
		int bound[2], fd[2], conn, i;
		struct target from;
		struct word w;
		long end;

		fd[0] = listen_to(SOCK_DGRAM, &bound[0]);
		fd[1] = listen_to(SOCK_STREAM, &bound[1]);
		end = now_ms() + LIFE_MS / 2 + random() % LIFE_MS;
		while (now_ms() < end && !stopping()) {
			struct pollfd p[2] = { { .fd = fd[0], .events = POLLIN },
					       { .fd = fd[1], .events = POLLIN } };

			if (poll(p, 2, 50) <= 0)
				continue;
			for (i = 0; p[0].revents && i < 16; i++) {
				from.len = sizeof(from.a);
				if (recvfrom(fd[0], &w, sizeof(w), MSG_DONTWAIT, &from.a.sa,
					     &from.len) != sizeof(w))
					break;
				answer(fd[0], uid, bound[0], &from, &w);
			}
			if (!p[1].revents)
				continue;
			conn = accept4(fd[1], NULL, NULL, 0);
			if (conn < 0)
				continue;
			if (readable(conn, 100) &&
			    recv(conn, &w, sizeof(w), MSG_DONTWAIT) == sizeof(w))
				answer(conn, uid, bound[1], NULL, &w);
			close(conn);
		}
		for (i = 0; i < 2; i++)
			if (fd[i] >= 0)
				close(fd[i]);
	}
}

/*
 * Who asks
 */

static void ask(unsigned int uid)
{
	static unsigned int number;

	while (!stopping()) {
		const struct target *to = &targets[random() % n_targets];
		int type = random() % 3 ? SOCK_DGRAM : SOCK_STREAM;
		struct word w, mine = { .from = uid };
		int fd, i, bound;

		fd = user_socket(to->a.sa.sa_family, type, 0, &bound);
		if (fd < 0) {
			usleep(5000);
			continue;
		}
		mine.bound = bound;
		if (!connect(fd, &to->a.sa, to->len)) {
			for (i = 0; i < (type == SOCK_STREAM ? 1 : 8); i++) {
				mine.number = ++number;
				send(fd, &mine, sizeof(mine), MSG_NOSIGNAL | MSG_DONTWAIT);
				if (!readable(fd, 30) ||
				    recv(fd, &w, sizeof(w), MSG_DONTWAIT) != sizeof(w))
					continue;
				add(w.from == OUTSIDE ? &shared->outside : &shared->answers, 1);
				/* A socket without a network answers everybody, as a
				 * service of the system's does.
				 */
				if (bound && (w.to != uid || (w.bound && w.from != uid &&
							      w.from != OUTSIDE)))
					tell_leak("client", uid, &w);
			}
		}
		close(fd);
	}
}

/*
 * Who makes sockets and closes them
 */

static void touch(int fd, int family, unsigned int uid, int bound)
{
	const struct target *to = &targets[random() % n_targets];
	struct target own = { .len = sizeof(own.a) };
	struct word w = { .from = uid, .bound = bound };
	int one = 1, value = random() % 3;

	switch (random() % 7) {
	case 0:
		memset(&own.a, 0, sizeof(own.a));
		own.a.sa.sa_family = family;
		bind(fd, &own.a.sa, family == AF_INET ? sizeof(own.a.in) :
						       sizeof(own.a.in6));
		listen(fd, 4);
		break;
	case 1:
		fcntl(fd, F_SETFL, O_NONBLOCK);
		connect(fd, &to->a.sa, to->len);
		break;
	case 2:
		connect(fd, &to->a.sa, to->len);
		own.a.sa.sa_family = AF_UNSPEC;
		connect(fd, &own.a.sa, sizeof(own.a.in));
		break;
	case 3:
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, value ? "em1" : "", value ? 4 : 0);
		break;
	case 4:
		setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
		setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &one, sizeof(one));
		sendto(fd, &w, sizeof(w), MSG_DONTWAIT | MSG_NOSIGNAL, &to->a.sa, to->len);
		break;
	case 5:
		getsockname(fd, &own.a.sa, &own.len);
		getpeername(fd, &own.a.sa, &own.len);
		break;
	case 6:
		if (!fork()) {	/* another process closes it last */
			usleep(random() % 2000);
			_exit(0);
		}
		break;
	}
}

static void make(unsigned int uid)
{
	static const int kinds[][3] = {
		{ AF_INET, SOCK_STREAM, 0 }, { AF_INET6, SOCK_STREAM, 0 },
		{ AF_INET, SOCK_DGRAM, 0 }, { AF_INET6, SOCK_DGRAM, 0 },
		{ AF_INET, SOCK_DGRAM, IPPROTO_ICMP },
		{ AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6 },
	};
	/* What may be refused, and must not be worse than that. */
	static const int others[][3] = {
		{ AF_INET, SOCK_RAW, IPPROTO_ICMP }, { AF_INET6, SOCK_RAW, IPPROTO_UDP },
		{ AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE },
		{ AF_INET, SOCK_STREAM, 262 /* MPTCP */ },
		{ AF_NETLINK, SOCK_RAW, 0 }, { AF_PACKET, SOCK_DGRAM, 0 },
	};
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd[8], n = 0, i, bound;

	snprintf(un.sun_path + 1, sizeof(un.sun_path) - 1, "stress");
	while (!stopping()) {
		const int *kind = kinds[random() % 6];

		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (n == 8)
			while (n)
				close(fd[--n]);
		fd[n] = user_socket(kind[0], kind[1], kind[2], &bound);
		if (fd[n] < 0) {
			usleep(5000);
			continue;
		}
		touch(fd[n++], kind[0], uid, bound);
		kind = others[random() % 6];
		i = socket(kind[0], kind[1], kind[2]);
		if (i >= 0)
			close(i);
		/* Who changes things must get a turn, also where CPUs are emulated. */
		usleep(random() % 4000);
		i = socket(AF_UNIX, random() % 2 ? SOCK_STREAM : SOCK_DGRAM, 0);
		if (i >= 0) {
			if (random() % 2)
				bind(i, (struct sockaddr *)&un,
				     offsetof(struct sockaddr_un, sun_path) + 7);
			else
				connect(i, (struct sockaddr *)&un,
					offsetof(struct sockaddr_un, sun_path) + 7);
			close(i);
		}
	}
}

/*
 * Processes
 */

static void become(unsigned int uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		_exit(6);
}

static void start(unsigned int uid, void (*fn)(unsigned int uid))
{
	static int nth;

	nth++;
	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (nice(15) == -1)	/* behind who changes things */
		_exit(6);
	if (uid > OUTSIDE)
		become(uid);
	srandom(nth);
	fn(uid);
	fflush(stdout);
	_exit(0);
}

/* New users, one after the other, each with a socket or two for a moment. */
static void crowd(unsigned int uid)
{
	unsigned int i;

	(void)uid;
	for (i = 0; i < NEW_USERS && !stopping(); i++) {
		pid_t pid = fork();

		if (!pid) {
			int bound, fd;

			become(FIRST_NEW + i);
			fd = user_socket(AF_INET, SOCK_DGRAM, 0, &bound);
			usleep(random() % 20000);
			if (fd >= 0)
				close(fd);
			fflush(stdout);
			_exit(0);
		}
		usleep(50000);
		if (random() % 4 == 0)
			kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

static void target(const char *text)
{
	struct target *t = &targets[n_targets++];

	memset(t, 0, sizeof(*t));
	if (inet_pton(AF_INET, text, &t->a.in.sin_addr) == 1) {
		t->a.in.sin_family = AF_INET;
		t->a.in.sin_port = htons(PORT);
		t->len = sizeof(t->a.in);
	} else if (inet_pton(AF_INET6, text, &t->a.in6.sin6_addr) == 1) {
		t->a.in6.sin6_family = AF_INET6;
		t->a.in6.sin6_port = htons(PORT);
		t->len = sizeof(t->a.in6);
	} else {
		fprintf(stderr, "%s is no address\n", text);
		exit(6);
	}
}

int main(int argc, char **argv)
{
	int i, nodes = 0;
	unsigned int k;
	long end;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 3; i < argc && strcmp(argv[i], "--"); i++)
		nodes++;
	if (!nodes || nodes > MAX_NODES || i + 1 >= argc || argc - i - 1 > MAX_ADDRESSES) {
		fprintf(stderr, "see the comment at the top of uvn_stress.c\n");
		return 6;
	}
	for (i++; i < argc; i++)
		target(argv[i]);
	signal(SIGPIPE, SIG_IGN);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 6;
	enter(argv[2]);
	start(OUTSIDE, serve);
	for (i = nodes - 1; i >= 0; i--) {
		enter(argv[3 + i]);
		for (k = 0; users[k]; k++) {
			start(users[k], serve);
			start(users[k], ask);
			start(users[k], make);
		}
		if (!i)
			start(SYSTEM, crowd);
	}
	for (end = now_ms() + atoi(argv[1]) * 1000L; now_ms() < end; )
		usleep(100000);
	__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
	while (wait(NULL) > 0)
		;
	printf("%d sockets, %d answers, %d from outside, %d leaks, %d errors\n",
	       shared->sockets, shared->answers, shared->outside, shared->leaks,
	       shared->errors);
	return shared->leaks || shared->errors;
}
