// SPDX-License-Identifier: GPL-2.0
/*
 * Sites, seen by who asks: this node, where a process serves, and a peer, which
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

/* How long a site may take to answer: longer than for its three ears. */
#define SITE_PATIENCE	200000

/* How long it may take to end once it has said that all is gone. */
#define SITE_END	5000

static bool set_failure(const struct site *site, struct uvn_failure *why,
			const char *text)
{
	snprintf(why->text, sizeof(why->text), "%s%s%.400s",
		 site->name ? site->name : "", site->name ? ": " : "", text);
	return false;
}

static bool serve_here(struct site *site)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return false;
	fflush(stdout);
	site->pid = fork();
	if (!site->pid) {
		uvn_close();
		close(pair[0]);
		_exit(verify_serve(pair[1], pair[1]));
	}
	close(pair[1]);
	line_init(&site->line, pair[0], pair[0]);
	return site->pid > 0;
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
static bool serve_there(struct site *site, const char *host, const char *command)
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
	err = posix_spawnp(&site->pid, words[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	free(words);
	close(to[0]);
	close(from[1]);
	line_init(&site->line, from[0], to[1]);
	if (!err)
		goto out;
	site->pid = 0;
	errno = err;
out:
	free(rsh);
	free(name);
	return site->pid > 0;
}

/* Ask and take the answer; NULL if there is none, or it is an error. */
static json_t *site_ask(struct site *site, json_t *question, struct uvn_failure *why)
{
	json_t *answer, *error;

	/* Who has ended may have said why. */
	line_write(&site->line, question);
	answer = line_read(&site->line, clock_ms() + SITE_PATIENCE);
	error = json_object_get(answer, "error");
	if (answer && !error)
		return answer;
	set_failure(site, why, json_is_string(error) ? json_string_value(error) :
						       "it does not answer as uvnadm does");
	json_decref(answer);
	return NULL;
}

/* Is what it says of itself of the form that everybody else relies on? */
static bool is_whole(const struct site *site)
{
	size_t i;

	for (i = 0; i < ROLES; i++)
		if (json_array_size(json_array_get(site->ears, i)) != EAR_KINDS)
			return false;
	return json_is_object(json_array_get(site->networks, FIRST)) &&
	       json_is_object(json_array_get(site->networks, SECOND));
}

/**
 * site_open - have a node take part
 * @site: set; to be closed, also if it fails
 * @host: what the node is called; NULL for this one
 * @rsh: command that leads to a host
 * @uids: the two
 * @run: what tells this run from others
 * @why: set if it fails
 *
 * Return: true if it listens.
 */
bool site_open(struct site *site, const char *host, const char *rsh,
	       const uint32_t *uids, const char *run, struct uvn_failure *why)
{
	json_t *answer, *question;

	site->name = host;
	if (!(host ? serve_there(site, host, rsh) : serve_here(site)))
		return set_failure(site, why, strerror(errno));
	question = json_pack("{ss, ss, s[I,I]}", "uvnadm", VERSION, "run", run, "uids",
			     (json_int_t)uids[0], (json_int_t)uids[1]);
	answer = site_ask(site, question, why);
	if (!answer)
		return false;
	site->ears = json_incref(json_object_get(answer, "ears"));
	site->networks = json_incref(json_object_get(answer, "networks"));
	site->status = json_incref(json_object_get(answer, "status"));
	json_decref(answer);
	return is_whole(site) ? true :
	       set_failure(site, why, "a user has sockets, and no network");
}

/**
 * site_listen - learn what has been heard there
 * @site: site
 * @why: set if it fails
 *
 * Return: true if it could be learnt.
 */
bool site_listen(struct site *site, struct uvn_failure *why)
{
	json_t *answer = site_ask(site, json_object(), why), *heard;
	size_t i;
	bool ok;

	ok = answer;
	for (i = 0; ok && i < ROLES; i++) {
		heard = json_array_get(json_object_get(answer, "heard"), i);
		ok = json_is_object(heard);
		if (!ok) {
			set_failure(site, why, "a process that listens has ended");
			break;
		}
		json_decref(site->heard[i]);
		site->heard[i] = json_incref(heard);
	}
	json_decref(answer);
	return ok;
}

/**
 * site_has_heard - did a shot come to a role there?
 * @site: site
 * @role: role
 * @shot: number of the shot
 */
bool site_has_heard(const struct site *site, enum party role, uint32_t shot)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", shot);
	return json_object_get(site->heard[role], number);
}

/**
 * site_quiet - have nobody listen there any more
 * @site: site
 *
 * So that what is closed on one node reaches nobody on another, whose network it
 * would bring back.
 */
void site_quiet(struct site *site)
{
	struct uvn_failure why;

	/* What goes wrong shows when it is closed. */
	json_decref(site_ask(site, json_pack("{sb}", "quiet", 1), &why));
}

/**
 * site_close - have the node take part no longer
 * @site: site; nothing happens if it was not opened
 * @why: set if it fails
 *
 * Return: true unless something that was made for it remains there.
 */
bool site_close(struct site *site, struct uvn_failure *why)
{
	json_t *answer;
	size_t i;
	bool ok;

	if (site->pid <= 0)
		return true;
	answer = site_ask(site, json_pack("{sb}", "end", 1), why);
	ok = answer;
	json_decref(answer);
	line_close(&site->line);
	task_end(site->pid, clock_ms() + SITE_END);
	site->pid = 0;
	json_decref(site->ears);
	json_decref(site->networks);
	json_decref(site->status);
	for (i = 0; i < ROLES; i++)
		json_decref(site->heard[i]);
	return ok;
}
