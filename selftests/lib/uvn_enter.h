/* SPDX-License-Identifier: GPL-2.0 */
/* Into a network namespace; for programs that are in several of them. */
#ifndef _UVN_ENTER_H
#define _UVN_ENTER_H

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Needs _GNU_SOURCE. A path that leads to none is the end of the program. */
static inline void enter(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET)) {
		perror(path);
		exit(6);
	}
	close(fd);
}

#endif /* _UVN_ENTER_H */
