// SPDX-License-Identifier: GPL-2.0
/*
 * What a round trip and a socket cost. In a guest that counts instructions
 * (vm.sh -i) a nanosecond is one of them.
 *
 *	uvn_bench pong PORT
 *		sends each UDP datagram back, for ever; prints "ready"
 *	uvn_bench ping ADDRESS PORT N [DEVICE]
 *		prints the nanoseconds of a round trip, the mean of N; by a
 *		socket bound to DEVICE
 *	uvn_bench socket N
 *		prints those of socket() and close(), the mean of N
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static struct sockaddr_in address(const char *addr, const char *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };

	sa.sin_addr.s_addr = inet_addr(addr);
	sa.sin_port = htons(atoi(port));
	return sa;
}

static int pong(const char *port)
{
	struct sockaddr_in sa = address("0.0.0.0", port), peer;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char buf[64];

	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa))) {
		perror("bind");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		socklen_t len = sizeof(peer);
		ssize_t n = recvfrom(fd, buf, sizeof(buf), 0,
				     (struct sockaddr *)&peer, &len);

		if (n > 0)
			sendto(fd, buf, n, 0, (struct sockaddr *)&peer, len);
	}
}

static int ping(const char *addr, const char *port, int n, const char *device)
{
	struct timeval limit = { .tv_sec = 5 };
	struct sockaddr_in sa = address(addr, port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0), i;
	int64_t start = 0;
	char c = 'x';

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
				 strlen(device) + 1)) {
		perror(device);
		return 1;
	}
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa))) {
		perror("connect");
		return 1;
	}
	/* The first tenth makes networks and fills caches. */
	for (i = -n / 10; i < n; i++) {
		if (!i)
			start = now();
		if (send(fd, &c, 1, 0) != 1 || recv(fd, &c, 1, 0) != 1) {
			if (i < 0)
				continue;
			perror("round trip");
			return 1;
		}
	}
	printf("%lld\n", (long long)(now() - start) / n);
	return 0;
}

static int sockets(int n)
{
	int64_t start = 0;
	int i, fd;

	for (i = -n / 10; i < n; i++) {
		if (!i)
			start = now();
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		if (fd < 0) {
			perror("socket");
			return 1;
		}
		close(fd);
	}
	printf("%lld\n", (long long)(now() - start) / n);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "pong"))
		return pong(argv[2]);
	if ((argc == 5 || argc == 6) && !strcmp(argv[1], "ping"))
		return ping(argv[2], argv[3], atoi(argv[4]), argv[5]);
	if (argc == 3 && !strcmp(argv[1], "socket"))
		return sockets(atoi(argv[2]));
	fprintf(stderr, "see the comment at the top of uvn_bench.c\n");
	return 2;
}
