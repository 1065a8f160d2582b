// SPDX-License-Identifier: GPL-2.0
/*
 * The way into a user's VRF, for packets of which it is known that they are for
 * this host and from where they may come: a route that is given to them, and not
 * looked up; and a fast path to the sockets, if nobody wants to see them before.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/dsfield.h>
#include <net/dst_metadata.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/route.h>
#include <net/rps.h>

#include "core/netns.h"
#include "core/user.h"
#include "overlay/led.h"
#include "overlay/nf-view.h"
#include "overlay/vrf-enter.h"
#include "overlay/vrf-rx.h"
#include "overlay/vrf.h"
#include "underlay/addrs.h"

static struct dst_entry *uvn_vrf_rx_new4(struct net_device *vrf)
{
	struct rtable *rt = rt_dst_alloc(vrf, RTCF_LOCAL, RTN_LOCAL, true);

	if (!rt)
		return NULL;
	rt->rt_is_input = 1;
	return &rt->dst;
}

static struct dst_entry *uvn_vrf_rx_new6(struct net_device *vrf)
{
	struct rt6_info *rt = ip6_dst_alloc(dev_net(vrf), vrf, 0);

	if (!rt)
		return NULL;
	rt->dst.input = ip6_input;
	rt->rt6i_idev = in6_dev_get(vrf);
	rt->rt6i_flags = RTF_LOCAL;
	return &rt->dst;
}

/**
 * uvn_vrf_rx_open - make the way into a user's VRF
 * @user: the user network, whose VRF is there
 *
 * Context: the worker; takes RTNL.
 * Return: 0 or -ENOMEM.
 */
int uvn_vrf_rx_open(struct uvn_user *user)
{
	struct dst_entry *dst;
	struct net_device *vrf;
	int i, err = 0;

	uvn_assert_worker(user->un);
	rtnl_lock();
	vrf = user->device;
	for (i = 0; vrf && i < ARRAY_SIZE(user->vrf_rx.dst); i++) {
		if (rtnl_dereference(user->vrf_rx.dst[i]) ||
		    (i && !__in6_dev_get(vrf)))
			continue;
		dst = i ? uvn_vrf_rx_new6(vrf) : uvn_vrf_rx_new4(vrf);
		if (dst)
			rcu_assign_pointer(user->vrf_rx.dst[i], dst);
		else
			err = -ENOMEM;
	}
	rtnl_unlock();
	return err;
}

/**
 * uvn_vrf_rx_close - take the way into a user's VRF away
 * @user: the user network
 *
 * Sockets that keep the route do not keep the device.
 *
 * Context: RTNL.
 */
void uvn_vrf_rx_close(struct uvn_user *user)
{
	struct dst_entry *dst;
	int i;

	for (i = 0; i < ARRAY_SIZE(user->vrf_rx.dst); i++) {
		dst = rcu_replace_pointer(user->vrf_rx.dst[i], NULL,
					  lockdep_rtnl_is_held());
		if (!dst)
			continue;
		dst_dev_put(dst);
		dst_release(dst);
	}
}

/* May the packet leave this RCU section with its route? RPS takes it to another
 * CPU, traffic control to the ingress of another device, later. Whoever else keeps
 * a packet takes a reference on its route, or drops that.
 */
static bool uvn_vrf_rx_is_deferred(const struct net_device *vrf)
{
#ifdef CONFIG_RPS
	if (static_branch_unlikely(&rps_needed))
		return true;
#endif
	return unlikely(netdev_has_tc_ingress(vrf));
}

/* Does anybody but netfilter want to see it on its way to the VRF's sockets? */
static bool uvn_vrf_rx_is_watched(const struct net *net,
				  const struct net_device *vrf)
{
#ifdef CONFIG_NETFILTER_INGRESS
	if (rcu_access_pointer(vrf->nf_hooks_ingress))
		return true;
#endif
#ifdef CONFIG_XFRM
	if (net->xfrm.policy_count[XFRM_POLICY_IN])
		return true;
#endif
	return rcu_access_pointer(vrf->xdp_prog) ||
	       !list_empty(&vrf->ptype_specific) ||
	       dev_nit_active((struct net_device *)vrf);
}

/* What the stack does with a packet before it asks for the route, if the packet is
 * as most are. False, and nothing is done, if not.
 */
static bool uvn_vrf_rx_prepare4(struct net *net, struct sk_buff *skb, int iif)
{
	const struct iphdr *iph = ip_hdr(skb);

	if (iph->ihl != 5 || ntohs(iph->tot_len) != skb->len ||
	    unlikely(ip_fast_csum(iph, 5)))
		return false;
	__IP_UPD_PO_STATS(net, IPSTATS_MIB_IN, skb->len);
	__IP_ADD_STATS(net, IPSTATS_MIB_NOECTPKTS +
		       (iph->tos & INET_ECN_MASK),
		       max_t(unsigned short, 1, skb_shinfo(skb)->gso_segs));
	skb->transport_header = skb->network_header + sizeof(*iph);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	IPCB(skb)->iif = iif;
	return true;
}

static bool uvn_vrf_rx_prepare6(struct net *net, struct sk_buff *skb, int iif)
{
	struct inet6_dev *idev = __in6_dev_get(skb->dev);
	const struct ipv6hdr *ip6 = ipv6_hdr(skb);

	/* Options, and what ICMP does with the device, are left to the stack. */
	if ((ip6->nexthdr != NEXTHDR_TCP && ip6->nexthdr != NEXTHDR_UDP) ||
	    ntohs(ip6->payload_len) + sizeof(*ip6) != skb->len || !idev ||
	    READ_ONCE(idev->cnf.disable_ipv6))
		return false;
	__IP6_UPD_PO_STATS(net, idev, IPSTATS_MIB_IN, skb->len);
	__IP6_ADD_STATS(net, idev, IPSTATS_MIB_NOECTPKTS +
			(ipv6_get_dsfield(ip6) & INET_ECN_MASK),
			max_t(unsigned short, 1, skb_shinfo(skb)->gso_segs));
	skb->transport_header = skb->network_header + sizeof(*ip6);
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	IP6CB(skb)->iif = iif;
	IP6CB(skb)->nhoff = offsetof(struct ipv6hdr, nexthdr);
	return true;
}

/* All that is local to the VRF has the same route. */
static bool uvn_vrf_rx_again(struct uvn_vrf *vrf, struct sk_buff *skb, u8 family)
{
	bool ipv6 = family == AF_INET6;
	struct uvn_user *user = vrf->user;
	struct dst_entry *dst = rcu_dereference(user->vrf_rx.dst[ipv6]);
	struct net *net = user->un->net;

	if (!dst || (ipv6 ? !uvn_addrs_is_local6(net, vrf->dev->ifindex,
						 &ipv6_hdr(skb)->daddr) :
		     inet_addr_type_table(net, ip_hdr(skb)->daddr,
					  user->table) != RTN_LOCAL))
		return false;
	skb_dst_drop(skb);
	skb_dst_set_noref(skb, dst);
	return true;
}

/* The lower device by which a packet came, where it has not been noted, too. */
static struct net_device *uvn_vrf_rx_lower(struct uvn_net *un, struct sk_buff *skb,
					   u8 family)
{
	int iif = family == AF_INET ? IPCB(skb)->iif : IP6CB(skb)->iif;

	if (iif == skb->dev->ifindex)
		iif = uvn_nf_view_came_by(un, skb, family);
	return dev_get_by_index_rcu(un->net, iif);
}

/**
 * uvn_vrf_rx_redirected - a hook in PRE_ROUTING has given a packet another destination
 * @vrf: the VRF that received it
 * @skb: the packet, without a route
 * @family: of it
 *
 * What is local to the VRF it receives. All else goes on as if the lower device had
 * received it, if that is what the site's rule is for, and is dropped otherwise.
 *
 * Context: RCU read side, bottom halves off.
 * Return: true if the VRF receives it; false if it is consumed.
 */
bool uvn_vrf_rx_redirected(struct uvn_vrf *vrf, struct sk_buff *skb, u8 family)
{
	struct net_device *lower;

	if (uvn_vrf_rx_again(vrf, skb, family))
		return true;
	lower = uvn_vrf_rx_lower(vrf->un, skb, family);
	if (lower && uvn_led_out(vrf->user, skb, family, lower))
		dst_input(skb);
	else
		kfree_skb(skb);
	return false;
}

/* Behind PRE_ROUTING. */
static int uvn_vrf_rx_finish(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	u8 family = skb->protocol == htons(ETH_P_IP) ? AF_INET : AF_INET6;
	struct uvn_vrf *vrf = netdev_priv(skb->dev);

	if (unlikely(!skb_valid_dst(skb)) && !uvn_vrf_rx_redirected(vrf, skb, family))
		return NET_RX_DROP;
	uvn_vrf_rx_mark(skb, family);
	return dst_input(skb);
}

/* Has anybody but us a hook in PRE_ROUTING? Ours there are for what no user's VRF
 * received.
 */
static bool uvn_vrf_rx_is_hooked(const struct uvn_net *un, u8 family)
{
	struct nf_hook_entries __rcu *const *hooks =
		family == AF_INET ? un->net->nf.hooks_ipv4 :
				    un->net->nf.hooks_ipv6;
	const struct nf_hook_entries *pre =
		rcu_dereference(hooks[NF_INET_PRE_ROUTING]);

	return pre && pre->num_hook_entries >
		      READ_ONCE(un->nat.on) + READ_ONCE(un->inbound.on);
}

/* Through PRE_ROUTING, where the packet is seen as by nf-view.c. */
static noinline void uvn_vrf_rx_hook(struct uvn_net *un, struct sk_buff *skb,
				     u8 family, int iif)
{
	struct net_device *in = NULL, *out = NULL;

	if (!READ_ONCE(un->firewall_vrf))
		in = dev_get_by_index_rcu(un->net, iif);
	if (in)
		out = skb->dev;
	NF_HOOK(family, NF_INET_PRE_ROUTING, un->net, NULL, skb, in ?: skb->dev,
		out, uvn_vrf_rx_finish);
}

/* The fast path: through netfilter's PRE_ROUTING straight to the VRF's sockets. */
static bool uvn_vrf_rx_fast(struct uvn_user *user, struct sk_buff *skb, u8 family,
			    int iif)
{
	struct net *net = user->un->net;

	if (unlikely(uvn_vrf_rx_is_watched(net, skb->dev)) ||
	    !(family == AF_INET ? uvn_vrf_rx_prepare4(net, skb, iif) :
				  uvn_vrf_rx_prepare6(net, skb, iif)))
		return false;
	skb_orphan(skb);
	skb->skb_iif = skb->dev->ifindex;
	if (likely(!uvn_vrf_rx_is_hooked(user->un, family)))
		uvn_vrf_rx_finish(net, NULL, skb);
	else
		uvn_vrf_rx_hook(user->un, skb, family, iif);
	return true;
}

/**
 * uvn_vrf_rx_receive - receive a packet of another node's
 * @user: whose VRF
 * @skb: the packet, whose device is the VRF, data at its IP header; for an address of
 *	the node's, from an address in its subnet; consumed
 * @family: of the packet
 * @iif: ifindex of the lower device that it came by
 *
 * With the route into the VRF, if that may be, and then by the fast path, unless
 * somebody would miss it.
 *
 * Context: RCU read side, bottom halves off.
 */
void uvn_vrf_rx_receive(struct uvn_user *user, struct sk_buff *skb, u8 family,
			int iif)
{
	struct dst_entry *dst =
		rcu_dereference(user->vrf_rx.dst[family == AF_INET6]);

	if (likely(dst && !uvn_vrf_rx_is_deferred(skb->dev))) {
		uvn_vrf_enter_renew(user->un->net, dst, family);
		skb_dst_set_noref(skb, dst);
		if (likely(uvn_vrf_rx_fast(user, skb, family, iif)))
			return;
	}
	netif_receive_skb(skb);
}

/**
 * uvn_vrf_rx_deliver - hand a packet that another device received to a VRF
 * @user: whose VRF
 * @skb: the packet, for an address in the VRF, after PRE_ROUTING
 * @family: of the packet
 *
 * It is counted as from off the subnets.
 *
 * With a look-up rp_filter would not have it: in the VRF the way back to the sender
 * is by another device than the VRF.
 *
 * Context: RCU read side, bottom halves off.
 * Return: true if it is consumed.
 */
bool uvn_vrf_rx_deliver(struct uvn_user *user, struct sk_buff *skb, u8 family)
{
	if (!uvn_vrf_enter(user, skb, family))
		return false;
	dst_input(skb);
	return true;
}
