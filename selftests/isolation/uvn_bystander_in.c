// SPDX-License-Identifier: GPL-2.0
/* Rows about what is received: groups, datagrams, connections, raw and packet
 * sockets; see uvn_bystander.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "uvn_bystander.h"

#define N(array)	(sizeof(array) / sizeof(*(array)))

/* Devices on which a group is joined, as the kernel lists them. */
static void say_joined(int family, const char *group)
{
	const char *path = family == AF_INET ? "/proc/thread-self/net/igmp" :
					       "/proc/thread-self/net/igmp6";
	char text[256], dev[64] = "", hex[64];
	FILE *file = fopen(path, "r");
	union addr a;
	int i;

	parse(&a, group, 0);
	if (family == AF_INET)
		snprintf(hex, sizeof(hex), "%08X", a.in.sin_addr.s_addr);
	else
		for (i = 0; i < 16; i++)
			sprintf(hex + 2 * i, "%02x", a.in6.sin6_addr.s6_addr[i]);
	say(" joined-on");
	while (file && fgets(text, sizeof(text), file)) {
		if (family == AF_INET6 || text[0] != '\t')
			sscanf(text, "%*d %63s", dev);
		if (strstr(text, hex))
			say(" %s", dev);
	}
	if (file)
		fclose(file);
}

/* The peer multicasts by each wire; who of ours has joined? */
static void multicast_to(int fd, int family, const char *group)
{
	static const struct way by[] = {
		{ "", CAST_INDEX, "em1" }, { "", CAST_INDEX, "ib0" },
	};
	union addr a;
	socklen_t len;
	size_t i;

	for (i = 0; i < N(by); i++) {
		int out = peer(family, SOCK_DGRAM, 0), err;

		len = parse(&a, group, 7791);
		on_peer(true);
		err = apply(out, family, &by[i]) ?: send_by(out, family, &by[0], &a, len);
		on_peer(false);
		say_error(by[i].arg, err);
		settle();
		say_heard(fd, "own");
		close(out);
	}
}

static void join4(int option, const char *name, const char *address, const char *dev,
		  const char *group)
{
	/* Of these the kernel takes what the option has. */
	struct ip_mreq_source source = { 0 };
	struct ip_mreqn req = { 0 };
	bool with_source = option == IP_ADD_SOURCE_MEMBERSHIP;
	int fd = own(AF_INET, SOCK_DGRAM, 0), drop;
	void *value = with_source ? (void *)&source : (void *)&req;
	socklen_t size = with_source ? sizeof(source) : sizeof(req);

	row("group4%s by %s", with_source ? " of a source" : "", name);
	inet_pton(AF_INET, group, &req.imr_multiaddr);
	inet_pton(AF_INET, address, &req.imr_address);
	req.imr_ifindex = dev ? if_nametoindex(dev) : 0;
	source.imr_multiaddr = req.imr_multiaddr;
	source.imr_interface = req.imr_address;
	inet_pton(AF_INET, "192.168.80.2", &source.imr_sourceaddr);
	say_error("bind", listener(fd, "0.0.0.0", 7791));
	say_error("join", setsockopt(fd, IPPROTO_IP, option, value, size) ? errno : 0);
	say_joined(AF_INET, group);
	multicast_to(fd, AF_INET, group);
	drop = with_source ? IP_DROP_SOURCE_MEMBERSHIP : IP_DROP_MEMBERSHIP;
	say_error("drop", setsockopt(fd, IPPROTO_IP, drop, value, size) ? errno : 0);
	say_joined(AF_INET, group);
	row_end();
	close(fd);
}

static void join6(int option, const char *dev, const char *group)
{
	struct ipv6_mreq req = { 0 };
	int fd = own(AF_INET6, SOCK_DGRAM, 0);
	bool any = option == IPV6_JOIN_ANYCAST;

	row("group6 %s%s on %s", any ? "anycast " : "", group, dev ?: "nothing");
	inet_pton(AF_INET6, group, &req.ipv6mr_multiaddr);
	req.ipv6mr_interface = dev ? if_nametoindex(dev) : 0;
	say_error("bind", listener(fd, "::", 7791));
	say_error("join", setsockopt(fd, IPPROTO_IPV6, option, &req, sizeof(req)) ?
		  errno : 0);
	if (!any) {
		say_joined(AF_INET6, group);
		multicast_to(fd, AF_INET6, group);
	}
	say_error("drop", setsockopt(fd, IPPROTO_IPV6, any ? IPV6_LEAVE_ANYCAST :
				     IPV6_LEAVE_GROUP, &req, sizeof(req)) ? errno : 0);
	row_end();
	close(fd);
}

void joins(void)
{
	static const char *const address[] = {
		"192.168.80.1", "192.168.40.1", "127.0.0.1", "127.1.2.3",
		"192.168.80.77", "0.0.0.0",
	};
	static const char *const devices[] = { "em1", "ib0", "lo", NULL };
	size_t i;

	for (i = 0; i < N(address); i++) {
		join4(IP_ADD_MEMBERSHIP, address[i], address[i], NULL, "239.2.2.2");
		join4(IP_ADD_SOURCE_MEMBERSHIP, address[i], address[i], NULL,
		      "239.2.2.3");
	}
	for (i = 0; i < N(devices) - 1; i++)
		join4(IP_ADD_MEMBERSHIP, devices[i], "0.0.0.0", devices[i], "239.2.2.4");
	for (i = 0; i < N(devices); i++) {
		join6(IPV6_JOIN_GROUP, devices[i], "ff05::2:2");
		join6(IPV6_JOIN_GROUP, devices[i], "ff02::2:2");
		join6(IPV6_JOIN_ANYCAST, devices[i], "2001:db8:80::aaaa");
	}
}

/* Sockets of each kind, and datagrams from here and there to each address. */
static void receive(int family, const char *address, const char *device)
{
	static const struct {
		bool is_peer;
		const char *dev;
		const char *to;
	} sent[] = {
		{ true, NULL, "192.168.80.1" }, { true, NULL, "192.168.40.1" },
		{ true, "em1", "255.255.255.255" }, { true, "ib0", "255.255.255.255" },
		{ true, NULL, "192.168.87.255" }, { true, NULL, "192.168.47.255" },
		{ false, NULL, "192.168.80.1" }, { false, NULL, "127.0.0.1" },
		{ false, NULL, "127.1.2.3" }, { false, "em1", "255.255.255.255" },
		{ true, NULL, "2001:db8:80::1" }, { true, NULL, "2001:db8:40::1" },
		{ true, NULL, "own-ll%em1" }, { true, "em1", "ff02::1%em1" },
		{ false, NULL, "2001:db8:80::1" }, { false, NULL, "::1" },
		{ false, NULL, "own-ll%em1" },
	};
	struct way in = { "", device ? DEVICE : NOTHING, device };
	int fd = own(family, SOCK_DGRAM, 0);
	size_t i;

	row("hear at %s on %s", address, device ?: "any");
	say_error("device", apply(fd, family, &in));
	say_error("bind", listener(fd, address, 7792));
	for (i = 0; i < N(sent); i++) {
		struct way out = { "", sent[i].dev ? DEVICE : NOTHING, sent[i].dev };
		union addr a;
		socklen_t len;
		int from;

		if (family_of(sent[i].to) != family)
			continue;
		from = (sent[i].is_peer ? peer : own)(family, SOCK_DGRAM, 0);
		len = parse(&a, sent[i].to, 7792);
		on_peer(sent[i].is_peer);
		if (a.in6.sin6_family == AF_INET6 && a.in6.sin6_scope_id)
			a.in6.sin6_scope_id = if_nametoindex("em1");
		say(" %s %s:", sent[i].is_peer ? "peer" : "own", sent[i].to);
		say_error("send", apply(from, family, &out) ?:
				  send_by(from, family, &out, &a, len));
		on_peer(false);
		settle();
		say_heard(fd, "own");
		close(from);
	}
	row_end();
	close(fd);
}

void receives(void)
{
	static const char *const at[] = {
		"0.0.0.0", "192.168.80.1", "192.168.40.1", "127.0.0.1",
		"255.255.255.255", "192.168.87.255",
	};
	static const char *const at6[] = {
		"::", "2001:db8:80::1", "::1", "own-ll%em1",
	};
	static const char *const on[] = { "em1", "ib0", "lo" };
	size_t i;

	for (i = 0; i < N(at); i++)
		receive(AF_INET, at[i], NULL);
	for (i = 0; i < N(at6); i++)
		receive(AF_INET6, at6[i], NULL);
	for (i = 0; i < N(on); i++) {
		receive(AF_INET, "0.0.0.0", on[i]);
		receive(AF_INET6, "::", on[i]);
	}
}

/* Connections to a server of each kind. */
static void server(int family, const char *address, const char *device)
{
	static const struct {
		bool is_peer;
		const char *to;
	} asked[] = {
		{ false, "192.168.80.1" }, { false, "192.168.40.1" },
		{ false, "127.0.0.1" }, { true, "192.168.80.1" },
		{ true, "192.168.40.1" }, { false, "2001:db8:80::1" },
		{ false, "::1" }, { false, "own-ll%em1" }, { true, "2001:db8:80::1" },
		{ true, "2001:db8:40::1" }, { true, "own-ll%em1" },
	};
	struct way in = { "", device ? DEVICE : NOTHING, device };
	int fd = own(family, SOCK_STREAM, 0);
	size_t i;

	row("serve at %s on %s", address, device ?: "any");
	say_error("device", apply(fd, family, &in));
	say_error("bind", listener(fd, address, 7793));
	say_error("listen", listen(fd, 8) ? errno : 0);
	for (i = 0; i < N(asked); i++) {
		struct pollfd ready;
		int from, got, err = 0;
		union addr a;
		socklen_t len;

		if (family_of(asked[i].to) != family)
			continue;
		from = (asked[i].is_peer ? peer : own)(family, SOCK_STREAM, 0);
		len = parse(&a, asked[i].to, 7793);
		on_peer(asked[i].is_peer);
		if (a.in6.sin6_family == AF_INET6 && a.in6.sin6_scope_id)
			a.in6.sin6_scope_id = if_nametoindex("em1");
		if (connect(from, &a.sa, len) && errno == EINPROGRESS) {
			ready = (struct pollfd){ .fd = from, .events = POLLOUT };
			poll(&ready, 1, 5000);
			len = sizeof(err);
			getsockopt(from, SOL_SOCKET, SO_ERROR, &err, &len);
		} else {
			err = errno;
		}
		on_peer(false);
		say_error(asked[i].to, err);
		ready = (struct pollfd){ .fd = fd, .events = POLLIN };
		poll(&ready, 1, err ? 0 : 5000);
		len = sizeof(a);
		got = accept(fd, &a.sa, &len);
		if (got >= 0) {
			say(" from ");
			say_addr(&a);
			len = sizeof(a);
			getsockname(got, &a.sa, &len);
			say(" to ");
			say_addr(&a);
			close(got);
		}
		close(from);
	}
	row_end();
	close(fd);
}

void servers(void)
{
	static const char *const at[] = {
		"0.0.0.0", "192.168.80.1", "127.0.0.1", "::", "2001:db8:80::1", "::1",
		"own-ll%em1",
	};
	static const char *const on[] = { "em1", "lo" };
	size_t i;

	for (i = 0; i < N(at); i++)
		server(family_of(at[i]), at[i], NULL);
	for (i = 0; i < N(on); i++) {
		server(AF_INET, "0.0.0.0", on[i]);
		server(AF_INET6, "::", on[i]);
	}
}

static unsigned short checksum(const void *data, size_t n)
{
	const unsigned short *p = data;
	unsigned int sum = 0;

	for (; n > 1; n -= 2)
		sum += *p++;
	sum = (sum >> 16) + (sum & 0xffff);
	return ~(sum + (sum >> 16));
}

/* A ping by hand: whose answer comes by which device? */
static void raw(const struct way *way, const char *to, bool with_header)
{
	struct {
		struct ip ip;
		struct icmp icmp;
	} out = { 0 };
	int fd = own(AF_INET, SOCK_RAW, with_header ? IPPROTO_RAW : IPPROTO_ICMP);
	int ear = own(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	char in[256];
	ssize_t n;
	union addr a;
	socklen_t len = parse(&a, to, 0);

	row("raws %s%s to %s", with_header ? "with header " : "", way->name, to);
	out.icmp.icmp_type = ICMP_ECHO;
	out.icmp.icmp_id = htons(77);
	out.icmp.icmp_cksum = checksum(&out.icmp, sizeof(out.icmp));
	out.ip.ip_v = 4;
	out.ip.ip_hl = 5;
	out.ip.ip_ttl = 9;
	out.ip.ip_p = IPPROTO_ICMP;
	out.ip.ip_dst = a.in.sin_addr;
	say_error("set", apply(fd, AF_INET, way));
	if (with_header)
		n = sendto(fd, &out, sizeof(out), 0, &a.sa, len);
	else
		n = sendto(fd, &out.icmp, sizeof(out.icmp), 0, &a.sa, len);
	say_error("send", n < 0 ? errno : 0);
	say_left();
	settle();
	while ((n = recvfrom(ear, in, sizeof(in), 0, NULL, NULL)) > 0) {
		struct ip *ip = (void *)in;

		say(" heard %s", inet_ntoa(ip->ip_src));
		say(">%s type %d", inet_ntoa(ip->ip_dst), in[ip->ip_hl * 4]);
	}
	row_end();
	close(ear);
	close(fd);
}

void raws(void)
{
	static const struct way by[] = {
		{ "plain", NOTHING, NULL }, { "from 192.168.80.1", BIND, "192.168.80.1" },
		{ "device em1", DEVICE, "em1" }, { "device lo", DEVICE, "lo" },
		{ "IP_MULTICAST_IF 192.168.80.1", CAST_ADDRESS, "192.168.80.1" },
	};
	static const char *const to[] = {
		"192.168.80.2", "192.168.40.2", "192.168.80.1", "127.0.0.1", "224.0.0.1",
	};
	size_t w, t;

	for (w = 0; w < N(by); w++)
		for (t = 0; t < N(to); t++) {
			raw(&by[w], to[t], false);
			raw(&by[w], to[t], true);
		}
}

/* An ARP question from one node about an address, as arping asks it: who answers? */
static void arp(bool is_peer, const char *dev, const char *address)
{
	struct {
		unsigned short hw, proto;
		unsigned char hlen, plen;
		unsigned short op;
		unsigned char sha[6], spa[4], tha[6], tpa[4];
	} __attribute__((packed)) q = {
		.hw = htons(1), .proto = htons(ETH_P_IP), .hlen = 6, .plen = 4,
		.op = htons(1),
	}, answer;
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP),
		.sll_halen = 6, .sll_addr = "\xff\xff\xff\xff\xff\xff",
	};
	int fd = (is_peer ? peer : own)(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ARP));
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	struct ifreq req = { 0 };

	row("ARP on %s of %s for %s", is_peer ? "peer" : "own", dev, address);
	on_peer(is_peer);
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", dev);
	ioctl(fd, SIOCGIFHWADDR, &req);
	memcpy(q.sha, req.ifr_hwaddr.sa_data, 6);
	inet_pton(AF_INET, address, q.tpa);
	ll.sll_ifindex = if_nametoindex(dev);
	say_error("bind", bind(fd, (void *)&ll, sizeof(ll)) ? errno : 0);
	say_error("send", sendto(fd, &q, sizeof(q), 0, (void *)&ll, sizeof(ll)) < 0 ?
		  errno : 0);
	on_peer(false);
	settle();
	poll(&ready, 1, 50);
	while (recv(fd, &answer, sizeof(answer), 0) == sizeof(answer))
		if (answer.op == htons(2))
			say(" %d.%d.%d.%d is at %02x:%02x:%02x:%02x:%02x:%02x",
			    answer.spa[0], answer.spa[1], answer.spa[2],
			    answer.spa[3], answer.sha[0], answer.sha[1],
			    answer.sha[2], answer.sha[3], answer.sha[4],
			    answer.sha[5]);
	row_end();
	close(fd);
}

void packets(void)
{
	static const char *const asked[] = {
		"192.168.80.1", "192.168.40.1", "192.168.80.2", "192.168.80.77",
		"127.0.0.1", "100.64.4.210",
	};
	size_t i;

	for (i = 0; i < N(asked); i++) {
		arp(true, "em1", asked[i]);
		arp(true, "ib0", asked[i]);
		arp(false, "em1", asked[i]);
	}
}
