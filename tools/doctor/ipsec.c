// SPDX-License-Identifier: GPL-2.0
/*
 * IPsec's policies: those that hold for VXLAN one way only, and those that match
 * what is in it.
 */
#include <arpa/inet.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>

#include "cli/out.h"
#include "cli/parse.h"
#include "cli/prefix.h"
#include "doctor/finding.h"
#include "doctor/ipsec.h"
#include "doctor/state.h"
#include "lib/ask.h"

/**
 * struct ipsec - policies that concern an address in a subnet
 * @subnet: the subnet
 * @own: the address
 * @port: UDP port of the subnet's VXLAN
 * @vxlan: by XFRM_POLICY_*: ESP or the like is required for VXLAN
 * @inner: users' packets match, too
 */
struct ipsec {
	struct prefix subnet;
	struct prefix own;
	uint16_t port;
	bool vxlan[XFRM_POLICY_OUT + 1];
	bool inner;
};

static bool overlaps(uint8_t family, const xfrm_address_t *addr, uint8_t len,
		     const struct prefix *other)
{
	struct prefix p = { .net.family = family, .len = len };

	memcpy(p.net.bytes, addr, addr_size(family));
	return prefix_overlap(&p, other);
}

/* Is it refused in clear? One template that is not optional makes it so. */
static bool is_required(struct nlattr *attr)
{
	struct xfrm_user_tmpl *tmpl = attr ? nla_data(attr) : NULL;
	int n = attr ? nla_len(attr) / sizeof(*tmpl) : 0;

	for (; n; n--, tmpl++)
		if (!tmpl->optional)
			return true;
	return false;
}

static void add_policy(struct nlmsghdr *nlh, void *arg)
{
	struct xfrm_userpolicy_info *policy;
	const struct xfrm_selector *sel;
	struct ipsec *s = arg;
	struct nlattr *head, *id;
	bool out;
	int len;

	if (nlh->nlmsg_type != XFRM_MSG_NEWPOLICY ||
	    !nlmsg_valid_hdr(nlh, sizeof(*policy)))
		return;
	policy = nlmsg_data(nlh);
	head = nlmsg_attrdata(nlh, sizeof(*policy));
	len = nlmsg_attrlen(nlh, sizeof(*policy));
	sel = &policy->sel;
	out = policy->dir == XFRM_POLICY_OUT;
	id = nla_find(head, len, XFRMA_IF_ID);
	if (policy->dir > XFRM_POLICY_OUT || policy->action != XFRM_POLICY_ALLOW ||
	    sel->family != s->own.net.family ||
	    (id && nla_len(id) == 4 && nla_get_u32(id)) ||
	    !is_required(nla_find(head, len, XFRMA_TMPL)) ||
	    !overlaps(sel->family, out ? &sel->saddr : &sel->daddr,
		      out ? sel->prefixlen_s : sel->prefixlen_d, &s->own) ||
	    !overlaps(sel->family, out ? &sel->daddr : &sel->saddr,
		      out ? sel->prefixlen_d : sel->prefixlen_s, &s->subnet))
		return;
	if ((!sel->proto || sel->proto == IPPROTO_UDP) && !sel->sport_mask &&
	    !((ntohs(sel->dport) ^ s->port) & ntohs(sel->dport_mask)))
		s->vxlan[policy->dir] = true;
	if (sel->proto != IPPROTO_UDP || ntohs(sel->dport_mask) != 0xffff)
		s->inner = true;
}

static bool read_policies(struct nl_sock *sock, struct ipsec *s)
{
	struct xfrm_userpolicy_id id = {};
	struct question q = { .found = add_policy, .arg = s };
	int err;

	q.msg = nlmsg_alloc_simple(XFRM_MSG_GETPOLICY, NLM_F_DUMP);
	if (!q.msg || nlmsg_append(q.msg, &id, sizeof(id), NLMSG_ALIGNTO))
		die_oom();
	err = ask(sock, &q);
	nlmsg_free(q.msg);
	return !err;
}

static void judge(struct doctor *d, json_t *lower, const struct ipsec *s)
{
	const char *subnet = get_string(lower, "subnet");

	if (s->vxlan[XFRM_POLICY_OUT] && !s->vxlan[XFRM_POLICY_IN]) {
		found(d, WARNING, subnet,
		      "IPsec protects VXLAN to %s, but what comes from there need not be: where another node has lost its policies it is taken in clear",
		      subnet);
		remedy(d, "a policy for the other direction, too: ip xfrm policy add dir in ... proto udp dport %u tmpl ... level required",
		       s->port);
	} else if (s->vxlan[XFRM_POLICY_IN] && !s->vxlan[XFRM_POLICY_OUT]) {
		found(d, WARNING, subnet,
		      "IPsec is required of VXLAN from %s, but this node sends in clear",
		      subnet);
		remedy(d, "a policy for the other direction, too: ip xfrm policy add dir out ... proto udp dport %u tmpl ... level required",
		       s->port);
	}
	if (s->inner) {
		found(d, WARNING, subnet,
		      "an IPsec policy matches users' packets within VXLAN, too, which have the addresses of nodes in %s: they are lost",
		      subnet);
		remedy(d, "policies for VXLAN alone: proto udp dport %u, in both directions; ip xfrm policy",
		       s->port);
	}
}

/**
 * doctor_ipsec - do IPsec's policies hold for VXLAN as a whole, and for it alone?
 * @d: diagnosis
 */
void doctor_ipsec(struct doctor *d)
{
	struct nl_sock *sock;
	json_t *lower;
	size_t i;
	int err;

	sock = ask_open(NETLINK_XFRM, &err);
	if (!sock)
		return;
	json_array_foreach(d->lowers, i, lower) {
		struct ipsec s = { .port = get_number(lower, "port") };

		if (!get_prefix(lower, "subnet", &s.subnet) ||
		    inet_pton(s.subnet.net.family, get_string(lower, "address"),
			      s.own.net.bytes) != 1)
			continue;
		s.own.net.family = s.subnet.net.family;
		s.own.len = addr_size(s.own.net.family) * 8;
		if (!read_policies(sock, &s))
			break;
		judge(d, lower, &s);
	}
	nl_socket_free(sock);
}
