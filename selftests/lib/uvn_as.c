// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a command in a node's namespaces, as root or as a user:
 *
 *	uvn_as NAMESPACE[:NAMESPACE] UID COMMAND...
 *
 * A guest's emulated CPU takes a tenth of a second for each program that it
 * has to load; this one is small, static, and does the work of two.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *ns;
	uid_t uid;
	int fd;

	if (argc < 4) {
		fprintf(stderr, "usage: uvn_as NAMESPACE[:NAMESPACE] UID COMMAND...\n");
		return 125;
	}
	uid = strtoul(argv[2], NULL, 10);
	for (ns = strtok(argv[1], ":"); ns; ns = strtok(NULL, ":")) {
		fd = open(ns, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || setns(fd, 0)) {
			perror(ns);
			return 125;
		}
	}
	if (uid && (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
		    setresuid(uid, uid, uid))) {
		perror(argv[2]);
		return 125;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 127;
}
