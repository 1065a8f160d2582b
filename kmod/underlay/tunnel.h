/* SPDX-License-Identifier: GPL-2.0 */
/*
 * UDP tunnel sockets.
 */
#ifndef _UVN_TUNNEL_H
#define _UVN_TUNNEL_H

#include <linux/list.h>
#include <linux/types.h>

struct net;
struct net_device;
struct netlink_ext_ack;
struct sock;
struct udp_tunnel_sock_cfg;
struct uvn_addrs;
struct uvn_config;
struct uvn_lower;
struct uvn_net;
struct uvn_subnet;

/**
 * struct uvn_tunnel - a port's UDP tunnel socket
 * @list: in un->tunnels; un->lock and RTNL to write, either to read
 * @un: its namespace
 * @sk: the kernel's socket, bound to the port on all addresses
 * @port: UDP port
 */
struct uvn_tunnel {
	struct list_head list;
	struct uvn_net *un;
	struct sock *sk;
	__be16 port;
};

void uvn_tunnel_init(const struct udp_tunnel_sock_cfg *template);
int uvn_tunnel_check_port(struct net *net, const struct uvn_subnet *s,
			  struct netlink_ext_ack *extack);
int uvn_tunnel_open(struct uvn_net *un, const struct uvn_config *cfg,
		    struct netlink_ext_ack *extack);
void uvn_tunnel_close(struct uvn_net *un, const struct uvn_config *keep);
void uvn_tunnel_push(struct uvn_net *un, struct net_device *dev, bool add);
void uvn_tunnel_join(struct uvn_lower *lower, const struct uvn_addrs *old,
		     const struct uvn_addrs *new);
struct sock *uvn_tunnel_sk(struct uvn_net *un, const struct uvn_subnet *subnet);

#endif /* _UVN_TUNNEL_H */
