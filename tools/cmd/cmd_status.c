// SPDX-License-Identifier: GPL-2.0
/*
 * The state of the module.
 */
#include <linux/uvn.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/fail.h"
#include "cli/health.h"
#include "cli/out.h"
#include "cmd/cmd_status.h"
#include "lib/failure.h"
#include "lib/pre-enable.h"
#include "lib/status.h"

/* Who may not see the users cannot tell; the rest of the status is theirs. */
static json_t *count_pre_enable(json_t *status)
{
	struct uvn_failure why;
	struct pre_enable socks;
	json_t *count;

	if (!json_is_true(json_object_get(status, "enabled")) ||
	    !pre_enable_find(&socks, &why))
		return json_null();
	count = json_integer(socks.n);
	pre_enable_free(&socks);
	return count;
}

/* How all is, and in words why it is not well. */
static enum health judge(json_t *status, const char **reason)
{
	const char *hook = json_string_value(json_object_get(status, "hook"));

	if (!json_is_true(json_object_get(status, "enabled")))
		*reason = "uvn is not enabled: users are NOT isolated";
	else if (!json_is_false(json_object_get(status, "audit")))
		*reason = "audit is on: nothing is denied, users are NOT isolated";
	else if (!hook || !strcmp(hook, "off"))
		*reason = "sockets are not intercepted: users are NOT isolated";
	else
		*reason = NULL;
	if (*reason)
		return HEALTH_NOT_ISOLATED;
	if (!json_integer_value(json_object_get(status, "strays")))
		return HEALTH_OK;
	*reason = "users have sockets that are not in their network";
	return HEALTH_DEGRADED;
}

static json_int_t number(json_t *status, const char *key)
{
	return json_integer_value(json_object_get(status, key));
}

static int print_plugin(json_t *status, enum health health, const char *reason)
{
	json_t *strays = json_object_get(status, "strays");
	char text[32] = "U";

	if (json_is_integer(strays))
		snprintf(text, sizeof(text), "%lld", json_integer_value(strays));
	return health_line(health, "%s%s%lld user networks\n| users=%lld strays=%s denied=%lldc",
			   reason ?: "", reason ? ", " : "", number(status, "users"),
			   number(status, "users"), text, number(status, "denied"));
}

static int print_status(json_t *status)
{
	enum health health;
	const char *reason;

	out_put(status, "strays", count_pre_enable(status));
	health = judge(status, &reason);
	out_put(status, "health", out_string(health_name(health)));
	if (health_nagios && !out_json)
		return print_plugin(status, health, reason);
	/* Nobody shall take a node in this state for a safe one. */
	if (!out_json && json_is_true(json_object_get(status, "audit")))
		puts("AUDIT IS ON: nothing is denied, users are NOT isolated");
	out_object(status);
	return health_exit(health);
}

/**
 * cmd_status - status [--nagios]
 * @cmd: not used
 * @val: not used
 */
int cmd_status(const struct command *cmd, const char *const *val)
{
	struct uvn_failure why;
	json_t *status;
	int ret;

	(void)cmd;
	(void)val;
	status = status_read(&why);
	/* Nobody need be asked to know what a node without the module does. */
	if (status)
		ret = print_status(status);
	else
		ret = fail_as(why.absent ? EXIT_FAILED : EXIT_UNKNOWN, why.error, "%s",
			      why.text);
	json_decref(status);
	return ret;
}

/**
 * cmd_version - version
 * @cmd: not used
 * @val: not used
 *
 * Also tells the module's version, but does not need the module.
 */
int cmd_version(const struct command *cmd, const char *const *val)
{
	json_t *status, *version, *module;
	struct uvn_failure why;

	(void)cmd;
	(void)val;
	version = json_object();
	out_put(version, "uvnadm", out_string(VERSION));
	status = status_read(&why);
	module = json_object_get(status, "version");
	out_put(version, "module", module ? json_incref(module) : json_null());
	out_object(version);
	json_decref(version);
	json_decref(status);
	return EXIT_OK;
}
