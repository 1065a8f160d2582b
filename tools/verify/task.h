/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UVNADM_VERIFY_TASK_H
#define UVNADM_VERIFY_TASK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Whose sockets: of the first UID, of the second, of the system. */
enum party { FIRST, SECOND, SYSTEM, ROLES };

/* The most that any process of a node or sender lives, in seconds. */
#define VERIFY_LIFE	600

pid_t task_fork(enum party role, const uint32_t *uids, int keep, bool (*before)(void *arg),
		void *arg);
void task_end(pid_t pid, int64_t deadline);

#endif /* UVNADM_VERIFY_TASK_H */
