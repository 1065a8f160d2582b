// SPDX-License-Identifier: GPL-2.0
/*
 * UDP tunnel sockets: one for each subnet's port, of the subnet's family, and
 * the groups that they join.
 */
#include <linux/igmp.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/udp_tunnel.h>

#include "config/config.h"
#include "core/netns.h"
#include "underlay/addrs.h"
#include "underlay/encap.h"
#include "underlay/lower.h"
#include "underlay/tunnel.h"

/* What receives by the sockets, from a floor above. */
static struct udp_tunnel_sock_cfg uvn_tunnel_template __ro_after_init;

static struct uvn_tunnel *uvn_tunnel_find(struct uvn_net *un,
					  const struct uvn_subnet *subnet)
{
	struct uvn_tunnel *tunnel;

	list_for_each_entry(tunnel, &un->tunnels, list)
		if (tunnel->port == subnet->port &&
		    tunnel->sk->sk_family == subnet->prefix.family)
			return tunnel;
	return NULL;
}

static struct uvn_tunnel *uvn_tunnel_new(struct uvn_net *un,
					 const struct uvn_subnet *subnet)
{
	struct udp_tunnel_sock_cfg tunnel_cfg = uvn_tunnel_template;
	/* Checksums of UDP may be absent, over IPv6 too (RFC 6935): the inner
	 * packet has its own, and all of its addresses are checked.
	 */
	struct udp_port_cfg port_cfg = {
		.family = subnet->prefix.family,
		.local_udp_port = subnet->port,
		.ipv6_v6only = subnet->prefix.family == AF_INET6,
	};
	struct uvn_tunnel *tunnel = kzalloc(sizeof(*tunnel), GFP_KERNEL);
	struct socket *sock;
	int err;

	if (!tunnel)
		return ERR_PTR(-ENOMEM);
	tunnel->un = un;
	tunnel->port = subnet->port;
	err = udp_sock_create(un->net, &port_cfg, &sock);
	if (err) {
		kfree(tunnel);
		return ERR_PTR(err);
	}
	tunnel->sk = sock->sk;
	tunnel_cfg.sk_user_data = tunnel;
	setup_udp_tunnel_sock(un->net, tunnel->sk, &tunnel_cfg);
	rtnl_lock();
	list_add_tail(&tunnel->list, &un->tunnels);
	udp_tunnel_notify_add_rx_port(tunnel->sk, UDP_TUNNEL_TYPE_VXLAN);
	rtnl_unlock();
	return tunnel;
}

/**
 * uvn_tunnel_check_port - is a subnet's port one that only root may have?
 * @net: network namespace
 * @s: the subnet
 * @extack: says why not
 *
 * Who else has it when uvn is to be enabled keeps the node from being isolated.
 * While uvn is enabled the port is uvn's.
 *
 * Return: 0, also where the administrator has said that it need not be; or
 * -EPERM.
 */
int uvn_tunnel_check_port(struct net *net, const struct uvn_subnet *s,
			  struct netlink_ext_ack *extack)
{
	if (s->unprivileged ||
	    inet_port_requires_bind_service(net, ntohs(s->port)))
		return 0;
	NL_SET_ERR_MSG_FMT(extack,
			   "port %u is not below ip_unprivileged_port_start, nor \"unprivileged\"",
			   ntohs(s->port));
	return -EPERM;
}

/**
 * uvn_tunnel_open - open the sockets of a configuration's ports
 * @un: namespace; its lock is held
 * @cfg: the configuration, published or about to be
 * @extack: says why not
 *
 * What was opened before a failure stays open until uvn_tunnel_close().
 *
 * Context: may sleep; takes RTNL.
 * Return: 0, or a negative errno.
 */
int uvn_tunnel_open(struct uvn_net *un, const struct uvn_config *cfg,
		    struct netlink_ext_ack *extack)
{
	unsigned int i;

	lockdep_assert_held(&un->lock);
	for (i = 0; i < cfg->n_subnets; i++) {
		const struct uvn_subnet *subnet = &cfg->subnets[i];
		struct uvn_tunnel *tunnel;

		if (uvn_tunnel_find(un, subnet))
			continue;
		tunnel = uvn_tunnel_new(un, subnet);
		if (!IS_ERR(tunnel))
			continue;
		if (PTR_ERR(tunnel) == -EAFNOSUPPORT)
			NL_SET_ERR_MSG_FMT(extack,
					   "UDP port %u cannot be opened: the kernel has no IPv6",
					   ntohs(subnet->port));
		else
			NL_SET_ERR_MSG_FMT(extack,
					   "UDP port %u cannot be opened (error %ld)",
					   ntohs(subnet->port),
					   -PTR_ERR(tunnel));
		return PTR_ERR(tunnel);
	}
	return 0;
}

static bool uvn_tunnel_wanted(const struct uvn_tunnel *tunnel,
			      const struct uvn_config *cfg)
{
	unsigned int i;

	for (i = 0; i < cfg->n_subnets; i++)
		if (cfg->subnets[i].port == tunnel->port)
			return cfg->subnets[i].prefix.family ==
			       tunnel->sk->sk_family;
	return false;
}

/**
 * uvn_tunnel_close - close sockets
 * @un: namespace; its lock is held, or it is going away
 * @keep: configuration whose ports stay open, or NULL for none
 *
 * The caller has seen to it that no lower's address has a socket any more
 * that goes away here.
 *
 * Context: may sleep; takes RTNL.
 */
void uvn_tunnel_close(struct uvn_net *un, const struct uvn_config *keep)
{
	struct uvn_tunnel *tunnel, *next;
	LIST_HEAD(closing);

	rtnl_lock();
	list_for_each_entry_safe(tunnel, next, &un->tunnels, list) {
		if (keep && uvn_tunnel_wanted(tunnel, keep))
			continue;
		udp_tunnel_notify_del_rx_port(tunnel->sk,
					      UDP_TUNNEL_TYPE_VXLAN);
		list_move(&tunnel->list, &closing);
	}
	rtnl_unlock();
	if (list_empty(&closing))
		return;

	/* Senders that still have the socket from a lower's addresses. */
	synchronize_net();
	list_for_each_entry_safe(tunnel, next, &closing, list) {
		udp_tunnel_sock_release(tunnel->sk);
		kfree(tunnel);
	}
}

/**
 * uvn_tunnel_push - tell a device which ports are VXLAN
 * @un: namespace
 * @dev: a device that asks for it
 * @add: tell, or take back
 *
 * Context: RTNL.
 */
void uvn_tunnel_push(struct uvn_net *un, struct net_device *dev, bool add)
{
	struct uvn_tunnel *tunnel;

	ASSERT_RTNL();
	list_for_each_entry(tunnel, &un->tunnels, list) {
		if (add)
			udp_tunnel_push_rx_port(dev, tunnel->sk,
						UDP_TUNNEL_TYPE_VXLAN);
		else
			udp_tunnel_drop_rx_port(dev, tunnel->sk,
						UDP_TUNNEL_TYPE_VXLAN);
	}
}

/**
 * uvn_tunnel_sk - the tunnel socket of a subnet
 * @un: namespace
 * @subnet: the subnet
 *
 * Context: RTNL.
 * Return: the socket, or NULL.
 */
struct sock *uvn_tunnel_sk(struct uvn_net *un, const struct uvn_subnet *subnet)
{
	struct uvn_tunnel *tunnel = uvn_tunnel_find(un, subnet);

	return tunnel ? tunnel->sk : NULL;
}

static bool uvn_tunnel_has_group(const struct uvn_addrs *addrs,
				 const struct uvn_addr *addr)
{
	unsigned int i;

	for (i = 0; addrs && i < addrs->n; i++)
		if (addrs->a[i].sk == addr->sk &&
		    nf_inet_addr_cmp(&addrs->a[i].subnet.group,
				     &addr->subnet.group))
			return true;
	return false;
}

static bool uvn_tunnel_wants_group(const struct uvn_addr *addr)
{
	return !uvn_addr_is_none(&addr->subnet.group);
}

static int uvn_tunnel_group4(struct uvn_lower *lower,
			     const struct uvn_addr *addr, bool join)
{
	struct ip_mreqn mreq = {
		.imr_multiaddr.s_addr = addr->subnet.group.ip,
		.imr_ifindex = lower->ifindex,
	};

	return join ? ip_mc_join_group(addr->sk, &mreq) :
		      ip_mc_leave_group(addr->sk, &mreq);
}

static int uvn_tunnel_group6(struct uvn_lower *lower,
			     const struct uvn_addr *addr, bool join)
{
	const struct in6_addr *group = &addr->subnet.group.in6;

	return join ? ipv6_sock_mc_join(addr->sk, lower->ifindex, group) :
		      ipv6_sock_mc_drop(addr->sk, lower->ifindex, group);
}

static void uvn_tunnel_group(struct uvn_lower *lower,
			     const struct uvn_addr *addr, bool join)
{
	char text[UVN_PREFIX_TEXT];
	struct uvn_prefix group = {
		.addr = addr->subnet.group,
		.family = addr->family,
		.len = addr->family == AF_INET ? 32 : 128,
	};
	int err;

	lock_sock(addr->sk);
	err = addr->family == AF_INET ? uvn_tunnel_group4(lower, addr, join) :
					uvn_tunnel_group6(lower, addr, join);
	release_sock(addr->sk);
	if (err && err != -EADDRINUSE && join)
		netdev_warn(lower->dev, "uvn: group %s not joined (%d)\n",
			    uvn_prefix_print(text, &group), err);
}

/**
 * uvn_tunnel_join - follow a lower device's addresses into the groups of
 *	their subnets
 * @lower: the lower device
 * @old: its addresses until now, or NULL
 * @new: its addresses from now on, or NULL
 *
 * Context: RTNL.
 */
void uvn_tunnel_join(struct uvn_lower *lower, const struct uvn_addrs *old,
		     const struct uvn_addrs *new)
{
	unsigned int i;

	ASSERT_RTNL();
	for (i = 0; new && i < new->n; i++)
		if (uvn_tunnel_wants_group(&new->a[i]) &&
		    !uvn_tunnel_has_group(old, &new->a[i]))
			uvn_tunnel_group(lower, &new->a[i], true);
	for (i = 0; old && i < old->n; i++)
		if (uvn_tunnel_wants_group(&old->a[i]) &&
		    !uvn_tunnel_has_group(new, &old->a[i]))
			uvn_tunnel_group(lower, &old->a[i], false);
}

/**
 * uvn_tunnel_init - note what receives by the sockets
 * @template: what they are set up with; GRO is added to it
 */
void uvn_tunnel_init(const struct udp_tunnel_sock_cfg *template)
{
	uvn_tunnel_template = *template;
	uvn_tunnel_template.gro_receive = uvn_encap_gro_receive;
	uvn_tunnel_template.gro_complete = uvn_encap_gro_complete;
}
