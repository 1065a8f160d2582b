/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All state of one network namespace.
 *
 * Locks, outermost first:
 *   un->lock          serialises administrators' changes in one namespace
 *   RTNL              lowers, links and the publication of a configuration
 *   un->users (xa)    membership of the user table
 *   user->lock        the state of one user network
 * The namespace's worker (un->worker) is the only one that makes, changes or
 * removes user networks; it never takes un->lock, so that who holds it may
 * wait for the worker. Nobody who waits for the worker holds RTNL.
 */
#ifndef _UVN_NETNS_H
#define _UVN_NETNS_H

#include <linux/atomic.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/notifier.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/uvn.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "rtnl/client.h"
#include "socket/forward.h"

struct net;
struct nf_conn;
struct uvn_askers;
struct uvn_config;
struct uvn_lower;
struct uvn_reply_cache;
struct uvn_uplinks;
struct uvn_user;

/**
 * struct uvn_net - all state of one network namespace
 * @net: the namespace
 * @lock: serialises enable, disable and changes of the configuration
 * @enabled: armed; written under @lock, read anywhere
 * @dying: the namespace goes away; networks are not removed piece by piece
 * @rescan: a lower device may not be up to date; set anywhere, and then
 *	@reconcile is queued
 * @evict: users' sockets that are older than enable may not send
 * @config: the configuration; written under @lock and RTNL
 * @lowers: struct uvn_lower; RTNL
 * @egresses: devices whose egress is judged; RTNL
 * @tunnels: struct uvn_tunnel
 * @users: UID -> struct uvn_user
 * @n_users: how many there are
 * @empty: those who wait for there to be none
 * @worker: makes, changes and removes user networks
 * @reconcile: brings every user network to its desired state, on the worker
 * @gen: counts changes of lowers and configuration; RTNL
 * @rtnl: the worker's rtnetlink client
 * @diag_missing: protocols that sock_diag does not know here, bits; only the
 *	worker uses it
 * @making: the user whose link the worker is making; RTNL
 * @making_on: the lower device that the link is for; likewise
 * @added_l3mdev: the rule for l3mdev at preference 0 is ours (IPv4, IPv6)
 * @l3mdev_accept: tcp, udp and raw_l3mdev_accept as they were before
 * @config_seq: counts configurations, for consistent dumps
 * @denied: sockets and packets refused, by enum uvn_reason
 * @guard: netfilter hooks that guard output (IPv4, IPv6)
 * @forward: netfilter hooks that judge what passes through
 * @forward_out: those that judge it once it is translated (IPv4, IPv6)
 * @forward_out_on: they are registered; @forward_work
 * @forward_open: they may be; @lock
 * @forward_work: registers them
 * @questions: what users asked system services
 * @cgnat: last 32 bits of an address (IPv4, IPv6) -> struct uvn_user
 * @nat: netfilter hooks for answers from off the subnets (IPv4, IPv6)
 * @nat_on: they are registered; @lock
 * @uplinks: ways off the subnets; only the worker uses it
 * @uplinks_gen: @gen for which they were read; likewise
 * @uplinks_stale: they may have changed since; UVN_UPLINK_*
 * @uplinks_flushes: how often routes were lost; only the worker uses it
 * @fib: tells when routes change
 * @rx_dropped: packets to our ports that failed a check
 * @events_suppressed: denied events left out since the last one sent
 * @events: rate limit of denied events of whom has no network
 * @askers: how often packets have asked for networks, while enabled
 * @n_asked: networks that only packets have asked for
 * @early_bytes: memory of all packets that wait for a network
 * @adopted: PID, id of a cgroup -> struct uvn_adoption; @lock to write
 * @n_adopted: how many there are, with those that are over
 * @adopt_limit: for how many it is worth while to look which are over; @lock
 * @visit: netfilter hooks for flows to published ports (IPv4, IPv6)
 * @visit_on: they are registered; @lock
 * @visit_template: makes connection tracking use our zone, while they are
 * @published: protocol and port -> UID of who has it
 * @visit_events: rate limit of events about visits
 * @visit_suppressed: such events left out since the last one sent
 * @strict_list: in the list of those whose users get no sockets elsewhere
 * @strict: it is in that
 */
struct uvn_net {
	struct net *net;
	struct mutex lock; /* see above */
	bool enabled;
	bool dying;
	bool rescan;
	bool evict;
	struct uvn_config __rcu *config;
	struct list_head lowers;
	struct list_head egresses;
	struct list_head tunnels;
	struct xarray users;
	atomic_t n_users;
	wait_queue_head_t empty;
	struct kthread_worker *worker;
	struct kthread_delayed_work reconcile;
	u32 gen;
	struct uvn_client rtnl;
	u32 diag_missing;
	struct uvn_user *making;
	struct uvn_lower *making_on;
	bool added_l3mdev[2];
	u8 l3mdev_accept[3];
	u32 config_seq;
	atomic64_t denied[UVN_REASON_MAX + 1];
	struct nf_hook_ops guard[2];
	struct nf_hook_ops forward[UVN_FORWARD_HOOKS];
	struct nf_hook_ops forward_out[2];
	bool forward_out_on;
	bool forward_open;
	struct work_struct forward_work;
	struct uvn_reply_cache __rcu *questions;
	struct xarray cgnat[2];
	struct nf_hook_ops nat[2];
	bool nat_on;
	struct uvn_uplinks *uplinks;
	u32 uplinks_gen;
	atomic_t uplinks_stale;
	u32 uplinks_flushes;
	struct notifier_block fib;
	atomic64_t rx_dropped;
	atomic_t events_suppressed;
	struct ratelimit_state events;
	struct uvn_askers *askers;
	atomic_t n_asked;
	atomic_t early_bytes;
	struct xarray adopted[2];
	atomic_t n_adopted;
	int adopt_limit;
	struct nf_hook_ops visit[2];
	bool visit_on;
	struct nf_conn *visit_template;
	struct xarray published;
	struct ratelimit_state visit_events;
	atomic_t visit_suppressed;
	struct list_head strict_list;
	bool strict;
};

extern unsigned int uvn_netns_id;

struct uvn_net *uvn_netns(const struct net *net);
struct uvn_config *uvn_netns_config(struct uvn_net *un);
int uvn_netns_run(struct uvn_net *un, int (*fn)(void *arg), void *arg);
int uvn_netns_hook(struct uvn_net *un, struct nf_hook_ops *hooks,
		   const struct nf_hook_ops *ops, unsigned int n);

#endif /* _UVN_NETNS_H */
