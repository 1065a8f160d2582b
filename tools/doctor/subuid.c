// SPDX-License-Identifier: GPL-2.0
/*
 * Subordinate UIDs: does the configuration say what /etc/subuid does?
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fail.h"
#include "doctor/file.h"
#include "doctor/finding.h"
#include "doctor/state.h"
#include "doctor/subuid.h"
#include "lib/subuid.h"

/**
 * struct verdicts - what was found of one kind
 * @first: the first of them
 * @n: number of all of them
 */
struct verdicts {
	const struct subuid *first;
	size_t n;
};

static void note(struct verdicts *v, const struct subuid *s)
{
	if (!v->n++)
		v->first = s;
}

/* "100000-165535", and how many more. */
static const char *spell(const struct verdicts *v, char *text, size_t size)
{
	int n;

	n = snprintf(text, size, "%u-%u", v->first->first, v->first->last);
	if (v->n > 1)
		snprintf(text + n, size - n, " and %zu others", v->n - 1);
	return text;
}

static bool in_a_range(struct doctor *d, const struct subuid *s)
{
	json_t *range;
	size_t i;

	json_array_foreach(state_part(d, "ranges"), i, range)
		if (s->first <= get_number(range, "uid_last") &&
		    s->last >= get_number(range, "uid_first"))
			return true;
	return false;
}

static void compare(struct doctor *d, const struct subuids *file,
		    const struct subuids *config)
{
	struct verdicts ranged = {}, missing = {}, others = {};
	const struct subuid *s, *have;
	char text[64];

	for (s = file->a; s < file->a + file->n; s++) {
		have = subuids_find(config, s->first, s->last);
		if (in_a_range(d, s))
			note(&ranged, s);
		else if (have && have->owner != s->owner &&
			 have->owner != SUBUID_NOBODY)
			note(&others, s);
		else if (!have || have->owner != s->owner || have->first > s->first ||
			 have->last < s->last)
			note(&missing, s);
	}
	if (others.n) {
		found(d, ERROR, NULL,
		      "subordinate UIDs that are another's in /etc/subuid, who gets into the network of whose they were: %s",
		      spell(&others, text, sizeof(text)));
		remedy(d, "uvnadm subuid sync, and in /etc/uvn.conf");
	}
	if (missing.n) {
		found(d, WARNING, NULL,
		      "subordinate UIDs of /etc/subuid that are nobody's here, and get no sockets by themselves: %s",
		      spell(&missing, text, sizeof(text)));
		remedy(d, "uvnadm subuid sync, and in /etc/uvn.conf");
	}
	if (ranged.n) {
		found(d, WARNING, NULL,
		      "subordinate UIDs of /etc/subuid that are in a range, and so users by themselves: %s",
		      spell(&ranged, text, sizeof(text)));
		remedy(d, "ranges of people's UIDs alone; or others in /etc/subuid");
	}
}

/**
 * doctor_subuids - does everybody's subordinate UID belong to its owner?
 * @d: diagnosis
 */
void doctor_subuids(struct doctor *d)
{
	char *path = file_path(d, "/etc/subuid"), *why = NULL;
	struct subuids file, config;
	struct where before = where;

	if (d->config) {
		out_held = &why;
		where.cmd = NULL;
		if (!subuids_read(path, true, &file)) {
			subuids_of(d->config, &config);
			compare(d, &file, &config);
			subuids_free(&config);
			subuids_free(&file);
		}
		out_held = NULL;
		where = before;
		if (why) {
			found(d, WARNING, NULL, "the subordinate UIDs cannot be read: %s", why);
			remedy(d, "correct it: of such a file uvnadm subuid sync takes nothing");
		}
		free(why);
	}
	free(path);
}
