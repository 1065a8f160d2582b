// SPDX-License-Identifier: GPL-2.0
/*
 * Many new users at the same moment; to be run as root.
 *
 *	uvn_crowd sockets FIRST N [EACH]
 *		N users from FIRST on, each with EACH processes (1), call
 *		socket() together; prints "SOCKETS of N*EACH, VRFS vrfs", and
 *		"mixed" if a VRF was shared by users or a user has two
 *	uvn_crowd killed FIRST N [EACH]
 *		the same, but each process is killed while it is in socket();
 *		prints "KILLED killed, SOCKETS sockets"
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif

enum { BEFORE, INSIDE, DONE };

struct seen {
	pid_t pid;
	volatile int where;
	int ifindex;
};

static void child(struct seen *seen, unsigned int uid, int gate)
{
	socklen_t len = sizeof(int);
	char c;
	int fd;

	if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid) || read(gate, &c, 1) < 0)
		_exit(6);
	seen->where = INSIDE;
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0)
		seen->ifindex = -errno;
	else
		getsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &seen->ifindex, &len);
	seen->where = DONE;
	_exit(0);
}

int main(int argc, char **argv)
{
	int i, k, n, users, each, gate[2], got = 0, vrfs = 0, mixed = 0, killed = 0;
	struct timespec tick = { .tv_nsec = 1000000 };
	unsigned int first;
	struct seen *seen;
	int kill_them;

	if (argc < 4) {
		fprintf(stderr, "see the comment at the top of uvn_crowd.c\n");
		return 6;
	}
	kill_them = !strcmp(argv[1], "killed");
	first = strtoul(argv[2], NULL, 10);
	users = atoi(argv[3]);
	each = argc > 4 ? atoi(argv[4]) : 1;
	n = users * each;
	seen = mmap(NULL, n * sizeof(*seen), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED || pipe(gate))
		return 6;
	for (i = 0; i < n; i++) {
		pid_t pid = fork();

		if (!pid) {
			close(gate[1]);
			child(&seen[i], first + i / each, gate[0]);
		}
		if (pid < 0)
			return 6;
		seen[i].pid = pid;
	}
	close(gate[0]);
	close(gate[1]);
	/* From the last to the first: these wait behind the others. */
	for (i = n - 1; kill_them && i >= 0; i--) {
		for (k = 0; seen[i].where == BEFORE && k < 10000; k++)
			nanosleep(&tick, NULL);
		kill(seen[i].pid, SIGKILL);
	}
	while (wait(NULL) > 0)
		;
	for (i = 0; i < n; i++) {
		killed += seen[i].where == INSIDE;
		if (seen[i].ifindex <= 0) {
			if (seen[i].where == DONE)
				printf("uid %u: %d\n", first + i / each, seen[i].ifindex);
			continue;
		}
		got++;
		for (k = 0; k < i && seen[k].ifindex != seen[i].ifindex; k++)
			if (seen[k].ifindex > 0 && k / each == i / each)
				mixed = 1;	/* a user with two VRFs */
		vrfs += k == i;
		if (k < i && k / each != i / each)
			mixed = 1;
	}
	if (kill_them)
		printf("%d killed, %d sockets\n", killed, got);
	else
		printf("%d of %d, %d vrfs%s\n", got, n, vrfs, mixed ? " mixed" : "");
	return 0;
}
