// SPDX-License-Identifier: GPL-2.0
/*
 * For tests: a network card that guests do not have otherwise, with queues that
 * it spreads UDP over, by addresses alone at first, and a table of VXLAN ports.
 * It sends nothing and receives nothing. With grab=1 also somebody who has
 * redirected a function that uvn intercepts, as a live patch does.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/udp_tunnel.h>

#define UVN_NIC_RINGS	4
#define UVN_NIC_PORTS	8

static bool grab;
module_param(grab, bool, 0444);
MODULE_PARM_DESC(grab, "redirect security_socket_bind, to itself");

static u32 uvn_nic_hash = RXH_IP_SRC | RXH_IP_DST;	/* RTNL */
static struct net_device *uvn_nic_dev;

static netdev_tx_t uvn_nic_xmit(struct sk_buff *skb, struct net_device *dev)
{
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops uvn_nic_netdev_ops = {
	.ndo_start_xmit = uvn_nic_xmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

#ifdef UVN_HAVE_RXFH_FIELDS
static int uvn_nic_get_fields(struct net_device *dev,
			      struct ethtool_rxfh_fields *fields)
{
	fields->data = uvn_nic_hash;
	return 0;
}

static int uvn_nic_set_fields(struct net_device *dev,
			      const struct ethtool_rxfh_fields *fields,
			      struct netlink_ext_ack *extack)
{
	uvn_nic_hash = fields->data;
	return 0;
}
#endif

static int uvn_nic_get_rxnfc(struct net_device *dev, struct ethtool_rxnfc *nfc,
			     u32 *rules)
{
	switch (nfc->cmd) {
	case ETHTOOL_GRXRINGS:
		nfc->data = UVN_NIC_RINGS;
		return 0;
	case ETHTOOL_GRXFH:
		nfc->data = uvn_nic_hash;
		return 0;
	}
	return -EOPNOTSUPP;
}

static int uvn_nic_set_rxnfc(struct net_device *dev, struct ethtool_rxnfc *nfc)
{
	if (nfc->cmd != ETHTOOL_SRXFH)
		return -EOPNOTSUPP;
	uvn_nic_hash = nfc->data;
	return 0;
}

/* Kernels that have the fields ask by them instead. */
static const struct ethtool_ops uvn_nic_ethtool_ops = {
	.get_rxnfc = uvn_nic_get_rxnfc,
	.set_rxnfc = uvn_nic_set_rxnfc,
#ifdef UVN_HAVE_RXFH_FIELDS
	.get_rxfh_fields = uvn_nic_get_fields,
	.set_rxfh_fields = uvn_nic_set_fields,
#endif
};

/* The table is the kernel's; there is no device to tell. */
static int uvn_nic_set_port(struct net_device *dev, unsigned int table,
			    unsigned int entry, struct udp_tunnel_info *ti)
{
	return 0;
}

static const struct udp_tunnel_nic_info uvn_nic_tunnels = {
	.set_port = uvn_nic_set_port,
	.unset_port = uvn_nic_set_port,
	.tables = {
		{
			.n_entries = UVN_NIC_PORTS,
			.tunnel_types = UDP_TUNNEL_TYPE_VXLAN,
		},
	},
};

static void uvn_nic_setup(struct net_device *dev)
{
	ether_setup(dev);
	eth_hw_addr_random(dev);
	dev->netdev_ops = &uvn_nic_netdev_ops;
	dev->ethtool_ops = &uvn_nic_ethtool_ops;
	dev->udp_tunnel_nic_info = &uvn_nic_tunnels;
	dev->needs_free_netdev = true;
	dev->hw_features |= NETIF_F_RX_UDP_TUNNEL_PORT;
	dev->features |= NETIF_F_RX_UDP_TUNNEL_PORT;
}

static void notrace uvn_nic_redirect(unsigned long ip, unsigned long parent_ip,
				     struct ftrace_ops *ops,
				     struct ftrace_regs *fregs)
{
}

static struct ftrace_ops uvn_nic_ops = {
	.func = uvn_nic_redirect,
	.flags = FTRACE_OPS_FL_IPMODIFY
#ifndef CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS
		 | FTRACE_OPS_FL_SAVE_REGS
#endif
	,
};

static int uvn_nic_grab(void)
{
	char symbol[] = "security_socket_bind";

	return ftrace_set_filter(&uvn_nic_ops, symbol, strlen(symbol), 1) ?:
	       register_ftrace_function(&uvn_nic_ops);
}

static int __init uvn_nic_init(void)
{
	int err;

	uvn_nic_dev = alloc_netdev(0, "uvnnic%d", NET_NAME_ENUM, uvn_nic_setup);
	if (!uvn_nic_dev)
		return -ENOMEM;
	err = grab ? uvn_nic_grab() : 0;
	if (err)
		goto err_free;
	err = register_netdev(uvn_nic_dev);
	if (!err)
		return 0;
	if (grab)
		unregister_ftrace_function(&uvn_nic_ops);
err_free:
	free_netdev(uvn_nic_dev);
	return err;
}

static void __exit uvn_nic_exit(void)
{
	unregister_netdev(uvn_nic_dev);
	if (grab)
		unregister_ftrace_function(&uvn_nic_ops);
}

module_init(uvn_nic_init);
module_exit(uvn_nic_exit);

MODULE_DESCRIPTION("A network card for uvn's tests");
MODULE_AUTHOR("The uvn authors");
MODULE_LICENSE("GPL");
