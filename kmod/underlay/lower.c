// SPDX-License-Identifier: GPL-2.0
/*
 * Lower devices: the interfaces that have an address in a subnet.
 *
 * They are found and kept up to date by notifiers, under RTNL. A lower holds
 * no reference on its device: it is unlisted when the device unregisters, and
 * users' networks reach the device by its ifindex and through routes only.
 *
 * Addresses of IPv6 come and go without RTNL: what tells of them has the worker
 * look at all devices again.
 */
#include <linux/bitops.h>
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/net_namespace.h>
#include <net/rtnetlink.h>

#include "config/config.h"
#include "core/netns.h"
#include "underlay/addrs.h"
#include "underlay/egress.h"
#include "underlay/encap.h"
#include "underlay/lower.h"
#include "underlay/route-cache.h"
#include "underlay/route.h"
#include "underlay/tunnel.h"

static void uvn_lower_free(struct rcu_head *rcu)
{
	struct uvn_lower *lower = container_of(rcu, struct uvn_lower, rcu);

	uvn_route_cache_close(lower->routes);
	kfree(lower);
}

/**
 * uvn_lower_put - give up a reference
 * @lower: the lower device
 */
void uvn_lower_put(struct uvn_lower *lower)
{
	if (refcount_dec_and_test(&lower->refs))
		call_rcu(&lower->rcu, uvn_lower_free);
}

/**
 * uvn_lower_find - the lower device with an ifindex
 * @un: namespace
 * @ifindex: index of the device
 *
 * Context: RCU read side or RTNL; the result lives as long.
 * Return: the lower device, or NULL.
 */
struct uvn_lower *uvn_lower_find(struct uvn_net *un, int ifindex)
{
	struct uvn_lower *lower;

	list_for_each_entry_rcu(lower, &un->lowers, list,
				lockdep_rtnl_is_held())
		if (lower->ifindex == ifindex)
			return lower;
	return NULL;
}

/**
 * uvn_lower_addr - find a local address
 * @lower: the lower device
 * @family: of the address
 * @addr: the address
 *
 * Context: RCU read side, by either flavour; the result lives as long.
 * Return: the entry if @addr is one of the device's addresses in a subnet,
 * else NULL.
 */
const struct uvn_addr *uvn_lower_addr(const struct uvn_lower *lower, u8 family,
				      const union nf_inet_addr *addr)
{
	const struct uvn_addrs *addrs =
		rcu_dereference_check(lower->addrs, rcu_read_lock_bh_held());
	unsigned int i;

	if (unlikely(!addrs))
		return NULL;
	for (i = 0; i < addrs->n; i++)
		if (addrs->a[i].family == family &&
		    uvn_addr_same(family, &addrs->a[i].addr, addr))
			return &addrs->a[i];
	return NULL;
}

/**
 * uvn_lower_of - the lower device that has an address in a subnet
 * @un: namespace
 * @family: of the address
 * @addr: the address
 *
 * Context: RCU read side; the result lives as long.
 * Return: the lower device, or NULL.
 */
struct uvn_lower *uvn_lower_of(struct uvn_net *un, u8 family,
			       const union nf_inet_addr *addr)
{
	struct uvn_lower *lower;

	list_for_each_entry_rcu(lower, &un->lowers, list)
		if (uvn_lower_addr(lower, family, addr))
			return lower;
	return NULL;
}

/**
 * uvn_lower_has - is an address one of a lower device's in a subnet?
 * @un: namespace
 * @family: of the address
 * @addr: the address
 *
 * Context: RCU read side.
 */
bool uvn_lower_has(struct uvn_net *un, u8 family, const union nf_inet_addr *addr)
{
	return uvn_lower_of(un, family, addr);
}

/**
 * uvn_lower_route - outer route to a remote
 * @lower: lower device to leave by
 * @family: of the addresses
 * @remote: outer destination
 * @saddr: outer source
 * @port: UDP destination port
 *
 * Context: RCU read side, bottom halves off.
 * Return: a route that lives as long as this RCU section and until it is given to
 * uvn_lower_route_put(); or an ERR_PTR().
 */
struct dst_entry *uvn_lower_route(struct uvn_lower *lower, u8 family,
				  const union nf_inet_addr *remote,
				  const union nf_inet_addr *saddr, __be16 port)
{
	const struct uvn_route_key key = {
		.remote = remote,
		.saddr = saddr,
		.port = port,
		.family = family,
	};
	struct dst_entry *dst = uvn_route_cache_find(lower->routes, &key);

	if (likely(dst))
		return dst;

	dst = uvn_route_lookup(lower->un->net, lower->ifindex, family, remote,
			       saddr, port);
	if (IS_ERR(dst))
		return dst;
	/* Whatever the routing tables say: VXLAN of ours leaves by the lower
	 * device and by no other, least of all by a VRF.
	 */
	if (dst->dev->ifindex != lower->ifindex) {
		dst_release(dst);
		return ERR_PTR(-ENETUNREACH);
	}
	uvn_route_cache_keep(lower->routes, &key, dst);
	return dst;
}

/* Have the worker look at every device, now or after a while. What the caller
 * saw change has happened before the worker looks.
 */
static void uvn_lower_rescan(struct uvn_net *un, unsigned long delay)
{
	WRITE_ONCE(un->rescan, true);
	if (delay)
		kthread_queue_delayed_work(un->worker, &un->reconcile, delay);
	else
		kthread_mod_delayed_work(un->worker, &un->reconcile, 0);
}

static bool uvn_lower_eligible(const struct net_device *dev)
{
	return !(dev->flags & IFF_LOOPBACK) && !uvn_in_vrf(dev) &&
	       dev->reg_state == NETREG_REGISTERED;
}

/* Keep of the device's addresses what lies in subnets. Nothing tells when an
 * address of IPv6 has passed the detection of duplicates, so it is looked at
 * again. What has no room with VXLAN for the smallest packets of IPv6 is left
 * out.
 */
static void uvn_lower_select(struct uvn_net *un, const struct net_device *dev,
			     struct uvn_addrs *addrs)
{
	const struct uvn_config *cfg = rtnl_dereference(un->config);
	bool room6 = uvn_encap_mtu(dev->mtu, true) >= IPV6_MIN_MTU;
	bool tentative = false;
	unsigned int i, n = 0;

	for (i = 0; i < addrs->n; i++) {
		struct uvn_addr *a = &addrs->a[i];
		const struct uvn_subnet *subnet;

		subnet = uvn_subnet_find(cfg, a->family, &a->addr);
		if (!subnet || (a->family == AF_INET6 && !room6))
			continue;
		a->subnet = *subnet;
		a->sk = uvn_tunnel_sk(un, subnet);
		if (!a->sk)
			continue;
		tentative |= a->tentative;
		addrs->a[n++] = *a;
	}
	addrs->n = n;
	if (tentative && netif_oper_up(dev))
		uvn_lower_rescan(un, HZ);
}

/* The device's addresses that lie in subnets, NULL if there are none. */
static struct uvn_addrs *uvn_lower_read(struct uvn_net *un,
					struct net_device *dev)
{
	struct uvn_addrs *addrs;

	if (!uvn_lower_eligible(dev))
		return NULL;
	addrs = uvn_addrs_of(dev);
	if (!addrs)
		return ERR_PTR(-ENOMEM);
	uvn_lower_select(un, dev, addrs);
	if (addrs->n)
		return addrs;
	kfree(addrs);
	return NULL;
}

/* Who takes packets at the ingress of lower devices is of a floor above. */
static struct nf_hook_ops uvn_lower_hook __ro_after_init = {
	.pf = NFPROTO_NETDEV,
	.hooknum = NF_NETDEV_INGRESS,
	/* Behind every chain that the administrator has on the device. */
	.priority = INT_MAX,
};

/* The lowest number that no other lower has. One of many may have none. */
static unsigned int uvn_lower_number(const struct uvn_net *un)
{
	const struct uvn_lower *lower;
	u32 taken = 0;

	list_for_each_entry(lower, &un->lowers, list)
		if (lower->number < UVN_LOWER_NUMBERS)
			taken |= BIT(lower->number);
	return min_t(unsigned int, ffz(taken), UVN_LOWER_NUMBERS);
}

static struct uvn_lower *uvn_lower_new(struct uvn_net *un,
				       struct net_device *dev)
{
	struct uvn_lower *lower = kzalloc(sizeof(*lower), GFP_KERNEL);
	struct list_head *pos;

	if (!lower)
		return NULL;
	lower->routes = uvn_route_cache_open();
	if (!lower->routes)
		goto err;
	refcount_set(&lower->refs, 1);
	lower->un = un;
	WRITE_ONCE(lower->dev, dev);
	lower->ifindex = dev->ifindex;
	lower->number = uvn_lower_number(un);
	lower->hook = uvn_lower_hook;
	lower->hook.dev = dev;
	lower->hook.priv = lower;
	if (nf_register_net_hook(un->net, &lower->hook))
		goto err_routes;
	/* In an order that does not depend on which came when. */
	list_for_each(pos, &un->lowers)
		if (list_entry(pos, struct uvn_lower, list)->ifindex >
		    lower->ifindex)
			break;
	list_add_tail_rcu(&lower->list, pos);
	return lower;

err_routes:
	uvn_route_cache_close(lower->routes);
err:
	kfree(lower);
	return NULL;
}

static void uvn_lower_set(struct uvn_lower *lower, struct uvn_addrs *addrs)
{
	struct uvn_addrs *old;

	old = rtnl_dereference(lower->addrs);
	uvn_tunnel_join(lower, old, addrs);
	rcu_assign_pointer(lower->addrs, addrs);
	if (old)
		kfree_rcu(old, rcu);
	lower->un->gen++;
}

static void uvn_lower_remove(struct uvn_lower *lower)
{
	uvn_lower_set(lower, NULL);
	list_del_rcu(&lower->list);
	nf_unregister_net_hook(lower->un->net, &lower->hook);
	WRITE_ONCE(lower->dev, NULL);
	uvn_lower_put(lower);
}

static bool uvn_lower_same(const struct uvn_addrs *a, const struct uvn_addrs *b)
{
	unsigned int i;

	if (!a || a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++) {
		const struct uvn_addr *x = &a->a[i], *y = &b->a[i];

		if (!uvn_addrs_same(x, y) || x->sk != y->sk ||
		    !uvn_prefix_same(&x->subnet.prefix, &y->subnet.prefix) ||
		    !nf_inet_addr_cmp(&x->subnet.group, &y->subnet.group))
			return false;
	}
	return true;
}

static int uvn_lower_again(struct uvn_net *un, const struct net_device *dev)
{
	netdev_warn(dev, "uvn: no memory for a lower device, trying again\n");
	uvn_lower_rescan(un, HZ);
	return -ENOMEM;
}

/* Bring the lower of a device up to date; without memory it is given up for
 * now, so that nothing goes on with what is no longer true.
 */
static int uvn_lower_update(struct uvn_net *un, struct net_device *dev)
{
	struct uvn_lower *lower = uvn_lower_find(un, dev->ifindex);
	struct uvn_addrs *addrs = uvn_lower_read(un, dev);
	int err = 0;

	if (uvn_egress_update(un, dev))
		err = uvn_lower_again(un, dev);
	if (IS_ERR(addrs)) {
		err = uvn_lower_again(un, dev);
		addrs = NULL;
	}
	if (!addrs) {
		if (lower)
			uvn_lower_remove(lower);
		return err;
	}
	if (!lower)
		lower = uvn_lower_new(un, dev);
	if (!lower) {
		kfree(addrs);
		return uvn_lower_again(un, dev);
	}
	if (uvn_lower_same(rtnl_dereference(lower->addrs), addrs))
		kfree(addrs);
	else
		uvn_lower_set(lower, addrs);
	return err;
}

/**
 * uvn_lower_scan - look at every device of the namespace
 * @un: namespace; its configuration or its tunnels have changed
 *
 * Context: RTNL.
 * Return: 0, or -ENOMEM if a device will be looked at again.
 */
int uvn_lower_scan(struct uvn_net *un)
{
	struct net_device *dev;
	int err = 0;

	ASSERT_RTNL();
	for_each_netdev(un->net, dev)
		err = uvn_lower_update(un, dev) ?: err;
	return err;
}

/**
 * uvn_lower_forget - give up every lower device
 * @un: namespace
 *
 * Context: RTNL.
 */
void uvn_lower_forget(struct uvn_net *un)
{
	struct uvn_lower *lower, *next;

	ASSERT_RTNL();
	list_for_each_entry_safe(lower, next, &un->lowers, list)
		uvn_lower_remove(lower);
	uvn_egress_forget(un);
}

static void uvn_lower_changed(struct uvn_net *un, u32 gen)
{
	if (un->gen != gen)
		kthread_mod_delayed_work(un->worker, &un->reconcile, 0);
}

static int uvn_lower_netdev_event(struct notifier_block *nb,
				  unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct uvn_net *un = uvn_netns(dev_net(dev));
	struct uvn_lower *lower;
	u32 gen = un->gen;

	if (!un->enabled || netif_is_l3_master(dev))
		return NOTIFY_DONE;

	switch (event) {
	case NETDEV_UNREGISTER:
		uvn_egress_remove(un, dev);
		lower = uvn_lower_find(un, dev->ifindex);
		if (lower)
			uvn_lower_remove(lower);
		break;
	case NETDEV_UP:
	case NETDEV_CHANGE: /* with a carrier, addresses become usable */
	case NETDEV_CHANGEUPPER:
		uvn_lower_update(un, dev);
		break;
	case NETDEV_CHANGEMTU:
		uvn_lower_update(un, dev);
		if (uvn_lower_find(un, dev->ifindex))
			un->gen++;
		break;
	case NETDEV_UDP_TUNNEL_PUSH_INFO:
		uvn_tunnel_push(un, dev, true);
		break;
	case NETDEV_UDP_TUNNEL_DROP_INFO:
		uvn_tunnel_push(un, dev, false);
		break;
	}
	uvn_lower_changed(un, gen);
	return NOTIFY_DONE;
}

static int uvn_lower_inetaddr_event(struct notifier_block *nb,
				    unsigned long event, void *ptr)
{
	struct in_ifaddr *ifa = ptr;
	struct net_device *dev = ifa->ifa_dev->dev;
	struct uvn_net *un = uvn_netns(dev_net(dev));
	u32 gen = un->gen;

	if (!un->enabled || netif_is_l3_master(dev))
		return NOTIFY_DONE;
	uvn_lower_update(un, dev);
	uvn_lower_changed(un, gen);
	return NOTIFY_DONE;
}

/* Without RTNL, perhaps in a softirq. Disable waits for a grace period before
 * it stops the worker.
 */
static int uvn_lower_inet6addr_event(struct notifier_block *nb,
				     unsigned long event, void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;
	const struct net_device *dev = ifa->idev->dev;
	struct uvn_net *un = uvn_netns(dev_net(dev));

	/* Users' VRFs are many, and no lower devices.
	 * Pairs with uvn_net_arm(): there is a worker.
	 */
	if (smp_load_acquire(&un->enabled) && !uvn_in_vrf(dev))
		uvn_lower_rescan(un, 0);
	return NOTIFY_DONE;
}

static struct notifier_block uvn_lower_netdev_nb = {
	.notifier_call = uvn_lower_netdev_event,
};

static struct notifier_block uvn_lower_inetaddr_nb = {
	.notifier_call = uvn_lower_inetaddr_event,
};

static struct notifier_block uvn_lower_inet6addr_nb = {
	.notifier_call = uvn_lower_inet6addr_event,
};

/**
 * uvn_lower_init - register the notifiers
 * @ingress: takes packets at a lower device's ingress, and is given the lower
 *
 * Return: 0 or a negative errno.
 */
int uvn_lower_init(nf_hookfn *ingress)
{
	int err;

	uvn_lower_hook.hook = ingress;
	err = register_netdevice_notifier(&uvn_lower_netdev_nb);
	if (err)
		return err;
	err = register_inetaddr_notifier(&uvn_lower_inetaddr_nb);
	if (err)
		goto err_netdev;
	err = register_inet6addr_notifier(&uvn_lower_inet6addr_nb);
	if (err)
		goto err_inetaddr;
	return 0;

err_inetaddr:
	unregister_inetaddr_notifier(&uvn_lower_inetaddr_nb);
err_netdev:
	unregister_netdevice_notifier(&uvn_lower_netdev_nb);
	return err;
}

/**
 * uvn_lower_exit - unregister the notifiers
 */
void uvn_lower_exit(void)
{
	unregister_inet6addr_notifier(&uvn_lower_inet6addr_nb);
	unregister_inetaddr_notifier(&uvn_lower_inetaddr_nb);
	unregister_netdevice_notifier(&uvn_lower_netdev_nb);
}
