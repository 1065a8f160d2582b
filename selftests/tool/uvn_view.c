// SPDX-License-Identifier: GPL-2.0
/*
 * Prints which interfaces a program finds, in the ways in which programs look:
 *
 *	uvn_view all N		by getifaddrs(), if_nameindex() and SIOCGIFCONF; and which
 *				of the indices up to N have a name, asked by ioctl and
 *				asked by rtnetlink
 *	uvn_view name NAME	what is said to whoever knows the name
 *	uvn_view time N		nanoseconds of each of N dumps of all links
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int die(const char *what)
{
	perror(what);
	exit(1);
}

static const char *text(const struct sockaddr *sa)
{
	static char bufs[4][INET6_ADDRSTRLEN];
	static int next;
	char *buf = bufs[next++ % 4];

	if (!sa)
		return "-";
	if (sa->sa_family == AF_INET)
		return inet_ntop(AF_INET, &((struct sockaddr_in *)sa)->sin_addr, buf,
				 sizeof(bufs[0]));
	if (sa->sa_family == AF_INET6)
		return inet_ntop(AF_INET6, &((struct sockaddr_in6 *)sa)->sin6_addr, buf,
				 sizeof(bufs[0]));
	return "+";
}

static void list_ifaddrs(void)
{
	struct ifaddrs *all, *it;

	if (getifaddrs(&all))
		die("getifaddrs");
	for (it = all; it; it = it->ifa_next)
		printf("ifaddrs %s %x %d %s %s %s\n", it->ifa_name, it->ifa_flags,
		       it->ifa_addr ? it->ifa_addr->sa_family : -1,
		       text(it->ifa_addr), text(it->ifa_netmask),
		       text(it->ifa_broadaddr));
	freeifaddrs(all);
}

static void list_nameindex(void)
{
	struct if_nameindex *all = if_nameindex(), *it;

	if (!all)
		die("if_nameindex");
	for (it = all; it->if_index; it++)
		printf("nameindex %u %s\n", it->if_index, it->if_name);
	if_freenameindex(all);
}

static void list_ifconf(int fd)
{
	static struct ifreq ifr[4096];
	struct ifconf ifc = { .ifc_len = 0 };
	int i, size;

	/* How much there is to be had is another question to the kernel. */
	if (ioctl(fd, SIOCGIFCONF, &ifc))
		die("SIOCGIFCONF");
	size = ifc.ifc_len;
	ifc.ifc_len = sizeof(ifr);
	ifc.ifc_req = ifr;
	if (ioctl(fd, SIOCGIFCONF, &ifc))
		die("SIOCGIFCONF");
	printf("ifconf %d %d\n", size, ifc.ifc_len);
	for (i = 0; i < ifc.ifc_len / (int)sizeof(*ifr); i++)
		printf("ifconf %s %s\n", ifr[i].ifr_name, text(&ifr[i].ifr_addr));
}

static int open_rtnl(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return fd < 0 ? die("socket") : fd;
}

/* The error with which a link is not found by its index, or by its name. */
static int ask_link(int fd, int index, const char *name)
{
	struct {
		struct nlmsghdr nlh;
		struct ifinfomsg ifi;
		char attrs[64];
	} msg = {
		.nlh = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(msg.ifi)),
			.nlmsg_type = RTM_GETLINK,
			.nlmsg_flags = NLM_F_REQUEST,
		},
		.ifi.ifi_index = index,
	};
	struct rtattr *attr = (struct rtattr *)msg.attrs;
	static char buf[65536];
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;

	if (name) {
		attr->rta_type = IFLA_IFNAME;
		attr->rta_len = RTA_LENGTH(strlen(name) + 1);
		memcpy(RTA_DATA(attr), name, strlen(name) + 1);
		msg.nlh.nlmsg_len += RTA_ALIGN(attr->rta_len);
	}
	if (send(fd, &msg, msg.nlh.nlmsg_len, 0) < 0 || recv(fd, buf, sizeof(buf), 0) <= 0)
		die("rtnetlink");
	return nlh->nlmsg_type == NLMSG_ERROR ?
	       -((struct nlmsgerr *)NLMSG_DATA(nlh))->error : 0;
}

static void list_indices(int fd, int n)
{
	int rtnl = open_rtnl(), i, err;

	for (i = 1; i <= n; i++) {
		struct ifreq ifr = { .ifr_ifindex = i };

		if (!ioctl(fd, SIOCGIFNAME, &ifr))
			printf("index %d is %s\n", i, ifr.ifr_name);
		else if (errno != ENODEV)
			printf("index %d: %s\n", i, strerror(errno));
		err = ask_link(rtnl, i, NULL);
		if (err != ENODEV)
			printf("link %d: %s\n", i, strerror(err));
	}
	close(rtnl);
}

static void ask_ioctl(int fd, const char *what, unsigned long cmd, const char *name)
{
	struct ifreq ifr = {};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	printf("%s: %s\n", what, strerror(ioctl(fd, cmd, &ifr) ? errno : 0));
}

static void ask_name(int fd, const char *name)
{
	ask_ioctl(fd, "SIOCGIFINDEX", SIOCGIFINDEX, name);
	ask_ioctl(fd, "SIOCGIFFLAGS", SIOCGIFFLAGS, name);
	ask_ioctl(fd, "SIOCGIFHWADDR", SIOCGIFHWADDR, name);
	ask_ioctl(fd, "SIOCGIFADDR", SIOCGIFADDR, name);
	printf("RTM_GETLINK: %s\n", strerror(ask_link(open_rtnl(), 0, name)));
}

static void time_dumps(int n)
{
	struct {
		struct nlmsghdr nlh;
		struct ifinfomsg ifi;
	} msg = {
		.nlh = {
			.nlmsg_len = sizeof(msg),
			.nlmsg_type = RTM_GETLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
	};
	static char buf[65536];
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	struct timespec from, to;
	int rtnl = open_rtnl(), i;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (i = 0; i < n; i++) {
		ssize_t len;

		if (send(rtnl, &msg, sizeof(msg), 0) < 0)
			die("send");
		do {
			struct nlmsghdr *it = nlh;

			len = recv(rtnl, buf, sizeof(buf), 0);
			if (len <= 0)
				die("recv");
			while (NLMSG_OK(it, len) && it->nlmsg_type != NLMSG_DONE)
				it = NLMSG_NEXT(it, len);
			if (NLMSG_OK(it, len))
				break;
		} while (1);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%lld\n", ((to.tv_sec - from.tv_sec) * 1000000000LL +
			  to.tv_nsec - from.tv_nsec) / n);
}

int main(int argc, char **argv)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	if (argc == 3 && !strcmp(argv[1], "all")) {
		list_ifaddrs();
		list_nameindex();
		list_ifconf(fd);
		list_indices(fd, atoi(argv[2]));
	} else if (argc == 3 && !strcmp(argv[1], "name")) {
		ask_name(fd, argv[2]);
	} else if (argc == 3 && !strcmp(argv[1], "time")) {
		time_dumps(atoi(argv[2]));
	} else {
		fprintf(stderr, "usage: uvn_view all N | name NAME | time N\n");
		return 2;
	}
	return 0;
}
