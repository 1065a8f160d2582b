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

static int uvn_rtnl_put_vrf(struct sk_buff *skb, u32 table)
{
	struct nlattr *info, *data;

	info = nla_nest_start(skb, IFLA_LINKINFO);
	if (!info || nla_put_string(skb, IFLA_INFO_KIND, "vrf"))
		return -EMSGSIZE;
	data = nla_nest_start(skb, IFLA_INFO_DATA);
	if (!data || nla_put_u32(skb, IFLA_VRF_TABLE, table))
		return -EMSGSIZE;
	nla_nest_end(skb, data);
	nla_nest_end(skb, info);
	return 0;
}

/**
 * uvn_rtnl_vrf_add - make a VRF device, up
 * @un: namespace
 * @name: its name
 * @table: its routing table
 *
 * Context: the worker.
 * Return: 0; -EEXIST if the name is taken; another negative errno, and then
 * the device may exist all the same.
 */
int uvn_rtnl_vrf_add(struct uvn_net *un, const char *name, u32 table)
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
				uvn_rtnl_put_vrf(skb, table));
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
 * uvn_rtnl_link_add - make a `uvn` link, down, in a VRF
 * @un: namespace; un->making.user says for which user
 * @name: its name
 * @lower: ifindex of its lower device
 * @vrf: ifindex of the VRF
 * @mtu: its MTU in bytes
 *
 * One that is up would be brought down and up again as it goes into the VRF.
 *
 * Context: the worker.
 * Return: 0; -EEXIST if the name is taken; another negative errno, and then
 * the device may exist all the same.
 */
int uvn_rtnl_link_add(struct uvn_net *un, const char *name, int lower, int vrf,
		      unsigned int mtu)
{
	struct ifinfomsg ifm = {};
	struct sk_buff *skb;

	uvn_assert_worker(un);
	skb = uvn_rtnl_new(un, RTM_NEWLINK,
			   NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
			   &ifm, sizeof(ifm));
	if (!skb)
		return -ENOMEM;
	return uvn_rtnl_request(un, skb,
				nla_put_string(skb, IFLA_IFNAME, name) ?:
				nla_put_u32(skb, IFLA_LINK, lower) ?:
				nla_put_u32(skb, IFLA_MASTER, vrf) ?:
				nla_put_u32(skb, IFLA_MTU, mtu) ?:
				uvn_rtnl_put_kind(skb));
}

static int uvn_rtnl_put_altname(struct sk_buff *skb, const char *name)
{
	struct nlattr *list = nla_nest_start(skb, IFLA_PROP_LIST);

	if (!list || nla_put_string(skb, IFLA_ALT_IFNAME, name))
		return -EMSGSIZE;
	nla_nest_end(skb, list);
	return 0;
}

/**
 * uvn_rtnl_altname_add - give a device an alternative name
 * @un: namespace
 * @ifindex: of the device
 * @name: the name, up to 127 characters
 *
 * Context: the worker.
 * Return: 0, -EEXIST or another negative errno.
 */
int uvn_rtnl_altname_add(struct uvn_net *un, int ifindex, const char *name)
{
	struct ifinfomsg ifm = { .ifi_index = ifindex };
	struct sk_buff *skb;

	uvn_assert_worker(un);
	skb = uvn_rtnl_new(un, RTM_NEWLINKPROP,
			   NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
			   &ifm, sizeof(ifm));
	if (!skb)
		return -ENOMEM;
	return uvn_rtnl_request(un, skb, uvn_rtnl_put_altname(skb, name));
}

/**
 * uvn_rtnl_link_up - set a device's MTU, and bring it up
 * @un: namespace
 * @ifindex: of the device
 * @mtu: in bytes
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_rtnl_link_up(struct uvn_net *un, int ifindex, unsigned int mtu)
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
	return uvn_rtnl_request(un, skb, nla_put_u32(skb, IFLA_MTU, mtu));
}

/**
 * uvn_rtnl_link_del - remove a device
 * @un: namespace
 * @ifindex: of the device
 *
 * Context: the worker.
 * Return: 0, also if there is no such device, or a negative errno.
 */
int uvn_rtnl_link_del(struct uvn_net *un, int ifindex)
{
	struct ifinfomsg ifm = { .ifi_index = ifindex };
	struct sk_buff *skb;
	int err;

	uvn_assert_worker(un);
	skb = uvn_rtnl_new(un, RTM_DELLINK, NLM_F_ACK, &ifm, sizeof(ifm));
	if (!skb)
		return -ENOMEM;
	err = uvn_rtnl_request(un, skb, 0);
	return err == -ENODEV ? 0 : err;
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

/**
 * uvn_rtnl_addr - begin a request about an address of a device
 * @un: namespace
 * @type: RTM_NEWADDR or RTM_DELADDR
 * @flags: NLM_F_*
 * @ifindex: of the device
 * @addr: the address
 * @scope: enum rt_scope_t
 *
 * Context: the worker.
 * Return: the request, to be continued and sent; NULL without memory.
 */
struct sk_buff *uvn_rtnl_addr(struct uvn_net *un, int type, int flags,
			      int ifindex, const struct uvn_addr *addr,
			      u8 scope)
{
	struct ifaddrmsg ifa = {
		.ifa_family = addr->family,
		.ifa_prefixlen = addr->plen,
		.ifa_scope = scope,
		.ifa_index = ifindex,
	};
	struct sk_buff *skb;

	uvn_assert_worker(un);
	skb = uvn_rtnl_new(un, type, flags | NLM_F_ACK, &ifa, sizeof(ifa));
	if (skb && nla_put(skb, IFA_LOCAL, uvn_rtnl_addr_size(addr->family),
			   &addr->addr)) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

/**
 * uvn_rtnl_addr_add - give a device an address, without a route to its prefix
 * @un: namespace
 * @ifindex: of the device
 * @addr: the address
 * @scope: enum rt_scope_t; IPv6 knows it from the address
 *
 * Context: the worker.
 * Return: 0, -EEXIST or another negative errno.
 */
int uvn_rtnl_addr_add(struct uvn_net *un, int ifindex,
		      const struct uvn_addr *addr, u8 scope)
{
	struct sk_buff *skb;
	int err;

	uvn_assert_worker(un);
	skb = uvn_rtnl_addr(un, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex,
			    addr, scope);
	if (!skb)
		return -ENOMEM;
	err = nla_put(skb, IFA_ADDRESS, uvn_rtnl_addr_size(addr->family),
		      &addr->addr);
	if (!err && addr->brd)
		err = nla_put_in_addr(skb, IFA_BROADCAST, addr->brd);
	/* Nobody else can have it: no detection of duplicates. */
	return uvn_rtnl_request(un, skb, err ?:
				nla_put_u32(skb, IFA_FLAGS,
					    IFA_F_NOPREFIXROUTE | IFA_F_NODAD));
}

/**
 * uvn_rtnl_addr_del - take an address from a device
 * @un: namespace
 * @ifindex: of the device
 * @addr: the address
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_rtnl_addr_del(struct uvn_net *un, int ifindex,
		      const struct uvn_addr *addr)
{
	struct sk_buff *skb = uvn_rtnl_addr(un, RTM_DELADDR, 0, ifindex, addr,
					    0);

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

/**
 * uvn_rtnl_route_set - route a subnet to a link
 * @un: namespace
 * @table: routing table
 * @ifindex: of the link
 * @addr: an address in the subnet, which becomes the preferred source
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_rtnl_route_set(struct uvn_net *un, u32 table, int ifindex,
		       const struct uvn_addr *addr)
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
					&addr->addr));
}

/**
 * uvn_rtnl_route_del - take back the route of a subnet to a link
 * @un: namespace
 * @table: routing table
 * @ifindex: of the link
 * @prefix: of the subnet
 *
 * Context: the worker.
 * Return: 0, also if there is no such route, or a negative errno.
 */
int uvn_rtnl_route_del(struct uvn_net *un, u32 table, int ifindex,
		       const struct uvn_prefix *prefix)
{
	struct sk_buff *skb = uvn_rtnl_subnet(un, RTM_DELROUTE, 0, prefix,
					      table, ifindex);
	int err;

	uvn_assert_worker(un);
	if (!skb)
		return -ENOMEM;
	err = uvn_rtnl_request(un, skb, 0);
	return err == -ESRCH ? 0 : err;
}

/**
 * uvn_rtnl_loopback - make all of 127.0.0.0/8 local to a VRF, as it is on lo
 * @un: namespace
 * @table: routing table
 * @vrf: ifindex of the VRF
 *
 * Context: the worker.
 * Return: 0 or a negative errno.
 */
int uvn_rtnl_loopback(struct uvn_net *un, u32 table, int vrf)
{
	struct sk_buff *skb;

	uvn_assert_worker(un);
	skb = uvn_rtnl_route(un, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL,
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
