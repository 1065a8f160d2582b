// SPDX-License-Identifier: GPL-2.0
/*
 * Arming the namespace, and ridding it of the sockets from before.
 */
#include <errno.h>
#include <linux/uvn.h>
#include <netlink/attr.h>

#include "cli/command.h"
#include "cli/fail.h"
#include "cli/out.h"
#include "cmd/cmd_enable.h"
#include "doctor/doctor.h"
#include "lib/diag.h"
#include "lib/failure.h"
#include "lib/nl.h"
#include "lib/pre-enable.h"

/**
 * struct eviction - what became of the pre-enable sockets
 * @evicted: number that are gone
 * @unable: the kernel cannot destroy sockets
 */
struct eviction {
	size_t evicted;
	bool unable;
};

/* Destroy all of @socks, or cut off what cannot be, and make them those that are
 * left. What counts is that they are no longer there: UDP sockets may live on at
 * their port, and the other end of a connection goes by itself.
 */
static bool evict_once(struct pre_enable *socks, struct eviction *ev,
		       struct uvn_failure *why)
{
	struct pre_enable left;
	size_t i;

	for (i = 0; i < socks->n; i++)
		if (diag_destroy(&socks->sk[i]) == -EOPNOTSUPP)
			ev->unable = true;
	if (!pre_enable_cut(socks, why) || !pre_enable_find(&left, why))
		return false;
	for (i = 0; i < socks->n; i++)
		ev->evicted += !pre_enable_have(&left, &socks->sk[i]);
	pre_enable_free(socks);
	*socks = left;
	return true;
}

static int evict(json_t *obj)
{
	struct eviction ev = {};
	struct uvn_failure why;
	struct pre_enable socks;
	size_t before, left;
	int tries;
	bool ok;

	ok = pre_enable_find(&socks, &why);
	/*
	 * Again, as a listening socket accepts until it is destroyed itself, and
	 * of UDP sockets at the same port only the first is found.
	 */
	for (tries = 0; ok && socks.n && tries < DIAG_TRIES; tries++) {
		before = ev.evicted;
		ok = evict_once(&socks, &ev, &why);
		if (ev.evicted == before)
			break;
	}
	left = socks.n;
	pre_enable_free(&socks);

	if (!ok)
		return fail("enabled, but sockets from before may remain: %s",
			    why.text);
	if (left)
		return fail("enabled, but not all sockets of users from before are gone (%zu evicted, %zu left): %s",
			    ev.evicted, left, ev.unable ?
			    "this kernel cannot destroy sockets" :
			    "end their programs");
	out_put(obj, "evicted", json_integer(ev.evicted));
	return EXIT_OK;
}

/* Those that cannot be destroyed, or are not listed, may at least not send. */
static int fill_evict(struct nl_msg *msg, void *arg)
{
	(void)arg;
	return nla_put_flag(msg, UVN_A_STATUS_EVICT);
}

/* In text the rest has been told. */
static void print_done(json_t *obj)
{
	if (!out_json)
		json_object_del(obj, "not_isolated");
	out_object(obj);
}

/* Enabled is one thing, isolated another: say what is not, where it is seen. */
static void tell_rest(json_t *obj)
{
	json_t *findings = doctor_enable(), *finding;
	size_t i;

	json_array_foreach(findings, i, finding)
		warn("%s; remedy: %s",
		     json_string_value(json_object_get(finding, "text")),
		     json_string_value(json_object_get(finding, "remedy")));
	if (json_array_size(findings))
		out_put(obj, "not_isolated", json_incref(findings));
	json_decref(findings);
}

/**
 * cmd_enable - enable [--evict]
 * @cmd: command
 * @val: values
 */
int cmd_enable(const struct command *cmd, const char *const *val)
{
	struct uvn_request req = { .cmd = cmd->nlcmd };
	json_t *obj;
	int ret;

	if (val[0])
		req.fill = fill_evict;
	ret = uvn_do(&req);
	if (ret)
		return ret;
	obj = json_object();
	if (val[0])
		ret = evict(obj);
	if (!ret)
		tell_rest(obj);
	if (!ret && (out_json || val[0]))
		print_done(obj);
	json_decref(obj);
	return ret;
}
