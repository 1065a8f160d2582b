/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every user network is brought to its desired state.
 */
#ifndef _UVN_RECONCILE_H
#define _UVN_RECONCILE_H

#include <linux/types.h>

struct kthread_work;
struct netlink_ext_ack;
struct uvn_net;

void uvn_reconcile_mark_unmatched(struct uvn_net *un);
void uvn_reconcile_work(struct kthread_work *work);
int uvn_reconcile_remove(struct uvn_net *un, u32 uid, bool force,
			 struct netlink_ext_ack *extack);
void uvn_reconcile_all(struct kthread_work *work);
void uvn_reconcile_unwatch_all(struct uvn_net *un);
void uvn_reconcile_forget_all(struct uvn_net *un);

#endif /* _UVN_RECONCILE_H */
