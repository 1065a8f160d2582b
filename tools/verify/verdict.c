// SPDX-License-Identifier: GPL-2.0
/*
 * What came of it: attempts are made, listeners are asked, and each check is judged
 * by who has heard what.
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
#include "verify/remedy.h"
#include "verify/task.h"
#include "verify/verdict.h"

/* How often what must arrive is sent: datagrams may be lost. */
#define VERDICT_TRIES	4

/* How long what was sent is waited for, and how long after the last. */
#define VERDICT_PATIENCE	3000
#define VERDICT_GRACE	100

/* How long nothing is asked between two questions. */
#define VERDICT_PAUSE	20

static bool is_heard(const struct trial *t, size_t i)
{
	const struct attempt *attempt = &t->attempts.attempt[i];

	return node_has_heard(&t->nodes[attempt->node], attempt->to, i);
}

/* Is it to arrive, and did not? */
static bool is_lacking(const struct trial *t, size_t i)
{
	const struct attempt *attempt = &t->attempts.attempt[i];

	if (!attempt->arrives || attempt->how == HOW_SOCKET)
		return false;
	return t->checks[attempt->check].by_errno ? attempt->err : !is_heard(t, i);
}

static size_t lacking(const struct trial *t)
{
	size_t i, n = 0;

	for (i = 0; i < t->attempts.n; i++)
		n += is_lacking(t, i);
	return n;
}

static bool any_attempt(const struct attempts *attempts, size_t i, void *arg)
{
	(void)attempts;
	(void)i;
	(void)arg;
	return true;
}

static bool lacking_attempt(const struct attempts *attempts, size_t i, void *arg)
{
	(void)attempts;
	return is_lacking(arg, i);
}

static void pause_ms(long ms)
{
	struct timespec ts = { .tv_nsec = ms * 1000000 };

	nanosleep(&ts, NULL);
}

static bool listen_all(struct trial *t, struct uvn_failure *why)
{
	return node_listen(&t->nodes[0], why) &&
	       (!t->peer || node_listen(&t->nodes[1], why));
}

/* Until nothing is lacking; what does not arrive cannot be waited for. */
static bool await_all(struct trial *t, struct uvn_failure *why)
{
	int64_t deadline = clock_ms() + VERDICT_PATIENCE;

	while (listen_all(t, why)) {
		if (!lacking(t) || clock_ms() > deadline)
			return true;
		pause_ms(VERDICT_PAUSE);
	}
	return false;
}

/**
 * verdict_run - make all attempts, and learn what arrived
 * @trial: trial
 * @why: set if it fails
 *
 * Return: true if it is known what arrived.
 */
bool verdict_run(struct trial *trial, struct uvn_failure *why)
{
	int tries;

	for (tries = 0; tries < VERDICT_TRIES; tries++) {
		if (!attempts_make(&trial->attempts, tries ? lacking_attempt : any_attempt,
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
	pause_ms(VERDICT_GRACE);
	return listen_all(trial, why);
}

/**
 * report_add - report a check
 * @report: array of all
 * @check: its name
 * @node: other node that it is about, or NULL
 * @result: what came of it
 * @detail: why, or NULL
 * @remedy: what helps where it has failed, or NULL
 */
void report_add(json_t *report, const char *check, const char *node,
		const char *result, const char *detail, const char *remedy)
{
	json_t *obj = json_object();

	out_put(obj, "check", out_string(check));
	out_put(obj, "node", node ? out_string(node) : json_null());
	out_put(obj, "result", out_string(result));
	out_put(obj, "detail", detail ? out_string(detail) : json_null());
	out_put(obj, "remedy", remedy ? out_string(remedy) : json_null());
	out_append(report, obj);
}

static void print_role(FILE *f, const struct trial *t, enum party role)
{
	if (role == SYSTEM)
		fputs("the system", f);
	else
		fprintf(f, "UID %u", t->attempts.uids[role]);
}

static void print_target(FILE *f, const struct attempt *attempt)
{
	char text[INET6_ADDRSTRLEN] = "", dev[IF_NAMESIZE] = "";

	if (attempt->addr.ss_family == AF_INET)
		inet_ntop(AF_INET, &((struct sockaddr_in *)&attempt->addr)->sin_addr,
			  text, sizeof(text));
	else if (attempt->addr.ss_family == AF_INET6)
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&attempt->addr)->sin6_addr,
			  text, sizeof(text));
	if (*text)
		fprintf(f, " at %s", text);
	if (attempt->ifindex && if_indextoname(attempt->ifindex, dev))
		fprintf(f, " by %s", dev);
}

/* Has somebody heard it who was not to, other than who sent it? */
static bool strayed_to(const struct trial *t, size_t i, enum party *who)
{
	const struct attempt *attempt = &t->attempts.attempt[i];

	for (*who = 0; *who < ROLES; (*who)++)
		if (*who != attempt->from && (*who != attempt->to || !attempt->arrives) &&
		    (node_has_heard(&t->nodes[0], *who, i) ||
		     (t->peer && node_has_heard(&t->nodes[1], *who, i))))
			return true;
	return false;
}

/* What is wrong with an attempt, if anything. */
static bool print_fault(FILE *f, const struct trial *t, size_t i)
{
	const struct attempt *attempt = &t->attempts.attempt[i];
	bool by_errno = t->checks[attempt->check].by_errno;
	enum party who;

	if (by_errno && !attempt->arrives && !attempt->err) {
		print_role(f, t, attempt->from);
		fputs(" gets one", f);
		return true;
	}
	if (!by_errno && attempt->from == attempt->to && !attempt->arrives &&
	    is_heard(t, i)) {
		print_role(f, t, attempt->from);
		fputs(" reached itself", f);
		print_target(f, attempt);
		return true;
	}
	if (!by_errno && strayed_to(t, i, &who)) {
		print_role(f, t, attempt->from);
		fputs(" reached ", f);
		print_role(f, t, who);
		print_target(f, attempt);
		return true;
	}
	if (!is_lacking(t, i))
		return false;
	print_role(f, t, attempt->from);
	fputs(" did not reach ", f);
	if (by_errno)
		fputs("it", f);
	else if (attempt->from == attempt->to)
		fputs("itself", f);
	else
		print_role(f, t, attempt->to);
	print_target(f, attempt);
	if (attempt->err)
		fprintf(f, ": %s", strerror(attempt->err));
	return true;
}

/* The first that is wrong, and how many more there are; their number. */
static size_t print_faults(FILE *f, const struct trial *t, size_t check, size_t *first)
{
	size_t i, n = 0, size;
	char *text = NULL;
	FILE *none;

	none = open_memstream(&text, &size);
	if (!none)
		die_oom();
	for (i = 0; i < t->attempts.n; i++) {
		if (t->attempts.attempt[i].check != check ||
		    !print_fault(n ? none : f, t, i))
			continue;
		if (!n++)
			*first = i;
	}
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
	for (i = 0; i < t->attempts.n; i++)
		if (t->attempts.attempt[i].check == check &&
		    t->attempts.attempt[i].how == HOW_SOCKET &&
		    t->attempts.attempt[i].arrives && t->attempts.attempt[i].err)
			return "the system gets none either";
	return NULL;
}

static void judge(const struct trial *t, size_t i, json_t *report)
{
	const struct trial_check *check = &t->checks[i];
	const char *node = check->peer ? t->nodes[1].name : NULL;
	char *text = NULL, *remedy = NULL;
	size_t size, bad, first = 0;
	FILE *f, *help;

	f = open_memstream(&text, &size);
	help = open_memstream(&remedy, &size);
	if (!f || !help)
		die_oom();
	bad = print_faults(f, t, i, &first);
	if (bad)
		remedy_print(help, t, &t->attempts.attempt[first], is_lacking(t, first));
	else
		fputs(REMEDY_DOCTOR, help);
	if (!bad && check->fault) {
		if (check->deaf != ROLES) {
			print_role(f, t, check->deaf);
			fputs(" cannot listen: ", f);
		}
		fputs(check->fault, f);
		bad = 1;
	}
	if (fclose(f) || fclose(help))
		die_oom();
	if (bad)
		report_add(report, check->name, node, RESULT_FAILED, text, remedy);
	else if (missing_of(t, i))
		report_add(report, check->name, node, RESULT_NOT_TRIED,
			   missing_of(t, i), NULL);
	else
		report_add(report, check->name, node, RESULT_OK, NULL, NULL);
	free(text);
	free(remedy);
}

/**
 * verdict_report - judge each check
 * @trial: trial that has run
 * @report: array to which results are appended
 */
void verdict_report(const struct trial *trial, json_t *report)
{
	size_t i;

	for (i = 0; i < trial->n_checks; i++)
		judge(trial, i, report);
}
