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
 * struct site - a node that takes part, as the one that asks sees it
 * @name: what the node is called; NULL for this one
 * @pid: process that leads there
 * @line: how it is spoken to
 * @ears: for each role the port, or why there is none, of each way to listen
 * @networks: for each of the two UIDs its network there, as in "user show"
 * @status: the state of uvn there, as in "status"
 * @heard: for each role which shots it heard, an object with their numbers
 */
struct site {
	const char *name;
	pid_t pid;
	struct line line;
	json_t *ears;
	json_t *networks;
	json_t *status;
	json_t *heard[ROLES];
};

bool site_open(struct site *site, const char *host, const char *rsh,
	       const uint32_t *uids, const char *run, struct uvn_failure *why);
bool site_listen(struct site *site, struct uvn_failure *why);
bool site_has_heard(const struct site *site, enum party role, uint32_t shot);
void site_quiet(struct site *site);
bool site_close(struct site *site, struct uvn_failure *why);

#endif /* UVNADM_VERIFY_NODE_H */
