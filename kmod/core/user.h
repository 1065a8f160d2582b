/* SPDX-License-Identifier: GPL-2.0 */
/*
 * User networks: what each is, and the table of them.
 */
#ifndef _UVN_USER_H
#define _UVN_USER_H

#include <linux/atomic.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "core/denial.h"
#include "core/flows.h"
#include "core/traffic.h"
#include "core/zone.h"
#include "external/cgnat.h"
#include "external/reply-cache.h"
#include "external/uplink.h"
#include "network/idle.h"
#include "network/network.h"
#include "overlay/vrf-rx.h"

struct net_device;
struct user_struct;
struct uvn_net;

/**
 * struct uvn_user - a user network
 * @un: its namespace
 * @rcu: for freeing it after the last reader
 * @refs: held by un->users, by the VRF, and by whoever looks at it
 * @uid: in the initial user namespace
 * @vni: VXLAN network identifier
 * @table: routing table of the VRF
 * @vrf_ifindex: of the VRF once the network is ready, else 0; this is what
 *	socket() reads, so it is set last and cleared first
 * @vrf: ifindex of the VRF device, or 0; only the worker uses it
 * @lock: protects @state, @error, @dirty and @pending, and setting @vrf_ifindex
 * @state: enum uvn_user_state
 * @error: why it was given up, negative errno; 0 while it lives
 *	-EAGAIN if it was removed and a new one may be asked for
 * @dirty: needs work although nothing changed around it
 * @asked: only packets have asked for it
 * @wait: those who wait for @state to leave UVN_USER_STATE_CREATING
 * @work: brings the network to its desired state, on the worker
 * @account: the kernel's account of the user, once a task asked; or NULL
 * @published: flows from outside to published ports
 * @flows: those that there are
 * @denial: refusals
 * @traffic: what is counted of its packets
 * @device: the VRF device, or NULL; RTNL
 * @pending: packets that came before it was ready
 * @vrf_rx: the way into the VRF
 * @zone: where its flows are tracked
 * @cgnat: its addresses off the subnets
 * @uplink: its ways off the subnets
 * @replies: what was asked in it
 * @network: what there is of it
 * @idle: whether it is in use
 */
struct uvn_user {
	struct uvn_net *un;
	struct rcu_head rcu;
	refcount_t refs;
	u32 uid;
	u32 vni;
	u32 table;
	int vrf_ifindex;
	int vrf;
	spinlock_t lock; /* see above */
	u32 state;
	int error;
	bool dirty;
	bool asked;
	wait_queue_head_t wait;
	struct kthread_work work;
	struct user_struct *account;
	atomic64_t published;
	struct uvn_flows flows[UVN_FLOWS_KINDS];
	struct uvn_user_denial denial;
	struct uvn_user_traffic traffic;
	struct net_device *device;
	struct sk_buff_head pending;
	struct uvn_user_vrf_rx vrf_rx;
	struct uvn_user_zone zone;
	struct uvn_user_cgnat cgnat;
	struct uvn_user_uplink uplink;
	struct uvn_user_replies replies;
	struct uvn_user_network network;
	struct uvn_user_idle idle;
};

void uvn_user_clear_asked(struct uvn_user *user);
void uvn_user_pin_account(struct uvn_user *user);
void uvn_user_vrf_name(char *name, u32 uid);
struct uvn_user *uvn_user_get(struct uvn_net *un, u32 uid);
struct uvn_user *uvn_user_next(struct uvn_net *un, u32 *uid);
void uvn_user_put(struct uvn_user *user);
struct uvn_user *uvn_user_make(struct uvn_net *un, u32 uid);
struct uvn_user *uvn_user_ask(struct uvn_net *un, u32 uid);
int uvn_user_wait(struct uvn_user *user);
void uvn_user_invalidate(struct uvn_user *user);
void uvn_user_set_state(struct uvn_user *user, u32 state, int err);
void uvn_user_mark_dying(struct uvn_user *user);
void uvn_user_leave(struct uvn_user *user);

#endif /* _UVN_USER_H */
