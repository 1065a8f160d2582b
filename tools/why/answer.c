// SPDX-License-Identifier: GPL-2.0
/*
 * The answer as it grows: its parts, and the sentence that ends it.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/fail.h"
#include "cli/out.h"
#include "cli/parse.h"
#include "cli/prefix.h"
#include "why/answer.h"

/* Members of the answer, in their order; those that are not noted are null. */
static const char *const keys[] = {
	"uid", "user", "subordinate_to", "destination", "port", "protocol", "sent", "rule", "way",
	"network", "made", "table", "vni", "lower", "remote", "udp_port",
	"source", "translated_to", "nat_ports", "gateway", "device", "mtu", "firewall", "unseen", "answer",
};

/**
 * why_note - note a part of the answer
 * @w: question
 * @key: member
 * @val: value; the reference is taken
 */
void why_note(struct why *w, const char *key, json_t *val)
{
	out_put(w->out, key, val);
}

/**
 * why_note_address - note an address, if there is one
 * @w: question
 * @key: member
 * @addr: the address
 */
void why_note_address(struct why *w, const char *key, const struct address *addr)
{
	char text[INET6_ADDRSTRLEN];

	if (addr->family && inet_ntop(addr->family, addr->bytes, text, sizeof(text)))
		why_note(w, key, out_string(text));
}

/**
 * why_begin - begin an answer, in which nothing is noted yet
 * @w: question
 */
void why_begin(struct why *w)
{
	size_t i;

	w->out = json_object();
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		why_note(w, keys[i], json_null());
}

/* Who may not look at all says what was not looked at. */
static void conclude(struct why *w, json_t *sent, const char *after, const char *fmt,
		     va_list ap)
{
	char *text = NULL;
	size_t size;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		die_oom();
	vfprintf(f, fmt, ap);
	fputs(after, f);
	if (w->unseen) {
		fputs("; only an administrator may look at the network's own routes", f);
		why_note(w, "unseen", json_pack("[s]", "routes"));
	}
	if (fclose(f))
		die_oom();
	why_note(w, "sent", sent);
	why_note(w, "answer", out_string(text));
	free(text);
}

/**
 * why_sent - conclude that the packet is sent
 * @w: question
 * @way: which way
 * @fmt: a sentence
 *
 * Return: exit status.
 */
int why_sent(struct why *w, const char *way, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conclude(w, json_true(), w->user || !json_is_false(json_object_get(w->out, "made")) ?
		 "" : "; the user's first socket makes the network", fmt, ap);
	va_end(ap);
	why_note(w, "way", out_string(way));
	/* Which of its rules a packet meets the kernel alone can say, and does not. */
	why_note(w, "firewall", out_string("not asked"));
	return EXIT_OK;
}

/**
 * why_lost - conclude that the packet does not leave, which no rule of uvn's says
 * @w: question
 * @rule: what keeps it
 * @fmt: a sentence
 *
 * Return: exit status.
 */
int why_lost(struct why *w, const char *rule, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conclude(w, json_false(), "", fmt, ap);
	va_end(ap);
	why_note(w, "rule", out_string(rule));
	return EXIT_FAILED;
}

/**
 * why_unknown - conclude that it cannot be told
 * @w: question
 * @rule: what is missing
 * @fmt: a sentence
 *
 * Return: exit status.
 */
int why_unknown(struct why *w, const char *rule, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conclude(w, json_null(), "", fmt, ap);
	va_end(ap);
	why_note(w, "rule", out_string(rule));
	return EXIT_UNKNOWN;
}

/**
 * why_refused - conclude that the module refuses the packet, or its socket
 * @w: question
 * @rule: reason, as in denied_by
 * @fmt: a sentence
 *
 * Return: exit status.
 */
int why_refused(struct why *w, const char *rule, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conclude(w, json_boolean(w->audit), w->audit ? "; it is let pass, as audit is on" : "", fmt,
		 ap);
	va_end(ap);
	why_note(w, "rule", out_string(rule));
	return w->audit ? EXIT_OK : EXIT_FAILED;
}

/**
 * why_dst - the destination, for a sentence
 * @w: question
 */
const char *why_dst(const struct why *w)
{
	return json_string_value(json_object_get(w->out, "destination"));
}

/**
 * why_covers - what covers an address
 * @w: question
 * @part: part of the configuration, of objects with a prefix
 * @addr: the address
 *
 * Return: the first such object, or NULL.
 */
json_t *why_covers(const struct why *w, const char *part, const struct address *addr)
{
	struct prefix prefix;
	const char *text;
	json_t *obj;
	size_t i;

	json_array_foreach(json_object_get(w->config, part), i, obj) {
		text = json_string_value(json_object_get(obj, "prefix"));
		if (text && !parse_prefix(text, &prefix) && prefix_has(&prefix, addr))
			return obj;
	}
	return NULL;
}
