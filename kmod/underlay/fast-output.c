// SPDX-License-Identifier: GPL-2.0
/*
 * The fast path out: a packet with VXLAN before it gets its outer headers and goes
 * to the neighbour. The outer IP stack would do the same where nobody there has to see
 * it: no IPsec, nothing to fragment, and no netfilter if that is to judge outer packets.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/udp.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/neighbour.h>
#include <net/net_namespace.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/ip6_checksum.h>

#include "core/netns.h"
#include "underlay/fast-output.h"

static bool uvn_fast_output_has_secmark(const struct sk_buff *skb)
{
#ifdef CONFIG_NETWORK_SECMARK
	return skb->secmark;
#else
	return false;
#endif
}

/* Has anybody a hook but us, and who looks at nothing but secmarks? */
static bool uvn_fast_output_is_judged(const struct nf_hook_entries *post,
				      const struct sk_buff *skb)
{
	struct nf_hook_ops **ops = nf_hook_entries_get_hook_ops(post);
	unsigned int n = post->num_hook_entries;

	if (n && ops[n - 1]->priority == UVN_FORWARD_PRIORITY)
		n--;
	if (n && ops[0]->priority == UVN_NF_VIEW_PRIORITY) {
		ops++;
		n--;
	}
	return n && (n > 1 || ops[0]->priority != NF_IP_PRI_SELINUX_FIRST ||
		     uvn_fast_output_has_secmark(skb));
}

/* Does anybody in netfilter want to see an outer packet? The guard in LOCAL_OUT and our
 * hook in POST_ROUTING let such packets pass. Besides them AppArmor is in POST_ROUTING
 * everywhere, and looks at nothing but secmarks. SELinux, which may look at more, is
 * in both.
 */
static bool uvn_fast_output_is_hooked(struct net *net, u8 family,
				      const struct sk_buff *skb)
{
	struct nf_hook_entries __rcu *const *hooks =
		family == AF_INET ? net->nf.hooks_ipv4 : net->nf.hooks_ipv6;
	const struct nf_hook_entries *out =
		rcu_dereference_check(hooks[NF_INET_LOCAL_OUT],
				      rcu_read_lock_bh_held());
	const struct nf_hook_entries *post =
		rcu_dereference_check(hooks[NF_INET_POST_ROUTING],
				      rcu_read_lock_bh_held());

	if (out && out->num_hook_entries > 1)
		return true;
	return post && uvn_fast_output_is_judged(post, skb);
}

/**
 * uvn_fast_output_may - may a packet go by the fast path?
 * @un: namespace
 * @family: of the outer packet
 * @dst: its route, which has room for it
 * @skb: the packet
 *
 * IPsec, multicast and lightweight tunnels have outputs of their own. Netfilter has
 * seen the inner packet, and sees the outer one only where it shall.
 *
 * Context: RCU read side.
 */
bool uvn_fast_output_may(const struct uvn_net *un, u8 family,
			 const struct dst_entry *dst,
			 const struct sk_buff *skb)
{
	return !dst->lwtstate &&
	       dst->output == (family == AF_INET ? ip_output : ip6_output) &&
	       (likely(!READ_ONCE(un->outer_netfilter)) ||
		!uvn_fast_output_is_hooked(un->net, family, skb));
}

/* What both families begin with: the UDP header, and nothing left of the way here
 * but the route.
 */
static void uvn_fast_output_begin(struct sk_buff *skb, struct dst_entry *dst,
				  __be16 sport, __be16 dport)
{
	struct udphdr *udp = __skb_push(skb, sizeof(*udp));

	skb_reset_transport_header(skb);
	udp->source = sport;
	udp->dest = dport;
	udp->len = htons(skb->len);
	udp->check = 0;
	skb_scrub_packet(skb, false);
	skb_clear_hash_if_not_l4(skb);
	skb_dst_set_noref(skb, dst);
}

static int uvn_fast_output_neigh(struct sk_buff *skb, struct neighbour *neigh,
				 bool skip_cache)
{
	if (IS_ERR(neigh)) {
		kfree_skb(skb);
		return PTR_ERR(neigh);
	}
	sock_confirm_neigh(skb, neigh);
	return neigh_output(neigh, skb, skip_cache);
}

/* As ip4_dst_hoplimit(), within an RCU section that there is. */
static u8 uvn_fast_output_ttl(const struct dst_entry *dst)
{
	return dst_metric_raw(dst, RTAX_HOPLIMIT) ?:
	       READ_ONCE(dev_net(dst->dev)->ipv4.sysctl_ip_default_ttl);
}

/**
 * uvn_fast_output4 - put UDP and IPv4 before a packet and send it
 * @skb: the packet, data at its VXLAN header; consumed
 * @dst: route to @daddr, good for the fast path; lives as long as this RCU section
 * @saddr: outer source
 * @daddr: outer destination
 * @tos: type of service
 * @sport: source port
 * @dport: destination port
 *
 * Context: RCU read side, bottom halves off.
 * Return: as dev_queue_xmit().
 */
int uvn_fast_output4(struct sk_buff *skb, struct dst_entry *dst, __be32 saddr,
		     __be32 daddr, u8 tos, __be16 sport, __be16 dport)
{
	struct rtable *rt = (struct rtable *)dst;
	bool is_v6gw = false;
	struct iphdr *iph;

	uvn_fast_output_begin(skb, dst, sport, dport);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));

	iph = __skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	*(__be16 *)iph = htons(4 << 12 | 5 << 8 | tos);
	iph->tot_len = htons(skb->len);
	iph->ttl = uvn_fast_output_ttl(dst);
	iph->protocol = IPPROTO_UDP;
	iph->saddr = saddr;
	iph->daddr = daddr;
	if (likely(!rt->rt_uses_gateway)) {
		/* Nobody is on the way who could fragment it (RFC 6864). */
		iph->frag_off = htons(IP_DF);
		iph->id = 0;
	} else {
		iph->frag_off = 0;
		__ip_select_ident(dev_net(dst->dev), iph,
				  skb_shinfo(skb)->gso_segs ?: 1);
	}
	ip_send_check(iph);

	skb->dev = dst->dev;
	skb->protocol = htons(ETH_P_IP);
	return uvn_fast_output_neigh(skb, ip_neigh_for_gw(rt, skb, &is_v6gw),
				     is_v6gw);
}

/**
 * uvn_fast_output6 - put UDP and IPv6 before a packet and send it
 * @skb: the packet, data at its VXLAN header; consumed
 * @dst: route to @daddr, good for the fast path; lives as long as this RCU section
 * @saddr: outer source
 * @daddr: outer destination
 * @tos: traffic class
 * @sport: source port
 * @dport: destination port
 * @check: with a UDP checksum
 *
 * Context: RCU read side, bottom halves off.
 * Return: as dev_queue_xmit().
 */
int uvn_fast_output6(struct sk_buff *skb, struct dst_entry *dst,
		     const struct in6_addr *saddr, const struct in6_addr *daddr,
		     u8 tos, __be16 sport, __be16 dport, bool check)
{
	const struct in6_addr *nexthop;
	struct ipv6hdr *ip6;

	uvn_fast_output_begin(skb, dst, sport, dport);
	if (check)
		udp6_set_csum(false, skb, saddr, daddr, skb->len);
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));

	ip6 = __skb_push(skb, sizeof(*ip6));
	skb_reset_network_header(skb);
	ip6_flow_hdr(ip6, tos, 0);
	ip6->payload_len = htons(skb->len - sizeof(*ip6));
	ip6->nexthdr = IPPROTO_UDP;
	ip6->hop_limit = ip6_dst_hoplimit(dst);
	ip6->saddr = *saddr;
	ip6->daddr = *daddr;

	skb->dev = dst->dev;
	skb->protocol = htons(ETH_P_IPV6);
	nexthop = rt6_nexthop((struct rt6_info *)dst, &ip6->daddr);
	return uvn_fast_output_neigh(skb, ip_neigh_gw6(dst->dev, nexthop), false);
}
