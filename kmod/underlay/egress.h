/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices whose egress is judged. RTNL.
 */
#ifndef _UVN_EGRESS_H
#define _UVN_EGRESS_H

#include <linux/netfilter.h>

struct net_device;
struct uvn_net;

void uvn_egress_init(nf_hookfn *judge);
int uvn_egress_update(struct uvn_net *un, struct net_device *dev);
void uvn_egress_remove(struct uvn_net *un, const struct net_device *dev);
void uvn_egress_forget(struct uvn_net *un);

#endif /* _UVN_EGRESS_H */
