/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Raw generic netlink for the suites' programs: no library in between that
 * would repair, retry or refuse what a test wants to send.
 */
#ifndef _UVN_GENL_H
#define _UVN_GENL_H

#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/uvn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct message {
	unsigned int len;
	unsigned char buf[1 << 17];
};

/* Attributes; the lengths are the caller's, right or wrong. */
static inline void *msg_raw(struct message *m, const void *data, unsigned int len)
{
	void *at = m->buf + m->len;

	if (m->len + NLA_ALIGN(len) > sizeof(m->buf))
		abort();
	memset(at, 0, NLA_ALIGN(len));
	if (data)
		memcpy(at, data, len);
	m->len += NLA_ALIGN(len);
	return at;
}

static inline void msg_attr(struct message *m, int type, const void *data,
			    unsigned int len)
{
	struct nlattr nla = { .nla_len = NLA_HDRLEN + len, .nla_type = type };

	msg_raw(m, &nla, sizeof(nla));
	if (len)
		msg_raw(m, data, len);
}

static inline void msg_u32(struct message *m, int type, uint32_t value)
{
	msg_attr(m, type, &value, sizeof(value));
}

static inline unsigned int msg_nest(struct message *m, int type)
{
	unsigned int at = m->len;

	msg_attr(m, type | NLA_F_NESTED, NULL, 0);
	return at;
}

static inline void msg_nest_end(struct message *m, unsigned int at)
{
	((struct nlattr *)(m->buf + at))->nla_len = m->len - at;
}

static inline void msg_begin(struct message *m, int type, int flags, int cmd)
{
	struct nlmsghdr nlh = { .nlmsg_type = type,
				.nlmsg_flags = NLM_F_REQUEST | flags };
	struct genlmsghdr genl = { .cmd = cmd, .version = UVN_FAMILY_VERSION };

	m->len = 0;
	msg_raw(m, &nlh, sizeof(nlh));
	msg_raw(m, &genl, sizeof(genl));
}

static inline void msg_subnet(struct message *m, const char *prefix, int len,
			      int port)
{
	unsigned int nest = msg_nest(m, UVN_A_CONFIG_SUBNET);
	int v6 = !!strchr(prefix, ':');
	unsigned char a[16];
	uint16_t port16 = port;
	uint8_t len8 = len;

	inet_pton(v6 ? AF_INET6 : AF_INET, prefix, a);
	msg_attr(m, UVN_A_SUBNET_PREFIX, a, v6 ? 16 : 4);
	msg_attr(m, UVN_A_SUBNET_PREFIX_LEN, &len8, sizeof(len8));
	msg_attr(m, UVN_A_SUBNET_PORT, &port16, sizeof(port16));
	msg_nest_end(m, nest);
}

static inline void msg_range(struct message *m, uint32_t first, uint32_t last,
			     uint32_t vni)
{
	unsigned int nest = msg_nest(m, UVN_A_CONFIG_RANGE);

	msg_u32(m, UVN_A_RANGE_UID_FIRST, first);
	msg_u32(m, UVN_A_RANGE_UID_LAST, last);
	msg_u32(m, UVN_A_RANGE_VNI_FIRST, vni);
	msg_nest_end(m, nest);
}

/* The nodes of lib.sh, as configure() has them. */
static inline void msg_config(struct message *m)
{
	msg_subnet(m, "192.168.40.0", 21, 802);
	msg_subnet(m, "192.168.80.0", 21, 801);
	msg_range(m, 1000, 59999, 1000);
	msg_range(m, 65536, 75535, 65536);
	msg_range(m, 16777215, 16777215, 16777215);
	msg_range(m, 2000000000, 2000001000, 500000);
}

static inline int genl_open(int protocol)
{
	struct timeval limit = { .tv_sec = 60 };
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	int one = 1, size = 1 << 21;

	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa))) {
		perror("netlink");
		exit(6);
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	return fd;
}

static inline int genl_send(int fd, struct message *m)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)m->buf;
	static uint32_t seq;

	nlh->nlmsg_len = m->len;
	nlh->nlmsg_seq = ++seq;
	return send(fd, m->buf, m->len, 0) < 0 ? -errno : 0;
}

/* Reads to the end of the answer; each object goes to fn(). Returns the
 * answer's error, with the kernel's reason in *why, if there is one.
 */
static inline int genl_answer(int fd, uint32_t seq,
			      void (*fn)(struct nlmsghdr *nlh, void *arg),
			      void *arg, const char **why)
{
	static unsigned char buf[1 << 16];

	for (;;) {
		struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
		int len = recv(fd, buf, sizeof(buf) - 1, 0);

		if (len < 0)
			return -errno;
		buf[len] = 0;
		for (; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len)) {
			struct nlmsgerr *e = NLMSG_DATA(nlh);
			int off = sizeof(*e);

			if (nlh->nlmsg_seq != seq)
				continue;
			if (nlh->nlmsg_type == NLMSG_DONE)
				return *(int *)NLMSG_DATA(nlh);
			if (nlh->nlmsg_type != NLMSG_ERROR) {
				if (fn)
					fn(nlh, arg);
				continue;
			}
			while (why && nlh->nlmsg_flags & NLM_F_ACK_TLVS &&
			       NLMSG_HDRLEN + off + NLA_HDRLEN <= (int)nlh->nlmsg_len) {
				struct nlattr *a = (void *)((char *)e + off);

				if (a->nla_type == NLMSGERR_ATTR_MSG)
					*why = (char *)a + NLA_HDRLEN;
				off += NLA_ALIGN(a->nla_len);
			}
			return e->error;
		}
	}
}

static inline int genl_request(int fd, struct message *m,
			       void (*fn)(struct nlmsghdr *nlh, void *arg),
			       void *arg, const char **why)
{
	int err;

	if (why)
		*why = NULL;
	err = genl_send(fd, m);
	if (err)
		return err;
	return genl_answer(fd, ((struct nlmsghdr *)m->buf)->nlmsg_seq, fn, arg,
			   why);
}

#define genl_attrs(nlh, hdr, a, len)					      \
	for (a = (void *)((char *)NLMSG_DATA(nlh) + (hdr)),		      \
	     len = (int)(nlh)->nlmsg_len - NLMSG_HDRLEN - (hdr);	      \
	     len >= NLA_HDRLEN && (a)->nla_len >= NLA_HDRLEN &&		      \
	     (a)->nla_len <= len;					      \
	     len -= NLA_ALIGN((a)->nla_len),				      \
	     a = (void *)((char *)(a) + NLA_ALIGN((a)->nla_len)))

static inline void *nla_at(const struct nlattr *a)
{
	return (char *)a + NLA_HDRLEN;
}

struct genl_family_id {
	int id;
	int events;
};

static inline void genl_family_reply(struct nlmsghdr *nlh, void *arg)
{
	struct genl_family_id *family = arg;
	struct nlattr *a, *g, *f;
	int len, glen, flen;

	genl_attrs(nlh, GENL_HDRLEN, a, len) {
		if (a->nla_type == CTRL_ATTR_FAMILY_ID)
			family->id = *(uint16_t *)nla_at(a);
		if ((a->nla_type & NLA_TYPE_MASK) != CTRL_ATTR_MCAST_GROUPS)
			continue;
		/* one group, one nest in the nest */
		g = nla_at(a);
		glen = a->nla_len - NLA_HDRLEN;
		if (glen < NLA_HDRLEN)
			continue;
		f = nla_at(g);
		flen = g->nla_len - NLA_HDRLEN;
		while (flen >= NLA_HDRLEN && f->nla_len >= NLA_HDRLEN) {
			if (f->nla_type == CTRL_ATTR_MCAST_GRP_ID)
				family->events = *(uint32_t *)nla_at(f);
			flen -= NLA_ALIGN(f->nla_len);
			f = (void *)((char *)f + NLA_ALIGN(f->nla_len));
		}
	}
}

static inline struct genl_family_id genl_family(int fd)
{
	static struct message m;
	struct genl_family_id family = {};

	msg_begin(&m, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY);
	msg_attr(&m, CTRL_ATTR_FAMILY_NAME, UVN_FAMILY_NAME,
		 sizeof(UVN_FAMILY_NAME));
	genl_request(fd, &m, genl_family_reply, &family, NULL);
	return family;
}

#endif
