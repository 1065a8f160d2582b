// SPDX-License-Identifier: GPL-2.0
/*
 * Other nodes: datagrams to the VXLAN ports of those that this one has in its
 * neighbour tables, and what becomes of them. Who runs uvn does not answer; who
 * does not says that the port is unreachable. They are VXLAN as uvn sends it, so
 * that they go its ways, past the INPUT chains, but of the network 0, which nobody
 * has.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/out.h"
#include "cli/parse.h"
#include "cli/prefix.h"
#include "doctor/finding.h"
#include "doctor/peer.h"
#include "doctor/state.h"
#include "lib/ask.h"
#include "lib/clock.h"

/* How many are asked by each address, and how long they have time to answer. */
#define PROBES_MAX	64
#define PROBES_WAIT	1000	/* milliseconds */

/* States of neighbours that have been there. */
#define PRESENT	(NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT)

/* VXLAN's header and the Ethernet header behind it. */
#define VXLAN_LEN	8
#define ETHER_LEN	14
#define VXLAN_FLAG_VNI	0x08

/* An IP header without anything behind it is this protocol. */
#define NO_NEXT_HEADER	59

/**
 * struct probe - a datagram to a VXLAN port
 * @result: what is told of it
 * @fd: its socket
 */
struct probe {
	json_t *result;
	int fd;
};

/**
 * struct probes - datagrams under way
 * @d: diagnosis
 * @lower: address and device that they leave by
 * @probe: array of them
 * @n: number of them
 * @room: number that the array has room for
 * @first: number of those by other addresses
 */
struct probes {
	struct doctor *d;
	json_t *lower;
	struct probe *probe;
	size_t n;
	size_t room;
	size_t first;
};

static socklen_t sockaddr(struct sockaddr_storage *ss, const struct address *addr,
			  uint16_t port)
{
	struct sockaddr_in6 *sin6 = (void *)ss;
	struct sockaddr_in *sin = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = addr->family;
	if (addr->family == AF_INET) {
		memcpy(&sin->sin_addr, addr->bytes, sizeof(sin->sin_addr));
		sin->sin_port = htons(port);
		return sizeof(*sin);
	}
	memcpy(&sin6->sin6_addr, addr->bytes, sizeof(sin6->sin6_addr));
	sin6->sin6_port = htons(port);
	return sizeof(*sin6);
}

/* A socket from the lower's address to the peer's port, by no other device. */
static int open_probe(json_t *lower, const struct address *peer)
{
	const char *dev = get_string(lower, "dev");
	struct address own = { .family = peer->family };
	struct sockaddr_storage ss;
	int fd, one = 1, err;
	socklen_t len;

	fd = socket(peer->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	inet_pton(own.family, get_string(lower, "address"), own.bytes);
	len = sockaddr(&ss, &own, 0);
	/* No checksum, as uvn: what has one may go the way of other UDP. */
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, dev, strlen(dev)) ||
	    (own.family == AF_INET &&
	     setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &one, sizeof(one))) ||
	    bind(fd, (void *)&ss, len) ||
	    (own.family == AF_INET ?
	     setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)) :
	     setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &one, sizeof(one))))
		goto err;
	len = sockaddr(&ss, peer, get_number(lower, "port"));
	if (!connect(fd, (void *)&ss, len))
		return fd;
err:
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

/* Return: the length of the datagram. */
static size_t fill(uint8_t *data, json_t *lower, const struct address *peer)
{
	uint8_t *ether = data + VXLAN_LEN, *ip = ether + ETHER_LEN;
	bool is_ipv4 = peer->family == AF_INET;
	size_t len = addr_size(peer->family), at = is_ipv4 ? 12 : 8;
	uint16_t type = htons(is_ipv4 ? ETH_P_IP : ETH_P_IPV6);

	data[0] = VXLAN_FLAG_VNI;
	memcpy(ether + ETHER_LEN - sizeof(type), &type, sizeof(type));
	if (is_ipv4) {
		ip[0] = 0x45;
		ip[3] = at + 2 * len;
		ip[8] = 1;
		ip[9] = NO_NEXT_HEADER;
	} else {
		ip[0] = 0x60;
		ip[6] = NO_NEXT_HEADER;
		ip[7] = 1;
	}
	inet_pton(peer->family, get_string(lower, "address"), ip + at);
	memcpy(ip + at + len, peer->bytes, len);
	return VXLAN_LEN + ETHER_LEN + at + 2 * len;
}

static bool is_probed(struct probes *p, const char *peer)
{
	size_t i;

	for (i = p->first; i < p->n; i++)
		if (!strcmp(get_string(p->probe[i].result, "peer"), peer))
			return true;
	return false;
}

static void add_probe(struct probes *p, const struct address *peer, bool known)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t data[128] = {};
	struct probe probe;
	size_t len;
	int err;

	inet_ntop(peer->family, peer->bytes, text, sizeof(text));
	if (p->n - p->first == PROBES_MAX || is_probed(p, text))
		return;
	probe.fd = open_probe(p->lower, peer);
	if (probe.fd < 0) {
		if (!p->d->probes_why &&
		    asprintf(&p->d->probes_why, "no datagram can be sent by %s: %s",
			     get_string(p->lower, "dev"), strerror(errno)) < 0)
			die_oom();
		return;
	}
	len = fill(data, p->lower, peer);
	err = send(probe.fd, data, len, 0) < 0 ? errno : 0;
	probe.result = json_object();
	out_put(probe.result, "dev", json_incref(json_object_get(p->lower, "dev")));
	out_put(probe.result, "port", json_incref(json_object_get(p->lower, "port")));
	out_put(probe.result, "peer", out_string(text));
	out_put(probe.result, "known", json_boolean(known));
	out_put(probe.result, "error", json_integer(err));
	if (p->n == p->room) {
		p->room = p->room ? p->room * 2 : 16;
		p->probe = reallocarray(p->probe, p->room, sizeof(*p->probe));
		if (!p->probe)
			die_oom();
	}
	p->probe[p->n++] = probe;
}

static void add_neighbour(struct nlmsghdr *nlh, void *arg)
{
	struct ndmsg *ndm = nlmsg_data(nlh);
	struct prefix peer = {}, subnet;
	struct probes *p = arg;
	struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWNEIGH || !(ndm->ndm_state & PRESENT) ||
	    ndm->ndm_ifindex != get_number(p->lower, "ifindex"))
		return;
	attr = nla_find(nlmsg_attrdata(nlh, sizeof(*ndm)),
			nlmsg_attrlen(nlh, sizeof(*ndm)), NDA_DST);
	peer.net.family = ndm->ndm_family;
	if (!attr || nla_len(attr) != (int)addr_size(ndm->ndm_family))
		return;
	memcpy(peer.net.bytes, nla_data(attr), nla_len(attr));
	peer.len = nla_len(attr) * 8;
	if (get_prefix(p->lower, "subnet", &subnet) && prefix_overlap(&subnet, &peer) &&
	    !state_is_direct(p->d, &peer))
		add_probe(p, &peer.net, true);
}

/* Who was asked is not asked again. */
static void forget_nothing(void *arg)
{
	(void)arg;
}

static void probe_lower(struct probes *p)
{
	struct ndmsg ndm = {};
	struct address addr;

	p->first = p->n;
	ndm.ndm_family = state_inside(p->d, p->lower, &addr);
	if (!ndm.ndm_family)
		return;
	state_asked(p->d, ask_rtnetlink(RTM_GETNEIGH, &ndm, sizeof(ndm), add_neighbour,
					forget_nothing, p));
	/* Nobody need be there to see what this node lets out. */
	if (p->n == p->first)
		add_probe(p, &addr, false);
}

/* "refused" by the host, "rejected" by who filters, or neither. */
static const char *answer_of(const struct sock_extended_err *err)
{
	if (err->ee_origin == SO_EE_ORIGIN_ICMP && err->ee_type == 3)
		return err->ee_code == 3 ? "refused" :
		       err->ee_code == 9 || err->ee_code == 10 || err->ee_code == 13 ?
		       "rejected" : "";
	if (err->ee_origin == SO_EE_ORIGIN_ICMP6 && err->ee_type == 1)
		return err->ee_code == 4 ? "refused" :
		       err->ee_code == 1 || err->ee_code == 5 ? "rejected" : "";
	return "";
}

static void take_answer(struct probe *probe)
{
	union {
		struct cmsghdr align;
		char bytes[512];
	} control;
	struct msghdr msg = { .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	struct sock_extended_err err;
	struct cmsghdr *cmsg;

	if (recvmsg(probe->fd, &msg, MSG_ERRQUEUE) < 0)
		return;
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
		if (!(cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_RECVERR) &&
		    !(cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_RECVERR))
			continue;
		memcpy(&err, CMSG_DATA(cmsg), sizeof(err));
		out_put(probe->result, "answer", out_string(answer_of(&err)));
	}
}

/* Silence is what is hoped for, so only time can tell. */
static void take_answers(struct probes *p)
{
	int64_t end = clock_ms() + PROBES_WAIT, left;
	struct pollfd *fds;
	size_t i;

	fds = calloc(p->n + 1, sizeof(*fds));
	if (!fds)
		die_oom();
	for (i = 0; i < p->n; i++)
		fds[i].fd = p->probe[i].fd;
	while ((left = end - clock_ms()) > 0 && poll(fds, p->n, left) > 0) {
		for (i = 0; i < p->n; i++) {
			if (!fds[i].revents)
				continue;
			take_answer(&p->probe[i]);
			fds[i].fd = -1;
		}
	}
	free(fds);
}

static bool any_known(struct probes *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (json_is_true(json_object_get(p->probe[i].result, "known")))
			return true;
	return false;
}

/**
 * probe_results - what became of datagrams to VXLAN ports
 * @d: diagnosis
 *
 * Return: array of objects: dev, port, peer, known (it is a neighbour), error
 * (an errno: it was not sent), answer ("refused" or "rejected").
 */
json_t *probe_results(struct doctor *d)
{
	struct probes p = { .d = d };
	size_t i;

	if (d->probes)
		goto out;
	d->probes = json_array();
	/* That uvn's guard refuses it to all others would look like a filter. */
	if (geteuid() || d->users_why) {
		d->probes_why = strdup("only root may send to VXLAN ports");
		if (!d->probes_why)
			die_oom();
		goto out;
	}
	json_array_foreach(d->lowers, i, p.lower)
		probe_lower(&p);
	if (any_known(&p))
		take_answers(&p);
	for (i = 0; i < p.n; i++) {
		close(p.probe[i].fd);
		out_append(d->probes, p.probe[i].result);
	}
	free(p.probe);
out:
	if (d->probes_why)
		cannot_tell(d, "%s", d->probes_why);
	return d->probes;
}

/**
 * doctor_peers - do the other nodes run uvn?
 * @d: diagnosis
 */
void doctor_peers(struct doctor *d)
{
	json_t *probe;
	size_t i;

	if (!d->enabled)
		return;
	json_array_foreach(probe_results(d), i, probe) {
		const char *answer = get_string(probe, "answer");
		const char *peer = get_string(probe, "peer");
		json_int_t port = get_number(probe, "port");

		if (!json_is_true(json_object_get(probe, "known")))
			continue;
		if (!strcmp(answer, "refused")) {
			found(d, WARNING, peer,
			      "%s (%s) does not take VXLAN on UDP port %lld: users do not reach it",
			      peer, get_string(probe, "dev"), port);
			remedy(d, "enable uvn there, with this subnet; or uvnadm direct add %s/%d",
			       peer, strchr(peer, ':') ? 128 : 32);
		} else if (!strcmp(answer, "rejected")) {
			found(d, WARNING, peer,
			      "a firewall rejects UDP port %lld of %s (%s): users do not reach it",
			      port, peer, get_string(probe, "dev"));
			remedy(d, "let UDP to port %lld through there and on the way", port);
		}
	}
}
