// SPDX-License-Identifier: GPL-2.0
/*
 * uvn: user virtual networks. Loading it changes nothing; `uvnadm enable`
 * arms a network namespace.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched/user.h>
#include <net/rtnetlink.h>

#include "external/nat.h"
#include "net.h"
#include "netlink/netlink.h"
#include "network/reconcile.h"
#include "overlay/vrf-dev.h"
#include "overlay/vxlan-rx.h"
#include "socket/forward.h"
#include "underlay/egress.h"
#include "underlay/lower.h"
#include "underlay/tunnel.h"

#define CREATE_TRACE_POINTS
#include "core/trace.h"

static int __init uvn_init(void)
{
	int err;

	err = uvn_free_uid_find();
	if (err)
		return err;
	err = uvn_net_init();
	if (err)
		return err;
	err = uvn_vrf_dev_init();
	if (err)
		goto err_net;
	uvn_tunnel_init(&uvn_vxlan_rx_tunnel);
	uvn_egress_init(uvn_forward_egress);
	err = uvn_lower_init(uvn_vxlan_rx_hook);
	if (err)
		goto err_vrf;
	err = uvn_nat_init();
	if (err)
		goto err_lower;
	err = uvn_netlink_init();
	if (err)
		goto err_nat;
	return 0;

err_nat:
	uvn_nat_exit();
err_lower:
	uvn_lower_exit();
err_vrf:
	uvn_vrf_dev_exit();
err_net:
	uvn_net_exit();
	return err;
}

static void __exit uvn_exit(void)
{
	uvn_netlink_exit();
	uvn_nat_exit();
	uvn_lower_exit();
	uvn_vrf_dev_exit();
	uvn_net_exit();
	/* Callbacks of configurations and lowers. */
	rcu_barrier();
}

module_init(uvn_init);
module_exit(uvn_exit);

MODULE_DESCRIPTION("User virtual networks: a VRF and a VXLAN network for every user");
MODULE_AUTHOR("The uvn authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(UVN_VERSION);
/* The last three are asked whether a network is idle; loaded only then they would
 * keep the worker waiting.
 */
MODULE_SOFTDEP("pre: tcp_diag udp_diag raw_diag");
