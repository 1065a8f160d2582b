// SPDX-License-Identifier: GPL-2.0
/*
 * Has sockets from before something, and does things with them later. Reads
 * commands, one a line, and answers each with a line: a word, or the name of an
 * errno. NAME is a socket's; the rest of the line is separated by blanks.
 *
 *	make NAME KIND			udp4 udp6 lite4 lite6 tcp4 tcp6 mptcp4 mptcp6
 *					ping4 ping6;
 *					icmp4 icmp6 raw4 raw6 are raw, of ICMP and
 *					of UDP
 *	bind NAME ADDRESS PORT
 *	listen NAME
 *	port NAME			its port, 0 if it has none
 *	become UID
 *	defer NAME			connect() is to send nothing (TCP Fast Open)
 *	connect NAME ADDRESS PORT
 *	send NAME ADDRESS PORT TEXT
 *	echo NAME ADDRESS ID TEXT	an echo request, of a ping or raw socket
 *	join NAME GROUP DEVICE|ADDRESS
 *	heard NAME TEXT MS		"heard" if TEXT comes in that time, or "quiet"
 *	errors NAME TEXT MS		the same of the queue of errors
 *	accept NAME MS			"accepted" or "quiet"
 *	established NAME MS		"yes", whether or not the other end has
 *					closed, or "no"
 *	early KIND			makes a socket; how many packets it has at once
 *	flood ADDRESS PORT FILE		sends datagrams until FILE is there
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef TCP_FASTOPEN_CONNECT
#define TCP_FASTOPEN_CONNECT 30
#endif
#ifndef TCP_FASTOPEN_NO_COOKIE
#define TCP_FASTOPEN_NO_COOKIE 34
#endif

#define WORDS 8
#define SOCKETS 64

struct named {
	char name[16];
	int fd;
};

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static const struct kind {
	const char *name;
	int family, type, protocol;
} kinds[] = {
	{ "udp4", AF_INET, SOCK_DGRAM, IPPROTO_UDP },
	{ "udp6", AF_INET6, SOCK_DGRAM, IPPROTO_UDP },
	{ "lite4", AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE },
	{ "lite6", AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE },
	{ "tcp4", AF_INET, SOCK_STREAM, IPPROTO_TCP },
	{ "tcp6", AF_INET6, SOCK_STREAM, IPPROTO_TCP },
	{ "mptcp4", AF_INET, SOCK_STREAM, IPPROTO_MPTCP },
	{ "mptcp6", AF_INET6, SOCK_STREAM, IPPROTO_MPTCP },
	{ "ping4", AF_INET, SOCK_DGRAM, IPPROTO_ICMP },
	{ "ping6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6 },
	{ "icmp4", AF_INET, SOCK_RAW, IPPROTO_ICMP },
	{ "icmp6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 },
	{ "raw4", AF_INET, SOCK_RAW, IPPROTO_UDP },
	{ "raw6", AF_INET6, SOCK_RAW, IPPROTO_UDP },
};

static struct named sockets[SOCKETS];
static size_t n_sockets;

/* 0 and greater is fine. */
static void answer(int ret)
{
	printf("%s\n", ret < 0 ? strerrorname_np(errno) : "ok");
}

static socklen_t parse(union address *a, const char *address, const char *port)
{
	memset(a, 0, sizeof(*a));
	if (strchr(address, ':')) {
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons(atoi(port));
		inet_pton(AF_INET6, address, &a->in6.sin6_addr);
		return sizeof(a->in6);
	}
	a->in.sin_family = AF_INET;
	a->in.sin_port = htons(atoi(port));
	inet_pton(AF_INET, address, &a->in.sin_addr);
	return sizeof(a->in);
}

static int make(const char *name)
{
	int one = 1, fd = -1;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i].name, name))
			fd = socket(kinds[i].family, kinds[i].type | SOCK_NONBLOCK,
				    kinds[i].protocol);
	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one));
	setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &one, sizeof(one));
	return fd;
}

static int of(const char *name)
{
	size_t i;

	for (i = 0; i < n_sockets; i++)
		if (!strcmp(sockets[i].name, name))
			return sockets[i].fd;
	return -1;
}

static void do_make(char **w)
{
	struct named *s = &sockets[n_sockets];

	s->fd = make(w[2]);
	answer(s->fd);
	snprintf(s->name, sizeof(s->name), "%s", w[1]);
	if (s->fd >= 0)
		n_sockets++;
}

static void do_bind(char **w)
{
	union address a;
	socklen_t len = parse(&a, w[2], w[3]);

	answer(bind(of(w[1]), &a.sa, len));
}

static void do_listen(char **w)
{
	answer(listen(of(w[1]), 16));
}

static void do_port(char **w)
{
	union address a = {};
	socklen_t len = sizeof(a);

	if (getsockname(of(w[1]), &a.sa, &len))
		answer(-1);
	else
		printf("%u\n", ntohs(a.in.sin_port));
}

static void do_become(char **w)
{
	uid_t uid = atoi(w[1]);

	answer(setresuid(uid, uid, uid));
}

static void do_defer(char **w)
{
	int fd = of(w[1]), one = 1;

	answer(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, &one, sizeof(one)) ?:
	       setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)));
}

static void do_connect(char **w)
{
	union address a;
	socklen_t len = parse(&a, w[2], w[3]);

	answer(connect(of(w[1]), &a.sa, len));
}

static void do_send(char **w)
{
	int fd = of(w[1]), err;
	union address a;
	socklen_t len = sizeof(err);

	/* What became of an earlier one is no matter. */
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	len = parse(&a, w[2], w[3]);
	answer(sendto(fd, w[4], strlen(w[4]), MSG_NOSIGNAL, &a.sa, len));
}

static void do_echo(char **w)
{
	struct {
		union {
			struct icmphdr v4;
			struct icmp6_hdr v6;
		} head;
		char text[32];
	} packet = {};
	union address a;
	socklen_t len = parse(&a, w[2], "0");
	const uint16_t *half = (const void *)&packet;
	uint32_t sum = 0;
	size_t i;

	snprintf(packet.text, sizeof(packet.text), "%s", w[4]);
	if (a.sa.sa_family == AF_INET6) {
		packet.head.v6.icmp6_type = ICMP6_ECHO_REQUEST;
		packet.head.v6.icmp6_id = htons(atoi(w[3]));
	} else {
		packet.head.v4.type = ICMP_ECHO;
		packet.head.v4.un.echo.id = htons(atoi(w[3]));
		for (i = 0; i < sizeof(packet) / 2; i++)
			sum += half[i];
		sum = (sum & 0xffff) + (sum >> 16);
		packet.head.v4.checksum = ~(sum + (sum >> 16));
	}
	answer(sendto(of(w[1]), &packet, sizeof(packet), 0, &a.sa, len));
}

static void do_join(char **w)
{
	unsigned int ifindex = if_nametoindex(w[3]);
	struct group_req join = { .gr_interface = ifindex };
	struct ip_mreqn by = {};
	union address group;
	socklen_t len = parse(&group, w[2], "0");

	if (ifindex) {
		memcpy(&join.gr_group, &group, len);
		answer(setsockopt(of(w[1]), len == sizeof(group.in) ?
				  IPPROTO_IP : IPPROTO_IPV6, MCAST_JOIN_GROUP,
				  &join, sizeof(join)));
		return;
	}
	by.imr_multiaddr = group.in.sin_addr;
	inet_pton(AF_INET, w[3], &by.imr_address);
	answer(setsockopt(of(w[1]), IPPROTO_IP, IP_ADD_MEMBERSHIP, &by, sizeof(by)));
}

/* Whatever else comes is thrown away. */
static bool comes(int fd, const char *text, int flags, int ms)
{
	struct pollfd p = { .fd = fd, .events = flags ? 0 : POLLIN };
	char buf[2048], control[512];
	ssize_t n;

	while (poll(&p, 1, ms) > 0) {
		struct iovec iov = { buf, sizeof(buf) };
		struct msghdr msg = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};

		/* Errors that nobody waits for would be there for ever. */
		if (!flags && p.revents & POLLERR)
			recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);
		n = recvmsg(fd, &msg, flags | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN && flags)
			return false;
		if (n > 0 && memmem(buf, n, text, strlen(text)))
			return true;
		if (!n)
			return false;
	}
	return false;
}

static void do_heard(char **w)
{
	puts(comes(of(w[1]), w[2], 0, atoi(w[3])) ? "heard" : "quiet");
}

static void do_errors(char **w)
{
	puts(comes(of(w[1]), w[2], MSG_ERRQUEUE, atoi(w[3])) ? "heard" : "quiet");
}

static void do_accept(char **w)
{
	struct pollfd p = { .fd = of(w[1]), .events = POLLIN };
	int fd = -1;

	if (poll(&p, 1, atoi(w[2])) > 0)
		fd = accept(p.fd, NULL, NULL);
	puts(fd >= 0 ? "accepted" : "quiet");
	if (fd >= 0)
		close(fd);
}

static void do_established(char **w)
{
	int left = atoi(w[2]), fd = of(w[1]);
	struct tcp_info info = {};
	socklen_t len;

	do {
		usleep(20000);
		len = sizeof(info);
		getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
		left -= 20;
	} while (info.tcpi_state != TCP_ESTABLISHED &&
		 info.tcpi_state != TCP_CLOSE_WAIT && left > 0);
	puts(left > 0 ? "yes" : "no");
}

static void do_early(char **w)
{
	char buf[2048];
	int fd = make(w[1]), n = 0;

	if (fd < 0) {
		answer(fd);
		return;
	}
	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		n++;
	close(fd);
	printf("%d\n", n);
}

static void do_flood(char **w)
{
	union address a;
	socklen_t len = parse(&a, w[1], w[2]);
	int fd = socket(a.sa.sa_family, SOCK_DGRAM, 0);
	unsigned long n = 0;

	puts("flooding");
	fflush(stdout);
	while (n++ % 64 || access(w[3], F_OK))
		sendto(fd, "flood", 5, 0, &a.sa, len);
	close(fd);
}

static const struct {
	const char *name;
	int words;
	void (*fn)(char **w);
} verbs[] = {
	{ "make", 3, do_make },
	{ "bind", 4, do_bind },
	{ "listen", 2, do_listen },
	{ "port", 2, do_port },
	{ "become", 2, do_become },
	{ "defer", 2, do_defer },
	{ "connect", 4, do_connect },
	{ "send", 5, do_send },
	{ "echo", 5, do_echo },
	{ "join", 4, do_join },
	{ "heard", 4, do_heard },
	{ "errors", 4, do_errors },
	{ "accept", 3, do_accept },
	{ "established", 3, do_established },
	{ "early", 2, do_early },
	{ "flood", 4, do_flood },
};

static void obey(char *line)
{
	char *w[WORDS];
	int n = 0;
	size_t i;

	for (w[0] = strtok(line, "\n "); w[n] && n < WORDS - 1;)
		w[++n] = strtok(NULL, "\n ");
	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (n == verbs[i].words && !strcmp(w[0], verbs[i].name)) {
			verbs[i].fn(w);
			fflush(stdout);
			return;
		}
	}
	puts("?");
	fflush(stdout);
}

int main(void)
{
	char line[512];

	while (fgets(line, sizeof(line), stdin))
		obey(line);
	return 0;
}
