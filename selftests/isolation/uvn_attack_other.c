// SPDX-License-Identifier: GPL-2.0
/*
 * Rows that are none of send_row()'s: names, groups, other families, other
 * ways to a socket or a device. And what families there are.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/io_uring.h>
#include <linux/mptcp.h>
#include <linux/netlink.h>
#include <linux/rxrpc.h>
#include <linux/tipc.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "uvn_attack.h"

static int sent(ssize_t n)
{
	return n < 0 ? errno : 0;
}

/* ---- abstract Unix sockets ------------------------------------------- */

static int unix_send(const struct row *row)
{
	int type = row->kind, fd = new_socket(AF_UNIX, type, 0);
	struct sockaddr_un un;
	socklen_t len;

	if (fd < 0)
		return errno;
	len = unix_name(&un, unix_type_name(type));
	if (type == SOCK_DGRAM && row->how)
		return sent(sendto(fd, payload, payload_len, 0, (void *)&un,
				   len));
	if (connect(fd, (void *)&un, len))
		return errno;
	return sent(send(fd, payload, payload_len, MSG_NOSIGNAL));
}

/* To every name that the kernel chose by itself. */
static int unix_autobound(const struct row *row)
{
	int fd = new_socket(AF_UNIX, SOCK_DGRAM, 0), err = ENOENT;
	FILE *f = fopen("/proc/net/unix", "r");
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char line[512];

	(void)row;
	if (!f || fd < 0)
		return errno;
	while (fgets(line, sizeof(line), f)) {
		char *name = strchr(line, '@');

		if (!name || strspn(name + 1, "0123456789abcdef") != 5)
			continue;
		memcpy(un.sun_path + 1, name + 1, 5);
		err = sent(sendto(fd, payload, payload_len, 0, (void *)&un,
				  offsetof(struct sockaddr_un, sun_path) + 6));
	}
	fclose(f);
	return err;
}

/* ---- netlink between users -------------------------------------------- */

static int netlink_user(const struct row *row)
{
	struct sockaddr_nl nl = {
		.nl_family = AF_NETLINK,
		.nl_pid = row->how ? 0 : PORT_NETLINK,
		.nl_groups = row->how,
	};
	int fd = new_socket(AF_NETLINK, SOCK_DGRAM, row->kind);

	if (fd < 0)
		return errno;
	return sent(sendto(fd, payload, payload_len, 0, (void *)&nl,
			   sizeof(nl)));
}

/* ---- groups on devices of others -------------------------------------- */

/* What shows this on the wire is the group itself. */
static int join4(const struct row *row)
{
	struct ip_mreqn mreq = { .imr_ifindex = dev_index(row->dev) };
	struct group_req req = { .gr_interface = mreq.imr_ifindex };
	int fd = new_socket(AF_INET, SOCK_DGRAM, 0), err;

	if (fd < 0)
		return errno;
	snprintf(key, sizeof(key), "239.66.%u.%u", attack.target,
		 1 + row->dev * 16 + row->how);
	inet_pton(AF_INET, key, &mreq.imr_multiaddr);
	if (row->how == 2) /* all users have this address */
		mreq.imr_address = node_addr(attack.here, 0);
	((struct sockaddr_in *)&req.gr_group)->sin_family = AF_INET;
	((struct sockaddr_in *)&req.gr_group)->sin_addr = mreq.imr_multiaddr;
	if (row->how == 1)
		err = setsockopt(fd, IPPROTO_IP, MCAST_JOIN_GROUP, &req,
				 sizeof(req));
	else
		err = setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq,
				 sizeof(mreq));
	if (err)
		return errno;
	/* The report may be put off for so long. */
	usleep(300000);
	return 0;
}

static int join6(const struct row *row)
{
	struct ipv6_mreq mreq = { .ipv6mr_interface = dev_index(row->dev) };
	int fd = new_socket(AF_INET6, SOCK_DGRAM, 0);

	if (fd < 0)
		return errno;
	snprintf(key, sizeof(key), "ff02::6666:%u%u%u", attack.target,
		 1 + row->dev, row->how);
	inet_pton(AF_INET6, key, &mreq.ipv6mr_multiaddr);
	if (setsockopt(fd, IPPROTO_IPV6, row->how ? IPV6_JOIN_ANYCAST :
		       IPV6_ADD_MEMBERSHIP, &mreq, sizeof(mreq)))
		return errno;
	usleep(300000);
	return 0;
}

/* ---- devices by other ways -------------------------------------------- */

static int packet(const struct row *row)
{
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = dev_index(row->dev),
		.sll_halen = 6,
		.sll_addr = "\xff\xff\xff\xff\xff\xff",
	};
	int fd = new_socket(AF_PACKET, row->kind, htons(ETH_P_IP));

	if (fd < 0)
		return errno;
	return sent(sendto(fd, payload, payload_len, 0, (void *)&ll,
			   sizeof(ll)));
}

static int tun(const struct row *row)
{
	struct ifreq ifr = { .ifr_flags = row->kind | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "uvnattack%%d");
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		return errno;
	return 0;
}

static int change_device(const struct row *row)
{
	struct ifreq ifr = { 0 };
	int fd = new_socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		return errno;
	if (!if_indextoname(dev_index(row->dev), ifr.ifr_name))
		return errno;
	return ioctl(fd, row->kind, &ifr) ? errno : 0;
}

/* A network namespace of one's own and back, with all capabilities. */
static int namespace(const struct row *row)
{
	int back = open("/proc/self/ns/net", O_RDONLY);

	(void)row;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return errno;
	return setns(back, CLONE_NEWNET) ? errno : 0;
}

/* ---- sockets of others ------------------------------------------------ */

static int steal(const struct row *row)
{
	char path[64];
	int fd, i;

	if (row->kind) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", attack.pid,
			 3 + row->how);
		fd = open(path, O_RDWR);
		return fd < 0 ? errno : 0;
	}
	fd = syscall(SYS_pidfd_open, attack.pid, 0);
	if (fd < 0)
		return errno;
	for (i = 3; i < 12; i++)
		if (syscall(SYS_pidfd_getfd, fd, i, 0) >= 0)
			return 0;
	return errno;
}

static int trace(const struct row *row)
{
	(void)row;
	return ptrace(PTRACE_SEIZE, attack.pid ?: 1, 0, 0) ? errno : 0;
}

/* A socket has an owner, which a guard might believe. */
static int give_away(const struct row *row)
{
	struct row send = { .kind = KIND_UDP4 };
	int fd = new_socket(AF_INET, SOCK_DGRAM, 0);

	(void)row;
	if (fd < 0 || fchown(fd, attack.victim, -1))
		return errno;
	return send_row(&send);
}

/* ---- other families and protocols -------------------------------------- */

static int connect_send(int fd, const void *sa, socklen_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t err_len = sizeof(int);
	int err = 0;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (connect(fd, sa, len) && errno != EINPROGRESS)
		return errno;
	if (poll(&p, 1, 2000) != 1) {
		errno = ETIMEDOUT;
		return errno;
	}
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &err_len);
	if (err)
		return err;
	return sent(send(fd, payload, payload_len, MSG_NOSIGNAL));
}

static int inet_protocol(const struct row *row)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT_OTHER),
		.sin_addr = node_addr(attack.target, 0),
	};
	int fd = new_socket(AF_INET, row->kind, row->how);
	int service = htonl(1);

	if (fd < 0)
		return errno;
	if (row->how == IPPROTO_DCCP)
		setsockopt(fd, SOL_DCCP, 2, &service, sizeof(service));
	return connect_send(fd, &in, sizeof(in));
}

static int other_vsock(const struct row *row)
{
	struct sockaddr_vm vm = {
		.svm_family = AF_VSOCK,
		.svm_port = PORT_OTHER,
		.svm_cid = VMADDR_CID_LOCAL,
	};
	int fd = new_socket(AF_VSOCK, SOCK_STREAM, 0);

	(void)row;
	return fd < 0 ? errno : connect_send(fd, &vm, sizeof(vm));
}

static int other_tipc(const struct row *row)
{
	struct sockaddr_tipc tipc = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_ADDR,
		.addr.name.name.type = PORT_OTHER,
		.addr.name.name.instance = 1,
	};
	int fd = new_socket(AF_TIPC, SOCK_RDM, 0);

	(void)row;
	if (fd < 0)
		return errno;
	return sent(sendto(fd, payload, payload_len, 0, (void *)&tipc,
			   sizeof(tipc)));
}

/* Over a UDP socket that the kernel makes. */
static int other_rxrpc(const struct row *row)
{
	struct sockaddr_rxrpc here = {
		.srx_family = AF_RXRPC,
		.transport_type = SOCK_DGRAM,
		.transport_len = sizeof(struct sockaddr_in),
		.transport.family = AF_INET,
	};
	struct sockaddr_rxrpc there = here;
	char control[CMSG_SPACE(sizeof(unsigned long))] = "";
	struct iovec iov = { .iov_base = payload, .iov_len = payload_len };
	struct msghdr msg = {
		.msg_name = &there,
		.msg_namelen = sizeof(there),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int fd = new_socket(AF_RXRPC, SOCK_DGRAM, AF_INET);
	unsigned long id = 1;

	(void)row;
	if (fd < 0)
		return errno;
	there.srx_service = 1;
	there.transport.sin.sin_port = htons(PORT_UDP4);
	there.transport.sin.sin_addr = node_addr(attack.target, 0);
	cmsg->cmsg_level = SOL_RXRPC;
	cmsg->cmsg_type = RXRPC_USER_CALL_ID;
	cmsg->cmsg_len = CMSG_LEN(sizeof(id));
	memcpy(CMSG_DATA(cmsg), &id, sizeof(id));
	if (bind(fd, (void *)&here, sizeof(here)) || sendmsg(fd, &msg, 0) < 0)
		return errno;
	/* A thread of the kernel's sends it. */
	usleep(300000);
	return 0;
}

static int tcp_ulp(const struct row *row)
{
	static const char * const ulps[] = { "smc", "mptcp", "espintcp" };
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		return errno;
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, ulps[row->kind],
			  strlen(ulps[row->kind])) ? errno : 0;
}

static int tcp_repair(const struct row *row)
{
	int fd = new_socket(AF_INET, SOCK_STREAM, 0), one = 1;

	(void)row;
	if (fd < 0)
		return errno;
	return setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &one, sizeof(one)) ?
	       errno : 0;
}

/* ---- io_uring sends in a thread of its own ------------------------------ */

static int uring_send(const struct row *row)
{
	struct in_pktinfo info = { .ipi_ifindex = dev_index(row->dev) };
	char control[CMSG_SPACE(sizeof(info))] = "";
	struct iovec iov = { .iov_base = payload, .iov_len = payload_len };
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT_UDP4),
		.sin_addr = node_addr(attack.target, 0),
	};
	struct msghdr msg = {
		.msg_name = &in,
		.msg_namelen = sizeof(in),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int fd = new_socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		return errno;
	cmsg->cmsg_level = IPPROTO_IP;
	cmsg->cmsg_type = IP_PKTINFO;
	cmsg->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
	return sent(uring(row->kind, IORING_OP_SENDMSG, fd, 0, &msg, 1));
}

/* Who connects is a thread of the kernel's. */
static int uring_unix(const struct row *row)
{
	int fd = new_socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un un;
	socklen_t len = unix_name(&un, unix_type_name(SOCK_STREAM));

	if (fd < 0 ||
	    uring(row->kind, IORING_OP_CONNECT, fd, len, &un, 0) < 0)
		return errno;
	return sent(send(fd, payload, payload_len, MSG_NOSIGNAL));
}

static void add(const char *name, int (*fn)(const struct row *row), int kind,
		int how, int dev)
{
	struct row *row = row_new();

	*row = (struct row){ .fn = fn, .kind = kind, .how = how, .dev = dev };
	snprintf(row->name, sizeof(row->name), "%s", name);
}

static void node_rows(void)
{
	add("unix/stream", unix_send, SOCK_STREAM, 0, 0);
	add("unix/dgram", unix_send, SOCK_DGRAM, 0, 0);
	add("unix/dgram-sendto", unix_send, SOCK_DGRAM, 1, 0);
	add("unix/seqpacket", unix_send, SOCK_SEQPACKET, 0, 0);
	add("unix/uring", uring_unix, 0, 0, 0);
	add("unix/uring-sqpoll", uring_unix, 1, 0, 0);
	add("unix/autobound", unix_autobound, 0, 0, 0);
	add("netlink/usersock", netlink_user, NETLINK_USERSOCK, 0, 0);
	add("netlink/usersock-group", netlink_user, NETLINK_USERSOCK, 1, 0);
	add("netlink/generic", netlink_user, NETLINK_GENERIC, 0, 0);
	add("netlink/route-group", netlink_user, NETLINK_ROUTE, 1, 0);
	add("netlink/uevent-group", netlink_user, NETLINK_KOBJECT_UEVENT, 1, 0);
	add("vsock/loopback", other_vsock, 0, 0, 0);
	add("tipc/node", other_tipc, 0, 0, 0);
	add("steal/pidfd_getfd", steal, 0, 0, 0);
	add("steal/proc-fd", steal, 1, 0, 0);
	add("steal/ptrace", trace, 0, 0, 0);
	add("steal/fchown", give_away, 0, 0, 0);
	add("device/tun", tun, IFF_TUN, 0, 0);
	add("device/tap", tun, IFF_TAP, 0, 0);
	add("device/down", change_device, SIOCSIFFLAGS, 0, DEV_VRF);
	add("device/address", change_device, SIOCSIFADDR, 0, DEV_VRF);
	add("namespace/back", namespace, 0, 0, 0);
	add("ulp/smc", tcp_ulp, 0, 0, 0);
	add("ulp/mptcp", tcp_ulp, 1, 0, 0);
	add("ulp/espintcp", tcp_ulp, 2, 0, 0);
	add("tcp/repair", tcp_repair, 0, 0, 0);
}

void other_rows(void)
{
	static const char * const dev_names[] = {
		[DEV_VRF] = "vrf", [DEV_LOWER] = "lower",
	};
	char name[64];
	int dev;

	if (attack.here == attack.target)
		node_rows();
	for (dev = DEV_VRF; dev <= DEV_LOWER; dev++) {
		snprintf(name, sizeof(name), "join4/=%s", dev_names[dev]);
		add(name, join4, 0, 0, dev);
		snprintf(name, sizeof(name), "join4/mcast=%s", dev_names[dev]);
		add(name, join4, 0, 1, dev);
		snprintf(name, sizeof(name), "join6/=%s", dev_names[dev]);
		add(name, join6, 0, 0, dev);
		snprintf(name, sizeof(name), "join6/anycast=%s", dev_names[dev]);
		add(name, join6, 0, 1, dev);
		snprintf(name, sizeof(name), "packet/dgram=%s", dev_names[dev]);
		add(name, packet, SOCK_DGRAM, 0, dev);
		row_find(name)->core = 1;
		snprintf(name, sizeof(name), "packet/raw=%s", dev_names[dev]);
		add(name, packet, SOCK_RAW, 0, dev);
		snprintf(name, sizeof(name), "uring/sendmsg=%s", dev_names[dev]);
		add(name, uring_send, 0, 0, dev);
		snprintf(name, sizeof(name), "uring/sqpoll=%s", dev_names[dev]);
		add(name, uring_send, 1, 0, dev);
	}
	add("join4/any", join4, 0, 0, 0);
	add("join4/address", join4, 0, 2, 0);
	add("join6/any", join6, 0, 0, 0);
	add("mptcp/connect", inet_protocol, SOCK_STREAM, IPPROTO_MPTCP, 0);
	add("sctp/connect", inet_protocol, SOCK_STREAM, IPPROTO_SCTP, 0);
	add("dccp/connect", inet_protocol, 6, IPPROTO_DCCP, 0);
	add("rxrpc/call", other_rxrpc, 0, 0, 0);
}

/* What families and protocols of the internet there are for the caller. */
int families(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW,
				     SOCK_RDM, SOCK_SEQPACKET, 6, SOCK_PACKET };
	unsigned int family, protocol, t, last;

	for (family = 0; family <= 45; family++) {
		last = family == AF_INET || family == AF_INET6 ? 262 : 31;
		for (t = 0; t < sizeof(types) / sizeof(*types); t++) {
			for (protocol = 0; protocol <= last; protocol++) {
				int fd = socket(family, types[t], protocol);

				if (fd < 0)
					continue;
				dprintf(1, "%u\t%u\t%u\n", family, types[t],
					protocol);
				close(fd);
			}
		}
	}
	return 0;
}
