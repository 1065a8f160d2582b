// SPDX-License-Identifier: GPL-2.0
/*
 * Why does a packet go where it goes, or not? Whose it is, and what of it is
 * refused whatever its way; that is in route.c.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/uvn.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/fail.h"
#include "cli/health.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "lib/account.h"
#include "lib/config.h"
#include "lib/failure.h"
#include "lib/status.h"
#include "lib/subuid.h"
#include "lib/users.h"
#include "why/answer.h"
#include "why/cmd_why.h"
#include "why/route.h"

/* Is it an address of IPv6, and behind another colon the number of a port? */
static bool has_port6(const char *word)
{
	const char *colon = strrchr(word, ':');
	char text[INET6_ADDRSTRLEN];
	struct in6_addr addr;

	if (!colon || (size_t)(colon - word) >= sizeof(text) || colon[1] < '1' ||
	    colon[1] > '9' || strspn(colon + 1, "0123456789") != strlen(colon + 1))
		return false;
	memcpy(text, word, colon - word);
	text[colon - word] = '\0';
	return inet_pton(AF_INET6, text, &addr) == 1;
}

/* "::1:22" is an address, and for a reader one with a port. */
static int refuse_port6(const char *word)
{
	int len = strrchr(word, ':') - word;
	struct in6_addr addr;

	if (inet_pton(AF_INET6, word, &addr) != 1)
		return misuse("\"%s\": an IPv6 address with a port is written [%.*s]:%s",
			      word, len, word, word + len + 1);
	return misuse("\"%s\": ambiguous: write [%.*s]:%s with a port, [%s] without",
		      word, len, word, word + len + 1, word);
}

/* ADDRESS, [ADDRESS], ADDRESS:PORT or [ADDRESS]:PORT */
static int parse_destination(const char *word, struct why *w)
{
	const char *colon = strrchr(word, ':'), *port = NULL;
	char text[INET6_ADDRSTRLEN];
	size_t len = strlen(word);

	if (*word == '[') {
		const char *end = strchr(word, ']');

		if (!end || (end[1] && end[1] != ':'))
			return misuse("\"%s\": expected ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT",
				      word);
		len = end - word - 1;
		port = end[1] ? end + 2 : NULL;
	} else if (has_port6(word)) {
		return refuse_port6(word);
	} else if (colon && strchr(word, ':') == colon) {
		len = colon - word;
		port = colon + 1;
	}
	if (len >= sizeof(text))
		return misuse("\"%s\": not an IP address", word);
	memcpy(text, word + (*word == '['), len);
	text[len] = '\0';
	if (parse_any_address(word, text, &w->dst))
		return EXIT_USAGE;
	if (*word == '[' && w->dst.family != AF_INET6)
		return misuse("\"%s\": only an IPv6 address is in brackets", word);
	/* So it is for programs, too: an address of IPv4 by a socket of IPv6. */
	if (w->dst.family == AF_INET6 &&
	    IN6_IS_ADDR_V4MAPPED((struct in6_addr *)w->dst.bytes)) {
		w->dst.family = AF_INET;
		memmove(w->dst.bytes, w->dst.bytes + 12, 4);
	}
	if (!memcmp(w->dst.bytes, in6addr_any.s6_addr, addr_size(w->dst.family)))
		return misuse("\"%s\": no address to send to", word);
	return port ? parse_number(port, "a port", 1, UINT16_MAX, &w->port) : EXIT_OK;
}

static int parse_question(const char *const *val, struct why *w)
{
	int ret;

	ret = parse_any_uid(val[0], &w->uid);
	if (!ret)
		ret = parse_destination(val[1], w);
	if (ret)
		return ret;
	if (val[2])
		w->protocol = strcmp(val[2], "tcp") ? IPPROTO_UDP : IPPROTO_TCP;
	else if (w->port)
		w->protocol = IPPROTO_TCP;
	return EXIT_OK;
}

static void note_question(struct why *w)
{
	why_begin(w);
	why_note(w, "uid", json_integer(w->uid));
	why_note(w, "user", user_name(w->uid));
	why_note_address(w, "destination", &w->dst);
	if (w->port)
		why_note(w, "port", json_integer(w->port));
	if (w->protocol)
		why_note(w, "protocol", out_string(w->protocol == IPPROTO_UDP ? "udp" :
								     "tcp"));
}

static json_int_t number_of(json_t *obj, const char *key)
{
	return json_integer_value(json_object_get(obj, key));
}

static json_t *range_of(struct why *w)
{
	json_t *range;
	size_t i;

	json_array_foreach(json_object_get(w->config, "ranges"), i, range)
		if (w->uid >= number_of(range, "uid_first") &&
		    w->uid <= number_of(range, "uid_last"))
			return range;
	return NULL;
}

static json_t *setting(const struct why *w, const char *key)
{
	return json_object_get(json_object_get(w->config, "settings"), key);
}

static bool is_denied(const struct why *w, const char *part, uint32_t number)
{
	json_t *permit;
	const char *s;
	size_t i;

	json_array_foreach(json_object_get(w->config, part), i, permit) {
		s = json_string_value(json_object_get(permit, "verdict"));
		if (number_of(permit, "number") == number)
			return s && !strcmp(s, "deny");
	}
	return false;
}

static bool is_vxlan(const struct why *w)
{
	json_t *subnet;
	size_t i;

	json_array_foreach(json_object_get(w->config, "subnets"), i, subnet)
		if (w->protocol == IPPROTO_UDP && w->port &&
		    number_of(subnet, "port") == w->port)
			return true;
	return false;
}

static int refuse_vxlan(struct why *w)
{
	return why_refused(w, "vxlan-port",
			   "UDP port %u is that of a subnet's VXLAN, to which programs may not send",
			   w->port);
}

static int find_user(struct why *w)
{
	struct uvn_failure failure;

	if (!user_read(&w->uid, &w->user, &failure) && failure.error != ENOENT)
		return fail_why(&failure);
	if (w->user && !number_of(w->user, "vrf_ifindex")) {
		json_decref(w->user);
		w->user = NULL;
	}
	return EXIT_OK;
}

/* A user's network: as it is, or as it would be. */
static int answer_user(struct why *w, json_t *range)
{
	json_int_t vni = number_of(range, "vni_first") + w->uid -
			 number_of(range, "uid_first");
	char vrf[32];
	int ret;

	if (is_denied(w, "families", w->dst.family))
		return why_refused(w, "family", "users get no sockets of this family");
	if (w->protocol && is_denied(w, "protocols", w->protocol))
		return why_refused(w, "protocol", "users get no sockets of this protocol");
	ret = find_user(w);
	if (ret)
		return ret;
	snprintf(vrf, sizeof(vrf), "vrf%u", w->uid);
	why_note(w, "network", out_string(vrf));
	why_note(w, "made", json_boolean(w->user));
	why_note(w, "vni", json_integer(vni));
	why_note(w, "table", json_integer(json_integer_value(setting(w, "table_base")) +
					  vni));
	return is_vxlan(w) ? refuse_vxlan(w) : why_user(w);
}

/* Whose the UID is, if it is a subordinate one; false if it is nobody's. */
static bool find_owner(struct why *w)
{
	const struct subuid *s;
	struct subuids all;
	bool known = true;

	if (range_of(w) || is_system_uid(w->uid))
		return true;
	subuids_of(w->config, &all);
	s = subuids_find(&all, w->uid, w->uid);
	if (s) {
		known = s->owner != SUBUID_NOBODY;
		if (known) {
			w->uid = s->owner;
			why_note(w, "subordinate_to", json_integer(w->uid));
		}
	}
	subuids_free(&all);
	return known;
}

static bool is_given_out(const struct why *w)
{
	const char *text = json_string_value(setting(w, "subordinate"));
	uint32_t first, last;

	return text && sscanf(text, "%u-%u", &first, &last) == 2 &&
	       w->uid >= first && w->uid <= last;
}

static int answer(struct why *w, bool enabled)
{
	const char *unmatched = json_string_value(setting(w, "unmatched"));
	bool known = enabled && find_owner(w);
	json_t *range = range_of(w);

	if (!enabled)
		return why_system(w, "uvn is not enabled");
	if (range)
		return answer_user(w, range);
	if (!w->audit && !is_system_uid(w->uid) && (!known || is_given_out(w)))
		return why_refused(w, "subordinate",
				   "the UID is among the subordinate ones, and no range or subuid says whose it is: it gets no socket");
	if (is_system_uid(w->uid) || (unmatched && !strcmp(unmatched, "allow")) ||
	    w->audit) {
		if (w->uid && is_vxlan(w))
			return refuse_vxlan(w);
		return why_system(w, is_system_uid(w->uid) ? "a system UID" :
				     "a UID in no range, which counts as system");
	}
	return why_refused(w, "unmatched",
			   "the UID is in no range, and unmatched is deny: it gets no socket");
}

static void print(struct why *w, int ret)
{
	json_t *text;
	const char *key;
	json_t *val;

	health_told = ret == EXIT_OK ? HEALTH_OK :
		      ret == EXIT_FAILED ? HEALTH_NOT_ISOLATED : HEALTH_UNKNOWN;
	if (out_json) {
		out_value(w->out);
		return;
	}
	if (health_nagios) {
		health_line(health_told, "UID %u to %s: %s", w->uid, why_dst(w),
			    json_string_value(json_object_get(w->out, "answer")));
		return;
	}
	text = json_object();
	json_object_foreach(w->out, key, val)
		if (!json_is_null(val) && strcmp(key, "answer"))
			out_put(text, key, json_incref(val));
	out_object(text);
	json_decref(text);
	puts(json_string_value(json_object_get(w->out, "answer")) ?: "");
}

/**
 * cmd_why - why UID DEST [tcp|udp] [--nagios]
 * @cmd: not used
 * @val: values
 */
int cmd_why(const struct command *cmd, const char *const *val)
{
	struct why w = {};
	struct uvn_failure failure;
	json_t *status = NULL;
	int ret;

	(void)cmd;
	ret = parse_question(val, &w);
	if (!ret) {
		status = status_read(&failure);
		ret = status ? EXIT_OK : fail_why(&failure);
	}
	if (!ret)
		ret = config_get(&w.config);
	if (!ret) {
		note_question(&w);
		w.audit = json_is_true(json_object_get(status, "audit"));
		ret = answer(&w, json_is_true(json_object_get(status, "enabled")));
		/* If it could not be told, that has been reported. */
		if (!json_is_null(json_object_get(w.out, "answer")))
			print(&w, ret);
		json_decref(w.config);
	}
	json_decref(w.user);
	json_decref(w.out);
	json_decref(status);
	return ret;
}
