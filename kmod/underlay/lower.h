/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lower devices: the interfaces that have an address in a subnet.
 */
#ifndef _UVN_LOWER_H
#define _UVN_LOWER_H

#include <linux/kconfig.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <net/dst.h>

struct uvn_addr;
struct uvn_addrs;
struct uvn_net;
struct uvn_routes;

/* So many lowers of a namespace have numbers; that is more than nodes have. */
#define UVN_LOWER_NUMBERS	29

/**
 * struct uvn_lower - an interface with at least one address in a subnet
 * @list: in un->lowers, by ifindex; written under RTNL
 * @rcu: for freeing it after the last reader
 * @refs: held by the list and by every user network that has something by it
 * @un: its namespace
 * @dev: the device, NULL once it is not listed; written under RTNL, and where it is
 *	read under RCU the device lives as long
 * @ifindex: of @dev
 * @number: its own among those that are listed, for whoever notes some of them as bits;
 *	UVN_LOWER_NUMBERS where there are too many
 * @addrs: addresses in subnets, NULL once the device is no longer ours
 * @hook: takes VXLAN of ours before the outer IP stack sees it
 * @routes: the caches of outer routes of what leaves by it
 */
struct uvn_lower {
	struct list_head list;
	struct rcu_head rcu;
	refcount_t refs;
	struct uvn_net *un;
	struct net_device *dev;
	int ifindex;
	unsigned int number;
	struct uvn_addrs __rcu *addrs;
	struct nf_hook_ops hook;
	struct uvn_routes __percpu *routes;
};

int uvn_lower_init(nf_hookfn *ingress);
void uvn_lower_exit(void);
int uvn_lower_scan(struct uvn_net *un);
void uvn_lower_forget(struct uvn_net *un);
struct uvn_lower *uvn_lower_find(struct uvn_net *un, int ifindex);
void uvn_lower_put(struct uvn_lower *lower);
struct uvn_lower *uvn_lower_of(struct uvn_net *un, u8 family,
			       const union nf_inet_addr *addr);
bool uvn_lower_has(struct uvn_net *un, u8 family, const union nf_inet_addr *addr);
const struct uvn_addr *uvn_lower_addr(const struct uvn_lower *lower, u8 family,
				      const union nf_inet_addr *addr);
struct dst_entry *uvn_lower_route(struct uvn_lower *lower, u8 family,
				  const union nf_inet_addr *remote,
				  const union nf_inet_addr *saddr, __be16 port);

/* Give up what uvn_lower_route() returned. The cache has a reference, which nobody
 * takes from it while bottom halves are off; with PREEMPT_RT somebody may, so that
 * there the caller has one of its own.
 */
static inline void uvn_lower_route_put(struct dst_entry *dst)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		dst_release(dst);
}

/* Is it a VRF, or a device in one? */
static inline bool uvn_in_vrf(const struct net_device *dev)
{
	return netif_is_l3_master(dev) || netif_is_l3_slave(dev);
}

#endif /* _UVN_LOWER_H */
