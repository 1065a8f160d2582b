// SPDX-License-Identifier: GPL-2.0
/*
 * Flows to a host outside, which tells each flow how it sees it.
 *
 *	uvn_flows echo PORT
 *		answers each line by TCP and each datagram by UDP, of both
 *		families, with "ADDRESS PORT " before it, ADDRESS and PORT being
 *		the peer's; "get N" by TCP is answered with N bytes
 *	uvn_flows say PROTOCOL SOURCE PORT ADDRESS PORT [TEXT]
 *		says a word to the echo and prints the answer, which must begin
 *		with TEXT; SOURCE need not be an address of the host's, "-" is any
 *	uvn_flows hold PROTOCOL ADDRESS PORT [PORT]
 *		one flow, from the latter port, that stays; prints "ready" and
 *		the answer, at each SIGUSR1 "again" and the answer, "error" and
 *		the errno, or "silent", and "stray" for what nobody asked for
 *	uvn_flows get ADDRESS PORT BYTES
 *		fetches so many bytes; succeeds if they are the right ones
 *	uvn_flows crowd FIRST USERS EACH ADDRESS PORT
 *		as root: each of the users holds EACH flows, by TCP and UDP in
 *		turn, all users from the same ports; each says its own word when
 *		it begins, and another when all are there; prints "N of ALL, W
 *		wrong, ADDRESS... ports LOW HIGH"
 *	uvn_flows scan PROTOCOL ADDRESS FIRST LAST
 *		prints each port at which somebody answers; fails if none does
 *	uvn_flows forge PROTOCOL SOURCE PORT ADDRESS FIRST LAST
 *		as root: a datagram or a SYN with this source to each port
 *	uvn_flows punch ADDRESS PORT FILE
 *		prints "at ADDRESS PORT" as the echo sees it, waits for such a
 *		line in FILE, and sends there for two seconds; prints "heard
 *		ADDRESS PORT" for what comes from elsewhere than the echo, and
 *		"sent N of M"
 *
 * PROTOCOL is tcp, udp, loose (UDP by a socket that is not connected), lite
 * (UDP-Lite) or icmp (echo; the port is the identifier). Whoever waits for an
 * answer gives up after $UVN_PATIENCE seconds, or 3. Exit status: as
 * uvn_probe's.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "uvn_flows.h"

#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78
#endif

int timeout_ms = 3000;

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
		return UNREACHABLE;
	case ETIMEDOUT:
	case EAGAIN:
	case EINPROGRESS:
		return TIMEOUT;
	default:
		return OTHER;
	}
}

long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

socklen_t parse(union address *a, const char *address, const char *port)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, address, &a->in.sin_addr) == 1) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons(atoi(port));
		return sizeof(a->in);
	}
	if (inet_pton(AF_INET6, address, &a->in6.sin6_addr) == 1) {
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons(atoi(port));
		return sizeof(a->in6);
	}
	fprintf(stderr, "%s is no address\n", address);
	exit(OTHER);
}

/* "ADDRESS PORT ", an IPv4 address as such however it came. */
int show(char *buf, size_t size, const union address *a)
{
	char text[INET6_ADDRSTRLEN];
	const void *from = &a->in.sin_addr;
	int family = AF_INET;

	if (a->sa.sa_family == AF_INET6) {
		from = &a->in6.sin6_addr;
		if (IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
			from = &a->in6.sin6_addr.s6_addr[12];
		else
			family = AF_INET6;
	}
	inet_ntop(family, from, text, sizeof(text));
	/* The port is at the same place in both. */
	return snprintf(buf, size, "%s %u ", text, ntohs(a->in.sin_port));
}

void many_files(void)
{
	struct rlimit limit = { 8192, 8192 };

	setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * One flow
 */

/* Made but not yet connected. */
int flow_open(struct flow *f, const char *protocol, const char *source,
	      int source_port, const char *address, const char *port)
{
	struct timeval patience = { .tv_sec = timeout_ms / 1000 };
	int one = 1, type = SOCK_DGRAM, proto = 0;
	union address from;
	char text[16];
	socklen_t len;
	int v6;

	memset(f, 0, sizeof(*f));
	f->len = parse(&f->to, address, port);
	v6 = f->to.sa.sa_family == AF_INET6;
	if (!strcmp(protocol, "tcp")) {
		type = SOCK_STREAM;
	} else if (!strcmp(protocol, "lite")) {
		proto = IPPROTO_UDPLITE;
	} else if (!strcmp(protocol, "icmp")) {
		proto = v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
		f->icmp = v6 ? 128 : 8;
	} else if (!strcmp(protocol, "loose")) {
		f->loose = 1;
	}
	f->fd = socket(f->to.sa.sa_family, type, proto);
	if (f->fd < 0) {
		fail("socket");
		return NO_SOCKET;
	}
	setsockopt(f->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(f->fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	setsockopt(f->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (v6)
		setsockopt(f->fd, IPPROTO_IPV6, IPV6_FREEBIND, &one, sizeof(one));
	else
		setsockopt(f->fd, IPPROTO_IP, IP_FREEBIND, &one, sizeof(one));
	if (source_port || strcmp(source, "-")) {
		snprintf(text, sizeof(text), "%d", source_port);
		if (!strcmp(source, "-"))
			source = v6 ? "::" : "0.0.0.0";
		len = parse(&from, source, text);
		if (bind(f->fd, &from.sa, len))
			return fail("bind");
	}
	return 0;
}

int flow_send(struct flow *f, const char *text)
{
	char buf[LINE] = { f->icmp };
	size_t n = strlen(text), head = f->icmp ? 8 : 0;

	memcpy(buf + head, text, n);
	n += head;
	if (f->loose)
		return sendto(f->fd, buf, n, 0, &f->to.sa, f->len) < 0 ? -1 : 0;
	return send(f->fd, buf, n, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int same(const union address *a, const union address *b)
{
	if (a->sa.sa_family != b->sa.sa_family ||
	    a->in.sin_port != b->in.sin_port)
		return 0;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return !memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, 16);
}

/* What is there, as text. Returns its length, 0 at the end, or -1; what is not
 * the echo's is told and counts as nothing.
 */
static ssize_t flow_receive(struct flow *f, char *buf, size_t size)
{
	union address from = { .sa.sa_family = AF_UNSPEC };
	socklen_t len = sizeof(from);
	size_t head = f->icmp ? 8 : 0;
	ssize_t n = recvfrom(f->fd, buf, size - 1, MSG_DONTWAIT, &from.sa, &len);

	if (n <= 0)
		return n;
	if (f->loose && !same(&from, &f->to)) {
		show(buf, size, &from);
		printf("stray %s\n", buf);
		fflush(stdout);
		errno = EAGAIN;
		return -1;
	}
	if (n < (ssize_t)head) {
		errno = EAGAIN;
		return -1;
	}
	n -= head;
	memmove(buf, buf + head, n);
	buf[n] = 0;
	while (n && buf[n - 1] == '\n')
		buf[--n] = 0;
	return n;
}

/* A word there and back. 0, or -1 and errno. Datagrams are said again. */
int flow_exchange(struct flow *f, const char *word, char *buf, size_t size)
{
	long end = now_ms() + timeout_ms, step = timeout_ms / 4;
	int type, sent = 0;
	socklen_t len = sizeof(type);
	ssize_t n;

	getsockopt(f->fd, SOL_SOCKET, SO_TYPE, &type, &len);
	while (now_ms() < end) {
		struct pollfd p = { .fd = f->fd, .events = POLLIN };

		if ((!sent || type == SOCK_DGRAM) && flow_send(f, word))
			return -1;
		sent = 1;
		if (!poll(&p, 1, step))
			continue;
		n = flow_receive(f, buf, size);
		if (n > 0 && strstr(buf, word))
			return 0;
		if (!n)
			errno = ECONNRESET;
		if (!n || (n < 0 && errno != EAGAIN))
			return -1;
	}
	errno = ETIMEDOUT;
	return -1;
}

static int say(char **arg)
{
	char buf[LINE];
	struct flow f;
	int err;

	err = flow_open(&f, arg[0], arg[1], atoi(arg[2]), arg[3], arg[4]);
	if (err)
		return err;
	if (!f.loose && connect(f.fd, &f.to.sa, f.len))
		return fail("connect");
	if (flow_exchange(&f, "word", buf, sizeof(buf)))
		return fail("exchange");
	printf("%s\n", buf);
	return arg[5] && strncmp(buf, arg[5], strlen(arg[5])) ? WRONG : 0;
}

static int hold(char **arg)
{
	struct signalfd_siginfo info;
	char buf[LINE], word[32];
	struct pollfd p[2];
	sigset_t mask;
	struct flow f;
	int err, n = 0;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	p[0].fd = signalfd(-1, &mask, 0);
	p[0].events = POLLIN;
	err = flow_open(&f, arg[0], "-", arg[3] ? atoi(arg[3]) : 0, arg[1],
			arg[2]);
	if (err)
		return err;
	if (!f.loose && connect(f.fd, &f.to.sa, f.len))
		return fail("connect");
	snprintf(word, sizeof(word), "%u.%d.%d", getuid(), getpid(), n);
	if (flow_exchange(&f, word, buf, sizeof(buf)))
		return fail("exchange");
	printf("ready %s\n", buf);
	fflush(stdout);
	p[1].fd = f.fd;
	p[1].events = POLLIN;
	while (poll(p, 2, -1) >= 0) {
		if (p[1].revents) {
			ssize_t got = flow_receive(&f, buf, sizeof(buf));

			/* One that has died says so when it is asked. */
			if (!got || (got < 0 && errno != EAGAIN)) {
				printf("died %d\n", got ? errno : ECONNRESET);
				if (!strcmp(arg[0], "tcp"))
					p[1].fd = -1;
			}
			fflush(stdout);
		}
		if (!p[0].revents)
			continue;
		if (read(p[0].fd, &info, sizeof(info)) < 0)
			return fail("signal");
		snprintf(word, sizeof(word), "%u.%d.%d", getuid(), getpid(), ++n);
		if (!flow_exchange(&f, word, buf, sizeof(buf)))
			printf("again %s\n", buf);
		else if (errno == ETIMEDOUT)
			printf("silent\n");
		else
			printf("error %d\n", errno);
		fflush(stdout);
	}
	return OTHER;
}

static int get(char **arg)
{
	struct timeval patience = { .tv_sec = 60 };
	long want = atol(arg[2]), got = 0;
	static uint8_t buf[32768];
	char line[LINE];
	struct flow f;
	ssize_t n;
	int err, i;

	err = flow_open(&f, "tcp", "-", 0, arg[0], arg[1]);
	if (err)
		return err;
	setsockopt(f.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	snprintf(line, sizeof(line), "get %ld\n", want);
	if (connect(f.fd, &f.to.sa, f.len) || flow_send(&f, line))
		return fail("connect");
	while ((n = recv(f.fd, buf, sizeof(buf), 0)) > 0) {
		for (i = 0; i < n; i++)
			if (buf[i] != pattern(got + i))
				return WRONG;
		got += n;
	}
	printf("%ld of %ld bytes\n", got, want);
	if (n < 0)
		return fail("receive");
	return got == want ? 0 : WRONG;
}

/*
 * Many flows
 */

struct tally {
	int here;	/* who said their first words */
	int good;	/* flows of which both words came back */
	int wrong;	/* words that were somebody else's */
	int low, high;	/* ports as the echo sees them */
	char address[INET6_ADDRSTRLEN];
};

struct member {
	struct flow flow;
	int tcp, port, good, done;
};

static void member_word(char *word, size_t size, unsigned int uid, int i, int round)
{
	snprintf(word, size, "%u.%d.%d", uid, i, round);
}

static void member_hear(struct tally *t, struct member *m, unsigned int uid,
			int i, int round)
{
	char buf[LINE], address[INET6_ADDRSTRLEN], heard[64], word[64];
	int port;

	if (flow_receive(&m->flow, buf, sizeof(buf)) < 0)
		return;
	member_word(word, sizeof(word), uid, i, round);
	if (sscanf(buf, "%45s %d %63s", address, &port, heard) != 3) {
		m->done = 1;	/* it has ended */
		return;
	}
	if (strcmp(heard, word)) {
		member_word(word, sizeof(word), uid, i, round - 1);
		if (strcmp(heard, word))
			__atomic_fetch_add(&t->wrong, 1, __ATOMIC_RELAXED);
		return;
	}
	if (round && m->port != port)
		__atomic_fetch_add(&t->wrong, 1, __ATOMIC_RELAXED);
	m->port = port;
	m->good++;
	m->done = 1;
	/* Not exact if several write at once, but there is one address. */
	memcpy(t->address, address, sizeof(address));
}

static void crowd_round(struct tally *t, struct member *m, int n,
			unsigned int uid, int round)
{
	struct pollfd p[n];
	int i, try, left = n;
	char word[64];

	for (i = 0; i < n; i++)
		m[i].done = 0;
	for (try = 0; try < 5 && left; try++) {
		long end = now_ms() + timeout_ms;

		for (i = 0; i < n; i++) {
			member_word(word, sizeof(word), uid, i, round);
			if (m[i].tcp)
				strcat(word, "\n");
			if (!m[i].done && (!m[i].tcp || !try))
				flow_send(&m[i].flow, word);
		}
		while (left && now_ms() < end) {
			for (i = 0; i < n; i++) {
				p[i].fd = m[i].done ? -1 : m[i].flow.fd;
				p[i].events = POLLIN;
			}
			poll(p, n, end - now_ms());
			for (left = 0, i = 0; i < n; i++) {
				if (!m[i].done && p[i].revents)
					member_hear(t, &m[i], uid, i, round);
				left += !m[i].done;
			}
		}
	}
}

static void crowd_user(struct tally *t, unsigned int uid, int users, int n,
		       char **arg)
{
	struct timespec tick = { .tv_nsec = 20000000 };
	struct member m[n];
	int i, told = 0;
	long end;

	memset(m, 0, sizeof(m));
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid))
		_exit(OTHER);
	for (i = 0; i < n; i++) {
		m[i].tcp = i % 2;
		if (flow_open(&m[i].flow, m[i].tcp ? "tcp" : "udp", "-",
			      20000 + i, arg[0], arg[1]) ||
		    connect(m[i].flow.fd, &m[i].flow.to.sa, m[i].flow.len)) {
			if (!told++)
				fail("flow");
			close(m[i].flow.fd);
			m[i].flow.fd = -1;
		}
	}
	crowd_round(t, m, n, uid, 0);
	__atomic_fetch_add(&t->here, 1, __ATOMIC_SEQ_CST);
	for (end = now_ms() + 60000; now_ms() < end; nanosleep(&tick, NULL))
		if (__atomic_load_n(&t->here, __ATOMIC_SEQ_CST) == users)
			break;
	crowd_round(t, m, n, uid, 1);
	for (i = 0; i < n; i++) {
		if (m[i].good != 2)
			printf("UID %u from %d by %s: %d of 2 answers, port %d\n", uid,
			       20000 + i, m[i].tcp ? "tcp" : "udp", m[i].good,
			       m[i].port);
		__atomic_fetch_add(&t->good, m[i].good == 2, __ATOMIC_SEQ_CST);
		if (m[i].port && (!t->low || m[i].port < t->low))
			t->low = m[i].port;
		if (m[i].port > t->high)
			t->high = m[i].port;
	}
	fflush(stdout);
	_exit(0);
}

static int crowd(char **arg)
{
	int i, first = atoi(arg[0]), users = atoi(arg[1]), each = atoi(arg[2]);
	struct tally *t;

	t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t == MAP_FAILED)
		return OTHER;
	many_files();
	for (i = 0; i < users; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return fail("fork");
		if (!pid)
			crowd_user(t, first + i, users, each, arg + 3);
	}
	while (wait(NULL) > 0)
		;
	printf("%d of %d, %d wrong, %s ports %d %d\n", t->good, users * each,
	       t->wrong, t->address, t->low, t->high);
	return t->good == users * each && !t->wrong ? 0 : WRONG;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args;
		int (*run)(char **arg);
	} commands[] = {
		{ "say", 5, say }, { "hold", 3, hold }, { "get", 3, get },
		{ "crowd", 5, crowd }, { "scan", 4, scan }, { "forge", 6, forge },
		{ "punch", 3, punch },
	};
	size_t i;

	if (getenv("UVN_PATIENCE"))
		timeout_ms = 1000 * atoi(getenv("UVN_PATIENCE"));
	if (argc == 3 && !strcmp(argv[1], "echo"))
		return echo(argv[2]);
	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (argc >= 2 + commands[i].args &&
		    !strcmp(argv[1], commands[i].name))
			return commands[i].run(argv + 2);
	fprintf(stderr, "see the comment at the top of uvn_flows.c\n");
	return OTHER;
}
