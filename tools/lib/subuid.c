// SPDX-License-Identifier: GPL-2.0
/*
 * Subordinate UIDs: as /etc/subuid has them, and as a configuration does.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fail.h"
#include "cli/out.h"
#include "lib/account.h"
#include "lib/subuid.h"

static struct subuid *subuids_add(struct subuids *all)
{
	if (all->n == all->room) {
		all->room = all->room ? all->room * 2 : 64;
		all->a = reallocarray(all->a, all->room, sizeof(*all->a));
		if (!all->a)
			die_oom();
	}
	return memset(&all->a[all->n++], 0, sizeof(*all->a));
}

/**
 * subuids_free - forget them
 * @all: subordinate UIDs
 */
void subuids_free(struct subuids *all)
{
	free(all->a);
	memset(all, 0, sizeof(*all));
}

static int by_first(const void *a, const void *b)
{
	const struct subuid *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static void sort(struct subuids *all)
{
	if (all->n)
		qsort(all->a, all->n, sizeof(*all->a), by_first);
}

/**
 * subuids_find - the first entry that has one of some UIDs
 * @all: entries that are sorted, of which no two overlap
 * @first: first UID
 * @last: last one
 *
 * Return: the entry, or NULL.
 */
const struct subuid *subuids_find(const struct subuids *all, uint32_t first,
				  uint32_t last)
{
	size_t low = 0, high = all->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (all->a[mid].last < first)
			low = mid + 1;
		else
			high = mid;
	}
	return low < all->n && all->a[low].first <= last ? &all->a[low] : NULL;
}

static uint32_t number(json_t *obj, const char *key)
{
	return json_integer_value(json_object_get(obj, key));
}

/**
 * subuids_of - the subordinate UIDs of a configuration
 * @config: the configuration
 * @all: set to them, sorted; to be freed
 */
void subuids_of(json_t *config, struct subuids *all)
{
	struct subuid *s;
	json_t *obj;
	size_t i;

	memset(all, 0, sizeof(*all));
	json_array_foreach(json_object_get(config, "subuids"), i, obj) {
		s = subuids_add(all);
		s->first = number(obj, "uid_first");
		s->last = number(obj, "uid_last");
		s->owner = json_is_null(json_object_get(obj, "owner")) ?
			   SUBUID_NOBODY : number(obj, "owner");
	}
	sort(all);
}

/* A number that ends where the line does or ":" stands; false if it is none. */
static bool take_number(const char **s, char end, uint64_t *num)
{
	const char *c = *s;

	for (*num = 0; *c >= '0' && *c <= '9' && *num <= UINT32_MAX; c++)
		*num = *num * 10 + (*c - '0');
	if (c == *s || *c != end)
		return false;
	*s = c + !!end;
	return true;
}

/* An account, or a UID for which there need not be one. */
static uint32_t owner_of(const char *name)
{
	struct passwd *pw = getpwnam(name);
	uint64_t uid;

	if (pw)
		return pw->pw_uid;
	return take_number(&name, '\0', &uid) && uid < SUBUID_NOBODY ? uid :
	       SUBUID_NOBODY;
}

/* NAME:FIRST:COUNT, in place. */
static bool read_entry(char *text, struct subuid *s)
{
	uint64_t first, count;
	const char *rest;
	char *colon;

	colon = strchr(text, ':');
	if (!colon || colon == text)
		return false;
	*colon = '\0';
	rest = colon + 1;
	if (!take_number(&rest, ':', &first) || !take_number(&rest, '\0', &count) ||
	    !first || !count || first + count - 1 >= UINT32_MAX)
		return false;
	s->first = first;
	s->last = first + count - 1;
	s->owner = owner_of(text);
	return true;
}

/* Those of one owner become one; those of two cannot be told apart. */
static int merge(struct subuids *all, const char *path)
{
	struct subuid *to = all->a, *s;
	size_t i;

	for (i = 1; i < all->n; i++) {
		s = &all->a[i];
		if (s->first > to->last) {
			*++to = *s;
			continue;
		}
		/* To users one of the system's is as good as another. */
		if (s->owner != to->owner &&
		    (!is_system_uid(s->owner) || !is_system_uid(to->owner)))
			return fail("%s: lines %lu and %lu give the same UIDs to two owners",
				    path, to->line < s->line ? to->line : s->line,
				    to->line < s->line ? s->line : to->line);
		if (s->last > to->last)
			to->last = s->last;
	}
	if (all->n)
		all->n = to - all->a + 1;
	return EXIT_OK;
}

static int read_lines(FILE *f, const char *path, struct subuids *all)
{
	char *text = NULL, *unknown = NULL;
	unsigned long line = 0;
	size_t size = 0, n = 0;
	struct subuid *s;
	int ret = EXIT_OK;

	while (!ret && getline(&text, &size, f) >= 0) {
		line++;
		text[strcspn(text, "\n")] = '\0';
		if (!*text || *text == '#')
			continue;
		s = subuids_add(all);
		s->line = line;
		if (!read_entry(text, s)) {
			ret = fail("%s:%lu: not NAME:FIRST:COUNT", path, line);
		} else if (s->owner == SUBUID_NOBODY && !n++) {
			unknown = strdup(text);
			if (!unknown)
				die_oom();
		}
	}
	if (!ret && !feof(f))
		ret = fail("%s: %s", path, strerror(errno));
	if (!ret && n)
		warn("%s: no account %s%s: the UIDs are nobody's until the next sync",
		     path, unknown, n > 1 ? ", and others" : "");
	free(unknown);
	free(text);
	return ret;
}

/**
 * subuids_read - read /etc/subuid or a file like it
 * @path: the file
 * @optional: there need not be one
 * @all: set to what it says, sorted, no two overlap; to be freed
 *
 * Return: exit status.
 */
int subuids_read(const char *path, bool optional, struct subuids *all)
{
	FILE *f = fopen(path, "re");
	int ret;

	memset(all, 0, sizeof(*all));
	if (!f && optional && errno == ENOENT)
		return EXIT_OK;
	if (!f)
		return fail("%s: %s", path, strerror(errno));
	ret = read_lines(f, path, all);
	fclose(f);
	sort(all);
	if (!ret)
		ret = merge(all, path);
	if (ret)
		subuids_free(all);
	return ret;
}

/**
 * subuids_spare - leave out what a range holds
 * @all: entries that are sorted, of which no two overlap
 * @path: file that they are from
 * @first: first UID of the range
 * @last: last one
 *
 * Who is in a range is somebody already.
 */
void subuids_spare(struct subuids *all, const char *path, uint32_t first,
		   uint32_t last)
{
	size_t i, n = 0;

	if (!subuids_find(all, first, last))
		return;
	for (i = 0; i < all->n; i++) {
		const struct subuid *s = &all->a[i];

		if (s->first > last || s->last < first)
			all->a[n++] = *s;
		else
			warn("%s:%lu: left out: %u-%u overlaps the range %u-%u", path,
			     s->line, s->first, s->last, first, last);
	}
	all->n = n;
}

/**
 * subuids_spare_ranges - leave out what the ranges of a configuration hold
 * @all: entries that are sorted, of which no two overlap
 * @path: file that they are from
 * @config: the configuration
 */
void subuids_spare_ranges(struct subuids *all, const char *path, json_t *config)
{
	json_t *range;
	size_t i;

	json_array_foreach(json_object_get(config, "ranges"), i, range)
		subuids_spare(all, path,
			      json_integer_value(json_object_get(range, "uid_first")),
			      json_integer_value(json_object_get(range, "uid_last")));
}
