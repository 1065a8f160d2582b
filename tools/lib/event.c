// SPDX-License-Identifier: GPL-2.0
/*
 * Events of the module as objects.
 */
#include <linux/uvn.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/out.h"
#include "lib/decode.h"
#include "lib/denial.h"
#include "lib/event.h"
#include "lib/names.h"
#include "lib/status.h"
#include "lib/users.h"

/* The name of an errno, as programs' sources have it. */
static json_t *get_errno(struct nlattr *attr, struct nlattr *head, int len)
{
	const char *name = NULL;

	(void)head;
	(void)len;
	if (nla_len(attr) == 4)
		name = strerrorname_np(nla_get_u32(attr));
	return name ? out_string(name) : attr_get_uint(attr, NULL, 0);
}

static json_t *get_type(struct nlattr *attr, struct nlattr *head, int len)
{
	static const char *const names[] = {
		"0", "stream", "dgram", "raw", "rdm", "seqpacket", "dccp", "7", "8",
		"9", "packet",
	};

	(void)head;
	(void)len;
	return attr_get_enum(attr, names, sizeof(names) / sizeof(*names));
}

static json_t *get_audit(struct nlattr *attr, struct nlattr *head, int len)
{
	(void)attr;
	return json_boolean(nla_find(head, len, UVN_A_DENIED_AUDIT));
}

static json_t *denied(struct nlattr *head, int len)
{
	static const struct attr_field fields[] = {
		{ "uid", UVN_A_DENIED_UID, false, attr_get_uint },
		{ "user", UVN_A_DENIED_UID, false, attr_get_user },
		{ "pid", UVN_A_DENIED_PID, false, attr_get_uint },
		{ "comm", UVN_A_DENIED_COMM, false, attr_get_string },
		{ "reason", UVN_A_DENIED_REASON, false, denial_reason },
		{ "operation", UVN_A_DENIED_OPERATION, false, denial_operation },
		{ "errno", UVN_A_DENIED_ERROR, false, get_errno },
		{ "detail", UVN_A_DENIED_DETAIL, false, attr_get_string },
		{ "family", UVN_A_DENIED_FAMILY, false, attr_get_family },
		{ "type", UVN_A_DENIED_TYPE, false, get_type },
		{ "protocol", UVN_A_DENIED_PROTOCOL, false, attr_get_protocol },
		{ "source", UVN_A_DENIED_SOURCE, false, attr_get_address },
		{ "destination", UVN_A_DENIED_DESTINATION, false, attr_get_address },
		{ "device", UVN_A_DENIED_DEVICE, false, attr_get_string },
		{ "audit", 0, false, get_audit },
		{ "suppressed", UVN_A_DENIED_SUPPRESSED, false, attr_get_uint },
		{}
	};

	return attr_decode(head, len, fields);
}

static json_t *published(struct nlattr *head, int len)
{
	static const struct attr_field fields[] = {
		{ "uid", UVN_A_PUBLISHED_UID, false, attr_get_uint },
		{ "user", UVN_A_PUBLISHED_UID, false, attr_get_user },
		{ "protocol", UVN_A_PUBLISHED_PROTOCOL, false, attr_get_protocol },
		{ "source", UVN_A_PUBLISHED_SOURCE, false, attr_get_address },
		{ "source_port", UVN_A_PUBLISHED_SOURCE_PORT, false, attr_get_uint },
		{ "destination", UVN_A_PUBLISHED_DESTINATION, false, attr_get_address },
		{ "port", UVN_A_PUBLISHED_PORT, false, attr_get_uint },
		{ "suppressed", UVN_A_PUBLISHED_SUPPRESSED, false, attr_get_uint },
		{}
	};

	return attr_decode(head, len, fields);
}

/* Events say nothing of its links. */
static json_t *user(struct nlattr *head, int len)
{
	json_t *obj = user_decode(head, len);

	json_object_del(obj, "links");
	return obj;
}

/* An event that this program does not know has its number, and nothing more. */
static json_t *nothing(struct nlattr *head, int len)
{
	(void)head;
	(void)len;
	return json_object();
}

static const struct kind {
	uint8_t cmd;
	const char *name;
	json_t *(*decode)(struct nlattr *head, int len);
} kinds[] = {
	{ UVN_CMD_USER_NEW_NTF, "user-new", user },
	{ UVN_CMD_USER_DEL_NTF, "user-del", user },
	{ UVN_CMD_DENIED_NTF, "denied", denied },
	{ UVN_CMD_PUBLISHED_NTF, "published", published },
	{ UVN_CMD_CONFIG_NTF, "config", status_decode },
	{ 0, NULL, nothing },
};

/* The time of day, with the world's and not the place's hours. */
static json_t *now(void)
{
	char text[sizeof("1970-01-01T00:00:00.000000Z") + 8];
	struct timespec t;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%06ldZ", t.tv_nsec / 1000);
	return out_string(text);
}

/**
 * event_new - an event of now
 * @kind: what happened; the reference is taken
 * @more: members of the object beside these; the reference is taken
 *
 * Return: an object that begins with time and kind.
 */
json_t *event_new(json_t *kind, json_t *more)
{
	json_t *event = json_object();

	out_put(event, "time", now());
	out_put(event, "event", kind);
	if (json_object_update(event, more))
		die_oom();
	json_decref(more);
	return event;
}

/**
 * event_decode - what an event of the module says
 * @cmd: UVN_CMD_*_NTF
 * @head: first attribute
 * @len: bytes of attributes
 */
json_t *event_decode(uint8_t cmd, struct nlattr *head, int len)
{
	const struct kind *k = kinds;

	while (k->name && k->cmd != cmd)
		k++;
	return event_new(k->name ? out_string(k->name) : json_integer(cmd),
			 k->decode(head, len));
}
