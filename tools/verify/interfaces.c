// SPDX-License-Identifier: GPL-2.0
/*
 * Whether users see the interfaces that there would be without uvn: those that the
 * system sees, but for users'.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/failure.h"
#include "verify/expect.h"
#include "verify/interfaces.h"
#include "verify/matrix.h"
#include "verify/node.h"
#include "verify/task.h"
#include "verify/verdict.h"

/* What differs once may have come or gone between two looks. */
#define INTERFACES_TRIES	5
#define INTERFACES_PAUSE_MS	100

static const char *difference(const struct node *node, enum party role)
{
	json_t *differs = json_object_get(json_array_get(node->seen, role), "differs");

	return json_string_value(json_array_get(differs, 0));
}

/* Why nobody can tell; NULL if one can. */
static const char *missing_of(const struct trial *t)
{
	const char *view = json_string_value(json_object_get(json_object_get(t->config,
									     "settings"),
							     "view"));

	if (view && !strcmp(view, "full"))
		return "the configuration has users see all (view full)";
	if (config_says(t->config, "families", AF_NETLINK, "deny") ||
	    config_refuses(t->config, AF_INET, SOCK_DGRAM))
		return "the configuration refuses sockets by which programs look";
	return NULL;
}

/**
 * interfaces_look - have a node's users look at its interfaces
 * @trial: trial
 * @node: node
 * @why: set if it fails
 *
 * Return: true if it is known what they see.
 */
bool interfaces_look(const struct trial *trial, struct node *node,
		     struct uvn_failure *why)
{
	static const struct timespec pause = { .tv_nsec = INTERFACES_PAUSE_MS * 1000000L };
	int tries;

	for (tries = 0; tries < INTERFACES_TRIES; tries++) {
		if (tries)
			nanosleep(&pause, NULL);
		if (!node_look(node, why))
			return false;
		if (missing_of(trial) ||
		    (!difference(node, FIRST) && !difference(node, SECOND)))
			break;
	}
	return true;
}

/**
 * interfaces_report - judge what they see
 * @trial: trial
 * @node: node whose users have looked
 * @report: array to which the result is appended
 */
void interfaces_report(const struct trial *trial, const struct node *node,
		       json_t *report)
{
	enum party role = difference(node, FIRST) ? FIRST : SECOND;
	const char *text = difference(node, role);
	const char *missing = missing_of(trial);
	char detail[256];

	if (!text || missing) {
		report_add(report, "interfaces as without uvn", node->name,
			   missing ? RESULT_NOT_TRIED : RESULT_OK, missing, NULL);
		return;
	}
	snprintf(detail, sizeof(detail), "UID %u %s", trial->attempts.uids[role], text);
	report_add(report, "interfaces as without uvn", node->name, RESULT_FAILED, detail,
		   "uvnadm doctor on that node says which function is not intercepted (view)");
}
