/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Generic netlink: what its files share.
 */
#ifndef _UVN_NETLINK_H
#define _UVN_NETLINK_H

struct uvn_net;

void uvn_netlink_notify_config(struct uvn_net *un);
int uvn_netlink_init(void);
void uvn_netlink_exit(void);

#endif /* _UVN_NETLINK_H */
