// SPDX-License-Identifier: GPL-2.0
/*
 * Much data, and datagrams of all sizes, there and back; groups.
 */
#define _GNU_SOURCE
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "uvn_probe.h"

/* What the sink says of all that it got. */
struct verdict {
	uint64_t bytes;
	uint64_t sum;
};

#define CHUNK 32768
#define STEP 0x9e3779b97f4a7c15ULL

/* Depends on each word and on their order; cheap, as the CPU is emulated. */
static void sum_words(struct verdict *v, const uint64_t *word, size_t n)
{
	uint64_t sum = v->sum;
	size_t i;

	for (i = 0; i < n; i++)
		sum = ((sum << 23 | sum >> 41) ^ word[i]) * STEP;
	v->sum = sum;
	v->bytes += n * sizeof(*word);
}

int sink(const char *port, const char *address)
{
	static uint64_t buf[CHUNK];
	int fd = listen_at("tcp", address, port), conn;

	if (fd < 0)
		return fail("sink");
	for (;;) {
		struct verdict v = { 0 };
		ssize_t n;

		conn = accept(fd, NULL, NULL);
		if (conn < 0)
			continue;
		while ((n = recv(conn, buf, sizeof(buf), MSG_WAITALL)) > 0)
			sum_words(&v, buf, n / sizeof(*buf));
		send(conn, &v, sizeof(v), MSG_NOSIGNAL);
		close(conn);
		printf("%llu bytes\n", (unsigned long long)v.bytes);
		fflush(stdout);
	}
}

int source(const char *address, const char *port, int mebibytes)
{
	static uint64_t buf[CHUNK];
	struct verdict sent = { 0 }, got = { 0 };
	struct timeval patience = { .tv_sec = 60 };
	uint64_t word = 0, left;
	struct target t;
	int fd, i;

	fd = open_socket(&t, "tcp", address, port);
	if (fd < 0 || connect(fd, &t.addr.sa, t.len))
		return fail("connect");
	for (left = (uint64_t)mebibytes << 20; left; left -= sizeof(buf)) {
		size_t done = 0;

		for (i = 0; i < CHUNK; i++)
			buf[i] = word += STEP;
		sum_words(&sent, buf, CHUNK);
		while (done < sizeof(buf)) {
			ssize_t n = send(fd, (char *)buf + done,
					 sizeof(buf) - done, MSG_NOSIGNAL);

			if (n < 0)
				return fail("send");
			done += n;
		}
	}
	shutdown(fd, SHUT_WR);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (recv(fd, &got, sizeof(got), MSG_WAITALL) != sizeof(got))
		return fail("receive");
	printf("sent %llu bytes %016llx, arrived %llu bytes %016llx\n",
	       (unsigned long long)sent.bytes, (unsigned long long)sent.sum,
	       (unsigned long long)got.bytes, (unsigned long long)got.sum);
	return memcmp(&sent, &got, sizeof(got)) ? WRONG : 0;
}

int echo(const char *port, const char *address)
{
	static char buf[65536];
	int fd = listen_at("udp", address, port);

	if (fd < 0)
		return fail("echo");
	for (;;) {
		struct sockaddr_in6 peer;
		socklen_t len = sizeof(peer);
		ssize_t n = recvfrom(fd, buf, sizeof(buf), 0,
				     (struct sockaddr *)&peer, &len);

		if (n >= 0)
			sendto(fd, buf, n, 0, (struct sockaddr *)&peer, len);
	}
}

int bounce(char **arg)
{
	static uint8_t out[65536], in[65536];
	struct target t;
	int fd, i;

	fd = open_socket(&t, "udp", arg[0], arg[1]);
	if (fd < 0 || connect(fd, &t.addr.sa, t.len))
		return fail("connect");
	for (arg += 2; *arg; arg++) {
		int size = atoi(*arg);
		ssize_t n;

		for (i = 0; i < size; i++)
			out[i] = (uint32_t)(i + size) * 2654435761U >> 24;
		printf("%d: ", size);
		if (send(fd, out, size, 0) != size)
			return fail("send");
		if (wait_for(fd, POLLIN))
			return fail("receive");
		n = recv(fd, in, sizeof(in), 0);
		if (n < 0)
			return fail("receive");
		if (n != size || memcmp(in, out, size)) {
			printf("%zd others came back\n", n);
			return WRONG;
		}
		printf("as it was\n");
	}
	return 0;
}

int cast(char **arg)
{
	struct ip_mreqn by = { 0 };
	struct target t;
	int fd;

	fd = open_socket(&t, "udp", arg[0], arg[1]);
	if (fd < 0)
		return fail("socket");
	by.imr_ifindex = arg[3] ? if_nametoindex(arg[3]) : 0;
	if (arg[3] && t.family == AF_INET &&
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof(by)))
		return fail("IP_MULTICAST_IF");
	if (arg[3] && t.family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &by.imr_ifindex,
		       sizeof(by.imr_ifindex)))
		return fail("IPV6_MULTICAST_IF");
	if (sendto(fd, arg[2], strlen(arg[2]), 0, &t.addr.sa, t.len) < 0)
		return fail("send");
	return 0;
}

int hear(char **arg)
{
	bool v6 = strchr(arg[0], ':');
	int fd = listen_at("udp", v6 ? "::" : "0.0.0.0", arg[1]);
	struct group_req join = { 0 };
	struct target t;
	char *group[3] = { "udp", arg[0], arg[1] };
	char buf[2048];
	ssize_t n;

	if (fd < 0 || parse(&t, group))
		return fail("hear");
	join.gr_interface = arg[2] ? if_nametoindex(arg[2]) : 0;
	memcpy(&join.gr_group, &t.addr, t.len);
	if (arg[2] && setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
				 MCAST_JOIN_GROUP, &join, sizeof(join)))
		return fail("MCAST_JOIN_GROUP");
	for (;;) {
		n = recv(fd, buf, sizeof(buf), 0);
		if (n > 0)
			printf("%.*s\n", (int)n, buf);
		fflush(stdout);
	}
}

int say(char **arg)
{
	char *own[3] = { "udp", strchr(arg[1], ':') ? "::" : "0.0.0.0", arg[0] };
	struct target t, sa;
	char line[256];
	int fd;

	fd = open_socket(&t, "udp", arg[1], arg[2]);
	if (fd < 0 || parse(&sa, own) || bind(fd, &sa.addr.sa, sa.len) ||
	    connect(fd, &t.addr.sa, t.len))
		return fail("socket");
	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin))
		if (send(fd, line, strcspn(line, "\n"), 0) < 0)
			return fail("send");
	return 0;
}
