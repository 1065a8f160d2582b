// SPDX-License-Identifier: GPL-2.0
/*
 * What came of it: shots are fired, ears asked, and each check judged by who has
 * heard what.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "cli/out.h"
#include "lib/clock.h"
#include "lib/failure.h"
#include "verify/attempt.h"
#include "verify/matrix.h"
#include "verify/node.h"
#include "verify/task.h"
#include "verify/verdict.h"

/* How often what must arrive is fired: datagrams may be lost. */
#define JUDGE_TRIES	4

/* How long what was fired is waited for, and how long after the last. */
#define JUDGE_PATIENCE	3000
#define JUDGE_GRACE	100

/* How long nothing is asked between two questions. */
#define JUDGE_PAUSE	20

static bool is_heard(const struct trial *t, size_t i)
{
	const struct shot *shot = &t->shots.shot[i];

	return site_has_heard(&t->sites[shot->site], shot->to, i);
}

/* Is it to arrive, and did not? */
static bool is_lacking(const struct trial *t, size_t i)
{
	const struct shot *shot = &t->shots.shot[i];

	if (!shot->arrives || shot->how == HOW_SOCKET)
		return false;
	return t->checks[shot->check].by_errno ? shot->err : !is_heard(t, i);
}

static size_t lacking(const struct trial *t)
{
	size_t i, n = 0;

	for (i = 0; i < t->shots.n; i++)
		n += is_lacking(t, i);
	return n;
}

static bool any_shot(const struct shots *shots, size_t i, void *arg)
{
	(void)shots;
	(void)i;
	(void)arg;
	return true;
}

static bool lacking_shot(const struct shots *shots, size_t i, void *arg)
{
	(void)shots;
	return is_lacking(arg, i);
}

static void pause_ms(long ms)
{
	struct timespec ts = { .tv_nsec = ms * 1000000 };

	nanosleep(&ts, NULL);
}

static bool listen_all(struct trial *t, struct uvn_failure *why)
{
	return site_listen(&t->sites[0], why) &&
	       (!t->peer || site_listen(&t->sites[1], why));
}

/* Until nothing is lacking; what does not arrive cannot be waited for. */
static bool await_all(struct trial *t, struct uvn_failure *why)
{
	int64_t deadline = clock_ms() + JUDGE_PATIENCE;

	while (listen_all(t, why)) {
		if (!lacking(t) || clock_ms() > deadline)
			return true;
		pause_ms(JUDGE_PAUSE);
	}
	return false;
}

/**
 * judge_run - fire all shots, and learn what arrived
 * @trial: trial
 * @why: set if it fails
 *
 * Return: true if it is known what arrived.
 */
bool judge_run(struct trial *trial, struct uvn_failure *why)
{
	int tries;

	for (tries = 0; tries < JUDGE_TRIES; tries++) {
		if (!shots_fire(&trial->shots, tries ? lacking_shot : any_shot,
				trial)) {
			snprintf(why->text, sizeof(why->text),
				 "a process that sends has ended, or hangs");
			return false;
		}
		if (!await_all(trial, why))
			return false;
		if (!lacking(trial))
			break;
	}
	/* What nobody is to hear may still be under way. */
	pause_ms(JUDGE_GRACE);
	return listen_all(trial, why);
}

/**
 * report_add - report a check
 * @report: array of all
 * @check: its name
 * @node: other node that it is about, or NULL
 * @result: what came of it
 * @detail: why, or NULL
 */
void report_add(json_t *report, const char *check, const char *node,
		const char *result, const char *detail)
{
	json_t *obj = json_object();

	out_put(obj, "check", out_string(check));
	out_put(obj, "node", node ? out_string(node) : json_null());
	out_put(obj, "result", out_string(result));
	out_put(obj, "detail", detail ? out_string(detail) : json_null());
	out_append(report, obj);
}

static void print_role(FILE *f, const struct trial *t, enum party role)
{
	if (role == SYSTEM)
		fputs("the system", f);
	else
		fprintf(f, "UID %u", t->shots.uids[role]);
}

static void print_place(FILE *f, const struct shot *shot)
{
	char text[INET6_ADDRSTRLEN] = "", dev[IF_NAMESIZE] = "";

	if (shot->addr.ss_family == AF_INET)
		inet_ntop(AF_INET, &((struct sockaddr_in *)&shot->addr)->sin_addr,
			  text, sizeof(text));
	else if (shot->addr.ss_family == AF_INET6)
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&shot->addr)->sin6_addr,
			  text, sizeof(text));
	if (*text)
		fprintf(f, " at %s", text);
	if (shot->ifindex && if_indextoname(shot->ifindex, dev))
		fprintf(f, " by %s", dev);
}

/* Has somebody heard it who was not to, other than who sent it? */
static bool strayed_to(const struct trial *t, size_t i, enum party *who)
{
	const struct shot *shot = &t->shots.shot[i];

	for (*who = 0; *who < ROLES; (*who)++)
		if (*who != shot->from && (*who != shot->to || !shot->arrives) &&
		    (site_has_heard(&t->sites[0], *who, i) ||
		     (t->peer && site_has_heard(&t->sites[1], *who, i))))
			return true;
	return false;
}

/* What is wrong with a shot, if anything. */
static bool print_fault(FILE *f, const struct trial *t, size_t i)
{
	const struct shot *shot = &t->shots.shot[i];
	bool by_errno = t->checks[shot->check].by_errno;
	enum party who;

	if (by_errno && !shot->arrives && !shot->err) {
		print_role(f, t, shot->from);
		fputs(" gets one", f);
		return true;
	}
	if (!by_errno && shot->from == shot->to && !shot->arrives && is_heard(t, i)) {
		print_role(f, t, shot->from);
		fputs(" reached itself", f);
		print_place(f, shot);
		return true;
	}
	if (!by_errno && strayed_to(t, i, &who)) {
		print_role(f, t, shot->from);
		fputs(" reached ", f);
		print_role(f, t, who);
		print_place(f, shot);
		return true;
	}
	if (!is_lacking(t, i))
		return false;
	print_role(f, t, shot->from);
	fputs(" did not reach ", f);
	if (by_errno)
		fputs("it", f);
	else if (shot->from == shot->to)
		fputs("itself", f);
	else
		print_role(f, t, shot->to);
	print_place(f, shot);
	if (shot->err)
		fprintf(f, ": %s", strerror(shot->err));
	return true;
}

/* The first that is wrong, and how many more there are; their number. */
static size_t print_faults(FILE *f, const struct trial *t, size_t check)
{
	size_t i, n = 0, size;
	char *text = NULL;
	FILE *none;

	none = open_memstream(&text, &size);
	if (!none)
		die_oom();
	for (i = 0; i < t->shots.n; i++)
		if (t->shots.shot[i].check == check)
			n += print_fault(n ? none : f, t, i);
	if (n > 1)
		fprintf(f, ", and %zu more", n - 1);
	fclose(none);
	free(text);
	return n;
}

/* Sockets that the system has not either prove nothing. */
static const char *missing_of(const struct trial *t, size_t check)
{
	size_t i;

	if (t->checks[check].missing)
		return t->checks[check].missing;
	for (i = 0; i < t->shots.n; i++)
		if (t->shots.shot[i].check == check &&
		    t->shots.shot[i].how == HOW_SOCKET &&
		    t->shots.shot[i].arrives && t->shots.shot[i].err)
			return "the system gets none either";
	return NULL;
}

static void judge(const struct trial *t, size_t i, json_t *report)
{
	const struct check *check = &t->checks[i];
	const char *node = check->peer ? t->sites[1].name : NULL;
	char *text = NULL;
	size_t size, bad;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		die_oom();
	bad = print_faults(f, t, i);
	if (!bad && check->fault) {
		if (check->deaf != ROLES) {
			print_role(f, t, check->deaf);
			fputs(" cannot listen: ", f);
		}
		fputs(check->fault, f);
		bad = 1;
	}
	if (fclose(f))
		die_oom();
	if (bad)
		report_add(report, check->name, node, RESULT_FAILED, text);
	else if (missing_of(t, i))
		report_add(report, check->name, node, RESULT_NOT_TRIED,
			   missing_of(t, i));
	else
		report_add(report, check->name, node, RESULT_OK, NULL);
	free(text);
}

/**
 * judge_report - judge each check
 * @trial: trial that has run
 * @report: array to which results are appended
 */
void judge_report(const struct trial *trial, json_t *report)
{
	size_t i;

	for (i = 0; i < trial->n_checks; i++)
		judge(trial, i, report);
}
