// SPDX-License-Identifier: GPL-2.0
/*
 * What users see of devices and routes: those that there would be without uvn.
 *
 * This is no matter of isolation. Whatever a user may see here of others is of no use:
 * the guard and reception judge packets, and not this.
 */
#include <linux/netdevice.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "config/config.h"
#include "core/netns.h"
#include "core/user.h"
#include "overlay/vrf.h"
#include "socket/identity.h"
#include "socket/owner.h"
#include "view/view.h"

/* The configuration, if users are shown less by it. */
static const struct uvn_config *uvn_view_config(struct uvn_net *un)
{
	const struct uvn_config *cfg = rcu_dereference(un->config);

	return READ_ONCE(un->view) && cfg->view == UVN_VIEW_USERS ? cfg : NULL;
}

/**
 * uvn_view_is_users - is the current task one that sees what users see?
 * @net: where it looks
 *
 * Context: any.
 * Return: true if it is a managed user's, and users are to see less than there is.
 */
bool uvn_view_is_users(const struct net *net)
{
	const struct uvn_config *cfg;
	bool users = false;
	u32 uid, vni;

	if (!in_task())
		return false;
	rcu_read_lock();
	cfg = uvn_view_config(uvn_netns(net));
	if (cfg)
		users = uvn_identity(cfg, &uid, &vni) == UVN_IDENTITY_USER;
	rcu_read_unlock();
	return users;
}

/**
 * uvn_view_is_users_socket - does a netlink socket hear what users hear?
 * @sk: the socket
 *
 * As for all sockets, whose it is was decided when it was made. One that is older than
 * enable is whose its UID says.
 *
 * Context: any.
 * Return: true if it is a managed user's, and users are to see less than there is.
 */
bool uvn_view_is_users_socket(const struct sock *sk)
{
	struct uvn_net *un = uvn_netns(sock_net(sk));
	const struct uvn_config *cfg;
	struct uvn_owner owner;
	bool users = false;
	u32 uid, vni;

	rcu_read_lock();
	cfg = uvn_view_config(un);
	if (cfg) {
		owner = uvn_owner(sk);
		uid = uvn_owner_uid(un, &owner, sk);
		users = owner.kind != UVN_OWNER_SYSTEM &&
			uvn_identity_of(cfg, &uid, &vni) == UVN_IDENTITY_USER;
	}
	rcu_read_unlock();
	return users;
}

/**
 * uvn_view_hides - is a device one that users do not see?
 * @dev: the device
 *
 * Context: while the device lives.
 */
bool uvn_view_hides(const struct net_device *dev)
{
	return uvn_vrf_of(dev);
}

/**
 * uvn_view_hides_index - is a device one that users do not see, or was it?
 * @net: its namespace
 * @ifindex: of the device; it may be about to go, and not be found any more
 *
 * Context: any.
 */
bool uvn_view_hides_index(const struct net *net, int ifindex)
{
	struct uvn_net *un = uvn_netns(net);
	const struct net_device *dev;
	const struct uvn_user *user;
	unsigned long uid;
	bool ours = false;

	if (ifindex <= 0)
		return false;
	rcu_read_lock();
	dev = dev_get_by_index_rcu(un->net, ifindex);
	if (dev) {
		ours = uvn_view_hides(dev);
	} else {
		xa_for_each(&un->users, uid, user) {
			ours = READ_ONCE(user->vrf) == ifindex;
			if (ours)
				break;
		}
	}
	rcu_read_unlock();
	return ours;
}

/**
 * uvn_view_hides_name - is a name that of a device which users do not see?
 * @net: namespace of the device
 * @name: the name; of an alias, as "em1:0", what is before the colon counts
 * @len: how long it is at most
 *
 * Context: any.
 */
bool uvn_view_hides_name(struct net *net, const char *name, size_t len)
{
	const struct net_device *dev;
	char text[IFNAMSIZ];
	bool ours;

	len = strnlen(name, len);
	if (!len || len >= sizeof(text))
		return false;
	memcpy(text, name, len);
	text[len] = '\0';
	text[strcspn(text, ":")] = '\0';
	rcu_read_lock();
	dev = dev_get_by_name_rcu(net, text);
	ours = dev && uvn_view_hides(dev);
	rcu_read_unlock();
	return ours;
}

/**
 * uvn_view_hides_table - is a routing table a user's?
 * @net: its namespace
 * @table: its number
 *
 * Context: any.
 */
bool uvn_view_hides_table(const struct net *net, u32 table)
{
	const struct uvn_config *cfg;
	bool ours;

	rcu_read_lock();
	cfg = rcu_dereference(uvn_netns(net)->config);
	ours = cfg && table > cfg->table_base &&
	       uvn_range_uid(cfg, table - cfg->table_base);
	rcu_read_unlock();
	return ours;
}
