/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Networks that nobody uses any more.
 */
#ifndef _UVN_IDLE_H
#define _UVN_IDLE_H

#include <linux/kthread.h>
#include <linux/types.h>

struct netlink_ext_ack;
struct uvn_user;

/**
 * struct uvn_user_idle - whether a user network is in use
 * @work: looks whether it is, on the worker; has a reference
 * @active: when it was last, in jiffies; only the worker uses it
 * @seen: packets and sockets that had been counted by then; likewise
 */
struct uvn_user_idle {
	struct kthread_delayed_work work;
	unsigned long active;
	u64 seen;
};

void uvn_idle_work(struct kthread_work *work);
void uvn_idle_watch(struct uvn_user *user);
void uvn_idle_unwatch(struct uvn_user *user);
int uvn_idle_remove(struct uvn_user *user, struct netlink_ext_ack *extack);

#endif /* _UVN_IDLE_H */
