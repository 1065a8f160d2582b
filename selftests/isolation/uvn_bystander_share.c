// SPDX-License-Identifier: GPL-2.0
/* Sockets of two nodes, and what becomes of what is sent; see uvn_bystander.c. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "uvn_bystander.h"

#define SENTINEL	7778

static char line[8192];
static int own_ns, peer_ns, tap = -1;
static int from[2][2], to[2][2]; /* sentinels: by node, by wire */

static void give_up(const char *what)
{
	perror(what);
	exit(1);
}

static void add(const char *format, va_list args)
{
	size_t used = strlen(line);

	vsnprintf(line + used, sizeof(line) - used, format, args);
}

void row(const char *format, ...)
{
	va_list args;

	/* What rows before have sent is theirs. */
	while (tap >= 0 && recv(tap, line, sizeof(line), MSG_DONTWAIT) > 0)
		;
	line[0] = 0;
	va_start(args, format);
	add(format, args);
	va_end(args);
	say(":");
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(format, args);
	va_end(args);
}

void say_error(const char *what, int err)
{
	say(" %s=%s", what, err ? strerrorname_np(err) : "ok");
}

void say_addr(const union addr *a)
{
	char text[INET6_ADDRSTRLEN];

	if (a->sa.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a->in6.sin6_addr, text, sizeof(text));
		say("%s", text);
		if (a->in6.sin6_scope_id)
			say("%%%u", a->in6.sin6_scope_id);
	} else {
		say("%s", inet_ntoa(a->in.sin_addr));
	}
}

void row_end(void)
{
	puts(line);
}

int family_of(const char *text)
{
	return strchr(text, ':') || strstr(text, "-ll%") ? AF_INET6 : AF_INET;
}

void on_peer(bool yes)
{
	if (setns(yes ? peer_ns : own_ns, CLONE_NEWNET))
		give_up("setns");
}

static void link_local(struct in6_addr *addr, const char *dev)
{
	struct ifaddrs *all, *i;

	if (getifaddrs(&all))
		give_up("getifaddrs");
	for (i = all; i; i = i->ifa_next) {
		struct sockaddr_in6 *sin6 = (void *)i->ifa_addr;

		if (sin6 && sin6->sin6_family == AF_INET6 &&
		    !strcmp(i->ifa_name, dev) &&
		    IN6_IS_ADDR_LINKLOCAL(&sin6->sin6_addr))
			*addr = sin6->sin6_addr;
	}
	freeifaddrs(all);
}

socklen_t parse(union addr *a, const char *text, int port)
{
	const char *scope = strchr(text, '%');
	char copy[64];

	memset(a, 0, sizeof(*a));
	if (family_of(text) == AF_INET) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons(port);
		inet_pton(AF_INET, text, &a->in.sin_addr);
		return sizeof(a->in);
	}
	a->in6.sin6_family = AF_INET6;
	a->in6.sin6_port = htons(port);
	if (scope)
		a->in6.sin6_scope_id = if_nametoindex(scope + 1);
	snprintf(copy, sizeof(copy), "%.*s",
		 scope ? (int)(scope - text) : (int)strlen(text), text);
	if (!strcmp(copy, "peer-ll")) {
		on_peer(true);
		link_local(&a->in6.sin6_addr, scope + 1);
		on_peer(false);
	} else if (!strcmp(copy, "own-ll")) {
		link_local(&a->in6.sin6_addr, scope + 1);
	} else {
		inet_pton(AF_INET6, copy, &a->in6.sin6_addr);
	}
	return sizeof(a->in6);
}

int own(int family, int type, int protocol)
{
	int one = 1, fd = socket(family, type | SOCK_NONBLOCK, protocol);

	if (fd < 0)
		give_up("socket");
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (family == AF_INET) {
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
		setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &one, sizeof(one));
	} else if (family == AF_INET6) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one));
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &one, sizeof(one));
	}
	return fd;
}

int peer(int family, int type, int protocol)
{
	int fd;

	on_peer(true);
	fd = own(family, type, protocol);
	on_peer(false);
	return fd;
}

int listener(int fd, const char *address, int port)
{
	union addr a;
	socklen_t len = parse(&a, address, port);

	return bind(fd, &a.sa, len) ? errno : 0;
}

int apply(int fd, int family, const struct way *way)
{
	struct ip_mreqn by = { 0 };
	int index, err = 0;
	union addr a;
	socklen_t len;

	switch (way->kind) {
	case BIND:
		len = parse(&a, way->arg, 0);
		err = bind(fd, &a.sa, len);
		break;
	case DEVICE:
		err = setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, way->arg,
				 strlen(way->arg));
		break;
	case CAST_ADDRESS:
		inet_pton(AF_INET, way->arg, &by.imr_address);
		err = setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &by.imr_address,
				 sizeof(by.imr_address));
		break;
	case CAST_INDEX:
		by.imr_ifindex = if_nametoindex(way->arg);
		err = family == AF_INET ?
		      setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof(by)) :
		      setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF,
				 &by.imr_ifindex, sizeof(by.imr_ifindex));
		break;
	case UNICAST_INDEX:
		index = htonl(if_nametoindex(way->arg));
		err = family == AF_INET ?
		      setsockopt(fd, IPPROTO_IP, IP_UNICAST_IF, &index, sizeof(index)) :
		      setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_IF, &index,
				 sizeof(index));
		break;
	default:
		break;
	}
	return err ? errno : 0;
}

int send_by(int fd, int family, const struct way *way, const union addr *to,
	    socklen_t len)
{
	char control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = { 0 };
	struct iovec vec = { .iov_base = "row", .iov_len = 3 };
	struct msghdr msg = {
		.msg_name = (void *)to, .msg_namelen = len,
		.msg_iov = &vec, .msg_iovlen = 1,
	};
	struct cmsghdr *c = (struct cmsghdr *)control;
	struct in_pktinfo *info4 = (void *)CMSG_DATA(c);
	struct in6_pktinfo *info6 = (void *)CMSG_DATA(c);
	union addr a;

	if (way->kind == INFO_INDEX || way->kind == INFO_ADDRESS) {
		msg.msg_control = control;
		c->cmsg_level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
		c->cmsg_type = family == AF_INET ? IP_PKTINFO : IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(family == AF_INET ? sizeof(*info4) :
							   sizeof(*info6));
		msg.msg_controllen = c->cmsg_len;
		if (way->kind == INFO_INDEX && family == AF_INET) {
			info4->ipi_ifindex = if_nametoindex(way->arg);
		} else if (way->kind == INFO_INDEX) {
			info6->ipi6_ifindex = if_nametoindex(way->arg);
		} else {
			parse(&a, way->arg, 0);
			if (family == AF_INET)
				info4->ipi_spec_dst = a.in.sin_addr;
			else
				info6->ipi6_addr = a.in6.sin6_addr;
		}
	}
	return sendmsg(fd, &msg, 0) < 0 ? errno : 0;
}

static void say_control(struct msghdr *msg)
{
	char dev[IF_NAMESIZE] = "?", text[INET6_ADDRSTRLEN];
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		struct in_pktinfo *info4 = (void *)CMSG_DATA(c);
		struct in6_pktinfo *info6 = (void *)CMSG_DATA(c);

		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			if_indextoname(info4->ipi_ifindex, dev);
			say(" to %s", inet_ntoa(info4->ipi_addr));
			say(" answer-by %s on %s", inet_ntoa(info4->ipi_spec_dst), dev);
		} else if (c->cmsg_level == IPPROTO_IPV6 &&
			   c->cmsg_type == IPV6_PKTINFO) {
			if_indextoname(info6->ipi6_ifindex, dev);
			inet_ntop(AF_INET6, &info6->ipi6_addr, text, sizeof(text));
			say(" to %s on %s", text, dev);
		} else if (c->cmsg_type == IP_TTL || c->cmsg_type == IPV6_HOPLIMIT) {
			say(" ttl %d", *(int *)CMSG_DATA(c));
		}
	}
}

/* For the names of devices one must be on the node. */
void say_heard(int fd, const char *who)
{
	char control[256], data[2048];
	union addr a = { 0 };
	struct iovec vec = { .iov_base = data, .iov_len = sizeof(data) };
	bool is_peer = !strcmp(who, "peer");

	on_peer(is_peer);
	for (;;) {
		struct msghdr msg = {
			.msg_name = &a, .msg_namelen = sizeof(a),
			.msg_iov = &vec, .msg_iovlen = 1,
			.msg_control = control, .msg_controllen = sizeof(control),
		};
		ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) { /* an error that came back */
			say_error(who, errno);
			continue;
		}
		say(" %s(", who);
		say_addr(&a);
		say_control(&msg);
		say(")");
	}
	on_peer(false);
}

static bool is_noise(const unsigned char *p, int protocol, ssize_t n)
{
	int port = 0;

	if (protocol == ETH_P_IP) {
		int hlen = (p[0] & 15) * 4;

		/* The latter about neighbours of rows before that are not there. */
		if (p[9] == IPPROTO_IGMP ||
		    (p[9] == IPPROTO_ICMP && p[hlen] == ICMP_DEST_UNREACH))
			return true;
		if (n >= hlen + 4)
			port = p[hlen + 2] << 8 | p[hlen + 3];
		return p[9] == IPPROTO_UDP && (port == SENTINEL || port == SENTINEL + 1);
	}
	if (protocol == ETH_P_IPV6)
		return p[6] == IPPROTO_HOPOPTS ||
		       (p[6] == IPPROTO_ICMPV6 && p[40] >= 130);
	return true;
}

void say_left(void)
{
	unsigned char frame[2048], *p;
	char dev[IF_NAMESIZE], a[INET6_ADDRSTRLEN], b[INET6_ADDRSTRLEN];

	for (;;) {
		struct sockaddr_ll ll;
		socklen_t len = sizeof(ll);
		ssize_t n = recvfrom(tap, frame, sizeof(frame), MSG_DONTWAIT,
				     (void *)&ll, &len);
		bool mac = ll.sll_hatype == ARPHRD_ETHER ||
			   ll.sll_hatype == ARPHRD_LOOPBACK;
		int protocol = ntohs(ll.sll_protocol), ports;

		if (n < 0)
			return;
		p = frame + (mac ? ETH_HLEN : 0);
		n -= p - frame;
		if (ll.sll_pkttype != PACKET_OUTGOING || n < 20 ||
		    is_noise(p, protocol, n))
			continue;
		if (!if_indextoname(ll.sll_ifindex, dev))
			snprintf(dev, sizeof(dev), "?");
		if (protocol == ETH_P_IP) {
			ports = (p[0] & 15) * 4;
			inet_ntop(AF_INET, p + 12, a, sizeof(a));
			inet_ntop(AF_INET, p + 16, b, sizeof(b));
			say(" left[%s %s>%s proto %d ttl %d tos %d df %d len %d",
			    dev, a, b, p[9], p[8], p[1], p[6] >> 6 & 1, p[2] << 8 | p[3]);
		} else {
			ports = 40;
			inet_ntop(AF_INET6, p + 8, a, sizeof(a));
			inet_ntop(AF_INET6, p + 24, b, sizeof(b));
			say(" left[%s %s>%s proto %d ttl %d len %d", dev, a, b, p[6],
			    p[7], p[4] << 8 | p[5]);
		}
		if (n >= ports + 4 && p[protocol == ETH_P_IP ? 9 : 6] == IPPROTO_UDP)
			say(" port %d", p[ports + 2] << 8 | p[ports + 3]);
		if (mac)
			say(" mac %02x:%02x:%02x:%02x:%02x:%02x", frame[0], frame[1],
			    frame[2], frame[3], frame[4], frame[5]);
		say("]");
	}
}

/* What one CPU sends arrives in this order. */
static void stay_on_cpu(void)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(sched_getcpu(), &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		give_up("sched_setaffinity");
}

/* What was sent before on either wire has arrived when this has. */
void settle(void)
{
	struct pollfd ready;
	char c;
	int i, k;

	for (i = 0; i < 2; i++) {
		for (k = 0; k < 2; k++) {
			ready = (struct pollfd){ .fd = to[!i][k], .events = POLLIN };
			if (send(from[i][k], "s", 1, 0) != 1 ||
			    poll(&ready, 1, 20000) != 1 ||
			    recv(ready.fd, &c, 1, 0) != 1)
				give_up("a packet between the nodes");
		}
	}
}

void share_init(const char *peer_path)
{
	static const char *const address[2][2] = {
		{ "192.168.80.1", "192.168.40.1" }, { "192.168.80.2", "192.168.40.2" },
	};
	struct sockaddr_ll all = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
	};
	int i, k, size = 1 << 20;
	union addr a;

	stay_on_cpu();
	own_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	peer_ns = open(peer_path, O_RDONLY | O_CLOEXEC);
	if (own_ns < 0 || peer_ns < 0)
		give_up(peer_path);
	for (i = 0; i < 2; i++) {
		for (k = 0; k < 2; k++) {
			to[i][k] = (i ? peer : own)(AF_INET, SOCK_DGRAM, 0);
			from[i][k] = (i ? peer : own)(AF_INET, SOCK_DGRAM, 0);
			if (listener(to[i][k], address[i][k], SENTINEL + k))
				give_up("sentinel");
		}
	}
	for (i = 0; i < 2; i++)
		for (k = 0; k < 2; k++)
			if (connect(from[i][k], &a.sa,
				    parse(&a, address[!i][k], SENTINEL + k)))
				give_up("sentinel");
	tap = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL));
	setsockopt(tap, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (tap < 0 || bind(tap, (void *)&all, sizeof(all)))
		give_up("packet socket");
	settle();
}
