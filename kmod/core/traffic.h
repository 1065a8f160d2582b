/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counting a user's packets.
 */
#ifndef _UVN_TRAFFIC_H
#define _UVN_TRAFFIC_H

#include <linux/percpu.h>
#include <linux/types.h>

struct net_device;
struct uvn_user;

/**
 * struct uvn_traffic_count - packets that went one way
 * @packets: how many; what is cut into several later is one
 * @bytes: their IP packets' lengths
 */
struct uvn_traffic_count {
	u64 packets;
	u64 bytes;
};

/**
 * struct uvn_traffic_sum - packets that went to and fro
 * @tx: from the user
 * @rx: to the user
 */
struct uvn_traffic_sum {
	struct uvn_traffic_count tx;
	struct uvn_traffic_count rx;
};

/**
 * enum uvn_traffic_way - ways that the VRF does not count
 * @UVN_TRAFFIC_LOCAL: within the node
 * @UVN_TRAFFIC_OFF_TX: out of the user's networks: translated, or of a published
 *	port
 * @UVN_TRAFFIC_OFF_RX: in from there
 * @UVN_TRAFFIC_WAYS: how many there are
 */
enum uvn_traffic_way {
	UVN_TRAFFIC_LOCAL,
	UVN_TRAFFIC_OFF_TX,
	UVN_TRAFFIC_OFF_RX,
	UVN_TRAFFIC_WAYS,
};

/**
 * struct uvn_traffic - what a CPU has seen of a user's packets and sockets
 * @way: packets, by where they went
 * @sockets: those that were bound to the network
 */
struct uvn_traffic {
	struct uvn_traffic_count way[UVN_TRAFFIC_WAYS];
	u64 sockets;
};

/**
 * struct uvn_user_traffic - what is counted of a user's packets
 * @cpu: sockets, and packets that the VRF does not count; made before it is
 * @kept: what went by VRFs that are gone; RTNL
 */
struct uvn_user_traffic {
	struct uvn_traffic __percpu *cpu;
	struct uvn_traffic_sum kept;
};

/* Two additions to memory, in whatever context; readers find whole numbers where a
 * word has 64 bits. @traffic is NULL of a network that is not there yet.
 */
static inline void uvn_traffic_count(struct uvn_traffic __percpu *traffic,
				     enum uvn_traffic_way way,
				     unsigned int len)
{
	if (likely(traffic)) {
		this_cpu_inc(traffic->way[way].packets);
		this_cpu_add(traffic->way[way].bytes, len);
	}
}

int uvn_traffic_open(struct uvn_user *user);
void uvn_traffic_free(struct uvn_user *user);
void uvn_traffic_keep(struct uvn_user *user, struct net_device *dev);
void uvn_traffic_subnets(const struct uvn_user *user,
			 struct uvn_traffic_sum *sum);
u64 uvn_traffic_sockets(const struct uvn_user *user);
void uvn_traffic_others(const struct uvn_user *user,
			struct uvn_traffic_count *local,
			struct uvn_traffic_sum *off);

#endif /* _UVN_TRAFFIC_H */
