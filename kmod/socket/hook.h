/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interception of what tasks do with sockets.
 */
#ifndef _UVN_HOOK_H
#define _UVN_HOOK_H

struct netlink_ext_ack;

int uvn_hook_get(struct netlink_ext_ack *extack);
void uvn_hook_put(void);
void uvn_hook_sync(void);
const char *uvn_hook_name(void);

#endif /* _UVN_HOOK_H */
