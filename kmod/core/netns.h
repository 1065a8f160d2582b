/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All state of one network namespace.
 *
 * Locks, outermost first:
 *   un->lock          serialises administrators' changes in one namespace
 *   RTNL              lowers, VRFs and the publication of a configuration
 *   un->users (xa)    membership of the user table
 *   user->lock        the state of one user network
 * The namespace's worker (un->worker) is the only one that makes, changes or
 * removes user networks; it never takes un->lock, so that who holds it may
 * wait for the worker. Nobody who waits for the worker holds RTNL.
 */
#ifndef _UVN_NETNS_H
#define _UVN_NETNS_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "core/denial.h"
#include "core/drop.h"
#include "external/claim.h"
#include "external/inbound.h"
#include "external/nat.h"
#include "external/uplink.h"
#include "overlay/nf-place.h"
#include "overlay/pending.h"
#include "rtnl/client.h"
#include "socket/adopt.h"
#include "socket/forward.h"
#include "socket/sock.h"

struct net;
struct uvn_config;
struct uvn_reply_cache;
struct uvn_udp_system;
struct uvn_user;

/**
 * struct uvn_net - all state of one network namespace
 * @net: the namespace
 * @lock: serialises enable, disable and changes of the configuration
 * @enabled: armed; written under @lock, read anywhere
 * @dying: the namespace goes away; networks are not removed piece by piece
 * @view: users may see less than there is; from before there is anything to hide until
 *	after that
 * @view_sockets: users may see no others' sockets, and what lists them is intercepted
 * @rescan: a lower device may not be up to date; set anywhere, and then
 *	@reconcile is queued
 * @evict: users' sockets that are older than enable may not send
 * @outer_netfilter: netfilter judges outer packets on their way out
 * @firewall_vrf: netfilter sees users' VRFs, and not the devices below
 * @config: the configuration; written under @lock and RTNL
 * @config_seq: counts configurations, for consistent dumps
 * @gen: counts changes of lowers and configuration; RTNL
 * @worker: makes, changes and removes user networks
 * @reconcile: brings every user network to its desired state, on the worker
 * @user_work: brings one to it, likewise
 * @idle_work: looks whether one is in use, likewise
 * @users: UID -> struct uvn_user
 * @n_users: how many there are
 * @vnis: VNI -> struct uvn_vrf; written under RTNL
 * @empty: those who wait for there to be none
 * @drops: packets that were dropped as they came; NULL until it is first armed
 * @lowers: struct uvn_lower; RTNL
 * @egresses: devices whose egress is judged; RTNL
 * @tunnels: struct uvn_tunnel
 * @making: for whom the worker is making a VRF; RTNL
 * @pending: packets that wait for networks
 * @rtnl: the worker's rtnetlink client
 * @diag_missing: protocols that sock_diag does not know here, bits; only the
 *	worker uses it
 * @added_l3mdev: the rule for l3mdev at preference 0 is ours (IPv4, IPv6)
 * @l3mdev_accept: tcp, udp and raw_l3mdev_accept as they were before
 * @cgnat: last 32 bits of an address (IPv4, IPv6) -> struct uvn_user
 * @nat: translation off the subnets
 * @claims: users' flows off the subnets with their own ports
 * @udp_system: what the system does by UDP; while there is a pool
 * @uplink: ways off the subnets
 * @inbound: flows to published ports
 * @port_claims: protocol and port -> UID of who has it
 * @replies: what users asked system services
 * @guard: netfilter hooks that guard output (IPv4, IPv6)
 * @forward: what judges packets that pass through
 * @nf_place: hooks of netfilter beside those of others
 * @adopt: tasks that act for users
 * @strict: whether users may have sockets elsewhere
 * @denial: refusals
 *
 * What one noun has is defined in that noun's header, wherever that is: here alone,
 * and in struct uvn_user, a folder includes from those above it.
 */
struct uvn_net {
	struct net *net;
	struct mutex lock; /* see above */
	bool enabled;
	bool dying;
	bool view;
	bool view_sockets;
	bool rescan;
	bool evict;
	bool outer_netfilter;
	bool firewall_vrf;
	struct uvn_config __rcu *config;
	u32 config_seq;
	u32 gen;
	struct kthread_worker *worker;
	struct kthread_delayed_work reconcile;
	kthread_work_func_t user_work;
	kthread_work_func_t idle_work;
	struct xarray users;
	atomic_t n_users;
	struct xarray vnis;
	wait_queue_head_t empty;
	struct uvn_drops __percpu *drops;
	struct list_head lowers;
	struct list_head egresses;
	struct list_head tunnels;
	struct uvn_user *making;
	struct uvn_net_pending pending;
	struct uvn_client rtnl;
	u32 diag_missing;
	bool added_l3mdev[2];
	u8 l3mdev_accept[3];
	struct xarray cgnat[2];
	struct uvn_net_nat nat;
	struct uvn_net_claims claims;
	struct uvn_udp_system __rcu *udp_system;
	struct uvn_net_uplink uplink;
	struct uvn_net_inbound inbound;
	struct xarray port_claims;
	struct uvn_reply_cache __rcu *replies;
	struct nf_hook_ops guard[2];
	struct uvn_net_forward forward;
	struct uvn_net_nf_place nf_place;
	struct uvn_net_adopt adopt;
	struct uvn_net_strict strict;
	/* What packets write to, beside which there is nothing that others read. */
	struct uvn_net_denial denial ____cacheline_aligned_in_smp;
};

/* That the caller is the namespace's worker, where lockdep looks; or that there is none
 * any more.
 */
static inline void uvn_assert_worker(const struct uvn_net *un)
{
	lockdep_assert(!un->worker || current == un->worker->task);
}

extern unsigned int uvn_netns_id;

struct uvn_net *uvn_netns(const struct net *net);
struct uvn_config *uvn_netns_config(struct uvn_net *un);
int uvn_netns_run(struct uvn_net *un, int (*fn)(void *arg), void *arg);
int uvn_netns_hook(struct uvn_net *un, struct nf_hook_ops *hooks,
		   const struct nf_hook_ops *ops, unsigned int n);

#endif /* _UVN_NETNS_H */
