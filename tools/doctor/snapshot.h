/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_DOCTOR_SNAPSHOT_H
#define UVNADM_DOCTOR_SNAPSHOT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/prefix.h"

struct doctor;

/**
 * struct snap_address - an address of a user's device
 * @ifindex: of the device
 * @prefix: the address, with all its bits
 */
struct snap_address {
	uint32_t ifindex;
	struct prefix prefix;
};

/**
 * struct snap_route - a route in a user's table, or a local one of the system's
 * @table: number of the table
 * @oif: by which device; 0 if by none or several
 * @mtu: its metric; 0 if it has none
 * @type: RTN_*
 * @protocol: RTPROT_*, who has made it
 * @dst: to where; the address is 0 and has a family if to everywhere
 */
struct snap_route {
	uint32_t table;
	uint32_t oif;
	uint32_t mtu;
	uint8_t type;
	uint8_t protocol;
	struct prefix dst;
};

/**
 * struct snapshot - what users' networks have, at about one time
 * @users: array of user networks
 * @vrfs: set of the ifindexes of their devices
 * @tables: set of their tables
 * @devices: from an ifindex in @vrfs to the device
 * @addrs: array of their addresses, by ifindex
 * @n_addrs: number of them
 * @addr_room: number that there is room for
 * @routes: array of routes, by table
 * @n_routes: number of them
 * @route_room: number that there is room for
 */
struct snapshot {
	json_t *users;
	json_t *vrfs;
	json_t *tables;
	json_t *devices;
	struct snap_address *addrs;
	size_t n_addrs;
	size_t addr_room;
	struct snap_route *routes;
	size_t n_routes;
	size_t route_room;
};

bool snapshot_take(struct doctor *d, struct snapshot *s);
json_t *snapshot_device(const struct snapshot *s, uint32_t ifindex);
const struct snap_address *snapshot_addresses(const struct snapshot *s, uint32_t ifindex,
					      size_t *n);
const struct snap_route *snapshot_routes(const struct snapshot *s, uint32_t table,
					 size_t *n);
void snapshot_free(struct snapshot *s);

#endif /* UVNADM_DOCTOR_SNAPSHOT_H */
