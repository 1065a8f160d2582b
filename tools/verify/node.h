/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_NODE_H
#define UVNADM_VERIFY_NODE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "verify/channel.h"
#include "verify/task.h"

struct uvn_failure;

/**
 * struct node - a node that takes part, as the one that asks sees it
 * @name: what the node is called; NULL for this one
 * @pid: process that leads there
 * @channel: how it is spoken to
 * @listeners: for each role the port, or why there is none, of each way to listen
 * @networks: for each of the two UIDs its network there, as in "user show"
 * @status: the state of uvn there, as in "status"
 * @heard: for each role which attempts it heard, an object with their numbers
 * @seen: for each of the two UIDs what look_around() returned there
 */
struct node {
	const char *name;
	pid_t pid;
	struct channel channel;
	json_t *listeners;
	json_t *networks;
	json_t *status;
	json_t *heard[ROLES];
	json_t *seen;
};

bool node_open(struct node *node, const char *host, const char *rsh,
	       const uint32_t *uids, const char *run, struct uvn_failure *why);
bool node_listen(struct node *node, struct uvn_failure *why);
bool node_look(struct node *node, struct uvn_failure *why);
bool node_has_heard(const struct node *node, enum party role, uint32_t attempt);
void node_quiet(struct node *node);
bool node_close(struct node *node, struct uvn_failure *why);

#endif /* UVNADM_VERIFY_NODE_H */
