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
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE 136
#endif
#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78
#endif

enum { REFUSED = 1, UNREACHABLE, TIMEOUT, NO_SOCKET, WRONG, OTHER };

#define LINE 128

static int timeout_ms = 3000;

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static int fail(const char *what)
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

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

static socklen_t parse(union address *a, const char *address, const char *port)
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
static int show(char *buf, size_t size, const union address *a)
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

static void many_files(void)
{
	struct rlimit limit = { 8192, 8192 };

	setrlimit(RLIMIT_NOFILE, &limit);
}

static uint8_t pattern(uint32_t i)
{
	return i * 2654435761U >> 24;
}

/*
 * The echo
 */

static void give(int fd, long n)
{
	static uint8_t buf[32768];
	long i, done = 0;

	if (fork())
		return;
	fcntl(fd, F_SETFL, 0);
	while (done < n) {
		long left = n - done < (long)sizeof(buf) ? n - done :
							   (long)sizeof(buf);

		for (i = 0; i < left; i++)
			buf[i] = pattern(done + i);
		left = send(fd, buf, left, MSG_NOSIGNAL);
		if (left < 0)
			break;
		done += left;
	}
	_exit(0);
}

static void echo_stream(int fd)
{
	char buf[2 * LINE], in[LINE];
	union address peer;
	socklen_t len = sizeof(peer);
	ssize_t n = recv(fd, in, sizeof(in) - 1, 0);
	int head;

	if (n <= 0 || getpeername(fd, &peer.sa, &len)) {
		close(fd);
		return;
	}
	in[n] = 0;
	if (!strncmp(in, "get ", 4)) {
		give(fd, atol(in + 4));
		close(fd);
		return;
	}
	head = show(buf, sizeof(buf), &peer);
	memcpy(buf + head, in, n);
	send(fd, buf, head + n, MSG_NOSIGNAL);
}

/* The answer comes from the address that was asked. */
static void echo_datagram(int fd)
{
	char buf[2 * LINE], in[LINE], control[256];
	union address peer;
	struct iovec iov = { .iov_base = in, .iov_len = sizeof(in) };
	struct msghdr msg = {
		.msg_name = &peer,
		.msg_namelen = sizeof(peer),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);
	int head;

	if (n < 0)
		return;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_type == IPV6_PKTINFO)
			((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_ifindex = 0;
	head = show(buf, sizeof(buf), &peer);
	memcpy(buf + head, in, n);
	iov.iov_base = buf;
	iov.iov_len = head + n;
	sendmsg(fd, &msg, MSG_DONTWAIT);
}

/* A socket for both families, at the port. */
static int echo_at(int ep, int type, int protocol, const char *port)
{
	struct epoll_event e = { .events = EPOLLIN };
	int room = 4 << 20, one = 1, off = 0;
	union address any;
	socklen_t len = parse(&any, "::", port);

	e.data.fd = socket(AF_INET6, type, protocol);
	if (e.data.fd < 0)
		return -1;
	setsockopt(e.data.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(e.data.fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	setsockopt(e.data.fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one));
	setsockopt(e.data.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (bind(e.data.fd, &any.sa, len) ||
	    (type == SOCK_STREAM && listen(e.data.fd, 4096)) ||
	    epoll_ctl(ep, EPOLL_CTL_ADD, e.data.fd, &e))
		return -1;
	return e.data.fd;
}

static int echo(const char *port)
{
	struct epoll_event e = { .events = EPOLLIN }, got[64];
	int i, n, ep, tcp, udp, lite;

	many_files();
	signal(SIGCHLD, SIG_IGN);
	ep = epoll_create1(0);
	tcp = echo_at(ep, SOCK_STREAM, 0, port);
	udp = echo_at(ep, SOCK_DGRAM, 0, port);
	lite = echo_at(ep, SOCK_DGRAM, IPPROTO_UDPLITE, port);
	if (tcp < 0 || udp < 0)
		return fail("echo");
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		n = epoll_wait(ep, got, 64, -1);
		for (i = 0; i < n; i++) {
			int fd = got[i].data.fd;

			if (fd == udp || fd == lite) {
				echo_datagram(fd);
				continue;
			}
			if (fd != tcp) {
				echo_stream(fd);
				continue;
			}
			e.data.fd = accept4(tcp, NULL, NULL, SOCK_NONBLOCK);
			if (e.data.fd >= 0)
				epoll_ctl(ep, EPOLL_CTL_ADD, e.data.fd, &e);
		}
	}
}

/*
 * One flow
 */

struct flow {
	int fd;
	int icmp;	/* the type of a request, or 0 */
	int loose;
	union address to;
	socklen_t len;
};

/* Made but not yet connected. */
static int flow_open(struct flow *f, const char *protocol, const char *source,
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

static int flow_send(struct flow *f, const char *text)
{
	char buf[LINE] = { f->icmp };
	size_t n = strlen(text), head = f->icmp ? 8 : 0;

	memcpy(buf + head, text, n);
	n += head;
	if (f->loose)
		return sendto(f->fd, buf, n, 0, &f->to.sa, f->len) < 0 ? -1 : 0;
	return send(f->fd, buf, n, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static int same(const union address *a, const union address *b)
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
static int flow_exchange(struct flow *f, const char *word, char *buf, size_t size)
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

/*
 * Those outside
 */

static int scan(char **arg)
{
	int first = atoi(arg[2]), last = atoi(arg[3]), n = last - first + 1;
	int i, err, left = n, open = 0, tcp = !strcmp(arg[0], "tcp");
	struct pollfd *p = calloc(n, sizeof(*p));
	long end = now_ms() + timeout_ms;
	struct flow f;
	char port[16], buf[LINE];

	many_files();
	if (!p)
		return OTHER;
	for (i = 0; i < n; i++) {
		snprintf(port, sizeof(port), "%d", first + i);
		err = flow_open(&f, arg[0], "-", 0, arg[1], port);
		if (err)
			return err;
		fcntl(f.fd, F_SETFL, O_NONBLOCK);
		p[i].fd = f.fd;
		p[i].events = tcp ? POLLOUT : POLLIN;
		if (connect(f.fd, &f.to.sa, f.len) && errno != EINPROGRESS) {
			close(f.fd);
			p[i].fd = -1;
			left--;
		} else if (!tcp) {
			flow_send(&f, "scan");
		}
	}
	while (left > 0 && now_ms() < end) {
		if (poll(p, n, end - now_ms()) <= 0)
			break;
		for (i = 0; i < n; i++) {
			socklen_t len = sizeof(err);

			if (p[i].fd < 0 || !p[i].revents)
				continue;
			getsockopt(p[i].fd, SOL_SOCKET, SO_ERROR, &err, &len);
			if (tcp ? !err : recv(p[i].fd, buf, sizeof(buf), 0) > 0) {
				printf("open %d\n", first + i);
				open++;
			}
			close(p[i].fd);
			p[i].fd = -1;
			left--;
		}
	}
	printf("%d of %d open, %d silent\n", open, n, left);
	return open ? 0 : REFUSED;
}

static uint32_t sum_up(uint32_t sum, const void *data, size_t len)
{
	const uint16_t *word = data;

	for (; len > 1; len -= 2)
		sum += *word++;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static int forge(char **arg)
{
	struct {
		union {
			struct iphdr ip;
			struct ip6_hdr ip6;
		};
		uint8_t room[64];
	} packet = { 0 };
	int first = atoi(arg[4]), last = atoi(arg[5]), tcp = !strcmp(arg[0], "tcp");
	size_t len = tcp ? sizeof(struct tcphdr) : sizeof(struct udphdr) + 6;
	uint16_t protocol = htons(tcp ? IPPROTO_TCP : IPPROTO_UDP), length = htons(len);
	union address from, to;
	int port, fd, v6, sent = 0;
	socklen_t alen, size;
	size_t head;
	uint32_t base;
	uint8_t *at;

	parse(&from, arg[1], arg[2]);
	alen = parse(&to, arg[3], "0");
	v6 = to.sa.sa_family == AF_INET6;
	fd = socket(to.sa.sa_family, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0)
		return fail("socket");
	if (v6) {
		packet.ip6.ip6_flow = htonl(6 << 28);
		packet.ip6.ip6_plen = htons(len);
		packet.ip6.ip6_nxt = ntohs(protocol);
		packet.ip6.ip6_hlim = 64;
		packet.ip6.ip6_src = from.in6.sin6_addr;
		packet.ip6.ip6_dst = to.in6.sin6_addr;
		head = sizeof(packet.ip6);
		base = sum_up(0, &packet.ip6.ip6_src, 32);
	} else {
		packet.ip.version = 4;
		packet.ip.ihl = 5;
		packet.ip.ttl = 64;
		packet.ip.protocol = ntohs(protocol);
		packet.ip.tot_len = htons(sizeof(packet.ip) + len);
		packet.ip.saddr = from.in.sin_addr.s_addr;
		packet.ip.daddr = to.in.sin_addr.s_addr;
		head = sizeof(packet.ip);
		base = sum_up(0, &packet.ip.saddr, 8);
	}
	size = head + len;
	base = sum_up(sum_up(base, &protocol, 2), &length, 2);
	at = (uint8_t *)&packet + head;
	for (port = first; port <= last; port++) {
		if (tcp) {
			struct tcphdr *h = (void *)at;

			memset(h, 0, len);
			h->source = from.in.sin_port;
			h->dest = htons(port);
			h->seq = htonl(1);
			h->doff = 5;
			h->syn = 1;
			h->window = htons(65535);
			h->check = fold(sum_up(base, h, len));
		} else {
			struct udphdr *h = (void *)at;

			h->source = from.in.sin_port;
			h->dest = htons(port);
			h->len = htons(len);
			h->check = 0;
			memcpy(h + 1, "forged", 6);
			h->check = fold(sum_up(base, h, len));
		}
		if (sendto(fd, &packet, size, 0, &to.sa, alen) == (ssize_t)size)
			sent++;
		else if (port == first)
			return fail("send");
	}
	printf("sent %d\n", sent);
	return 0;
}

/* The last line of the file that says where the other is. */
static int where(const char *name, char *address, int *port)
{
	FILE *file = fopen(name, "r");
	char line[LINE];
	int found = 0;

	while (file && fgets(line, sizeof(line), file))
		found |= sscanf(line, "at %45s %d", address, port) == 2;
	if (file)
		fclose(file);
	return found;
}

static int punch(char **arg)
{
	char buf[LINE], address[INET6_ADDRSTRLEN], port[16];
	struct timespec tick = { .tv_nsec = 50000000 };
	union address to, from;
	int err, number, sent = 0, i;
	socklen_t len;
	struct flow f;
	long end;

	err = flow_open(&f, "loose", "-", 0, arg[0], arg[1]);
	if (err)
		return err;
	if (flow_exchange(&f, "word", buf, sizeof(buf)))
		return fail("exchange");
	printf("at %s\n", buf);
	fflush(stdout);
	for (end = now_ms() + 20000; now_ms() < end; nanosleep(&tick, NULL))
		if (where(arg[2], address, &number))
			break;
	if (now_ms() >= end)
		return TIMEOUT;
	snprintf(port, sizeof(port), "%d", number);
	len = parse(&to, address, port);
	for (i = 0; i < 40; i++) {
		sent += sendto(f.fd, "punch", 5, 0, &to.sa, len) == 5;
		nanosleep(&tick, NULL);
		len = sizeof(from);
		if (recvfrom(f.fd, buf, sizeof(buf), MSG_DONTWAIT, &from.sa,
			     &len) > 0 && !same(&from, &f.to)) {
			show(buf, sizeof(buf), &from);
			printf("heard %s\n", buf);
			fflush(stdout);
		}
		len = to.sa.sa_family == AF_INET ? sizeof(to.in) : sizeof(to.in6);
	}
	printf("sent %d of %d\n", sent, i);
	return 0;
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
