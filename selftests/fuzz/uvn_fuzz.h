/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the two fuzzers share: numbers that repeat, and how a finding is told.
 */
#ifndef _UVN_FUZZ_H
#define _UVN_FUZZ_H

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The same for the same seed, on every machine; never 0. */
static inline uint64_t rnd_start(uint64_t seed, uint64_t a, uint64_t b)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15ull + a * 0xd1342543de82ef95ull +
		     b * 0xaf251af3b0f025b5ull;

	x ^= x >> 29;
	return x * 0xbf58476d1ce4e5b9ull | 1;
}

static inline uint64_t rnd64(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

/* 0 to n - 1 */
static inline unsigned int rnd(uint64_t *state, unsigned int n)
{
	return (rnd64(state) >> 32) % n;
}

static inline bool one_in(uint64_t *state, unsigned int n)
{
	return !rnd(state, n);
}

static inline void enter(const char *ns)
{
	int fd = open(ns, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, 0)) {
		perror(ns);
		exit(6);
	}
	close(fd);
}

static inline void become(uid_t uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid)) {
		perror("setresuid");
		exit(6);
	}
}

/* Turns, counted in memory that processes share: one says that it is time for the
 * next, and others wait for that. Look at the turn before what it may have changed.
 */
static inline uint32_t turn_now(const uint32_t *turns)
{
	return __atomic_load_n(turns, __ATOMIC_ACQUIRE);
}

static inline void turn_next(uint32_t *turns)
{
	__atomic_fetch_add(turns, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, turns, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static inline void turn_await(uint32_t *turns, uint32_t now)
{
	while (turn_now(turns) == now)
		syscall(SYS_futex, turns, FUTEX_WAIT, now, NULL, NULL, 0);
}

static inline void print_hex(const void *data, unsigned int len)
{
	const unsigned char *p = data;
	unsigned int i;

	for (i = 0; i < len && i < 4096; i++)
		printf("%02x", p[i]);
	printf("%s\n", i < len ? " ..." : "");
}

#endif
