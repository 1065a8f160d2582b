// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel would do with a packet, and what addresses and devices there
 * are: rtnetlink(7). Nothing is sent or changed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "cli/fail.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "cli/prefix.h"
#include "lib/ask.h"
#include "lib/rtnl.h"

/* Send a request, and take the answer; the kernel's errno, or an exit status. */
static int ask_rtnl(struct nl_msg *msg, void (*got)(struct nlmsghdr *nlh, void *arg),
		    void *arg, int *error)
{
	struct question q = { .msg = msg, .found = got, .arg = arg };
	struct nl_sock *sock;
	int err;

	sock = ask_open(NETLINK_ROUTE, &err);
	if (sock)
		err = ask(sock, &q);
	nlmsg_free(msg);
	nl_socket_free(sock);
	*error = err > 0 ? err : 0;
	/* Of a question that was not looked at there is no answer in the error. */
	if (err == EPERM || err == ENOMEM || err == ENOBUFS || err == EOPNOTSUPP)
		return fail_errno(err, "rtnetlink: %s", strerror(err));
	return err < 0 ? fail("rtnetlink: %s", nl_geterror(err)) : EXIT_OK;
}

static struct nl_msg *request(int type, int flags, void *body, size_t len)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (!msg || nlmsg_append(msg, body, len, NLMSG_ALIGNTO))
		die_oom();
	return msg;
}

static bool get_address(struct nlattr *attr, struct address *addr)
{
	if (!attr || (nla_len(attr) != 4 && nla_len(attr) != 16))
		return false;
	addr->family = nla_len(attr) == 4 ? AF_INET : AF_INET6;
	memcpy(addr->bytes, nla_data(attr), nla_len(attr));
	return true;
}

static uint32_t get_u32(struct nlattr *attr)
{
	return attr && nla_len(attr) == 4 ? nla_get_u32(attr) : 0;
}

/* A gateway of the other family stands behind that family. */
static void get_via(struct nlattr *attr, struct address *addr)
{
	const struct rtvia *via;

	if (!attr || nla_len(attr) < (int)sizeof(*via))
		return;
	via = nla_data(attr);
	if (nla_len(attr) < (int)(sizeof(*via) + addr_size(via->rtvia_family)))
		return;
	addr->family = via->rtvia_family;
	memcpy(addr->bytes, via->rtvia_addr, addr_size(addr->family));
}

static void on_route(struct nlmsghdr *nlh, void *arg)
{
	struct route *route = arg;
	struct nlattr *head, *metrics;
	struct rtmsg *rtm;
	int len;

	if (nlh->nlmsg_type != RTM_NEWROUTE || !nlmsg_valid_hdr(nlh, sizeof(*rtm)))
		return;
	rtm = nlmsg_data(nlh);
	head = nlmsg_attrdata(nlh, sizeof(*rtm));
	len = nlmsg_attrlen(nlh, sizeof(*rtm));
	route->type = rtm->rtm_type;
	route->oif = get_u32(nla_find(head, len, RTA_OIF));
	if (!get_address(nla_find(head, len, RTA_GATEWAY), &route->gateway))
		get_via(nla_find(head, len, RTA_VIA), &route->gateway);
	get_address(nla_find(head, len, RTA_PREFSRC), &route->source);
	metrics = nla_find(head, len, RTA_METRICS);
	if (metrics)
		route->mtu = get_u32(nla_find(nla_data(metrics), nla_len(metrics),
					      RTAX_MTU));
}

static void put(struct nl_msg *msg, int err)
{
	(void)msg;
	if (err)
		die_oom();
}

/**
 * route_get - the route that a packet would take
 * @query: whose packet it is, and where it goes
 * @route: set to it
 *
 * That there is none shows in its type or its error.
 *
 * Return: exit status.
 */
int route_get(const struct route_query *query, struct route *route)
{
	struct rtmsg rtm = {
		.rtm_family = query->dst.family,
		.rtm_dst_len = addr_size(query->dst.family) * 8,
	};
	struct nl_msg *msg = request(RTM_GETROUTE, NLM_F_ACK, &rtm, sizeof(rtm));

	memset(route, 0, sizeof(*route));
	put(msg, nla_put(msg, RTA_DST, addr_size(query->dst.family), query->dst.bytes));
	put(msg, nla_put_u32(msg, RTA_UID, query->uid));
	if (query->oif)
		put(msg, nla_put_u32(msg, RTA_OIF, query->oif));
	if (query->src.family)
		put(msg, nla_put(msg, RTA_SRC, addr_size(query->src.family),
				 query->src.bytes));
	if (query->protocol)
		put(msg, nla_put_u8(msg, RTA_IP_PROTO, query->protocol));
	if (query->protocol && query->port)
		put(msg, nla_put_u16(msg, RTA_DPORT, htons(query->port)));
	return ask_rtnl(msg, on_route, route, &route->error);
}

static void on_device(struct nlmsghdr *nlh, void *arg)
{
	struct device *dev = arg;
	struct nlattr *head, *name, *info, *kind = NULL;
	struct ifinfomsg *ifi;
	int len;

	if (nlh->nlmsg_type != RTM_NEWLINK || !nlmsg_valid_hdr(nlh, sizeof(*ifi)))
		return;
	ifi = nlmsg_data(nlh);
	head = nlmsg_attrdata(nlh, sizeof(*ifi));
	len = nlmsg_attrlen(nlh, sizeof(*ifi));
	dev->ifindex = ifi->ifi_index;
	name = nla_find(head, len, IFLA_IFNAME);
	if (name)
		nla_strlcpy(dev->name, name, sizeof(dev->name));
	dev->mtu = get_u32(nla_find(head, len, IFLA_MTU));
	info = nla_find(head, len, IFLA_LINKINFO);
	if (info)
		kind = nla_find(nla_data(info), nla_len(info), IFLA_INFO_KIND);
	dev->users = kind && !nla_strcmp(kind, "uvn");
}

static int ask_device(int ifindex, struct device *dev, int *error)
{
	struct ifinfomsg ifi = { .ifi_index = ifindex };

	memset(dev, 0, sizeof(*dev));
	return ask_rtnl(request(RTM_GETLINK, NLM_F_ACK, &ifi, sizeof(ifi)), on_device,
			dev, error);
}

/**
 * device_get - what a device is
 * @ifindex: its number
 * @dev: set to it
 *
 * Return: exit status.
 */
int device_get(int ifindex, struct device *dev)
{
	int error, ret;

	ret = ask_device(ifindex, dev, &error);
	if (!ret && error)
		return fail_errno(error, "device %d: %s", ifindex, strerror(error));
	return ret;
}

/**
 * device_is_users - is a device that of a user's network?
 * @ifindex: its number; one that has gone is not
 */
bool device_is_users(int ifindex)
{
	struct device dev;
	int error;

	return !ask_device(ifindex, &dev, &error) && dev.users;
}

static void on_address(struct nlmsghdr *nlh, void *arg)
{
	struct addresses *all = arg;
	struct ifaddrmsg *ifa;
	struct nlattr *head, *flags;
	struct local *l;
	int len;

	if (nlh->nlmsg_type != RTM_NEWADDR || !nlmsg_valid_hdr(nlh, sizeof(*ifa)))
		return;
	if (all->n == all->room) {
		all->room = all->room ? all->room * 2 : 64;
		all->a = reallocarray(all->a, all->room, sizeof(*all->a));
		if (!all->a)
			die_oom();
	}
	ifa = nlmsg_data(nlh);
	head = nlmsg_attrdata(nlh, sizeof(*ifa));
	len = nlmsg_attrlen(nlh, sizeof(*ifa));
	l = &all->a[all->n];
	memset(l, 0, sizeof(*l));
	/* Where the two differ the other end of a cable is IFA_ADDRESS. */
	if (!get_address(nla_find(head, len, IFA_LOCAL), &l->prefix.net) &&
	    !get_address(nla_find(head, len, IFA_ADDRESS), &l->prefix.net))
		return;
	flags = nla_find(head, len, IFA_FLAGS);
	l->prefix.len = ifa->ifa_prefixlen;
	l->ifindex = ifa->ifa_index;
	l->scope = ifa->ifa_scope;
	l->flags = flags ? get_u32(flags) : ifa->ifa_flags;
	all->n++;
}

static void forget_addresses(void *arg)
{
	struct addresses *all = arg;

	all->n = 0;
}

/**
 * addresses_get - the node's addresses
 * @all: set to them, in the kernel's order, to be freed
 *
 * Return: exit status.
 */
int addresses_get(struct addresses *all)
{
	struct ifaddrmsg ifa = { .ifa_family = AF_UNSPEC };
	int err;

	memset(all, 0, sizeof(*all));
	err = ask_rtnetlink(RTM_GETADDR, &ifa, sizeof(ifa), on_address,
			    forget_addresses, all);
	if (!err)
		return EXIT_OK;
	return fail_errno(err < 0 ? 0 : err, "cannot list addresses: %s",
			  err < 0 ? nl_geterror(err) : strerror(err));
}
