/* SPDX-License-Identifier: GPL-2.0 */
/*
 * uvn: user virtual networks. Private structures and the prototypes of
 * every file, grouped by the .c that has them.
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
#ifndef _UVN_H
#define _UVN_H

#include <linux/atomic.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/local_lock.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/sockptr.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/dst.h>

#include "config.h"
#include "flows.h"
#include "traffic.h"

struct genl_info;
struct in_ifaddr;
struct ip_mreqn;
struct net;
struct net_device;
struct netlink_callback;
struct nf_conn;
struct nf_conntrack_tuple;
struct netlink_ext_ack;
struct request_sock;
struct rtnl_link_ops;
struct sock;
struct socket;
struct user_struct;
struct uvn_askers;
struct uvn_net;
struct uvn_owner;
struct uvn_packet;
struct uvn_questions;
struct uvn_uplink;
struct uvn_uplinks;

/* Metric of the route that ends each user's table: the largest that leaves
 * room for an administrator's own below "never".
 */
#define UVN_UNREACHABLE_METRIC	4278198272U

#define UVN_TABLE_BASE_DEFAULT	16777216U

/* FORWARD of both families, and two of bridges. */
#ifdef CONFIG_NETFILTER_FAMILY_BRIDGE
#define UVN_FORWARD_HOOKS	4
#else
#define UVN_FORWARD_HOOKS	2
#endif

/* Why a packet to a port of ours was dropped. */
enum uvn_drop {
	UVN_DROP_NONE,
	UVN_DROP_HEADER,
	UVN_DROP_DEVICE,
	UVN_DROP_SOURCE,
	UVN_DROP_DESTINATION,
	UVN_DROP_NO_LINK,
	UVN_DROP_LINK_STATE,
	UVN_DROP_ECN,
	UVN_DROP_MEMORY,
	UVN_DROP_OPTIONS,
	UVN_DROP_FRAGMENT,
	UVN_DROP_CGNAT,
	UVN_DROP_EARLY,
};

/**
 * struct uvn_addr - an address of a lower device or of a link
 * @addr: the address
 * @brd: its IPv4 broadcast address, or 0
 * @family: AF_INET or AF_INET6
 * @plen: prefix length that the administrator gave it
 * @tentative: somebody else may have it (IPv6)
 * @subnet: the subnet it lies in, where that has been looked up
 * @sk: tunnel socket of the subnet's port, likewise
 */
struct uvn_addr {
	union nf_inet_addr addr;
	__be32 brd;
	u8 family;
	u8 plen;
	bool tentative;
	struct uvn_subnet subnet;
	struct sock *sk;
};

/**
 * struct uvn_addrs - the addresses of a lower device or of a link
 * @rcu: for freeing it after the last reader
 * @n: length of @a
 * @a: those of IPv4 first; in the order of the device, so that the first of a
 *	subnet is its source, but of IPv6 first those that are fit for one
 */
struct uvn_addrs {
	struct rcu_head rcu;
	unsigned int n;
	struct uvn_addr a[];
};

#define UVN_ROUTES_BITS		6

/**
 * struct uvn_route - outer route to a remote, cached per CPU
 * @remote: outer (and inner) destination
 * @saddr: outer (and inner) source
 * @dst: the route, or NULL
 * @cookie: says with IPv6 whether the route is still the same
 * @port: UDP destination port
 * @family: AF_INET or AF_INET6
 */
struct uvn_route {
	union nf_inet_addr remote;
	union nf_inet_addr saddr;
	struct dst_entry *dst;
	u32 cookie;
	__be16 port;
	u8 family;
};

/**
 * struct uvn_routes - a CPU's direct-mapped cache of outer routes
 * @lock: protects @slot from who preempts, with PREEMPT_RT; else bottom halves
 *	that are off do, and it is nothing
 * @slot: indexed by a hash of the remote
 *
 * Only touched with bottom halves off on its own CPU. A remote that hashes
 * onto another's slot replaces it and costs one route lookup.
 */
struct uvn_routes {
	local_lock_t lock;
	struct uvn_route slot[BIT(UVN_ROUTES_BITS)];
};

/**
 * struct uvn_lower - an interface with at least one address in a subnet
 * @list: in un->lowers, by ifindex; written under RTNL
 * @rcu: for freeing it after the last reader
 * @refs: held by the list and by every link above
 * @un: its namespace
 * @dev: the device, NULL once it is not listed; RTNL
 * @ifindex: of @dev
 * @addrs: addresses in subnets, NULL once the device is no longer ours
 * @links: VNI -> struct uvn_link; written under RTNL
 * @hook: takes VXLAN of ours before the outer IP stack sees it
 * @routes: outer routes of the links above
 */
struct uvn_lower {
	struct list_head list;
	struct rcu_head rcu;
	refcount_t refs;
	struct uvn_net *un;
	struct net_device *dev;
	int ifindex;
	struct uvn_addrs __rcu *addrs;
	struct xarray links;
	struct nf_hook_ops hook;
	struct uvn_routes __percpu *routes;
};

/**
 * struct uvn_link - private data of a `uvn` device
 * @dev: the device
 * @lower: what it sends and receives through; holds a reference
 * @user: whose it is; holds a reference
 * @list: in user->links; RTNL
 * @vni: of @user, for the packet path
 * @vni_field: the same as it stands in the VXLAN header
 * @applied: addresses whose subnets have routes; only the worker uses it
 */
struct uvn_link {
	struct net_device *dev;
	struct uvn_lower *lower;
	struct uvn_user *user;
	struct list_head list;
	u32 vni;
	__be32 vni_field;
	struct uvn_addrs *applied;
};

/**
 * struct uvn_user_questions - notes of what a user asked system services
 * @lock: protects @list and @n; to take another's notes' is only tried
 * @list: struct uvn_question, what was not used longest first
 * @n: its length
 */
struct uvn_user_questions {
	spinlock_t lock; /* see above */
	struct list_head list;
	unsigned int n;
};

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
	struct uvn_user_questions questions;
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

/**
 * struct uvn_tunnel - a port's UDP tunnel socket
 * @list: in un->tunnels; un->lock and RTNL to write, either to read
 * @un: its namespace
 * @sk: the kernel's socket, bound to the port on all addresses
 * @port: UDP port
 */
struct uvn_tunnel {
	struct list_head list;
	struct uvn_net *un;
	struct sock *sk;
	__be16 port;
};

/**
 * struct uvn_client - a netlink socket of the worker's
 * @sock: the socket, or NULL
 * @seq: sequence number of the last request
 */
struct uvn_client {
	struct socket *sock;
	u32 seq;
};

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
	struct uvn_questions __rcu *questions;
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

/**
 * struct uvn_denial - a socket or a packet that was refused, or a network that
 *	failed
 * @uid: of the identity
 * @reason: enum uvn_reason
 * @operation: enum uvn_operation
 * @error: negative errno as the program sees it; 0 if it does not
 * @audit: it was let pass
 * @atomic: the context may not sleep
 * @task: the current task is whom it concerns
 * @detail: the device, table or step concerned, or NULL
 * @family: of the socket, or -1 where it is about a network and no socket
 * @type: of the socket
 * @protocol: of the socket
 * @out: the device by which a packet would have left, or NULL
 * @ifindex: of the device that the program named, or 0
 * @addr_len: 4 or 16; 0 if it is not about a packet
 * @saddr: source of the packet
 * @daddr: its destination
 */
struct uvn_denial {
	u32 uid;
	u32 reason;
	u32 operation;
	int error;
	bool audit;
	bool atomic;
	bool task;
	const char *detail;
	int family;
	int type;
	int protocol;
	const struct net_device *out;
	int ifindex;
	unsigned int addr_len;
	const void *saddr;
	const void *daddr;
};

/* adopt.c */
enum uvn_adopt_by {
	UVN_ADOPT_PID,
	UVN_ADOPT_CGROUP,
};

u32 uvn_adopt_uid(struct uvn_net *un);
int uvn_adopt_add(struct uvn_net *un, enum uvn_adopt_by by, u64 id, u32 uid,
		  struct netlink_ext_ack *extack);
int uvn_adopt_del(struct uvn_net *un, enum uvn_adopt_by by, u64 id,
		  struct netlink_ext_ack *extack);
bool uvn_adopt_next(struct uvn_net *un, enum uvn_adopt_by *by,
		    unsigned long *id, u32 *pid, u32 *uid);
void uvn_adopt_close(struct uvn_net *un);

/* addrs.c */
bool uvn_addrs_is_soon(const struct net_device *dev);
struct uvn_addrs *uvn_addrs_of(const struct net_device *dev);
bool uvn_addrs_has_ipv6(const struct uvn_addrs *addrs);
bool uvn_addrs_same(const struct uvn_addr *a, const struct uvn_addr *b);
bool uvn_addrs_in(const struct uvn_addrs *addrs, const struct uvn_addr *addr);
const struct uvn_addr *uvn_addrs_nth(const struct uvn_addrs *addrs,
				     unsigned int n);
void uvn_addrs_hide(struct in_ifaddr *ifa);
bool uvn_addrs_may_ipv6(struct uvn_net *un, int ifindex);
bool uvn_addrs_is_local6(struct net *net, int vrf,
			 const struct in6_addr *addr);
bool uvn_addrs_is_whole(struct uvn_user *user, const struct uvn_addr *addr);
int uvn_addrs_add(struct uvn_user *user, int ifindex,
		  const struct uvn_addr *addr, u8 scope);

/* answer.c */
int uvn_answer_note(struct sock **sk, struct sk_buff *skb);
bool uvn_answer_route(struct uvn_net *un, const struct sock *sk,
		      struct sk_buff *skb, u8 family, unsigned int offset);

/* bound.c */
int uvn_bound_may_bind(struct sock *sk, const struct sockaddr *addr, int len);
int uvn_bound_may_listen(struct sock *sk);
int uvn_bound_may_connect(struct sock *sk, const struct sockaddr *addr,
			  int len);
int uvn_bound_may_autobind(struct sock *sk);
int uvn_bound_may_join(struct sock *sk, int *ifindex, __be32 addr);
void uvn_bound_joined(struct sock *sk, int *ifindex);
int uvn_bound_may_set(struct sock *sk, int level, int optname);
int uvn_bound_casts_by(struct sock *sk, int level, int optname,
		       sockptr_t *optval, unsigned int *optlen,
		       struct ip_mreqn *by);
bool uvn_bound_disconnect(struct sock *sk);

/* cgnat.c */
static inline bool uvn_cgnat_is_none(const union nf_inet_addr *addr)
{
	return nf_inet_addr_cmp(addr, &(union nf_inet_addr){});
}

int uvn_cgnat_assign(struct uvn_user *user);
void uvn_cgnat_release(struct uvn_user *user);
struct uvn_user *uvn_cgnat_owner(struct uvn_net *un, u8 family,
				 const union nf_inet_addr *addr);
int uvn_cgnat_check(struct uvn_net *un, const struct uvn_config *cfg,
		    struct netlink_ext_ack *extack);

/* client.c; the worker only */
typedef int uvn_client_fn(const struct nlmsghdr *nlh, void *arg);

int uvn_client_open(struct uvn_client *client, struct net *net, int protocol);
void uvn_client_close(struct uvn_client *client);
int uvn_client_option(struct uvn_client *client, int option);
struct sk_buff *uvn_client_new(struct uvn_client *client, size_t size, int type,
			       int flags, const void *hdr, size_t len);
int uvn_client_request(struct uvn_client *client, struct sk_buff *skb);
int uvn_client_dump(struct uvn_client *client, struct sk_buff *skb,
		    uvn_client_fn *fn, void *arg);

/* diag.c; the worker only */
int uvn_diag_in_use(struct uvn_user *user);

/* early.c */
/* Networks of a namespace that only packets have asked for. */
#define UVN_EARLY_NETWORKS	256

bool uvn_early_keep(struct uvn_lower *lower, u32 vni, struct sk_buff *skb,
		    u8 family, const union nf_inet_addr *saddr);
void uvn_early_release(struct uvn_user *user);
void uvn_early_drop(struct uvn_user *user);
int uvn_early_open(struct uvn_net *un);
void uvn_early_close(struct uvn_net *un);

/* egress.c; RTNL */
int uvn_egress_update(struct uvn_net *un, struct net_device *dev);
void uvn_egress_remove(struct uvn_net *un, const struct net_device *dev);
void uvn_egress_forget(struct uvn_net *un);

/* event.c */
void uvn_event_denied(struct uvn_net *un, const struct uvn_denial *denial,
		      u32 suppressed);
void uvn_event_user(struct uvn_user *user, u8 cmd);
void uvn_event_published(struct uvn_user *user, const struct sk_buff *skb,
			 const struct uvn_packet *p, u8 family,
			 u32 suppressed);
void uvn_event_config(struct uvn_net *un);

/* forward.c */

/* Behind translation, and before connection tracking takes a flow for one. */
#define UVN_FORWARD_PRIORITY	(INT_MAX - 1)

bool uvn_forward_is_ready(struct uvn_net *un, u8 family);
void uvn_forward_init(struct uvn_net *un);
int uvn_forward_open(struct uvn_net *un);
void uvn_forward_close(struct uvn_net *un);
unsigned int uvn_forward_out(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state);
unsigned int uvn_forward_egress(void *priv, struct sk_buff *skb,
				const struct nf_hook_state *state);

/* guard.c */
int uvn_guard_open(struct uvn_net *un);
void uvn_guard_close(struct uvn_net *un);

/* hook.c */
int uvn_hook_get(struct netlink_ext_ack *extack);
void uvn_hook_put(void);
void uvn_hook_sync(void);
const char *uvn_hook_name(void);

/* icmp.c */
int uvn_icmp_lookup(struct sock *sk, struct sk_buff *skb);
void uvn_icmp_rcv(struct sock *sk, struct sk_buff *skb);

/* identity.c */
enum uvn_identity {
	UVN_IDENTITY_SYSTEM,
	UVN_IDENTITY_USER,
	UVN_IDENTITY_NOBODY,
};

bool uvn_identity_next_system_uid(u32 uid, u32 *next);
bool uvn_identity_is_system_uid(u32 uid);
enum uvn_identity uvn_identity_of(const struct uvn_config *cfg, u32 *uid,
				  u32 *vni);
u32 uvn_identity_reason(const struct uvn_config *cfg, u32 uid);
enum uvn_identity uvn_identity(const struct uvn_config *cfg, u32 *uid,
			       u32 *vni);

/* idle.c */
void uvn_idle_init(struct uvn_user *user);
void uvn_idle_free(struct uvn_user *user);
void uvn_idle_unask(struct uvn_user *user);
void uvn_idle_claim(struct uvn_user *user);
void uvn_idle_watch(struct uvn_user *user);
void uvn_idle_unwatch(struct uvn_user *user);
int uvn_idle_remove(struct uvn_user *user, struct netlink_ext_ack *extack);

/* ingress.c */
void uvn_ingress_drop(struct uvn_net *un, struct sk_buff *skb,
		      enum uvn_drop reason);
void uvn_ingress_again(struct uvn_net *un, struct sk_buff *skb, int ifindex);
unsigned int uvn_ingress_hook(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state);
int uvn_ingress_rcv(struct sock *sk, struct sk_buff *skb);

/* input.c */
int uvn_input_open(struct uvn_user *user);
void uvn_input_close(struct uvn_user *user);
void uvn_input_receive(struct uvn_user *user, struct sk_buff *skb, u8 family);
bool uvn_input_deliver(struct uvn_user *user, struct sk_buff *skb, u8 family);

/* link.c */
extern struct rtnl_link_ops uvn_link_ops;

void uvn_link_name(char *name, const char *lower, u32 uid, u32 vni,
		   int lower_ifindex);
unsigned int uvn_link_mtu(unsigned int lower_mtu, bool ipv6);
void uvn_link_receive(struct uvn_user *user, bool on);

/* lower.c */
int uvn_lower_init(void);
void uvn_lower_exit(void);
int uvn_lower_scan(struct uvn_net *un);
void uvn_lower_forget(struct uvn_net *un);
struct uvn_lower *uvn_lower_find(struct uvn_net *un, int ifindex);
void uvn_lower_put(struct uvn_lower *lower);
const struct uvn_addr *uvn_lower_addr(const struct uvn_lower *lower, u8 family,
				      const union nf_inet_addr *addr);
struct dst_entry *uvn_lower_route(struct uvn_lower *lower, u8 family,
				  const union nf_inet_addr *remote,
				  const union nf_inet_addr *saddr, __be16 port);

/* Give up what uvn_lower_route() returned. The cache has a reference, which nobody
 * takes from it while bottom halves are off; with PREEMPT_RT somebody may, so that
 * there the caller has one of its own.
 */
static inline void uvn_lower_route_put(struct dst_entry *dst)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		dst_release(dst);
}

/* net.c */
struct uvn_net *uvn_net(const struct net *net);
struct uvn_config *uvn_net_config(struct uvn_net *un);
int uvn_net_run(struct uvn_net *un, int (*fn)(void *arg), void *arg);
int uvn_net_hook(struct uvn_net *un, struct nf_hook_ops *hooks,
		 const struct nf_hook_ops *ops, unsigned int n);
int uvn_net_enable(struct uvn_net *un, struct netlink_ext_ack *extack);
int uvn_net_disable(struct uvn_net *un, struct netlink_ext_ack *extack);
int uvn_net_check(struct uvn_net *un, const struct uvn_config *cfg,
		  struct netlink_ext_ack *extack);
int uvn_net_configure(struct uvn_net *un, struct uvn_config *cfg,
		      struct netlink_ext_ack *extack);
void uvn_net_deny(struct uvn_net *un, const struct uvn_denial *denial);
int uvn_net_init(void);
void uvn_net_exit(void);

/* netlink.c */
int uvn_netlink_init(void);
void uvn_netlink_exit(void);
int uvn_netlink_put_addr(struct sk_buff *skb, int attrtype, u8 family,
			 const union nf_inet_addr *addr);
int uvn_netlink_put_status(struct sk_buff *skb, struct uvn_net *un);
int uvn_netlink_put_user(struct sk_buff *skb, struct uvn_user *user);

/* nat.c */

/* No reason to refuse anything: the packet is lost, as it may be on any wire. */
#define UVN_NAT_LOST	U32_MAX

bool uvn_nat_mangle(struct sk_buff *skb, struct nf_conn *ct,
		    enum ip_conntrack_info ctinfo, unsigned int hook,
		    u8 family);
u32 uvn_nat_out(struct uvn_net *un, int vrf, struct sk_buff *skb,
		const struct nf_hook_state *state);
bool uvn_nat_is_source(struct uvn_net *un, const struct sk_buff *skb, u8 family);
void uvn_nat_reserve(struct uvn_net *un, struct sk_buff *skb,
		     const struct nf_hook_state *state);
void uvn_nat_forget_all(struct uvn_net *un, struct uvn_config *cfg);
void uvn_nat_forget(struct uvn_net *un, u8 family,
		    const union nf_inet_addr *addr);
int uvn_nat_open(struct uvn_net *un, const struct uvn_config *cfg,
		 struct netlink_ext_ack *extack);
void uvn_nat_close(struct uvn_net *un, const struct uvn_config *keep);
int uvn_nat_init(void);
void uvn_nat_exit(void);

/* network.c; the worker only */
int uvn_network_apply(struct uvn_user *user);
int uvn_network_destroy(struct uvn_user *user);
void uvn_network_remove_devices(struct uvn_user *const *users, unsigned int n);
void uvn_network_vrf_name(char *name, u32 uid);

/* output.c */
bool uvn_output_is_hooked(struct net *net, u8 family, const struct sk_buff *skb);
bool uvn_output_is_short(struct net *net, u8 family,
			 const struct dst_entry *dst,
			 const struct sk_buff *skb);
int uvn_output4(struct sk_buff *skb, struct dst_entry *dst, __be32 saddr,
		__be32 daddr, u8 tos, __be16 sport, __be16 dport);
int uvn_output6(struct sk_buff *skb, struct dst_entry *dst,
		const struct in6_addr *saddr, const struct in6_addr *daddr,
		u8 tos, __be16 sport, __be16 dport);

/* publish.c */
int uvn_publish_claim(struct uvn_net *un, const struct sock *sk,
		      const struct uvn_owner *owner,
		      const struct sockaddr *addr, int len);
struct uvn_user *uvn_publish_owner(struct uvn_net *un, u8 protocol, u16 port);
struct uvn_user *uvn_publish_whose(struct uvn_net *un,
				   const struct sk_buff *skb,
				   const struct uvn_packet *p,
				   const struct nf_hook_state *state,
				   bool *any);

/* receive.c */
void uvn_receive_deny(struct uvn_net *un, const struct sock *sk,
		      const struct sk_buff *skb, struct uvn_denial *denial);
int uvn_receive_may(const struct sock *sk, const struct sk_buff *skb);
int uvn_receive_connection(const struct sock *sk, struct sk_buff *skb,
			   const struct request_sock *req);

/* route.c */
struct dst_entry *uvn_route_lookup(struct net *net, int oif, u8 family,
				   const union nf_inet_addr *daddr,
				   const union nf_inet_addr *saddr,
				   __be16 dport);
int uvn_route_source(struct net *net, int oif, u8 family,
		     const union nf_inet_addr *daddr,
		     union nf_inet_addr *saddr);
int uvn_route_again(struct net *net, int oif, struct sk_buff *skb, u8 family);

/* rtnl.c; the worker only */
int uvn_rtnl_open(struct uvn_net *un);
void uvn_rtnl_close(struct uvn_net *un);
int uvn_rtnl_vrf_add(struct uvn_net *un, const char *name, u32 table);
int uvn_rtnl_link_add(struct uvn_net *un, const char *name, int lower, int vrf,
		      unsigned int mtu);
int uvn_rtnl_altname_add(struct uvn_net *un, int ifindex, const char *name);
int uvn_rtnl_link_up(struct uvn_net *un, int ifindex, unsigned int mtu);
int uvn_rtnl_link_del(struct uvn_net *un, int ifindex);
int uvn_rtnl_addr_add(struct uvn_net *un, int ifindex,
		      const struct uvn_addr *addr, u8 scope);
int uvn_rtnl_addr_del(struct uvn_net *un, int ifindex,
		      const struct uvn_addr *addr);
int uvn_rtnl_route_set(struct uvn_net *un, u32 table, int ifindex,
		       const struct uvn_addr *addr);
int uvn_rtnl_route_del(struct uvn_net *un, u32 table, int ifindex,
		       const struct uvn_prefix *prefix);
int uvn_rtnl_routes(struct uvn_net *un, u8 family, u32 table,
		    uvn_client_fn *fn, void *arg);
int uvn_rtnl_uplink(struct uvn_user *user, const struct uvn_uplink *u,
		    bool add);
int uvn_rtnl_loopback(struct uvn_net *un, u32 table, int vrf);
int uvn_rtnl_unreachable(struct uvn_net *un, int family, u32 table, bool add);
int uvn_rtnl_table_unused(struct uvn_net *un, u8 family, u32 table);
int uvn_rtnl_rule(struct uvn_net *un, int family, bool add, u32 pref,
		  u32 table);

/* Of a rule's flags, those that are not about the devices that there are. */
#define UVN_RTNL_RULE_FLAGS	(FIB_RULE_INVERT | FIB_RULE_FIND_SADDR)

int uvn_rtnl_rule_as(struct uvn_net *un, bool add, const struct nlmsghdr *rule);
int uvn_rtnl_rules(struct uvn_net *un, u8 family, uvn_client_fn *fn,
		   void *arg);

/* rules.c; the worker only */
int uvn_rules_set(struct uvn_net *un);
void uvn_rules_restore(struct uvn_net *un);

/* sock.c */
static inline bool uvn_is_inet(int family)
{
	return family == AF_INET || family == AF_INET6;
}

void uvn_sock_hide(struct sock *sk);
void uvn_sock_watch(struct uvn_net *un, const struct uvn_config *cfg);
int uvn_sock_created(struct socket *sock, int family, int type, int protocol);

/* unix.c */
int uvn_unix_may_reach(const struct sock *sk, const struct sock *other);

/* traffic.c */
int uvn_traffic_open(struct uvn_user *user);
void uvn_traffic_free(struct uvn_user *user);
void uvn_traffic_keep(struct uvn_link *link);
void uvn_traffic_links(const struct uvn_user *user,
		       struct uvn_traffic_sum *sum);
void uvn_traffic_others(const struct uvn_user *user,
			struct uvn_traffic_count *local,
			struct uvn_traffic_sum *off);

/* tunnel.c */
#define UVN_VXLAN_FLAGS		cpu_to_be32(BIT(27))

/**
 * struct uvn_vxlan - VXLAN header and inner Ethernet header (RFC 7348)
 * @flags: %UVN_VXLAN_FLAGS, the I flag
 * @vni: VNI in the upper 24 bits
 * @dst: inner destination MAC
 * @src: inner source MAC
 * @proto: inner EtherType
 */
struct uvn_vxlan {
	__be32 flags;
	__be32 vni;
	u8 dst[6];
	u8 src[6];
	__be16 proto;
} __packed;

int uvn_tunnel_check_port(struct net *net, const struct uvn_subnet *s,
			  struct netlink_ext_ack *extack);
int uvn_tunnel_open(struct uvn_net *un, const struct uvn_config *cfg,
		    struct netlink_ext_ack *extack);
void uvn_tunnel_close(struct uvn_net *un, const struct uvn_config *keep);
void uvn_tunnel_push(struct uvn_net *un, struct net_device *dev, bool add);
void uvn_tunnel_join(struct uvn_lower *lower, const struct uvn_addrs *old,
		     const struct uvn_addrs *new);
struct sock *uvn_tunnel_sk(struct uvn_net *un, const struct uvn_subnet *subnet);

/* uplink.c */

/**
 * struct uvn_uplink - a route that users' tables contain
 * @list: in its set
 * @prefix: its destination
 * @flags: RTNH_F_*
 * @scope: enum rt_scope_t
 * @tos: as in struct rtmsg
 * @type: RTN_*
 * @len: length of @data in bytes
 * @data: the attributes that are the same for all users
 */
struct uvn_uplink {
	struct list_head list;
	struct uvn_prefix prefix;
	u32 flags;
	u8 scope;
	u8 tos;
	u8 type;
	u16 len;
	u8 data[] __aligned(NLMSG_ALIGNTO);
};

int uvn_uplink_follow(struct uvn_net *un);
int uvn_uplink_apply(struct uvn_user *user);
int uvn_uplink_remove(struct uvn_user *user);
void uvn_uplink_forget(struct uvn_user *user);
int uvn_uplink_open(struct uvn_net *un, struct netlink_ext_ack *extack);
void uvn_uplink_close(struct uvn_net *un);

/* user.c */
struct uvn_user *uvn_user_get(struct uvn_net *un, u32 uid);
struct uvn_user *uvn_user_next(struct uvn_net *un, u32 *uid);
void uvn_user_put(struct uvn_user *user);
struct uvn_user *uvn_user_make(struct uvn_net *un, u32 uid);
struct uvn_user *uvn_user_ask(struct uvn_net *un, u32 uid);
int uvn_user_wait(struct uvn_user *user);
void uvn_user_touch(struct uvn_user *user);
void uvn_user_vrf_gone(struct uvn_net *un, const struct net_device *vrf);
void uvn_user_doom_unmatched(struct uvn_net *un);
bool uvn_user_hold(struct uvn_user *user);
void uvn_user_release(struct uvn_user *user);
void uvn_user_leave(struct uvn_user *user);
int uvn_user_remove(struct uvn_net *un, u32 uid, bool force,
		    struct netlink_ext_ack *extack);
void uvn_user_reconcile_all(struct kthread_work *work);
void uvn_user_unwatch_all(struct uvn_net *un);
void uvn_user_forget_all(struct uvn_net *un);

/* visit.c */
struct uvn_user *uvn_visit_replies(struct uvn_net *un, int vrf,
				   const struct sk_buff *skb, u8 family);
bool uvn_visit_out(struct uvn_user *user, struct sk_buff *skb,
		   const struct nf_hook_state *state);
int uvn_visit_open(struct uvn_net *un, const struct uvn_config *cfg,
		   struct netlink_ext_ack *extack);
void uvn_visit_close(struct uvn_net *un, const struct uvn_config *keep);

/* vrf.c */

/* Is it a VRF, or a device in one? */
static inline bool uvn_in_vrf(const struct net_device *dev)
{
	return netif_is_l3_master(dev) || netif_is_l3_slave(dev);
}

u32 uvn_vrf_uid(struct uvn_net *un, const struct net_device *dev);
bool uvn_vrf_is_taken(const struct net_device *dev);
void uvn_vrf_take(struct uvn_user *user, struct net_device *vrf);
void uvn_vrf_leave(const struct uvn_user *user);

#endif /* _UVN_H */
