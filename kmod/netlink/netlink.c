// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: state and users. Requests are translated here, and decided
 * by the file of the noun they are about.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uidgid.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "config/config.h"
#include "core/event.h"
#include "core/flows.h"
#include "core/netns.h"
#include "core/put.h"
#include "core/user.h"
#include "net.h"
#include "netlink/netlink-gen.h"
#include "netlink/netlink.h"
#include "network/reconcile.h"
#include "socket/adopt.h"
#include "socket/hook.h"
#include "socket/identity.h"
#include "underlay/addrs.h"
#include "underlay/encap.h"
#include "underlay/lower.h"
#include "view/intercept.h"

static struct uvn_net *uvn_netlink_net(struct genl_info *info)
{
	return uvn_netns(genl_info_net(info));
}

/* The state of a namespace. */
static int uvn_netlink_put_status(struct sk_buff *skb, struct uvn_net *un)
{
	const struct uvn_config *cfg;
	u64 denied[UVN_REASON_MAX + 1], dropped[UVN_DROP_MAX + 1];
	u32 subnets, ranges, audit;

	uvn_denial_counts(un->denial.count, denied);
	uvn_drop_counts(un, dropped);
	rcu_read_lock();
	cfg = rcu_dereference(un->config);
	subnets = cfg->n_subnets;
	ranges = cfg->n_ranges;
	audit = cfg->audit;
	rcu_read_unlock();

	return nla_put_u8(skb, UVN_A_STATUS_ENABLED, READ_ONCE(un->enabled)) ?:
	       nla_put_string(skb, UVN_A_STATUS_VERSION, UVN_VERSION) ?:
	       nla_put_string(skb, UVN_A_STATUS_HOOK, uvn_hook_name()) ?:
	       nla_put_u32(skb, UVN_A_STATUS_USERS,
			   atomic_read(&un->n_users)) ?:
	       nla_put_u32(skb, UVN_A_STATUS_SUBNETS, subnets) ?:
	       nla_put_u32(skb, UVN_A_STATUS_RANGES, ranges) ?:
	       nla_put_u32(skb, UVN_A_STATUS_AUDIT, audit) ?:
	       uvn_put_counts(skb, UVN_A_STATUS_DENIED, UVN_A_STATUS_DENIAL,
			      UVN_A_STATUS_PAD, denied, UVN_REASON_MAX) ?:
	       uvn_put_counts(skb, UVN_A_STATUS_RX_DROPPED, UVN_A_STATUS_DROP,
			      UVN_A_STATUS_PAD, dropped, UVN_DROP_MAX) ?:
	       nla_put_u32(skb, UVN_A_STATUS_NAT_FLOWS,
			   uvn_flows_sum(un, UVN_FLOWS_TRANSLATED)) ?:
	       nla_put_u32(skb, UVN_A_STATUS_PUBLISHED_FLOWS,
			   uvn_flows_sum(un, UVN_FLOWS_PUBLISHED)) ?:
	       uvn_intercept_put_missing(skb, UVN_A_STATUS_VIEW_MISSING);
}

static struct sk_buff *uvn_netlink_reply(struct genl_info *info, u8 cmd,
					 size_t size, void **hdr)
{
	struct sk_buff *msg = genlmsg_new(size, GFP_KERNEL);

	if (!msg)
		return NULL;
	*hdr = genlmsg_put_reply(msg, info, &uvn_nl_family, 0, cmd);
	if (!*hdr) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

int uvn_nl_status_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	void *hdr;
	int err;

	msg = uvn_netlink_reply(info, UVN_CMD_STATUS_GET, GENLMSG_DEFAULT_SIZE,
				&hdr);
	if (!msg)
		return -ENOMEM;
	err = uvn_netlink_put_status(msg, uvn_netlink_net(info));
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

/**
 * uvn_netlink_notify_config - report that the configuration or the state changed
 * @un: namespace
 *
 * Context: may sleep.
 */
void uvn_netlink_notify_config(struct uvn_net *un)
{
	struct sk_buff *msg;
	void *hdr;

	if (!uvn_event_heard(un))
		return;
	msg = uvn_event_new(UVN_CMD_CONFIG_NTF, &hdr, GFP_KERNEL);
	if (msg)
		uvn_event_send(un, msg, hdr,
			       uvn_netlink_put_status(msg, un), GFP_KERNEL);
}

int uvn_nl_enable_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct uvn_net *un = uvn_netlink_net(info);
	int err;

	mutex_lock(&un->lock);
	err = uvn_net_enable(un, info->extack);
	if (!err && info->attrs[UVN_A_STATUS_EVICT])
		WRITE_ONCE(un->evict, true);
	mutex_unlock(&un->lock);
	if (!err)
		uvn_netlink_notify_config(un);
	return err;
}

int uvn_nl_disable_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct uvn_net *un = uvn_netlink_net(info);
	int err;

	mutex_lock(&un->lock);
	err = uvn_net_disable(un, info->extack);
	mutex_unlock(&un->lock);
	if (!err)
		uvn_netlink_notify_config(un);
	return err;
}

static int uvn_netlink_put_addrs(struct sk_buff *skb,
				 const struct uvn_addrs *addrs)
{
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < addrs->n; i++) {
		const struct uvn_addr *a = &addrs->a[i];

		nest = nla_nest_start(skb, UVN_A_LINK_ADDRESS);
		if (!nest ||
		    uvn_put_addr(skb, UVN_A_ADDRESS_ADDRESS, a->family,
				 &a->addr) ||
		    nla_put_u8(skb, UVN_A_ADDRESS_PREFIX_LEN, a->plen))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

/* What the network has by each lower device, which is what messages call a link. */
static int uvn_netlink_put_links(struct sk_buff *skb, struct uvn_user *user)
{
	const struct uvn_way *way;
	struct nlattr *nest;
	int err;

	ASSERT_RTNL();
	if (!user->device)
		return 0;
	list_for_each_entry(way, &user->network.ways, list) {
		const struct net_device *dev = user->device;

		nest = nla_nest_start(skb, UVN_A_USER_LINK);
		if (!nest ||
		    nla_put_u32(skb, UVN_A_LINK_IFINDEX, dev->ifindex) ||
		    nla_put_string(skb, UVN_A_LINK_NAME, dev->name) ||
		    nla_put_u32(skb, UVN_A_LINK_LOWER_IFINDEX,
				way->lower->ifindex) ||
		    (way->lower->dev &&
		     nla_put_string(skb, UVN_A_LINK_LOWER,
				    way->lower->dev->name)) ||
		    nla_put_u32(skb, UVN_A_LINK_MTU,
				uvn_encap_mtu(way->lower_mtu,
					      uvn_addrs_has_ipv6(way->addrs))))
			return -EMSGSIZE;
		err = uvn_netlink_put_addrs(skb, way->addrs);
		if (err)
			return err;
		nla_nest_end(skb, nest);
	}
	return 0;
}

/* Has the current task opened the socket that it asks by? Who has got it from another
 * is answered to the other, and may not know that it asks: a program writes to its
 * standard output whatever that is.
 */
static bool uvn_netlink_is_own(const struct sk_buff *skb)
{
	const struct socket *sock = NETLINK_CB(skb).sk->sk_socket;
	const struct cred *opener;

	if (!sock || !sock->file)
		return false;
	opener = sock->file->f_cred;
	return uid_eq(opener->uid, current_uid()) &&
	       opener->user_ns == current_user_ns();
}

/* Which user is asked about: the asker itself, where it does not say. Who lacks
 * CAP_NET_ADMIN may ask about no other, and learns not even whether there is one.
 */
static int uvn_netlink_asked(struct sk_buff *skb, struct genl_info *info,
			     u32 *uid)
{
	const struct nlattr *attr = info->attrs[UVN_A_USER_UID];
	struct uvn_net *un = uvn_netlink_net(info);
	enum uvn_identity identity;
	u32 own, vni;

	if (attr && netlink_capable(skb, CAP_NET_ADMIN)) {
		*uid = nla_get_u32(attr);
		return 0;
	}
	rcu_read_lock();
	identity = uvn_identity(rcu_dereference(un->config), &own, &vni);
	rcu_read_unlock();
	if (!uvn_netlink_is_own(skb) ||
	    (attr && (identity != UVN_IDENTITY_USER ||
		      own != nla_get_u32(attr)))) {
		NL_SET_ERR_MSG(info->extack,
			       "needs CAP_NET_ADMIN in the initial user namespace, but for one's own network");
		return -EPERM;
	}
	*uid = own;
	switch (identity) {
	case UVN_IDENTITY_USER:
		return 0;
	case UVN_IDENTITY_SYSTEM:
		NL_SET_ERR_MSG(info->extack,
			       "the system has no network of its own");
		return -ESRCH;
	default:
		NL_SET_ERR_MSG(info->extack, "UID is in no range");
		return -EACCES;
	}
}

int uvn_nl_user_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct uvn_net *un = uvn_netlink_net(info);
	size_t size = GENLMSG_DEFAULT_SIZE;
	struct uvn_user *user;
	struct sk_buff *msg;
	void *hdr;
	u32 uid;
	int err;

	err = uvn_netlink_asked(skb, info, &uid);
	if (err)
		return err;
	user = uvn_user_get(un, uid);
	if (!user) {
		NL_SET_ERR_MSG(info->extack, "user has no network here");
		return -ENOENT;
	}
	do {
		/* As large as its addresses make it. */
		msg = uvn_netlink_reply(info, UVN_CMD_USER_GET, size, &hdr);
		if (!msg) {
			err = -ENOMEM;
			break;
		}
		rtnl_lock();
		err = uvn_put_user(msg, user) ?:
		      uvn_netlink_put_links(msg, user);
		rtnl_unlock();
		if (err)
			nlmsg_free(msg);
		size *= 2;
	} while (err == -EMSGSIZE && size <= SZ_1M);
	uvn_user_put(user);
	if (err)
		return err;
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int uvn_nl_user_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct uvn_net *un = uvn_netns(sock_net(skb->sk));
	struct uvn_user *user;
	u32 uid = cb->args[0];
	int err = 0;
	void *hdr;

	/* What follows goes to who was allowed to begin. */
	if (!uid && !netlink_capable(cb->skb, CAP_NET_ADMIN))
		return -EPERM;
	/* Names of devices, and their addresses. */
	rtnl_lock();
	for (; (user = uvn_user_next(un, &uid)); uid++) {
		err = -EMSGSIZE;
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &uvn_nl_family,
				  NLM_F_MULTI, UVN_CMD_USER_GET);
		if (hdr)
			err = uvn_put_user(skb, user) ?:
			      uvn_netlink_put_links(skb, user);
		uvn_user_put(user);
		if (err) {
			if (hdr)
				genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	rtnl_unlock();
	cb->args[0] = uid;
	return err && !skb->len ? err : skb->len;
}

int uvn_nl_user_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct uvn_net *un = uvn_netlink_net(info);
	struct uvn_user *user;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, UVN_A_USER_UID))
		return -EINVAL;
	mutex_lock(&un->lock);
	if (!un->enabled) {
		NL_SET_ERR_MSG(info->extack, "uvn is not enabled");
		err = -ENETDOWN;
		goto out;
	}
	user = uvn_user_make(un, nla_get_u32(info->attrs[UVN_A_USER_UID]));
	if (IS_ERR(user)) {
		err = PTR_ERR(user);
		if (err == -EACCES)
			NL_SET_ERR_MSG_ATTR(info->extack,
					    info->attrs[UVN_A_USER_UID],
					    "UID is in no range");
		goto out;
	}
	err = uvn_user_wait(user);
	if (err && err != -EINTR)
		NL_SET_ERR_MSG_FMT(info->extack, "network not made: %s (%d)",
				   user->network.detail, -err);
	uvn_user_put(user);
out:
	mutex_unlock(&un->lock);
	return err;
}

int uvn_nl_user_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct uvn_net *un = uvn_netlink_net(info);
	int err;

	if (GENL_REQ_ATTR_CHECK(info, UVN_A_USER_UID))
		return -EINVAL;
	mutex_lock(&un->lock);
	err = uvn_reconcile_remove(un, nla_get_u32(info->attrs[UVN_A_USER_UID]),
				   info->attrs[UVN_A_USER_FORCE], info->extack);
	mutex_unlock(&un->lock);
	return err;
}

/* By which of the two, and which; -EINVAL if it is not one of them. */
static int uvn_netlink_adopted(struct genl_info *info, u64 *id)
{
	const struct nlattr *pid = info->attrs[UVN_A_ADOPT_PID];
	const struct nlattr *cgroup = info->attrs[UVN_A_ADOPT_CGROUP];

	if (!pid == !cgroup) {
		NL_SET_ERR_MSG(info->extack,
			       "it takes either a process or a cgroup");
		return -EINVAL;
	}
	*id = pid ? nla_get_u32(pid) : nla_get_u64(cgroup);
	return pid ? UVN_ADOPT_PID : UVN_ADOPT_CGROUP;
}

int uvn_nl_adopt_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct uvn_net *un = uvn_netlink_net(info);
	int by, err;
	u64 id;

	if (GENL_REQ_ATTR_CHECK(info, UVN_A_ADOPT_UID))
		return -EINVAL;
	by = uvn_netlink_adopted(info, &id);
	if (by < 0)
		return by;
	mutex_lock(&un->lock);
	err = uvn_adopt_add(un, by, id,
			    nla_get_u32(info->attrs[UVN_A_ADOPT_UID]),
			    info->extack);
	mutex_unlock(&un->lock);
	return err;
}

int uvn_nl_adopt_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct uvn_net *un = uvn_netlink_net(info);
	int by, err;
	u64 id;

	by = uvn_netlink_adopted(info, &id);
	if (by < 0)
		return by;
	mutex_lock(&un->lock);
	err = uvn_adopt_del(un, by, id, info->extack);
	mutex_unlock(&un->lock);
	return err;
}

static int uvn_netlink_put_adoption(struct sk_buff *skb, enum uvn_adopt_by by,
				    u64 id, u32 pid, u32 uid)
{
	if (by == UVN_ADOPT_PID ? nla_put_u32(skb, UVN_A_ADOPT_PID, pid) :
	    nla_put_u64_64bit(skb, UVN_A_ADOPT_CGROUP, id, UVN_A_ADOPT_PAD))
		return -EMSGSIZE;
	return nla_put_u32(skb, UVN_A_ADOPT_UID, uid);
}

int uvn_nl_adopt_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct uvn_net *un = uvn_netns(sock_net(skb->sk));
	enum uvn_adopt_by by = cb->args[0];
	unsigned long id = cb->args[1];
	u32 pid, uid;
	void *hdr;

	rcu_read_lock();
	for (; uvn_adopt_next(un, &by, &id, &pid, &uid); id++) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &uvn_nl_family,
				  NLM_F_MULTI, UVN_CMD_ADOPT_GET);
		if (!hdr)
			break;
		if (uvn_netlink_put_adoption(skb, by, id, pid, uid)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	rcu_read_unlock();
	cb->args[0] = by;
	cb->args[1] = id;
	return skb->len;
}

/**
 * uvn_netlink_init - register the family
 *
 * Return: 0 or a negative errno.
 */
int uvn_netlink_init(void)
{
	uvn_event_init(&uvn_nl_family, UVN_NLGRP_EVENTS);
	return genl_register_family(&uvn_nl_family);
}

/**
 * uvn_netlink_exit - unregister the family
 */
void uvn_netlink_exit(void)
{
	genl_unregister_family(&uvn_nl_family);
}
