/* SPDX-License-Identifier: GPL-2.0 */
/*
 * User networks: what each is, and the table of them.
 */
#ifndef _UVN_USER_H
#define _UVN_USER_H

#include <linux/atomic.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/netfilter.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uvn.h>
#include <linux/wait.h>

#include "core/flows.h"
#include "core/traffic.h"
#include "external/reply-cache.h"
#include "overlay/link.h"

struct dst_entry;
struct user_struct;
struct uvn_net;
struct uvn_uplinks;

/**
 * struct uvn_user - a user network
 * @un: its namespace
 * @rcu: for freeing it after the last reader
 * @refs: held by un->users, by each link, and by whoever looks at it
 * @uid: in the initial user namespace
 * @vni: VXLAN network identifier
 * @table: routing table of the VRF
 * @vrf_ifindex: of the VRF once the network is ready, else 0; this is what
 *	socket() reads, so it is set last and cleared first
 * @lock: protects @state, @error and @dirty, and setting @vrf_ifindex
 * @state: enum uvn_user_state
 * @error: why it was given up, negative errno; 0 while it lives
 *	-EAGAIN if it was removed and a new one may be asked for
 * @dirty: needs work although nothing changed around it
 * @gen: un->gen that it was last brought to; only the worker uses it
 * @reason: enum uvn_reason of the step that failed; only the worker uses it
 * @detail: the device, table or step that failed; likewise
 * @vrf: ifindex of the VRF device, or 0; likewise
 * @made_table: entries in @table are ours; likewise
 * @wait: those who wait for @state to leave UVN_USER_STATE_CREATING
 * @work: brings the network to its desired state, on the worker
 * @uplinks: what may be of them in @table; likewise
 * @uplinked: all of them is; likewise
 * @cgnat: source off the subnets (IPv4, IPv6), or 0; only the worker writes it
 * @sourced: of these, what the VRF has; only the worker uses it
 * @input: route of packets into the VRF (IPv4, IPv6); RTNL
 * @translated: has had flows translated
 * @links: struct uvn_link; RTNL
 * @early: packets that came before it was ready; @lock
 * @questions: what was asked in it
 * @asked: only packets have asked for it
 * @account: the kernel's account of the user, once a task asked; or NULL
 * @idle: looks whether it is in use, on the worker; has a reference
 * @active: when it was in use last, in jiffies; only the worker uses it
 * @events_seen: packets and sockets that had been counted by then; likewise
 * @received: a packet has come since, by the short way
 * @traffic: packets that no link counts; made before the VRF is
 * @traffic_kept: what went by links that are gone; RTNL
 * @sockets: sockets bound to it
 * @published: flows from outside to published ports
 * @flows: those that there are
 * @denied: sockets and packets refused to this UID, by enum uvn_reason
 * @events: rate limit of its denied events, so that no user can hide another's
 */
struct uvn_user {
	struct uvn_net *un;
	struct rcu_head rcu;
	refcount_t refs;
	u32 uid;
	u32 vni;
	u32 table;
	int vrf_ifindex;
	spinlock_t lock; /* see above */
	u32 state;
	int error;
	bool dirty;
	bool made_table;
	u32 gen;
	u32 reason;
	char detail[32];
	int vrf;
	struct uvn_uplinks *uplinks;
	bool uplinked;
	bool translated;
	union nf_inet_addr cgnat[2];
	union nf_inet_addr sourced[2];
	struct dst_entry __rcu *input[2];
	wait_queue_head_t wait;
	struct kthread_work work;
	struct list_head links;
	struct sk_buff_head early;
	struct uvn_user_replies questions;
	bool asked;
	struct user_struct *account;
	struct kthread_delayed_work idle;
	unsigned long active;
	u64 events_seen;
	bool received;
	struct uvn_traffic __percpu *traffic;
	struct uvn_traffic_sum traffic_kept;
	atomic64_t sockets;
	atomic64_t published;
	struct uvn_flows flows[UVN_FLOWS_KINDS];
	atomic64_t denied[UVN_REASON_MAX + 1];
	struct ratelimit_state events;
};

void uvn_user_unpin_account(struct uvn_user *user);
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
