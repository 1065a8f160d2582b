// SPDX-License-Identifier: GPL-2.0
/*
 * What a node that takes part does: it has listeners, says what they heard, and
 * leaves nothing behind, however the other side ends. Runs as root; the other side is
 * the same program, on this node or another.
 *
 *	{"uvnadm": VERSION, "run": TEXT, "uids": [UID, UID]}
 *		-> {"ears": [[PORT, ...], ...], "networks": [NETWORK, NETWORK],
 *		    "status": STATUS}
 *	{}	-> {"heard": [{NUMBER: true, ...}, ...]}
 *	{"look": true}
 *		-> {"seen": [{"found": [ADDRESS, ADDRESS], "differs": [TEXT, ...], ...}, ...]}
 *	{"quiet": true}
 *		-> {}, and nobody listens any more
 *	{"end": true}
 *		-> {}, and the networks are gone that were not there before
 *
 * An answer may also be {"error": TEXT}.
 */
#include <errno.h>
#include <linux/uvn.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/fail.h"
#include "cli/out.h"
#include "cmd/cmd_user.h"
#include "lib/clock.h"
#include "lib/failure.h"
#include "lib/status.h"
#include "lib/users.h"
#include "verify/channel.h"
#include "verify/listener.h"
#include "verify/serve.h"
#include "verify/task.h"
#include "verify/test-uids.h"

/* How long the other side may take for its next question. */
#define SERVE_PATIENCE	300000

/* How long a network may be busy after its last process has ended. */
#define SERVE_REMOVE	1000

/**
 * struct server - one that has listeners
 * @channel: who asks
 * @run: what tells this run from others
 * @uids: the two
 * @had: which of them had a network before
 * @listeners: one for each role
 */
struct server {
	struct channel channel;
	char run[sizeof(((struct attempt_id *)0)->run) + 1];
	uint32_t uids[2];
	bool had[2];
	struct listener listeners[ROLES];
};

static bool answer_error(struct server *s, const char *text)
{
	channel_write(&s->channel, json_pack("{so}", "error", out_string(text)));
	return false;
}

/* The network that a user has here, or null; NULL if it cannot be told. */
static json_t *network_of(uint32_t uid, struct uvn_failure *why)
{
	json_t *users = json_array(), *user, *found = NULL;
	size_t i;

	if (users_read(users, why)) {
		json_array_foreach(users, i, user)
			if (json_integer_value(json_object_get(user, "uid")) == uid)
				found = json_incref(user);
		found = found ? found : json_null();
	}
	json_decref(users);
	return found;
}

/*
 * It stays if there was one before. False if one stays that is to go.
 *
 * The kernel gives up what a process had a little after the process, and nothing
 * tells when. Nor does it tell whose account of the user is left: that of another
 * network namespace in which uvn is enabled keeps a network as a process would,
 * so in the end it counts that there is none.
 */
static bool remove_network(struct server *s, unsigned int i,
			   struct uvn_failure *why)
{
	static const struct timespec pause = { .tv_nsec = 20000000 };
	int64_t deadline = clock_ms() + SERVE_REMOVE;
	json_t *user;

	for (;;) {
		user = s->had[i] ? NULL : network_of(s->uids[i], why);
		json_decref(user);
		if (s->had[i] || json_is_null(user))
			return true;
		if (user && user_remove(s->uids[i], false, why))
			return true;
		if (!user || clock_ms() > deadline)
			break;
		nanosleep(&pause, NULL);
	}
	return user && !test_uids_in_use(s->uids[i]) &&
	       user_remove(s->uids[i], true, why);
}

static bool be_quiet(struct server *s)
{
	int i;

	for (i = 0; i < ROLES; i++)
		listener_stop(&s->listeners[i]);
	return channel_write(&s->channel, json_object());
}

static bool end(struct server *s)
{
	struct uvn_failure why, first = {};
	bool ok = true;
	int i;

	for (i = 0; i < ROLES; i++)
		listener_stop(&s->listeners[i]);
	for (i = 0; i < SYSTEM; i++) {
		if (remove_network(s, i, &why))
			continue;
		if (ok)
			snprintf(first.text, sizeof(first.text),
				 "the network of UID %u stays: %.400s", s->uids[i],
				 why.text);
		ok = false;
	}
	return ok ? channel_write(&s->channel, json_object()) :
		    answer_error(s, first.text);
}

static bool begin(struct server *s)
{
	json_t *ask, *listeners = json_array(), *networks = json_array(), *user;
	json_t *status = NULL;
	const char *version = NULL, *run = NULL;
	json_int_t uids[2] = { 0, 0 };
	struct uvn_failure why = {};
	bool ok = false;
	int i;

	ask = channel_read(&s->channel, clock_ms() + SERVE_PATIENCE);
	if (!ask)
		goto out;
	if (json_unpack(ask, "{ss, ss, s[I,I]}", "uvnadm", &version, "run", &run,
			"uids", &uids[0], &uids[1]) || strcmp(version, VERSION) ||
	    strlen(run) != sizeof(s->run) - 1 || uids[0] <= 0 || uids[1] <= 0 ||
	    uids[0] >= UINT32_MAX || uids[1] >= UINT32_MAX) {
		answer_error(s, "uvnadm is of another version there");
		goto out;
	}
	snprintf(s->run, sizeof(s->run), "%s", run);
	status = status_read(&why);
	if (!status)
		goto err;
	if (!json_is_true(json_object_get(status, "enabled"))) {
		answer_error(s, "uvn is not enabled: users are NOT isolated");
		goto out;
	}
	for (i = 0; i < SYSTEM; i++) {
		s->uids[i] = uids[i];
		user = network_of(uids[i], &why);
		s->had[i] = json_is_object(user);
		json_decref(user);
		if (!user)
			goto err;
	}

	/* The system's first: a port of its is one that users can have, too. */
	for (i = ROLES; i--;) {
		json_t *wish = json_array_get(listeners, 0);
		json_t *ports = listener_start(&s->listeners[i], i, s->uids, s->run, wish);

		if (!ports) {
			snprintf(why.text, sizeof(why.text),
				 "no process of UID %u answers",
				 i == SYSTEM ? 0 : s->uids[i]);
			goto err;
		}
		if (json_array_insert_new(listeners, 0, ports))
			die_oom();
	}
	for (i = 0; i < SYSTEM; i++) {
		user = network_of(uids[i], &why);
		if (!user)
			goto err;
		out_append(networks, user);
	}
	ok = channel_write(&s->channel,
			   json_pack("{sO, sO, sO}", "ears", listeners, "networks",
				     networks, "status", status));
	goto out;
err:
	answer_error(s, why.text);
out:
	json_decref(ask);
	json_decref(listeners);
	json_decref(networks);
	json_decref(status);
	return ok;
}

static bool tell(struct server *s)
{
	json_t *all = json_array(), *heard;
	int i;

	for (i = 0; i < ROLES; i++) {
		heard = listener_heard(&s->listeners[i]);
		out_append(all, heard ? heard : json_null());
	}
	return channel_write(&s->channel, json_pack("{so}", "heard", all));
}

/* What users see is compared with what the system sees, here, since there may be much. */
static bool look(struct server *s)
{
	json_t *all = json_array(), *system, *seen;
	int i;

	system = listener_look(&s->listeners[SYSTEM], NULL);
	for (i = 0; i < SYSTEM; i++) {
		seen = system ? listener_look(&s->listeners[i],
					      json_object_get(system, "lists")) : NULL;
		out_append(all, seen ? seen : json_null());
	}
	json_decref(system);
	return channel_write(&s->channel, json_pack("{so}", "seen", all));
}

static bool answer(struct server *s, json_t *ask)
{
	if (json_object_get(ask, "quiet"))
		return be_quiet(s);
	return json_object_get(ask, "look") ? look(s) : tell(s);
}

/**
 * verify_serve - take part
 * @in: where questions come from
 * @out: where answers go
 *
 * Return: exit status.
 */
int verify_serve(int in, int out)
{
	struct server s = {};
	json_t *ask;
	bool go_on;

	/* Whoever interrupts the one that asks wants nothing left behind. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	out_quiet = true;

	channel_init(&s.channel, in, out);
	go_on = begin(&s);
	while (go_on) {
		ask = channel_read(&s.channel, clock_ms() + SERVE_PATIENCE);
		go_on = ask && !json_object_get(ask, "end") && answer(&s, ask);
		json_decref(ask);
	}
	go_on = end(&s);
	channel_close(&s.channel);
	return go_on ? EXIT_OK : EXIT_FAILED;
}
