// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes, seen by who asks: this node, where a process serves, and a peer, which
 * a remote shell leads to.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/out.h"
#include "lib/clock.h"
#include "lib/failure.h"
#include "lib/nl.h"
#include "verify/channel.h"
#include "verify/listener.h"
#include "verify/node.h"
#include "verify/serve.h"
#include "verify/task.h"

/* How long a node may take to answer: longer than for its three listeners. */
#define NODE_PATIENCE	200000

/* How long it may take to end once it has said that all is gone. */
#define NODE_END	5000

static bool set_failure(const struct node *node, struct uvn_failure *why,
			const char *text)
{
	snprintf(why->text, sizeof(why->text), "%s%s%.400s",
		 node->name ? node->name : "", node->name ? ": " : "", text);
	return false;
}

static bool serve_here(struct node *node)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return false;
	fflush(stdout);
	node->pid = fork();
	if (!node->pid) {
		uvn_close();
		close(pair[0]);
		_exit(verify_serve(pair[1], pair[1]));
	}
	close(pair[1]);
	channel_init(&node->channel, pair[0], pair[0]);
	return node->pid > 0;
}

/* The words of the remote shell's command, the host, and this program there. */
static char **remote_words(char *rsh, char *host, char *program)
{
	char **words = NULL, *word, *rest = NULL;
	size_t n = 0;

	for (word = strtok_r(rsh, " ", &rest);; word = strtok_r(NULL, " ", &rest)) {
		words = reallocarray(words, n + 4, sizeof(*words));
		if (!words)
			die_oom();
		if (!word)
			break;
		words[n++] = word;
	}
	words[n++] = host;
	words[n++] = program;
	words[n++] = VERIFY_SERVE;
	words[n] = NULL;
	return words;
}

/* No shell on this side; what is on the other is the remote shell's affair. */
static bool serve_there(struct node *node, const char *host, const char *command)
{
	char program[PATH_MAX] = "", *name = strdup(host), *rsh = strdup(command);
	posix_spawn_file_actions_t actions;
	int to[2] = { -1, -1 }, from[2];
	char **words;
	int err;

	if (!name || !rsh)
		die_oom();
	if (readlink("/proc/self/exe", program, sizeof(program) - 1) < 0 ||
	    pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		goto out;
	words = remote_words(rsh, name, program);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
	err = posix_spawnp(&node->pid, words[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	free(words);
	close(to[0]);
	close(from[1]);
	channel_init(&node->channel, from[0], to[1]);
	if (!err)
		goto out;
	node->pid = 0;
	errno = err;
out:
	free(rsh);
	free(name);
	return node->pid > 0;
}

/* Ask and take the answer; NULL if there is none, or it is an error. */
static json_t *node_ask(struct node *node, json_t *question, struct uvn_failure *why)
{
	json_t *answer, *error;

	/* Who has ended may have said why. */
	channel_write(&node->channel, question);
	answer = channel_read(&node->channel, clock_ms() + NODE_PATIENCE);
	error = json_object_get(answer, "error");
	if (answer && !error)
		return answer;
	set_failure(node, why, json_is_string(error) ? json_string_value(error) :
						       "it does not answer as uvnadm does");
	json_decref(answer);
	return NULL;
}

/* Is what it says of itself of the form that everybody else relies on? */
static bool is_whole(const struct node *node)
{
	size_t i;

	for (i = 0; i < ROLES; i++)
		if (json_array_size(json_array_get(node->listeners, i)) != LISTENER_KINDS)
			return false;
	return json_is_object(json_array_get(node->networks, FIRST)) &&
	       json_is_object(json_array_get(node->networks, SECOND));
}

/**
 * node_open - have a node take part
 * @node: set; to be closed, also if it fails
 * @host: what the node is called; NULL for this one
 * @rsh: command that leads to a host
 * @uids: the two
 * @run: what tells this run from others
 * @why: set if it fails
 *
 * Return: true if it listens.
 */
bool node_open(struct node *node, const char *host, const char *rsh,
	       const uint32_t *uids, const char *run, struct uvn_failure *why)
{
	json_t *answer, *question;

	node->name = host;
	if (!(host ? serve_there(node, host, rsh) : serve_here(node)))
		return set_failure(node, why, strerror(errno));
	question = json_pack("{ss, ss, s[I,I]}", "uvnadm", VERSION, "run", run, "uids",
			     (json_int_t)uids[0], (json_int_t)uids[1]);
	answer = node_ask(node, question, why);
	if (!answer)
		return false;
	node->listeners = json_incref(json_object_get(answer, "ears"));
	node->networks = json_incref(json_object_get(answer, "networks"));
	node->status = json_incref(json_object_get(answer, "status"));
	json_decref(answer);
	return is_whole(node) ? true :
	       set_failure(node, why, "a user has sockets, and no network");
}

/**
 * node_listen - learn what has been heard there
 * @node: node
 * @why: set if it fails
 *
 * Return: true if it could be learnt.
 */
bool node_listen(struct node *node, struct uvn_failure *why)
{
	json_t *answer = node_ask(node, json_object(), why), *heard;
	size_t i;
	bool ok;

	ok = answer;
	for (i = 0; ok && i < ROLES; i++) {
		heard = json_array_get(json_object_get(answer, "heard"), i);
		ok = json_is_object(heard);
		if (!ok) {
			set_failure(node, why, "a process that listens has ended");
			break;
		}
		json_decref(node->heard[i]);
		node->heard[i] = json_incref(heard);
	}
	json_decref(answer);
	return ok;
}

/**
 * node_look - learn what users see there of the node
 * @node: node
 * @why: set if it fails
 *
 * Return: true if it could be learnt.
 */
bool node_look(struct node *node, struct uvn_failure *why)
{
	json_t *answer = node_ask(node, json_pack("{sb}", "look", 1), why);

	if (!answer)
		return false;
	json_decref(node->seen);
	node->seen = json_incref(json_object_get(answer, "seen"));
	json_decref(answer);
	if (json_is_object(json_array_get(node->seen, FIRST)) &&
	    json_is_object(json_array_get(node->seen, SECOND)))
		return true;
	return set_failure(node, why, "a process that listens has ended");
}

/**
 * node_has_heard - did an attempt come to a role there?
 * @node: node
 * @role: role
 * @attempt: number of the attempt
 */
bool node_has_heard(const struct node *node, enum party role, uint32_t attempt)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", attempt);
	return json_object_get(node->heard[role], number);
}

/**
 * node_quiet - have nobody listen there any more
 * @node: node
 *
 * So that what is closed on one node reaches nobody on another, whose network it
 * would bring back.
 */
void node_quiet(struct node *node)
{
	struct uvn_failure why;

	/* What goes wrong shows when it is closed. */
	json_decref(node_ask(node, json_pack("{sb}", "quiet", 1), &why));
}

/**
 * node_close - have the node take part no longer
 * @node: node; nothing happens if it was not opened
 * @why: set if it fails
 *
 * Return: true unless something that was made for it remains there.
 */
bool node_close(struct node *node, struct uvn_failure *why)
{
	json_t *answer;
	size_t i;
	bool ok;

	if (node->pid <= 0)
		return true;
	answer = node_ask(node, json_pack("{sb}", "end", 1), why);
	ok = answer;
	json_decref(answer);
	channel_close(&node->channel);
	task_end(node->pid, clock_ms() + NODE_END);
	node->pid = 0;
	json_decref(node->listeners);
	json_decref(node->networks);
	json_decref(node->status);
	json_decref(node->seen);
	for (i = 0; i < ROLES; i++)
		json_decref(node->heard[i]);
	return ok;
}
