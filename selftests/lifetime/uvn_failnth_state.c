// SPDX-License-Identifier: GPL-2.0
/*
 * What is configured, and what enable changes of a node, to be compared.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "uvn_failnth.h"

static void count_add(struct count *count, const void *data, int len)
{
	const unsigned char *p = data;
	unsigned int hash = 2166136261U;

	while (len-- > 0)
		hash = (hash ^ *p++) * 16777619;
	count->n++;
	count->hash += hash;
}

static void count_reply(struct nlmsghdr *nlh, void *arg)
{
	count_add(arg, NLMSG_DATA(nlh), nlh->nlmsg_len - NLMSG_HDRLEN);
}

/* A table's routes; the filter is here so that every kernel has it. Without
 * those for multicast that each new IPv6 device gets, or does not get and
 * nobody is told.
 */
struct table_count {
	struct count count;
	uint32_t table;
};

static void table_reply(struct nlmsghdr *nlh, void *arg)
{
	const struct rtmsg *rtm = NLMSG_DATA(nlh);
	struct table_count *t = arg;
	struct nlattr *a;
	int len;

	if (rtm->rtm_type == RTN_MULTICAST)
		return;
	genl_attrs(nlh, (int)sizeof(*rtm), a, len)
		if (a->nla_type == RTA_TABLE && *(uint32_t *)nla_at(a) == t->table)
			t->count.n++;
}

int routes(int family_, uint32_t table)
{
	struct rtmsg rtm = { .rtm_family = family_ };
	struct nlmsghdr nlh = { .nlmsg_type = RTM_GETROUTE,
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP };
	struct table_count t = { .table = table };

	m.len = 0;
	msg_raw(&m, &nlh, sizeof(nlh));
	msg_raw(&m, &rtm, sizeof(rtm));
	genl_request(route_fd, &m, table_reply, &t, NULL);
	return t.count.n;
}

static struct count rules(void)
{
	struct fib_rule_hdr frh = {};
	struct nlmsghdr nlh = { .nlmsg_type = RTM_GETRULE,
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP };
	struct count count = {};
	int i;

	for (i = 0; i < 2; i++) {
		frh.family = i ? AF_INET6 : AF_INET;
		m.len = 0;
		msg_raw(&m, &nlh, sizeof(nlh));
		msg_raw(&m, &frh, sizeof(frh));
		genl_request(route_fd, &m, count_reply, &count, NULL);
	}
	return count;
}

static void l3mdev_accept(struct count *count)
{
	static const char *const name[] = { "tcp", "udp", "raw" };
	char path[64], value[8];
	int i, fd, len;

	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s_l3mdev_accept",
			 name[i]);
		fd = open(path, O_RDONLY);
		len = read(fd, value, sizeof(value));
		count_add(count, value, len);
		close(fd);
	}
}

static void status_reply(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *a;
	int len;

	genl_attrs(nlh, GENL_HDRLEN, a, len)
		if (a->nla_type >= UVN_A_STATUS_ENABLED &&
		    a->nla_type <= UVN_A_STATUS_RANGES)
			count_add(arg, a, a->nla_len);
}

struct state state(void)
{
	struct state s = {};

	begin(UVN_CMD_CONFIG_GET, NLM_F_DUMP);
	genl_request(genl_fd, &m, count_reply, &s.config, NULL);
	begin(UVN_CMD_ADOPT_GET, NLM_F_DUMP);
	genl_request(genl_fd, &m, count_reply, &s.config, NULL);
	begin(UVN_CMD_STATUS_GET, NLM_F_ACK);
	genl_request(genl_fd, &m, status_reply, &s.status, NULL);
	s.node = rules();
	l3mdev_accept(&s.node);
	return s;
}

int state_same(const struct state *a, const struct state *b)
{
	return a->config.hash == b->config.hash && a->config.n == b->config.n &&
	       a->status.hash == b->status.hash && a->status.n == b->status.n &&
	       a->node.hash == b->node.hash && a->node.n == b->node.n;
}
