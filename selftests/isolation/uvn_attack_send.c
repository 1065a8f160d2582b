// SPDX-License-Identifier: GPL-2.0
/*
 * Rows that send something by a socket: each kind of socket, with each way to
 * name a device, for each device, to each destination, with each load.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/icmp6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>

#include "uvn_attack_send.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef IPV6_UNICAST_IF
#define IPV6_UNICAST_IF 76
#endif
#define SEND_2292PKTINFO 2

int is_tcp(int kind)
{
	return kind == KIND_TCP4 || kind == KIND_TCP6 || kind == KIND_MAPTCP;
}

static int open_kind(int kind)
{
	switch (kind) {
	case KIND_UDP4:
		return new_socket(AF_INET, SOCK_DGRAM, 0);
	case KIND_UDP6:
	case KIND_MAP6:
		return new_socket(AF_INET6, SOCK_DGRAM, 0);
	case KIND_LITE:
		return new_socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
	case KIND_PING4:
		return new_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	case KIND_PING6:
		return new_socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
	case KIND_TCP4:
		return new_socket(AF_INET, SOCK_STREAM, 0);
	case KIND_TCP6:
	case KIND_MAPTCP:
		return new_socket(AF_INET6, SOCK_STREAM, 0);
	case KIND_RAW4:
		return new_socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
	case KIND_HDR4:
		return new_socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	default:
		return new_socket(AF_INET6, SOCK_RAW, IPPROTO_UDP);
	}
}

static int port_of(const struct row *row)
{
	if (row->load != LOAD_PLAIN)
		return vxlan_port(row);
	switch (row->kind) {
	case KIND_UDP6:
		return PORT_UDP6;
	case KIND_LITE:
		return PORT_LITE;
	case KIND_TCP6:
		return PORT_TCP6;
	case KIND_TCP4:
	case KIND_MAPTCP:
		return PORT_TCP4;
	case KIND_PING4:
	case KIND_PING6:
	case KIND_RAW6:
		return 0;
	default:
		return PORT_UDP4;
	}
}

static struct in_addr dest4(int dst)
{
	struct in_addr a = { 0 };

	switch (dst) {
	case DST_ALT:
		return node_addr(attack.target, 1);
	case DST_LOOP:
		a.s_addr = htonl(INADDR_LOOPBACK);
		break;
	case DST_GROUP:
		inet_pton(AF_INET, GROUP4, &a);
		break;
	case DST_ALL:
		a.s_addr = htonl(INADDR_ALLHOSTS_GROUP);
		break;
	case DST_BROADCAST:
		a.s_addr = htonl(INADDR_BROADCAST);
		break;
	case DST_SUBNET:
		inet_pton(AF_INET, "192.168.87.255", &a);
		break;
	case DST_OFF:
		inet_pton(AF_INET, "203.0.113.1", &a);
		break;
	default:
		return node_addr(attack.target, 0);
	}
	return a;
}

static socklen_t fill_dest(struct sockaddr_storage *ss, const struct row *row)
{
	struct sockaddr_in6 *in6 = (void *)ss;
	struct sockaddr_in *in = (void *)ss;
	struct in_addr a = dest4(row->dst);

	memset(ss, 0, sizeof(*ss));
	if (!is_v6(row->kind) && row->kind != KIND_MAP6 &&
	    row->kind != KIND_MAPTCP) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port_of(row));
		in->sin_addr = a;
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port_of(row));
	if (row->how == HOW_SCOPE || row->how == HOW_SCOPE_PKTINFO ||
	    row->how == HOW_CONNECT_SCOPE)
		in6->sin6_scope_id = dev_index(row->dev);
	if (!is_v6(row->kind)) {
		in6->sin6_addr.s6_addr32[2] = htonl(0xffff);
		in6->sin6_addr.s6_addr32[3] = a.s_addr;
	} else if (row->dst == DST_TARGET || row->dst == DST_ALT) {
		in6->sin6_addr = node_addr6(attack.target, row->dst == DST_ALT);
	} else if (row->dst == DST_LL) {
		in6->sin6_addr = attack.ll;
	} else if (row->dst == DST_GROUP) {
		inet_pton(AF_INET6, GROUP6, &in6->sin6_addr);
	} else if (row->dst == DST_ALL) {
		inet_pton(AF_INET6, "ff02::1", &in6->sin6_addr);
	} else if (row->dst == DST_NODE) {
		inet_pton(AF_INET6, "ff01::1", &in6->sin6_addr);
	} else {
		in6->sin6_addr = in6addr_loopback;
	}
	return sizeof(*in6);
}

static int set_if(int fd, const struct row *row, int unicast)
{
	struct ip_mreqn mreq = { .imr_ifindex = dev_index(row->dev) };
	uint32_t index = htonl(mreq.imr_ifindex);

	if (is_v6(row->kind) && unicast)
		return setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_IF, &index, 4);
	if (is_v6(row->kind))
		return setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF,
				  &mreq.imr_ifindex, sizeof(int));
	if (unicast)
		return setsockopt(fd, IPPROTO_IP, IP_UNICAST_IF, &index, 4);
	return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &mreq, sizeof(mreq));
}

static int set_device(int fd, int dev)
{
	char name[IF_NAMESIZE] = "";

	if (!if_indextoname(dev_index(dev), name))
		return -1;
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, strlen(name));
}

static int set_sticky(int fd, int dev)
{
	struct in6_pktinfo info = { .ipi6_ifindex = dev_index(dev) };

	return setsockopt(fd, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
}

/* Takes a socket out of its VRF, as disconnecting UDP does. */
static int unspec(int fd)
{
	struct sockaddr sa = { .sa_family = AF_UNSPEC };

	return connect(fd, &sa, sizeof(sa));
}

/* bind() takes the device from the scope id before it looks at the address. */
static void bind_scope(int fd, int dev)
{
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6,
		.sin6_scope_id = dev_index(dev),
	};

	inet_pton(AF_INET6, "fe80::dead", &in6.sin6_addr);
	bind(fd, (struct sockaddr *)&in6, sizeof(in6));
}

static unsigned int source_route(uint8_t *opt)
{
	struct in_addr via = node_addr(attack.target, 1);

	memcpy(opt, "\x83\x07\x04", 3);
	memcpy(opt + 3, &via, 4);
	opt[7] = 0;
	return 8;
}

static int bind_foreign(int fd, int kind)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_addr = node_addr(99, 0),
	};
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6,
		.sin6_addr = node_addr6(99, 0),
	};

	if (is_v6(kind))
		return bind(fd, (struct sockaddr *)&in6, sizeof(in6));
	return bind(fd, (struct sockaddr *)&in, sizeof(in));
}

static int prepare(int fd, const struct row *row)
{
	static const uint8_t srh[24] = { 0, 2, 4, 0, 0, 0, 0, 0, [23] = 1 };
	int one = 1, index = dev_index(row->dev);
	uint8_t opt[8];

	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	switch (row->how) {
	case HOW_DEVICE:
		return set_device(fd, row->dev);
	case HOW_INDEX:
		return setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, 4);
	case HOW_MC_IF:
	case HOW_UC_IF:
		return set_if(fd, row, row->how == HOW_UC_IF);
	case HOW_STICKY:
		return set_sticky(fd, row->dev);
	case HOW_UNSPEC:
		return unspec(fd);
	case HOW_UNSPEC_DEVICE:
		return unspec(fd) ?: set_device(fd, row->dev);
	case HOW_UNSPEC_IF:
		return unspec(fd) ?: set_if(fd, row, 0) ?:
		       set_if(fd, row, 1) ?: set_device(fd, DEV_OWNVRF);
	case HOW_UNSPEC_STICKY:
		return unspec(fd) ?: set_sticky(fd, row->dev) ?:
		       set_device(fd, DEV_OWNVRF);
	case HOW_BIND_SCOPE:
		bind_scope(fd, row->dev);
		return 0;
	case HOW_LSRR:
		return setsockopt(fd, IPPROTO_IP, IP_OPTIONS, opt,
				  source_route(opt));
	case HOW_FREEBIND:
		return setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &one, 4) ?:
		       bind_foreign(fd, row->kind);
	case HOW_TRANSPARENT:
		return setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &one, 4) ?:
		       bind_foreign(fd, row->kind);
	case HOW_UNBIND:
		return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "", 0);
	case HOW_MARK:
		return setsockopt(fd, SOL_SOCKET, SO_MARK, &one, sizeof(one));
	case HOW_RTHDR:
		return setsockopt(fd, IPPROTO_IPV6, IPV6_RTHDR, srh,
				  sizeof(srh));
	default:
		return 0;
	}
}

static void add_cmsg(struct msghdr *msg, int level, int type, const void *data,
		     size_t len)
{
	struct cmsghdr *cmsg = msg->msg_control;

	cmsg->cmsg_level = level;
	cmsg->cmsg_type = type;
	cmsg->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(cmsg), data, len);
	msg->msg_controllen = CMSG_SPACE(len);
}

static void fill_cmsg(struct msghdr *msg, const struct row *row)
{
	struct in6_pktinfo info6 = { .ipi6_ifindex = dev_index(row->dev) };
	struct in_pktinfo info = { .ipi_ifindex = info6.ipi6_ifindex };
	uint8_t opt[8];

	switch (row->how) {
	case HOW_SOURCE:
	case HOW_PKTINFO:
	case HOW_SCOPE_PKTINFO:
	case HOW_2292:
		if (row->how == HOW_SOURCE) {
			info.ipi_spec_dst = node_addr(99, 0);
			info6.ipi6_addr = node_addr6(99, 0);
		}
		if (row->kind == KIND_MAP6)
			info6.ipi6_addr.s6_addr32[2] = htonl(0xffff);
		if (is_v6(row->kind) || row->kind == KIND_MAP6)
			add_cmsg(msg, IPPROTO_IPV6, row->how == HOW_2292 ?
				 SEND_2292PKTINFO : IPV6_PKTINFO, &info6,
				 sizeof(info6));
		else
			add_cmsg(msg, IPPROTO_IP, IP_PKTINFO, &info,
				 sizeof(info));
		break;
	case HOW_LSRR_CMSG:
		add_cmsg(msg, IPPROTO_IP, IP_RETOPTS, opt, source_route(opt));
		break;
	}
}

static int send_stream(int fd, const struct row *row,
		       struct sockaddr_storage *ss, socklen_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t err_len = sizeof(int);
	int err = 0;

	if (row->how == HOW_FASTOPEN)
		return sendto(fd, payload, payload_len, MSG_FASTOPEN |
			      MSG_DONTWAIT, (void *)ss, len) < 0 ? errno : 0;
	/* Longer than the first retransmission, so that one may be lost. */
	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (connect(fd, (void *)ss, len) && errno != EINPROGRESS)
		return errno;
	if (poll(&p, 1, 1500) != 1) {
		errno = ETIMEDOUT;
		return errno;
	}
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &err_len);
	if (err)
		return err;
	return send(fd, payload, payload_len, 0) < 0 ? errno : 0;
}

/* What the kernel does not put before the load itself. */
static void fill_headers(const struct row *row)
{
	uint8_t *buf = (uint8_t *)payload;

	if (row->kind == KIND_PING4 || row->kind == KIND_PING6) {
		memmove(buf + 8, buf, payload_len);
		memset(buf, 0, 8);
		buf[0] = row->kind == KIND_PING4 ? ICMP_ECHO :
			 ICMP6_ECHO_REQUEST;
		payload_len += 8;
	}
	if (row->kind == KIND_RAW4 || row->kind == KIND_HDR4)
		payload_len = wrap_udp(buf, payload_len, 7, port_of(row));
	if (row->kind == KIND_RAW6)
		payload_len = wrap_udp(buf, payload_len, 7, PORT_UDP6);
	if (row->kind == KIND_HDR4)
		payload_len = wrap_ip(buf, payload_len,
				      node_addr(attack.here, 0),
				      dest4(row->dst), IPPROTO_UDP);
}

/* The echo's answer finds whoever has the identifier there: the victim. */
static int bind_ping(int fd, int kind)
{
	struct sockaddr_in6 in6 = {
		.sin6_family = kind == KIND_PING4 ? AF_INET : AF_INET6,
		.sin6_port = htons(PORT_PING),
	};
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return bind(fd, (void *)&in6, kind == KIND_PING4 ?
		    sizeof(struct sockaddr_in) : sizeof(in6));
}

int send_row(const struct row *row)
{
	char control[CMSG_SPACE(64)] = "";
	struct iovec iov = { .iov_base = payload };
	struct sockaddr_storage ss;
	struct msghdr msg = {
		.msg_name = &ss,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
	};
	int fd = open_kind(row->kind), size, v;

	if (fd < 0)
		return errno;
	if (row->dev && !dev_index(row->dev))
		return errno;
	if (row->kind == KIND_PING4 || row->kind == KIND_PING6)
		bind_ping(fd, row->kind);
	fill_load(row);
	fill_headers(row);
	if (prepare(fd, row))
		return errno;
	msg.msg_namelen = fill_dest(&ss, row);
	if (is_tcp(row->kind))
		return send_stream(fd, row, &ss, msg.msg_namelen);
	fill_cmsg(&msg, row);
	iov.iov_len = payload_len;
	if (row->how == HOW_CONNECT_SCOPE) {
		if (connect(fd, (void *)&ss, msg.msg_namelen))
			return errno;
		msg.msg_namelen = 0;
	}
	if (row->load == LOAD_SEGMENT) {
		memcpy(payload + payload_len, payload, payload_len);
		iov.iov_len = 2 * payload_len;
		size = payload_len;
		if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, 4))
			return errno;
	}
	if (row->load == LOAD_CORK) {
		iov.iov_len = 4;
		if (sendmsg(fd, &msg, MSG_MORE) < 0)
			return errno;
		iov.iov_base = payload + 4;
		iov.iov_len = payload_len - 4;
	}
	v = sendmsg(fd, &msg, 0);
	/* The first may only have started a neighbour's resolution, or met the
	 * error of an earlier one.
	 */
	if (v < 0 && errno == ECONNREFUSED)
		v = sendmsg(fd, &msg, 0);
	return v < 0 ? errno : 0;
}
