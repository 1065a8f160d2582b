// SPDX-License-Identifier: GPL-2.0
/*
 * Those who see what got through: the victim, the wire, and the attacker who
 * has bound what is not his.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/tipc.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "uvn_attack.h"

#define SQUATS	29	/* ports from PORT_SQUAT on */
#define BEFORE	24	/* the first of those that are bound before uvn is */

enum { DATAGRAMS, LISTENER, CONNECTION };

static struct pollfd polled[1024];
static const char *polled_name[1024];
static char polled_kind[1024];
static unsigned int n_polled;
static unsigned char buf[1 << 17];
static int log_fd;

static int open_log(const char *path)
{
	log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (log_fd < 0)
		perror(path);
	return log_fd < 0 ? -1 : 0;
}

static void watch(const char *name, int fd, int kind)
{
	if (fd < 0 || n_polled == sizeof(polled) / sizeof(*polled))
		return;
	polled[n_polled].fd = fd;
	polled[n_polled].events = POLLIN;
	polled_name[n_polled] = name;
	polled_kind[n_polled++] = kind;
}

/* Logs each word that begins with @start, and where it was seen, once. */
static void log_words(const unsigned char *data, size_t len, const char *start,
		      const char *where)
{
	static char seen[4096][176];
	static unsigned int n_seen;
	unsigned int i;
	char line[176];

	while (len) {
		const unsigned char *p = memmem(data, len, start,
						strlen(start));
		const unsigned char *end;

		if (!p)
			return;
		p += strlen(start);
		len -= p - data;
		data = p;
		end = memchr(p, ';', len < 140 ? len : 140);
		if (!end)
			continue;
		snprintf(line, sizeof(line), "%.*s\t%s\n", (int)(end - p), p,
			 where);
		for (i = 0; i < n_seen; i++)
			if (!strcmp(seen[i], line))
				break;
		if (i < n_seen)
			continue;
		if (n_seen < sizeof(seen) / sizeof(*seen))
			memcpy(seen[n_seen++], line, sizeof(line));
		if (write(log_fd, line, strlen(line)) < 0)
			return;
	}
}

static int bound(int family, int type, int protocol, int port)
{
	int fd = socket(family, type, protocol), one = 1;
	struct sockaddr_in6 in6 = {
		.sin6_family = family,
		.sin6_port = htons(port),
	};

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, (void *)&in6, family == AF_INET6 ? sizeof(in6) :
		 sizeof(struct sockaddr_in)))
		goto fail;
	if ((type == SOCK_STREAM || type == 6) && listen(fd, 64))
		goto fail;
	return fd;
fail:
	fprintf(stderr, "family %d type %d protocol %d port %d: %m\n", family,
		type, protocol, port);
	close(fd);
	return -1;
}

const char *unix_type_name(int type)
{
	return type == SOCK_STREAM ? "victim-stream" :
	       type == SOCK_DGRAM ? "victim-dgram" : "victim-seqpacket";
}

socklen_t unix_name(struct sockaddr_un *un, const char *name)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	snprintf(un->sun_path + 1, sizeof(un->sun_path) - 1, "uvn-%s", name);
	return offsetof(struct sockaddr_un, sun_path) + 1 +
	       strlen(un->sun_path + 1);
}

static int unix_bound(int type, const char *name)
{
	int fd = socket(AF_UNIX, type, 0);
	struct sockaddr_un un;
	socklen_t len = unix_name(&un, name);

	if (!*name)
		len = sizeof(sa_family_t);
	if (fd < 0 || bind(fd, (void *)&un, len) ||
	    (type != SOCK_DGRAM && listen(fd, 64))) {
		perror(name);
		return -1;
	}
	return fd;
}

/* To what comes on polled sockets, for ever. */
static int watch_all(const char *start)
{
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		unsigned int i, n = n_polled;

		if (poll(polled, n, -1) < 0)
			return 6;
		for (i = 0; i < n; i++) {
			struct iovec iov = { buf, sizeof(buf) };
			char control[512];
			struct msghdr msg = {
				.msg_iov = &iov,
				.msg_iovlen = 1,
				.msg_control = control,
				.msg_controllen = sizeof(control),
			};
			ssize_t len;

			if (!polled[i].revents)
				continue;
			if (polled_kind[i] == LISTENER) {
				watch(polled_name[i], accept(polled[i].fd, NULL,
							     NULL), CONNECTION);
				continue;
			}
			len = recvmsg(polled[i].fd, &msg, MSG_DONTWAIT);
			if (len > 0)
				log_words(buf, len, start, polled_name[i]);
			else if (polled_kind[i] == CONNECTION &&
				 (!len || errno != EAGAIN))
				polled[i].fd = -1;
			if (!(polled[i].revents & POLLERR))
				continue;
			msg.msg_controllen = sizeof(control);
			len = recvmsg(polled[i].fd, &msg, MSG_ERRQUEUE |
				      MSG_DONTWAIT);
			if (len > 0)
				log_words(buf, len, start, "icmp-error");
		}
	}
}

static void victim_groups(int fd4, int fd6)
{
	struct ip_mreqn mreq = { 0 };
	struct ipv6_mreq mreq6 = { 0 };
	char name[IF_NAMESIZE];

	snprintf(name, sizeof(name), "vrf%d", getuid());
	mreq.imr_ifindex = if_nametoindex(name);
	mreq6.ipv6mr_interface = mreq.imr_ifindex;
	inet_pton(AF_INET, GROUP4, &mreq.imr_multiaddr);
	inet_pton(AF_INET6, GROUP6, &mreq6.ipv6mr_multiaddr);
	setsockopt(fd4, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq));
	setsockopt(fd6, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &mreq6,
		   sizeof(mreq6));
}

/* Connected to node 3, from where errors are forged. */
static int victim_flow(void)
{
	int fd = bound(AF_INET, SOCK_DGRAM, 0, PORT_FLOW), one = 1;
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT_OTHER),
	};

	inet_pton(AF_INET, "192.168.80.3", &in.sin_addr);
	setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one));
	if (connect(fd, (void *)&in, sizeof(in)))
		perror("connect");
	return fd;
}

/* What a managed user may not have when uvn guards it. */
static void victim_families(void)
{
	struct sockaddr_vm vm = {
		.svm_family = AF_VSOCK,
		.svm_port = PORT_OTHER,
		.svm_cid = VMADDR_CID_ANY,
	};
	struct sockaddr_tipc tipc = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_ADDR,
		.scope = TIPC_NODE_SCOPE,
		.addr.name.name.type = PORT_OTHER,
		.addr.name.name.instance = 1,
	};
	struct sockaddr_nl nl = {
		.nl_family = AF_NETLINK,
		.nl_pid = PORT_NETLINK,
	};
	int fd;

	fd = socket(AF_VSOCK, SOCK_STREAM, 0);
	if (fd >= 0 && !bind(fd, (void *)&vm, sizeof(vm)) && !listen(fd, 8))
		watch("vsock", fd, LISTENER);
	fd = socket(AF_TIPC, SOCK_RDM, 0);
	if (fd >= 0 && !bind(fd, (void *)&tipc, sizeof(tipc)))
		watch("tipc", fd, DATAGRAMS);
	fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_USERSOCK);
	if (fd >= 0 && !bind(fd, (void *)&nl, sizeof(nl)))
		watch("netlink", fd, DATAGRAMS);
	watch("mptcp", bound(AF_INET, SOCK_STREAM, IPPROTO_MPTCP, PORT_OTHER),
	      LISTENER);
	watch("sctp", bound(AF_INET, SOCK_STREAM, IPPROTO_SCTP, PORT_OTHER),
	      LISTENER);
}

int victim(const char *log)
{
	int fd4, fd6;

	if (open_log(log))
		return 6;
	fd4 = bound(AF_INET, SOCK_DGRAM, 0, PORT_UDP4);
	fd6 = bound(AF_INET6, SOCK_DGRAM, 0, PORT_UDP6);
	if (fd4 < 0 || fd6 < 0)
		return 6;
	victim_groups(fd4, fd6);
	watch("udp4", fd4, DATAGRAMS);
	watch("udp6", fd6, DATAGRAMS);
	watch("tcp4", bound(AF_INET, SOCK_STREAM, 0, PORT_TCP4), LISTENER);
	watch("tcp6", bound(AF_INET6, SOCK_STREAM, 0, PORT_TCP6), LISTENER);
	watch("lite4", bound(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, PORT_LITE),
	      DATAGRAMS);
	watch("ping4", bound(AF_INET, SOCK_DGRAM, IPPROTO_ICMP, PORT_PING),
	      DATAGRAMS);
	watch("ping6", bound(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, PORT_PING),
	      DATAGRAMS);
	watch("flow", victim_flow(), DATAGRAMS);
	watch("unix", unix_bound(SOCK_STREAM, unix_type_name(SOCK_STREAM)),
	      LISTENER);
	watch("unix", unix_bound(SOCK_DGRAM, unix_type_name(SOCK_DGRAM)),
	      DATAGRAMS);
	watch("unix", unix_bound(SOCK_SEQPACKET,
				 unix_type_name(SOCK_SEQPACKET)), LISTENER);
	watch("unix-autobound", unix_bound(SOCK_DGRAM, ""), DATAGRAMS);
	victim_families();
	return watch_all(MARK);
}

/* ---- the wire ----------------------------------------------------------- */

/* Reports of groups that attackers joined: the group is the message. */
static void sniff_groups(const unsigned char *p, size_t len, const char *dev)
{
	static const unsigned char group6[16] = {
		0xff, 2, [12] = 0x66, 0x66,
	};
	char line[128];

	for (; len >= 4; p++, len--) {
		int n = 0;

		if (p[0] == 239 && p[1] == 66 && p[3])
			n = sprintf(line, "239.66.%u.%u", p[2], p[3]);
		else if (len >= 16 && !memcmp(p, group6, 14))
			n = sprintf(line, "ff02::6666:%x", p[14] << 8 | p[15]);
		if (!n)
			continue;
		sprintf(line + n, "\tplain %s\n", dev);
		if (write(log_fd, line, strlen(line)) < 0)
			return;
	}
}

static void sniff_one(const unsigned char *p, size_t len, const char *dev)
{
	const struct iphdr *ip = (const struct iphdr *)(p + ETH_HLEN);
	const struct udphdr *udp;
	const unsigned char *vx;
	char where[64];

	if (len < ETH_HLEN + sizeof(*ip))
		return;
	snprintf(where, sizeof(where), "plain %s", dev);
	if (p[12] == 8 && p[13] == 0) {
		udp = (const struct udphdr *)((const char *)ip + ip->ihl * 4);
		vx = (const unsigned char *)(udp + 1);
		if (ip->protocol == IPPROTO_IGMP)
			sniff_groups((const unsigned char *)ip, len - ETH_HLEN,
				     dev);
		if (ip->protocol == IPPROTO_UDP &&
		    !(ip->frag_off & htons(0x1fff)) && vx + 8 <= p + len &&
		    (udp->dest == htons(801) || udp->dest == htons(802)))
			snprintf(where, sizeof(where), "%u %s",
				 vx[4] << 16 | vx[5] << 8 | vx[6], dev);
	} else if (p[12] == 0x86 && p[13] == 0xdd && len > ETH_HLEN + 56) {
		udp = (const struct udphdr *)(p + ETH_HLEN + 40);
		vx = (const unsigned char *)(udp + 1);
		if (p[ETH_HLEN + 6] == IPPROTO_UDP &&
		    (udp->dest == htons(803) || udp->dest == htons(804)))
			snprintf(where, sizeof(where), "%u %s",
				 vx[4] << 16 | vx[5] << 8 | vx[6], dev);
		else
			sniff_groups(p + ETH_HLEN + 40, len - ETH_HLEN - 40,
				     dev);
	}
	log_words(p, len, MARK, where);
}

int sniff(const char *log, char **devs)
{
	int size = 32 << 20;

	if (open_log(log))
		return 6;
	for (; *devs; devs++) {
		struct sockaddr_ll ll = {
			.sll_family = AF_PACKET,
			.sll_protocol = htons(ETH_P_ALL),
			.sll_ifindex = if_nametoindex(*devs),
		};
		int fd = socket(AF_PACKET, SOCK_RAW, 0);

		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
		if (bind(fd, (void *)&ll, sizeof(ll))) {
			perror(*devs);
			return 6;
		}
		watch(*devs, fd, DATAGRAMS);
	}
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		unsigned int i;

		if (poll(polled, n_polled, -1) < 0)
			return 6;
		for (i = 0; i < n_polled; i++) {
			ssize_t len = recv(polled[i].fd, buf, sizeof(buf),
					   MSG_DONTWAIT);

			if (len > 0)
				sniff_one(buf, len, polled_name[i]);
		}
	}
}

/* ---- squatters ---------------------------------------------------------- */

enum { S_UDP4 = 1, S_UDP6 = 2, S_TCP4 = 4, S_TCP6 = 8, S_UNSPEC = 16,
	S_UNSPEC_LATE = 32, S_DEVICE = 64, S_SCOPE = 128, S_JOIN = 256,
	S_NODE = 512, S_FREEBIND = 1024, S_VXLAN = 2048 };

static const struct squatter {
	const char *name;
	int how, dev;
} squatters[SQUATS] = {
	{ "udp4/plain", S_UDP4, 0 },
	{ "udp4/unspec", S_UDP4 | S_UNSPEC, 0 },
	{ "udp4/bound+unspec", S_UDP4 | S_UNSPEC_LATE, 0 },
	{ "udp4/unspec+device=lower", S_UDP4 | S_UNSPEC | S_DEVICE, DEV_LOWER },
	{ "udp4/unspec+device=lo", S_UDP4 | S_UNSPEC | S_DEVICE, DEV_LO },
	{ "udp4/unspec+device=vrf", S_UDP4 | S_UNSPEC | S_DEVICE, DEV_VRF },
	{ "udp6/unspec", S_UDP6 | S_UNSPEC, 0 },
	{ "udp6/bind-scope=lower", S_UDP6 | S_SCOPE, DEV_LOWER },
	{ "udp6/bind-scope=lo", S_UDP6 | S_SCOPE, DEV_LO },
	{ "udp6/bind-scope=vrf", S_UDP6 | S_SCOPE, DEV_VRF },
	{ "tcp4/plain", S_TCP4, 0 },
	{ "tcp4/device=lower", S_TCP4 | S_DEVICE, DEV_LOWER },
	{ "tcp6/bind-scope=lower", S_TCP6 | S_SCOPE, DEV_LOWER },
	{ "tcp6/bind-scope=lo", S_TCP6 | S_SCOPE, DEV_LO },
	{ "tcp6/bind-scope=vrf", S_TCP6 | S_SCOPE, DEV_VRF },
	{ "udp4/join=vrf", S_UDP4 | S_JOIN, DEV_VRF },
	{ "udp4/join=lower", S_UDP4 | S_JOIN, DEV_LOWER },
	{ "udp4/unspec+join=vrf", S_UDP4 | S_UNSPEC | S_JOIN, DEV_VRF },
	{ "udp4/unspec+join=lower", S_UDP4 | S_UNSPEC | S_JOIN, DEV_LOWER },
	{ "udp4/unspec+node", S_UDP4 | S_UNSPEC | S_NODE, 0 },
	{ "udp4/freebind", S_UDP4 | S_FREEBIND, 0 },
	{ "udp4/vxlan-port", S_UDP4 | S_VXLAN, 0 },
	{ "udp4/unspec+vxlan-port+node", S_UDP4 | S_UNSPEC | S_VXLAN | S_NODE,
	  0 },
	{ "udp6/bind-scope+vxlan-port=lower", S_UDP6 | S_SCOPE | S_VXLAN,
	  DEV_LOWER },
	[BEFORE] = { "udp4/old", S_UDP4, 0 },
	{ "udp6/old", S_UDP6, 0 },
	{ "tcp4/old", S_TCP4, 0 },
	{ "tcp6/old", S_TCP6, 0 },
	{ "udp4/old+node", S_UDP4 | S_NODE, 0 },
};

static int squat_bind(const struct squatter *s, int fd, int port)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};

	if (s->how & (S_UDP6 | S_TCP6))
		return bind(fd, (void *)&in6, sizeof(in6));
	if (s->how & S_NODE)
		in.sin_addr = node_addr(1, 0);
	if (s->how & S_FREEBIND)
		in.sin_addr = node_addr(2, 0);
	return bind(fd, (void *)&in, sizeof(in));
}

static int squat_one(const struct squatter *s, int port)
{
	int tcp = s->how & (S_TCP4 | S_TCP6), one = 1, zero = 0;
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct ip_mreqn mreq = { .imr_ifindex = dev_index(s->dev) };
	struct sockaddr_in6 scope = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_scope_id = mreq.imr_ifindex,
	};
	int fd = socket(s->how & (S_UDP6 | S_TCP6) ? AF_INET6 : AF_INET,
			tcp ? SOCK_STREAM : SOCK_DGRAM, 0);

	if (fd < 0 || (s->dev && !mreq.imr_ifindex))
		return -1;
	inet_pton(AF_INET, GROUP4, &mreq.imr_multiaddr);
	inet_pton(AF_INET6, "fe80::dead", &scope.sin6_addr);
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (s->how & S_UNSPEC && connect(fd, &none, sizeof(none)))
		return -1;
	if (s->how & S_DEVICE &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &mreq.imr_ifindex, 4))
		return -1;
	if (s->how & S_SCOPE) /* refused, but the device is taken */
		bind(fd, (void *)&scope, sizeof(scope));
	if (s->how & S_FREEBIND)
		setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &one, sizeof(one));
	if (s->how & S_JOIN &&
	    setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq)))
		return -1;
	if (squat_bind(s, fd, port))
		return -1;
	if (s->how & S_UNSPEC_LATE && connect(fd, &none, sizeof(none)))
		return -1;
	if (tcp && listen(fd, 64))
		return -1;
	return fd;
}

int squat(const char *log, unsigned int victim_uid, const char *what)
{
	int before = what && !strcmp(what, "before");
	int i = before ? BEFORE : 0, end = before ? SQUATS : BEFORE;

	attack.victim = victim_uid;
	attack.uid = getuid();
	if (open_log(log))
		return 6;
	for (; i < end && (!what || before); i++) {
		int fd = squat_one(&squatters[i], squatters[i].how & S_VXLAN ?
				   801 : PORT_SQUAT + i);

		printf("%s\t%s\n", squatters[i].name,
		       fd < 0 ? strerrorname_np(errno) : "-");
		watch(squatters[i].name, fd, squatters[i].how &
		      (S_TCP4 | S_TCP6) ? LISTENER : DATAGRAMS);
	}
	if (!before) {
		watch("unix/stream", unix_bound(SOCK_STREAM, "squat"), LISTENER);
		printf("unix/stream\t-\n");
	}
	return watch_all(SECRET);
}

/* ---- who has secrets ------------------------------------------------------ */

static socklen_t call_addr(struct sockaddr_in6 *in6, const char *text, int port)
{
	struct sockaddr_in *in = (void *)in6;

	memset(in6, 0, sizeof(*in6));
	in6->sin6_port = htons(port);
	if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		return sizeof(*in6);
	}
	in->sin_family = AF_INET;
	inet_pton(AF_INET, text, &in->sin_addr);
	return sizeof(*in);
}

static void call_unix(const char *secret)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un un;
	socklen_t len = unix_name(&un, "squat");

	if (fd >= 0 && !connect(fd, (void *)&un, len))
		send(fd, secret, strlen(secret), 0);
	close(fd);
}

int call(const char *who, char **addrs)
{
	struct ip_mreqn mreq = { 0 };
	char secret[64], name[IF_NAMESIZE] = "em1";
	struct sockaddr_in6 in6;
	unsigned int i, left = 0, tries;
	socklen_t len;
	int fd, port;

	snprintf(secret, sizeof(secret), "%s%s;", SECRET, who);
	if (getuid())
		snprintf(name, sizeof(name), "vrf%d", getuid());
	mreq.imr_ifindex = if_nametoindex(name);
	call_unix(secret);
	for (; *addrs; addrs++) {
		for (port = PORT_SQUAT; port < PORT_SQUAT + SQUATS; port++) {
			len = call_addr(&in6, *addrs, port);
			fd = socket(in6.sin6_family, SOCK_DGRAM, 0);
			setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &mreq,
				   sizeof(mreq));
			sendto(fd, secret, strlen(secret), 0, (void *)&in6,
			       len);
			close(fd);
			fd = socket(in6.sin6_family, SOCK_STREAM |
				    SOCK_NONBLOCK, 0);
			if (!connect(fd, (void *)&in6, len) ||
			    errno == EINPROGRESS) {
				watch(who, fd, DATAGRAMS);
				left++;
			} else {
				close(fd);
			}
		}
	}
	for (i = 0; i < n_polled; i++)
		polled[i].events = POLLOUT;
	for (tries = 0; left && tries < 15; tries++) {
		if (poll(polled, n_polled, 100) < 0)
			return 6;
		for (i = 0; i < n_polled; i++) {
			if (polled[i].fd < 0 || !polled[i].revents)
				continue;
			send(polled[i].fd, secret, strlen(secret), 0);
			polled[i].fd = -1;
			left--;
		}
	}
	return 0;
}
