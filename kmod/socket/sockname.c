// SPDX-License-Identifier: GPL-2.0
/*
 * The address that a program learns of its own socket.
 *
 * What a user sends off the subnets has a CGNAT address as source until it is
 * translated. That is the same on every node, and nobody can reach anything by it. But
 * programs connect a socket to somewhere far away to learn an address of this node, by
 * which their others shall reach them. So they are told one of the node's, which
 * is what the far side sees, too.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/socket.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "config/config.h"
#include "core/netns.h"
#include "socket/owner.h"
#include "socket/sockname.h"
#include "underlay/addrs.h"
#include "underlay/lower.h"
#include "underlay/route.h"

/* The first address of a lower device that is in a subnet. */
static bool uvn_sockname_first(struct uvn_net *un, u8 family,
			       union nf_inet_addr *addr)
{
	const struct uvn_addrs *addrs;
	struct uvn_lower *lower;
	unsigned int i;

	list_for_each_entry_rcu(lower, &un->lowers, list) {
		addrs = rcu_dereference(lower->addrs);
		for (i = 0; addrs && i < addrs->n; i++)
			if (addrs->a[i].family == family) {
				*addr = addrs->a[i].addr;
				return true;
			}
	}
	return false;
}

/* The node's address instead of one of a pool: that from which the system would send
 * there, if the user's others reach it, else one that they do.
 */
static bool uvn_sockname_of_node(struct uvn_net *un, u8 family,
				 const union nf_inet_addr *daddr,
				 union nf_inet_addr *addr)
{
	union nf_inet_addr own, first;
	bool known;

	if (!uvn_config_pool(rcu_dereference(un->config), family, addr))
		return false;
	known = !uvn_route_source(un->net, 0, family, daddr, &own);
	if (!(known && uvn_lower_has(un, family, &own)) &&
	    uvn_sockname_first(un, family, &first)) {
		own = first;
		known = true;
	}
	if (known)
		*addr = own;
	return known;
}

/**
 * uvn_sockname_tell - have a program learn an address of the node's
 * @sk: its socket
 * @addr: what the kernel says of it, of family INET or INET6
 *
 * Context: task context.
 */
void uvn_sockname_tell(const struct sock *sk, struct sockaddr *addr)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)addr;
	struct uvn_net *un = uvn_netns(sock_net(sk));
	struct sockaddr_in *sin = (struct sockaddr_in *)addr;
	union nf_inet_addr own = {}, to = {};
	u8 family = addr->sa_family;
	bool mapped;

	/* Who has chosen the address knows it. */
	if (!READ_ONCE(un->enabled) || sk->sk_userlocks & SOCK_BINDADDR_LOCK)
		return;
	mapped = family == AF_INET6 && ipv6_addr_v4mapped(&sin6->sin6_addr);
	if (family == AF_INET)
		own.ip = sin->sin_addr.s_addr;
	else if (mapped)
		own.ip = sin6->sin6_addr.s6_addr32[3];
	else
		own.in6 = sin6->sin6_addr;
	if (family == AF_INET6 && !mapped)
		to.in6 = sk->sk_v6_daddr;
	else
		to.ip = inet_sk(sk)->inet_daddr;
	family = mapped ? AF_INET : family;
	rcu_read_lock();
	if (uvn_owner(sk).kind == UVN_OWNER_USER &&
	    uvn_sockname_of_node(un, family, &to, &own)) {
		if (addr->sa_family == AF_INET)
			sin->sin_addr.s_addr = own.ip;
		else if (mapped)
			sin6->sin6_addr.s6_addr32[3] = own.ip;
		else
			sin6->sin6_addr = own.in6;
	}
	rcu_read_unlock();
}
