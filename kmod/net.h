/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Enable, disable and configure a network namespace.
 */
#ifndef _UVN_NET_H
#define _UVN_NET_H

struct netlink_ext_ack;
struct uvn_config;
struct uvn_net;

int uvn_net_enable(struct uvn_net *un, struct netlink_ext_ack *extack);
int uvn_net_disable(struct uvn_net *un, struct netlink_ext_ack *extack);
int uvn_net_check(struct uvn_net *un, const struct uvn_config *cfg,
		  struct netlink_ext_ack *extack);
int uvn_net_configure(struct uvn_net *un, struct uvn_config *cfg,
		      struct netlink_ext_ack *extack);
int uvn_net_init(void);
void uvn_net_exit(void);

#endif /* _UVN_NET_H */
