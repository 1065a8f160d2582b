// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a command in a node's network namespace, as root or as a user:
 *
 *	uvn_as NETNS UID COMMAND...
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
#include <unistd.h>

int main(int argc, char **argv)
{
	uid_t uid;
	int fd;

	if (argc < 4) {
		fprintf(stderr, "usage: uvn_as NETNS UID COMMAND...\n");
		return 125;
	}
	uid = strtoul(argv[2], NULL, 10);
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET)) {
		perror(argv[1]);
		return 125;
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
