/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In which networks there are sockets that have a port.
 */
#ifndef _UVN_HOLDERS_H
#define _UVN_HOLDERS_H

#include <linux/netfilter.h>
#include <linux/types.h>

struct net;
struct sock;
struct sockaddr;

/* Of how many networks that use a port each is looked at: more than one have it
 * only from before it was published.
 */
#define UVN_HOLDERS_VRFS	16

/**
 * struct uvn_holders - in which networks there are sockets with a port
 * @n: how many; no more than there is room for
 * @bound: what the last socket was bound to, most often the next one's too
 * @vrf: ifindex of the VRF, 0 for the default one; in the order of the kernel
 */
struct uvn_holders {
	unsigned int n;
	int bound;
	int vrf[UVN_HOLDERS_VRFS];
};

/**
 * struct uvn_holders_at - where a socket hears
 * @addr: local address; all if it is zero
 * @family: of it
 * @port: local port
 */
struct uvn_holders_at {
	union nf_inet_addr addr;
	u8 family;
	u16 port;
};

/* Is there one in the network with this VRF? */
static inline bool uvn_holders_has(const struct uvn_holders *users, int vrf)
{
	unsigned int i;

	for (i = 0; i < users->n; i++)
		if (users->vrf[i] == vrf)
			return true;
	return false;
}

bool uvn_holders_set(struct uvn_holders_at *at, const struct sock *sk,
		     const struct sockaddr *addr, int len);
void uvn_holders_ears(struct net *net, u8 protocol,
		      const struct uvn_holders_at *at,
		      struct uvn_holders *users);
void uvn_holders_of(struct net *net, u8 protocol,
		    const struct uvn_holders_at *at,
		    struct uvn_holders *users);
bool uvn_holders_is_systems(struct net *net, u16 port);

#endif /* _UVN_HOLDERS_H */
