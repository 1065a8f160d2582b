// SPDX-License-Identifier: GPL-2.0
/*
 * Which messages of rtnetlink are about what users do not see.
 */
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "overlay/vrf.h"
#include "underlay/encap.h"
#include "view/message.h"
#include "view/view.h"

/**
 * struct uvn_message_kind - where messages of a kind say which device they are about
 * @len: bytes of their header; 0 if they are about none
 * @offset: of the ifindex in the header, if there is no @attr
 * @attr: attribute that has it
 */
struct uvn_message_kind {
	u8 len;
	u8 offset;
	u8 attr;
};

#define UVN_MESSAGE_HEADER(type, member) \
	{ .len = sizeof(type), .offset = offsetof(type, member) }
#define UVN_MESSAGE_ATTR(type, nla) \
	{ .len = sizeof(type), .attr = nla }

/* By what there is to be made, removed and asked for. */
static const struct uvn_message_kind uvn_message_kinds[] = {
	[RTM_FAM(RTM_NEWLINK)] = UVN_MESSAGE_HEADER(struct ifinfomsg, ifi_index),
	[RTM_FAM(RTM_NEWADDR)] = UVN_MESSAGE_HEADER(struct ifaddrmsg, ifa_index),
	[RTM_FAM(RTM_NEWROUTE)] = UVN_MESSAGE_ATTR(struct rtmsg, RTA_OIF),
	[RTM_FAM(RTM_NEWNEIGH)] = UVN_MESSAGE_HEADER(struct ndmsg, ndm_ifindex),
	[RTM_FAM(RTM_NEWQDISC)] = UVN_MESSAGE_HEADER(struct tcmsg, tcm_ifindex),
	[RTM_FAM(RTM_NEWTCLASS)] = UVN_MESSAGE_HEADER(struct tcmsg, tcm_ifindex),
	[RTM_FAM(RTM_NEWTFILTER)] = UVN_MESSAGE_HEADER(struct tcmsg, tcm_ifindex),
	[RTM_FAM(RTM_NEWPREFIX)] =
		UVN_MESSAGE_HEADER(struct prefixmsg, prefix_ifindex),
	[RTM_FAM(RTM_GETMULTICAST)] =
		UVN_MESSAGE_HEADER(struct ifaddrmsg, ifa_index),
	[RTM_FAM(RTM_GETANYCAST)] =
		UVN_MESSAGE_HEADER(struct ifaddrmsg, ifa_index),
	[RTM_FAM(RTM_NEWNDUSEROPT)] =
		UVN_MESSAGE_HEADER(struct nduseroptmsg, nduseropt_ifindex),
	[RTM_FAM(RTM_NEWNETCONF)] =
		UVN_MESSAGE_ATTR(struct netconfmsg, NETCONFA_IFINDEX),
	[RTM_FAM(RTM_NEWSTATS)] =
		UVN_MESSAGE_HEADER(struct if_stats_msg, ifindex),
	[RTM_FAM(RTM_NEWNEXTHOP)] = UVN_MESSAGE_ATTR(struct nhmsg, NHA_OIF),
};

static int uvn_message_ifindex(const struct nlmsghdr *nlh,
			       const struct uvn_message_kind *kind)
{
	const struct nlattr *attr;

	/* Each is an int or u32, and aligned. */
	if (!kind->attr)
		return *(int *)(nlmsg_data(nlh) + kind->offset);
	attr = nlmsg_find_attr(nlh, kind->len, kind->attr);
	return attr ? nla_get_s32(attr) : 0;
}

/* The kind of a link tells also of one that is not found any more, and in whatever
 * namespace it is.
 */
static bool uvn_message_is_link(const struct nlmsghdr *nlh)
{
	const struct nlattr *info, *kind;

	info = nlmsg_find_attr(nlh, sizeof(struct ifinfomsg), IFLA_LINKINFO);
	kind = info ? nla_find_nested(info, IFLA_INFO_KIND) : NULL;
	return kind && !nla_strcmp(kind, UVN_ENCAP_KIND);
}

static bool uvn_message_is_route(const struct net *net,
				 const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = nlmsg_data(nlh);
	const struct nlattr *table;

	table = nlmsg_find_attr(nlh, sizeof(*rtm), RTA_TABLE);
	return uvn_view_hides_table(net, table ? nla_get_u32(table) :
						 rtm->rtm_table);
}

/* The rule for l3mdev that vrf.ko makes, for VRFs of the site's, has a preference. */
static bool uvn_message_is_rule(const struct nlmsghdr *nlh)
{
	const int len = sizeof(struct fib_rule_hdr);
	const struct nlattr *l3mdev, *pref, *protocol;

	l3mdev = nlmsg_find_attr(nlh, len, FRA_L3MDEV);
	pref = nlmsg_find_attr(nlh, len, FRA_PRIORITY);
	protocol = nlmsg_find_attr(nlh, len, FRA_PROTOCOL);
	return l3mdev && nla_get_u8(l3mdev) && (!pref || !nla_get_u32(pref)) &&
	       protocol && nla_get_u8(protocol) == RTPROT_KERNEL;
}

static bool uvn_message_is_table(const struct net *net,
				 const struct nlmsghdr *nlh)
{
	const struct nlattr *parms, *index = NULL;

	parms = nlmsg_find_attr(nlh, sizeof(struct ndtmsg), NDTA_PARMS);
	if (parms)
		index = nla_find_nested(parms, NDTPA_IFINDEX);
	return index && uvn_view_hides_index(net, nla_get_u32(index));
}

/**
 * uvn_message_is_hidden - is a message about what users do not see?
 * @net: namespace that it is about
 * @nlh: the message, one of rtnetlink, which the kernel has made
 *
 * Context: any.
 */
bool uvn_message_is_hidden(const struct net *net, const struct nlmsghdr *nlh)
{
	const struct uvn_message_kind *kind;
	unsigned int family;

	if (nlh->nlmsg_type < RTM_BASE)
		return false;
	family = RTM_FAM(nlh->nlmsg_type);
	switch (family) {
	case RTM_FAM(RTM_NEWRULE):
		return nlmsg_len(nlh) >= (int)sizeof(struct fib_rule_hdr) &&
		       uvn_message_is_rule(nlh);
	case RTM_FAM(RTM_NEWNEIGHTBL):
		return nlmsg_len(nlh) >= (int)sizeof(struct ndtmsg) &&
		       uvn_message_is_table(net, nlh);
	}
	if (family >= ARRAY_SIZE(uvn_message_kinds))
		return false;
	kind = &uvn_message_kinds[family];
	if (!kind->len || nlmsg_len(nlh) < kind->len)
		return false;
	if (family == RTM_FAM(RTM_NEWLINK) && uvn_message_is_link(nlh))
		return true;
	if (family == RTM_FAM(RTM_NEWROUTE) && uvn_message_is_route(net, nlh))
		return true;
	return uvn_view_hides_index(net, uvn_message_ifindex(nlh, kind));
}

/**
 * uvn_message_are_hidden - is a buffer about what users do not see?
 * @net: namespace that it is about
 * @skb: the buffer, with one message of rtnetlink, or some of the same
 *
 * Context: any.
 */
bool uvn_message_are_hidden(const struct net *net, const struct sk_buff *skb)
{
	const struct nlmsghdr *nlh = (struct nlmsghdr *)skb->data;

	return nlmsg_ok(nlh, skb->len) && uvn_message_is_hidden(net, nlh);
}

/**
 * uvn_message_thin - take out of a dump what users do not see
 * @skb: the dump so far
 * @from: bytes of it that are left alone
 * @is_hidden: is a message about what users do not see?
 *
 * That a dump was interrupted is said in its first message, so that it is said in what is
 * then the first.
 *
 * Context: any.
 * Return: true if something was taken out, and nothing is left.
 */
bool uvn_message_thin(struct sk_buff *skb, unsigned int from,
		      uvn_message_fn *is_hidden)
{
	const struct net *net = sock_net(skb->sk);
	unsigned int at = from, to = from;
	bool taken = false;
	u16 flags = 0;

	while (at < skb->len) {
		struct nlmsghdr *nlh = (struct nlmsghdr *)(skb->data + at);
		unsigned int len;

		if (!nlmsg_ok(nlh, skb->len - at))
			break;
		len = min(NLMSG_ALIGN(nlh->nlmsg_len), skb->len - at);
		at += len;
		if (is_hidden(net, nlh)) {
			flags |= nlh->nlmsg_flags & NLM_F_DUMP_INTR;
			taken = true;
			continue;
		}
		nlh->nlmsg_flags |= flags;
		flags = 0;
		if (taken)
			memmove(skb->data + to, nlh, len);
		to += len;
	}
	if (!taken)
		return false;
	memmove(skb->data + to, skb->data + at, skb->len - at);
	skb_trim(skb, to + skb->len - at);
	return !skb->len;
}
