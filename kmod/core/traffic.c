// SPDX-License-Identifier: GPL-2.0
/*
 * How many packets a user's network has carried, by where they went, and how many sockets
 * it has had.
 *
 * On the subnets the VRF counts, as devices do, and what it has counted is kept when
 * it goes. Within the node, and off the subnets, each way has a counter, on each CPU
 * its own.
 */
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/rtnetlink.h>

#include "core/netns.h"
#include "core/traffic.h"
#include "core/user.h"

/**
 * uvn_traffic_open - make a user's counters
 * @user: the user network, before anything can be counted
 *
 * Context: the worker.
 * Return: 0, also if they are there, or -ENOMEM.
 */
int uvn_traffic_open(struct uvn_user *user)
{
	uvn_assert_worker(user->un);
	if (!user->traffic.cpu)
		WRITE_ONCE(user->traffic.cpu,
			   alloc_percpu(struct uvn_traffic));
	return user->traffic.cpu ? 0 : -ENOMEM;
}

/**
 * uvn_traffic_free - free a user's counters
 * @user: the user network, without references
 *
 * Context: any.
 */
void uvn_traffic_free(struct uvn_user *user)
{
	free_percpu(user->traffic.cpu);
}

static void uvn_traffic_add(struct uvn_traffic_sum *sum,
			    struct net_device *dev)
{
	struct rtnl_link_stats64 stats;

	dev_get_stats(dev, &stats);
	sum->tx.packets += stats.tx_packets;
	sum->tx.bytes += stats.tx_bytes;
	sum->rx.packets += stats.rx_packets;
	sum->rx.bytes += stats.rx_bytes;
}

/**
 * uvn_traffic_keep - keep what a VRF has counted
 * @user: whose it is
 * @dev: the VRF, which goes
 *
 * Context: RTNL.
 */
void uvn_traffic_keep(struct uvn_user *user, struct net_device *dev)
{
	ASSERT_RTNL();
	uvn_traffic_add(&user->traffic.kept, dev);
}

/**
 * uvn_traffic_subnets - what went to other nodes and came from there
 * @user: the user network
 * @sum: set to it
 *
 * Context: RTNL.
 */
void uvn_traffic_subnets(const struct uvn_user *user,
			 struct uvn_traffic_sum *sum)
{
	ASSERT_RTNL();
	*sum = user->traffic.kept;
	if (user->device)
		uvn_traffic_add(sum, user->device);
}

/**
 * uvn_traffic_sockets - how many sockets a user's network has had
 * @user: the user network
 *
 * Context: any.
 */
u64 uvn_traffic_sockets(const struct uvn_user *user)
{
	const struct uvn_traffic __percpu *traffic = READ_ONCE(user->traffic.cpu);
	u64 sum = 0;
	int cpu;

	if (!traffic)
		return 0;
	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(traffic, cpu)->sockets);
	return sum;
}

static void uvn_traffic_add_cpu(struct uvn_traffic_count *sum,
				const struct uvn_traffic_count *count)
{
	sum->packets += READ_ONCE(count->packets);
	sum->bytes += READ_ONCE(count->bytes);
}

/**
 * uvn_traffic_others - what went other ways
 * @user: the user network
 * @local: set to what stayed on the node
 * @off: set to what left and entered the user's networks
 *
 * Context: any.
 */
void uvn_traffic_others(const struct uvn_user *user,
			struct uvn_traffic_count *local,
			struct uvn_traffic_sum *off)
{
	const struct uvn_traffic __percpu *traffic = READ_ONCE(user->traffic.cpu);
	int cpu;

	memset(local, 0, sizeof(*local));
	memset(off, 0, sizeof(*off));
	if (!traffic)
		return;
	for_each_possible_cpu(cpu) {
		const struct uvn_traffic *t = per_cpu_ptr(traffic, cpu);

		uvn_traffic_add_cpu(local, &t->way[UVN_TRAFFIC_LOCAL]);
		uvn_traffic_add_cpu(&off->tx, &t->way[UVN_TRAFFIC_OFF_TX]);
		uvn_traffic_add_cpu(&off->rx, &t->way[UVN_TRAFFIC_OFF_RX]);
	}
}
