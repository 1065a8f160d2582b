// SPDX-License-Identifier: GPL-2.0
/*
 * Has sockets that can be told from others', and prints which sockets a program finds:
 *
 *	uvn_sockets hold PORT [N]	a socket of each kind that has the port, or a name or
 *					number with it, and N more; says "ready", accepts
 *					connections, but not those to the Unix socket, and waits
 *	uvn_sockets join PORT FROM	a connection from a port to that one on the node; says
 *					"ready" and waits
 *	uvn_sockets raw PROTOCOL	raw sockets and one of packets; says "ready" and waits
 *	uvn_sockets once PORT		a UDP socket, for a moment
 *	uvn_sockets dump		what sock_diag lists: in which way, its port, the other's
 *					or its name, the index of its device
 *	uvn_sockets ask PORT INDEX	what it says of one that listens there by TCP, in a device
 *	uvn_sockets unix INODE		and of a Unix socket
 *	uvn_sockets gone		of which UDP sockets it says that they are gone, as long
 *					as the program runs
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/netlink_diag.h>
#include <linux/packet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Less than a page, so that the kernel has many parts to dump. */
static char buf[4096];

static int die(const char *what)
{
	perror(what);
	exit(1);
}

static void ready(void)
{
	puts("ready");
	fflush(stdout);
}

/*
 * Having
 */

static int bound(int family, int type, int protocol, int port)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(family, type, protocol), one = 1;

	if (fd < 0)
		die("socket");
	if (family == AF_INET6 &&
	    setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &one, sizeof(one)))
		die("IPV6_V6ONLY");
	if (family == AF_INET6 ? bind(fd, (struct sockaddr *)&sin6, sizeof(sin6)) :
				 bind(fd, (struct sockaddr *)&sin, sizeof(sin)))
		die("bind");
	if (type == SOCK_STREAM && listen(fd, 16))
		die("listen");
	return fd;
}

/* Connected to it is somebody who is not accepted. */
static void hold_unix(int port)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), other = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t len;

	len = offsetof(struct sockaddr_un, sun_path) + 1 +
	      snprintf(sun.sun_path + 1, sizeof(sun.sun_path) - 1, "socket-%d", port);
	if (bind(fd, (struct sockaddr *)&sun, len) || listen(fd, 16) ||
	    connect(other, (struct sockaddr *)&sun, len))
		die("a Unix socket");
}

static void hold(int port, int n)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_pid = 1000000000 + port };
	int fd = bound(AF_INET, SOCK_STREAM, 0, port);

	bound(AF_INET6, SOCK_STREAM, 0, port);
	bound(AF_INET, SOCK_DGRAM, 0, port);
	bound(AF_INET6, SOCK_DGRAM, 0, port);
	bound(AF_INET, SOCK_DGRAM, IPPROTO_ICMP, port);
	bound(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, port);
	if (bind(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), (struct sockaddr *)&nl,
		 sizeof(nl)))
		die("a netlink socket");
	hold_unix(port);
	while (n--) {
		bound(AF_INET, SOCK_DGRAM, 0, 0);
		if (socket(AF_UNIX, SOCK_DGRAM, 0) < 0)
			die("socket");
	}
	ready();
	while (accept(fd, NULL, NULL) >= 0)
		;
	die("accept");
}

static void join(int port, int from)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(from) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("connect");
	ready();
	pause();
}

static void raw(int protocol)
{
	if (socket(AF_INET, SOCK_RAW, protocol) < 0 ||
	    socket(AF_INET6, SOCK_RAW, protocol) < 0 ||
	    socket(AF_PACKET, SOCK_RAW, htons(protocol)) < 0)
		die("socket");
	ready();
	pause();
}

/*
 * Looking
 */

static int diag(int groups)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0 || bind(fd, (struct sockaddr *)&nl, sizeof(nl)))
		die("sock_diag");
	return fd;
}

static void ask(int fd, int flags, const void *req, size_t len)
{
	struct {
		struct nlmsghdr nlh;
		char req[128];
	} msg = {
		.nlh = {
			.nlmsg_len = NLMSG_LENGTH(len),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | flags,
			.nlmsg_seq = 1,
		},
	};

	memcpy(msg.req, req, len);
	if (send(fd, &msg, msg.nlh.nlmsg_len, 0) < 0)
		die("to ask sock_diag");
}

/* As far as is known of it. */
static void print(const char *way, const struct nlmsghdr *nlh)
{
	const struct packet_diag_msg *packet = NLMSG_DATA(nlh);
	const struct netlink_diag_msg *nl = NLMSG_DATA(nlh);
	const struct inet_diag_msg *in = NLMSG_DATA(nlh);
	const struct unix_diag_msg *un = NLMSG_DATA(nlh);
	int len = nlh->nlmsg_len - NLMSG_LENGTH(sizeof(*un));
	const struct rtattr *attr = (const struct rtattr *)(un + 1);

	switch (in->idiag_family) {
	case AF_INET:
	case AF_INET6:
		printf("%s: %d %d device %d\n", way, ntohs(in->id.idiag_sport),
		       ntohs(in->id.idiag_dport), in->id.idiag_if);
		break;
	case AF_NETLINK:
		printf("%s: %u\n", way, nl->ndiag_portid);
		break;
	case AF_PACKET:
		printf("%s: %d\n", way, packet->pdiag_num);
		break;
	case AF_UNIX:
		while (RTA_OK(attr, len) && attr->rta_type != UNIX_DIAG_NAME)
			attr = RTA_NEXT(attr, len);
		printf("%s: %.*s inode %u\n", way,
		       RTA_OK(attr, len) ? (int)RTA_PAYLOAD(attr) - 1 : 0,
		       (const char *)RTA_DATA(attr) + 1, un->udiag_ino);
		break;
	default:
		printf("%s: something\n", way);
	}
	fflush(stdout);
}

/* Until there is no more; true if there was an answer. */
static int hear(int fd, const char *way)
{
	const struct nlmsghdr *nlh;
	ssize_t len;

	for (;;) {
		len = recv(fd, buf, sizeof(buf), 0);
		if (len <= 0)
			die("sock_diag");
		for (nlh = (void *)buf; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len)) {
			const struct nlmsgerr *err = NLMSG_DATA(nlh);

			if (nlh->nlmsg_type == NLMSG_DONE)
				return 1;
			if (nlh->nlmsg_type == NLMSG_NOOP) {
				printf("nothing: of %s\n", way);
				continue;
			}
			if (nlh->nlmsg_type == NLMSG_ERROR) {
				printf("%s: %s\n", way, strerror(-err->error));
				return 0;
			}
			print(way, nlh);
			if (!(nlh->nlmsg_flags & NLM_F_MULTI) && strcmp(way, "gone"))
				return 1;
		}
	}
}

static void dump_inet(int fd, const char *way, int family, int protocol)
{
	struct inet_diag_req_v2 req = {
		.sdiag_family = family,
		.sdiag_protocol = protocol,
		.idiag_states = ~0U,
	};

	ask(fd, NLM_F_DUMP, &req, sizeof(req));
	hear(fd, way);
}

static void dump(void)
{
	struct unix_diag_req un = {
		.sdiag_family = AF_UNIX,
		.udiag_states = ~0U,
		.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER,
	};
	struct netlink_diag_req nl = {
		.sdiag_family = AF_NETLINK,
		.sdiag_protocol = NDIAG_PROTO_ALL,
	};
	struct packet_diag_req packet = { .sdiag_family = AF_PACKET };
	int fd = diag(0);

	dump_inet(fd, "tcp4", AF_INET, IPPROTO_TCP);
	dump_inet(fd, "tcp6", AF_INET6, IPPROTO_TCP);
	dump_inet(fd, "udp4", AF_INET, IPPROTO_UDP);
	dump_inet(fd, "udp6", AF_INET6, IPPROTO_UDP);
	dump_inet(fd, "raw4", AF_INET, IPPROTO_RAW);
	dump_inet(fd, "raw6", AF_INET6, IPPROTO_RAW);
	ask(fd, NLM_F_DUMP, &un, sizeof(un));
	hear(fd, "unix");
	ask(fd, NLM_F_DUMP, &nl, sizeof(nl));
	hear(fd, "netlink");
	ask(fd, NLM_F_DUMP, &packet, sizeof(packet));
	hear(fd, "packet");
}

static int ask_tcp(int port, int ifindex)
{
	struct inet_diag_req_v2 req = {
		.sdiag_family = AF_INET,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = ~0U,
		.id = {
			.idiag_sport = htons(port),
			.idiag_src = { htonl(INADDR_LOOPBACK) },
			.idiag_if = ifindex,
			.idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE },
		},
	};
	int fd = diag(0);

	ask(fd, 0, &req, sizeof(req));
	return hear(fd, "tcp4");
}

static int ask_unix(unsigned int inode)
{
	struct unix_diag_req req = {
		.sdiag_family = AF_UNIX,
		.udiag_states = ~0U,
		.udiag_ino = inode,
		.udiag_show = UDIAG_SHOW_NAME,
		.udiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE },
	};
	int fd = diag(0);

	ask(fd, 0, &req, sizeof(req));
	return hear(fd, "unix");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if ((argc == 3 || argc == 4) && !strcmp(what, "hold"))
		hold(atoi(argv[2]), argc == 4 ? atoi(argv[3]) : 0);
	else if (argc == 4 && !strcmp(what, "join"))
		join(atoi(argv[2]), atoi(argv[3]));
	else if (argc == 3 && !strcmp(what, "raw"))
		raw(atoi(argv[2]));
	else if (argc == 3 && !strcmp(what, "once"))
		bound(AF_INET, SOCK_DGRAM, 0, atoi(argv[2]));
	else if (argc == 2 && !strcmp(what, "dump"))
		dump();
	else if (argc == 4 && !strcmp(what, "ask"))
		return !ask_tcp(atoi(argv[2]), atoi(argv[3]));
	else if (argc == 3 && !strcmp(what, "unix"))
		return !ask_unix(strtoul(argv[2], NULL, 10));
	else if (argc == 2 && !strcmp(what, "gone"))
		hear(diag(1 << (SKNLGRP_INET_UDP_DESTROY - 1)), "gone");
	else
		return 2;
	return 0;
}
