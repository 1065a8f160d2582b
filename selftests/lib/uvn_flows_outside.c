// SPDX-License-Identifier: GPL-2.0
/*
 * What somebody off the cluster tries.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "uvn_flows.h"

int scan(char **arg)
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

int forge(char **arg)
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

int punch(char **arg)
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
