/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What users asked system services: what reply-cache.c notes, for udp-reply.c.
 */
#ifndef _UVN_QUESTION_H
#define _UVN_QUESTION_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct uvn_net;
struct uvn_user;

/**
 * struct uvn_reply_peer - an address and port, and what is asked from there
 * @addr: the address; one of IPv4 as the IPv6 address that it is mapped to
 * @port: the port
 * @service: port that is asked
 */
struct uvn_reply_peer {
	struct in6_addr addr;
	__be16 port;
	__be16 service;
};

/**
 * struct uvn_reply_target - where an answer goes
 * @vrf: ifindex of the asker's VRF
 * @port: port that the asker has there
 */
struct uvn_reply_target {
	int vrf;
	__be16 port;
};

/**
 * struct uvn_user_replies - notes of what a user asked system services
 * @lock: protects @list and @n; to take another's notes' is only tried
 * @list: struct uvn_reply_note, what was not used longest first
 * @n: its length
 */
struct uvn_user_replies {
	spinlock_t lock; /* see above */
	struct list_head list;
	unsigned int n;
};

int uvn_reply_cache_note(struct uvn_net *un, u32 uid, int vrf,
			 const struct uvn_reply_peer *asker, __be16 session,
			 __be16 *seen);
bool uvn_reply_cache_system(struct uvn_net *un, const struct uvn_reply_peer *asker,
			    bool may_lock);
bool uvn_reply_cache_find(struct uvn_net *un, const struct uvn_reply_peer *seen,
			  struct uvn_reply_target *to);
void uvn_reply_cache_forget(struct uvn_user *user);
int uvn_reply_cache_open(struct uvn_net *un);
void uvn_reply_cache_close(struct uvn_net *un);

#endif /* _UVN_QUESTION_H */
