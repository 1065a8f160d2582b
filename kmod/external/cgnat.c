// SPDX-License-Identifier: GPL-2.0
/*
 * CGNAT addresses: each user network has one of each family for which there
 * is a pool. It exists on this host only and is the source of all that leaves
 * the subnets; nat.c translates it on the way out.
 *
 * Who has an address is found by its last 32 bits, which no two addresses in
 * use have in common.
 */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/xarray.h>
#include <net/addrconf.h>
#include <net/fib_notifier.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ip_fib.h>
#include <net/l3mdev.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>

#include "config/config.h"
#include "core/netns.h"
#include "core/user.h"
#include "external/cgnat.h"
#include "underlay/addrs.h"

static const u8 uvn_cgnat_families[] = { AF_INET, AF_INET6 };

static u32 uvn_cgnat_key(u8 family, const union nf_inet_addr *addr)
{
	return ntohl(family == AF_INET ? addr->ip : addr->ip6[3]);
}

static void uvn_cgnat_addr(const struct uvn_pool *pool, u32 key,
			   union nf_inet_addr *addr)
{
	*addr = pool->prefix.addr;
	if (pool->prefix.family == AF_INET)
		addr->ip = htonl(key);
	else
		addr->ip6[3] = htonl(key);
}

/* The keys of a pool's addresses; its first and last are left out where that
 * leaves any, since they look like a network and a broadcast address.
 */
static struct xa_limit uvn_cgnat_keys(const struct uvn_pool *pool)
{
	const struct uvn_prefix *p = &pool->prefix;
	u8 bits = (p->family == AF_INET ? 32 : 128) - p->len;
	u32 size = bits < 32 ? BIT(bits) - 1 : U32_MAX;
	u32 first = uvn_cgnat_key(p->family, &p->addr);
	struct xa_limit keys = XA_LIMIT(first, first + size);

	if (bits > 1) {
		keys.min++;
		keys.max--;
	}
	return keys;
}

/* The address that is base plus UID if there is one, else the next free. */
static int uvn_cgnat_choose(struct uvn_user *user,
			    const struct uvn_config *cfg, int i)
{
	struct xarray *xa = &user->un->cgnat[i];
	unsigned int n, pass;

	for (pass = 0; pass < 2; pass++) {
		for (n = 0; n < cfg->n_pools; n++) {
			const struct uvn_pool *pool = &cfg->pools[n];
			struct xa_limit keys = uvn_cgnat_keys(pool);
			u32 base = uvn_cgnat_key(pool->prefix.family,
						 &pool->prefix.addr);
			u32 key = base + user->uid;
			int err;

			if (pool->prefix.family != uvn_cgnat_families[i])
				continue;
			if (pass)
				err = xa_alloc_bh(xa, &key, user, keys,
						  GFP_KERNEL);
			else if (user->uid > keys.max - base)
				continue;
			else
				err = xa_insert_bh(xa, key, user, GFP_KERNEL);
			if (err == -EBUSY)
				continue;
			if (!err)
				uvn_cgnat_addr(pool, key, &user->cgnat.addr[i]);
			return err;
		}
	}
	return -EADDRNOTAVAIL;
}

/**
 * struct uvn_cgnat_flows - flows that end with an address
 * @src: the address, as their source
 * @root: what all of its user's flows have for their master (flows.c), or NULL
 */
struct uvn_cgnat_flows {
	struct nf_conntrack_man src;
	const struct nf_conn *root;
};

static int uvn_cgnat_is_of(struct nf_conn *ct, void *data)
{
	const struct uvn_cgnat_flows *flows = data;
	const struct nf_conntrack_tuple *flow =
		&ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;

	return flow->src.l3num == flows->src.l3num &&
	       (nf_inet_addr_cmp(&flow->src.u3, &flows->src.u3) ||
		(flows->root && ct->master == flows->root));
}

/* Forget all flows from an address that is nobody's any more. */
static void uvn_cgnat_forget(struct uvn_user *user, const struct uvn_addr *a)
{
	struct uvn_cgnat_flows flows = {
		.src = { .u3 = a->addr, .l3num = a->family },
		.root = READ_ONCE(user->flows[UVN_FLOWS_TRANSLATED].root),
	};
	struct nf_ct_iter_data data = { .net = user->un->net, .data = &flows };

	/* Those who saw it as somebody's may be beginning one. */
	synchronize_net();
	nf_ct_iterate_cleanup_net(uvn_cgnat_is_of, &data);
}

static void uvn_cgnat_give_back(struct uvn_user *user, int i, bool in_use)
{
	const struct uvn_addr a = {
		.addr = user->cgnat.addr[i],
		.family = uvn_cgnat_families[i],
	};

	if (uvn_addr_is_none(&user->cgnat.addr[i]))
		return;
	/* No new flows, then none, then it may be another's. */
	memset(&user->cgnat.addr[i], 0, sizeof(user->cgnat.addr[i]));
	if (in_use)
		synchronize_net();
	if (user->cgnat.translated)
		uvn_cgnat_forget(user, &a);
	xa_erase_bh(&user->un->cgnat[i], uvn_cgnat_key(a.family, &a.addr));
}

/**
 * uvn_cgnat_assign - see that a user has an address of each family's pools
 * @user: the user network
 *
 * An address that is still in a pool stays.
 *
 * Context: the worker; takes RTNL.
 * Return: 0; -EADDRNOTAVAIL if the pools are exhausted; or -ENOMEM.
 */
int uvn_cgnat_assign(struct uvn_user *user)
{
	const struct uvn_config *cfg;
	unsigned int i;
	int err = 0;

	uvn_assert_worker(user->un);
	rtnl_lock();
	cfg = rtnl_dereference(user->un->config);
	for (i = 0; !err && i < ARRAY_SIZE(uvn_cgnat_families); i++) {
		u8 family = uvn_cgnat_families[i];

		if (!uvn_addr_is_none(&user->cgnat.addr[i])) {
			if (uvn_config_pool(cfg, family, &user->cgnat.addr[i]))
				continue;
			uvn_cgnat_give_back(user, i, true);
		}
		if (uvn_config_has_pool(cfg, family))
			err = uvn_cgnat_choose(user, cfg, i);
	}
	rtnl_unlock();
	return err;
}

/**
 * uvn_cgnat_release - give a user's addresses back
 * @user: the user network, whose devices are gone
 *
 * Flows that were translated from them are forgotten first, so that the next
 * who gets the address does not get the answers.
 *
 * Context: the worker.
 */
void uvn_cgnat_release(struct uvn_user *user)
{
	int i;

	uvn_assert_worker(user->un);
	for (i = 0; i < ARRAY_SIZE(uvn_cgnat_families); i++)
		uvn_cgnat_give_back(user, i, false);
}

/**
 * uvn_cgnat_owner - the user network that has an address
 * @un: namespace
 * @family: of the address
 * @addr: the address
 *
 * Context: RCU read side; the result lives as long.
 * Return: the network, or NULL.
 */
struct uvn_user *uvn_cgnat_owner(struct uvn_net *un, u8 family,
				 const union nf_inet_addr *addr)
{
	int i = family == AF_INET6;
	struct uvn_user *user;

	user = xa_load(&un->cgnat[i], uvn_cgnat_key(family, addr));
	return user && uvn_addr_same(family, &user->cgnat.addr[i], addr) ? user :
								      NULL;
}

/* What a pool may not overlap, as it is found. */
struct uvn_cgnat_check {
	struct notifier_block nb;
	const struct uvn_config *cfg;
	const struct uvn_pool *pool;
	struct uvn_prefix with;
};

static void uvn_cgnat_check_prefix(struct uvn_cgnat_check *check,
				   const struct uvn_prefix *prefix)
{
	unsigned int i;

	for (i = 0; i < check->cfg->n_pools; i++) {
		if (!uvn_prefix_overlap(&check->cfg->pools[i].prefix, prefix))
			continue;
		check->pool = &check->cfg->pools[i];
		check->with = *prefix;
	}
}

/* Each route, as register_fib_notifier() shows them. Local addresses are
 * routes too. What leads nowhere may well be there to keep the pool's
 * addresses from leaving.
 */
static int uvn_cgnat_check_route(struct notifier_block *nb,
				 unsigned long event, void *ptr)
{
	struct uvn_cgnat_check *check =
		container_of(nb, struct uvn_cgnat_check, nb);
	const struct fib_notifier_info *info = ptr;
	struct uvn_prefix prefix = { .family = info->family };
	u8 type;
	u32 id;

	if (event != FIB_EVENT_ENTRY_REPLACE && event != FIB_EVENT_ENTRY_ADD)
		return NOTIFY_DONE;
	if (info->family == AF_INET) {
		const struct fib_entry_notifier_info *fen =
			container_of(info, struct fib_entry_notifier_info, info);

		prefix.addr.ip = htonl(fen->dst);
		prefix.len = fen->dst_len;
		type = fen->type;
		id = fen->tb_id;
	} else if (info->family == AF_INET6) {
		const struct fib6_entry_notifier_info *fen =
			container_of(info, struct fib6_entry_notifier_info, info);

		prefix.addr.in6 = fen->rt->fib6_dst.addr;
		prefix.len = fen->rt->fib6_dst.plen;
		type = fen->rt->fib6_type;
		id = fen->rt->fib6_table->tb6_id;
	} else {
		return NOTIFY_DONE;
	}
	if (prefix.len && (id == RT_TABLE_MAIN || id == RT_TABLE_LOCAL) &&
	    (type == RTN_UNICAST || type == RTN_LOCAL))
		uvn_cgnat_check_prefix(check, &prefix);
	return NOTIFY_DONE;
}

/**
 * uvn_cgnat_check - may a configuration's pools be used on this node?
 * @un: namespace; its lock is held
 * @cfg: the configuration
 * @extack: says why not
 *
 * Context: may sleep.
 * Return: 0; -EEXIST; or another negative errno.
 */
int uvn_cgnat_check(struct uvn_net *un, const struct uvn_config *cfg,
		    struct netlink_ext_ack *extack)
{
	struct uvn_cgnat_check check = {
		.nb.notifier_call = uvn_cgnat_check_route,
		.cfg = cfg,
	};
	char pool[UVN_PREFIX_TEXT], with[UVN_PREFIX_TEXT];
	int low, high, err;
	unsigned int i;

	if (!cfg->n_pools)
		return 0;
	for (i = 0; i < cfg->n_subnets; i++) {
		u16 port = ntohs(cfg->subnets[i].port);

		if (port < cfg->nat_first || port > cfg->nat_last)
			continue;
		NL_SET_ERR_MSG_FMT(extack, "port %u of a subnet is in nat-ports",
				   port);
		return -EEXIST;
	}
	inet_get_local_port_range(un->net, &low, &high);
	if (low <= cfg->nat_last && high >= cfg->nat_first) {
		NL_SET_ERR_MSG(extack,
			       "nat-ports overlap net.ipv4.ip_local_port_range");
		return -EEXIST;
	}
	err = register_fib_notifier(un->net, &check.nb, NULL, extack);
	if (err)
		return err;
	unregister_fib_notifier(un->net, &check.nb);
	if (!check.pool)
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "pool %s overlaps route or address %s",
			   uvn_prefix_print(pool, &check.pool->prefix),
			   uvn_prefix_print(with, &check.with));
	return -EEXIST;
}
