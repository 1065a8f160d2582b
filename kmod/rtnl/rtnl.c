// SPDX-License-Identifier: GPL-2.0
/*
 * In-kernel rtnetlink client. What `ip` asks for from user space is asked for
 * here from the namespace's worker: the messages are stable from kernel to
 * kernel, where the functions behind them are not.
 */
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/inetdevice.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/socket.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "config/prefix.h"
#include "core/netns.h"
#include "rtnl/client.h"
#include "rtnl/rtnl.h"
#include "underlay/addrs.h"
#include "underlay/encap.h"

/**
 * uvn_rtnl_open - open the worker's rtnetlink socket
 * @un: namespace
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_rtnl_open(struct uvn_net *un)
{
	int err;

	uvn_assert_worker(un);
	err = uvn_client_open(&un->rtnl, un->net, NETLINK_ROUTE);
	if (err)
		return err;
	err = uvn_client_option(&un->rtnl, NETLINK_GET_STRICT_CHK);
	if (err)
		uvn_rtnl_close(un);
	return err;
}

/**
 * uvn_rtnl_close - close the worker's rtnetlink socket
 * @un: namespace
 */
void uvn_rtnl_close(struct uvn_net *un)
{
	uvn_client_close(&un->rtnl);
}

static struct sk_buff *uvn_rtnl_new(struct uvn_net *un, int type, int flags,
				    const void *hdr, size_t len)
{
	return uvn_client_new(&un->rtnl, UVN_RTNL_REQUEST, type, flags, hdr,
			      len);
}

/**
 * uvn_rtnl_request - send a request and take its acknowledgment
 * @un: namespace
 * @skb: the request; consumed
 * @err: what went wrong as it was made, and then it is not sent; else 0
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_rtnl_request(struct uvn_net *un, struct sk_buff *skb, int err)
{
	int type = nlmsg_hdr(skb)->nlmsg_type;

	uvn_assert_worker(un);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	err = uvn_client_request(&un->rtnl, skb);
	if (err)
		pr_debug("uvn: rtnetlink request %d: error %d\n", type, -err);
	return err;
}

static int uvn_rtnl_put_kind(struct sk_buff *skb)
{
	struct nlattr *info = nla_nest_start(skb, IFLA_LINKINFO);

	if (!info || nla_put_string(skb, IFLA_INFO_KIND, UVN_ENCAP_KIND))
		return -EMSGSIZE;
	nla_nest_end(skb, info);
	return 0;
}

/**
 * uvn_rtnl_vrf_add - make a user's VRF, up
 * @un: namespace; un->making says for which user
 * @name: its name
 *
 * Context: the worker.
 * Return: 0; -EEXIST if the name is taken; another negative errno, and then
 * the device may exist all the same.
 */
int uvn_rtnl_vrf_add(struct uvn_net *un, const char *name)
{
	struct ifinfomsg ifm = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct sk_buff *skb;

	uvn_assert_worker(un);
	skb = uvn_rtnl_new(un, RTM_NEWLINK,
			   NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
			   &ifm, sizeof(ifm));
	if (!skb)
		return -ENOMEM;
	return uvn_rtnl_request(un, skb,
				nla_put_string(skb, IFLA_IFNAME, name) ?:
				uvn_rtnl_put_kind(skb));
}

/**
 * uvn_rtnl_link_up - bring a device up
 * @un: namespace
 * @ifindex: of the device
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_rtnl_link_up(struct uvn_net *un, int ifindex)
{
	struct ifinfomsg ifm = {
		.ifi_index = ifindex,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};
	struct sk_buff *skb;

	uvn_assert_worker(un);
	skb = uvn_rtnl_new(un, RTM_NEWLINK, NLM_F_ACK, &ifm, sizeof(ifm));
	if (!skb)
		return -ENOMEM;
	return uvn_rtnl_request(un, skb, 0);
}

/**
 * uvn_rtnl_addr_size - how long an address is
 * @family: of it
 *
 * Return: its length in bytes.
 */
size_t uvn_rtnl_addr_size(u8 family)
{
	return family == AF_INET ? sizeof(struct in_addr) :
				   sizeof(struct in6_addr);
}

/* Begin a request about an address of a user's VRF; of IPv4 it is of the link's scope. */
static struct sk_buff *uvn_rtnl_addr(struct uvn_net *un, int type, int flags,
				     int vrf, u8 family,
				     const union nf_inet_addr *addr)
{
	struct ifaddrmsg ifa = {
		.ifa_family = family,
		.ifa_prefixlen = family == AF_INET ? UVN_RTNL_HOST4 :
						     UVN_RTNL_HOST6,
		.ifa_scope = family == AF_INET ? RT_SCOPE_LINK : 0,
		.ifa_index = vrf,
	};
	struct sk_buff *skb;

	uvn_assert_worker(un);
	skb = uvn_rtnl_new(un, type, flags | NLM_F_ACK, &ifa, sizeof(ifa));
	if (skb && nla_put(skb, IFA_LOCAL, uvn_rtnl_addr_size(family), addr)) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

/**
 * uvn_rtnl_addr_add - give a user's VRF an address
 * @un: namespace
 * @vrf: ifindex of the VRF
 * @family: of the address
 * @addr: the address
 * @last: of IPv6, choose it as a source only where nothing else is left, or a route says
 *	so, or for what goes to itself
 *
 * Context: the worker.
 * Return: 0, -EEXIST or another negative errno.
 */
int uvn_rtnl_addr_add(struct uvn_net *un, int vrf, u8 family,
		      const union nf_inet_addr *addr, bool last)
{
	const struct ifa_cacheinfo lifetime = {
		.ifa_prefered = last ? 0 : U32_MAX, /* for ever */
		.ifa_valid = U32_MAX,
	};
	struct sk_buff *skb;

	uvn_assert_worker(un);
	skb = uvn_rtnl_addr(un, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, vrf, family,
			    addr);
	if (!skb)
		return -ENOMEM;
	/* Nobody else can have it: no detection of duplicates. */
	return uvn_rtnl_request(un, skb,
				nla_put(skb, IFA_ADDRESS,
					uvn_rtnl_addr_size(family), addr) ?:
				nla_put(skb, IFA_CACHEINFO, sizeof(lifetime),
					&lifetime) ?:
				nla_put_u32(skb, IFA_FLAGS,
					    IFA_F_NOPREFIXROUTE | IFA_F_NODAD));
}

/**
 * uvn_rtnl_addr_del - take an address from a user's VRF
 * @un: namespace
 * @vrf: ifindex of the VRF
 * @family: of the address
 * @addr: the address
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_rtnl_addr_del(struct uvn_net *un, int vrf, u8 family,
		      const union nf_inet_addr *addr)
{
	struct sk_buff *skb = uvn_rtnl_addr(un, RTM_DELADDR, 0, vrf, family, addr);

	uvn_assert_worker(un);
	return skb ? uvn_rtnl_request(un, skb, 0) : -ENOMEM;
}

static struct sk_buff *uvn_rtnl_route(struct uvn_net *un, int type, int flags,
				      int family, u8 len, u8 scope, u8 kind,
				      u32 table)
{
	struct rtmsg rtm = {
		.rtm_family = family,
		.rtm_dst_len = len,
		.rtm_table = RT_TABLE_UNSPEC,
		.rtm_protocol = RTPROT_KERNEL,
		.rtm_scope = scope,
		.rtm_type = kind,
	};
	struct sk_buff *skb;

	skb = uvn_rtnl_new(un, type, flags | NLM_F_ACK, &rtm, sizeof(rtm));
	if (skb && nla_put_u32(skb, RTA_TABLE, table)) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

static struct sk_buff *uvn_rtnl_subnet(struct uvn_net *un, int type, int flags,
				       const struct uvn_prefix *prefix,
				       u32 table, int ifindex)
{
	struct sk_buff *skb;

	skb = uvn_rtnl_route(un, type, flags, prefix->family, prefix->len,
			     prefix->family == AF_INET ? RT_SCOPE_LINK :
							 RT_SCOPE_UNIVERSE,
			     RTN_UNICAST, table);
	if (!skb)
		return NULL;
	if (nla_put(skb, RTA_DST, uvn_rtnl_addr_size(prefix->family),
		    &prefix->addr) ||
	    nla_put_u32(skb, RTA_OIF, ifindex)) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

static int uvn_rtnl_put_mtu(struct sk_buff *skb, unsigned int mtu)
{
	struct nlattr *metrics = nla_nest_start(skb, RTA_METRICS);

	if (!metrics || nla_put_u32(skb, RTAX_MTU, mtu))
		return -EMSGSIZE;
	nla_nest_end(skb, metrics);
	return 0;
}

/* Remove a route; one that is not there is no error. */
static int uvn_rtnl_remove(struct uvn_net *un, struct sk_buff *skb)
{
	int err = skb ? uvn_rtnl_request(un, skb, 0) : -ENOMEM;

	return err == -ESRCH ? 0 : err;
}

/**
 * uvn_rtnl_route_set - route a subnet to a user's VRF
 * @un: namespace
 * @table: routing table
 * @ifindex: of the VRF
 * @addr: an address in the subnet, which becomes the preferred source
 * @mtu: of what goes there, in bytes
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_rtnl_route_set(struct uvn_net *un, u32 table, int ifindex,
		       const struct uvn_addr *addr, unsigned int mtu)
{
	struct sk_buff *skb;

	uvn_assert_worker(un);
	skb = uvn_rtnl_subnet(un, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE,
			      &addr->subnet.prefix, table, ifindex);
	if (!skb)
		return -ENOMEM;
	return uvn_rtnl_request(un, skb,
				nla_put(skb, RTA_PREFSRC,
					uvn_rtnl_addr_size(addr->family),
					&addr->addr) ?:
				uvn_rtnl_put_mtu(skb, mtu));
}

/**
 * uvn_rtnl_route_del - take back the route of a subnet to a user's VRF
 * @un: namespace
 * @table: routing table
 * @ifindex: of the VRF
 * @prefix: of the subnet
 *
 * Context: the worker.
 * Return: 0, also if there is no such route, or a negative errno.
 */
int uvn_rtnl_route_del(struct uvn_net *un, u32 table, int ifindex,
		       const struct uvn_prefix *prefix)
{
	uvn_assert_worker(un);
	return uvn_rtnl_remove(un, uvn_rtnl_subnet(un, RTM_DELROUTE, 0, prefix,
						   table, ifindex));
}

static struct sk_buff *uvn_rtnl_host(struct uvn_net *un, int type, int flags,
				     u32 table, int ifindex, u8 kind, __be32 ip)
{
	struct sk_buff *skb;

	skb = uvn_rtnl_route(un, type, flags, AF_INET, UVN_RTNL_HOST4,
			     kind == RTN_LOCAL ? RT_SCOPE_HOST : RT_SCOPE_LINK,
			     kind, table);
	if (skb && (nla_put_in_addr(skb, RTA_DST, ip) ||
		    nla_put_u32(skb, RTA_OIF, ifindex))) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

/**
 * uvn_rtnl_host_set - make an address of IPv4 local, or one to broadcast to
 * @un: namespace
 * @table: routing table
 * @ifindex: of the device
 * @kind: RTN_LOCAL or RTN_BROADCAST
 * @ip: the address
 * @src: source of what goes there, local to the table
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_rtnl_host_set(struct uvn_net *un, u32 table, int ifindex, u8 kind,
		      __be32 ip, __be32 src)
{
	struct sk_buff *skb = uvn_rtnl_host(un, RTM_NEWROUTE,
					    NLM_F_CREATE | NLM_F_REPLACE, table,
					    ifindex, kind, ip);

	uvn_assert_worker(un);
	return skb ? uvn_rtnl_request(un, skb,
				      nla_put_in_addr(skb, RTA_PREFSRC, src)) :
		     -ENOMEM;
}

/**
 * uvn_rtnl_host_del - take that back
 * @un: namespace
 * @table: routing table
 * @ifindex: of the device
 * @kind: RTN_LOCAL or RTN_BROADCAST
 * @ip: the address
 *
 * Context: the worker.
 * Return: 0, also if there is no such route, or a negative errno.
 */
int uvn_rtnl_host_del(struct uvn_net *un, u32 table, int ifindex, u8 kind, __be32 ip)
{
	uvn_assert_worker(un);
	return uvn_rtnl_remove(un, uvn_rtnl_host(un, RTM_DELROUTE, 0, table,
						 ifindex, kind, ip));
}

/**
 * uvn_rtnl_loopback - make all of 127.0.0.0/8 local to a VRF, as it is on lo
 * @un: namespace
 * @table: routing table
 * @vrf: ifindex of the VRF
 * @add: or take that back
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_rtnl_loopback(struct uvn_net *un, u32 table, int vrf, bool add)
{
	struct sk_buff *skb;

	uvn_assert_worker(un);
	skb = uvn_rtnl_route(un, add ? RTM_NEWROUTE : RTM_DELROUTE,
			     add ? NLM_F_CREATE | NLM_F_EXCL : 0,
			     AF_INET, 8, RT_SCOPE_HOST, RTN_LOCAL, table);
	if (!skb)
		return -ENOMEM;
	return uvn_rtnl_request(un, skb,
				nla_put_in_addr(skb, RTA_DST,
						htonl(INADDR_LOOPBACK &
						      IN_CLASSA_NET)) ?:
				nla_put_in_addr(skb, RTA_PREFSRC,
						htonl(INADDR_LOOPBACK)) ?:
				nla_put_u32(skb, RTA_OIF, vrf));
}

/**
 * uvn_rtnl_unreachable - end a user's table, or take the end away
 * @un: namespace
 * @family: AF_INET or AF_INET6
 * @table: routing table
 * @add: which of the two
 *
 * The last route of the table keeps lookups from falling through to the
 * tables of the default VRF.
 *
 * Context: the worker.
 * Return: 0 or a negative errno; removing what is not there is no error, nor
 * is a family that this kernel was booted without.
 */
int uvn_rtnl_unreachable(struct uvn_net *un, int family, u32 table, bool add)
{
	struct sk_buff *skb;
	int err;

	uvn_assert_worker(un);
	skb = uvn_rtnl_route(un, add ? RTM_NEWROUTE : RTM_DELROUTE,
			     add ? NLM_F_CREATE | NLM_F_EXCL : 0, family, 0,
			     RT_SCOPE_UNIVERSE, RTN_UNREACHABLE, table);
	if (!skb)
		return -ENOMEM;
	err = uvn_rtnl_request(un, skb, nla_put_u32(skb, RTA_PRIORITY,
						    UVN_UNREACHABLE_METRIC));
	if (err == -EOPNOTSUPP || err == -EAFNOSUPPORT ||
	    (!add && err == -ESRCH))
		return 0;
	return err;
}

/**
 * uvn_rtnl_routes - look at each route of a table
 * @un: namespace
 * @family: AF_INET or AF_INET6
 * @table: routing table
 * @fn: called for each; ends it with another value than 0
 * @arg: given to @fn
 *
 * Context: the worker; @fn may not send requests.
 * Return: 0, also if there is no such table or no such family; what @fn
 * returned; or another negative errno.
 */
int uvn_rtnl_routes(struct uvn_net *un, u8 family, u32 table, uvn_client_fn *fn,
		    void *arg)
{
	struct rtmsg rtm = { .rtm_family = family };
	struct sk_buff *skb;
	int err;

	uvn_assert_worker(un);
	skb = uvn_rtnl_new(un, RTM_GETROUTE, NLM_F_DUMP, &rtm, sizeof(rtm));
	if (!skb)
		return -ENOMEM;
	err = nla_put_u32(skb, RTA_TABLE, table);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	err = uvn_client_dump(&un->rtnl, skb, fn, arg);
	if (err == -ENOENT || err == -EOPNOTSUPP || err == -EAFNOSUPPORT)
		return 0;
	return err;
}

static int uvn_rtnl_is_used(const struct nlmsghdr *nlh, void *arg)
{
	return -EEXIST;
}

/**
 * uvn_rtnl_table_unused - is a routing table empty?
 * @un: namespace
 * @family: AF_INET or AF_INET6
 * @table: routing table
 *
 * Context: the worker.
 * Return: 0; -EEXIST if it is in use; another negative errno.
 */
int uvn_rtnl_table_unused(struct uvn_net *un, u8 family, u32 table)
{
	uvn_assert_worker(un);
	return uvn_rtnl_routes(un, family, table, uvn_rtnl_is_used, NULL);
}
