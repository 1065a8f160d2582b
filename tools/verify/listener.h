/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_LISTENER_H
#define UVNADM_VERIFY_LISTENER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "verify/channel.h"
#include "verify/task.h"

struct sockaddr_un;

/* Groups that nobody else has, of a scope that is left to sites (RFC 2365, 7346). */
#define LISTENER_GROUP4_ADDR	"239.85.86.78"
#define LISTENER_GROUP6_ADDR	"ff15::55:56:4e"

/* What a listener listens on; "same" ports, and those of groups, are so for all of them. */
enum listener_kind {
	LISTENER_TCP4, LISTENER_UDP4, LISTENER_TCP6, LISTENER_UDP6,
	LISTENER_TCP_SAME, LISTENER_UDP_SAME, LISTENER_GROUP4, LISTENER_GROUP6,
	LISTENER_STREAM, LISTENER_DGRAM,
	LISTENER_KINDS
};

/**
 * struct listener - a process that listens
 * @pid: its process; 0 if there is none
 * @channel: how it is spoken to
 */
struct listener {
	pid_t pid;
	struct channel channel;
};

/**
 * struct listener_way - a way to listen
 * @name: its name in messages
 * @family: AF_*
 * @type: SOCK_*
 * @same: the port is one that others have as well
 * @group: it hears this multicast group; NULL for none
 */
struct listener_way {
	const char *name;
	int family;
	int type;
	bool same;
	const char *group;
};

/**
 * struct attempt_id - what is sent
 * @run: what tells this run of verify from all others
 * @attempt: number of the attempt, in network byte order
 */
struct attempt_id {
	char run[16];
	uint32_t attempt;
};

extern const struct listener_way listener_ways[LISTENER_KINDS];
socklen_t listener_unix_name(struct sockaddr_un *un, const char *run, enum party role,
			     enum listener_kind kind);
json_t *listener_start(struct listener *listener, enum party role, const uint32_t *uids,
		       const char *run, json_t *wish);
json_t *listener_heard(struct listener *listener);
json_t *listener_look(struct listener *listener, json_t *lists);
void listener_stop(struct listener *listener);

#endif /* UVNADM_VERIFY_LISTENER_H */
