// SPDX-License-Identifier: GPL-2.0
/*
 * Processes of the machine's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "doctor/file.h"
#include "doctor/process.h"

/* Which network namespace it is in is a link of the kernel's, and no file's content. */
static bool is_here(struct doctor *d, const char *pid)
{
	char *path = file_path(d, "/proc/%.20s/ns/net", pid);
	struct stat mine, its;
	bool here;

	here = !stat("/proc/self/ns/net", &mine) && !stat(path, &its) &&
	       mine.st_ino == its.st_ino;
	free(path);
	return here;
}

/**
 * process_uid - the real UID of a process
 * @d: diagnosis
 * @pid: its number, as in /proc
 * @uid: set to it
 *
 * Return: true if it is in our network namespace, and its UID is known.
 */
bool process_uid(struct doctor *d, const char *pid, uint32_t *uid)
{
	FILE *f = is_here(d, pid) ? file_open(d, "/proc/%.20s/status", pid) : NULL;
	char *line = NULL;
	bool ok = false;
	size_t size = 0;

	while (f && !ok && getline(&line, &size, f) >= 0)
		ok = sscanf(line, "Uid: %u", uid) == 1;
	free(line);
	if (f)
		fclose(f);
	return ok;
}
