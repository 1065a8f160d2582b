// SPDX-License-Identifier: GPL-2.0
/*
 * Two UIDs to try things with: ones that nobody has, so that nobody notices.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fail.h"
#include "cli/out.h"
#include "lib/account.h"
#include "lib/failure.h"
#include "lib/users.h"
#include "verify/test-uids.h"

/* So many of each range are looked at; a directory may take its time for each. */
#define TEST_UIDS_TRIES	64

static uint32_t number(json_t *obj, const char *key)
{
	return json_integer_value(json_object_get(obj, key));
}

static bool is_managed(json_t *config, uint32_t uid)
{
	json_t *range;
	size_t i;

	json_array_foreach(json_object_get(config, "ranges"), i, range)
		if (uid >= number(range, "uid_first") && uid <= number(range, "uid_last"))
			return true;
	return false;
}

static void put_uid(json_t *set, uint32_t uid)
{
	char key[16];

	snprintf(key, sizeof(key), "%u", uid);
	out_put(set, key, json_true());
}

static bool has_uid(json_t *set, uint32_t uid)
{
	char key[16];

	snprintf(key, sizeof(key), "%u", uid);
	return json_object_get(set, key);
}

/* All the UIDs of a process. */
static void put_process(json_t *set, const char *pid)
{
	char path[64], line[256];
	uint32_t uid[4];
	FILE *f;
	int i;

	snprintf(path, sizeof(path), "/proc/%.20s/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Uid: %u %u %u %u", &uid[0], &uid[1], &uid[2],
			   &uid[3]) == 4)
			for (i = 0; i < 4; i++)
				put_uid(set, uid[i]);
	if (f)
		fclose(f);
}

static bool put_processes(json_t *set, struct uvn_failure *why)
{
	struct dirent *entry;
	DIR *proc;

	proc = opendir("/proc");
	if (!proc)
		return uvn_failed(why, errno, "/proc: %s", strerror(errno));
	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)*entry->d_name))
			put_process(set, entry->d_name);
	closedir(proc);
	return true;
}

/* UIDs that have a process or a network here. */
static json_t *uids_here(struct uvn_failure *why)
{
	json_t *users = json_array(), *set = json_object(), *user;
	size_t i;

	if (!users_read(users, why) || !put_processes(set, why)) {
		json_decref(users);
		json_decref(set);
		return NULL;
	}
	json_array_foreach(users, i, user)
		put_uid(set, number(user, "uid"));
	json_decref(users);
	return set;
}

/**
 * test_uids_in_use - has a UID a process here?
 * @uid: UID
 *
 * Return: false only if it is known that there is none.
 */
bool test_uids_in_use(uint32_t uid)
{
	json_t *set = json_object();
	struct uvn_failure why;
	bool found;

	found = !put_processes(set, &why) || has_uid(set, uid);
	json_decref(set);
	return found;
}

/* A directory that does not answer has not said that it is. */
static bool is_nobodys(uint32_t uid)
{
	errno = 0;
	if (getpwuid(uid))
		return false;
	return user_is_none(errno);
}

/* From the last of each range, as people have the first. */
static size_t look_in(json_t *range, json_t *used, uint32_t *uids, size_t n)
{
	uint32_t first = number(range, "uid_first"), uid = number(range, "uid_last");
	int tries;

	for (tries = 0; n < 2 && tries < TEST_UIDS_TRIES; tries++, uid--) {
		if (!has_uid(used, uid) && is_nobodys(uid))
			uids[n++] = uid;
		if (uid == first)
			break;
	}
	return n;
}

/**
 * test_uids_find - find two managed UIDs that nobody has
 * @config: the configuration
 * @uids: set to them
 *
 * Return: exit status.
 */
int test_uids_find(json_t *config, uint32_t *uids)
{
	struct uvn_failure why;
	json_t *used, *range;
	size_t i, n = 0;

	used = uids_here(&why);
	if (!used)
		return fail_why(&why);
	json_array_foreach(json_object_get(config, "ranges"), i, range)
		n = look_in(range, used, uids, n);
	json_decref(used);
	if (n == 2)
		return EXIT_OK;
	return fail("no two spare UIDs at the ends of ranges: name two with --uids");
}

/**
 * test_uids_check - are two UIDs managed?
 * @config: the configuration
 * @uids: the two
 *
 * Return: exit status.
 */
int test_uids_check(json_t *config, const uint32_t *uids)
{
	int i;

	for (i = 0; i < 2; i++)
		if (!is_managed(config, uids[i]))
			return fail_as(EXIT_FAILED, 0, "UID %u is in no range: it is NOT isolated",
				       uids[i]);
	return EXIT_OK;
}
