// SPDX-License-Identifier: GPL-2.0
/*
 * Processes of verify's: a user's are that user's in every respect, since the
 * real UID decides on a socket's network. None outlives who started it for long.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/fail.h"
#include "lib/clock.h"
#include "lib/nl.h"
#include "verify/task.h"

/* What root has open is nothing for users. */
static bool close_all_but(int keep)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int first = STDERR_FILENO + 1;

	return null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
	       dup2(null, STDOUT_FILENO) >= 0 &&
	       (keep == first || !close_range(first, keep - 1, 0)) &&
	       !close_range(keep + 1, ~0U, 0);
}

/**
 * task_fork - fork a process that acts as a role
 * @role: role
 * @uids: UIDs of the users' roles
 * @keep: the one descriptor that it shall have, besides the standard error
 * @before: what it does before it becomes the user, or NULL; false if it could not
 * @arg: passed to it
 *
 * Return: as fork(); the child is not there if it cannot become the user.
 */
pid_t task_fork(enum party role, const uint32_t *uids, int keep, bool (*before)(void *arg),
		void *arg)
{
	pid_t parent = getpid(), pid;

	/* What is not written yet must not be written twice. */
	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;

	uvn_close();
	alarm(VERIFY_LIFE);
	if (!close_all_but(keep) || (before && !before(arg)))
		_exit(EXIT_FAILED);
	if (role != SYSTEM && (setgroups(0, NULL) ||
			       setresgid(uids[role], uids[role], uids[role]) ||
			       setresuid(uids[role], uids[role], uids[role])))
		_exit(EXIT_FAILED);
	/* Another UID has made the kernel forget it, so not before. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILED);
	return 0;
}

/**
 * task_end - see a process come to its end
 * @pid: child that has been told to end; 0 for none
 * @deadline: when to kill it, by clock_ms()
 */
void task_end(pid_t pid, int64_t deadline)
{
	struct pollfd p = { .events = POLLIN };
	int64_t left = deadline - clock_ms();

	if (pid <= 0)
		return;
	p.fd = pidfd_open(pid, 0);
	while (p.fd >= 0 && left > 0 && poll(&p, 1, left) < 0 && errno == EINTR)
		left = deadline - clock_ms();
	if (p.fd >= 0)
		close(p.fd);
	/* To who has ended already it does nothing. */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
