// SPDX-License-Identifier: GPL-2.0
/*
 * Who listens on the node: each has what is its own, and nothing else.
 */
#define _GNU_SOURCE
#include "uvn_fuzz_rx.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>

#ifndef UDP_NO_CHECK6_RX
#define UDP_NO_CHECK6_RX 102
#endif

enum how { PAYLOAD, ECHO, RAW, ERRORS, CONNECTIONS };

struct listener {
	int fd;
	enum how how;
	const char *name;
	uint8_t owner;
};

static struct listener listeners[32];
static unsigned int n_listeners;

static void add_listener(int fd, enum how how, const char *name, uint8_t owner)
{
	if (fd < 0 || n_listeners == ARRAY_SIZE(listeners)) {
		fprintf(stderr, "%s: %s\n", name, strerror(errno));
		exit(6);
	}
	listeners[n_listeners++] = (struct listener){ fd, how, name, owner };
}

static int open_socket(int fam, int type, int proto, unsigned int port)
{
	union {
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} sa = { 0 };
	int one = 1, size = 8 << 20, fd = socket(fam, type | SOCK_NONBLOCK, proto);

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fam == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (fam == AF_INET6 && type == SOCK_DGRAM && proto == 0)
		setsockopt(fd, IPPROTO_UDP, UDP_NO_CHECK6_RX, &one, sizeof(one));
	sa.in.sin_family = fam;
	sa.in.sin_port = htons(port);
	if (bind(fd, (void *)&sa, fam == AF_INET ? sizeof(sa.in) : sizeof(sa.in6)))
		return -1;
	if (type == SOCK_STREAM && listen(fd, 64))
		return -1;
	return fd;
}

static int open_errors(int fam)
{
	int one = 1, fd = open_socket(fam, SOCK_DGRAM, 0, PORT_ERRORS);
	union {
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} sa = { 0 };

	sa.in.sin_family = fam;
	sa.in.sin_port = htons(PORT_FAR);
	if (fam == AF_INET)
		host((void *)&sa.in.sin_addr, IPV4, FIRST);
	else
		host((void *)&sa.in6.sin6_addr, IPV6, FIRST);
	if (fam == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one));
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &one, sizeof(one));
	if (connect(fd, (void *)&sa, sizeof(sa)))
		return -1;
	return fd;
}

static int open_raw(uid_t uid)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_UDP);
	char vrf[IFNAMSIZ];

	snprintf(vrf, sizeof(vrf), "vrf%u", uid);
	if (uid && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, vrf, strlen(vrf)))
		return -1;
	return fd;
}

static void open_all(uint8_t owner, uid_t uid)
{
	add_listener(open_socket(AF_INET, SOCK_DGRAM, 0, PORT), PAYLOAD, "UDP", owner);
	add_listener(open_socket(AF_INET6, SOCK_DGRAM, 0, PORT), PAYLOAD, "UDP6", owner);
	/* The system's would be in the way of the users'. */
	add_listener(open_socket(AF_INET, SOCK_STREAM, 0, uid ? PORT : PORT_SYSTEM),
		     CONNECTIONS, "TCP", owner);
	add_listener(open_socket(AF_INET6, SOCK_STREAM, 0, uid ? PORT : PORT_SYSTEM),
		     CONNECTIONS, "TCP6", owner);
	if (uid) {
		add_listener(open_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP, PORT),
			     ECHO, "ping", owner);
		add_listener(open_socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, PORT),
			     ECHO, "ping6", owner);
		add_listener(open_errors(AF_INET), ERRORS, "errors", owner);
		add_listener(open_errors(AF_INET6), ERRORS, "errors6", owner);
		return;
	}
	add_listener(open_socket(AF_INET, SOCK_DGRAM, 0, PORT_SYSTEM), PAYLOAD, "UDP", owner);
	add_listener(open_socket(AF_INET6, SOCK_DGRAM, 0, PORT_SYSTEM), PAYLOAD, "UDP6", owner);
	add_listener(open_raw(0), RAW, "raw", TO_SYSTEM);
	add_listener(open_raw(USER_A), RAW, "raw in A's", TO_A);
	add_listener(open_raw(USER_B), RAW, "raw in B's", TO_B);
}

static unsigned int who(uint8_t owner)
{
	return owner == TO_A ? 0 : owner == TO_B ? 1 : 2;
}

/* Are these bytes, all of them, the listener's? */
static void check_payload(const struct listener *l, const unsigned char *data,
			  unsigned int len, uint32_t port)
{
	uint64_t sent = __atomic_load_n(&shared->sent, __ATOMIC_ACQUIRE);
	uint32_t index = 0, last = ~0u;
	unsigned int i;

	if (len >= 8 && get32(data) & SYNC) {
		if (l->how == PAYLOAD && l->owner != TO_SYSTEM)
			__atomic_store_n(&shared->synced[who(l->owner)],
					 get32(data) & ~SYNC, __ATOMIC_RELEASE);
		return;
	}
	__sync_fetch_and_add(l->how == ERRORS ? &shared->errors[who(l->owner)] :
			     &shared->got[who(l->owner)], 1);
	if (len < 4 && l->how != PAYLOAD) /* nothing says whose it is */
		return;
	/* The system may see a user at another port than where the user asked. */
	if (len < 4 && l->owner == TO_SYSTEM)
		return;
	if (len < 4) { /* the port is its number */
		index = (sent & ~0xffffull) | port;
		if (index >= sent)
			index -= 0x10000;
		if (index < sent && !(shared->owner[index] & l->owner))
			finding(index, "%s of %u got %u bytes from port %u",
				l->name, l->owner, len, port);
		return;
	}
	for (i = 0; i + 4 <= len; i += 4) {
		index = get32(data + i);
		if (index == last)
			continue;
		last = index;
		if (index >= sent) {
			finding(-1, "%s of %u got %#x, which nobody may", l->name,
				l->owner, index);
			return;
		}
		if (!(shared->owner[index] & l->owner)) {
			finding(index, "%s of %u got what is of %u", l->name,
				l->owner, shared->owner[index]);
			return;
		}
	}
}

static void hear(const struct listener *l)
{
	static unsigned char data[1 << 16], control[512];
	struct sockaddr_in6 from;
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = { 0 };
	unsigned int hlen;
	int len;

	for (;;) {
		msg.msg_name = &from;
		msg.msg_namelen = sizeof(from);
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		if (l->how == CONNECTIONS) {
			if (accept(l->fd, NULL, NULL) < 0)
				return;
			finding(-1, "%s of %u: a connection", l->name, l->owner);
			continue;
		}
		len = recvmsg(l->fd, &msg, l->how == ERRORS ? MSG_ERRQUEUE : 0);
		if (len < 0 && errno == EAGAIN) {
			if (l->how == ERRORS) /* the error of the socket itself */
				recv(l->fd, data, sizeof(data), 0);
			return;
		}
		if (len < 0)
			continue;
		switch (l->how) {
		case ECHO:
			if (len >= 12)
				check_payload(l, data + 8, len - 8, 0);
			break;
		case RAW:
			hlen = 4 * (data[0] & 15);
			if (len < (int)hlen + 12)
				break;
			if (get16(data + hlen + 2) == PORT ||
			    get16(data + hlen + 2) == PORT_SYSTEM)
				check_payload(l, data + hlen + 8, len - hlen - 8, 0);
			break;
		default:
			check_payload(l, data, len, ntohs(from.sin6_port));
		}
	}
}

void listen_all(uint8_t owner, uid_t uid)
{
	struct pollfd fds[ARRAY_SIZE(listeners)];
	unsigned int i;

	enter(node);
	if (uid)
		become(uid);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	open_all(owner, uid);
	__sync_fetch_and_add(&shared->ready, 1);
	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED)) {
		for (i = 0; i < n_listeners; i++)
			fds[i] = (struct pollfd){ listeners[i].fd, POLLIN, 0 };
		poll(fds, n_listeners, 200);
		for (i = 0; i < n_listeners; i++)
			if (fds[i].revents)
				hear(&listeners[i]);
	}
}
