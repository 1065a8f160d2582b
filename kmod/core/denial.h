/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Refusals.
 */
#ifndef _UVN_DENIAL_H
#define _UVN_DENIAL_H

#include <linux/atomic.h>
#include <linux/ratelimit.h>
#include <linux/types.h>
#include <linux/uvn.h>

struct net_device;
struct uvn_net;

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

/* Events in a second, of whom has no network and of each user. */
#define UVN_NET_DENIAL_EVENTS	100
#define UVN_USER_DENIAL_EVENTS	50

/**
 * struct uvn_net_denial - refusals in a namespace
 * @count: sockets and packets refused, by enum uvn_reason
 * @suppressed: events left out since the last one sent
 * @events: rate limit of events of whom has no network
 */
struct uvn_net_denial {
	atomic64_t count[UVN_REASON_MAX + 1];
	atomic_t suppressed;
	struct ratelimit_state events;
};

/**
 * struct uvn_user_denial - refusals to a user
 * @count: sockets and packets refused to this UID, by enum uvn_reason
 * @events: rate limit of events of them, so that no user can hide another's
 */
struct uvn_user_denial {
	atomic64_t count[UVN_REASON_MAX + 1];
	struct ratelimit_state events;
};

/* How many refusals there have been, of a namespace or a user, by enum uvn_reason. */
static inline void uvn_denial_counts(const atomic64_t *from, u64 *to)
{
	u32 reason;

	for (reason = 0; reason <= UVN_REASON_MAX; reason++)
		to[reason] = atomic64_read(&from[reason]);
}

void uvn_denial_report(struct uvn_net *un, const struct uvn_denial *denial);

#endif /* _UVN_DENIAL_H */
