/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The addresses of a device.
 */
#ifndef _UVN_ADDRS_H
#define _UVN_ADDRS_H

#include <linux/netfilter.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "config/subnet.h"

struct in6_addr;
struct net;
struct net_device;
struct sock;
struct uvn_net;

/**
 * struct uvn_addr - an address of a lower device
 * @addr: the address
 * @brd: its IPv4 broadcast address, or 0
 * @family: AF_INET or AF_INET6
 * @plen: prefix length that the administrator gave it
 * @tentative: somebody else may have it (IPv6)
 * @subnet: the subnet it lies in, where that has been looked up
 * @sk: tunnel socket of the subnet's port, likewise
 */
struct uvn_addr {
	union nf_inet_addr addr;
	__be32 brd;
	u8 family;
	u8 plen;
	bool tentative;
	struct uvn_subnet subnet;
	struct sock *sk;
};

/**
 * struct uvn_addrs - the addresses of a lower device
 * @rcu: for freeing it after the last reader
 * @n: length of @a
 * @a: those of IPv4 first; in the order of the device, so that the first of a
 *	subnet is its source, but of IPv6 first those that are fit for one
 */
struct uvn_addrs {
	struct rcu_head rcu;
	unsigned int n;
	struct uvn_addr a[];
};

bool uvn_addrs_is_soon(const struct net_device *dev);
struct uvn_addrs *uvn_addrs_of(const struct net_device *dev);
bool uvn_addrs_has_ipv6(const struct uvn_addrs *addrs);
bool uvn_addrs_same(const struct uvn_addr *a, const struct uvn_addr *b);
bool uvn_addrs_may_ipv6(struct uvn_net *un, int ifindex);
bool uvn_addrs_is_nodes(struct net *net, u8 family, const union nf_inet_addr *addr);
bool uvn_addrs_is_local6(struct net *net, int vrf,
			 const struct in6_addr *addr);

#endif /* _UVN_ADDRS_H */
