// SPDX-License-Identifier: GPL-2.0
/*
 * One's own network, in plain words: what users may ask without privileges.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/fail.h"
#include "cli/out.h"
#include "cmd/cmd_show.h"
#include "lib/account.h"
#include "lib/config.h"
#include "lib/failure.h"
#include "lib/status.h"
#include "lib/users.h"

/**
 * struct own - what there is to tell
 * @status: state of uvn on the node
 * @config: its configuration
 * @network: one's network; NULL if there is none
 * @error: why there is none: ENOENT if the first socket makes it, ESRCH if one is the
 *	system, EACCES if one gets no sockets
 */
struct own {
	json_t *status;
	json_t *config;
	json_t *network;
	int error;
};

static int own_read(struct own *own)
{
	struct uvn_failure why;
	int ret;

	own->status = status_read(&why);
	if (!own->status)
		return fail_why(&why);
	ret = config_get(&own->config);
	if (ret || user_read(NULL, &own->network, &why))
		return ret;
	own->error = why.error;
	if (own->error == ENOENT || own->error == ESRCH || own->error == EACCES)
		return EXIT_OK;
	return fail_why(&why);
}

static bool is_on(const struct own *own, const char *key)
{
	return json_is_true(json_object_get(own->status, key));
}

static json_t *part_of(const struct own *own, const char *key)
{
	return json_object_get(own->config, key);
}

/* In what words programs go by. */
static const char *state_of(const struct own *own)
{
	if (!is_on(own, "enabled"))
		return "disabled";
	if (own->network)
		return "own";
	return own->error == ENOENT ? "first-socket" :
	       own->error == ESRCH ? "system" : "none";
}

static json_t *prefixes_of(const struct own *own, const char *part)
{
	json_t *all = json_array(), *obj;
	size_t i;

	json_array_foreach(part_of(own, part), i, obj)
		out_append(all, json_incref(json_object_get(obj, "prefix")));
	return all;
}

static json_t *uid_of(const struct own *own)
{
	json_t *uid = json_object_get(own->network, "uid");

	return uid ? json_incref(uid) : json_integer(getuid());
}

static json_t *own_object(const struct own *own)
{
	json_t *obj = json_object(), *uid = uid_of(own);

	out_put(obj, "uid", uid);
	out_put(obj, "user", user_name(json_integer_value(uid)));
	out_put(obj, "state", out_string(state_of(own)));
	out_put(obj, "audit", json_boolean(is_on(own, "audit")));
	out_put(obj, "network", own->network ? json_incref(own->network) : json_null());
	out_put(obj, "subnets", prefixes_of(own, "subnets"));
	out_put(obj, "pools", prefixes_of(own, "cgnat"));
	out_put(obj, "published", json_incref(part_of(own, "publish")));
	return obj;
}

/* Words of an array, with commas. */
static void print_list(json_t *words)
{
	json_t *word;
	size_t i;

	json_array_foreach(words, i, word)
		printf("%s%s", i ? ", " : "", json_string_value(word) ?: "?");
}

/* Without the length of the prefix, which says nothing here. */
static void print_addresses(json_t *network)
{
	const char *text;
	json_t *link, *addr;
	size_t i, k;

	fputs("  your addresses   localhost", stdout);
	json_array_foreach(json_object_get(network, "links"), i, link) {
		json_array_foreach(json_object_get(link, "addresses"), k, addr) {
			text = json_string_value(addr) ?: "";
			printf(", %.*s (%s)", (int)strcspn(text, "/"), text,
			       json_string_value(json_object_get(link, "lower")) ?: "?");
		}
	}
	putchar('\n');
}

static void print_reach(const struct own *own, json_t *obj)
{
	json_t *pub, *cgnat = json_object_get(own->network, "cgnat");
	size_t i;

	fputs("  you reach        your own programs and the system's, here and in ", stdout);
	print_list(json_object_get(obj, "subnets"));
	fputs("\n  elsewhere        ", stdout);
	if (!json_array_size(json_object_get(obj, "pools"))) {
		puts("nothing: there is no CGNAT pool");
	} else {
		fputs("hosts that the node reaches, translated", stdout);
		if (json_array_size(cgnat))
			fputs(" from ", stdout);
		print_list(cgnat);
		putchar('\n');
	}
	fputs("  who reaches you  your own programs, and nobody else's", stdout);
	json_array_foreach(json_object_get(obj, "published"), i, pub)
		printf("%s %s at %s %s", i ? "," : "; published:",
		       json_string_value(json_object_get(pub, "from")) ?: "?",
		       json_string_value(json_object_get(pub, "protocol")) ?: "?",
		       json_string_value(json_object_get(pub, "ports")) ?: "?");
	putchar('\n');
}

static void print_refused(const struct own *own, json_int_t uid)
{
	json_t *by = json_object_get(own->network, "denied_by"), *n;
	const char *reason;

	if (!json_integer_value(json_object_get(own->network, "denied")))
		return;
	fputs("  refused so far  ", stdout);
	json_object_foreach(by, reason, n)
		printf(" %s %lld", reason, json_integer_value(n));
	printf("\n                   see: uvnadm why %lld ADDRESS:PORT\n", uid);
}

static void print_own(const struct own *own, json_t *obj)
{
	json_int_t uid = json_integer_value(json_object_get(obj, "uid"));
	const char *name = json_string_value(json_object_get(obj, "user"));
	const char *state = state_of(own);

	printf("You are %s%sUID %lld%s", name ?: "", name ? " (" : "", uid, name ? ")" : "");
	if (!strcmp(state, "disabled")) {
		puts(".\nuvn is not enabled here: others' programs reach what you listen on.");
		return;
	}
	if (!strcmp(state, "system")) {
		puts(", which is the system's here, and has no network of its own.");
		return;
	}
	if (!strcmp(state, "none")) {
		puts(", which is in no range of users here.");
		puts(is_on(own, "audit") ? "You would get no sockets, were audit not on." :
					   "You get no sockets.");
		return;
	}
	puts(own->network ? ", and have a network of your own here." :
			    ", and your first socket makes a network of your own here.");
	if (is_on(own, "audit"))
		puts("AUDIT IS ON: nothing is refused, others may reach what you listen on.");
	if (own->network)
		print_addresses(own->network);
	print_reach(own, obj);
	print_refused(own, uid);
}

/**
 * cmd_show - show
 * @cmd: not used
 * @val: not used
 */
int cmd_show(const struct command *cmd, const char *const *val)
{
	struct own own = {};
	json_t *obj;
	int ret;

	(void)cmd;
	(void)val;
	ret = own_read(&own);
	if (!ret) {
		obj = own_object(&own);
		if (out_json)
			out_value(obj);
		else
			print_own(&own, obj);
		json_decref(obj);
	}
	json_decref(own.network);
	json_decref(own.config);
	json_decref(own.status);
	return ret;
}
