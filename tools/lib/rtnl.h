/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_LIB_RTNL_H
#define UVNADM_LIB_RTNL_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/prefix.h"

/**
 * struct route_query - a packet whose route is asked for
 * @dst: destination
 * @src: source; no address if it is to be chosen
 * @uid: who sends it
 * @oif: device to leave by, or a VRF to look in; 0 if any
 * @protocol: IPPROTO_*, or 0
 * @port: destination port, or 0
 */
struct route_query {
	struct address dst;
	struct address src;
	uint32_t uid;
	int oif;
	uint8_t protocol;
	uint16_t port;
};

/**
 * struct route - a route
 * @error: errno of the look-up, 0 if there is a route
 * @type: RTN_*
 * @oif: ifindex of the device
 * @gateway: next hop; no address if there is none
 * @source: source that it has; no address if none
 * @mtu: of the path; 0 if it is the device's
 */
struct route {
	int error;
	int type;
	int oif;
	struct address gateway;
	struct address source;
	uint32_t mtu;
};

/**
 * struct device - a network device
 * @ifindex: its number
 * @name: its name
 * @mtu: in bytes
 * @users: it is that of a user's network
 */
struct device {
	int ifindex;
	char name[IFNAMSIZ];
	uint32_t mtu;
	bool users;
};

/**
 * struct local - an address of the node
 * @prefix: the address, with all its bits, and the length of its prefix
 * @ifindex: of its device
 * @scope: RT_SCOPE_*
 * @flags: IFA_F_*
 */
struct local {
	struct prefix prefix;
	int ifindex;
	uint8_t scope;
	uint32_t flags;
};

/**
 * struct addresses - the addresses of the node
 * @a: array of them
 * @n: number of them
 * @room: number that the array has room for
 */
struct addresses {
	struct local *a;
	size_t n;
	size_t room;
};

int route_get(const struct route_query *query, struct route *route);
int device_get(int ifindex, struct device *dev);
bool device_is_users(int ifindex);
int addresses_get(struct addresses *all);

#endif /* UVNADM_LIB_RTNL_H */
