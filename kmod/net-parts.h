/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of an armed namespace.
 */
#ifndef _UVN_NET_PARTS_H
#define _UVN_NET_PARTS_H

struct netlink_ext_ack;
struct uvn_config;
struct uvn_net;

int uvn_net_parts_set_up(struct uvn_net *un, struct netlink_ext_ack *extack);
void uvn_net_parts_take_down(struct uvn_net *un);
int uvn_net_parts_open(struct uvn_net *un, const struct uvn_config *cfg,
		       struct netlink_ext_ack *extack);
void uvn_net_parts_close(struct uvn_net *un, const struct uvn_config *cfg);

#endif /* _UVN_NET_PARTS_H */
