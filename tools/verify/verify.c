// SPDX-License-Identifier: GPL-2.0
/*
 * verify: that users do not reach each other, but themselves and the system, is
 * tried with real sockets on the node as it runs.
 *
 * On each node that takes part a process of root's serves, with a listener for each
 * role: a process that listens in every way and remembers the attempts that it
 * hears. Senders are processes on this node that make the attempts.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/fail.h"
#include "cli/health.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "cli/prefix.h"
#include "lib/config.h"
#include "lib/failure.h"
#include "lib/status.h"
#include "verify/interfaces.h"
#include "verify/matrix.h"
#include "verify/node.h"
#include "verify/test-uids.h"
#include "verify/verdict.h"
#include "verify/verify.h"

/* Nobody is there to be asked for a password. */
#define REMOTE_SHELL	"ssh -o BatchMode=yes -o ConnectTimeout=10"

/* What helps where processes do not answer in time. */
#define RUN_AGAIN	"run it again while the node is less busy"

/**
 * struct request - what was asked for
 * @uids: the two UIDs, or 0
 * @peer: another node, or NULL
 * @rsh: the command that leads there
 */
struct request {
	uint32_t uids[2];
	const char *peer;
	const char *rsh;
};

static int parse_outside(const char *address, const char *port, struct trial *t)
{
	struct sockaddr_in6 *in6 = (void *)&t->outside;
	struct sockaddr_in *in = (void *)&t->outside;
	struct address addr;
	uint32_t number;
	int ret;

	if (!address)
		return EXIT_OK;
	ret = parse_any_address(address, address, &addr);
	if (!ret)
		ret = parse_number(port, "the port", 1, UINT16_MAX, &number);
	if (ret)
		return ret;
	t->outside.ss_family = addr.family;
	/* At the same place for both families. */
	in->sin_port = htons(number);
	if (addr.family == AF_INET) {
		memcpy(&in->sin_addr, addr.bytes, sizeof(in->sin_addr));
		t->outside_len = sizeof(*in);
	} else {
		memcpy(&in6->sin6_addr, addr.bytes, sizeof(in6->sin6_addr));
		t->outside_len = sizeof(*in6);
	}
	return EXIT_OK;
}

static int parse_request(const char *const *val, struct request *req, struct trial *t)
{
	int ret = EXIT_OK;

	if (val[0])
		ret = parse_two_uids(val[0], req->uids);
	if (!ret)
		ret = parse_outside(val[3], val[4], t);
	if (ret)
		return ret;
	req->peer = val[1];
	req->rsh = val[2] ? val[2] : REMOTE_SHELL;
	/* It would be an option of the remote shell's. */
	if (req->peer && (*req->peer == '-' || !*req->peer))
		return misuse("\"%s\": not a host", req->peer);
	if (val[2] && !req->peer)
		return misuse("--rsh without --peer");
	if (!req->rsh[strspn(req->rsh, " ")])
		return misuse("\"%s\": not a command", req->rsh);
	return EXIT_OK;
}

/* Nothing that is found then would mean anything. */
static int look_at_state(struct trial *t)
{
	struct uvn_failure why;
	json_t *status;
	bool enabled;

	status = status_read(&why);
	if (!status)
		return fail_as(why.absent ? EXIT_FAILED : EXIT_UNKNOWN, why.error, "%s",
			       why.text);
	enabled = json_is_true(json_object_get(status, "enabled"));
	json_decref(status);
	if (!enabled)
		return fail_as(EXIT_FAILED, 0, "uvn is not enabled: users are NOT isolated");
	if (getuid() || geteuid())
		return fail("needs root: it acts for users and for the system");
	return config_get(&t->config);
}

static int choose_uids(const struct request *req, json_t *config, uint32_t *uids)
{
	if (!req->uids[0])
		return test_uids_find(config, uids);
	memcpy(uids, req->uids, sizeof(req->uids));
	return test_uids_check(config, uids);
}

static void report_state(const struct node *node, json_t *report)
{
	bool audit = !json_is_false(json_object_get(node->status, "audit"));

	report_add(report, "audit is off", node->name,
		   audit ? RESULT_FAILED : RESULT_OK,
		   audit ? "nothing is denied, users are NOT isolated" : NULL,
		   audit ? "uvnadm set audit off" : NULL);
}

static void report_end(struct node *node, json_t *report)
{
	const char *name = node->name;
	struct uvn_failure why;
	bool ok = node_close(node, &why);

	report_add(report, "nothing stays behind", name,
		   ok ? RESULT_OK : RESULT_FAILED, ok ? NULL : why.text,
		   ok ? NULL : "uvnadm user del UID, once the user has no process");
}

static void look_at(struct trial *t, struct node *node, json_t *report)
{
	struct uvn_failure why;

	if (interfaces_look(t, node, &why))
		interfaces_report(t, node, report);
	else
		report_add(report, "interfaces as without uvn", node->name, RESULT_FAILED,
			   why.text, RUN_AGAIN);
}

static void open_peer(const struct request *req, struct trial *t, json_t *report)
{
	char remedy[512];
	struct uvn_failure why;

	t->peer = node_open(&t->nodes[1], req->peer, req->rsh, t->attempts.uids,
			    t->attempts.run, &why);
	if (t->peer) {
		report_state(&t->nodes[1], report);
		look_at(t, &t->nodes[1], report);
		return;
	}
	snprintf(remedy, sizeof(remedy),
		 "have \"%s %s uvnadm status\" say, as root and without a question, that uvn is enabled there",
		 req->rsh, req->peer);
	report_add(report, "between nodes", req->peer, RESULT_FAILED, why.text, remedy);
}

static void try_all(const struct request *req, struct trial *t, json_t *report)
{
	struct uvn_failure why;

	report_state(&t->nodes[0], report);
	look_at(t, &t->nodes[0], report);
	if (req->peer)
		open_peer(req, t, report);
	matrix_expand(t);
	if (verdict_run(t, &why))
		verdict_report(t, report);
	else
		report_add(report, "what arrives is known", NULL, RESULT_FAILED,
			   why.text, RUN_AGAIN);
	node_quiet(&t->nodes[0]);
	if (t->peer) {
		node_quiet(&t->nodes[1]);
		report_end(&t->nodes[1], report);
	} else {
		node_close(&t->nodes[1], &why);
	}
}

static json_int_t count(json_t *report, const char *result)
{
	json_int_t n = 0;
	json_t *obj;
	size_t i;

	json_array_foreach(report, i, obj)
		n += !strcmp(json_string_value(json_object_get(obj, "result")), result);
	return n;
}

/* The first that has failed stands for all. */
static int print_plugin(enum health health, const uint32_t *uids, json_t *report)
{
	json_t *obj, *first = NULL;
	size_t i;

	json_array_foreach(report, i, obj)
		if (!first && !strcmp(json_string_value(json_object_get(obj, "result")),
				      RESULT_FAILED))
			first = obj;
	return health_line(health, "UIDs %u and %u: %lld ok, %lld failed, %lld not tried%s%s%s%s",
			   uids[0], uids[1], count(report, RESULT_OK),
			   count(report, RESULT_FAILED), count(report, RESULT_NOT_TRIED),
			   first ? ": " : "",
			   json_string_value(json_object_get(first, "check")) ?: "",
			   first ? ": " : "",
			   json_string_value(json_object_get(first, "detail")) ?: "");
}

/* Each once: many have the same cause. */
static void print_remedies(json_t *report)
{
	json_t *told = json_object(), *obj;
	const char *remedy;
	size_t i;

	json_array_foreach(report, i, obj) {
		remedy = json_string_value(json_object_get(obj, "remedy"));
		if (!remedy || json_object_get(told, remedy))
			continue;
		out_put(told, remedy, json_true());
		printf("remedy: %s\n", remedy);
	}
	json_decref(told);
}

static int print_report(const uint32_t *uids, json_t *report)
{
	static const struct out_col cols[] = {
		{ "CHECK", "check", NULL },
		{ "NODE", "node", NULL },
		{ "RESULT", "result", NULL },
		{ "DETAIL", "detail", NULL },
		{}
	};
	json_int_t ok = count(report, RESULT_OK);
	json_int_t failed = count(report, RESULT_FAILED);
	json_int_t not_tried = count(report, RESULT_NOT_TRIED);
	enum health health = failed ? HEALTH_NOT_ISOLATED : HEALTH_OK;
	json_t *obj;

	if (out_json) {
		obj = json_pack("{sb, ss, s[I,I], sI, sI, sI, sO}", "verified", !failed,
				"health", health_name(health), "uids",
				(json_int_t)uids[0], (json_int_t)uids[1], "ok", ok,
				"failed", failed, "not_tried", not_tried, "checks",
				report);
		out_object(obj);
		json_decref(obj);
		return health_exit(health);
	}
	if (health_nagios)
		return print_plugin(health, uids, report);
	out_table(report, cols);
	print_remedies(report);
	printf("UIDs %u and %u: %" JSON_INTEGER_FORMAT " ok, %" JSON_INTEGER_FORMAT
	       " failed, %" JSON_INTEGER_FORMAT " not tried\n", uids[0], uids[1], ok,
	       failed, not_tried);
	return failed ? fail_as(EXIT_FAILED, 0, "not all that must hold does") : EXIT_OK;
}

static bool make_run(char *run, size_t size)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return false;
	snprintf(run, size, "%016llx", (unsigned long long)number);
	return true;
}

static int verify(const struct request *req, struct trial *t, uint32_t *uids)
{
	json_t *report = json_array();
	struct uvn_failure why, end;
	char run[17];
	int ret;

	t->attempts.uids = uids;
	t->attempts.run = run;
	if (!make_run(run, sizeof(run)))
		ret = fail("no random number can be had");
	else if (!node_open(&t->nodes[0], NULL, NULL, uids, run, &why))
		ret = fail("%s", why.text);
	else
		ret = EXIT_OK;
	if (ret) {
		node_close(&t->nodes[0], &end);
	} else {
		try_all(req, t, report);
		report_end(&t->nodes[0], report);
		ret = print_report(uids, report);
	}
	json_decref(report);
	return ret;
}

/**
 * cmd_verify - verify [--uids A,B] [--peer HOST] [--rsh COMMAND]
 *	[--outside ADDRESS PORT] [--nagios]
 * @cmd: not used
 * @val: values
 */
int cmd_verify(const struct command *cmd, const char *const *val)
{
	struct request req = {};
	struct trial t = {};
	uint32_t uids[2];
	int ret;

	(void)cmd;
	/* A node that has ended is an answer that does not come. */
	signal(SIGPIPE, SIG_IGN);
	ret = parse_request(val, &req, &t);
	if (!ret)
		ret = look_at_state(&t);
	if (!ret)
		ret = choose_uids(&req, t.config, uids);
	if (!ret)
		ret = verify(&req, &t, uids);
	json_decref(t.config);
	free(t.attempts.attempt);
	free(t.checks);
	return ret;
}
