// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration and those that it is about.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/out.h"
#include "cmd/diff.h"
#include "doctor/file.h"
#include "doctor/finding.h"
#include "doctor/process.h"
#include "doctor/state.h"
#include "doctor/users.h"
#include "lib/account.h"
#include "lib/config.h"
#include "lib/diag.h"
#include "lib/failure.h"
#include "lib/pre-enable.h"
#include "lib/subuid.h"

/* How many names a finding has. */
#define NAMES_MAX	5

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

static bool same_items(json_t *a, json_t *b)
{
	json_t *obj;
	size_t i;

	if (json_array_size(a) != json_array_size(b))
		return false;
	json_array_foreach(a, i, obj)
		if (!diff_has(b, obj))
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
	if (d->file_unread) {
		cannot_tell(d, "%s", d->file_unread);
		return;
	}
	if (!d->file) {
		found(d, WARNING, NULL, "there is no /etc/uvn.conf: uvn.service does not start");
		remedy(d, "uvnadm save /etc/uvn.conf");
		return;
	}
	if (d->config_why)
		cannot_tell(d, "%s", d->config_why);
	if (!d->status || !d->config)
		return;
	names_open(&names);
	compare(d, &names);
	names_close(&names);
	if (names.n) {
		found(d, WARNING, NULL,
		      "the configuration in force is not that of /etc/uvn.conf: %s",
		      names.text);
		remedy(d, "uvnadm load /etc/uvn.conf, or uvnadm save /etc/uvn.conf");
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
	for (i = 0; i < N_SYSTEM_UIDS; i++) {
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
 * struct unmatched - who is in no range, by what becomes of them
 * @subuids: UIDs that are subordinate to another
 * @deny: nobody is system by being in no range
 * @none: who gets no sockets
 * @system: who is not isolated
 * @subordinate: who is in another's network
 */
struct unmatched {
	struct subuids subuids;
	bool deny;
	struct names none;
	struct names system;
	struct names subordinate;
};

static void unmatched_open(struct doctor *d, struct unmatched *u)
{
	u->deny = strcmp(get_string(state_part(d, "settings"), "unmatched"), "allow");
	subuids_of(d->config, &u->subuids);
	names_open(&u->none);
	names_open(&u->system);
	names_open(&u->subordinate);
}

static bool is_unmatched(struct doctor *d, uint32_t uid)
{
	return !is_system_uid(uid) && !state_manages(d, uid);
}

static void unmatched_add(struct doctor *d, struct unmatched *u, uint32_t uid,
			  const char *name)
{
	if (subuids_find(&u->subuids, uid, uid))
		names_add(&u->subordinate, name);
	else if (u->deny || is_given_out(d, uid))
		names_add(&u->none, name);
	else
		names_add(&u->system, name);
}

/* @what they are; subordinate ones are told of by the caller. */
static void unmatched_tell(struct doctor *d, struct unmatched *u, const char *what)
{
	names_close(&u->none);
	names_close(&u->system);
	names_close(&u->subordinate);
	if (u->none.n) {
		found(d, WARNING, NULL, "%s in no range, which get no sockets: %s", what,
		      u->none.text);
		remedy(d, u->deny ? "uvnadm range add uid FIRST-LAST, with them" :
		       "uvnadm range add uid FIRST-LAST, with them; or uvnadm set subordinate FIRST-LAST, without them");
	}
	if (u->system.n) {
		found(d, WARNING, NULL, "%s in no range, which are not isolated: %s", what,
		      u->system.text);
		remedy(d, "uvnadm range add uid FIRST-LAST, with them");
	}
}

static void unmatched_free(struct unmatched *u)
{
	subuids_free(&u->subuids);
	free(u->none.text);
	free(u->system.text);
	free(u->subordinate.text);
}

/**
 * doctor_accounts - is every account in a range, or the system's?
 * @d: diagnosis
 *
 * Those that the name services list: many list none of a directory's.
 */
void doctor_accounts(struct doctor *d)
{
	struct unmatched u;
	struct passwd *pw;
	char name[128];

	if (!json_array_size(state_part(d, "ranges")))
		return;
	unmatched_open(d, &u);
	setpwent();
	while (errno = 0, (pw = getpwent())) {
		if (!is_unmatched(d, pw->pw_uid))
			continue;
		snprintf(name, sizeof(name), "%s (%u)", pw->pw_name, pw->pw_uid);
		unmatched_add(d, &u, pw->pw_uid, name);
	}
	if (!user_is_none(errno))
		cannot_tell(d, "accounts cannot be listed: %s", strerror(errno));
	endpwent();
	unmatched_tell(d, &u, "accounts");
	if (u.subordinate.n) {
		found(d, WARNING, NULL,
		      "accounts with a UID that is subordinate to another's, in whose network they are: %s",
		      u.subordinate.text);
		remedy(d, "other UIDs for them; or uvnadm subuid del FIRST-LAST, and a range with them");
	}
	unmatched_free(&u);
}

/**
 * doctor_processes - is whoever runs something here in a range, or the system's?
 * @d: diagnosis
 *
 * A directory's people need not be among the accounts that are listed.
 */
void doctor_processes(struct doctor *d)
{
	char *path = file_path(d, "/proc"), key[16];
	json_t *uids = json_object();
	struct dirent *entry;
	struct unmatched u;
	uint32_t uid;
	DIR *dir;

	unmatched_open(d, &u);
	dir = json_array_size(state_part(d, "ranges")) ? opendir(path) : NULL;
	free(path);
	while (dir && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)*entry->d_name) ||
		    !process_uid(d, entry->d_name, &uid) || !is_unmatched(d, uid))
			continue;
		snprintf(key, sizeof(key), "%u", uid);
		if (json_object_get(uids, key))
			continue;
		out_put(uids, key, json_true());
		unmatched_add(d, &u, uid, key);
	}
	if (dir)
		closedir(dir);
	unmatched_tell(d, &u, "processes of UIDs");
	unmatched_free(&u);
	json_decref(uids);
}

/**
 * doctor_audit - is anything denied at all?
 * @d: diagnosis
 */
void doctor_audit(struct doctor *d)
{
	if (!json_is_true(json_object_get(state_part(d, "settings"), "audit")))
		return;
	found(d, ERROR, NULL, "audit is on: nothing is denied, users are not isolated");
	remedy(d, "uvnadm set audit off, and in /etc/uvn.conf");
}

/**
 * doctor_pre_enable - are users' sockets in users' networks?
 * @d: diagnosis
 */
void doctor_pre_enable(struct doctor *d)
{
	json_t *uids = json_object();
	struct uvn_failure why;
	struct pre_enable socks;
	struct names names;
	char key[16];
	size_t i;

	names_open(&names);
	memset(&socks, 0, sizeof(socks));
	if (d->enabled && d->config && !pre_enable_find(&socks, &why)) {
		cannot_tell(d, "%s", why.text);
	} else {
		for (i = 0; i < socks.n; i++) {
			snprintf(key, sizeof(key), "%u", socks.sk[i].msg.idiag_uid);
			if (json_object_get(uids, key))
				continue;
			out_put(uids, key, json_true());
			names_add(&names, key);
		}
	}
	names_close(&names);
	if (socks.n) {
		found(d, WARNING, NULL, "sockets outside their network: %zu, of UID %s",
		      socks.n, names.text);
		remedy(d, "uvnadm enable --evict ends them; enable uvn before users come");
	}
	free(names.text);
	pre_enable_free(&socks);
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
