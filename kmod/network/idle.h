/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Networks that nobody uses any more.
 */
#ifndef _UVN_IDLE_H
#define _UVN_IDLE_H

struct netlink_ext_ack;
struct uvn_user;

void uvn_idle_init(struct uvn_user *user);
void uvn_idle_watch(struct uvn_user *user);
void uvn_idle_unwatch(struct uvn_user *user);
int uvn_idle_remove(struct uvn_user *user, struct netlink_ext_ack *extack);

#endif /* _UVN_IDLE_H */
