// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that set up all network devices: have they been told to leave users' alone?
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/file.h"
#include "doctor/finding.h"
#include "doctor/manager.h"
#include "doctor/process.h"
#include "doctor/state.h"

/**
 * struct manager - such a program
 * @name: what it is called
 * @comm: the same as the kernel has it, which has room for 15 characters
 * @file: file that tells it, one of those in tools/managers
 * @dirs: where it looks for that, terminated by NULL
 * @does: what it does to users' devices without the file
 * @remedy: how it gets to know of the file
 */
struct manager {
	const char *name;
	const char *comm;
	const char *file;
	const char *const *dirs;
	const char *does;
	const char *remedy;
};

static const char *const network_dirs[] = {
	"/etc/systemd/network", "/run/systemd/network", "/usr/local/lib/systemd/network",
	"/usr/lib/systemd/network", "/lib/systemd/network", NULL
};

static const char *const nm_dirs[] = {
	"/etc/NetworkManager/conf.d", "/run/NetworkManager/conf.d",
	"/usr/lib/NetworkManager/conf.d", NULL
};

static const struct manager managers[] = {
	{ "systemd-networkd", "systemd-network", "00-uvn.network", network_dirs,
	  "takes addresses and routes from users' devices where a file of the site's is for all devices",
	  "networkctl reload" },
	{ "NetworkManager", "NetworkManager", "uvn.conf", nm_dirs,
	  "takes users' devices over where the site has it manage all",
	  "systemctl restart NetworkManager" },
	{ "systemd-udevd", "systemd-udevd", "00-uvn.link", network_dirs,
	  "renames users' devices where a file of the site's is for all devices",
	  "udevadm control --reload" },
	{}
};

static bool has_file(struct doctor *d, const struct manager *manager)
{
	const char *const *dir;

	for (dir = manager->dirs; *dir; dir++)
		if (file_is(d, "%s/%s", *dir, manager->file))
			return true;
	return false;
}

/* Of the system's and in our network namespace? A user's may have any name. */
static bool is_systems(struct doctor *d, const char *pid)
{
	uint32_t uid;

	return process_uid(d, pid, &uid) && !state_manages(d, uid);
}

/* Notes which of them run; there may be thousands of processes. */
static void find_running(struct doctor *d, bool *runs)
{
	char *path = file_path(d, "/proc"), *comm;
	DIR *proc = opendir(path);
	struct dirent *entry;
	size_t i;

	free(path);
	while (proc && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		comm = file_line(d, "/proc/%.20s/comm", entry->d_name);
		for (i = 0; comm && managers[i].name; i++)
			if (!strcmp(comm, managers[i].comm) &&
			    is_systems(d, entry->d_name))
				runs[i] = true;
		free(comm);
	}
	if (proc)
		closedir(proc);
}

/**
 * doctor_managers - does whoever sets up network devices leave users' alone?
 * @d: diagnosis
 */
void doctor_managers(struct doctor *d)
{
	bool runs[sizeof(managers) / sizeof(*managers)] = {};
	const struct manager *m;

	find_running(d, runs);
	for (m = managers; m->name; m++) {
		if (!runs[m - managers] || has_file(d, m))
			continue;
		found(d, WARNING, m->name, "%s runs, and there is no %s for it: it %s",
		      m->name, m->file, m->does);
		remedy(d, "install tools/managers/%s as %s/%s (make install does, and the package), and %s",
		       m->file, m->dirs[0], m->file, m->remedy);
	}
}
