// SPDX-License-Identifier: GPL-2.0
/*
 * What root and daemons do by address, device, multicast and broadcast, and what
 * comes of it; to be run as root on node 1.
 *
 *	uvn_bystander PEER
 *		PEER is the file of node 2's network namespace. Prints a line a row:
 *		its name, results and errnos, sources, who heard it (of both nodes, by
 *		which device), and what left the node by which device with which
 *		headers. Two runs print the same if nothing has changed for root.
 *	uvn_bystander casts ADDRESS [DEVICE]
 *		As a user: can IP_MULTICAST_IF be set to the address, and is what is then
 *		sent to a group heard by who has joined it on the device alone?
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "uvn_bystander.h"
#include <linux/mroute.h>
#include <rdma/rdma_user_cm.h>

#define N(array)	(sizeof(array) / sizeof(*(array)))

static const char *const groups4[] = { "239.1.1.1", "224.0.0.77" };
static const char *const groups6[] = { "ff05::77", "ff02::77" };
static const char *const wires[] = { "em1", "ib0", "lo" };

static const struct way ways4[] = {
	{ "plain", NOTHING, NULL },
	{ "from 192.168.80.1", BIND, "192.168.80.1" },
	{ "from 192.168.40.1", BIND, "192.168.40.1" },
	{ "from 127.0.0.1", BIND, "127.0.0.1" },
	{ "device em1", DEVICE, "em1" },
	{ "device ib0", DEVICE, "ib0" },
	{ "device lo", DEVICE, "lo" },
	{ "IP_MULTICAST_IF 192.168.80.1", CAST_ADDRESS, "192.168.80.1" },
	{ "IP_MULTICAST_IF 192.168.40.1", CAST_ADDRESS, "192.168.40.1" },
	{ "IP_MULTICAST_IF 127.0.0.1", CAST_ADDRESS, "127.0.0.1" },
	{ "IP_MULTICAST_IF 127.1.2.3", CAST_ADDRESS, "127.1.2.3" },
	{ "IP_MULTICAST_IF 192.168.80.77", CAST_ADDRESS, "192.168.80.77" },
	{ "IP_MULTICAST_IF 0.0.0.0", CAST_ADDRESS, "0.0.0.0" },
	{ "IP_MULTICAST_IF em1", CAST_INDEX, "em1" },
	{ "IP_MULTICAST_IF ib0", CAST_INDEX, "ib0" },
	{ "IP_UNICAST_IF em1", UNICAST_INDEX, "em1" },
	{ "IP_UNICAST_IF ib0", UNICAST_INDEX, "ib0" },
	{ "IP_PKTINFO em1", INFO_INDEX, "em1" },
	{ "IP_PKTINFO ib0", INFO_INDEX, "ib0" },
	{ "IP_PKTINFO lo", INFO_INDEX, "lo" },
	{ "IP_PKTINFO 192.168.80.1", INFO_ADDRESS, "192.168.80.1" },
	{ "IP_PKTINFO 192.168.40.1", INFO_ADDRESS, "192.168.40.1" },
	{ "IP_PKTINFO 192.168.80.77", INFO_ADDRESS, "192.168.80.77" },
};

static const char *const goals4[] = {
	"239.1.1.1", "224.0.0.77", "255.255.255.255", "192.168.87.255",
	"192.168.47.255", "192.168.80.2", "192.168.40.2", "192.168.80.1",
	"192.168.40.1", "127.0.0.1", "127.1.2.3", "10.99.0.1",
};

static const struct way ways6[] = {
	{ "plain", NOTHING, NULL },
	{ "from 2001:db8:80::1", BIND, "2001:db8:80::1" },
	{ "from 2001:db8:40::1", BIND, "2001:db8:40::1" },
	{ "from own-ll%em1", BIND, "own-ll%em1" },
	{ "from ::1", BIND, "::1" },
	{ "device em1", DEVICE, "em1" },
	{ "device ib0", DEVICE, "ib0" },
	{ "device lo", DEVICE, "lo" },
	{ "IPV6_MULTICAST_IF em1", CAST_INDEX, "em1" },
	{ "IPV6_MULTICAST_IF ib0", CAST_INDEX, "ib0" },
	{ "IPV6_UNICAST_IF em1", UNICAST_INDEX, "em1" },
	{ "IPV6_UNICAST_IF ib0", UNICAST_INDEX, "ib0" },
	{ "IPV6_PKTINFO em1", INFO_INDEX, "em1" },
	{ "IPV6_PKTINFO ib0", INFO_INDEX, "ib0" },
	{ "IPV6_PKTINFO 2001:db8:80::1", INFO_ADDRESS, "2001:db8:80::1" },
	{ "IPV6_PKTINFO 2001:db8:40::1", INFO_ADDRESS, "2001:db8:40::1" },
	{ "IPV6_PKTINFO 2001:db8:80::77", INFO_ADDRESS, "2001:db8:80::77" },
};

static const char *const goals6[] = {
	"ff05::77", "ff02::77", "ff02::77%em1", "ff02::77%ib0", "ff02::1%em1",
	"2001:db8:80::2", "2001:db8:40::2", "2001:db8:80::1", "2001:db8:40::1", "::1",
	"peer-ll%em1", "own-ll%em1", "2001:db8:99::1",
};

static int ears[2][2]; /* own and peer; IPv4, IPv6 */

static void join_all(int fd, int family, bool is_peer)
{
	const char *const *groups = family == AF_INET ? groups4 : groups6;
	size_t g, w;

	on_peer(is_peer);
	for (g = 0; g < N(groups4); g++) {
		for (w = 0; w < N(wires); w++) {
			struct group_req req = {
				.gr_interface = if_nametoindex(wires[w]),
			};

			parse((union addr *)&req.gr_group, groups[g], 0);
			if (setsockopt(fd, family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
				       MCAST_JOIN_GROUP, &req, sizeof(req)))
				perror("join");
		}
	}
	on_peer(false);
}

static void listen_everywhere(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		ears[i][0] = (i ? peer : own)(AF_INET, SOCK_DGRAM, 0);
		ears[i][1] = (i ? peer : own)(AF_INET6, SOCK_DGRAM, 0);
		if (listener(ears[i][0], "0.0.0.0", PORT) ||
		    listener(ears[i][1], "::", PORT))
			perror("listener");
		join_all(ears[i][0], AF_INET, i);
		join_all(ears[i][1], AF_INET6, i);
	}
}

/* A datagram in each way to each goal; and connect(), without one. */
static void sends(int family, const struct way *way, const char *goal)
{
	socklen_t len = sizeof(union addr);
	int v6 = family == AF_INET6, fd = own(family, SOCK_DGRAM, 0), err;
	union addr a;

	row("send%d %s to %s", v6 ? 6 : 4, way->name, goal);
	err = apply(fd, family, way);
	say_error("set", err);
	if (!err) {
		len = parse(&a, goal, PORT);
		say_error("send", send_by(fd, family, way, &a, len));
		say_left();
		settle();
		say_heard(ears[0][v6], "own");
		say_heard(ears[1][v6], "peer");
		say_heard(fd, "back");
	}
	row_end();
	close(fd);
	if (err || way->kind == INFO_INDEX || way->kind == INFO_ADDRESS)
		return;

	row("connect%d %s to %s", v6 ? 6 : 4, way->name, goal);
	fd = own(family, SOCK_DGRAM, 0);
	apply(fd, family, way);
	err = connect(fd, &a.sa, len) ? errno : 0;
	say_error("connect", err);
	len = sizeof(a);
	getsockname(fd, &a.sa, &len);
	say(" source ");
	say_addr(&a);
	row_end();
	close(fd);
}

static void binds(void)
{
	static const char *const address[] = {
		"0.0.0.0", "192.168.80.1", "192.168.40.1", "127.0.0.1", "127.1.2.3",
		"239.1.1.1", "255.255.255.255", "192.168.87.255", "192.168.80.2",
		"192.168.80.77", "100.64.4.210", "::", "::1", "2001:db8:80::1",
		"2001:db8:40::1", "2001:db8:80::2", "own-ll%em1", "own-ll%lo",
		"ff02::77%em1", "fd64::4d2",
	};
	static const int types[] = { SOCK_DGRAM, SOCK_STREAM, SOCK_RAW };
	size_t a, t, d;

	for (a = 0; a < N(address); a++) {
		row("bind %s", address[a]);
		for (t = 0; t < N(types); t++) {
			for (d = 0; d < N(wires) + 1; d++) {
				struct way by = { "", d ? DEVICE : NOTHING,
						  d ? wires[d - 1] : NULL };
				int family = family_of(address[a]);
				int fd = own(family, types[t],
					     types[t] == SOCK_RAW ? IPPROTO_UDP : 0);

				apply(fd, family, &by);
				say_error(d ? wires[d - 1] : "any",
					  listener(fd, address[a], 7790));
				close(fd);
			}
		}
		row_end();
	}
}

static void ioctls(void)
{
	static const struct {
		const char *name;
		unsigned long request;
	} asked[] = {
		{ "SIOCGIFADDR", SIOCGIFADDR }, { "SIOCGIFNETMASK", SIOCGIFNETMASK },
		{ "SIOCGIFBRDADDR", SIOCGIFBRDADDR }, { "SIOCGIFFLAGS", SIOCGIFFLAGS },
		{ "SIOCGIFMTU", SIOCGIFMTU }, { "SIOCGIFINDEX", SIOCGIFINDEX },
		{ "SIOCGIFHWADDR", SIOCGIFHWADDR }, { "SIOCGIFMETRIC", SIOCGIFMETRIC },
	};
	int fd = own(AF_INET, SOCK_DGRAM, 0);
	struct ifaddrs *all, *i;
	size_t a, w, k;

	for (w = 0; w < N(wires); w++) {
		row("interface %s", wires[w]);
		for (a = 0; a < N(asked); a++) {
			struct ifreq req = { 0 };
			unsigned char *p = (void *)&req.ifr_addr;

			snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", wires[w]);
			say_error(asked[a].name,
				  ioctl(fd, asked[a].request, &req) ? errno : 0);
			for (k = 0; k < 8; k++)
				say("%c%02x", k ? ' ' : ':', p[k]);
		}
		if (!getifaddrs(&all)) {
			for (i = all; i; i = i->ifa_next) {
				if (!i->ifa_addr || strcmp(i->ifa_name, wires[w]) ||
				    i->ifa_addr->sa_family == AF_PACKET)
					continue;
				say(" ");
				say_addr((union addr *)i->ifa_addr);
			}
			freeifaddrs(all);
		}
		row_end();
	}
	close(fd);
}

/* The kernel's answer when it is asked for a route, or for an address's device. */
static void rtnetlink(int type, const char *address)
{
	struct {
		struct nlmsghdr nlh;
		union {
			struct rtmsg rtm;
			struct ifaddrmsg ifa;
		};
		struct rtattr attr;
		unsigned char addr[16];
	} req = { 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), len, left;
	int family = family_of(address), alen = family == AF_INET ? 4 : 16;
	union addr a;
	char reply[8192], dev[IF_NAMESIZE] = "?";
	struct nlmsghdr *nlh = (void *)reply;
	struct rtattr *attr;

	row("%s %s", type == RTM_GETROUTE ? "route to" : "device of", address);
	parse(&a, address, 0);
	if (type == RTM_GETROUTE) {
		req.rtm.rtm_family = family;
		req.rtm.rtm_dst_len = alen * 8;
		req.attr.rta_type = RTA_DST;
		left = sizeof(req.rtm);
	} else {
		req.ifa.ifa_family = family;
		req.attr.rta_type = IFA_ADDRESS;
		left = sizeof(req.ifa);
	}
	memcpy((char *)&req.rtm + left, &(struct rtattr){
		.rta_len = RTA_LENGTH(alen), .rta_type = req.attr.rta_type },
	       sizeof(struct rtattr));
	memcpy((char *)&req.rtm + left + sizeof(struct rtattr),
	       family == AF_INET ? (void *)&a.in.sin_addr : (void *)&a.in6.sin6_addr,
	       alen);
	req.nlh.nlmsg_type = type;
	req.nlh.nlmsg_flags = NLM_F_REQUEST;
	req.nlh.nlmsg_len = NLMSG_LENGTH(left) + RTA_LENGTH(alen);
	if (send(fd, &req, req.nlh.nlmsg_len, 0) < 0)
		say_error("send", errno);
	len = recv(fd, reply, sizeof(reply), 0);
	if (len < 0 || nlh->nlmsg_type == NLMSG_ERROR) {
		say_error("answer", len < 0 ? errno :
			  -((struct nlmsgerr *)NLMSG_DATA(nlh))->error);
	} else if (type == RTM_GETADDR) {
		if_indextoname(((struct ifaddrmsg *)NLMSG_DATA(nlh))->ifa_index, dev);
		say(" %s", dev);
	} else {
		struct rtmsg *rtm = NLMSG_DATA(nlh);

		say(" type %d scope %d", rtm->rtm_type, rtm->rtm_scope);
		left = RTM_PAYLOAD(nlh);
		for (attr = RTM_RTA(rtm); RTA_OK(attr, left);
		     attr = RTA_NEXT(attr, left)) {
			if (attr->rta_type == RTA_OIF) {
				if_indextoname(*(int *)RTA_DATA(attr), dev);
				say(" dev %s", dev);
			} else if (attr->rta_type == RTA_PREFSRC) {
				union addr src = { .sa.sa_family = family };

				memcpy(family == AF_INET ?
				       (void *)&src.in.sin_addr :
				       (void *)&src.in6.sin6_addr,
				       RTA_DATA(attr), alen);
				say(" src ");
				say_addr(&src);
			}
		}
	}
	row_end();
	close(fd);
}

/* Multicast routing by the addresses of interfaces, as mrouted's. */
static void mroute(void)
{
	static const char *const address[] = { "192.168.80.1", "192.168.40.1" };
	int fd = own(AF_INET, SOCK_RAW, IPPROTO_IGMP), one = 1, n = 0;
	char name[64];
	FILE *file;
	size_t a;

	row("multicast routing");
	say_error("init", setsockopt(fd, IPPROTO_IP, MRT_INIT, &one, sizeof(one)) ?
		  errno : 0);
	for (a = 0; a < N(address); a++) {
		struct vifctl vif = { .vifc_vifi = a, .vifc_threshold = 1 };

		inet_pton(AF_INET, address[a], &vif.vifc_lcl_addr);
		say_error(address[a], setsockopt(fd, IPPROTO_IP, MRT_ADD_VIF, &vif,
						 sizeof(vif)) ? errno : 0);
	}
	file = fopen("/proc/thread-self/net/ip_mr_vif", "r");
	while (file && fscanf(file, "%*[^\n]\n") != EOF &&
	       fscanf(file, "%d %63s", &n, name) == 2)
		say(" %d %s", n, name);
	if (file)
		fclose(file);
	row_end();
	close(fd);
}

/* rdma_bind_addr(), without its library. */
static void rdma(const char *address)
{
	struct {
		struct rdma_ucm_cmd_hdr hdr;
		union {
			struct rdma_ucm_create_id create;
			struct rdma_ucm_bind bind;
		};
	} cmd = { .hdr = { RDMA_USER_CM_CMD_CREATE_ID, sizeof(cmd.create),
			   sizeof(struct rdma_ucm_create_id_resp) } };
	struct rdma_ucm_create_id_resp id = { 0 };
	int fd = open("/dev/infiniband/rdma_cm", O_RDWR | O_CLOEXEC);
	union addr a;

	row("rdma_bind_addr %s", address);
	if (fd < 0) {
		say_error("open", errno);
	} else {
		cmd.create.ps = RDMA_PS_TCP;
		cmd.create.qp_type = 2; /* IBV_QPT_RC */
		cmd.create.response = (unsigned long)&id;
		if (write(fd, &cmd, sizeof(cmd.hdr) + sizeof(cmd.create)) < 0)
			say_error("create", errno);
		memset(&cmd, 0, sizeof(cmd));
		cmd.hdr.cmd = RDMA_USER_CM_CMD_BIND;
		cmd.hdr.in = sizeof(cmd.bind);
		cmd.bind.id = id.id;
		cmd.bind.addr_size = parse(&a, address, 0);
		memcpy(&cmd.bind.addr, &a, cmd.bind.addr_size);
		say_error("bind", write(fd, &cmd, sizeof(cmd.hdr) +
					sizeof(cmd.bind)) < 0 ? errno : 0);
		close(fd);
	}
	row_end();
}

static int casts(const char *address, const char *device)
{
	const struct way way = { "", CAST_ADDRESS, address };
	int fd = own(AF_INET, SOCK_DGRAM, 0), ear = own(AF_INET, SOCK_DGRAM, 0), err;
	struct pollfd ready = { .fd = ear, .events = POLLIN };
	struct group_req req = { 0 };
	union addr a;
	socklen_t len;

	if (!device)
		return apply(fd, AF_INET, &way);
	req.gr_interface = if_nametoindex(device);
	parse((union addr *)&req.gr_group, "239.3.3.3", 0);
	row("by %s", address);
	say_error("listen", listener(ear, "0.0.0.0", 7794));
	say_error("join", setsockopt(ear, IPPROTO_IP, MCAST_JOIN_GROUP, &req,
				     sizeof(req)) ? errno : 0);
	err = apply(fd, AF_INET, &way);
	say_error("set", err);
	len = parse(&a, "239.3.3.3", 7794);
	say_error("send", send_by(fd, AF_INET, &way, &a, len));
	say(poll(&ready, 1, 2000) == 1 ? " heard" : " not heard");
	row_end();
	return err || !(ready.revents & POLLIN);
}

int main(int argc, char **argv)
{
	size_t w, g;

	if (argc > 2 && !strcmp(argv[1], "casts"))
		return casts(argv[2], argv[3]);
	if (argc < 2) {
		fprintf(stderr, "see the comment at the top of uvn_bystander.c\n");
		return 2;
	}
	share_init(argv[1]);
	joins();
	receives();
	servers();
	raws();
	packets();
	binds();
	ioctls();
	mroute();
	for (g = 0; g < N(goals4); g++)
		rtnetlink(RTM_GETROUTE, goals4[g]);
	for (g = 0; g < N(goals6); g++)
		if (!strchr(goals6[g], '%'))
			rtnetlink(RTM_GETROUTE, goals6[g]);
	rtnetlink(RTM_GETADDR, "2001:db8:80::1");
	rtnetlink(RTM_GETADDR, "::1");
	rdma("192.168.80.1");
	rdma("127.0.0.1");
	rdma("2001:db8:80::1");
	listen_everywhere();
	for (w = 0; w < N(ways4); w++)
		for (g = 0; g < N(goals4); g++)
			sends(AF_INET, &ways4[w], goals4[g]);
	for (w = 0; w < N(ways6); w++)
		for (g = 0; g < N(goals6); g++)
			sends(AF_INET6, &ways6[w], goals6[g]);
	return 0;
}
