// SPDX-License-Identifier: GPL-2.0
/*
 * The echo that flows talk to.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "uvn_flows.h"

uint8_t pattern(uint32_t i)
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

int echo(const char *port)
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
