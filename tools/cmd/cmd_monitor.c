// SPDX-License-Identifier: GPL-2.0
/*
 * Events as they happen.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/fail.h"
#include "cli/out.h"
#include "cmd/cmd_monitor.h"
#include "lib/event.h"
#include "lib/failure.h"
#include "lib/listen.h"
#include "lib/status.h"
#include "lib/users.h"

static void print(json_t *event)
{
	out_line(event);
	json_decref(event);
}

static void on_event(uint8_t cmd, struct nlattr *head, int len)
{
	print(event_decode(cmd, head, len));
}

static void print_lost(uint32_t lost)
{
	json_t *more = json_object();

	out_put(more, "count", json_integer(lost));
	print(event_new(out_string("lost"), more));
}

/* The counters as they are: of the namespace, then of each user. */
static bool print_counters(struct uvn_failure *why)
{
	json_t *status, *users = json_array(), *user;
	size_t i;
	bool ok;

	status = status_read(why);
	ok = status;
	if (ok) {
		print(event_new(out_string("status"), status));
		ok = users_read(users, why);
	}
	if (ok)
		json_array_foreach(users, i, user)
			print(event_new(out_string("user"), json_incref(user)));
	json_decref(users);
	return ok;
}

/* SIGINT and SIGTERM as something to read. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Until a signal comes, the module goes, or nobody reads any more. */
static int follow(struct event_listener *l, int signals)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = listen_fd(l), .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};
	struct uvn_failure why;
	uint32_t lost;

	for (;;) {
		if (poll(fds, sizeof(fds) / sizeof(*fds), -1) < 0 && errno != EINTR)
			return fail_errno(errno, "poll: %s", strerror(errno));
		if (fds[0].revents || fds[2].revents & (POLLERR | POLLHUP))
			return EXIT_OK;
		if (!fds[1].revents)
			continue;
		if (!listen_take(l, &why))
			return fail_why(&why);
		lost = listen_lost(l);
		if (lost)
			print_lost(lost);
		if (l->gone)
			return fail("the uvn module was removed");
		if (ferror(stdout))
			return EXIT_FAILED;
	}
}

/**
 * cmd_monitor - monitor [--since-start]
 * @cmd: not used
 * @val: values
 */
int cmd_monitor(const struct command *cmd, const char *const *val)
{
	struct event_listener l = { .event = on_event };
	struct uvn_failure why;
	int ret, signals;

	(void)cmd;
	out_lines = true;
	signals = open_signals();
	if (signals < 0)
		return fail_errno(errno, "signalfd: %s", strerror(errno));
	/* Events wait while the counters are read: none is in neither. */
	if (!listen_open(&l, &why))
		ret = fail_why(&why);
	else if (val[0] && !print_counters(&why))
		ret = fail_why(&why);
	else
		ret = follow(&l, signals);
	listen_close(&l);
	close(signals);
	return ret;
}
