/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What users see of devices and routes.
 */
#ifndef _UVN_VIEW_H
#define _UVN_VIEW_H

#include <linux/types.h>

struct net;
struct net_device;
struct sock;

bool uvn_view_is_users(const struct net *net);
bool uvn_view_is_users_socket(const struct sock *sk);
bool uvn_view_hides(const struct net_device *dev);
bool uvn_view_hides_index(const struct net *net, int ifindex);
bool uvn_view_hides_name(struct net *net, const char *name, size_t len);
bool uvn_view_hides_table(const struct net *net, u32 table);

#endif /* _UVN_VIEW_H */
