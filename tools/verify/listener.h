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

/* What an ear listens on; the two "same" ports are the same for all ears. */
enum ear_kind {
	EAR_TCP4, EAR_UDP4, EAR_TCP6, EAR_UDP6, EAR_TCP_SAME, EAR_UDP_SAME,
	EAR_STREAM, EAR_DGRAM, EAR_KINDS
};

/**
 * struct ear - a process that listens
 * @pid: its process; 0 if there is none
 * @line: how it is spoken to
 */
struct ear {
	pid_t pid;
	struct line line;
};

/**
 * struct ear_way - a way to listen
 * @name: its name in messages
 * @family: AF_*
 * @type: SOCK_*
 * @same: the port is one that others have as well
 */
struct ear_way {
	const char *name;
	int family;
	int type;
	bool same;
};

/**
 * struct token - what is sent
 * @run: what tells this run of verify from all others
 * @shot: number of the shot, in network byte order
 */
struct token {
	char run[16];
	uint32_t shot;
};

extern const struct ear_way ear_ways[EAR_KINDS];
socklen_t ear_unix_name(struct sockaddr_un *un, const char *run, enum party role,
			enum ear_kind kind);
json_t *ear_start(struct ear *ear, enum party role, const uint32_t *uids,
		  const char *run, json_t *wish);
json_t *ear_heard(struct ear *ear);
void ear_stop(struct ear *ear);

#endif /* UVNADM_VERIFY_LISTENER_H */
