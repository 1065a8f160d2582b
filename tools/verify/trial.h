/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_TRIAL_H
#define UVNADM_VERIFY_TRIAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "verify/attempt.h"
#include "verify/node.h"
#include "verify/task.h"

/**
 * struct trial_check - what is reported as one
 * @name: what it is
 * @peer: it is about the other node
 * @by_errno: judged by what was refused, and not by what arrived
 * @missing: why it was not tried; NULL if it was
 * @fault: what is wrong before anything is tried; NULL if nothing is
 * @deaf: role that cannot listen for that reason; ROLES if that is not it
 */
struct trial_check {
	const char *name;
	bool peer;
	bool by_errno;
	const char *missing;
	const char *fault;
	enum party deaf;
};

/**
 * struct trial - all that is tried, and where
 * @attempts: what is tried
 * @checks: what it is tried for
 * @n_checks: number of them
 * @nodes: this node, and the peer
 * @peer: there is a peer
 * @outside: host off the subnets, with its port; family 0 if there is none
 * @outside_len: its length
 * @config: the configuration
 */
struct trial {
	struct attempts attempts;
	struct trial_check *checks;
	size_t n_checks;
	struct node nodes[2];
	bool peer;
	struct sockaddr_storage outside;
	socklen_t outside_len;
	json_t *config;
};

struct trial_check *trial_add_check(struct trial *trial, const char *name, bool peer);

#endif /* UVNADM_VERIFY_TRIAL_H */
