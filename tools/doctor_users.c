// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration and those that it is about.
 */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

/* How many names a finding has. */
#define NAMES_MAX	5

/* UIDs that are the system's unless a range holds them. */
static const struct {
	uint32_t first;
	uint32_t last;
} system_uids[] = {
	{ 0, 999 }, { 61184, 65519 }, { 65534, 65534 },
};

#define N_SYSTEM	(sizeof(system_uids) / sizeof(*system_uids))

/**
 * struct names - a list of names in words
 * @text: the first of them
 * @size: of @text
 * @f: where they are written
 * @n: number of all of them
 */
struct names {
	char *text;
	size_t size;
	FILE *f;
	size_t n;
};

static void names_open(struct names *names)
{
	memset(names, 0, sizeof(*names));
	names->f = open_memstream(&names->text, &names->size);
	if (!names->f)
		die_oom();
}

static void names_add(struct names *names, const char *name)
{
	if (names->n < NAMES_MAX)
		fprintf(names->f, "%s%s", names->n ? ", " : "", name);
	else if (names->n == NAMES_MAX)
		fputs(", ...", names->f);
	names->n++;
}

static void names_close(struct names *names)
{
	if (fclose(names->f))
		die_oom();
}

static bool has(json_t *arr, json_t *obj)
{
	json_t *one;
	size_t i;

	json_array_foreach(arr, i, one)
		if (json_equal(one, obj))
			return true;
	return false;
}

static bool same_items(json_t *a, json_t *b)
{
	json_t *obj;
	size_t i;

	if (json_array_size(a) != json_array_size(b))
		return false;
	json_array_foreach(a, i, obj)
		if (!has(b, obj))
			return false;
	return true;
}

static void compare(struct doctor *d, struct names *names)
{
	const struct part *const *part;
	json_t *mine, *theirs, *val;
	const char *key;

	for (part = parts; *part; part++) {
		mine = json_object_get(d->config, (*part)->key);
		theirs = json_object_get(d->file, (*part)->key);
		if (!(*part)->single) {
			if (!same_items(mine, theirs))
				names_add(names, (*part)->key);
			continue;
		}
		json_object_foreach(mine, key, val)
			if (!json_equal(val, json_object_get(theirs, key)))
				names_add(names, key);
	}
}

/**
 * doctor_config - is what is in force what the next boot will load?
 * @d: diagnosis
 */
void doctor_config(struct doctor *d)
{
	struct names names;

	if (d->file_why) {
		found(d, ERROR, NULL, "the configuration file is wrong: %s", d->file_why);
		remedy(d, "correct it, see uvnadm(8): of a file with such a line nothing is loaded");
		return;
	}
	if (!d->file) {
		found(d, WARNING, NULL, "there is no /etc/uvn.conf: uvn.service does not start");
		remedy(d, "uvnadm save >/etc/uvn.conf");
		return;
	}
	if (!d->status || !d->config)
		return;
	names_open(&names);
	compare(d, &names);
	names_close(&names);
	if (names.n) {
		found(d, WARNING, NULL,
		      "the configuration in force is not that of /etc/uvn.conf: %s",
		      names.text);
		remedy(d, "uvnadm load /etc/uvn.conf, or uvnadm save >/etc/uvn.conf");
	}
	free(names.text);
}

static void judge_range(struct doctor *d, json_t *range)
{
	json_int_t first = get_number(range, "uid_first");
	json_int_t last = get_number(range, "uid_last");
	char subject[32];
	size_t i;

	snprintf(subject, sizeof(subject), "%lld-%lld", first, last);
	for (i = 0; i < N_SYSTEM; i++) {
		if (first > system_uids[i].last || last < system_uids[i].first)
			continue;
		found(d, WARNING, subject,
		      "the range %s holds UIDs of the system's (%u-%u): its daemons are isolated like users, and reach nothing of the system's nor are reached",
		      subject, system_uids[i].first, system_uids[i].last);
		remedy(d, "ranges of people's UIDs alone: uvnadm range del uid %s", subject);
	}
}

/**
 * doctor_ranges - is somebody managed, and not who should not be?
 * @d: diagnosis
 */
void doctor_ranges(struct doctor *d)
{
	json_t *range;
	size_t i;

	if (d->config && !json_array_size(state_part(d, "ranges"))) {
		found(d, WARNING, NULL, "there is no range: nobody is isolated");
		remedy(d, "uvnadm range add uid FIRST-LAST");
	}
	json_array_foreach(state_part(d, "ranges"), i, range)
		judge_range(d, range);
}

/* Does a site that has nobody there say so? Else such a UID is never system. */
static bool is_given_out(struct doctor *d, uint32_t uid)
{
	uint32_t first, last;

	return sscanf(get_string(state_part(d, "settings"), "subordinate"), "%u-%u",
		      &first, &last) == 2 && uid >= first && uid <= last;
}

/**
 * doctor_accounts - is every account in a range, or the system's?
 * @d: diagnosis
 *
 * Those that the name services list: many list none of a directory's.
 */
void doctor_accounts(struct doctor *d)
{
	struct names none, system, subordinate;
	struct subuids subuids;
	struct passwd *pw;
	char name[128];
	bool deny;

	if (!json_array_size(state_part(d, "ranges")))
		return;
	deny = strcmp(get_string(state_part(d, "settings"), "unmatched"), "allow");
	subuids_of(d->config, &subuids);
	names_open(&none);
	names_open(&system);
	names_open(&subordinate);
	setpwent();
	while ((pw = getpwent())) {
		if (is_system_uid(pw->pw_uid) || state_manages(d, pw->pw_uid))
			continue;
		snprintf(name, sizeof(name), "%s (%u)", pw->pw_name, pw->pw_uid);
		names_add(subuids_find(&subuids, pw->pw_uid, pw->pw_uid) ? &subordinate :
			  deny || is_given_out(d, pw->pw_uid) ? &none : &system, name);
	}
	endpwent();
	names_close(&none);
	names_close(&system);
	names_close(&subordinate);
	if (none.n) {
		found(d, WARNING, NULL, "accounts in no range, which get no sockets: %s",
		      none.text);
		remedy(d, deny ? "uvnadm range add uid FIRST-LAST, with them" :
		       "uvnadm range add uid FIRST-LAST, with them; or uvnadm set subordinate FIRST-LAST, without them");
	}
	if (system.n) {
		found(d, WARNING, NULL, "accounts in no range, which are not isolated: %s",
		      system.text);
		remedy(d, "uvnadm range add uid FIRST-LAST, with them");
	}
	if (subordinate.n) {
		found(d, WARNING, NULL,
		      "accounts with a UID that is subordinate to another's, in whose network they are: %s",
		      subordinate.text);
		remedy(d, "other UIDs for them; or uvnadm subuid del FIRST-LAST, and a range with them");
	}
	subuids_free(&subuids);
	free(none.text);
	free(system.text);
	free(subordinate.text);
}

/**
 * doctor_resolver - do users reach the name server?
 * @d: diagnosis
 */
void doctor_resolver(struct doctor *d)
{
	FILE *f = file_open(d, "/etc/resolv.conf");
	bool stub = false, other = false;
	char *line = NULL;
	size_t size = 0;
	char addr[64];

	if (!f)
		return;
	while (getline(&line, &size, f) >= 0) {
		if (sscanf(line, " nameserver %63s", addr) != 1)
			continue;
		stub |= !strcmp(addr, "127.0.0.53");
		other |= strcmp(addr, "127.0.0.53");
	}
	free(line);
	fclose(f);
	if (!stub || other)
		return;
	found(d, WARNING, NULL,
	      "/etc/resolv.conf names 127.0.0.53 alone, where systemd-resolved does not hear users");
	remedy(d, "let it name 127.0.0.54 as well, see cluster.rst");
}

/**
 * doctor_audit - is anything denied at all?
 * @d: diagnosis
 */
void doctor_audit(struct doctor *d)
{
	if (strcmp(get_string(state_part(d, "settings"), "audit"), "on"))
		return;
	found(d, ERROR, NULL, "audit is on: nothing is denied, users are not isolated");
	remedy(d, "uvnadm set audit off, and in /etc/uvn.conf");
}

/**
 * doctor_strays - are users' sockets in users' networks?
 * @d: diagnosis
 */
void doctor_strays(struct doctor *d)
{
	json_t *uids = json_object();
	struct uvn_failure why;
	struct strays strays;
	struct names names;
	char key[16];
	size_t i;

	names_open(&names);
	memset(&strays, 0, sizeof(strays));
	if (d->enabled && d->config && strays_find(&strays, &why)) {
		for (i = 0; i < strays.n; i++) {
			snprintf(key, sizeof(key), "%u", strays.sk[i].msg.idiag_uid);
			if (json_object_get(uids, key))
				continue;
			out_put(uids, key, json_true());
			names_add(&names, key);
		}
	}
	names_close(&names);
	if (strays.n) {
		found(d, WARNING, NULL, "sockets outside their network: %zu, of UID %s",
		      strays.n, names.text);
		remedy(d, "uvnadm enable --evict ends them; enable uvn before users come");
	}
	free(names.text);
	strays_free(&strays);
	json_decref(uids);
}

/**
 * doctor_denials - could users' networks be had?
 * @d: diagnosis
 *
 * The module counts since it was loaded: a cause that lasts is another finding.
 */
void doctor_denials(struct doctor *d)
{
	static const struct {
		const char *reason;
		const char *remedy;
	} reasons[] = {
		{ "name-in-use", "rename or remove the device that the event \"denied\" names" },
		{ "table-in-use",
		  "flush the table that the event \"denied\" names, or another table-base" },
		{ "no-memory", "more memory, or fewer users; the next try makes the network anew" },
		{ "rtnetlink", "the event \"denied\" and the kernel's log say which part it was" },
		{ "cgnat-exhausted", "uvnadm cgnat add: one more pool" },
	};
	json_t *counts = json_object_get(d->status, "denied_by");
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		if (!get_number(counts, reasons[i].reason))
			continue;
		found(d, NOTE, reasons[i].reason,
		      "sockets refused since uvn was loaded, as a network could not be made (%s): %lld",
		      reasons[i].reason, get_number(counts, reasons[i].reason));
		remedy(d, "%s", reasons[i].remedy);
	}
}
